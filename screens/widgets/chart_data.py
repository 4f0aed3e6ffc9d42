"""Charts made ready to be drawn: cleaned series, axes, marks and a legend for a size. Pure: no plotext here.

Whatever is in a chart (None, NaN, infinity, nothing, names with anything in them), what comes out can be
drawn; where nothing can, there is no plan, and the numbers are shown as a table instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from screens.figure_words import value_words
from screens.widgets.chart_axes import (
    Axis,
    category_ticks,
    clipped,
    moment_axis,
    one_cell_each,
    short_label,
    value_axis,
)
from screens.widgets.chart_marks import mark_room
from screens.widgets.chart_parts import (
    BARS,
    FILLS,
    LEAST_HEIGHT,
    LEAST_WIDTH,
    POINTS,
    Layer,
    Plan,
    Points,
    few,
    labels_of,
    layers_of,
    marks_of,
    points_of,
    scaled,
    totals,
    upward_axis,
)
from store.metrics.model import Chart, Series


def plan(chart: Chart, width: int, height: int) -> Plan | None:
    """The chart laid out for `width` by `height` cells; None where it has to be a table."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT or not drawable(chart):
        return None
    if chart.tipo == "hbar":
        return _lying(chart, width, height)
    if chart.tipo == "stacked" and any(y is not None and y < 0 for each in chart.series for y in each.ys):
        return None
    if _is_cloud(chart):
        return _cloud(chart, width, height)
    return (_bars if chart.tipo in BARS else _upright)(chart, width, height)


def drawable(chart: Chart) -> bool:
    """Whether any of its values can be seen; a chart that says what will fill it has none yet."""
    return not chart.vazio and any(
        y is not None and isfinite(y) for series in chart.series for y in series.ys
    )


def _is_cloud(chart: Chart) -> bool:
    """Its points have an x of their own."""
    return chart.tipo == "scatter" or (
        chart.tipo != "histogram" and any(series.xs is not None for series in chart.series)
    )


def _upright(chart: Chart, width: int, height: int) -> Plan | None:
    """Lines, areas and steps: one place a label, values upwards."""
    marks = marks_of(chart)
    room = mark_room(chart, width)
    series, notes = few(chart.series)
    places = max(len(each.ys) for each in series)
    layers = layers_of(chart, series, places, places)
    y = upward_axis(chart, [y for _, y in points_of(layers)], marks, height - 2)
    if y is None:
        return None
    low, high = (0.0, places - 1.0) if places > 1 else (-0.5, 0.5)
    ticks = category_ticks(labels_of(chart, places, places), width - room - y.label_width - 1, to_edge=True)
    x = Axis(low, high, ticks)
    return Plan(chart.tipo, layers, x, y, marks, bool(room), width - room, height, notes=notes)


def _bars(chart: Chart, width: int, height: int) -> Plan | None:
    """Bars, stacks and histograms: whole cells for each, the newest ones where they don't all fit."""
    marks = marks_of(chart)
    room = mark_room(chart, width)
    series, notes = few(chart.series)
    places, beside = max(len(each.ys) for each in series), 1 if chart.tipo == "stacked" else len(series)
    layers = layers_of(chart, series, places, places)
    tops = totals(layers) if chart.tipo == "stacked" else [y for _, y in points_of(layers)]
    y = upward_axis(chart, tops, marks, height - 2)
    if y is None:
        return None
    cells = width - room - y.label_width - 1
    least = 1 if beside == 1 else beside + 1
    shown = max(1, min(places, cells // least))
    if shown < places:
        layers = layers_of(chart, series, places, shown)
        notes = (*notes, f"the newest {shown} of {places}: wider buckets show all, so does the table")
    step = max(least, cells // shown)
    used = step * shown
    x = Axis(0.0, max(1.0, used - 1.0), _bar_ticks(chart, series, places, shown, step))
    across = y.label_width + 1 + used
    return Plan(chart.tipo, layers, x, y, marks, bool(room), across, height, step, notes)


def _bar_ticks(
    chart: Chart, series: Sequence[Series], places: int, shown: int, step: int
) -> tuple[tuple[float, str], ...]:
    """A label under the middle of its bar, or at the edges of a histogram's classes."""
    edges = _edges(chart, series) if chart.tipo == "histogram" and not chart.rotulos else ()
    if edges:
        at_most = step * shown - 1
        return tuple((min(at * step, at_most), label) for at, label in category_ticks(edges, at_most + 1))
    labels = labels_of(chart, places, shown)
    return tuple((at * step + (step - 1) // 2, label) for at, label in category_ticks(labels, step * shown))


def _edges(chart: Chart, series: Sequence[Series]) -> tuple[str, ...]:
    """The edges of a histogram's classes, as labels."""
    xs = next((each.xs for each in series if each.xs), ())
    return tuple(one_cell_each(value_words(x, chart.unidade)) for x in xs)


def _lying(chart: Chart, width: int, height: int) -> Plan | None:
    """Horizontal bars: a row each, its value in its label, the first ones where they don't all fit."""
    series, notes = few(chart.series)
    rows = [
        (_row_name(chart, each, at), scaled(replace(chart, log=False), value), value)
        for at in range(max(len(each.ys) for each in series))
        for each in series
        for value in each.ys[at : at + 1]
    ]
    fitting = rows[: height - 2]
    if len(fitting) < len(rows):
        notes = (*notes, f"the first {len(fitting)} of {len(rows)}; the table has all")
    told = [value_words(value, chart.unidade) for _, _, value in fitting]
    reach = max(len(each) for each in told)
    names = [clipped(name, max(6, width // 3 - reach)) for name, _, _ in fitting]
    longest = max(len(name) for name in names)
    labels = [f"{name.ljust(longest)} {value.rjust(reach)}" for name, value in zip(names, told, strict=True)]
    marks = marks_of(replace(chart, log=False))
    values = [value for _, value, _ in fitting if value is not None]
    x = value_axis([*values, *(mark.valor for mark in marks)], width // 4, chart.unidade, zero=True)
    if x is None or not values:
        return None
    step = max(1, min(3, (height - 2) // len(fitting)))
    used = step * len(fitting)
    bases = [used - step * (at + 1) for at in range(len(fitting))]
    ticks = tuple((base + step // 2, one_cell_each(label)) for base, label in zip(bases, labels, strict=True))
    points = tuple((float(base), value or 0.0) for base, (_, value, _) in zip(bases, fitting, strict=True))
    y = Axis(0.0, max(1.0, used - 1.0), ticks)
    return Plan("hbar", (Layer("", FILLS[0], (points,)),), x, y, marks, False, width, used + 2, step, notes)


def _row_name(chart: Chart, series: Series, at: int) -> str:
    label = one_cell_each(chart.rotulos[at]) if at < len(chart.rotulos) else str(at + 1)
    return f"{label} · {one_cell_each(series.nome)}" if len(chart.series) > 1 else label


def _cloud(chart: Chart, width: int, height: int) -> Plan | None:
    """Points (or lines) whose x is their own; a label beneath each whole x where the chart has labels."""
    marks = marks_of(chart)
    room = mark_room(chart, width)
    inner = width - room
    series, notes = few(chart.series)
    clouds = [_pairs(chart, each) for each in series]
    points = [point for cloud in clouds for point in cloud]
    y = upward_axis(chart, [at for _, at in points], marks, height - 2)
    if y is None or not points:
        return None
    cells = inner - y.label_width - 1
    x = _cloud_axis(chart, [at for at, _ in points], cells)
    if x is None:
        return None
    lost = sum(len(each.ys) for each in series) - len(points)
    if lost:
        what = "without a value, or at or below 0" if chart.log else "without a value"
        notes = (*notes, f"{lost} {what} not drawn")
    lined = chart.tipo != "scatter"
    layers = tuple(
        Layer(
            one_cell_each(each.nome),
            POINTS[at],
            (tuple(cloud if lined else _thinned(cloud, x, y, cells, height)),) if cloud else (),
        )
        for at, (each, cloud) in enumerate(zip(series, clouds, strict=True))
    )
    return Plan(chart.tipo, layers, x, y, marks, bool(room), inner, height, notes=notes)


def _pairs(chart: Chart, series: Series) -> list[tuple[float, float]]:
    """Its points, without those that have no place."""
    xs = series.xs if series.xs is not None else tuple(float(at) for at in range(len(series.ys)))
    placed = ((x, scaled(chart, y)) for x, y in zip(xs, series.ys, strict=False))
    return [(float(x), y) for x, y in placed if y is not None and isfinite(x)]


def _cloud_axis(chart: Chart, xs: Sequence[float], width: int) -> Axis | None:
    count = len(chart.rotulos)
    if count and min(xs) >= 0 and max(xs) <= count - 1:
        labels = [short_label(label) for label in chart.rotulos]
        return Axis(-0.5, count - 0.5, category_ticks(labels, width))
    return moment_axis(xs, width)


def _thinned(points: Sequence[tuple[float, float]], x: Axis, y: Axis, width: int, height: int) -> Points:
    """One point for all that would be drawn on one dot of a fine grid."""
    across, up = (x.high - x.low) or 1.0, (y.high - y.low) or 1.0
    seen: dict[tuple[int, int], tuple[float, float]] = {}
    for point in points:
        dot = (
            round((point[0] - x.low) / across * width * 2),
            round((point[1] - y.low) / up * height * 4),
        )
        seen.setdefault(dot, point)
    return tuple(seen.values())
