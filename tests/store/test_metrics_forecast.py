"""Forecasts of items and sprints: what they draw from, what they say, burn-up and backtest."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from flow_facts import DAY, HOUR, at, facts, figure, item, part, query, sprint, task
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import WrongInput
from store.metrics.backtest import PastWeek, backtest
from store.metrics.burnup import done_by, scope_by, sprint_burn_up
from store.metrics.facts import Facts
from store.metrics.forecast import forecast, remaining
from store.metrics.history import History, Records, history, item_records, task_records
from store.metrics.model import Chart, Page
from store.metrics.montecarlo import CONFIDENCE
from store.metrics.periods import Window
from store.metrics.previsao import notes, page

ZONE = "America/Sao_Paulo"


def flow(days: int = 40, done: int = 2, came: int = 1, seed: int = 3, left: int = 10) -> Facts:
    """So many days on which about `done` items end and about `came` more come than that; some are open."""
    rng, made, number = random.Random(seed), [], 0
    for day in range(days):
        for _ in range(rng.randint(0, 2 * done)):
            number += 1
            ended = at(day, 12)
            made.append(item(number, ended - 2 * HOUR, started=ended - HOUR, done=ended))
    made += [item(1000 + place, at(0)) for place in range(left)]
    made += [item(2000 + place, at(days - 1), done=at(days - 1), status="Cancelado") for place in range(came)]
    return facts(itens=made)


# What is drawn from


def test_history_is_whole_local_days_with_their_zeros() -> None:
    records = Records([at(0, 1), at(0, 23), at(2, 0), at(3, 1)], [at(1, 5)], at(0, 1))
    found = history(records, date(2026, 1, 8), ZONE)
    assert found == History((date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)), (2, 0, 1), (0, 1, 0)), (
        "today is not over"
    )
    assert found.liquido == (2, -1, 1)
    assert found.janela == "2026-01-05/2026-01-07"
    assert "there are 3 and 3" in found.missing
    assert len(history(records, date(2026, 6, 1), ZONE).dias) == 60
    none = history(Records([], [], None), date(2026, 1, 8), ZONE)
    assert (none.dias, none.janela) == ((), "")
    assert none.missing


def test_days_are_local_also_over_a_change_of_the_clock() -> None:
    # New York's clocks go forward on 2026-03-08: that day has 23 hours.
    from datetime import datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("America/New_York")
    late = datetime(2026, 3, 8, 23, 30, tzinfo=zone).timestamp()
    next_day = datetime(2026, 3, 9, 0, 30, tzinfo=zone).timestamp()
    records = Records([late, next_day], [], datetime(2026, 3, 7, 12, tzinfo=zone).timestamp())
    assert history(records, date(2026, 3, 10), "America/New_York").feitos == (0, 1, 1)


def test_cancelled_and_failed_items_never_came() -> None:
    made = [
        item(1, at(0), done=at(1)),
        item(2, at(0), done=at(1), status="Cancelado"),
        item(3, at(0), done=at(1), status="Falhou"),
        item(4, at(1)),
    ]
    found = item_records(facts(itens=made))
    assert (found.done, found.came, found.since) == ([at(1)], [at(0), at(1)], at(0))


def test_tasks_come_when_they_are_pulled_or_added_after_the_first_day() -> None:
    made = [
        task(1, at(0), at(5)),
        task(2, at(0, 20)),
        task(3, at(0, 1), puxada=True),
        task(4, at(3)),
        task(5, at(3), at(4), "cancelada"),
        task(6, at(9), at(10), sprint_id="gone"),
    ]
    found = task_records(facts(sprints=[sprint()], tasks=made))
    assert found.came == [at(0, 1), at(3)]
    assert found.done == [at(5), at(10)]


# The forecast


def test_a_forecast_of_everything_says_when_and_how_many() -> None:
    made = forecast(flow(), None, query(40.5))
    assert (made.unidade, made.restam, made.hoje, made.vazio) == ("items", 10, "2026-02-14", "")
    assert made.fixo is not None
    assert made.crescente is not None
    days = [made.fixo.dias[p] for p in CONFIDENCE]
    assert days == sorted(days, key=lambda each: each or 0)
    assert (
        made.fixo.datas[85]
        == date.fromordinal(date(2026, 2, 14).toordinal() + (made.fixo.dias[85] or 0)).isoformat()
    )
    assert made.fixo.no_prazo is None
    assert [reach.dias for reach in made.quantos] == [7, 14, 30]
    assert made.quantos[0].ate == "2026-02-21"
    for reach in made.quantos:
        counts = [reach.feitos[p] for p in CONFIDENCE]
        assert counts == sorted(counts, key=lambda each: each or 0, reverse=True)


def test_the_same_question_has_the_same_answer_and_another_day_another_seed() -> None:
    once, again = (forecast(flow(), None, query(40.5)) for _ in range(2))
    assert once == again


def test_a_deadline_has_its_chance() -> None:
    made = forecast(flow(), None, query(40.5), ate="2026-02-19")
    assert made.fixo is not None
    assert made.fixo.no_prazo == made.fixo.quando.within(5)
    assert [reach.dias for reach in made.quantos] == [5, 7, 14, 30]
    assert forecast(flow(), None, query(40.5), ate="2026-02-14").prazo == "2026-02-14"
    with pytest.raises(WrongInput, match="is past"):
        forecast(flow(), None, query(40.5), ate="2026-02-13")
    with pytest.raises(WrongInput, match="is no day"):
        forecast(flow(), None, query(40.5), ate="soon")


def test_without_enough_history_it_says_what_is_missing() -> None:
    for made in (forecast(facts(), None, query(3)), forecast(flow(days=10), None, query(10.5))):
        assert made.fixo is None
        assert "14 whole days and 7 completions" in made.vazio
    idle = facts(itens=[item(1, at(0))])
    assert "there are 40 and 0" in forecast(idle, None, query(40)).vazio


def test_what_nobody_has_pulled_is_nobody_s_work() -> None:
    assert remaining(facts(itens=[item(1, at(0)), item(2, at(0), retido=True)])) == 1


def a_sprint(**fields: Any) -> Facts:
    """Twenty days of a task done a day; four are left, one of them pulled; one was cancelled."""
    made = [task(number, at(0), at(number, 12)) for number in range(1, 21)]
    made += [task(30 + number, at(0)) for number in range(3)]
    made += [task(40, at(10), puxada=True), task(50, at(0), at(8), "cancelada")]
    return facts(sprints=[sprint(**fields)], tasks=made)


def test_a_sprint_s_forecast_is_of_its_tasks_by_its_end() -> None:
    made = forecast(a_sprint(fim="2026-01-30"), "S022", query(21))
    assert (made.escopo, made.unidade, made.restam, made.prazo) == ("S022", "tasks", 4, "2026-01-30")
    assert made.fixo is not None
    assert made.fixo.dias[50] in (4, 5)
    assert made.fixo.no_prazo == pytest.approx(0.4, abs=0.6)
    assert made.crescente is not None
    assert (made.crescente.dias[85] or 0) >= (made.fixo.dias[85] or 0)
    past = forecast(a_sprint(fim="2026-01-20"), "S022", query(21))
    assert past.prazo == "", "its end is past: there is no chance to tell"
    with pytest.raises(WrongInput, match="there is no sprint S023"):
        forecast(a_sprint(), "S023", query(21))


# Burn-up


def test_a_burn_up_steps_with_scope_and_leads_to_the_forecast() -> None:
    found = sprint_burn_up(a_sprint(fim="2026-01-28"), "S022", query(20.5))
    lines = {series.nome: series.ys for series in found.series}
    assert found.rotulos[0] == "2026-01-05"
    today = found.rotulos.index("2026-01-25*") if "2026-01-25*" in found.rotulos else 20
    assert lines["scope"][0] == 24
    assert lines["scope"][8] == 23, "one was cancelled"
    assert lines["scope"][10] == 24, "one was pulled"
    assert lines["done"][today] == 20
    assert lines["done"][-1] is None
    for name in ("p50", "p85"):
        led = [y for y in lines[name] if y is not None]
        assert led[0] == 20
        assert led[-1] == 24
    assert found.tipo == "step"


def test_a_closed_sprint_leads_nowhere_and_an_empty_one_says_so() -> None:
    closed = sprint_burn_up(a_sprint(encerrada=at(20), estado="encerrada"), "S022", query(40))
    assert [series.nome for series in closed.series] == ["scope", "done"]
    assert closed.rotulos[-1] == "2026-01-25"
    empty = sprint_burn_up(facts(sprints=[sprint()]), "S022", query(3))
    assert empty.vazio
    none_left = facts(sprints=[sprint()], tasks=[task(n, at(0), at(n)) for n in range(1, 20)])
    assert [each.nome for each in sprint_burn_up(none_left, "S022", query(21)).series] == ["scope", "done"]
    with pytest.raises(WrongInput):
        sprint_burn_up(facts(), "S022", query(3))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 20), st.integers(0, 20), st.sampled_from(["", "concluida", "cancelada", "levada"])
        ),
        max_size=15,
    )
)
def test_done_never_exceeds_scope(some: list[tuple[int, int, str]]) -> None:
    tasks = [
        task(number, at(came), at(came + took) if end else None, end)
        for number, (came, took, end) in enumerate(some)
    ]
    moments = [at(day) for day in range(45)]
    scope, done = scope_by(tasks, moments), done_by(tasks, moments)
    assert all(d <= s for s, d in zip(scope, done, strict=True))
    assert list(done) == sorted(done)


# Backtest


def test_a_backtest_forecasts_each_whole_week_from_the_days_before_it() -> None:
    records = item_records(flow(days=70))
    found = backtest(records, Window(at(0), at(70)), date(2026, 3, 16), ZONE)
    assert [each.semana for each in found[:2]] == ["2026-W04", "2026-W05"], "after two weeks of history"
    first = found[0]
    assert first.feitos == sum(history(records, date(2026, 1, 26), ZONE, 7).feitos)
    assert all(each.p85 <= each.p50 for each in found)
    assert PastWeek("2026-W04", 5, 3, 3).kept
    assert not PastWeek("2026-W04", 5, 3, 2).kept
    assert backtest(records, Window(at(0), at(5)), date(2026, 1, 10), ZONE) == ()


def test_about_85_percent_of_the_weeks_keep_a_p85_forecast() -> None:
    rng = random.Random(11)
    done = sorted(at(day, 12) for day in range(7 * 52) for _ in range(rng.choice([0, 1, 2, 3, 5])))
    found = backtest(Records(done, [], at(0)), Window(at(0), at(364)), date(2027, 2, 1), ZONE)
    kept = sum(each.kept for each in found) / len(found)
    assert len(found) == 50
    assert 0.75 <= kept <= 0.95


# The page


def charts(found: Page) -> dict[str, Chart]:
    return {each.chave: each for each in found.graficos}


def test_the_page_has_both_scopes_the_reaches_and_the_backtest() -> None:
    made = flow(days=70)
    world = facts(itens=made.itens, sprints=[sprint()], tasks=[task(1, at(60))])
    found = page(world, query(70.5))
    fixed = figure(found, "previsao_fixa")
    assert fixed.valor == part(fixed, "p85")
    assert fixed.n == 10
    assert part(fixed, "trials") == 10_000
    assert figure(found, "previsao_crescente").n == 10
    assert figure(found, "previsao_7d").valor == part(figure(found, "previsao_7d"), "p85")
    kept = figure(found, "previsao_acerto")
    assert kept.n == 8
    assert 0 <= part(kept, "95 % from") <= (kept.valor or 0) <= part(kept, "95 % to")
    assert kept.estado == "good"
    shown = charts(found)
    assert shown["burn_up_S022"].series[0].ys[-1] == 1
    chances = shown["previsao_chances"].series[0].ys
    assert list(chances) == sorted(chances, key=lambda each: each or 0)
    assert shown["previsao_dias"].rotulos[-1] == "2026-03-15"
    assert len(shown["previsao_semanas"].rotulos) == 8
    assert found.notas[0] == "10 items are open."
    assert found.notas[1].startswith("Done, fixed scope: 50 %: 2026-03-")


def test_a_scope_that_outgrows_what_is_done_has_no_end() -> None:
    grown = [item(5000 + place, at(place % 40, 3)) for place in range(150)]
    world = facts(itens=(*flow().itens, *grown))
    found = page(world, query(40.5))
    growing = figure(found, "previsao_crescente")
    assert growing.valor is None
    assert "Does not converge" in growing.vazio
    assert "Does not converge" in found.notas[2]


def test_a_deadline_is_told_in_words() -> None:
    text = notes(forecast(flow(), None, query(40.5), ate="2026-02-24"))
    assert any("% by 2026-02-24" in line for line in text)


def test_a_page_without_history_says_what_is_missing() -> None:
    found = page(facts(), query(3))
    assert all(each.vazio for each in found.figuras)
    assert all(each.vazio for each in found.graficos)
    assert "14 whole days" in found.notas[0]
    one = page(facts(itens=[item(1, at(0))]), query(3.5))
    assert [each.valor for each in one.figuras] == [None] * 3
    assert DAY == 86_400
