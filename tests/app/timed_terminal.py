"""A program on a terminal of its own: when it shows what, and how long a key takes to change anything."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROWS, _COLUMNS = 40, 120
_CONTROL = re.compile(rb"\x1b\[[0-9;?=>$]*[a-zA-Z]|\x1b\][^\x07]*\x07|\x1b[()=>].?")


def unmeasured() -> dict[str, str]:
    """The environment of a program whose coverage is not wanted: measuring it would cost what is measured."""
    return {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_CONFIG"}


class TimedTerminal:
    """`python ARGUMENTS` on a terminal; all times are seconds. Also a context manager, which kills it."""

    def __init__(self, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        environment = {**unmeasured(), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(env or {})}
        self._output = b""
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment, cwd=ROOT,
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> TimedTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def shown(self) -> str:
        """All text that was written so far, without what only moves and colours."""
        return _CONTROL.sub(b"", self._output).decode("utf-8", "replace")

    def wait_for(self, text: str, limit_s: float = 120.0) -> float:
        """Read until `text` was shown; how long after the start that was."""
        while text not in self.shown:
            assert time.monotonic() < self.started + limit_s, f"{text} never came: {self.shown[-400:]}"
            self._read(0.05)
        return time.monotonic() - self.started

    def press(self, key: str, limit_s: float = 30.0) -> float:
        """How long it takes from a key to the first thing that is drawn after it."""
        self._until_quiet()
        began = time.monotonic()
        os.write(self._master, key.encode())
        assert self._read(limit_s), f"{key!r} changed nothing"
        return time.monotonic() - began

    def forget(self) -> None:
        """What is waited for from now on has to be shown anew."""
        self._output = b""

    def _until_quiet(self, quiet_s: float = 0.03, limit_s: float = 1.0) -> None:
        """Read what the last key still draws; what never ends is not waited for."""
        end = time.monotonic() + limit_s
        while self._read(quiet_s) and time.monotonic() < end:
            pass

    def _read(self, limit_s: float) -> bool:
        if not select.select([self._master], [], [], limit_s)[0]:
            return False
        self._output += os.read(self._master, 1 << 16)
        return True
