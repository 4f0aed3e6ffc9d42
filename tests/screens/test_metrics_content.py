"""What Metrics says: figures in words, what is asked for, and which answer is kept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import inf, nan

import pytest
from metric_pages import BEHIND, HOSTILE, accuracy, empty, grouped, hostile, serie
from models import NOW
from rich.cells import cell_len

from screens import metric_items
from screens import metrics_content as content
from screens.dialogs.dates import parse_dates
from screens.figure_words import (
    amount_words,
    as_float,
    axis_words,
    figure_words,
    part_words,
    short_words,
    slope_words,
    target_words,
    value_words,
)
from screens.metrics_asked import Asking
from screens.metrics_pages import AGAIN_S, KEPT, OLD_S, Pages
from store.clock import FakeClock
from store.errors import WrongInput
from store.metrics.model import Figure, Page, Part, Point, Value


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (1.083, "×", "1,08×"),
        (0.531, "%", "53,1 %"),
        (Decimal("1204.5"), "R$", "R$ 1.204,50"),
        (Decimal("0.0018"), "R$", "R$ 0,0018"),
        (Decimal("0.00001"), "R$", "R$ < 0,01"),
        (31.46, "h", "31,5 h"),
        (1204.4, "h", "1.204 h"),
        (3.8, "/week", "3,8/week"),
        (7, "", "7"),
        (1e300, "h", "> 1.000.000T h"),
        (-2e16, "", "-20.000T"),
        (1, "days", "1 day"),
        (27, "days", "27 days"),
        (0.00031, "s", "0,31 ms"),
        (0.002, "h", "0,12 min"),
        (0.0004, "×", "0,0004×"),
        (-0.00213, "×", "-0,0021×"),
        (1e-12, "×", "≈ 0×"),
        (None, "h", "—"),
        (inf, "h", "—"),
        (nan, "%", "—"),
        (Decimal("NaN"), "R$", "—"),
        (True, "", "—"),
        (10**400, "", "—"),
    ],
)
def test_values_have_their_unit(value: Value, unit: str, told: str) -> None:
    assert value_words(value, unit) == told


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [(0.25, "", "0,25"), (1200, "", "1.200"), (25_000, "", "25k"), (3e6, "", "3M"), (2e9, "", "2G"),
     (3e13, "", "30T"), (-1e40, "", "< -1.000.000T"), (50, "%", "50%"), (0.0002, "", "0,0002"),
     (1e-30, "", "≈ 0"), (0.1 + 0.2, "", "0,3"), (-2.5, "", "-2,5")],
)  # fmt: skip
def test_axes_have_short_numbers(value: float, unit: str, told: str) -> None:
    assert axis_words(value, unit) == told


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (1_778_268, "tokens", "1,78M tokens"),
        (1778, "tokens", "1.778 tokens"),
        (Decimal("1204500.10"), "R$", "R$ 1,2M"),
        (Decimal("204500.10"), "R$", "R$ 204.500,10"),
        (123_456_789, "/fortnight and a day", "123,46M"),
        (123_456, "/quarter-year", "123,46k"),
    ],
)
def test_values_fit_their_column(value: Value, unit: str, told: str) -> None:
    assert short_words(value, unit, 14) == told


def test_a_slope_keeps_its_unit_in_few_cells() -> None:
    told = {unit: slope_words(1795.833, unit, 11) for unit in ("tokens", "core·h", "GB·h", "/week", "", "s")}
    assert told == {
        "tokens": "+1.796 tok",
        "core·h": "+2k core·h",
        "GB·h": "+1.796 GB·h",
        "/week": "+1.796/week",
        "": "+1.796",
        "s": "+1.796 s",
    }
    assert short_words(12_345_678.9, "%", 9) == "1,23G %"


def test_slopes_and_amounts() -> None:
    assert slope_words(-0.038, "×") == "−0,04×"
    assert slope_words(0.021, "%") == "+2,1 %"
    assert slope_words(0.0, "h") == "0 h"
    assert slope_words(-0.0021, "×") == "−0,0021×"
    assert slope_words(-0.00001, "%") == "0 %"
    assert amount_words(None) == "—"
    assert as_float(Decimal("2.5")) == 2.5


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ("0.8 to 1.25", "0,8 to 1,25"),
        ("over 99.9 %", "over 99,9 %"),
        ("over 20000/day", "over 20.000/day"),
        ("30 days before: at most 0.02 h", "30 days before: at most 1,2 min"),
        ("R$ 1204.50 before", "R$ 1.204,50 before"),
        ("none over its p85", "none over its p85"),
        ("about 85 %", "about 85 %"),
    ],
)
def test_targets_have_the_numbers_of_the_values_beside_them(plain: str, told: str) -> None:
    assert target_words(plain) == told


def test_too_few_documents_say_how_many_are_needed() -> None:
    few = Figure("checkpoint", "One save, p95", "ms", None, 17, precisa=20)
    assert figure_words(few) == "— needs 20"
    assert figure_words(replace(few, n=0)) == "—"
    assert figure_words(replace(few, valor=3.0)) == "3 ms"
    assert part_words(Part("p85", None, "h", 5)) == "— (n=5, needs 7)"
    assert part_words(Part("median", None, "h", 0)) == "— (n=0)"
    assert part_words(Part("p85", 2.0, "h", 1204)) == "2 h (n=1.204)"


# The table


def texts(figure: Figure) -> list[str]:
    return [cell.text for cell in content.cells(figure)]


def test_a_row_tells_n_value_trend_target_and_state() -> None:
    first, _, test, few, none, _ = accuracy().figuras
    assert texts(first)[:3] == ["Effort, actual / estimate", "48", "1,08×"]
    assert len(texts(first)[3]) == content.SPARK
    assert texts(first)[4:] == ["↘ −0,04×", "0,8 to 1,25", "✓ good"]
    assert texts(test)[4] == "→"
    assert texts(few)[3:] == ["", "", "0,8 to 1,25", "✓ good"]
    assert texts(none)[2:] == ["—", "", "", "at most 1,5", "·"]


def test_a_figure_of_few_and_one_without_a_value_are_dimmed() -> None:
    first, *_, few, none, _ = accuracy().figuras
    assert content.cells(first)[0].style == ""
    assert content.cells(few)[0].style == "quiet"
    assert content.cells(none)[2].style == "quiet"


def test_a_bucket_that_is_not_over_and_one_without_a_value_are_in_no_trend() -> None:
    figure = Figure("x", "x", "", 1, 9, serie=serie([1.0, None, 2.0, 99.0]))
    assert content.spark(figure) == "▁█"
    assert content.spark(Figure("x", "x", "", 1, 9, serie=serie([1.0, 9.0]))) == ""


@pytest.mark.parametrize(
    ("slope", "sign"), [(0.5, "↗"), (-0.5, "↘"), (0.0, "→"), (0.001, "→"), (-0.001, "→")]
)
def test_a_small_change_is_none(slope: float, sign: str) -> None:
    figure = Figure("x", "x", "", 1, 9, serie=serie([10.0] * 6), tendencia=slope)
    assert content.arrow(figure) == sign


def test_groups_stand_under_their_figure() -> None:
    total, first, *_ = grouped().figuras
    assert (texts(total)[0], texts(first)[0]) == ("Effort, actual / estimate", "  WORKER_D")
    assert content.row_key(total) != content.row_key(first)


def test_the_detail_tells_parts_and_who_is_left_out() -> None:
    figure, *_, none, _ = accuracy().figuras
    told = "\n".join(line.plain for line in content.detail_lines(figure, "semana", 200))
    for words in (
        "median 1,02× (n=48)",
        "PRED(25) 53,1 %",
        "left out: 3 without an estimate, 1 estimate of 0",
        "2 are provisional",
        "↘ −0,04× a week",
        "target 0,8 to 1,25",
    ):
        assert words in told
    empty_one = "\n".join(line.plain for line in content.detail_lines(none, "dia", 200))
    assert "Five executions that ended" in empty_one


def test_the_line_above_tells_what_is_asked() -> None:
    keys = {"period": "p", "bucket": "b", "group": "f"}
    plain = content.summary_line(content.Asked("90d", "", "", "semana", ""), keys, 100).plain
    assert plain == "90 days p   by week b"
    asked = content.Asked("90d", "2026-01-01", "", "dia", "worker", gerado=True, reading=True)
    told = content.summary_line(asked, keys, 120).plain
    assert told == "! generated history   2026-01-01 to now p   by day b   of each worker f   reading …"
    assert cell_len(content.summary_line(asked, keys, 30).plain) <= 30
    now = content.Asked("90d", "2026-01-01", "2026-01-31", "", "", now=True)
    assert content.summary_line(now, keys, 80).plain == "2026-01-01 to 2026-01-31 p   ! as of now"


@pytest.mark.parametrize(
    ("key", "bucket"), [("2026-11-26", "dia"), ("2026-W48", "semana"), ("2026-11", "mes")]
)
def test_the_bucket_is_told_by_the_series(key: str, bucket: str) -> None:
    page = Page("x", "x", (Figure("x", "x", "", 1, 1, serie=(Point(key, 1, 1),)),))
    assert content.bucket_of(page) == bucket
    assert content.bucket_of(None) == content.bucket_of(Page("x", "x", ())) == ""


def test_what_is_shown_below_are_charts_words_and_the_figures_own_series() -> None:
    page = accuracy()
    keys = [view.key for view in content.views(page, page.figuras[0])]
    assert keys == ["precisao_linha", "precisao_nuvem", "desvio", "Notes", "figure"]
    own = content.views(page, page.figuras[0])[-1].chart
    assert own is not None
    assert own.rotulos[-1] == "2026-W02*"
    assert own.marcas[0].valor == 1.0
    words = Page("analise", "Analysis", page.figuras[:1], page.graficos[:1], notas=("a", "b"))
    assert [view.key for view in content.views(words, None)] == ["Notes", "precisao_linha"]
    assert content.views(Page("x", "x", ()), None) == ()


def test_words_are_paragraphs() -> None:
    lines = [line.plain for line in content.note_lines(("one two three", "four"), 10)]
    assert [line.rstrip() for line in lines] == ["• one two", "  three", "", "• four"]
    assert content.note_lines((), 10) == []


@pytest.mark.parametrize(
    ("page", "loaded", "error", "told"),
    [
        (None, False, "", "Opening the store …"),
        (None, True, "", "Reading Accuracy …"),
        (None, True, "the line is gone", "the line is gone"),
        (Page("x", "X", ()), True, "", "X has no figures."),
    ],
)
def test_an_empty_table_says_why(page: Page | None, loaded: bool, error: str, told: str) -> None:
    lines = content.empty_lines(page, loaded=loaded, error=error, title="Accuracy", width=60)
    assert lines[0].plain == told


def test_hostile_words_stay_words() -> None:
    (figure,) = hostile().figuras
    assert all("\x1b" not in line.plain for line in content.detail_lines(figure, "semana", 60))
    assert content.views(hostile(), figure)[0].chart is not None
    assert HOSTILE in texts(figure)[0]


# What is asked for


def test_keys_lead_from_one_question_to_the_next() -> None:
    asking = Asking("precisao")
    assert [asking.periodo, asking.next_period().periodo] == ["90d", "365d"]
    assert asking.next_period().next_period().next_period().periodo == "30d"
    dated = asking.between("2026-01-01", "")
    assert dated.narrowed
    assert dated.next_period() == asking
    assert asking.next_bucket("semana").corte == "mes"
    assert asking.next_bucket("semana").next_bucket("semana").corte == "dia"
    assert asking.next_bucket("semana").next_period().corte == ""
    by = asking.next_group(("worker", "vertente"))
    assert (by.por, by.next_group(("worker", "vertente")).por) == ("worker", "vertente")
    assert by.next_group(()).por == ""
    assert by.of("custo") == Asking("custo")
    assert by.plain() == asking
    assert by.ask.por == "worker"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-01-01 to 2026-03-31", ("2026-01-01", "2026-03-31")),
        ("2026-01-01..2026-03-31", ("2026-01-01", "2026-03-31")),
        (" 2026-01-01 ", ("2026-01-01", "")),
        ("", ("", "")),
    ],
)
def test_days_are_read(text: str, days: tuple[str, str]) -> None:
    assert parse_dates(text) == days


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesterday", "is no day"),
        ("2026-02-30", "is no day"),
        ("2026-03-31 2026-01-01", "is before"),
        ("2026-01-01 " * 3, "more than two days"),
        ("0001-01-01", "is no day that work was done on"),
        ("2026-01-01 to 9999-12-31", "is no day that work was done on"),
        ("2026-05-02", "2026-05-02 lies in the future (today is 2026-05-01)"),
    ],
)
def test_what_is_no_day_is_said(text: str, said: str) -> None:
    with pytest.raises(WrongInput) as caught:
        parse_dates(text, "2026-05-01")
    assert said in str(caught.value)
    assert parse_dates("2026-05-01 to 2026-12-31", "2026-05-01") == ("2026-05-01", "2026-12-31")


# Which answer is kept


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


def test_a_page_is_asked_again_when_the_store_moved_and_two_seconds_passed(clock: FakeClock) -> None:
    pages, ask = Pages(lambda: clock), Asking("precisao").ask
    pages.moved(1)
    assert pages.due(ask)
    number = pages.asking(ask)
    assert pages.reading(ask)
    assert not pages.due(ask)
    assert pages.answered(number, ask, empty())
    assert not pages.due(ask)
    pages.moved(2)
    assert not pages.due(ask)
    clock.advance(AGAIN_S)
    assert pages.due(ask)
    pages.ended(pages.asking(ask))
    assert not pages.due(ask)
    clock.advance(OLD_S)
    assert pages.due(ask)


def test_an_older_answer_never_replaces_a_newer_one(clock: FakeClock) -> None:
    pages, ask, other = Pages(lambda: clock), Asking("precisao").ask, Asking("custo").ask
    first = pages.asking(ask)
    pages.asking(other)
    second = pages.asking(ask)
    assert pages.answered(second, ask, accuracy())
    assert not pages.answered(first, ask, empty())
    assert pages.latest(ask) == accuracy()
    assert pages.latest(other) is None


def test_old_pages_go(clock: FakeClock) -> None:
    pages = Pages(lambda: clock)
    asks = [Asking(f"f{at}").ask for at in range(KEPT + 3)]
    for ask in asks:
        pages.answered(pages.asking(ask), ask, empty())
    assert pages.latest(asks[2]) is None
    assert pages.latest(asks[3]) is not None


# The documents behind a figure


def test_a_document_tells_what_it_is_and_when() -> None:
    shown = [cell.text for cell in metric_items.cells(BEHIND["EXE-0003"], "Frete", NOW)]
    assert shown == ["EXE-0003", "execution", "Frete", "concluido", "01-05 08:00", "6 h", "BKL-0012", "frete"]
    item = [cell.text for cell in metric_items.cells(BEHIND["BKL-0012"], "Frete", NOW)]
    assert (item[1], item[3], item[6]) == ("build", "✓ Concluido", "")
    unknown = [cell.text for cell in metric_items.cells(BEHIND["EXE-0099"], "", NOW)]
    assert unknown == ["EXE-0099", "", "", "", "", "", "", ""]


def test_the_line_above_documents_says_how_many_are_listed() -> None:
    figure = accuracy().figuras[0]
    rows = tuple(BEHIND.values())
    assert metric_items.summary_line(figure, None, 100).plain.endswith("1,08×")
    assert "the newest 5 documents of 48" in metric_items.summary_line(figure, rows, 100).plain
