"""What a figure has of each day, and what it says of days together: of all, of a bucket, of a group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from store.metrics.cutting import cut, partial
from store.metrics.measures import REST, Measure, Rows, Told, figure_of, largest
from store.metrics.model import Figure, Part, Point, Query, Value

K = TypeVar("K")
T = TypeVar("T")


class Cell(NamedTuple):
    """What is counted of one day."""

    times: Sequence[float]
    rows: Sequence[Any]
    """Beside their moments, in order."""
    values: Sequence[float] = ()
    """Of the rows, ascending."""
    left: Sequence[tuple[str, Any]] = ()
    """What is left out, each with its reason."""


Days = Sequence[Sequence[Cell]]
"""Of each bucket its days, oldest first; of a day there may be several."""


def plain(times: Sequence[float], rows: Sequence[Any]) -> Cell:
    """Rows that are only counted."""
    return Cell(times, rows)


def valued(
    times: Sequence[float], rows: Sequence[Any], values: Sequence[float], why_not: Callable[[float], str]
) -> Cell:
    """Rows with a value each; those whose value is below 0 are left out, `why_not` says why."""
    if not values or min(values) >= 0:
        return Cell(times, rows, sorted(values))
    places = [place for place, value in enumerate(values) if value >= 0]
    return Cell(
        [times[place] for place in places],
        [rows[place] for place in places],
        sorted(values[place] for place in places),
        [(why_not(value), row) for value, row in zip(values, rows, strict=True) if value < 0],
    )


Make = Callable[[Sequence[float], Sequence[Any]], Cell]
ByGroup = Callable[[Sequence[float], Sequence[Any]], Mapping[str, Cell]]


def by_group(key: Callable[[Any], str], make: Make) -> ByGroup:
    """A cell a group that a day has any of."""

    def made(times: Sequence[float], rows: Sequence[Any]) -> Mapping[str, Cell]:
        return {name: make(*some) for name, some in parted(key, times, rows).items()}

    return made


def parted(
    key: Callable[[T], K], times: Sequence[float], rows: Sequence[T]
) -> dict[K, tuple[list[float], list[T]]]:
    """The moments and rows of each key, in order."""
    found: dict[K, tuple[list[float], list[T]]] = {}
    for name, moment, row in zip(map(key, rows), times, rows, strict=True):
        some = found.get(name)
        if some is None:
            found[name] = [moment], [row]
        else:
            some[0].append(moment)
            some[1].append(row)
    return found


def grouped(days: Sequence[Sequence[Mapping[str, Cell]]]) -> list[tuple[str, Days]]:
    """The groups as `measures.grouped` makes them: the largest first, the smallest of many together."""
    sizes: Counter[str] = Counter()
    for day in chain.from_iterable(days):
        for name, cell in day.items():
            sizes[name] += len(cell.rows)
    names = largest(sizes)
    shown = {**dict.fromkeys(sizes, REST), **{name: name for name in names}}
    found: dict[str, list[list[Cell]]] = {name: [[] for _ in days] for name in names}
    for place, bucket in enumerate(days):
        for day in bucket:
            for name, cell in day.items() if len(names) == len(sizes) else _together(day, shown):
                found[name][place].append(cell)
    return list(found.items())


def _together(day: Mapping[str, Cell], shown: Mapping[str, str]) -> Iterable[tuple[str, Cell]]:
    """The cells of a day, those that are shown as one made one."""
    found: dict[str, list[Cell]] = {}
    for name, cell in day.items():
        found.setdefault(shown[name], []).append(cell)
    return [(name, _one(cells)) for name, cells in found.items()]


def _one(cells: Sequence[Cell]) -> Cell:
    if len(cells) == 1:
        return cells[0]
    pairs = sorted(
        (pair for cell in cells for pair in zip(cell.times, cell.rows, strict=True)), key=itemgetter(0)
    )
    return Cell(
        [moment for moment, _ in pairs],
        [row for _, row in pairs],
        merged([cell.values for cell in cells]),
        [each for cell in cells for each in cell.left],
    )


def merged(some: Sequence[Sequence[float]]) -> Sequence[float]:
    """Values of several, ascending: each is."""
    return some[0] if len(some) == 1 else sorted(chain.from_iterable(some))


class Whole(NamedTuple):
    """What there is of some days together."""

    n: int
    values: Sequence[float]


NONE = Whole(0, ())


def together(cells: Sequence[Cell]) -> Whole:
    """All of them."""
    return Whole(sum(len(cell.rows) for cell in cells), merged([cell.values for cell in cells]))


class Says(NamedTuple):
    """What a measure says of days, as it does of rows."""

    of: Callable[[Whole], Value]
    parts: Callable[[Whole], tuple[Part, ...]]
    bucket: Callable[[Whole], Value]


def said(days: Days, says: Says, query: Query) -> Told:
    """Value, parts and a point a bucket."""
    buckets = [together(some) if some else NONE for some in days]
    whole = Whole(sum(each.n for each in buckets), merged([each.values for each in buckets] or [()]))
    empty = says.bucket(NONE)
    serie = tuple(
        Point(bucket.chave, says.bucket(some) if some.n else empty, some.n, partial(bucket, query))
        for bucket, some in zip(cut(query), buckets, strict=True)
    )
    return Told(says.of(whole), says.parts(whole), serie)


def figure(measure: Measure[Any], days: Days, says: Says, query: Query, grupo: str = "") -> Figure:
    """A measure of days."""
    cells = list(chain.from_iterable(days))
    rows = list(chain.from_iterable(cell.rows for cell in cells))
    left = list(chain.from_iterable(cell.left for cell in cells))
    return figure_of(measure, Rows((), rows, left), query, said(days, says, query), grupo)
