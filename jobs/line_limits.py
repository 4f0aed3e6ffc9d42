"""Work that waits for a limit of the workspace goes on by itself once there is room: in another month, or
because something else took less than it had reserved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.line_core import ITEMS, Core
from store.clock import seconds_between
from store.database import Commit

JOB = "limites"
SPRINTS = "sprints"
_INTERVAL_S = 60.0


class LimitWatch:
    """Looks when a reservation ends, when a sprint changes (its own budget, too), when a month begins, and
    once a minute; in the line's thread. Where nobody waits, a look reads nothing.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    @classmethod
    def begin(cls, core: Core) -> None:
        """Look once (a limit may have been raised since), and go on."""
        watch = cls(core)
        core.backlog.rever_limites()
        core.db.subscribe(watch._hear)
        core.scheduler.add(JOB, watch.work, _INTERVAL_S)

    def _hear(self, commit: Commit) -> None:
        changed = bool(commit.put.get(SPRINTS))
        if changed or any(_gave_back(item) for item in commit.put.get(ITEMS, {}).values()):
            self._core.scheduler.wake(JOB)

    async def work(self) -> float | None:
        """Free what has room now; returns in how many seconds the next month begins for what waits for it."""
        due = self._core.backlog.rever_limites()
        return max(0.0, seconds_between(self._core.setup.clock.now(), due)) if due else None


def _gave_back(item: Mapping[str, Any]) -> bool:
    """Whether the item's last attempt had reserved something and has ended."""
    tries = item["tentativas"]
    return bool(tries) and bool(tries[-1].get("reserva")) and bool(tries[-1]["fim"])
