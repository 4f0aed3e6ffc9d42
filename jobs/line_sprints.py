"""The open sprints of a line, kept for whoever looks at them: a tenth of the line's time at most."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from store.sprint.watching import SprintWatch
from store.views.sprint import SprintView

if TYPE_CHECKING:
    from jobs.line_core import Core
    from store.database import Commit

SHARE = 9
"""After each look, so many times as long is left alone."""


class LineSprints:
    """Lives in the line's thread; what is put off is published by itself a little later."""

    def __init__(self, core: Core) -> None:
        self._core, self._watch = core, SprintWatch(core.backlog)
        self._views: tuple[SprintView, ...] = ()
        self._free_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def begin(cls, core: Core) -> None:
        """Have the models carry the open sprints from now on."""
        core.publisher.watch_sprints(cls(core))

    def take(self, commit: Commit) -> None:
        """Note what a commit may have changed."""
        self._watch.take(commit)

    def views(self) -> tuple[SprintView, ...]:
        """The open sprints, the newest first, as of now or of a moment ago."""
        started = time.monotonic()
        if not self._watch.stale:
            return self._views
        if started < self._free_at:
            self._later(self._free_at - started)
            return self._views
        self._views = self._watch.views()
        now = time.monotonic()
        self._free_at = now + SHARE * (now - started)
        return self._views

    def _later(self, wait_s: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._due)

    def _due(self) -> None:
        self._timer = None
        self._core.publisher.changed()
