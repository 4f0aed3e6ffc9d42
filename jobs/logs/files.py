"""The log's files: `oficina.jsonl`, and `oficina.jsonl.1` (the newest) to `.5`, which it was before.

Several processes append to the same file, each line by one write, without waiting for one another. A file
is only ever renamed, under a lock that nobody waits for; whoever still has it open adds to it under its new
name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NAME = "oficina.jsonl"
MAX_BYTES, KEPT = 10 << 20, 5
"""The size from which a file is put aside, and how many of these are kept."""

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class LogFile:
    """Appends lines for one process. `append` never raises: what can't be written is dropped and counted."""

    def __init__(
        self,
        directory: Path,
        *,
        max_bytes: int = MAX_BYTES,
        kept: int = KEPT,
        on_drop: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`on_drop` is told why, once for each time that writing stops working."""
        self.directory, self.path = directory, directory / NAME
        self._name = str(self.path)
        self._max_bytes, self._kept, self._on_drop = max_bytes, kept, on_drop
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._torn = False
        self.problem = ""
        """Why the last line was not written; empty while it works."""
        self.dropped = 0
        """Lines that were not written since `problem` came."""

    def append(self, line: bytes) -> int | None:
        """Write a line (without its end). How many were dropped before it; None when it is dropped itself."""
        with self._lock:
            try:
                self._write(line + b"\n")
            except OSError as error:
                self._close()
                first, self.problem = not self.problem, error.strerror or str(error)
                self.dropped += 1
            else:
                dropped, self.problem, self.dropped = self.dropped, "", 0
                return dropped
        if first:
            with suppress(Exception):
                self._on_drop(self.problem)
        return None

    def trouble(self) -> str:
        """Why nothing could be written now; empty when it could. Nothing is made for it."""
        try:
            os.close(os.open(self.path, _APPEND & ~os.O_CREAT))
        except FileNotFoundError:
            writable = not self.directory.exists() or os.access(self.directory, os.W_OK | os.X_OK)
            return "" if writable else os.strerror(errno.EACCES)
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def close(self) -> None:
        """Give the file back; the next line opens it again."""
        with self._lock:
            self._close()

    def _write(self, data: bytes) -> None:
        descriptor = self._current()
        self._put(descriptor, data)
        after = os.fstat(descriptor)
        if after.st_nlink == 0:
            # It was put aside, and thrown away as the oldest, before this line reached it.
            self._put(self._reopened(), data)
        elif after.st_size >= self._max_bytes:
            self._put_aside(after)

    def _put(self, descriptor: int, data: bytes) -> None:
        if self._torn:
            data = b"\n" + data
        written = os.write(descriptor, data)
        self._torn = written < len(data) and (written > 0 or self._torn)
        if written < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _current(self) -> int:
        """The file that has the name now: another process may have put ours aside."""
        if self._descriptor is not None:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.lstat(self._name), os.fstat(self._descriptor)):
                    return self._descriptor
        return self._reopened()

    def _reopened(self) -> int:
        self._close()
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, _APPEND, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "its place is taken by something that is no file", str(self.path))
        self._descriptor = descriptor
        return descriptor

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _put_aside(self, full: os.stat_result) -> None:
        """Begin a new file. Where that can't be done now this one goes on growing: nothing is lost for it."""
        with suppress(OSError):
            directory = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(self.path.lstat(), full):
                    self._rename()
            finally:
                os.close(directory)

    def _rename(self) -> None:
        for number in range(self._kept - 1, 0, -1):
            with suppress(FileNotFoundError):
                numbered(self.directory, number).replace(numbered(self.directory, number + 1))
        self.path.replace(numbered(self.directory, 1))


def numbered(directory: Path, number: int) -> Path:
    """The file that was put aside `number` times ago; 0 is the one that is written."""
    return directory / (f"{NAME}.{number}" if number else NAME)


def log_bytes(directory: Path) -> int:
    """How much disk the log takes."""
    total = 0
    for number in range(KEPT + 1):
        with suppress(OSError):
            total += numbered(directory, number).lstat().st_size
    return total
