"""What lies in a window, in groups, carried from commit to commit and as the window moves on with the time.

Numbers of a group are kept in order, or amounts of it added up. What a commit changes, and what comes into
the window or leaves it, costs what it is; the rest is never looked at again. Amounts are whole ticks, for
only whole numbers can be taken off again without a trace: carried sums are those that are made anew.
"""

from __future__ import annotations

from bisect import bisect_left, insort_right
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from math import inf
from operator import add, sub
from typing import Any, NamedTuple, Protocol

from store.metrics.columns import Columns, Told
from store.metrics.cutting import cut, partial
from store.metrics.facts import Facts
from store.metrics.keeping import Changed, Dated, Made, by_moment, kept
from store.metrics.model import Point, Query, Value
from store.metrics.periods import Window

TICKS = 4_194_304.0
"""In a second: as fine as a time of these decades is in epoch seconds."""
MOST_WINDOWS = 4
"""That are kept of one thing; the one not asked for the longest goes."""
MOST_THINGS = 12
"""Of one index, likewise."""
STEADY = 16
"""The part of the rows of a window up to which it is moved, and not made anew out of columns."""


def ticks(seconds: float) -> int:
    """Seconds as they are added up."""
    return round(seconds * TICKS)


class Index(NamedTuple):
    """Rows by their moments, as `by_moment` makes them."""

    key: str
    campo: str
    made: Made

    def of(self, facts: Facts) -> Dated:
        """All of them."""
        return by_moment(facts, self.key, self.campo, self.made)


class _Way(Protocol):
    """How what a group has is kept."""

    def build(self, lists: dict[Hashable, list[Any]]) -> dict[Hashable, Any]: ...
    def change(
        self,
        groups: Mapping[Hashable, Any],
        gone: Iterable[tuple[Hashable, Any]],
        come: Iterable[tuple[Hashable, Any]],
    ) -> dict[Hashable, Any]: ...


class _InOrder:
    """A sorted list a group."""

    def build(self, lists: dict[Hashable, list[Any]]) -> dict[Hashable, Any]:
        for values in lists.values():
            values.sort()
        return lists

    def change(
        self,
        groups: Mapping[Hashable, Any],
        gone: Iterable[tuple[Hashable, Any]],
        come: Iterable[tuple[Hashable, Any]],
    ) -> dict[Hashable, Any]:
        found, mine = dict(groups), set[Hashable]()
        for group, value in come:
            insort_right(_own(found, mine, group), value)
        for group, value in gone:
            values = _own(found, mine, group)
            del values[bisect_left(values, value)]
        return {group: values for group, values in found.items() if values}


def _own(groups: dict[Hashable, Any], mine: set[Hashable], group: Hashable) -> list[Any]:
    """The list of a group, copied before it is first changed."""
    if group not in mine:
        mine.add(group)
        groups[group] = list(groups.get(group, ()))
    found: list[Any] = groups[group]
    return found


class _Added:
    """A sum a group, of tuples of whole numbers; the count of what is in it stands behind."""

    def build(self, lists: dict[Hashable, list[Any]]) -> dict[Hashable, Any]:
        return {group: (*map(sum, zip(*some, strict=True)), len(some)) for group, some in lists.items()}

    def change(
        self,
        groups: Mapping[Hashable, Any],
        gone: Iterable[tuple[Hashable, Any]],
        come: Iterable[tuple[Hashable, Any]],
    ) -> dict[Hashable, Any]:
        found = dict(groups)
        for group, amounts in come:
            more = (*amounts, 1)
            found[group] = tuple(map(add, found[group], more)) if group in found else more
        for group, amounts in gone:
            found[group] = tuple(map(sub, found[group], (*amounts, 1)))
        return {group: sums for group, sums in found.items() if sums[-1]}


IN_ORDER, ADDED = _InOrder(), _Added()


class _Slid(NamedTuple):
    """What is known of one window."""

    window: Window
    groups: Mapping[Hashable, Any]
    told: Told


_Known = dict[Hashable, tuple[_Way, tuple[_Slid, ...]]]
"""By what is told: its windows, the one asked for last at the end."""


def numbers(
    facts: Facts, index: Index, column: str, told: Told, window: Window, period: str = ""
) -> Mapping[Hashable, Sequence[Any]]:
    """Sorted values of the rows of a window, by group.

    `column` names what is told, which depends on nothing but the row and its moment; `period` names the
    windows that move on together.
    """
    return _groups(facts, index, column, told, window, period, IN_ORDER)


def sums(
    facts: Facts, index: Index, column: str, told: Told, window: Window, period: str = ""
) -> Mapping[Hashable, tuple[int, ...]]:
    """Sums of tuples of whole numbers, by group, with the count of them as the last."""
    return _groups(facts, index, column, told, window, period, ADDED)


def _groups(
    facts: Facts, index: Index, column: str, told: Told, window: Window, period: str, way: _Way
) -> Mapping[Hashable, Any]:
    dated = index.of(facts)

    def after(old: _Known, changed: Sequence[Changed]) -> _Known:
        return _changed(index.made, old, changed)

    known = kept(facts, f"{index.key}: windows", _nothing_yet, (index.campo,), after)
    what = way, column, period
    _, before = known.pop(what, (way, ()))
    near = min(before, key=lambda each: _apart(each, dated, window), default=None)
    most = _many(dated, window) // STEADY + 10
    slid = (
        _moved(near, dated, window, told, way)
        if near is not None and _apart(near, dated, window) <= most
        else None
    )
    if slid is None:
        lists = _columns(facts, index, column, told).within(dated, window)
        near, slid = None, _Slid(window, way.build(lists), told)
    others = [each for each in before if each is not near or not _follows(window, each.window)]
    known[what] = way, (*others[1 - MOST_WINDOWS :], slid)
    while len(known) > MOST_THINGS:
        del known[next(iter(known))]
    return slid.groups


def _columns(facts: Facts, index: Index, column: str, told: Told) -> Columns:
    def after(old: dict[str, Columns], changed: Sequence[Changed]) -> dict[str, Columns]:
        gone, come = _both(index.made, changed)
        return {name: each.after(gone, come) for name, each in old.items()}

    known: dict[str, Columns] = kept(facts, f"{index.key}: columns", _none_yet, (index.campo,), after)
    return known.setdefault(column, Columns(told))


def _none_yet(_facts: Facts) -> dict[str, Columns]:
    return {}


def _both(made: Made, changed: Sequence[Changed]) -> tuple[list[tuple[float, Any]], list[tuple[float, Any]]]:
    """The rows that went, and those that came."""
    gone = [row for change in changed if change.antes is not None for row in made(change.antes)]
    come = [row for change in changed if change.depois is not None for row in made(change.depois)]
    return gone, come


def _follows(window: Window, old: Window) -> bool:
    """Whether a window is the same as an old one, as time goes on: that one won't be asked for again."""
    return window.inicio == old.inicio or window.fim == old.fim


def _nothing_yet(_facts: Facts) -> _Known:
    return {}


def _changed(made: Made, old: _Known, changed: Sequence[Changed]) -> _Known:
    """What is known of each window when some facts are other than they were."""
    gone, come = _both(made, changed)
    return {
        what: (way, tuple(_after(each, gone, come, way) for each in some))
        for what, (way, some) in old.items()
    }


def _after(slid: _Slid, gone: Sequence[Any], come: Sequence[Any], way: _Way) -> _Slid:
    window, told = slid.window, slid.told
    left, new = (
        [each for moment, row in rows if moment in window for each in told(moment, row)]
        for rows in (gone, come)
    )
    return slid._replace(groups=way.change(slid.groups, left, new)) if left or new else slid


def _rows(dated: Dated, window: Window, told: Told) -> Iterable[tuple[Hashable, Any]]:
    first, last = bisect_left(dated.times, window.inicio), bisect_left(dated.times, window.fim)
    for moment, row in zip(dated.times[first:last], dated.rows[first:last], strict=True):
        yield from told(moment, row)


def _apart(slid: _Slid, dated: Dated, window: Window) -> float:
    """How many rows a window does not have in common with one that is known; no end of them where none is."""
    old = slid.window
    if window.inicio >= old.fim or window.fim <= old.inicio:
        return inf
    return sum(_many(dated, each) for each in (*_beyond(window, old), *_beyond(old, window)))


def _moved(slid: _Slid, dated: Dated, window: Window, told: Told, way: _Way) -> _Slid:
    """The window where it is now; it has the most in common with where it was."""
    old = slid.window
    left = [row for span in _beyond(old, window) for row in _rows(dated, span, slid.told)]
    new = [row for span in _beyond(window, old) for row in _rows(dated, span, told)]
    groups = way.change(slid.groups, left, new) if left or new else slid.groups
    return _Slid(window, groups, told)


def _beyond(one: Window, other: Window) -> list[Window]:
    """The parts of a window that another does not have; they have a part in common."""
    spans = (Window(one.inicio, min(other.inicio, one.fim)), Window(max(other.fim, one.inicio), one.fim))
    return [span for span in spans if span.fim > span.inicio]


def _many(dated: Dated, window: Window) -> int:
    return bisect_left(dated.times, window.fim) - bisect_left(dated.times, window.inicio)


def points_of(
    query: Query, found: Callable[[float], Sequence[Any]], measure: Callable[[Sequence[Any]], Value]
) -> tuple[Point, ...]:
    """A point a bucket: `measure` of what is found for where the bucket begins."""
    rows = ((bucket, found(bucket.inicio)) for bucket in cut(query))
    return tuple(
        Point(bucket.chave, measure(some), len(some), partial(bucket, query)) for bucket, some in rows
    )
