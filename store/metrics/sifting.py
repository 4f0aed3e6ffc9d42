"""What a figure is made of, out of rows: those that count, those that are left out, and why."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar, cast

from store.metrics.cutting import Span
from store.metrics.measures import Rows
from store.metrics.tables import Table, Take, View

S = TypeVar("S")
T = TypeVar("T")


def rows_in(table: Table[T], window: Span, left: Sequence[tuple[str, T]] = ()) -> Rows[T]:
    """The rows of a table in a window."""
    found = table.within(window)
    return Rows(found.times, found, left)


def sifted(rows: Rows[S], key: Hashable, take: Take[S, T], lost: Callable[[S], T]) -> Rows[T]:
    """What is made of rows; `lost` stands for one that was left out before. `key` names `take` for good.

    Nothing is made again of rows of a table, as long as their span parts none of one moment.
    """
    left = [(reason, lost(row)) for reason, row in rows.left]
    if isinstance(rows.rows, View):
        counted, out = (rows.rows.of(some) for some in rows.rows.table.sieve(key, take))
        return Rows(counted.times, cast("View[T]", counted), [*left, *out] if out else left)
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
        return sifted(rows, why_not, lambda row: ((why_not(row), row),), _itself)
    return rows.counting(why_not)


def _itself(row: T) -> T:
    return row
