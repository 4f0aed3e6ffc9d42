"""Figures made of documents: what is counted, what is left out and why, a value a bucket, a group, a target.

A `Measure` says what a figure is; `Rows` are the documents of a window in the order of their moments, with
those that the figure leaves out. The figure, its series and its groups all come from the same two functions
of rows, so that they cannot differ.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import nlargest, nsmallest
from itertools import compress
from operator import itemgetter, le, not_
from typing import Any, Generic, NamedTuple, TypeVar

from store.metrics.cutting import cut, partial, trend, within
from store.metrics.model import Figure, Part, Point, Query, Value
from store.metrics.periods import Bucketing, Window
from store.metrics.tables import Table, View, column
from store.metrics.targets import Target, own_target

MOST_GROUPS = 20
"""Groups that are told apart; the smallest of more are one group, so that nothing is missing."""
MOST_IDS = 500
REST = "others"

T = TypeVar("T")


def nothing(_rows: object) -> None:
    """No value, whatever there is."""


def no_parts(_rows: object) -> tuple[Part, ...]:
    """Nothing beside the value."""
    return ()


_REASON: Callable[[tuple[str, Any]], str] = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """What a figure is made of."""

    times: Sequence[float]
    """Epoch seconds, ascending, beside `rows`."""
    rows: Sequence[T]
    left: Sequence[tuple[str, T]] = ()
    """What is left out, each with its reason."""
    groups: dict[Callable[[T], str], Sequence[tuple[str, Rows[T]]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What they were grouped into before: several figures are made of the same rows."""

    @property
    def reasons(self) -> dict[str, int]:
        """How many were left out, by reason, the most frequent one first."""
        return dict(Counter(column(self.left, _REASON)).most_common())

    def only(self, keep: Callable[[T], bool]) -> Rows[T]:
        """Those of which it is true, and what is left out of them."""
        kept = list(map(keep, self.rows))
        left = [(reason, row) for reason, row in self.left if keep(row)]
        return Rows(list(compress(self.times, kept)), list(compress(self.rows, kept)), left)

    def counting(self, why_not: Callable[[T], str]) -> Rows[T]:
        """Those for which there is no reason not to count them; the others are left out with theirs."""
        reasons = list(map(why_not, self.rows))
        if not any(reasons):
            return self
        kept = list(map(not_, reasons))
        left = [(reason, row) for reason, row in zip(reasons, self.rows, strict=True) if reason]
        return Rows(list(compress(self.times, kept)), list(compress(self.rows, kept)), [*self.left, *left])


def rows_of(found: Iterable[tuple[float, T]], left: Sequence[tuple[str, T]] = ()) -> Rows[T]:
    """Rows of moments and documents in any order."""
    ordered = sorted(found, key=itemgetter(0))
    return Rows([moment for moment, _ in ordered], [row for _, row in ordered], left)


def dated(found: Sequence[T], moment: Callable[[T], float | None]) -> Rows[T]:
    """Documents by a moment of theirs, without those that have none. Fast where they are in order already."""
    moments = list(map(moment, found))
    times: list[float] = [at for at in moments if at is not None]
    whole = len(times) == len(moments)
    rows = found if whole else list(compress(found, [at is not None for at in moments]))
    if all(map(le, times, times[1:])):
        return Rows(times, rows)
    order = sorted(range(len(times)), key=times.__getitem__)
    return Rows([times[place] for place in order], [rows[place] for place in order])


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Generic[T]):
    """What a figure is."""

    chave: str
    nome: str
    unidade: str
    of: Callable[[Sequence[T]], Value]
    """The value of some rows, None where there is none; of no rows as well, for empty buckets."""
    ident: Callable[[T], str]
    """The id of the document behind a row."""
    vazio: str
    parts: Callable[[Sequence[T]], tuple[Part, ...]] = no_parts
    whole: Callable[[Sequence[T]], tuple[Value, tuple[Part, ...]]] | None = None
    """Value and parts at once, in place of `of` and `parts`, where both need the same work."""
    target: Target | None = None
    count: Callable[[Sequence[T]], int] = len
    """How many documents some rows are, where a document can have several."""
    provisional: Callable[[T], bool] | None = None
    """Whether a row may still change."""
    bucket: Callable[[Sequence[T]], Value] | None = None
    """The value of a bucket, where it is not made as the figure's is: `nothing` where a bucket says none."""
    needs: int = 0
    """How many documents a value needs, where some are too few."""


def figure(measure: Measure[T], rows: Rows[T], query: Query, grupo: str = "") -> Figure:
    """A measure of some rows."""
    if measure.whole is None:
        value, parts = measure.of(rows.rows), measure.parts(rows.rows)
    else:
        value, parts = measure.whole(rows.rows)
    return figure_of(measure, rows, query, Told(value, parts, series(measure, rows, query)), grupo)


class Told(NamedTuple):
    """What a measure says of some rows."""

    valor: Value
    partes: tuple[Part, ...]
    serie: tuple[Point, ...]


def figure_of(measure: Measure[T], rows: Rows[T], query: Query, told: Told, grupo: str = "") -> Figure:
    """A measure of some rows, where what it says of them is known."""
    value, parts, serie = told
    target = own_target(query.metas, measure.chave, measure.target)
    unsure = measure.provisional
    return Figure(
        measure.chave,
        measure.nome,
        measure.unidade,
        value,
        measure.count(rows.rows),
        excluidos=rows.reasons,
        provisorios=sum(map(unsure, rows.rows)) if unsure else 0,
        partes=parts,
        serie=serie,
        tendencia=trend(serie),
        meta=target.words if target else "",
        linha=target.line if target else None,
        estado=target.state(value) if target else "none",
        itens=_newest(rows.rows, measure.ident),
        grupo=grupo,
        vazio=measure.vazio if value is None else "",
        precisa=measure.needs,
    )


def _newest(rows: Sequence[T], ident: Callable[[T], str]) -> tuple[str, ...]:
    """The ids of the newest documents, each once, however many rows each has."""
    slices = (rows[max(end - MOST_IDS, 0) : end] for end in range(len(rows), 0, -MOST_IDS))
    return first_ids(ident(row) for some in slices for row in reversed(some))


def first_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """The first of them, each once; no more are looked at than are needed."""
    found: dict[str, None] = {}
    for each in ids:
        found[each] = None
        if len(found) == MOST_IDS:
            break
    return tuple(found)


def series(measure: Measure[T], rows: Rows[T], query: Query) -> tuple[Point, ...]:
    """A point a bucket of the window up to now, empty ones too."""
    of = measure.bucket or measure.of
    empty, times, end = of(()), rows.times, 0
    found = []
    for chave, span, parcial in _spans(query.janela, query.agora, query.cortes):
        start = bisect_left(times, span.inicio, end)
        end = bisect_left(times, span.fim, start)
        inside = rows.rows[start:end] if end > start else ()
        value, n = (of(inside), measure.count(inside)) if inside else (empty, 0)
        found.append(Point(chave, value, n, parcial))
    return tuple(found)


@lru_cache(maxsize=8)
def _spans(janela: Window, agora: float, cortes: Bucketing) -> tuple[tuple[str, Window, bool], ...]:
    """Each bucket's key, the part of it that is in the window and has happened, whether that is not all."""
    query = Query(janela, agora, cortes)
    return tuple((each.chave, within(each, query), partial(each, query)) for each in cut(query))


def figures(
    measure: Measure[T],
    rows: Rows[T],
    query: Query,
    key: Callable[[T], str] | None = None,
    told: Told | None = None,
) -> list[Figure]:
    """The total, then a figure a group, the largest first; the total alone without a key.

    `told` is what the measure says of all rows, where that is known.
    """
    total = [figure(measure, rows, query) if told is None else figure_of(measure, rows, query, told)]
    if key is None:
        return total
    return total + [figure(measure, some, query, name) for name, some in grouped(rows, key)]


def grouped(rows: Rows[T], key: Callable[[T], str]) -> Sequence[tuple[str, Rows[T]]]:
    """The groups, the largest first, `MOST_GROUPS` at most; every row is in exactly one.

    Of rows of a table `key` is the same function every time.
    """
    if key not in rows.groups:
        rows.groups[key] = _grouped(rows, key)
    return rows.groups[key]


def _grouped(rows: Rows[T], key: Callable[[T], str]) -> list[tuple[str, Rows[T]]]:
    view = rows.rows
    few = view.table.few_groups(key, MOST_GROUPS) if isinstance(view, View) else None
    if isinstance(view, View) and few is not None:
        inside = {name: view.of(some) for name, some in few.items()}
        found = _of_few(rows, key, {name: some for name, some in inside.items() if some})
        if len(found) <= MOST_GROUPS:
            return found
    return _of_many(rows, key)


def _of_few(
    rows: Rows[T], key: Callable[[T], str], inside: Mapping[str, View[T]]
) -> list[tuple[str, Rows[T]]]:
    """All groups, where a table knows the rows of each."""
    left: dict[str, list[tuple[str, T]]] = {name: [] for name in inside}
    for name, each in zip(column(rows.left, _of_left(key)), rows.left, strict=True):
        left.setdefault(name, []).append(each)
    none: View[T] = View(Table(), 0, 0)
    found = [(name, inside.get(name, none)) for name in left]
    found.sort(key=lambda each: (-len(each[1]), each[0]))
    return [(name, Rows(some.times, some, left[name])) for name, some in found]


def _of_many(rows: Rows[T], key: Callable[[T], str]) -> list[tuple[str, Rows[T]]]:
    keys, outside = column(rows.rows, key), column(rows.left, _of_left(key))
    sizes = Counter(keys)
    sizes.update(dict.fromkeys(outside, 0))
    names = largest(sizes)
    shown = {**dict.fromkeys(sizes, REST), **{name: name for name in names}}
    places: dict[str, list[int]] = {name: [] for name in names}
    for place, name in enumerate(map(shown.__getitem__, keys)):
        places[name].append(place)
    left: dict[str, list[tuple[str, T]]] = {name: [] for name in names}
    for name, each in zip(map(shown.__getitem__, outside), rows.left, strict=True):
        left[name].append(each)
    return [(name, _picked(rows, some, left[name])) for name, some in places.items()]


def largest(sizes: Mapping[str, int]) -> list[str]:
    """The groups that are told apart, the largest first; in the order of their names where they are alike."""
    if len(sizes) <= MOST_GROUPS:
        return sorted(sizes, key=lambda name: (-sizes[name], name))
    least = nlargest(MOST_GROUPS - 1, sizes.values())[-1]
    larger = [name for name, size in sizes.items() if size > least]
    alike = [name for name, size in sizes.items() if size == least]
    larger.sort(key=lambda name: (-sizes[name], name))
    return [*larger, *nsmallest(MOST_GROUPS - 1 - len(larger), alike), REST]


@lru_cache(maxsize=256)
def _of_left(key: Callable[[Any], str]) -> Callable[[tuple[str, Any]], str]:
    """A key of rows, as one of what is left out."""
    return lambda each: key(each[1])


def _picked(rows: Rows[T], places: Sequence[int], left: Sequence[tuple[str, T]]) -> Rows[T]:
    """The rows at some places."""
    if isinstance(rows.rows, View):
        some = rows.rows.picked(places)
        return Rows(some.times, some, left)
    times = list(map(rows.times.__getitem__, places))
    return Rows(times, list(map(rows.rows.__getitem__, places)), left)
