"""The store's lock between processes: an flock that is waited for with a limit and that names its holder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import StoreBusy
from store.journal.files import open_private

_NAME_LENGTH = 96
_FIRST_NAP, _LONGEST_NAP = 0.0001, 0.005


class FileLock:
    """An flock on a file that is never replaced.

    A holder that changes the store leaves its name there, so that whoever waits in vain can say for whom.
    """

    def __init__(self, path: Path, *, name: str, timeout: float, shared: bool = False) -> None:
        """Open the lock file; `timeout` in seconds, `shared` for a process that only looks.

        A store that has no lock file yet, and can't be given one, is looked at without a lock.
        """
        self._path, self._timeout, self._shared = path, timeout, shared
        self._depth = 0
        self._name = name.encode()[: _NAME_LENGTH - 1].ljust(_NAME_LENGTH - 1) + b"\n"
        self._descriptor: int | None
        try:
            self._descriptor = open_private(path, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            self._descriptor = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for a block; StoreBusy with the holder's name when it does not come free in time.

        Blocks may nest. Threads of one process must take turns by other means: they are one holder.
        """
        if self._depth == 0 and self._descriptor is not None:
            self._acquire(self._descriptor)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0 and self._descriptor is not None:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    @property
    def is_held(self) -> bool:
        """Whether this process holds the lock now."""
        return self._depth > 0

    def _acquire(self, descriptor: int) -> None:
        kind = fcntl.LOCK_SH if self._shared else fcntl.LOCK_EX
        deadline, nap = time.monotonic() + self._timeout, _FIRST_NAP
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                return self._leave_name(descriptor)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreBusy(self._busy(descriptor)) from None
                time.sleep(nap)
                nap = min(nap * 2, _LONGEST_NAP)

    def _leave_name(self, descriptor: int) -> None:
        # Only when another process held it last: a write less in each transaction of a process that is alone.
        if not self._shared and os.pread(descriptor, _NAME_LENGTH, 0) != self._name:
            # Not being able to (a full disk) costs the next one who waits a name, nothing else.
            with contextlib.suppress(OSError):
                os.pwrite(descriptor, self._name, 0)

    def _busy(self, descriptor: int) -> str:
        holder = os.pread(descriptor, _NAME_LENGTH, 0).decode(errors="replace").strip()
        return (
            f"{self._path.parent}: the store is held by {holder or 'a process without a name'}"
            f" ({self._timeout:g} s waited)"
        )

    def close(self) -> None:
        """Give the descriptor back; idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
