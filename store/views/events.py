"""The event log a page at a time, from any place back: what fits some words and facets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from store.views.model import Document, EventRow
from store.views.rows import event_row
from store.views.search import folded

Place = tuple[int, int]
"""Where an event stands: its transaction's seq, and which of its events it is."""

FACETS = {
    "tipo": attrgetter("tipo"),
    "ator": attrgetter("ator"),
    "saga": attrgetter("saga_id"),
    "item": attrgetter("item_id"),
    "spec": attrgetter("spec_ref"),
}
"""The facets that events can be filtered by, and where each looks."""

PAGE, SCANNED = 300, 20_000
"""Events that a page has, and those that are looked at for it, at most."""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Facets hold beginnings of values, words must all be found; both are folded."""

    words: tuple[str, ...] = ()
    facets: tuple[tuple[str, str], ...] = ()

    def fits(self, row: EventRow) -> bool:
        """Whether an event is asked for."""
        return all(_has(row, name, value) for name, value in self.facets) and all(
            word in row.busca for word in self.words
        )

    @property
    def item(self) -> str | None:
        """The one item that is asked for, where a facet names it whole."""
        named = [value.upper() for name, value in self.facets if name == "item"]
        return next(
            (value for value in named if value.startswith("BKL-") and len(value) > len("BKL-000")), None
        )


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events that fit, oldest first. `ate` is the oldest place that was looked at."""

    eventos: tuple[EventRow, ...] = ()
    ate: Place = (0, 0)
    mais: bool = False
    """Whether there are older events that were not looked at."""


def _has(row: EventRow, name: str, value: str) -> bool:
    """Whether a facet begins so; a type may be asked for by the other name that it has, too."""
    other = row.apelido if name == "tipo" else ""
    return folded(FACETS[name](row)).startswith(value) or bool(value and other.startswith(value))


def place(row: EventRow) -> Place:
    """Where an event stands."""
    return row.seq, row.n


def event_page(
    history: Iterable[Document], query: EventQuery, before: Place, *, page: int = PAGE, scanned: int = SCANNED
) -> EventPage:
    """The newest events before a place that fit, at most `page` of them and of `scanned` that are looked at.

    `history` gives events newest first, from the transaction of `before` on (`Database.history`).
    """
    found: list[EventRow] = []
    at, looked = before, 0
    for row in _rows_before(history, before):
        if len(found) == page or looked == scanned:
            return EventPage(tuple(reversed(found)), at, mais=True)
        at, looked = place(row), looked + 1
        if query.fits(row):
            found.append(row)
    return EventPage(tuple(reversed(found)), at)


def _rows_before(history: Iterable[Document], before: Place) -> Iterable[EventRow]:
    return (event_row(event) for event in history if (event["seq"], event["n"]) < before)
