"""A chart's numbers as a table: what stands there where there is no room for a picture, or by its key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isfinite

from textual.content import Content

from screens.evidence.layout import DIM, STRONG, span, table
from screens.figure_words import amount_words, value_words
from screens.widgets.chart_axes import EPOCH
from screens.widgets.chart_marks import mark_words
from screens.widgets.chart_parts import unit_of
from screens.zone import zone
from store.metrics.model import Chart, Series

MOST = 400
"""Rows of a cloud of points, at most: the newest."""
GAP, LABEL = 2, 28


def table_lines(chart: Chart, width: int) -> list[Content]:
    """Every value with its label, the lines' names first, for a width in cells."""
    head = [Content(" · ").join([span(name, DIM) for name in mark_words(chart)])] if chart.marcas else []
    if any(each.xs is not None for each in chart.series) and chart.tipo != "histogram":
        return [*head, *_cloud(chart, width)]
    labels = _labels(chart)
    names = [each.nome or chart.titulo for each in chart.series]
    shown = _fitting(chart, names, width)
    rows = [[span("", STRONG), *(span(name, STRONG) for name in names[:shown])]]
    rows += [
        [span(label, DIM), *(_value(chart, each, at) for each in chart.series[:shown])]
        for at, label in enumerate(labels)
    ]
    left = len(names) - shown
    more = [span(f"{left} more series: `oficina metrics` with --csv has all", DIM)] if left else []
    return [*head, *table(rows, width, right=range(1, shown + 1)), *more]


def _labels(chart: Chart) -> list[str]:
    """A label a row: the chart's own, or a histogram's classes."""
    count = max((len(each.ys) for each in chart.series), default=0)
    edges = next((each.xs for each in chart.series if each.xs), None)
    if chart.tipo == "histogram" and edges and not chart.rotulos:
        ends = [*edges[1:], None]
        pairs = zip(edges, ends, strict=True)
        named = [
            _class(chart, a) if b is None else f"{_class(chart, a)} to {_class(chart, b)}" for a, b in pairs
        ]
        return named[:count]
    return [chart.rotulos[at] if at < len(chart.rotulos) else str(at + 1) for at in range(count)]


def _class(chart: Chart, edge: float) -> str:
    return value_words(edge, chart.unidade)


def _fitting(chart: Chart, names: Sequence[str], width: int) -> int:
    """How many of the series have room beside the labels; one at least."""
    room, count = width - min(LABEL, max((len(each) for each in _labels(chart)), default=1)), 0
    for name, series in zip(names, chart.series, strict=True):
        widest = max((len(_value(chart, series, at)) for at in range(len(series.ys))), default=1)
        room -= GAP + max(len(name), widest)
        if room < 0:
            break
        count += 1
    return max(1, count)


def _value(chart: Chart, series: Series, at: int) -> Content:
    return span(value_words(series.ys[at] if at < len(series.ys) else None, unit_of(chart)))


def _cloud(chart: Chart, width: int) -> list[Content]:
    """A row a point, the one furthest to the right first."""
    several = len(chart.series) > 1
    points = [
        (x, each, at)
        for each in chart.series
        for at, x in enumerate(each.xs or ())
        if at < len(each.ys) and isfinite(x)
    ]
    points.sort(key=lambda point: -point[0])
    rows = [
        [
            span(_place(chart, x), DIM),
            *([span(each.nome)] if several else []),
            _value(chart, each, at),
            span(each.ids[at] if at < len(each.ids) else "", DIM),
        ]
        for x, each, at in points[:MOST]
    ]
    more = [span(f"{len(points) - MOST} more", DIM)] if len(points) > MOST else []
    return [*table(rows, width, right=[2 if several else 1]), *more]


def _place(chart: Chart, x: float) -> str:
    """Where a point stands: its label, its day, or its number."""
    if chart.rotulos and x.is_integer() and 0 <= x < len(chart.rotulos):
        return chart.rotulos[int(x)]
    if EPOCH <= x < 4e9:
        return datetime.fromtimestamp(x, zone()).strftime("%Y-%m-%d")
    return amount_words(x)
