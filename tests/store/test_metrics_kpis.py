"""The seeds' KPIs and the error budget, each by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flow_facts import DAY, HOUR, at, execution, facts, figure, item, part, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics import busy
from store.metrics.facts import Item, LineSpan, Try
from store.metrics.kpis import page
from store.metrics.model import Page, Query
from store.metrics.periods import Window
from store.metrics.uptime import RULES, burn, fires, has_alerts, merged, most_burn, uptime


def shown(*items: Item, asked: Query | None = None, **others: Any) -> Page:
    return page(facts(itens=items, **others), asked or query(28))


# The queue


def begun(number: int, waited_s: float | None, **fields: Any) -> Item:
    start = at(1, number)
    due = None if waited_s is None else start - waited_s
    return item(number, at(0), devido=due, started=start, done=start + 60, **fields)


def test_queue_latency_is_p95_of_twenty_machine_items() -> None:
    items = [begun(n, float(n)) for n in range(1, 21)]
    people = begun(30, 90_000.0, humano=True)
    found = figure(shown(*items, people), "latencia_fila")
    assert (found.valor, found.n) == (pytest.approx(1 + 0.95 * 19), 20)
    assert (part(found, "median"), found.meta, found.estado) == (10.5, "under 5 s", "bad")
    few = figure(shown(*items[:19]), "latencia_fila")
    assert (few.valor, few.n, few.vazio != "") == (None, 19, True)


def test_five_seconds_are_not_under_five_seconds() -> None:
    assert figure(shown(*(begun(n, 5.0) for n in range(20))), "latencia_fila").estado == "bad"
    assert figure(shown(*(begun(n, 4.9) for n in range(20))), "latencia_fila").estado == "good"


def test_what_began_before_it_could_is_left_out() -> None:
    found = figure(shown(begun(1, -5.0), begun(2, None), begun(3, 1.0)), "latencia_fila")
    assert (found.n, found.excluidos) == (1, {"ends before it begins": 1, "without a moment": 1})


def test_a_line_that_was_closed_at_night_is_told_apart() -> None:
    items = [begun(n, 10 * HOUR) for n in range(20)]
    spans = [
        LineSpan(each.iniciado - 3, each.iniciado + 10, em_ordem=True) for each in items if each.iniciado
    ]
    found = figure(shown(*items, linhas=spans), "latencia_fila")
    assert found.valor == 36_000.0
    # Of its ten hours: the last 10 s of the first one's run, nine runs of 13 s, and 3 s of its own.
    assert part(found, "p95 of the time that the line ran") == 10 + 9 * 13 + 3
    other = [replace(each, id=f"X{each.id}", ator="GENESIS") for each in items[:4]]
    found = shown(*items, *other, linhas=spans, asked=query(28, por="ator"))
    grouped = figure(found, "latencia_fila", "PROMETHEUS")
    assert (grouped.n, part(grouped, "p95 of the time that the line ran")) == (20, 10 + 9 * 13 + 3)
    assert figure(found, "latencia_fila", "GENESIS").n == 4
    assert part(figure(found, "latencia_fila", "GENESIS"), "p95 of the time that the line ran") is None


def test_an_answer_is_an_attempt_that_said_something() -> None:
    def tried(number: int, *tries: Try) -> Item:
        return item(number, at(0), started=at(1), tentativas=tries)

    items = [tried(n, Try(at(1), at(1) + 2.0, "concluido")) for n in range(18)]
    items.append(tried(20, Try(at(1), at(1) + 4.0, "falhou"), Try(at(2), at(2) + 4.0, "bloqueou")))
    items.append(
        tried(21, Try(at(1), at(3), "perdido"), Try(at(3), None, ""), Try(at(1), at(9), "cancelado"))
    )
    found = figure(shown(*items), "resposta")
    assert (found.n, found.valor) == (20, pytest.approx(2 + 0.05 * 2 + 2 * 0.95, abs=2))
    assert part(found, "median") == 2.0


def test_recovery_is_from_a_lost_attempt_to_the_next_and_backoff_is_none() -> None:
    def lost(number: int, gap_s: float | None, why: str = "perdido", **fields: Any) -> Item:
        again = () if gap_s is None else (Try(at(1) + gap_s, at(2), "concluido"),)
        return item(number, at(0), started=at(1), tentativas=(Try(at(0), at(1), why), *again), **fields)

    found = figure(
        shown(
            lost(1, 10.0),
            lost(2, 20.0),
            lost(3, 50.0),
            lost(4, 3_000.0, "falhou"),
            lost(5, None),
            lost(6, None, done=at(2), status="Falhou"),
            lost(7, -5.0),
        ),
        "recuperacao",
    )
    assert (found.valor, found.n, found.estado) == (20.0, 3, "good")
    assert found.excluidos == {"not taken up again yet": 1, "given up": 1, "ends before it begins": 1}


# Rates


def test_items_a_minute_count_while_one_waits_and_five_are_at_work() -> None:
    # Five at work from 0 to 60 s, a sixth waits from 0 to 30 s and one more from 50 to 70 s.
    def card(number: int, due: float, begin: float | None, end: float | None) -> Item:
        start, stop = (None if each is None else at(1) + each for each in (begin, end))
        return item(number, at(0), devido=at(1) + due, started=start, done=stop)

    working = [card(n, -0.0, 0, 60) for n in range(5)]
    done = [card(6, 0, 30, 31), card(7, 50, 70, 71)]
    found = figure(shown(*working, *done), "vazao")
    # 30 s + 10 s; in (0, 30] nothing is done, in (50, 60] the five are.
    assert part(found, "minutes of that") == pytest.approx(40 / 60)
    assert found.valor == pytest.approx(5 / (40 / 60))
    assert (found.n, found.estado, found.meta) == (5, "bad", "at least 10 /min".replace(" /", "/"))
    assert [point.valor for point in found.serie if point.n] == [pytest.approx(5 / (40 / 60))]
    alone = figure(shown(*done), "vazao")
    assert (alone.valor, alone.vazio != "") == (None, True)
    assert part(alone, "while any waits") == pytest.approx(0 / (50 / 60))
    fewer = figure(shown(*working[1:], *done), "vazao")
    assert part(fewer, "while any waits") == pytest.approx(4 / (50 / 60))


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=15),
    st.integers(1, 4),
)
@settings(max_examples=60)
def test_at_least_so_many_at_once_as_counted_second_by_second(
    spans: list[tuple[int, int]], level: int
) -> None:
    spans = [(min(each), max(each)) for each in spans if each[0] != each[1]]
    starts, ends = sorted(float(a) for a, _ in spans), sorted(float(b) for _, b in spans)
    slow = sum(sum(begin <= second < end for begin, end in spans) >= level for second in range(31))
    assert busy.seconds(busy.at_least(level, starts, ends)) == pytest.approx(slow)


def test_goals_are_counted_by_calendar_day() -> None:
    items = [item(n, at(0), started=at(1), done=at(1 + n % 2, 5)) for n in range(15)]
    found = figure(shown(*items, item(99, at(0), humano=True, done=at(1))), "objetivos_dia")
    assert (found.valor, found.n, part(found, "most in a day")) == (15 / 28, 15, 8)
    assert (found.meta, found.estado) == ("over 100/day", "bad")


def test_what_the_line_exposes() -> None:
    items = [
        item(1, at(1), started=at(1), done=at(1) + 30),
        item(2, at(1), started=at(1), done=at(1) + 90, humano=True),
        item(3, at(8), started=at(9), done=at(9) + 5, status="Falhou"),
        item(4, at(9), done=at(10), status="Pulado"),
        item(5, at(2), started=at(3), done=at(2)),
        item(6, at(40)),
    ]
    found = shown(*items)
    assert [figure(found, f"itens_{name}").valor for name in ("enfileirados", "concluidos", "falhos")] == [
        5,
        4,
        1,
    ]
    mean = figure(found, "duracao_media")
    assert (mean.valor, mean.n) == (60.0, 2)
    assert mean.excluidos == {"without a start": 1, "ends before it begins": 1}
    by_actor = shown(*items, asked=query(28, por="ator"))
    assert figure(by_actor, "itens_concluidos", "PROMETHEUS").valor == 4


def test_success_is_concluded_of_concluded_and_failed() -> None:
    runs = [
        execution(n, at(1), status=s)
        for n, s in enumerate(["concluido"] * 9 + ["falhou", "rejeitado", "cancelado"])
    ]
    found = figure(shown(execucoes=runs), "sucesso")
    assert (found.valor, found.n, found.estado) == (0.9, 10, "bad")  # over 90 % is more than 90 %
    assert found.excluidos == {"rejected": 1, "cancelled": 1}
    assert figure(shown(execucoes=runs[9:10]), "sucesso").valor == 0.0


def test_saves_are_p95_of_the_last_ones_and_have_no_series() -> None:
    found = figure(shown(gravacoes_ms=[float(n) for n in range(1, 22)]), "checkpoint")
    assert (found.valor, found.n, found.serie, found.estado) == (20.0, 21, (), "good")
    assert figure(shown(gravacoes_ms=[1.0] * 19), "checkpoint").valor is None


# Uptime and error budgets


def test_uptime_counts_what_was_wanted_and_an_orderly_end_wants_nothing() -> None:
    lines = [
        LineSpan(at(1), at(1, 10), em_ordem=True),  # closed for the night
        LineSpan(at(2), at(2, 8), em_ordem=False),  # died, and was missed for two hours
        LineSpan(at(2, 10), at(2, 20), em_ordem=True),
        LineSpan(None, at(3), em_ordem=True),
    ]
    found = figure(shown(linhas=lines), "uptime")
    assert found.valor == pytest.approx(28 / 30)
    assert part(found, "time that it was missing") == 120.0
    assert part(found, "of all time") == pytest.approx(28 / (28 * 24))
    assert (found.n, found.meta, found.estado) == (3, "over 99.9 %", "bad")
    assert [each.valor for each in found.serie] == [pytest.approx(28 / 30), None, None, None]


def test_a_line_that_runs_runs_until_now() -> None:
    known = facts(linhas=[LineSpan(at(1), None, em_ordem=False)])
    assert uptime(known, at(2)).good(Window(at(0), at(9))) == DAY
    assert figure(page(known, query(28)), "uptime").valor == 1.0
    assert figure(shown(), "uptime").valor is None


def test_overlapping_and_reversed_spans_cover_time_once() -> None:
    assert merged([(5, 9), (0, 3), (2, 4), (8, 8), (9, 10)]) == [(0, 4), (5, 10)]
    twice = facts(
        linhas=[LineSpan(at(1), at(2), True), LineSpan(at(1), at(2), True), LineSpan(at(5), at(4), True)]
    )
    assert uptime(twice, at(9)).good(Window(at(0), at(9))) == DAY


def test_seconds_of_many_windows_are_those_of_each() -> None:
    line = uptime(facts(linhas=[LineSpan(at(1), at(2), True), LineSpan(at(3), at(4), True)]), at(9))
    windows = [(at(1), at(2)), (at(1, 6), at(1, 18)), (at(1, 12), at(3, 12)), (at(0), at(1)), (at(0), at(9))]
    assert [line.good_in(*each) for each in windows] == [DAY, DAY / 2, DAY, 0.0, 2 * DAY]
    assert [line.good_in(*each) for each in windows] == [line.good(Window(*each)) for each in windows]


def test_a_budget_that_is_used_up_is_bad_though_nothing_burns_now() -> None:
    lines = [LineSpan(at(1), at(5), em_ordem=False), LineSpan(at(6), None, em_ordem=False)]
    found = figure(shown(linhas=lines), "orcamento_erro")
    assert (found.estado, [each.nome for each in found.partes if "alert" in each.nome]) == ("bad", [])


def test_the_longest_twentieth_does_not_squeeze_the_histogram() -> None:
    items = [begun(n, 1.0 + n % 10) for n in range(40)] + [begun(50, 9_000.0)]
    found = next(each for each in shown(*items).graficos if each.chave == "kpis_esperas")
    assert max(found.series[0].xs or ()) <= 12
    assert sum(y or 0 for y in found.series[0].ys) == 40


def test_burn_is_the_rate_of_errors_over_the_allowed_one() -> None:
    assert burn(1, 1000, 0.999) == pytest.approx(1.0)
    assert burn(144, 10_000, 0.999) == pytest.approx(14.4)
    assert burn(0, 10, 0.999) == 0.0
    assert burn(1, 0, 0.999) is None
    assert burn(1, 10, 1.0) is None


def test_a_low_target_cannot_burn_fast_and_has_no_alerts() -> None:
    assert most_burn(0.9) == pytest.approx(10.0)
    assert burn(100, 100, 0.9) == pytest.approx(10.0)
    assert not has_alerts(0.9)
    assert has_alerts(0.99)
    assert not has_alerts(1.0)
    fast = RULES[0]
    assert not fires(fast, 0.9, (3600, 3600), (300, 300))
    assert fires(fast, 0.999, (3600, 3600), (300, 300))


@pytest.mark.parametrize(
    ("long", "short", "fires_"),
    [
        ((60, 3600), (10, 300), True),
        ((60, 3600), (0, 300), False),
        ((50, 3600), (10, 300), False),
        ((60, 600), (60, 300), False),
    ],
)
def test_both_windows_have_to_burn_and_the_traffic_has_to_say_something(
    long: tuple[float, float], short: tuple[float, float], fires_: bool
) -> None:
    assert fires(RULES[0], 0.999, long, short) is fires_


def test_the_budget_of_uptime_tells_its_burn_and_what_alerts() -> None:
    now = at(28)
    # Wanted for 10 days; it died 4 minutes ago for 100 s and came back.
    lines = [
        LineSpan(now - 10 * DAY, now - 240, em_ordem=False),
        LineSpan(now - 140, None, em_ordem=False),
    ]
    found = figure(shown(linhas=lines), "orcamento_erro")
    assert found.valor == pytest.approx(100 / (10 * DAY) / 0.001)
    assert part(found, "burn of the last 1 h") == pytest.approx(100 / 3600 / 0.001)
    assert part(found, "alert: over 14,4 for 1 h and 5 min") == 14.4
    assert (found.estado, found.linha) == ("bad", 1.0)
    fine = figure(shown(linhas=[LineSpan(now - DAY, None, em_ordem=False)]), "orcamento_erro")
    assert (fine.valor, fine.estado) == (0.0, "good")


def test_success_has_a_budget_only_where_ninety_nine_percent_are_wanted() -> None:
    runs = [execution(n, at(27, 23), status="falhou" if n < 2 else "concluido") for n in range(200)]
    usual = shown(execucoes=runs)
    assert not any(each.chave == "orcamento_erro_sucesso" for each in usual.figuras)
    asked = replace(query(28), metas={"sucesso": 0.99})
    found = figure(shown(execucoes=runs, asked=asked), "orcamento_erro_sucesso")
    assert (found.valor, found.n) == (pytest.approx(1.0), 200)
