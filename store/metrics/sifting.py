"""What a figure is made of, out of rows: those that count, those that are left out, and why."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar, cast, overload

from store.metrics.cutting import Span
from store.metrics.measures import Rows
from store.metrics.tables import One, Seen, Table, Take, View, column

S = TypeVar("S")
T = TypeVar("T")
V = TypeVar("V")


def rows_in(table: Table[T], window: Span, left: Sequence[tuple[str, T]] = ()) -> Rows[T]:
    """The rows of a table in a window."""
    found = table.within(window)
    return Rows(found.times, found, left)


class Left(Seen[tuple[str, T]]):
    """What is left out, one sieve after the other."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Sequence[tuple[str, T]]]) -> None:
        """`parts` in their order."""
        self.parts = parts

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return chain.from_iterable(self.parts)

    def column(self, made: Callable[[tuple[str, T]], V]) -> list[V]:
        """What is made of each."""
        return [each for part in self.parts for each in column(part, made)]

    @overload
    def __getitem__(self, place: int) -> tuple[str, T]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[str, T]]: ...
    def __getitem__(self, place: int | slice) -> tuple[str, T] | list[tuple[str, T]]:
        return list(self)[place]


class Made(Seen[T]):
    """What is made of each of some rows, once it is wanted."""

    __slots__ = ("made", "rows")

    def __init__(self, rows: Sequence[Any], made: Callable[[Any], T]) -> None:
        """`made` is the same function every time."""
        self.rows, self.made = rows, made

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[T]:
        return iter(column(self.rows, self.made))

    def column(self, made: Callable[[T], V]) -> list[V]:
        """What is made of each."""
        return column(self.rows, _both(self.made, made))

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        return column(self.rows, self.made)[place]


@lru_cache(maxsize=512)
def _both(first: Callable[[Any], Any], then: Callable[[Any], V]) -> Callable[[Any], V]:
    return lambda row: then(first(row))


def _lost(left: Sequence[tuple[str, S]], lost: Callable[[S], T]) -> list[Sequence[tuple[str, T]]]:
    """What was left out before, as rows of another kind."""
    parts = left.parts if isinstance(left, Left) else (left,)
    if lost is _itself:
        return cast("list[Sequence[tuple[str, T]]]", list(parts))
    return [Made(part, _losing(lost)) for part in parts]


@lru_cache(maxsize=64)
def _losing(lost: Callable[[Any], Any]) -> Callable[[tuple[str, Any]], tuple[str, Any]]:
    return lambda each: (each[0], lost(each[1]))


def sifted(rows: Rows[S], key: Hashable, take: Take[S, T], lost: Callable[[S], T]) -> Rows[T]:
    """What is made of rows; `lost` stands for one that was left out before. `key` names `take` for good.
    Both are the same every time.

    Nothing is made again of rows of a table, as long as their span parts none of one moment.
    """
    if isinstance(rows.rows, View):
        counted, out = (rows.rows.of(some) for some in rows.rows.table.sieve(key, take))
        return Rows(counted.times, cast("View[T]", counted), Left((*_lost(rows.left, lost), out)))
    left = [(reason, lost(row)) for reason, row in rows.left]
    times: list[float] = []
    kept: list[T] = []
    for moment, row in zip(rows.times, rows.rows, strict=True):
        for reason, made in take(row):
            if reason:
                left.append((reason, made))
            else:
                times.append(moment)
                kept.append(made)
    return Rows(times, kept, left)


def counting(rows: Rows[T], why_not: Callable[[T], str]) -> Rows[T]:
    """Those for which there is no reason not to count them; `why_not` is the same function every time."""
    if isinstance(rows.rows, View):
        take: One[T, T] = One(lambda row: (why_not(row), row))
        return sifted(rows, why_not, take, _itself)
    return rows.counting(why_not)


def loose(rows: Rows[T]) -> Rows[T]:
    """The same rows, no table's: for what is made of them only once."""
    return Rows(rows.times, list(rows.rows), rows.left)


def parted(rows: Sequence[T], key: Callable[[T], str]) -> dict[str, Sequence[T]]:
    """The rows of each group that has any; `key` is the same function every time."""
    if isinstance(rows, View):
        inside = {name: rows.of(some) for name, some in rows.table.groups(key).items()}
        return {name: some for name, some in inside.items() if some}
    found: dict[str, list[T]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return dict(found)


def _itself(row: T) -> T:
    return row
