"""A terminal that goes away under the whole program: it ends, gives the line up, and leaves no process."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attached_terminal import OFICINA, ROOT
from own_errors import own_errors

from jobs.launcher import procfs
from jobs.line_lease import SchedulerLease

LIMIT_S = 60.0
HALF_A_KEY = b"\x1b[1;"


class Session:
    """`oficina` as the leader of a session whose terminal this is."""

    def __init__(self, shop: Path) -> None:
        self.shop, self.mark = shop, f"VANISHED={shop}"
        env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "VANISHED": str(shop)}
        env |= {"TMPDIR": str(shop.parent)}
        env.pop("COVERAGE_PROCESS_CONFIG", None)
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(shop)
            os.execve(sys.executable, OFICINA, env)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.status: int | None = None

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait, reading what it writes."""
        deadline = time.monotonic() + LIMIT_S
        while not (value := condition()):
            assert time.monotonic() < deadline, f"{what} never came"
            if self.master >= 0 and select.select([self.master], [], [], 0.02)[0]:
                try:
                    os.read(self.master, 1 << 16)
                except OSError:
                    time.sleep(0.02)
            elif self.master < 0:
                time.sleep(0.02)
        return value

    def runs(self) -> bool:
        """Whether it runs the line."""
        try:
            told = json.loads((self.shop / ".oficina" / "line.lock").read_text())
        except (OSError, ValueError):
            return False
        return bool(told["titular"] == f"tui:{self.pid}")

    def vanish(self) -> None:
        os.close(self.master)
        self.master = -1

    def ended(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        return self.status is not None

    def left(self) -> list[int]:
        """What it started and is still there: keepers, sandboxes, steps."""
        mark = f"TMPDIR={self.shop.parent}".encode()
        return [stat.pid for stat in procfs.all_stats() if not stat.zombie and _marked(stat.pid, mark)]

    def close(self) -> None:
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.master >= 0:
            os.close(self.master)


def _marked(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


@pytest.fixture
def session(shop: Path, oficina: Any) -> Iterator[Session]:
    """One that runs the line, with work: a spec to be priced."""
    oficina("spec", "add", "specs/frete.yaml")
    opened = Session(shop)
    opened.until(opened.runs, "the line")
    yield opened
    opened.close()


def closed(session: Session) -> None:
    session.vanish()


def closed_in_a_key(session: Session) -> None:
    os.write(session.master, HALF_A_KEY)
    session.vanish()


def closed_and_continued(session: Session) -> None:
    """As the kernel does it, again and again: what goes on has no terminal to go on with."""
    session.vanish()
    for _ in range(6):
        os.kill(session.pid, signal.SIGCONT)
        time.sleep(0.004)


def hung_up(session: Session) -> None:
    os.kill(session.pid, signal.SIGHUP)


def hung_up_in_a_key(session: Session) -> None:
    os.write(session.master, HALF_A_KEY)
    os.killpg(session.pid, signal.SIGHUP)


@pytest.mark.slow
@pytest.mark.parametrize("goes", [closed, closed_in_a_key, closed_and_continued, hung_up, hung_up_in_a_key])
def test_it_ends_in_order(session: Session, goes: Callable[[Session], None], oficina: Any) -> None:
    goes(session)
    session.until(session.ended, "its end")
    assert session.status is not None
    assert os.waitstatus_to_exitcode(session.status) not in (-signal.SIGKILL, -signal.SIGSEGV)
    session.until(lambda: not session.left(), "the end of all that it started")
    lease = SchedulerLease(session.shop / ".oficina" / "line.lock", "next")
    assert lease.try_acquire(), "the line is free"
    lease.release()
    assert oficina("store", "check").code == 0
    items = oficina("items", "--json").json
    assert items
    assert not [item for item in items if item["status"] == "EmProcessamento"]
    assert own_errors(workspaces=[session.shop]) == []
