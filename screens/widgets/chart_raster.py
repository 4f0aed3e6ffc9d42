"""A plan's series as cells: which sign stands where, each cell once a series. Pure; row 0 is the lowest.

plotext takes time for every point that it is given, and a line that jumps has many: what is handed to it here
is never more than the picture has cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from screens.widgets.chart_axes import Axis
from screens.widgets.chart_parts import BARS, FILLS, Layer, Plan, Points

SPARSE = 4
"""Cells a point has to itself, at least, for lines to show each of their points."""
DENSE = 150
"""Points of a cloud from which on each is a dot, not a sign."""
WIDEST = 12
"""Cells of a bar, at most."""


def _dots_of(column: tuple[int, ...]) -> tuple[int, ...]:
    """What four bits, the lowest first, make of a column of a braille sign."""
    return tuple(sum(dot for at, dot in enumerate(column) if bits >> at & 1) for bits in range(16))


_LEFT, _RIGHT = _dots_of((0x40, 0x04, 0x02, 0x01)), _dots_of((0x80, 0x20, 0x10, 0x08))

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ink:
    """Signs of one series, in its colour."""

    layer: int
    signs: dict[Cell, str]


@dataclass(frozen=True, slots=True)
class Canvas:
    """The cells within the axes."""

    x: Axis
    y: Axis
    width: int
    height: int

    def col(self, x: float, fine: int = 1) -> int:
        """The cell (or a `fine`-th of one) that a value of the x axis is in."""
        return _place(x, self.x, self.width * fine)

    def row(self, y: float, fine: int = 1) -> int:
        """Likewise of the y axis."""
        return _place(y, self.y, self.height * fine)


def canvas_of(plan: Plan) -> Canvas:
    """The room that is left beside the axes and their labels."""
    width, height = plan.width - plan.y.label_width - 1, plan.height - 2
    return Canvas(plan.x, plan.y, max(1, width), max(1, height))


def _place(value: float, axis: Axis, count: int) -> int:
    share = (value - axis.low) / (axis.high - axis.low)
    return max(0, min(count - 1, int(round(0.5 + (count - 1) * share, 8))))


def raster(plan: Plan) -> list[Ink]:
    """All series, what is drawn first first."""
    canvas = canvas_of(plan)
    if plan.tipo == "hbar":
        return [_lying(plan, canvas)]
    if plan.tipo in BARS:
        return _bars(plan, canvas)
    if plan.tipo == "area":
        return _areas(plan, canvas)
    if plan.tipo == "scatter":
        return [Ink(at, _cloud(layer, canvas)) for at, layer in enumerate(plan.layers)]
    lines = [Ink(at, _dots(_paths(plan, layer), canvas)) for at, layer in enumerate(plan.layers)]
    return [*lines, *(Ink(at, _signs(plan, layer, canvas)) for at, layer in enumerate(plan.layers))]


# Bars and areas


def _lying(plan: Plan, canvas: Canvas) -> Ink:
    """A bar a row or two, a blank row under it where there is room."""
    rows = range(1, plan.step) if plan.step > 1 else range(1)
    return Ink(
        0,
        {
            (col, int(base) + row): FILLS[0]
            for base, value in plan.layers[0].runs[0]
            for row in rows
            for col in _between(canvas.col(0.0), canvas.col(value), value)
        },
    )


def _between(start: int, end: int, value: float) -> range:
    """The cells of a bar from 0 to its value; none for 0."""
    return range(min(start, end), max(start, end) + 1) if value else range(0)


def _bars(plan: Plan, canvas: Canvas) -> list[Ink]:
    """Bars of whole cells; each layer of a stack begins where the one before ends."""
    stacked, count = plan.tipo == "stacked", len(plan.layers)
    beside = 1 if stacked else count
    wide = max(1, min(plan.step - 1, WIDEST * beside) // beside)
    margin = (plan.step - wide * beside) // 2
    found: list[Ink] = []
    sums: dict[float, float] = {}
    for at, layer in enumerate(plan.layers):
        cells: dict[Cell, str] = {}
        for x, y in (point for run in layer.runs for point in run):
            base = sums.get(x, 0.0) if stacked else 0.0
            sums[x] = base + y
            low = canvas.row(base) + (1 if stacked and base else 0)
            first = int(x) * plan.step + margin + (0 if stacked else at * wide)
            for row in _between(low, canvas.row(base + y), y) if canvas.row(base + y) >= low else ():
                cells.update(dict.fromkeys(((col, row) for col in range(first, first + wide)), layer.sign))
        found.append(Ink(at, cells))
    return found


def _areas(plan: Plan, canvas: Canvas) -> list[Ink]:
    """Each cell is of the lowest area that reaches it, of equal ones the last: none hides another."""
    tops = [_tops(layer, canvas) for layer in plan.layers]
    cells: list[dict[Cell, str]] = [{} for _ in tops]
    for col in range(canvas.width):
        reached = sorted((each[col], -at) for at, each in enumerate(tops) if col in each)
        low = 0
        for top, at in ((top, -before) for top, before in reached):
            cells[at].update({(col, row): plan.layers[at].sign for row in range(low, top + 1)})
            low = max(low, top + 1)
    return [Ink(at, each) for at, each in enumerate(cells)]


def _tops(layer: Layer, canvas: Canvas) -> dict[int, int]:
    """The highest row that a line reaches in each cell column."""
    found: dict[int, int] = {}
    for run in layer.runs:
        for col, low, high in _spans(run, canvas, 1):
            found[col] = max(found.get(col, 0), low, high)
    return found


# Lines and points


def _paths(plan: Plan, layer: Layer) -> Iterator[Points]:
    return (_stairs(run) if plan.tipo == "step" else run for run in layer.runs)


def _stairs(run: Points) -> Points:
    """A value holds until the next one."""
    corners = [(later[0], earlier[1]) for earlier, later in pairwise(run)]
    return tuple(point for pair in zip(run, [*corners, run[-1]], strict=True) for point in pair)


def _dots(runs: Iterable[Points], canvas: Canvas) -> dict[Cell, str]:
    """Lines in braille: two by four dots a cell, kept as one number of bits a column of dots."""
    columns = [0] * (canvas.width * 2)
    for run in runs:
        for col, low, high in _spans(run, canvas, 4) if len(run) > 1 else ():
            columns[col] |= ((1 << (high - low + 1)) - 1) << low
    return _braille(columns, canvas)


def _spans(run: Points, canvas: Canvas, fine: int) -> Iterator[tuple[int, int, int]]:
    """What a line covers: for each column its lowest and highest row. With `fine` 4, columns are halves."""
    across = 2 if fine > 1 else 1
    placed = [(canvas.col(x, across), canvas.row(y, fine)) for x, y in run]
    for (x0, y0), (x1, y1) in pairwise(placed):
        if x0 == x1:
            yield x0, min(y0, y1), max(y0, y1)
            continue
        slope = (y1 - y0) / (x1 - x0)
        for col in range(x0, x1 + 1):
            begin = y0 + slope * (max(x0, col - 0.5) - x0)
            end = y0 + slope * (min(x1, col + 0.5) - x0)
            yield col, round(min(begin, end)), round(max(begin, end))
    if len(placed) == 1:
        yield placed[0][0], placed[0][1], placed[0][1]


def _braille(columns: list[int], canvas: Canvas) -> dict[Cell, str]:
    found: dict[Cell, str] = {}
    for col in range(canvas.width):
        left, right = columns[2 * col], columns[2 * col + 1]
        for row in range(canvas.height) if left | right else ():
            if bits := _LEFT[left >> 4 * row & 15] | _RIGHT[right >> 4 * row & 15]:
                found[col, row] = chr(0x2800 + bits)
    return found


def _signs(plan: Plan, layer: Layer, canvas: Canvas) -> dict[Cell, str]:
    """The series' sign at its points, as many as have room; at every point that has no neighbour."""
    room = canvas.width / max(1.0, plan.x.high - plan.x.low)
    several = len(plan.layers) > 1
    stride = max(1, round(SPARSE * 2 / room)) if several else 1 if room >= SPARSE else 0
    points = [
        point for run in layer.runs for point in (run if len(run) == 1 else run[::stride] if stride else ())
    ]
    return {(canvas.col(x), canvas.row(y)): layer.sign for x, y in points}


def _cloud(layer: Layer, canvas: Canvas) -> dict[Cell, str]:
    """A sign a point; dots where there are many."""
    points = [point for run in layer.runs for point in run]
    if len(points) < DENSE:
        return {(canvas.col(x), canvas.row(y)): layer.sign for x, y in points}
    columns = [0] * (canvas.width * 2)
    for x, y in points:
        columns[canvas.col(x, 2)] |= 1 << canvas.row(y, 4)
    return _braille(columns, canvas)
