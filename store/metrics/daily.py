"""What is made of the rows of each local day, carried from commit to commit.

Any period, however it is cut, is days: a week or a month adds up what its days have, and nothing is made anew
because somebody cuts the time in another way. A commit takes away the days that its rows are in.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from store.metrics.cutting import until_now
from store.metrics.facts import Facts
from store.metrics.keeping import Changed, kept
from store.metrics.model import Query
from store.metrics.periods import Bucketing, Window

MOST_THINGS = 16
"""That are made of the days of one source; the one not asked for the longest goes."""

T = TypeVar("T")


class Ordered(Protocol):
    """Rows in the order of their moments."""

    @property
    def times(self) -> Sequence[float]: ...
    @property
    def rows(self) -> Sequence[Any]: ...


class Source(Protocol):
    """Rows that are made of the facts of one field, by their moments: a `sliding.Index` is one."""

    @property
    def key(self) -> str: ...
    @property
    def campo(self) -> str: ...
    @property
    def made(self) -> Callable[[Any], Iterable[tuple[float, Any]]]: ...
    def of(self, facts: Facts) -> Ordered: ...


Make = Callable[[Sequence[float], Sequence[Any]], T]
"""What is made of a day's moments and rows, in order; there is at least one."""
_Known = dict[Hashable, dict[float, Any]]
"""By what is made, by when the day begins."""


class Day(NamedTuple):
    """A local day, or the part of it that a window has."""

    begin: float
    end: float
    whole: bool


def by_day(facts: Facts, source: Source, what: Hashable, make: Make[T], query: Query) -> list[list[T]]:
    """What `make` makes of each day with any rows, oldest first: a list a bucket of the window up to now.

    `what` says what is made, with all that it depends on besides the rows.
    """
    known = kept(facts, f"{source.key}: days", _nothing_yet, (source.campo,), partial(_without, source.made))
    key = what, query.cortes.fuso
    mine = known[key] = known.pop(key, None) or {}
    while len(known) > MOST_THINGS:
        del known[next(iter(known))]
    ordered = source.of(facts)
    return [list(_made(ordered, days, make, mine)) for days in days_of(until_now(query), query.cortes)]


def _nothing_yet(_facts: Facts) -> _Known:
    return {}


def _made(ordered: Ordered, days: Sequence[Day], make: Make[T], mine: dict[float, Any]) -> Iterator[T]:
    times = ordered.times
    for day in days:
        if day.whole and day.begin in mine:
            found = mine[day.begin]
        else:
            inside = slice(bisect_left(times, day.begin), bisect_left(times, day.end))
            found = make(times[inside], ordered.rows[inside]) if inside.stop > inside.start else None
            if day.whole:
                mine[day.begin] = found
        if found is not None:
            yield cast("T", found)


def _without(
    made: Callable[[Any], Iterable[tuple[float, Any]]], old: _Known, changed: Sequence[Changed]
) -> _Known:
    """Without the days that what has changed is in, or was."""
    moments = {
        moment for _, *both in changed for fact in both if fact is not None for moment, _ in made(fact)
    }
    return {what: _fewer(days, moments) for what, days in old.items()}


def _fewer(days: dict[float, Any], moments: Iterable[float]) -> dict[float, Any]:
    begins, found = sorted(days), dict(days)
    for place in {bisect_right(begins, moment) for moment in moments} - {0}:
        del found[begins[place - 1]]
    return found


@lru_cache(maxsize=16)
def days_of(window: Window, cortes: Bucketing) -> tuple[tuple[Day, ...], ...]:
    """The local days of a window, a tuple a bucket."""
    days = [
        Day(
            max(each.inicio, window.inicio),
            min(each.fim, window.fim),
            window.inicio <= each.inicio and each.fim <= window.fim,
        )
        for each in Bucketing("dia", cortes.fuso).buckets(window)
    ]
    begins = [day.begin for day in days]
    ends = [bisect_left(begins, bucket.fim) for bucket in cortes.buckets(window)]
    return tuple(tuple(days[start:end]) for start, end in zip([0, *ends], ends, strict=False))
