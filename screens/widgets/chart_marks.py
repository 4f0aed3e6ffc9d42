"""The names of a chart's lines (targets, percentiles): what they say, and where they stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from screens.figure_words import value_words
from screens.widgets.chart_axes import clipped, one_cell_each
from screens.widgets.chart_parts import LEAST_WIDTH, scaled, unit_of
from store.metrics.model import Chart

MARK_ROOM = 22
"""Cells at the right for the marks' names, at most; only where the picture keeps twice as much and more."""


def mark_words(chart: Chart) -> tuple[str, ...]:
    """The names of those of its lines that are drawn, with their values: `target 1×`."""
    told = [
        (one_cell_each(mark.nome), one_cell_each(value_words(mark.valor, unit_of(chart))))
        for mark in chart.marcas
        if scaled(chart, mark.valor) is not None
    ]
    return tuple(name if value in name else f"{name} {value}".strip() for name, value in told)


def mark_room(chart: Chart, width: int) -> int:
    """Cells for the marks' names at the right; 0 where there are none, or no room."""
    names = mark_words(chart)
    if not names or width < 2 * LEAST_WIDTH + MARK_ROOM:
        return 0
    return min(MARK_ROOM, max(map(len, names)) + 1)


def mark_places(rows: Sequence[int], names: Sequence[str], height: int, room: int) -> dict[int, str]:
    """What stands at the right of each of `height` rows, in `room` cells with the blank before it.

    Marks come from the greatest to the least. A name stands at its mark's row; where that is taken, beside
    the other one if both fit, else at the nearest row that is free, beneath it first; where none is, it is
    left to the table of numbers.
    """
    found: dict[int, str] = {}
    late: list[tuple[int, str]] = []
    for row, name in zip(rows, names, strict=True):
        if row not in found:
            found[row] = clipped(name, room - 1)
        elif len(both := f"{found[row]}, {name}") < room:
            found[row] = both
        else:
            late.append((row, name))
    for row, name in late:
        free = [at for at in range(height) if at not in found]
        if free:
            found[min(free, key=lambda at: (abs(at - row), -at))] = clipped(name, room - 1)
    return found
