"""A chart's plan drawn by plotext: text with colours. Imported only when the first chart is to be seen."""

from __future__ import annotations

from typing import Any, NamedTuple

from textual_plotext import Plot

from screens.widgets.chart_parts import Plan
from screens.widgets.chart_raster import canvas_of, raster

Colour = tuple[int, int, int] | int | str
"""Red, green and blue; one of the terminal's own sixteen by its number; or `default`."""


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
    plot.canvas_color("default")
    plot.axes_color("default")
    plot.ticks_color(palette.axes)
    plot.xaxes(True, False)
    plot.yaxes(True, False)
    _axes(plot, plan, palette)
    draw: Any = plot.scatter  # it takes a sign a point, whatever its signature says
    for ink in raster(plan):
        if ink.signs:
            draw(
                [col for col, _ in ink.signs],
                [row for _, row in ink.signs],
                marker=list(ink.signs.values()),
                color=palette.of(ink.layer),
            )
    return str(plot.build())


def _axes(plot: Plot, plan: Plan, palette: Palette) -> None:
    """The axes count cells, as what is drawn does; labels and lines stand at the cells of their values."""
    canvas = canvas_of(plan)
    plot.xlim(0, max(1, canvas.width - 1))
    plot.ylim(0, max(1, canvas.height - 1))
    # Without a label plotext leaves their row out, and all that is drawn would be a row off.
    below = plan.x.ticks or ((plan.x.low, " "),)
    plot.xticks([canvas.col(at) for at, _ in below], [label for _, label in below])
    plot.yticks([canvas.row(at) for at, _ in plan.y.ticks], [label for _, label in plan.y.ticks])
    for mark in plan.marks:
        if plan.tipo == "hbar":
            plot.vline(canvas.col(mark.valor), palette.marks)
        else:
            plot.hline(canvas.row(mark.valor), palette.marks)
