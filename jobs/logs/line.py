"""What becomes of a line in this process: opened, running, attached, paused, stopping, stopped, failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.logs.logbook import Logbook
from store.clock import Clock
from store.views.model import LineState

if TYPE_CHECKING:
    from jobs.line_publish import Publisher
    from store.database import Database

_EVENTS = {
    "running": "line.running",
    "paused": "line.paused",
    "attached": "line.attached",
    "viewing": "line.viewing",
    "stopping": "line.stopping",
    "stopped": "line.stopped",
    "failed": "line.failed",
}


class LineLog:
    """Follows one line from its start to its end."""

    def __init__(self, log: Logbook, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._began = clock.monotonic()

    def opened(self, db: Database, publisher: Publisher) -> None:
        """The store is open: what was mended in it, and from now on every change of the line's state."""
        publisher.watch_state(self.changed)
        self._log.logger.info("line.opened", seq=db.seq, recovered=db.recovered, duration_s=self._elapsed())

    def changed(self, before: LineState, after: LineState) -> None:
        """The line's state is another one."""
        if (before.modo, before.titular) == (after.modo, after.titular):
            return
        taken_over = before.titular if after.modo == "running" and before.modo == "attached" else ""
        level = "error" if after.modo == "failed" else "info"
        getattr(self._log.logger, level)(
            _EVENTS.get(after.modo, "line.changed"),
            holder=after.titular,
            taken_over_from=taken_over if taken_over != after.titular else "",
            sandbox=after.isolamento,
            notice=after.aviso,
            duration_s=self._elapsed() if after.modo in ("stopped", "failed") else None,
        )

    def failed(self, error: BaseException) -> None:
        """The line ended by itself."""
        self._log.logger.error("line.failed", duration_s=self._elapsed(), exc_info=error)

    def _elapsed(self) -> float:
        return round(self._clock.monotonic() - self._began, 6)
