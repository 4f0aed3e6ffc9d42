"""Charts as data: round edges, every value in one class, and what will fill an empty one."""

from __future__ import annotations

import math

import pytest
from flow_facts import query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics import charting
from store.metrics.model import Chart, Figure, Mark, Point


def histogram(*values: float, low: float | None = None) -> Chart:
    return charting.histogram(
        "h", "H", "h", list(values), "Hours fill it.", low=low, marcas=[Mark(2.0, "target")]
    )


def edges(chart: Chart) -> tuple[float, ...]:
    return chart.series[0].xs or ()


def test_classes_are_round_and_hold_their_lower_edge() -> None:
    found = histogram(1.0, 2.0, 2.4, 13.0)
    assert edges(found)[:3] == (1.0, 2.0, 3.0)
    assert found.series[0].ys == (1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert found.nota == "target: 2"


def test_a_lowest_edge_is_kept() -> None:
    assert edges(histogram(1.2, 3.0, low=1.0))[0] == 1.0
    assert edges(histogram(5.0, 5.0, low=0.0))[0] == 0.0


def test_equal_values_and_nothing() -> None:
    assert histogram(4.0, 4.0).series[0].ys == (2.0,)
    empty = histogram()
    assert (empty.series, empty.vazio) == ((), "Hours fill it.")
    assert histogram(math.inf, math.nan).vazio


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
@settings(max_examples=50)
def test_every_value_is_in_one_class(values: list[float]) -> None:
    found = histogram(*values)
    assert sum(y or 0 for y in found.series[0].ys) == len(values)
    assert len(edges(found)) == len(found.series[0].ys) + 1
    assert len(found.series[0].ys) <= 2 * charting.CLASSES
    assert edges(found)[0] <= min(values)
    assert edges(found)[-1] >= max(values) - 1e-9 * (max(values) - min(values))


@pytest.mark.parametrize(
    ("n", "value", "filled"), [(0, 0.0, True), (0, None, True), (3, None, False), (3, 2.0, False)]
)
def test_a_chart_of_nothing_says_what_fills_it(n: int, value: float | None, filled: bool) -> None:
    known = Figure(
        "k", "K", "h", None, n, serie=(Point("w1", value, n),), vazio="Hours fill it." if not n else ""
    )
    found = charting.over_time("c", "C", "line", query(7), [("k", known)])
    if value is None or not n:
        assert found.series == ()
        assert found.vazio == ("Hours fill it." if filled else charting.TOO_FEW)
    else:
        assert (found.series[0].ys, found.rotulos) == ((2.0,), ("2026-W02",))


def test_bars_by_name_keep_their_order() -> None:
    found = charting.by_name("b", "B", "R$", [("b", 2.0), ("a", 3.0)], "x")
    assert (found.rotulos, found.series[0].ys) == (("b", "a"), (2.0, 3.0))
    assert charting.by_name("b", "B", "R$", [], "x").vazio == "x"
