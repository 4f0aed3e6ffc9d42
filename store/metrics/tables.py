"""Rows in the order of their moments, with what is made of each, kept from commit to commit.

A window of a table is a view: for it no row is looked at again. What is made of each row (a column), which
rows a figure leaves out (a sieve) and what they are grouped by is made once, from the earliest window on that
was asked for, and anew for the rows that a commit changed. Rows of tables are never changed in place: whoever
still looks at earlier facts sees what they were.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import compress
from math import inf
from operator import not_
from typing import Any, Generic, NamedTuple, TypeVar, cast, overload

from store.metrics.cutting import Span, between

S = TypeVar("S")
T = TypeVar("T")
V = TypeVar("V")

Placed = tuple[float, str, T]
"""A row by its moment; those of the same moment are in the order of the ids of their documents."""
Take = Callable[[S], Iterable[tuple[str, T]]]
"""What a sieve makes of a row: rows, each with the reason why it is left out, empty where it is not."""
MOST_MOVES = 500
"""Rows that come and go: for more, everything is made anew."""
SMALL = 0.2
"""The share of the rows before a window for which it is not worth while to keep them apart."""


class One(Generic[S, T]):
    """A sieve that makes one of each row."""

    __slots__ = ("one",)

    def __init__(self, one: Callable[[S], tuple[str, T]]) -> None:
        """`one` gives the reason why a row is left out, empty where it is not, and what is made of it."""
        self.one = one

    def __call__(self, row: S) -> Iterable[tuple[str, T]]:
        """What every sieve gives."""
        return (self.one(row),)


class Table(Generic[T]):
    """All rows of one kind."""

    __slots__ = ("_columns", "_groups", "_picked", "_sieves", "_since", "_tail", "ids", "rows", "times")

    def __init__(self, placed: Sequence[Placed[T]] = ()) -> None:
        """`placed` in order."""
        self.times: list[float] = [moment for moment, _, _ in placed]
        self.ids: list[str] = [name for _, name, _ in placed]
        self.rows: list[T] = [row for _, _, row in placed]
        self._columns: dict[Callable[[T], Any], list[Any]] = {}
        self._sieves: dict[Hashable, _Sieve] = {}
        self._groups: dict[Callable[[T], str], dict[str, Table[T]]] = {}
        self._tail: Table[T] | None = None
        self._since = inf
        self._picked: tuple[Table[T], Sequence[int]] | None = None

    def within(self, window: Span) -> View[T]:
        """The rows of a window."""
        known = self._from(window.inicio)
        found = between(known.times, window)
        return View(known, found.start, found.stop)

    def _from(self, moment: float) -> Table[T]:
        """The rows from the earliest moment on that a window began at: of those before, nothing is made."""
        if moment < self._since:
            start = bisect_left(self.times, moment)
            whole = start <= len(self.times) * SMALL
            self._since = -inf if whole else moment
            later = range(start, len(self.times))
            self._tail = None if whole else self._made(later, self.rows[start:])
        return self._tail or self

    def column(self, made: Callable[[T], V]) -> list[V]:
        """What is made of each row; `made` has to be the same function every time."""
        found = self._columns.get(made)
        if found is None:
            found = self._columns[made] = self._column(made)
        return found

    def _column(self, made: Callable[[T], V]) -> list[V]:
        if self._picked is None:
            return list(map(made, self.rows))
        table, places = self._picked
        return list(map(table.column(made).__getitem__, places))

    def picked(self, places: Sequence[int]) -> Table[T]:
        """The rows at some places, in order: what is made of each is made by this table, and only once.

        For one page: where rows come and go it is picked anew.
        """
        other: Table[T] = Table()
        other.times = list(map(self.times.__getitem__, places))
        other.rows = list(map(self.rows.__getitem__, places))
        other._picked = self, places
        return other

    def sieve(self, key: Hashable, take: Take[T, Any]) -> tuple[Table[Any], Table[tuple[str, Any]]]:
        """What `take` makes of all rows: those that count, and those that don't with their reasons."""
        found = self._sieves.get(key)
        if found is None:
            found = self._sieves[key] = self._sifted(take)
        return found.counted, found.left

    def groups(self, key: Callable[[T], str]) -> dict[str, Table[T]]:
        """The rows of each group."""
        found = self._groups.get(key)
        if found is None:
            places: dict[str, list[int]] = {}
            for place, name in enumerate(self.column(key)):
                places.setdefault(name, []).append(place)
            found = self._groups[key] = {name: self._part(some) for name, some in places.items()}
        return found

    def few_groups(self, key: Callable[[T], str], most: int) -> dict[str, Table[T]] | None:
        """Likewise; None where they are so many that it is not worth while to keep each apart."""
        if key not in self._groups and len(set(self.column(key))) > most:
            return None
        return self.groups(key)

    def _part(self, places: Sequence[int]) -> Table[T]:
        """The rows at some places, with all that is known of them."""
        other = self._made(places, list(map(self.rows.__getitem__, places)))
        other._columns = {
            made: list(map(values.__getitem__, places)) for made, values in self._columns.items()
        }
        return other

    def _sifted(self, take: Take[T, V]) -> _Sieve:
        """All rows at once, without a `Placed` for each."""
        if isinstance(take, One):
            found = list(map(take.one, self.rows))
            places: Sequence[int] = range(len(found))
        else:
            several = [(place, each) for place, row in enumerate(self.rows) for each in take(row)]
            places, found = [place for place, _ in several], [each for _, each in several]
        reasons = [reason for reason, _ in found]
        counted = list(compress(places, map(not_, reasons)))
        kept = [made for reason, made in found if not reason]
        left = list(compress(found, reasons))
        return _Sieve(take, self._made(counted, kept), self._made(list(compress(places, reasons)), left))

    def _made(self, places: Sequence[int], rows: list[V]) -> Table[V]:
        """A table of what was made of the rows at some places, with their moments."""
        other: Table[V] = Table()
        other.times = list(map(self.times.__getitem__, places))
        other.ids, other.rows = list(map(self.ids.__getitem__, places)), rows
        return other

    def moved(self, gone: Sequence[Placed[T]], come: Sequence[Placed[T]]) -> Table[T]:
        """Another table, without some rows and with others."""
        if not gone and not come:
            return self
        if len(gone) + len(come) > MOST_MOVES:
            return self._anew(gone, come)
        other: Table[T] = Table()
        other.times, other.ids, other.rows = list(self.times), list(self.ids), list(self.rows)
        other._columns = {made: list(values) for made, values in self._columns.items()}
        for each in gone:
            other._remove(each)
        for each in come:
            other._insert(each)
        other._since = self._since
        if self._tail is not None:
            other._tail = self._tail.moved(
                *([each for each in some if each[0] >= self._since] for some in (gone, come))
            )
        other._sieves = {key: sieve.moved(gone, come) for key, sieve in self._sieves.items()}
        other._groups = {key: _regrouped(some, key, gone, come) for key, some in self._groups.items()}
        return other

    def _anew(self, gone: Sequence[Placed[T]], come: Sequence[Placed[T]]) -> Table[T]:
        other: Table[T] = Table(list(zip(self.times, self.ids, self.rows, strict=True)))
        for each in gone:
            other._remove(each)
        placed = [*zip(other.times, other.ids, other.rows, strict=True), *come]
        return Table(sorted(placed, key=order))

    def _remove(self, placed: Placed[T]) -> None:
        moment, name, row = placed
        place = bisect_left(self.times, moment)
        while self.ids[place] != name or self.rows[place] != row:
            place += 1
        for some in (self.times, self.ids, self.rows, *self._columns.values()):
            del cast("list[Any]", some)[place]

    def _insert(self, placed: Placed[T]) -> None:
        moment, name, row = placed
        place = bisect_right(self.times, moment)
        while place and self.times[place - 1] == moment and self.ids[place - 1] > name:
            place -= 1
        self.times.insert(place, moment)
        self.ids.insert(place, name)
        self.rows.insert(place, row)
        for made, values in self._columns.items():
            values.insert(place, made(row))


def order(placed: Placed[Any]) -> tuple[float, str]:
    """By moment, then by id."""
    return placed[:2]


class _Sieve(NamedTuple):
    """What is made of the rows of a table, in two tables."""

    take: Take[Any, Any]
    counted: Table[Any]
    left: Table[tuple[str, Any]]

    def moved(self, gone: Sequence[Placed[Any]], come: Sequence[Placed[Any]]) -> _Sieve:
        """With other rows."""
        gone_counted, gone_left = _sifted(self.take, gone)
        counted, left = _sifted(self.take, come)
        return _Sieve(self.take, self.counted.moved(gone_counted, counted), self.left.moved(gone_left, left))


def _sifted(
    take: Take[S, T], placed: Iterable[Placed[S]]
) -> tuple[list[Placed[T]], list[Placed[tuple[str, T]]]]:
    counted: list[Placed[T]] = []
    left: list[Placed[tuple[str, T]]] = []
    for moment, name, row in placed:
        for found in take(row):
            if found[0]:
                left.append((moment, name, found))
            else:
                counted.append((moment, name, found[1]))
    return counted, left


def _by_group(key: Callable[[T], str], placed: Iterable[Placed[T]]) -> dict[str, list[Placed[T]]]:
    found: dict[str, list[Placed[T]]] = {}
    for each in placed:
        found.setdefault(key(each[2]), []).append(each)
    return found


def _regrouped(
    groups: dict[str, Table[T]],
    key: Callable[[T], str],
    gone: Sequence[Placed[T]],
    come: Sequence[Placed[T]],
) -> dict[str, Table[T]]:
    found = dict(groups)
    less, more = _by_group(key, gone), _by_group(key, come)
    for name in {*less, *more}:
        found[name] = found.get(name, Table[T]()).moved(less.get(name, ()), more.get(name, ()))
    return found


class Seen(Sequence[T]):
    """Rows of which it is known what was made of them."""

    __slots__ = ()

    def column(self, made: Callable[[T], V]) -> list[V]:
        """What is made of each row; `made` is the same function every time."""
        raise NotImplementedError


class View(Seen[T]):
    """The rows of a table in a span of time, as a sequence."""

    __slots__ = ("start", "stop", "table")

    def __init__(self, table: Table[T], start: int, stop: int) -> None:
        """Rows `start` to `stop` of it."""
        self.table, self.start, self.stop = table, start, max(start, stop)

    def __len__(self) -> int:
        return self.stop - self.start

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> View[T]: ...
    def __getitem__(self, place: int | slice) -> T | View[T]:
        if isinstance(place, slice):
            start, stop, _ = place.indices(len(self))
            return View(self.table, self.start + start, self.start + max(start, stop))
        return self.table.rows[range(self.start, self.stop)[place]]

    def __iter__(self) -> Iterator[T]:
        return iter(self.table.rows[self.start : self.stop])

    def __reversed__(self) -> Iterator[T]:
        return reversed(self.table.rows[self.start : self.stop])

    @property
    def times(self) -> list[float]:
        """The moments of the rows."""
        return self.table.times[self.start : self.stop]

    def column(self, made: Callable[[T], V]) -> list[V]:
        """What is made of each row."""
        return self.table.column(made)[self.start : self.stop]

    def picked(self, places: Iterable[int]) -> View[T]:
        """Those at some places of the view, in order."""
        found = [self.start + place for place in places] if self.start else list(places)
        return View(self.table.picked(found), 0, len(found))

    def of(self, other: Table[V]) -> View[V]:
        """The same span of a table that is made of this one's; the span parts no rows of one moment."""
        return View(other, *(self._place(other, end) for end in (self.start, self.stop)))

    def _place(self, other: Table[Any], end: int) -> int:
        times = self.table.times
        return bisect_left(other.times, times[end]) if end < len(times) else len(other.times)


def column(rows: Sequence[T], made: Callable[[T], V]) -> list[V]:
    """What is made of each of some rows, where they are a table's without making it again.

    `made` is the same function every time.
    """
    return rows.column(made) if isinstance(rows, Seen) else list(map(made, rows))
