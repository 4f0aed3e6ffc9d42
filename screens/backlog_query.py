"""What Backlog shows of all items: a query in words and facets, and an order. Pure; for 100,000 rows."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count
from operator import attrgetter, is_not
from typing import Any

from screens.states import kind
from store.views.model import ItemRow
from store.views.search import folded

FACETS = {
    "status": attrgetter("estado"),
    "tipo": attrgetter("tipo"),
    "ator": attrgetter("ator"),
    "saga": attrgetter("saga_id"),
    "spec": attrgetter("spec_ref"),
}
"""The facets of the query language, and where each looks."""
WORTH_SORTING = 500
"""So many changed rows and more are sorted anew."""
FEW_ALIKE = 300
"""So many rows of the same value are looked through one by one."""
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


def parse(text: str, known: Mapping[str, object] = FACETS) -> Query:
    """`status:pend tipo:orcar frete`: facets by name, as far as they are known; the rest are words."""
    words, facets = [], []
    for part in text.split():
        name, colon, value = part.partition(":")
        facet = _ENGLISH.get(name.lower(), name.lower())
        if colon and facet in known:
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


def facet_counts(
    rows: Sequence[Any], name: str, limit: int = 30, known: Mapping[str, Callable[[Any], str]] = FACETS
) -> list[tuple[str, int]]:
    """The values of a facet and how many rows have each, most first."""
    counts = Counter(map(known[name], rows)).most_common(limit + 1)
    return [(value, number) for value, number in counts if value][:limit]


class Sorter:
    """All rows in one order, kept from model to model: only what changed is put in its place anew."""

    def __init__(self) -> None:
        self.column, self.descending = "", True
        self._for = ""
        self._source: Sequence[ItemRow] = ()
        self._sorted: list[ItemRow] = []

    def sort(self, rows: Sequence[ItemRow]) -> Sequence[ItemRow]:
        """`rows` are all items, oldest first; without a column the newest come first."""
        if not self.column:
            return rows[::-1] if self.descending else rows
        changed = self._changed(rows) if self._for == self.column else None
        if changed is None:
            self._sorted = sorted(rows, key=SORTS[self.column])
        else:
            self._replace(*changed)
        self._for, self._source = self.column, rows
        return self._sorted[::-1] if self.descending else self._sorted.copy()

    def _changed(self, rows: Sequence[ItemRow]) -> tuple[list[ItemRow], list[ItemRow]] | None:
        """The rows that went and those that came; None where they are too many, or the places have moved."""
        if len(rows) < len(self._source):
            return None
        places = list(compress(count(), map(is_not, self._source, rows)))
        if len(places) > WORTH_SORTING or any(self._source[at].id != rows[at].id for at in places):
            return None
        came = [*(rows[at] for at in places), *rows[len(self._source) :]]
        return [self._source[at] for at in places], came

    def _replace(self, gone: list[ItemRow], came: list[ItemRow]) -> None:
        key = SORTS[self.column]
        missed = {id(row) for row in gone if not self._take_out(row, key)}
        if missed:
            self._sorted = [row for row in self._sorted if id(row) not in missed]
        for row in came:
            insort(self._sorted, row, key=key)

    def _take_out(self, row: ItemRow, key: Callable[[ItemRow], Any]) -> bool:
        """Take one row out; False where too many are alike to look at each."""
        first = bisect_left(self._sorted, key(row), key=key)
        for at in range(first, min(first + FEW_ALIKE, len(self._sorted))):
            if self._sorted[at] is row:
                del self._sorted[at]
                return True
        return False


SORTS: dict[str, Callable[[ItemRow], Any]] = {
    "status": attrgetter("estado"),
    "tipo": lambda row: kind(row.tipo),
    "titulo": lambda row: (row.spec_ref or row.titulo, row.titulo),
    "prioridade": attrgetter("prioridade"),
    "ator": attrgetter("ator"),
    "atualizado": attrgetter("atualizado_em"),
}
"""The columns that can be sorted by besides the default, which is by id."""
