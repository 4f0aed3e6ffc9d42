"""Charts of figures and values: lines and bars over the buckets of a window, bars by name, histograms."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from store.metrics.cutting import labels
from store.metrics.model import Chart, ChartKind, Figure, Mark, Query, Series, Value
from store.metrics.wording import told

CLASSES = 12
"""Of a histogram, about."""
MOST_BARS = 10
TOO_FEW = "No bucket has enough for it yet; wider ones show more."


def over_time(
    chave: str,
    titulo: str,
    tipo: ChartKind,
    query: Query,
    figuras: Iterable[tuple[str, Figure]],
    *,
    marcas: Sequence[Mark] = (),
    nota: str = "",
) -> Chart:
    """The series of some figures, a name each; they have one unit."""
    named = tuple(figuras)
    there = any(each.n or each.valor is not None for _, each in named)
    series = tuple(
        Series(name, tuple(number(point.valor) for point in each.serie)) for name, each in named if there
    )
    return _chart(
        Chart(
            chave,
            titulo,
            tipo,
            named[0][1].unidade,
            series,
            labels(query),
            tuple(marcas),
            nota=nota,
        ),
        next((each.vazio for _, each in named if each.vazio), TOO_FEW),
    )


def layers(
    chave: str, titulo: str, unidade: str, query: Query, rows: Mapping[str, Sequence[Value]], vazio: str
) -> Chart:
    """A stacked bar a bucket: one count a layer and bucket; `vazio` where there never was anything."""
    series = tuple(Series(name, tuple(map(number, ys))) for name, ys in rows.items())
    return Chart(chave, titulo, "stacked", unidade, () if vazio else series, labels(query), vazio=vazio)


def by_name(
    chave: str,
    titulo: str,
    unidade: str,
    rows: Sequence[tuple[str, Value]],
    vazio: str,
    *,
    marcas: Sequence[Mark] = (),
    nota: str = "",
) -> Chart:
    """A lying bar a name, as they come."""
    series = (Series("", tuple(number(value) for _, value in rows)),) if rows else ()
    names = tuple(name for name, _ in rows)
    return _chart(Chart(chave, titulo, "hbar", unidade, series, names, tuple(marcas), nota=nota), vazio)


def stacked_names(
    chave: str,
    titulo: str,
    unidade: str,
    names: Sequence[str],
    rows: Mapping[str, Sequence[Value]],
    vazio: str,
) -> Chart:
    """A stacked bar a name: one value a layer and name."""
    series = tuple(Series(layer, tuple(map(number, ys))) for layer, ys in rows.items())
    return _chart(Chart(chave, titulo, "stacked", unidade, series, tuple(names)), vazio)


def histogram(
    chave: str,
    titulo: str,
    unidade: str,
    values: Sequence[float],
    vazio: str,
    *,
    low: float | None = None,
    marcas: Sequence[Mark] = (),
) -> Chart:
    """How many values lie in each of some classes of the same width; the last class has its end as well."""
    known = sorted(values if all(map(isfinite, values)) else filter(isfinite, values))
    edges = _edges(known, low)
    begin, width, classes = edges[0], edges[1] - edges[0], len(edges) - 1

    def place(value: float) -> int:
        return min(int((value - begin) / width), classes - 1)

    ends = [bisect_right(known, each, key=place) for each in range(classes)]
    counts = [end - start for start, end in pairwise([0, *ends])]
    series = (Series("how many", tuple(map(float, counts)), tuple(edges)),) if known else ()
    note = ", ".join(f"{mark.nome}: {told(mark.valor, 3)}" for mark in marcas)
    return _chart(Chart(chave, titulo, "histogram", unidade, series, nota=note), vazio)


def _edges(values: Sequence[float], low: float | None) -> list[float]:
    """Round edges around all values, which are in order."""
    if not values:
        return [0.0, 1.0]
    first = values[0] if low is None else min(low, values[0])
    width = _round_up((values[-1] - first) / CLASSES)
    start = floor(first / width) * width if low is None else first
    classes = max(1, ceil((values[-1] - start) / width))
    return [start + width * place for place in range(classes + 1)]


def _round_up(width: float) -> float:
    """The next of 1, 2, 2.5 and 5 times a power of ten; 1 for nothing."""
    if width <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(width))
    return next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= width * (1 - 1e-9))


def number(value: Value) -> float | None:
    """A value as a chart has it."""
    return None if value is None else float(value)


def _chart(chart: Chart, vazio: str) -> Chart:
    """With what will fill it, where it has no value."""
    if any(y is not None for series in chart.series for y in series.ys):
        return chart
    return replace(chart, series=(), rotulos=(), marcas=(), vazio=vazio)
