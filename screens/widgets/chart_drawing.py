"""A chart's plan drawn by plotext: text with colours. Imported only when the first chart is to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from textual_plotext import Plot

from screens.widgets.chart_parts import BARS, FILLS, Layer, Plan, Points

Colour = tuple[int, int, int] | int | str
"""Red, green and blue; one of the terminal's own sixteen by its number; or `default`."""
FINE = "braille"
SPARSE = 4
"""Cells a point has to itself, at least, for lines to show each of their points."""
DENSE = 150
"""Points of a cloud from which on each is a dot, not a sign."""
WIDEST = 12
"""Cells of a bar, at most."""


class Palette(NamedTuple):
    """The theme's colours, as plotext takes them."""

    series: tuple[Colour, ...]
    axes: Colour
    marks: Colour

    def of(self, place: int) -> Colour:
        """The colour of a series."""
        return self.series[place % len(self.series)]


def drawn(plan: Plan, palette: Palette) -> str:
    """The picture as lines of text with ANSI colours."""
    plot = Plot()
    plot.plotsize(plan.width, plan.height)
    # As textual-plotext does it: without this, a figure keeps the size of the terminal that it sees.
    plot._set_size(plan.width, plan.height)
    _frame(plot, plan, palette)
    if plan.tipo == "hbar":
        _lying(plot, plan, palette)
    elif plan.tipo in BARS:
        _bars(plot, plan, palette)
    else:
        _lines(plot, plan, palette)
    return str(plot.build())


def _frame(plot: Plot, plan: Plan, palette: Palette) -> None:
    plot.canvas_color("default")
    plot.axes_color("default")
    plot.ticks_color(palette.axes)
    plot.xaxes(True, False)
    plot.yaxes(True, False)
    plot.xlim(plan.x.low, plan.x.high)
    plot.ylim(plan.y.low, plan.y.high)
    plot.xticks([at for at, _ in plan.x.ticks], [label for _, label in plan.x.ticks])
    plot.yticks([at for at, _ in plan.y.ticks], [label for _, label in plan.y.ticks])
    for mark in plan.marks:
        (plot.vline if plan.tipo == "hbar" else plot.hline)(mark.valor, palette.marks)


def _lying(plot: Plot, plan: Plan, palette: Palette) -> None:
    """A bar a row or more, a blank row between them where there is room."""
    thick = max(0, plan.step - 2)
    for base, value in plan.layers[0].runs[0]:
        if value:
            first = base + (1 if plan.step > 1 else 0)
            _block(plot, (0.0, value), (first, first + thick), FILLS[0], palette.of(0))


def _bars(plot: Plot, plan: Plan, palette: Palette) -> None:
    """Bars of whole cells; stacked ones from the highest sum down, so that each layer stays to be seen."""
    stacked = plan.tipo == "stacked"
    count = 1 if stacked else len(plan.layers)
    wide = max(1, min(plan.step - 1, WIDEST * count) // count)
    margin = (plan.step - wide * count) // 2
    for place, tops in _heights(plan, stacked):
        for x, y in tops:
            left = x * plan.step + margin + (0 if stacked else place * wide)
            sign, colour = plan.layers[place].sign, palette.of(place)
            _block(plot, (left, left + wide - 1), (max(0.0, plan.y.low), y), sign, colour)


def _block(plot: Plot, xs: tuple[float, float], ys: tuple[float, float], sign: str, colour: Colour) -> None:
    draw: Any = plot.rectangle  # it takes two lists, whatever its signature says
    draw(list(xs), list(ys), fill=True, marker=sign, color=colour)


def _heights(plan: Plan, stacked: bool) -> Iterator[tuple[int, Points]]:
    """Each series' place and the tops of its bars, the one that is drawn first first."""
    sums: dict[float, float] = {}
    tops: list[Points] = []
    for layer in plan.layers:
        points = [point for run in layer.runs for point in run]
        for x, y in points:
            sums[x] = (sums.get(x, 0.0) if stacked else 0.0) + y
        tops.append(tuple((x, sums[x]) for x, y in points if y))
    order = range(len(tops) - 1, -1, -1) if stacked else range(len(tops))
    return ((place, tops[place]) for place in order)


def _lines(plot: Plot, plan: Plan, palette: Palette) -> None:
    for place, layer in _in_order(plan):
        colour = palette.of(place)
        for run in layer.runs:
            if plan.tipo == "scatter":
                _points(plot, run, layer.sign if len(run) < DENSE else FINE, colour)
            else:
                _line(plot, plan, run, layer, colour)


def _in_order(plan: Plan) -> list[tuple[int, Layer]]:
    """Filled areas are drawn from the highest to the lowest, so that none hides another."""
    numbered = list(enumerate(plan.layers))
    if plan.tipo != "area":
        return numbered
    return sorted(numbered, key=lambda each: -max((y for run in each[1].runs for _, y in run), default=0.0))


def _line(plot: Plot, plan: Plan, run: Points, layer: Layer, colour: Colour) -> None:
    path = _stairs(run) if plan.tipo == "step" else run
    filled = plan.tipo == "area"
    if len(path) > 1:
        plot.plot(
            [x for x, _ in path],
            [y for _, y in path],
            marker=layer.sign if filled else FINE,
            color=colour,
            fillx=filled,
        )
    every = len(plan.layers) > 1 and not filled
    room = (plan.width - plan.y.label_width - 1) / max(1.0, plan.x.high - plan.x.low)
    if len(run) == 1:
        _points(plot, run, layer.sign, colour)
    elif not filled and (every or room >= SPARSE):
        stride = max(1, round(SPARSE * 2 / room)) if every else 1
        _points(plot, run[::stride], layer.sign, colour)


def _stairs(run: Points) -> Points:
    """A value holds until the next one."""
    corners = [(later[0], earlier[1]) for earlier, later in pairwise(run)]
    return tuple(point for pair in zip(run, [*corners, run[-1]], strict=True) for point in pair)


def _points(plot: Plot, points: Points, sign: str, colour: Colour) -> None:
    plot.scatter([x for x, _ in points], [y for _, y in points], marker=sign, color=colour)
