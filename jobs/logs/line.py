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
        """The line's state is another one; of its failure `failed` tells, with the traceback."""
        if (before.modo, before.titular) == (after.modo, after.titular) or after.modo == "failed":
            return
        taken_over = after.modo in ("running", "paused") and before.modo == "attached"
        self._log.logger.info(
            _EVENTS.get(after.modo, "line.changed"),
            holder=after.titular,
            taken_over_from=before.titular if taken_over and before.titular != after.titular else "",
            sandbox=after.isolamento,
            notice=after.aviso,
            duration_s=self._elapsed() if after.modo == "stopped" else None,
        )

    def failed(self, error: BaseException) -> None:
        """The line ended by itself."""
        self._log.logger.error("line.failed", duration_s=self._elapsed(), exc_info=error)

    def _elapsed(self) -> float:
        return round(self._clock.monotonic() - self._began, 6)
