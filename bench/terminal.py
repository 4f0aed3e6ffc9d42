"""A program on a pseudo-terminal: what it shows and when, keys, its CPU time."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType


class Terminal:
    """Runs `python -m …` on a terminal of its own; times are `time.monotonic()`."""

    def __init__(self, arguments: Sequence[str], *, rows: int = 40, columns: int = 120) -> None:
        self.started = time.monotonic()
        self.pid, self.fd = pty.fork()
        if not self.pid:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(sys.executable, [sys.executable, *arguments], environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def wait_for(self, text: str, seconds: float = 60.0) -> float:
        """Read until `text` was shown; seconds since the start."""
        seen, wanted = b"", text.encode()
        while wanted not in seen:
            if not self._readable(max(0.0, self.started + seconds - time.monotonic())):
                raise TimeoutError(f"{text!r} was not shown: {seen[-300:]!r}")
            seen = seen[-4096:] + os.read(self.fd, 1 << 16)
        return time.monotonic() - self.started

    def drain(self, seconds: float) -> None:
        """Read away whatever comes in the next seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._readable(left):
                os.read(self.fd, 1 << 16)

    def read(self, seconds: float) -> bytes:
        """What is drawn next; TimeoutError when nothing is in that time."""
        if not self._readable(seconds):
            raise TimeoutError("nothing more was drawn")
        return os.read(self.fd, 1 << 16)

    def press(self, key: bytes) -> float:
        """Seconds from a key to the first thing that is drawn after it."""
        start = time.monotonic()
        os.write(self.fd, key)
        if not self._readable(5.0):
            raise TimeoutError(f"{key!r} changed nothing")
        taken = time.monotonic() - start
        self.drain(0.03)
        return taken

    def cpu_seconds(self) -> float:
        """User and system time of the program so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self.fd], [], [], seconds)[0])
