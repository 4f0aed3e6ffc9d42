"""Overview's words, the header's line and the footer's, for every width; and the small drawings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import NOW, before, demo_model, hostile_model, item, model_of

from screens import overview_content as content
from screens.commands import scope
from screens.figures import sparkline
from screens.states import state
from screens.text import elapsed
from screens.widgets.footer import MODES, FooterEntry, footer_line
from screens.widgets.header import Facts, awake, facts_of, header_content, line_words, mode_at
from store.views.model import Figures, ItemRow, LineState, RunningRow, SpecRow


@given(st.integers(1, 200), st.booleans())
def test_the_header_fits_any_width(width: int, hostile: bool) -> None:
    facts = facts_of(hostile_model() if hostile else demo_model(), NOW)
    line = header_content(facts, width)
    assert line.cell_length <= width
    assert "\x1b" not in line.plain
    if width >= 40:
        assert "decide" in line.plain


def test_the_header_says_how_the_line_runs_where_that_is_worth_a_word() -> None:
    quiet = Facts("shop", 0, 0, "", 0, 0, "", "14:02")
    assert "paused" not in header_content(quiet, 100).plain
    assert "paused" in header_content(quiet._replace(line="paused"), 72).plain
    assert header_content(quiet._replace(line="view only"), 30).plain.strip().endswith("view only")
    assert line_words(LineState(modo="attached", titular="tui:9")) == "line runs in tui:9"
    since = LineState(modo="attached", titular="tui:9", desde="2026-01-05T13:40:00.000000Z")
    assert line_words(since) == "line runs in tui:9 since 13:40"
    assert line_words(LineState(modo="attached")) == "attached"


def test_only_decisions_whose_time_has_come_are_counted() -> None:
    rows = [
        item(1, "aprovar_orcamento", "A", humano=True, disponivel_em=before(5)),
        item(2, "aprovar_orcamento", "B", humano=True, disponivel_em=before(-5)),
    ]
    assert [row.id for row in awake(rows, NOW)] == ["BKL-0001"]
    assert facts_of(model_of(rows), NOW).waiting == 1


@given(st.integers(1, 200))
def test_the_footer_fits_and_keeps_the_help(width: int) -> None:
    entries = [FooterEntry(entry, True) for entry in scope("app", "list", "backlog") if entry.rank]
    line, placed = footer_line(entries, "backlog", {}, width)
    shown = line.plain.rstrip()
    assert len(shown) <= max(width, 0)
    if width >= 6:
        assert "? help" in shown
    for place in placed:
        told = line.plain[place.start : place.end]
        short = place.command.id in MODES and place.command.id != "app.backlog"
        assert place.command.label in told or (short and told == place.command.keys)


@given(st.integers(4, 120))
def test_every_line_of_a_panel_fits(width: int) -> None:
    for model in (demo_model(), hostile_model()):
        drawings = (
            content.waiting(model, model.decisoes, NOW),
            content.running(model, NOW),
            content.blocked(model, NOW),
            content.specs(model),
        )
        for drawn in drawings:
            for entry in drawn.entries:
                for line in entry.draw(width):
                    assert line.cell_length <= width
                    assert "\n" not in line.plain
                    assert "\x1b" not in line.plain


def test_a_bar_only_where_the_step_reports_a_total() -> None:
    row = RunningRow("BKL-0001", "desenvolvimento", "X", "P", "W", "generating", before(10), None)
    drawn = content.running(demo_model(rodando=[row]), NOW).entries[0].draw(60)
    assert "━" not in drawn[1].plain
    counted = replace(row, feito=1, total=2, estimado_s=5.0)
    drawn = content.running(demo_model(rodando=[counted]), NOW).entries[0].draw(60)
    assert "━" in drawn[1].plain
    assert "0:10 of ~0:05" in drawn[1].plain


def test_what_a_blocked_item_needs_is_named() -> None:
    rows = [
        item(1, "entrevistar_dor", "Falta chave"),
        item(2, "aprovar_orcamento", "A", "Bloqueado", espera_por=("BKL-0001", "spec:pedido")),
        item(3, "aprovar_orcamento", "B", "Bloqueado"),
    ]
    first, second = content.blocked(model_of(rows), NOW).entries
    assert "needs BKL-0001 Falta chave (Pendente), pedido" in first.draw(90)[1].plain
    assert "to be verified" in second.draw(90)[1].plain


@pytest.mark.parametrize(
    ("others", "told"),
    [
        (
            [item(15, "estruturar_produto", "Bring in chave", humano=True, recurso="chave")],
            "needs chave: structure BKL-0015 waits for you",
        ),
        ([item(16, "especificar", "S", "Falhou", recurso="chave")], "needs chave: specify BKL-0016 failed"),
        ([], "needs chave: its probe has not passed yet"),
    ],
)
def test_a_missing_capability_is_named_with_whom_it_waits_for(others: list[ItemRow], told: str) -> None:
    gap = item(13, "entrevistar_dor", "Missing: chave", "Concluido", recurso="chave")
    waiting = item(2, "aprovar_orcamento", "A", "Bloqueado", espera_por=("BKL-0013",))
    (entry,) = content.blocked(model_of([gap, waiting, *others]), NOW).entries
    assert told in entry.draw(90)[1].plain


def test_what_the_owner_is_asked_about_a_blocked_item_comes_first() -> None:
    gap = item(13, "entrevistar_dor", "Missing: chave", "Concluido", recurso="chave")
    waiting = item(2, "aprovar_orcamento", "A", "Bloqueado", espera_por=("BKL-0013",))
    asks = item(14, "resolver_dependencia", "A: it will not come", humano=True, alvo="BKL-0002")
    (entry,) = content.blocked(model_of([gap, waiting, asks]), NOW).entries
    assert "needs your answer: dependency BKL-0014" in entry.draw(90)[1].plain


def test_what_starts_soon_is_named_while_nothing_runs() -> None:
    due = item(20, "desenvolvimento", "D", spec_ref="frete", disponivel_em=before(-3.5))
    late = item(21, "orcar_spec", "P", disponivel_em=before(-3600))
    assert "Build of frete starts in 4 s." in content.running(model_of([due, late]), NOW).empty.plain
    assert "Work starts by itself" in content.running(model_of([late]), NOW).empty.plain


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (SpecRow("a", "A", 1, "implantada", "BKL-0010", "v1"), "deployed"),
        (SpecRow("a", "A", 1, "aprovar_orcamento", "BKL-0003"), "budget: you"),
        (SpecRow("a", "A", 1, "desenvolvimento", "BKL-0004"), "build"),
        (SpecRow("a", "A", 1, "", ""), ""),
    ],
)
def test_where_a_spec_stands(row: SpecRow, words: str) -> None:
    (entry,) = content.specs(demo_model(specs=[row])).entries
    assert entry.draw(60)[0].plain.rstrip().endswith(words or "v1")


def test_figures_without_data_are_dashes_and_narrow_ones_drop_sparklines_first() -> None:
    assert content.figures_line(Figures(), 90).plain.count("—") == 4
    figures = demo_model().figuras
    assert "▁" in content.figures_line(figures, 120).plain
    assert content.figures_line(figures, 76).plain.startswith("est. 1,08× ▁")
    assert "▁" not in content.figures_line(figures, 60).plain
    assert content.figures_line(figures, 40).cell_length <= 40


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_rows_are_shared_by_need(top: int, bottom: int, room: int) -> None:
    first, second = content.share_rows(top, bottom, room)
    assert min(first, second) >= 5
    assert first + second <= max(room, 10) or first + second == 10 + (room - 10 if room > 10 else 0)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20))
def test_a_sparkline_takes_any_numbers(values: list[float]) -> None:
    assert len(sparkline(values, 8)) <= 8


def test_small_words() -> None:
    assert sparkline([1, 2, 3]) == "▁▅█"
    assert sparkline([2, 2]) == "▄▄"
    assert (elapsed(41), elapsed(3723), elapsed(-1)) == ("0:41", "1:02:03", "0:00")
    assert state("Estranho").label == "? Estranho"
    assert content.event_lines([], 80, 5).plain.startswith("Whatever")


def test_a_count_of_the_header_leads_to_its_screen() -> None:
    facts = facts_of(demo_model(), NOW)
    for width in (120, 80, 40, 24):
        line = header_content(facts, width).plain
        for sign, mode in (("●", "actors"), ("◆", "decisions"), ("■", "blocked"), ("✗", "failures")):
            at = line.find(sign)
            if at >= 0:
                assert mode_at(line, at) == mode_at(line, at + 2) == f"app.{mode}", (width, line)
        assert mode_at(line, 0) in ("", "app.actors")
        assert mode_at(line, width + 5) == ""


def test_a_panel_of_thousands_draws_a_few_and_says_how_many_there_are() -> None:
    rows = [
        item(number, "aprovar_orcamento", "x", "Bloqueado", espera_por=("cap:gpu",), bloqueado_em=before(60))
        for number in range(1, 10_001)
    ]
    drawn = content.blocked(model_of(rows), NOW)
    assert len(drawn.entries) == content.MOST + 1
    assert [line.plain for line in drawn.entries[-1].draw(40)] == ["… 9.960 more"]
    assert drawn.entries[0].draw(40)[0].plain.endswith("1 m")
    waiting = [item(number, "aprovar_orcamento", "x", humano=True) for number in range(1, 42)]
    many = content.waiting(model_of(waiting), waiting, NOW)
    assert [line.plain for line in many.entries[-1].draw(40)] == ["… 1 more"]
    few = content.waiting(model_of(waiting[:40]), waiting[:40], NOW)
    assert len(few.entries) == 40
