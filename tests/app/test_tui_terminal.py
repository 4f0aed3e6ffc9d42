"""The app on a pseudo-terminal: however it ends, the terminal is restored and the exit code says how."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_errors import own_errors

from screens.hangup import hung_up

ROOT = Path(__file__).parents[2]
ENTERS, LEAVES, CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


class Terminal:
    """A program on a terminal of its own, and all that it wrote."""

    def __init__(self, how: str, log: Path, *, rows: int = 24, columns: int = 80) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("terminal_app.py")), how, str(log)],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment, cwd=ROOT,
        )  # fmt: skip
        self.slave = slave
        self.output = b""

    def read_until(self, text: bytes, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.output:
            assert time.monotonic() < deadline, f"{text!r} was not shown: {self.output[-500:]!r}"
            self._read(0.1)

    def _read(self, seconds: float) -> None:
        if select.select([self.master], [], [], seconds)[0]:
            self.output += os.read(self.master, 1 << 16)

    def ended(self, seconds: float = 60.0) -> int:
        """Wait for its end, reading what it still writes; its exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            self._read(0.05)
        while select.select([self.master], [], [], 0)[0]:
            self._read(0)
        return self.process.returncode

    @property
    def restored(self) -> bool:
        """The main screen, the cursor and the terminal's modes are back."""
        last = self.output.rfind(LEAVES)
        modes = termios.tcgetattr(self.slave)
        return (
            last > self.output.rfind(ENTERS)
            and CURSOR in self.output[last - 200 :]
            and modes[3] == self.before[3]
        )

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for descriptor in (self.master, self.slave):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def shown(log: Path) -> Iterator[Terminal]:
    """An app that has shown the whole demo."""
    terminal = Terminal("stays", log)
    terminal.read_until(b"qa.passed")
    yield terminal
    terminal.close()
    logged = (log / "oficina.jsonl").read_text() if log.exists() else ""
    assert own_errors(terminal.output.decode(errors="replace"), logged) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_restore_the_terminal(shown: Terminal, number: signal.Signals) -> None:
    shown.process.send_signal(number)
    assert shown.ended() == 128 + number
    assert shown.restored


def test_q_leaves_with_0(shown: Terminal) -> None:
    os.write(shown.master, b"q")
    assert shown.ended() == 0
    assert shown.restored


def test_a_terminal_that_vanishes_ends_it(shown: Terminal) -> None:
    """Not its controlling terminal, so that no signal comes: only the poll can tell."""
    os.close(shown.master)
    os.close(shown.slave)
    shown.master = shown.slave = -1
    assert shown.process.wait(60) != 0


def test_a_line_that_refuses_is_told_on_the_restored_terminal(log: Path) -> None:
    terminal = Terminal("refused", log)
    try:
        assert terminal.ended() == 1
        assert b"oficina: the store is held by tui:4711" in terminal.output[terminal.output.rfind(LEAVES) :]
        assert terminal.restored
    finally:
        terminal.close()


def test_a_crash_exits_1_with_one_line_and_a_log(log: Path) -> None:
    terminal = Terminal("crashes", log)
    try:
        assert terminal.ended() == 1
        told = terminal.output[terminal.output.rfind(LEAVES) :]
        assert b"internal error" in told
        assert b"Traceback" not in told
        assert "ZeroDivisionError" in (log / "oficina.jsonl").read_text()
        assert terminal.restored
    finally:
        terminal.close()


def test_40_by_12_and_smaller(log: Path) -> None:
    terminal = Terminal("stays", log, rows=12, columns=40)
    try:
        terminal.read_until(b"Waiting")
        for rows, columns in ((5, 10), (1, 1), (24, 80)):
            fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.killpg(terminal.process.pid, signal.SIGWINCH)
        terminal.read_until(b"qa.passed")
        os.write(terminal.master, b"q")
        assert terminal.ended() == 0
    finally:
        terminal.close()


def test_nothing_of_hostile_text_reaches_the_terminal_raw(shown: Terminal) -> None:
    assert b"\x1b]0;PWNED" not in shown.output


def test_hung_up() -> None:
    assert hung_up(None)
    master, slave = pty.openpty()
    with os.fdopen(slave) as stream:
        assert not hung_up(stream)
        os.close(master)
        assert hung_up(stream)
    assert hung_up(stream)
