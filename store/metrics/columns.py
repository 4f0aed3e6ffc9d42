"""What is told of rows, kept in the order of their moments: a window of any length is a slice of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

from store.metrics.cutting import Span, between
from store.metrics.keeping import Dated

Told = Callable[[float, Any], Iterable[tuple[Hashable, Any]]]
"""Of a row and its moment: groups, and what it adds to each. The same row always tells the same."""
Moved = Sequence[tuple[float, Any]]
"""Rows that came or went, with their moments."""


class Column(NamedTuple):
    """What one group has, by when."""

    times: list[float]
    values: list[Any]


@dataclass(slots=True)
class Columns:
    """Of each group, from the earliest moment on that a window began at."""

    told: Told
    since: float = inf
    groups: dict[Hashable, Column] = field(default_factory=dict)

    def within(self, dated: Dated, window: Span) -> dict[Hashable, list[Any]]:
        """What each group has in a window of all rows, in lists of their own."""
        if window.inicio < self.since:
            self._reach(dated, window.inicio)
        found = ((group, some.values[between(some.times, window)]) for group, some in self.groups.items())
        return {group: values for group, values in found if values}

    def _reach(self, dated: Dated, moment: float) -> None:
        """Back to an earlier moment. Lists that others may have are left as they are."""
        first, last = bisect_left(dated.times, moment), bisect_left(dated.times, self.since)
        found: dict[Hashable, Column] = {}
        adding: dict[Hashable, tuple[Callable[[float], None], Callable[[Any], None]]] = {}
        told = self.told
        for at, row in zip(dated.times[first:last], dated.rows[first:last], strict=True):
            for group, value in told(at, row):
                if group not in adding:
                    found[group] = Column([], [])
                    adding[group] = found[group].times.append, found[group].values.append
                add_time, add_value = adding[group]
                add_time(at)
                add_value(value)
        for group, later in self.groups.items():
            before = found.get(group, Column([], []))
            found[group] = Column(before.times + later.times, before.values + later.values)
        self.since, self.groups = moment, found

    def after(self, gone: Moved, come: Moved) -> Columns:
        """The columns without some rows and with others; one that went may be one of those that came."""
        found, mine = Columns(self.told, self.since, dict(self.groups)), set[Hashable]()
        for moment, group, value in self._told(come):
            column = _own(found.groups, mine, group)
            place = bisect_right(column.times, moment)
            column.times.insert(place, moment)
            column.values.insert(place, value)
        for moment, group, value in self._told(gone):
            column = _own(found.groups, mine, group)
            place = column.values.index(value, bisect_left(column.times, moment))
            del column.times[place], column.values[place]
        return found

    def _told(self, rows: Moved) -> Iterable[tuple[float, Hashable, Any]]:
        for moment, row in rows:
            if moment >= self.since:
                for group, value in self.told(moment, row):
                    yield moment, group, value


def _own(groups: dict[Hashable, Column], mine: set[Hashable], group: Hashable) -> Column:
    """The column of a group, copied before it is first changed."""
    if group not in mine:
        mine.add(group)
        old = groups.get(group, Column([], []))
        groups[group] = Column(list(old.times), list(old.values))
    return groups[group]
