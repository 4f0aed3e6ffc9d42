"""Figures made of documents: what is counted, what is left out and why, a value a bucket, a group, a target.

A `Measure` says what a figure is; `Rows` are the documents of a window in the order of their moments, with
those that the figure leaves out. The figure, its series and its groups all come from the same two functions
of rows, so that they cannot differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from operator import itemgetter, le, not_
from typing import Generic, NamedTuple, TypeVar

from store.metrics.cutting import between, cut, partial, trend, within
from store.metrics.model import Figure, Part, Point, Query, Value
from store.metrics.periods import Bucketing, Window
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


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """What a figure is made of."""

    times: Sequence[float]
    """Epoch seconds, ascending, beside `rows`."""
    rows: Sequence[T]
    left: Sequence[tuple[str, T]] = ()
    """What is left out, each with its reason."""

    @property
    def reasons(self) -> dict[str, int]:
        """How many were left out, by reason, the most frequent one first."""
        return dict(Counter(reason for reason, _ in self.left).most_common())

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
        itens=tuple(dict.fromkeys(map(measure.ident, reversed(rows.rows[-MOST_IDS:])))),
        grupo=grupo,
        vazio=measure.vazio if value is None else "",
        precisa=measure.needs,
    )


def series(measure: Measure[T], rows: Rows[T], query: Query) -> tuple[Point, ...]:
    """A point a bucket of the window up to now, empty ones too."""
    of = measure.bucket or measure.of
    empty = of(())
    found = []
    for chave, span, parcial in _spans(query.janela, query.agora, query.cortes):
        inside = rows.rows[between(rows.times, span)]
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


def grouped(rows: Rows[T], key: Callable[[T], str]) -> list[tuple[str, Rows[T]]]:
    """The groups, the largest first, `MOST_GROUPS` at most; every row is in exactly one."""
    keys = list(map(key, rows.rows))
    sizes = Counter(keys)
    sizes.update(dict.fromkeys((key(row) for _, row in rows.left), 0))
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    if len(names) > MOST_GROUPS:
        names = [*names[: MOST_GROUPS - 1], REST]
    found: dict[str, tuple[list[float], list[T], list[tuple[str, T]]]] = {
        name: ([], [], []) for name in names
    }
    rest = found.get(REST)
    for name, moment, row in zip(keys, rows.times, rows.rows, strict=True):
        times, some, _ = found.get(name) or rest or found[name]
        times.append(moment)
        some.append(row)
    for reason, row in rows.left:
        (found.get(key(row)) or rest or found[key(row)])[2].append((reason, row))
    return [(name, Rows(times, some, left)) for name, (times, some, left) in found.items()]
