"""What charts are laid out from: cleaned values, signs, marks, and the plan that all kinds end in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite, log10

from screens.figure_words import SHARE
from screens.widgets.chart_axes import Axis, log_axis, one_cell_each, short_label, value_axis
from store.metrics.model import Chart, Mark, Series

LEAST_WIDTH, LEAST_HEIGHT = 24, 6
"""Cells below which a picture tells nothing: the numbers are shown instead."""
LAYERS = 8
"""Series that are drawn at most: no more can be told apart."""
POINTS = "●▲■◆○△□◇"
FILLS = "█▓▒░#=:·"
"""Signs that tell series apart without colour: of points and lines, and of areas and bars."""
BARS = frozenset({"bar", "stacked", "histogram"})
FROM_ZERO = frozenset({*BARS, "area", "hbar"})

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One series: runs of points without a gap, in chart units; bars have one run."""

    nome: str
    sign: str
    runs: tuple[Points, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A chart for a size in cells."""

    tipo: str
    layers: tuple[Layer, ...]
    x: Axis
    y: Axis
    marks: tuple[Mark, ...] = ()
    """Within the axis; as log10 where the axis is."""
    beside: bool = False
    """The marks' names have room at the right."""
    width: int = 0
    """Cells of the picture, its axes among them and the names of the marks not."""
    height: int = 0
    step: int = 0
    """Cells from one bar to the next: the axis that they stand on counts cells."""
    notes: tuple[str, ...] = ()
    """What is not drawn, and where it is."""


def unit_of(chart: Chart) -> str:
    """The unit of its values; a histogram's are counts, and its unit that of the classes."""
    return "" if chart.tipo == "histogram" else chart.unidade


def scaled(chart: Chart, value: float | None) -> float | None:
    """A value as it is drawn: shares as percent, log10 where the axis is; None where it can't be."""
    if value is None or not isfinite(value):
        return None
    found = value * 100 if unit_of(chart) == SHARE else float(value)
    if not isfinite(found) or (chart.log and found <= 0):
        return None
    return log10(found) if chart.log else found


def runs_of(points: Iterable[tuple[float, float | None]]) -> tuple[Points, ...]:
    """Points up to each gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return tuple(tuple(run) for run in runs if run)


def upward_axis(chart: Chart, ys: Sequence[float], marks: Sequence[Mark], rows: int) -> Axis | None:
    """The axis of the values, with room for the marks; None where they can't be drawn."""
    values = [*ys, *(mark.valor for mark in marks)]
    if chart.log:
        return log_axis(values, unit_of(chart))
    return value_axis(values, rows, unit_of(chart), zero=chart.tipo in FROM_ZERO)


def marks_of(chart: Chart) -> tuple[Mark, ...]:
    """Its lines, scaled like its values; those that can't be are left out."""
    placed = ((scaled(chart, mark.valor), mark) for mark in chart.marcas)
    return tuple(replace(mark, valor=at) for at, mark in placed if at is not None)


def few(series: Sequence[Series]) -> tuple[Sequence[Series], tuple[str, ...]]:
    """The series that are drawn, and what to say of the others."""
    left = len(series) - LAYERS
    return series[:LAYERS], (f"{left} more series are in the table",) if left > 0 else ()


def layers_of(chart: Chart, series: Sequence[Series], places: int, shown: int) -> tuple[Layer, ...]:
    """The series with their values at places 0, 1, 2 …: the newest `shown` ones."""
    signs = FILLS if chart.tipo in FROM_ZERO else POINTS
    return tuple(
        Layer(one_cell_each(each.nome), signs[at], runs_of(_placed(chart, each, places, shown)))
        for at, each in enumerate(series)
    )


def labels_of(chart: Chart, places: int, shown: int) -> list[str]:
    """A label for each of the newest `shown` places."""
    labels = [short_label(label) for label in chart.rotulos[:places]]
    return [*labels, *([""] * (places - len(labels)))][places - shown :]


def _placed(chart: Chart, series: Series, places: int, shown: int) -> list[tuple[float, float | None]]:
    """A series' values at their places, the newest `shown` of them."""
    values = [*series.ys, *([None] * (places - len(series.ys)))][places - shown :]
    return [(float(at), scaled(chart, value)) for at, value in enumerate(values)]


def points_of(layers: Iterable[Layer]) -> list[tuple[float, float]]:
    """All points of some layers."""
    return [point for layer in layers for run in layer.runs for point in run]


def totals(layers: Sequence[Layer]) -> list[float]:
    """Heights of stacked bars."""
    sums: dict[float, float] = {}
    for x, y in points_of(layers):
        sums[x] = sums.get(x, 0.0) + y
    return list(sums.values())
