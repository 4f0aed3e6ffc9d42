"""The events that the Events screen has: the newest, as models bring them, and older ones as they are asked
for.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from store.views.events import EventPage, EventQuery, Place, place
from store.views.model import EventRow

KEPT = 20_000
"""New events that are kept while the newest are followed; older ones are in the log."""


class EventLog:
    """`recent` has every event from some place on, `older` those before it that fit the query."""

    def __init__(self) -> None:
        self.query = EventQuery()
        self._recent: list[EventRow] = []
        self._older: list[EventRow] = []
        self._found: list[EventRow] = []
        self._looked: Place = (0, 0)
        self.more = False
        """Whether there may be events before those that were looked at."""
        self.behind = False
        """Events came faster than they were taken: what is newer has to be begun anew."""

    @property
    def rows(self) -> Sequence[EventRow]:
        """What fits the query, oldest first; a new list whenever it has changed."""
        return self._found

    @property
    def looked_at(self) -> Place:
        """The oldest place that was looked at: older events come before it."""
        return self._looked

    @property
    def held(self) -> Sequence[EventRow]:
        """Every event at hand, whether it fits or not."""
        return [*self._older, *self._recent]

    def take(self, tail: Sequence[EventRow], *, follow: bool) -> bool:
        """Take a model's events, newest first; True when the rows changed.

        Where some are missing in between, whoever follows goes on from the newest; whoever reads older ones
        keeps them until then (`behind`).
        """
        newest = place(self._recent[-1]) if self._recent else None
        fresh = list(takewhile(lambda row: newest is None or place(row) > newest, tail))[::-1]
        joins = newest is None or len(fresh) < len(tail)
        if not fresh or (self.behind and not follow):
            return False
        if (joins and not self.behind) or newest is None:
            self._append(fresh, follow)
            return True
        if not follow:
            self.behind = True
            return False
        self._begin(list(tail)[::-1])
        return True

    def _append(self, fresh: list[EventRow], follow: bool) -> None:
        if not self._recent:
            self._begin(fresh)
            return
        self._recent += fresh
        if follow and len(self._recent) > KEPT:
            self._begin(self._recent[-KEPT // 2 :])
            return
        self._found = [*self._found, *filter(self.query.fits, fresh)]

    def _begin(self, rows: list[EventRow]) -> None:
        """Have only these, and whatever is older in the log."""
        self._recent, self.behind = rows, False
        self._forget_older()

    def _forget_older(self) -> None:
        self._older = []
        self._looked = place(self._recent[0]) if self._recent else (0, 0)
        self.more = self._looked > (1, 0)
        self._found = list(filter(self.query.fits, self._recent))

    def ask(self, query: EventQuery) -> None:
        """Show what fits another query; older events are asked for anew."""
        if query != self.query:
            self.query = query
            self._forget_older()

    def add_page(self, query: EventQuery, page: EventPage) -> bool:
        """Take a page of older events; False when it was asked for by another query."""
        if query != self.query or page.ate > self._looked:
            return False
        self._older = [*page.eventos, *self._older]
        self._looked, self.more = page.ate, page.mais
        self._found = [*page.eventos, *self._found]
        return True
