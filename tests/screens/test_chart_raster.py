"""Charts as cells: each sign where its value is, and never more of them than the picture has cells."""

from __future__ import annotations

import random

import pytest

from screens.widgets.chart_data import plan
from screens.widgets.chart_parts import Plan
from screens.widgets.chart_raster import Ink, canvas_of, raster
from store.metrics.model import Chart, ChartKind, Series


def planned(tipo: ChartKind, *series: tuple[float | None, ...], width: int = 40, height: int = 12) -> Plan:
    chart = Chart("c", "c", tipo, "", tuple(Series(str(at), ys) for at, ys in enumerate(series)))
    found = plan(chart, width, height)
    assert found is not None
    return found


def shown(inks: list[Ink], height: int, width: int) -> list[str]:
    """The inks over each other as lines of text, the highest first."""
    cells = {place: sign for ink in inks for place, sign in ink.signs.items()}
    return [
        "".join(cells.get((col, row), " ") for col in range(width)).rstrip()
        for row in range(height - 1, -1, -1)
    ]


def test_a_bar_is_as_high_as_its_value() -> None:
    made = planned("bar", (2.0, 0.0, 5.0), width=26, height=8)
    assert shown(raster(made), 6, 24) == [
        "              ██████",
        "              ██████",
        "              ██████",
        "██████        ██████",
        "██████        ██████",
        "██████        ██████",
    ]


def test_bars_stand_beside_and_on_each_other() -> None:
    beside = raster(planned("bar", (2.0, 5.0), (5.0, 2.0), width=26, height=8))
    assert shown(beside, 6, 24)[-1] == "█████▓▓▓▓▓ █████▓▓▓▓▓"
    stacked = raster(planned("stacked", (2.0, 1.0), (3.0, 2.0), (0.0, None), width=26, height=8))
    assert [line[0] for line in shown(stacked, 6, 24)] == ["▓", "▓", "▓", "█", "█", "█"]
    cells = [place for ink in stacked for place in ink.signs]
    assert len(cells) == len(set(cells))


def test_lower_areas_are_not_hidden() -> None:
    inks = raster(planned("area", (5.0, 5.0), (2.0, 2.0), (2.0, 2.0), width=26, height=8))
    assert [line[0] for line in shown(inks, 6, 24)] == ["█", "█", "█", "▒", "▒", "▒"]


def test_a_line_has_no_gaps_and_a_step_has_corners() -> None:
    line = raster(planned("line", (0.0, 10.0)))[0]
    assert {col for col, _ in line.signs} == set(range(canvas_of(planned("line", (0.0, 10.0))).width))
    step = planned("step", (0.0, 10.0))
    width = canvas_of(step).width
    assert {row for col, row in raster(step)[0].signs if col < width - 1} == {0}


def test_a_lone_point_has_its_sign() -> None:
    made = planned("line", (None, 5.0, None))
    assert [list(ink.signs.values()) for ink in raster(made)] == [[], ["●"]]


@pytest.mark.parametrize("tipo", ["line", "step", "area", "bar", "stacked", "scatter", "hbar", "histogram"])
def test_there_are_never_more_signs_than_cells(tipo: ChartKind) -> None:
    drawn = random.Random(3)
    ys = tuple(drawn.random() for _ in range(2000))
    made = planned(tipo, ys, ys[::-1], width=60, height=20)
    canvas = canvas_of(made)
    for ink in raster(made):
        assert len(ink.signs) <= canvas.width * canvas.height
        assert all(0 <= col < canvas.width and 0 <= row < canvas.height for col, row in ink.signs)


def test_many_points_are_dots_and_few_are_signs() -> None:
    few = Chart("c", "c", "scatter", "", (Series("s", (1.0, 2.0), (0.0, 1.0)),))
    many = Chart("c", "c", "scatter", "", (Series("s", (1.0, 2.0) * 100, tuple(map(float, range(200)))),))
    for chart, signs in ((few, {"●"}), (many, set(map(chr, range(0x2800, 0x2900))))):
        found = plan(chart, 80, 16)
        assert found is not None
        assert set(raster(found)[0].signs.values()) <= signs
