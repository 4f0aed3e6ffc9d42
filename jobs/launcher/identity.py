"""Who an executor is: liveness on one machine is identity, not time (design.md, "Claim")."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from jobs.launcher.procfs import boot_id, is_alive, start_time


class Identity(NamedTuple):
    """One process, for good: boot id, pid, and start in clock ticks since boot."""

    boot_id: str
    pid: int
    inicio: int

    def document(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Identity:
        """The identity in a lease's `executor`."""
        return cls(str(document["boot_id"]), int(document["pid"]), int(document["inicio"]))

    @classmethod
    def own(cls) -> Identity:
        """This process."""
        pid = os.getpid()
        return cls(boot_id(), pid, start_time(pid))


def alive(executor: Mapping[str, Any]) -> bool:
    """True while exactly the process that a lease names lives."""
    who = Identity.read(executor)
    return is_alive(who.boot_id, who.pid, who.inicio)
