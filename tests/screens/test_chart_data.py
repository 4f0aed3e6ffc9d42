"""Charts laid out: whatever is in one, it can be drawn or becomes a table; what is drawn is what is there."""

from __future__ import annotations

from math import inf, log10, nan
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from metric_pages import HOSTILE, accuracy, cost, flow, hostile, speed
from rich.cells import cell_len

from screens.themes import DARK
from screens.widgets.chart import layout, numbers_of, picture
from screens.widgets.chart_axes import (
    Axis,
    category_ticks,
    log_axis,
    moment_axis,
    one_cell_each,
    round_step,
    short_label,
    value_axis,
)
from screens.widgets.chart_data import plan
from screens.widgets.chart_marks import mark_words
from screens.widgets.chart_table import table_lines
from store.metrics.model import Chart, ChartKind, Mark, Series

KINDS = get_args(ChartKind)
COLOURS = {"primary": "#5FA8D3", "accent": "ansi_blue", "warning": "ansi_default", "text-muted": "no colour"}

values = st.none() | st.floats() | st.integers(-9, 99).map(float)
names = st.sampled_from(["", "dev", "W48*", HOSTILE, "日本", "e\u0301", "2026-W48*", "x" * 90])
series = st.builds(
    Series,
    names,
    st.lists(values, max_size=12).map(tuple),
    st.none() | st.lists(st.floats(), max_size=12).map(tuple),
    st.lists(names, max_size=4).map(tuple),
)
charts = st.builds(
    Chart,
    st.just("c"),
    names,
    st.sampled_from(KINDS),
    st.sampled_from(["", "%", "R$", "×", "h", HOSTILE]),
    st.lists(series, max_size=10).map(tuple),
    st.lists(names, max_size=12).map(tuple),
    st.lists(st.builds(Mark, st.floats(), names), max_size=3).map(tuple),
    st.booleans(),
    nota=names,
    eixo_x=names,
    vazio=st.sampled_from(["", "", "", HOSTILE]),
)


@settings(max_examples=50, deadline=None)
@given(charts, st.integers(1, 130), st.integers(1, 40))
@example(Chart("c", "", "line", "", (Series("s", (1e308, 1e-308)),), log=True), 80, 20)
def test_whatever_is_in_a_chart_something_fits_and_nothing_fails(
    chart: Chart, width: int, height: int
) -> None:
    numbers_of(chart, max(8, width))
    if layout(chart, width, height) is None:
        return
    lines = picture(chart, width, height, COLOURS).plain.split("\n")
    assert len(lines) <= height
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize(
    "chart", [*accuracy().graficos, *cost().graficos, *speed().graficos, *flow().graficos]
)
@pytest.mark.parametrize("size", [(76, 16), (114, 20), (40, 8)])
def test_each_kind_has_a_picture_where_there_is_room(chart: Chart, size: tuple[int, int]) -> None:
    drawn = picture(chart, *size, dict(DARK.variables))
    assert "┤" in drawn.plain
    assert len(drawn.plain.split("\n")) <= size[1]


def test_without_room_or_values_there_is_no_picture() -> None:
    chart = accuracy().graficos[0]
    assert plan(chart, 23, 20) is None
    assert plan(chart, 80, 5) is None
    assert plan(Chart("c", "c", "bar", "", (Series("s", (None, nan, inf)),)), 80, 20) is None
    assert plan(of("bar", 0.0, vazio="The first one fills it."), 80, 20) is None
    assert plan(Chart("c", "c", "stacked", "", (Series("s", (1.0, -1.0)),)), 80, 20) is None
    assert plan(Chart("c", "c", "line", "", (Series("s", (1.0, 1e300)),)), 80, 20) is None
    assert plan(Chart("c", "c", "line", "", (Series("s", (0.0, -1.0)),), log=True), 80, 20) is None


def of(tipo: ChartKind, *ys: float | None, **more: object) -> Chart:
    return Chart("c", "c", tipo, "", (Series("s", ys),), **more)  # type: ignore[arg-type]


def test_a_gap_stays_a_gap() -> None:
    found = plan(of("line", 1.0, None, 3.0, nan, inf, 4.0, 5.0), 60, 12)
    assert found is not None
    assert found.layers[0].runs == (((0.0, 1.0),), ((2.0, 3.0),), ((5.0, 4.0), (6.0, 5.0)))


def test_bars_have_whole_cells_and_the_newest_are_shown() -> None:
    found = plan(of("bar", *map(float, range(90)), rotulos=tuple(f"d{at}" for at in range(90))), 60, 12)
    assert found is not None
    shown = len(found.layers[0].runs[0]) + (found.layers[0].runs[0][0][0] == 1.0)
    assert found.step == 1
    assert found.layers[0].runs[0][-1][1] == 89.0
    assert found.notes == (f"the newest {shown} of 90: wider buckets show all, so does the table",)
    wide = plan(of("bar", 1.0, 2.0, 3.0), 60, 12)
    assert wide is not None
    assert wide.step * 3 <= 60
    assert wide.notes == ()


def test_a_share_is_shown_as_percent_and_a_log_axis_takes_log10() -> None:
    share = plan(Chart("c", "c", "line", "%", (Series("s", (0.5, 1.0)),)), 60, 12)
    assert share is not None
    assert share.y.high == 100
    assert share.y.ticks[-1][1] == "100%"
    logs = plan(of("line", 1.0, 1000.0, marcas=(Mark(10.0, "p50"), Mark(0.0, "never")), log=True), 90, 12)
    assert logs is not None
    assert (logs.y.low, logs.y.high) == (0, 3)
    assert [mark.valor for mark in logs.marks] == [1.0]
    assert [label for _, label in logs.y.ticks] == ["1", "10", "100", "1.000"]


def test_marks_are_within_the_axis_and_named_beside_it() -> None:
    chart = of("bar", 1.0, 2.0, marcas=(Mark(9.0, "upper limit"), Mark(9.0, "target")))
    found = plan(chart, 100, 12)
    assert found is not None
    assert found.y.high >= 9
    assert found.beside
    lines = picture(chart, 100, 12, COLOURS).plain.split("\n")
    limit, target = (
        next(at for at, line in enumerate(lines) if line.endswith(name))
        for name in (" upper limit 9", " target 9")
    )
    assert abs(limit - target) == 1, "two that fall on one row, and do not fit there"
    assert "─ upper limit 9  ─ target 9" in picture(chart, 60, 12, COLOURS).plain


@pytest.mark.parametrize("width", [74, 76, 114])
@pytest.mark.parametrize("count", [2, 5, 40])
def test_marks_that_fall_on_one_row_keep_the_frame_whole(width: int, count: int) -> None:
    """No line is wider than the picture, and every row within the axes has its axis."""
    marks = tuple(Mark(1.0 + at / 1000, "as estimated" if at % 2 else f"p{at}") for at in range(count))
    chart = Chart("c", "c", "bar", "×", (Series("s", (0.9, 1.4, 1.1)),), marcas=marks)
    lines = picture(chart, width, 14, COLOURS).plain.split("\n")
    assert max(map(cell_len, lines)) <= width
    assert [line.lstrip(" 0123456789,")[:1] for line in lines].count("└") == 1
    assert all(line.lstrip(" 0123456789,")[:1] in set("┤│├┼") for line in lines[:12]), lines
    shown = [name for name in mark_words(chart) if any(name in line for line in lines)]
    assert len(shown) >= min(count, 8)


def test_names_of_marks_on_one_row_stand_in_the_order_of_their_values() -> None:
    marks = (Mark(1.0, "as estimated"), Mark(1.01, "with the factor"))
    lines = picture(of("line", 0.1, 10.0, marcas=marks, log=True), 76, 14, COLOURS).plain.split("\n")
    below, above = (next(at for at, line in enumerate(lines) if mark.nome in line) for mark in marks)
    assert below == above + 1


def test_a_mark_that_is_called_by_its_value_says_it_once() -> None:
    chart = Chart("c", "c", "bar", "%", (Series("s", (0.9,)),), marcas=(Mark(0.8, "80 %"), Mark(0.8, "goal")))
    assert mark_words(chart) == ("80 %", "goal 80 %")


def test_bars_that_lie_tell_their_value_and_that_there_are_more() -> None:
    chart = Chart("c", "c", "hbar", "R$", (Series("s", tuple(map(float, range(1, 31)))),), ("[x] é",) * 30)
    lines = picture(chart, 76, 12, COLOURS).plain
    assert "[x] é R$ 1,00" in lines
    assert "the first 9 of 30; the table has all" in lines
    two = Chart("c", "c", "hbar", "", (Series("a", (1.0,)), Series("b", (2.0,))), ("x",))
    assert "x · b 2┤" in picture(two, 60, 12, COLOURS).plain


def test_a_histogram_stands_between_its_edges() -> None:
    chart = Chart("c", "c", "histogram", "R$", (Series("s", (3.0, 1.0), (0.0, 0.5, 2.0)),))
    found = plan(chart, 60, 12)
    assert found is not None
    assert sorted(label for _, label in found.x.ticks) == ["R$ 0,00", "R$ 0,50", "R$ 2,00"]
    told = [line.plain for line in table_lines(chart, 60)]
    assert told[1].split() == ["R$", "0,00", "to", "R$", "0,50", "3"]
    assert [label for _, label in found.y.ticks][:2] == ["0", "1"]


def test_points_of_a_cloud_stand_over_labels_days_or_numbers() -> None:
    stages = Chart("c", "c", "scatter", "h", (Series("s", (1.0, 2.0), (0.0, 1.0)),), ("Dev", "Teste"))
    found = plan(stages, 60, 12)
    assert found is not None
    assert {label for _, label in found.x.ticks} == {"Dev", "Teste"}
    days = moment_axis([1_767_225_600.0, 1_769_904_000.0], 60)
    assert days is not None
    assert days.ticks[0][1] == "01-01"
    assert moment_axis([5e9], 60) is None
    lost = plan(Chart("c", "c", "scatter", "h", (Series("s", (1.0, None, 2.0), (1.0, 2.0, inf)),)), 60, 12)
    assert lost is not None
    assert lost.notes == ("2 without a value not drawn",)


def test_points_on_one_dot_are_drawn_once() -> None:
    many = Chart(
        "c", "c", "scatter", "", (Series("s", (1.0,) * 5000, tuple(at / 5000 for at in range(5000))),)
    )
    found = plan(many, 60, 12)
    assert found is not None
    assert len(found.layers[0].runs[0]) < 200


@pytest.mark.parametrize(
    ("least", "step"), [(0.9, 1), (1, 1), (1.1, 2), (2.2, 2.5), (3, 5), (7, 10), (0.03, 0.05), (120, 200)]
)
def test_steps_are_round(least: float, step: float) -> None:
    assert round_step(least) == pytest.approx(step)


def test_axes_hold_all_values() -> None:
    axis = value_axis([0.8, 1.3], 12, "")
    assert axis is not None
    assert axis.low <= 0.8 < 1.3 <= axis.high
    assert value_axis([3.0, 3.0], 12, "") == Axis(
        0.0, 6.0, tuple((float(at), str(at)) for at in (0, 2, 4, 6))
    )
    flat = value_axis([0.0], 12, "")
    assert flat is not None
    assert flat.low < 0 < flat.high
    assert value_axis([], 12, "") is None
    assert value_axis([1e16], 12, "") is None
    assert log_axis([], "") is None
    assert log_axis([log10(3), log10(40)], "") is not None


@settings(max_examples=50, deadline=None)
@given(
    st.floats(-1e6, 1e6),
    st.floats(1e-4, 1e6),
    st.integers(6, 40),
    st.sampled_from(["", "%", "h", "R$"]),
    st.booleans(),
)
@example(0.0, 0.002, 12, "", True)
@example(1e4, 10.0, 12, "R$", False)
def test_no_two_places_of_an_axis_have_one_label(
    low: float, span: float, rows: int, unit: str, zero: bool
) -> None:
    axis = value_axis([low, low + span], rows, unit, zero=zero)
    assert axis is not None
    labels = [label for _, label in axis.ticks]
    assert len(set(labels)) == len(labels)


def test_days_of_an_axis_are_said_once() -> None:
    axis = moment_axis([1_767_225_600.0, 1_767_225_600.0 + 90_000], 114)
    assert axis is not None
    said = [label for _, label in axis.ticks if label]
    assert len(said) == len(set(said)) == 2


def test_a_few_long_names_are_all_said_where_they_can_be_told_apart() -> None:
    names = ["WORKER_BACKEND", "WORKER_DADOS", "WORKER_FRONTEND", "WORKER_QA", "infra", "nobody's"]
    assert [at for at, _ in category_ticks(names, 66)] == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    assert all(len(label) <= 10 for _, label in category_ticks(names, 66))
    for width in (70, 76, 90):
        drawn = picture(of("bar", *map(float, range(6)), rotulos=tuple(names)), width, 9, COLOURS).plain
        assert [drawn.count(each) for each in ("WORKER_", "infra", "nobody")] == [4, 1, 1]
    alike = ["the same beginning A", "the same beginning B", "the same beginning C"]
    assert len(category_ticks(alike, 42)) < 3


def test_labels_are_thinned_and_the_last_stays() -> None:
    labels = [f"W{at:02}" for at in range(40, 54)]
    few = category_ticks(labels, 30)
    assert few[0] == (13.0, "W53")
    assert len(few) * 5 <= 30 + 5
    assert category_ticks([], 30) == ()
    assert len(category_ticks(labels, 200)) == 14


def test_labels_are_short_and_a_sign_takes_a_cell() -> None:
    assert [short_label(text) for text in ("2026-W48*", "2026-11-26", "2026-11", "[x]")] == [
        "W48*", "11-26", "2026-11", "[x]"
    ]  # fmt: skip
    assert one_cell_each("日e\u0301\x1b") == "▯e\u241b"


def test_a_table_tells_all_series_that_fit() -> None:
    chart = accuracy().graficos[0]
    wide = [line.plain for line in table_lines(chart, 76)]
    assert wide[0] == "as estimated 1×"
    assert wide[1].split() == ["all", "development", "test"]
    assert wide[-1].startswith("2026-W02*")
    assert "—" in wide[2]
    narrow = [line.plain for line in table_lines(chart, 24)]
    assert narrow[-1].startswith("2 more series")
    assert all(cell_len(line) <= 76 for line in wide)


def test_a_cloud_as_a_table_has_the_newest_first_with_its_document() -> None:
    chart = Chart(
        "c",
        "c",
        "scatter",
        "h",
        (Series("a", (1.0, 2.0), (1_767_225_600.0, 1_769_904_000.0), ("X-1", "X-2")),),
    )
    assert [line.plain.split() for line in table_lines(chart, 60)] == [
        ["2026-02-01", "2", "h", "X-2"],
        ["2026-01-01", "1", "h", "X-1"],
    ]
    long = Chart("c", "c", "scatter", "", (Series("a", (1.0,) * 500, tuple(map(float, range(500)))),))
    assert table_lines(long, 60)[-1].plain == "100 more"


def test_an_empty_chart_says_what_will_fill_it() -> None:
    chart = Chart("c", "c", "line", "", (), vazio="The first release fills it.", nota="n")
    assert [line.plain for line in numbers_of(chart, 60)] == ["The first release fills it.", "n"]
    assert numbers_of(Chart("c", "c", "line", "", ()), 60)[0].plain == "There is no value yet."


def test_hostile_names_stay_within_their_lines() -> None:
    (chart,) = hostile().graficos
    for line in numbers_of(chart, 60):
        assert "\x1b" not in line.plain
    assert layout(chart, 80, 20) is None
