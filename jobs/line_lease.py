"""The scheduler's lease: one process of a workspace runs the line, by a lock that it holds for life."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from store.clock import Clock, SystemClock


class Holder(NamedTuple):
    """The process that runs the line, as in `tui:4711`, and since when (UTC text); empty if nobody said."""

    titular: str = ""
    desde: str = ""


class SchedulerLease:
    """The lock file. The kernel lets go of it when its holder ends, however that happens."""

    def __init__(self, path: Path, name: str, clock: Clock | None = None) -> None:
        self.path, self.name, self._clock = path, name, clock or SystemClock()
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def try_acquire(self) -> bool:
        """Take the lease if it is free; True when it is ours."""
        if self._descriptor is not None:
            return True
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        with suppress(OSError):  # on a full disk the lease is held all the same, only without a name
            os.truncate(descriptor, 0)
            told = {"titular": f"{self.name}:{os.getpid()}", "desde": self._clock.now()}
            os.pwrite(descriptor, json.dumps(told).encode(), 0)
        return True

    def holder(self) -> Holder:
        """Who holds it, as far as it said."""
        try:
            told = json.loads(self.path.read_bytes())
            return Holder(str(told["titular"]), str(told.get("desde", "")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return Holder()

    def release(self) -> None:
        """Give it up; the next process that asks gets it."""
        if self._descriptor is not None:
            os.truncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None
