"""What Backlog shows of all items: a query in words and facets, and an order. Pure; for 100,000 rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from store.views.model import ItemRow
from store.views.search import folded

FACETS = {
    "status": attrgetter("status"),
    "tipo": attrgetter("tipo"),
    "ator": attrgetter("ator"),
    "saga": attrgetter("saga_id"),
    "spec": attrgetter("spec_ref"),
}
"""The facets of the query language, and where each looks."""
_ENGLISH = {"type": "tipo", "actor": "ator", "state": "status"}


@dataclass(frozen=True, slots=True)
class Query:
    """Facets hold exact values or beginnings of them, words must all be found; both are folded."""

    words: tuple[str, ...] = ()
    facets: tuple[tuple[str, str], ...] = ()

    def narrows(self, other: Query) -> bool:
        """True when `other` finds all that this does, so that its result can be searched instead."""
        return (
            set(other.facets) <= set(self.facets)
            and len(self.words) >= len(other.words)
            and all(mine.startswith(theirs) for mine, theirs in zip(self.words, other.words, strict=False))
        )


def parse(text: str) -> Query:
    """`status:pend tipo:orcar frete`: facets by name, the rest are words."""
    words, facets = [], []
    for part in text.split():
        name, colon, value = part.partition(":")
        facet = _ENGLISH.get(name.lower(), name.lower())
        if colon and facet in FACETS:
            facets.append((facet, folded(value)))
        else:
            words.append(folded(part))
    return Query(tuple(words), tuple(facet for facet in facets if facet[1]))


def search(rows: Sequence[ItemRow], query: Query) -> Sequence[ItemRow]:
    """The rows that a query finds, in the order they came."""
    for name, value in query.facets:
        rows = _by_facet(rows, FACETS[name], value)
    for word in query.words:
        rows = [row for row in rows if word in row.busca]
    return rows


def _by_facet(rows: Sequence[ItemRow], read: Callable[[ItemRow], str], value: str) -> list[ItemRow]:
    """Few values stand in many rows: each value is compared once."""
    known: dict[str, bool] = {}
    found = []
    for row in rows:
        text = read(row)
        fits = known.get(text)
        if fits is None:
            fits = known[text] = folded(text).startswith(value)
        if fits:
            found.append(row)
    return found


def facet_counts(rows: Sequence[ItemRow], name: str, limit: int = 30) -> list[tuple[str, int]]:
    """The values of a facet and how many rows have each, most first."""
    counts = Counter(map(FACETS[name], rows))
    return [(value, count) for value, count in counts.most_common(limit + 1) if value][:limit]


@dataclass(slots=True)
class Sorter:
    """All rows in one order, kept from model to model: a list that is nearly in order is quick to sort."""

    column: str = ""
    descending: bool = True
    _order: list[int] = field(default_factory=list)
    _for: tuple[str, bool] | None = None

    def sort(self, rows: Sequence[ItemRow]) -> Sequence[ItemRow]:
        """`rows` are all items, oldest first; by default the newest come first."""
        if not self.column:
            return rows[::-1] if self.descending else rows
        chosen = (self.column, self.descending)
        if chosen != self._for or len(self._order) > len(rows):
            self._order, self._for = list(range(len(rows))), chosen
        else:
            self._order.extend(range(len(self._order), len(rows)))
        values = list(map(SORTS[self.column], rows))
        self._order.sort(key=values.__getitem__, reverse=self.descending)
        return [rows[index] for index in self._order]


SORTS: dict[str, Callable[[ItemRow], Any]] = {
    "status": attrgetter("status"),
    "tipo": attrgetter("tipo"),
    "titulo": attrgetter("titulo"),
    "prioridade": attrgetter("prioridade"),
    "ator": attrgetter("ator"),
    "atualizado": attrgetter("atualizado_em"),
}
"""The columns that can be sorted by besides the default, which is by id."""
