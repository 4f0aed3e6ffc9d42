"""Flow: jira-agile-metrics' own fixtures, hand-worked examples, and what always holds."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flow_facts import DAY, HOUR, at, blocked, decision, execution, facts, figure, item, part, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.cutting import counts
from store.metrics.done import fair_cycle, why_no_cycle
from store.metrics.facts import Item, Try
from store.metrics.flow import (
    STAGES,
    ages,
    cumulative,
    first_arrivals,
    flow_of,
    natural_limits,
    reference,
    usual_cycles,
)
from store.metrics.flow_charts import days_of
from store.metrics.fluxo import page
from store.metrics.model import Chart, Page, Query
from store.metrics.periods import Bucketing, Window
from store.metrics.statistics import percentile
from store.metrics.waiting import Spent, spent

JIRA = Path(__file__).parents[1] / "data" / "metrics" / "jira_agile_metrics"
EXPECTED = json.loads((JIRA / "expected.json").read_text())


def day(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def rows(name: str) -> list[dict[str, str]]:
    with (JIRA / f"{name}_cycle_time.csv").open() as file:
        return list(csv.DictReader(file))


def items(name: str) -> list[Item]:
    """The fixture's issues as items; their stage is the last one reached."""
    found = []
    for number, row in enumerate(rows(name), 1):
        reached = [stage for stage in ("Backlog", "Committed", "Build", "Test", "Done") if row[stage]]
        started = day(row["Committed"]) if row["Committed"] else None
        done = day(row["Done"]) if row["Done"] else None
        status = "Concluido" if done else reached[-1]
        found.append(
            item(number, day(row["Backlog"]), started=started, done=done, status=status, id=row["key"])
        )
    return found


def jira(first: str, last: str, today: str) -> Query:
    """Whole days in UTC, the last one too."""
    return Query(Window(day(first), day(last) + DAY), day(today), Bucketing("dia", "UTC"))


def chart(found: Page, key: str) -> Chart:
    return next(each for each in found.graficos if each.chave == key)


# Others' figures


def test_cumulative_flow_is_jira_agile_metrics() -> None:
    stages = EXPECTED["minimal"]["cfd_columns"]
    arrivals: list[list[float]] = [[] for _ in stages]
    for row in rows("minimal"):
        came = [day(row[stage]) if row[stage] else None for stage in stages]
        for place in range(len(stages)):
            later = [moment for moment in came[place:] if moment is not None]
            if later:
                arrivals[place].append(min(later))
    ends = [day(f"2018-01-0{number}") for number in range(1, 7)]
    ordered = [sorted(some) for some in arrivals]
    nobody: list[list[float]] = [[]] * len(stages)
    assert [list(line) for line in cumulative(ordered, nobody, ends)] == EXPECTED["minimal"][
        "cfd_2018-01-01..06"
    ]


def test_cycle_times_percentiles_and_throughput_are_jira_agile_metrics() -> None:
    told = EXPECTED["large"]
    flow = flow_of(facts(itens=items("large")))
    scatter = [
        [each.id, datetime.fromtimestamp(each.concluido or 0, UTC).date().isoformat(), hours / 24]
        for each in flow.done
        if (hours := fair_cycle(each)) is not None
    ]
    assert sorted(scatter) == sorted(told["scatter"])
    days = [hours / 24 for item in flow.done if (hours := fair_cycle(item)) is not None]
    assert [percentile(days, q * 100) for q in told["percentiles_q"]] == told["percentiles_days"]
    for first, key in (
        ("2018-01-07", "throughput_daily_2018-01-07..09"),
        ("2018-01-05", "throughput_daily_window5"),
        ("2018-01-08", "throughput_daily_window2"),
    ):
        window = jira(first, "2018-01-09", "2018-01-10")
        assert list(counts(flow.done_at, window)) == told[key]


def test_ageing_and_net_flow_are_jira_agile_metrics() -> None:
    told = EXPECTED["large"]
    every = items("large")
    found = ages(flow_of(facts(itens=every)).open, day("2018-01-10"))
    assert sorted([each.id, each.status, age / 24] for each, age in found) == sorted(
        told["ageing_wip_today_2018-01-10"]
    )
    window = jira("2018-01-01", "2018-01-09", "2018-01-10")
    started = sorted(each.iniciado for each in every if each.iniciado is not None)
    ended = sorted(each.concluido for each in every if each.concluido is not None)
    assert list(counts(started, window)) == told["netflow_arrivals_2018-01-01..09"]
    assert list(counts(ended, window)) == told["netflow_departures_2018-01-01..09"]


def test_the_burn_up_of_the_fixture_is_two_lines_of_cumulative_flow() -> None:
    flow = flow_of(facts(itens=items("minimal")))
    ends = [day(f"2018-01-0{number}") for number in range(1, 7)]
    lines = cumulative(flow.arrivals, flow.leaves, ends)
    assert [[line[0], line[3]] for line in lines] == EXPECTED["minimal"]["burnup_backlog_done"]


# By hand


def test_an_item_arrives_at_a_stage_when_it_is_first_there_or_further() -> None:
    assert first_arrivals(item(1, 10.0, started=30.0, done=40.0, pendente=20.0)) == (10, 20, 30, 40)
    assert first_arrivals(item(1, 10.0, started=None, done=40.0, pendente=20.0)) == (10, 20, 40, 40)
    assert first_arrivals(item(1, None, started=5.0, done=40.0, pendente=20.0)) == (5, 5, 5, 40)
    assert first_arrivals(item(1, None)) == (None, None, None, None)


def test_a_cancelled_item_leaves_every_line_and_one_without_a_time_is_in_none() -> None:
    gone = item(1, at(0), started=at(1), done=at(2), status="Cancelado")
    lost = item(2, at(0), status="Cancelado")
    stays = item(3, at(0), started=at(1), done=at(2), status="Falhou")
    flow = flow_of(facts(itens=[gone, lost, stays]))
    lines = cumulative(flow.arrivals, flow.leaves, [at(0.5), at(1.5), at(2.5)])
    assert lines == [(2, 2, 0, 0), (2, 2, 2, 0), (1, 1, 1, 0)]


@st.composite
def lives(draw: st.DrawFn) -> Item:
    moments = st.one_of(st.none(), st.floats(0, 30).map(at))
    status = draw(st.sampled_from(["Pendente", "EmProcessamento", "Concluido", "Cancelado", "Falhou"]))
    ended = draw(moments) if status in ("Concluido", "Cancelado", "Falhou") else None
    return item(
        draw(st.integers(1, 99)),
        draw(moments),
        started=draw(moments),
        done=ended,
        status=status,
        pendente=draw(moments),
        humano=draw(st.booleans()),
        bloqueios=tuple(draw(st.lists(st.tuples(moments, moments), max_size=2))),
        retido=draw(st.booleans()),
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(lives(), max_size=12), st.floats(1, 40))
def test_lines_of_cumulative_flow_never_cross_and_fall_only_on_cancellation(
    some: list[Item], days: float
) -> None:
    flow = flow_of(facts(itens=some))
    lines = cumulative(flow.arrivals, flow.leaves, [at(step) for step in range(0, 41, 2)])
    for line in lines:
        assert list(line) == sorted(line, reverse=True), "no more are done than were started"
    if all(each.status != "Cancelado" for each in some):
        for earlier, later in pairwise(lines):
            assert all(now >= then for then, now in zip(earlier, later, strict=True))
    for por in ("", "tipo"):
        found = page(facts(itens=some), query(days, por=por))
        for each in found.figuras:
            assert (each.valor is not None) or each.vazio, each.chave
            known = [float(p.valor) for p in each.partes if p.nome in ("p85", "p95") and p.valor is not None]
            assert known == sorted(known)


@settings(max_examples=50, deadline=None)
@given(lives(), st.floats(0, 30), st.floats(0, 30))
def test_every_second_of_a_life_is_spent_once(life: Item, since: float, until: float) -> None:
    window = Window(at(min(since, until)), at(max(since, until)))
    whole = spent(life, None, at(40))
    inside = spent(life, window, at(40))
    assert all(seconds >= -1e-6 for seconds in (*whole, *inside))
    assert inside.total <= window.seconds + 1e-6
    end = life.encerrado or at(40)
    if life.criado is not None and end > life.criado:
        assert whole.total == pytest.approx(end - life.criado)


def test_weeks_before_there_was_anything_are_no_slow_ones() -> None:
    some = [item(n, at(21, n), started=at(21, n), done=at(22, n)) for n in range(6)]
    found = figure(page(facts(itens=some), query(30)), "fluxo_vazao")
    assert (found.valor, [point.valor for point in found.serie]) == (6.0, [0, 0, 0, 6, 0])
    early = figure(page(facts(itens=some), query(24)), "fluxo_vazao")
    assert (early.valor, early.n) == (None, 6), "its first week is not over"


def test_what_failed_for_good_is_under_way_no_more() -> None:
    some = [item(1, at(0), started=at(1), done=at(2), status="Falhou"), item(2, at(0), started=at(1))]
    found = figure(page(facts(itens=some), query(4, cut="dia")), "fluxo_wip")
    assert (found.valor, [point.valor for point in found.serie]) == (1, [2, 1, 1, 1])


@pytest.mark.parametrize(("por", "grupo"), [("", ""), ("tipo", "desenvolvimento")])
def test_a_past_window_ends_within_its_last_bucket(por: str, grupo: str) -> None:
    some = [item(1, at(0), started=at(1)), item(2, at(0), started=at(9.5), done=at(20))]
    asked = replace(query(9, now=at(30)), por=por)
    found = figure(page(facts(itens=some), asked), "fluxo_wip", grupo)
    assert [point.valor for point in found.serie] == [1, 1], "what began after it is not in it"


def test_nothing_waits_for_anybody_before_its_due_time() -> None:
    asked = item(1, at(0), humano=True, devido=at(7), agendado=True)
    assert spent(asked, None, at(3)) == Spent(agendado=3 * DAY)
    assert spent(asked, None, at(9)) == Spent(agendado=7 * DAY, decisao=2 * DAY)
    assert spent(asked, None, at(9)).espera == 2 * DAY
    assert spent(asked, Window(at(6), at(8)), at(9)) == Spent(agendado=DAY, decisao=DAY)
    # Blocked for a day of it, begun two hours after it was due.
    tried = item(
        2,
        at(0),
        started=at(7, 2),
        done=at(7, 3),
        devido=at(7),
        agendado=True,
        bloqueios=(blocked(at(0), at(1)),),
    )
    assert spent(tried, None, at(9)) == Spent(ativo=HOUR, fila=2 * HOUR, bloqueado=DAY, agendado=6 * DAY)
    pulled = item(3, at(0), started=at(3), done=at(4), devido=at(2), pendente=at(2), filho_de="S022/T01")
    assert spent(pulled, None, at(9)) == Spent(ativo=DAY, fila=DAY, retido=2 * DAY)
    # Pending, blocked, pending again: what it is due from is the end of that, and it waited before as well.
    again = item(4, at(0), devido=at(3), bloqueios=(blocked(at(1), at(3)),))
    assert spent(again, None, at(4)) == Spent(fila=2 * DAY, bloqueado=2 * DAY)


def test_where_the_time_of_an_item_goes() -> None:
    # Created at 0 h, blocked 0-2 h, queued 2-3 h, tried 3-4 h, waits 4-6 h, tried 6-7 h.
    tried = (Try(at(0, 3), at(0, 4), "falhou"), Try(at(0, 6), at(0, 7), "concluido"))
    made = item(
        1,
        at(0),
        started=at(0, 3),
        done=at(0, 7),
        tentativas=tried,
        bloqueios=(blocked(at(0), at(0, 2)),),
    )
    assert spent(made, None, at(9)) == Spent(2 * HOUR, HOUR, 2 * HOUR, 2 * HOUR)
    assert spent(made, Window(at(0, 1), at(0, 3.5)), at(9)) == Spent(0.5 * HOUR, HOUR, 0, HOUR)
    assert spent(made, Window(at(3), at(4)), at(9)) == Spent()
    assert spent(made, None, at(9)).total == 7 * HOUR
    asked = item(2, at(0), done=at(0, 5), humano=True, bloqueios=(blocked(at(0), at(0, 1)),))
    assert spent(asked, None, at(9)) == Spent(bloqueado=HOUR, decisao=4 * HOUR)
    assert spent(asked, None, at(9)).espera == 5 * HOUR
    held = item(3, at(0), retido=True)
    assert spent(held, None, at(0, 6)) == Spent(retido=6 * HOUR)
    waits = item(4, at(0), bloqueios=(blocked(at(0, 1), None), blocked(None, None)))
    assert spent(waits, None, at(0, 6)) == Spent(fila=HOUR, bloqueado=5 * HOUR)
    both = item(7, at(0), started=at(0), done=at(0, 4), bloqueios=(blocked(at(0, 1), at(0, 4)),))
    assert spent(both, None, at(9)) == Spent(ativo=4 * HOUR), "an attempt that is under way is work"
    assert spent(item(5, None), None, at(1)) == Spent()
    assert spent(item(6, at(2), done=at(1)), None, at(9)) == Spent(), "it ends before it begins"


def test_natural_limits_are_the_mean_and_its_moving_ranges() -> None:
    found = natural_limits([4.0, 6.0, 5.0, 9.0])
    assert found is not None
    assert found.centro == 6
    assert found.alto == pytest.approx(6 + 2.66 * (2 + 1 + 4) / 3)
    assert found.baixo == 0
    assert natural_limits([4.0]) is None


def test_ages_are_held_against_their_own_type_or_all() -> None:
    done = [
        item(number, at(0), started=at(1), done=at(1, number), tipo="implantar") for number in range(1, 9)
    ]
    other = item(20, at(0), started=at(1), done=at(1, 100), tipo="orcar_spec")
    usual = usual_cycles(facts(itens=[*done, other]), at(10))
    assert usual["orcar_spec"] == [100]
    assert reference(usual, "implantar") == (4.5, pytest.approx(6.95))
    assert reference(usual, "orcar_spec") == reference(usual, "") == (5, pytest.approx(7.8))
    assert usual_cycles(facts(itens=done), at(200)) == {"": []}, "the last 90 days only"


def test_why_an_item_has_no_cycle_time() -> None:
    assert why_no_cycle(item(1, at(0), done=at(1), humano=True)) == "decided by people"
    assert why_no_cycle(item(1, at(0), done=at(1), status="Pulado")) == "skipped"
    assert why_no_cycle(item(1, at(0), done=at(1))) == "never started"
    assert why_no_cycle(item(1, at(0), started=at(2), done=at(1))) == "ended before it began"
    assert why_no_cycle(item(1, at(0), started=at(1), done=at(2))) == ""
    assert fair_cycle(item(1, at(0), started=at(1), done=at(2))) == 24
    assert fair_cycle(item(1, at(0), started=at(2), done=at(1))) is None


# The page


def weeks() -> Any:
    """Four weeks: 2, 0, 4 and 2 items a week of 2 h each, the fifth week has just begun."""
    made, number = [], 0
    for week, count in enumerate((2, 0, 4, 2)):
        for place in range(count):
            number += 1
            begun = at(week * 7 + place, 10)
            made.append(item(number, begun - HOUR, started=begun, done=begun + 2 * HOUR))
    made.append(item(50, at(20), done=at(21), humano=True, tipo="aprovar_orcamento"))
    made.append(item(60, at(20), started=at(27), ator="GENESIS", status="EmProcessamento"))
    tried = (Try(at(22), at(22, 1), "falhou"), Try(at(22, 2), at(22, 3), "bloqueou"))
    made.append(item(61, at(22), started=at(22), tentativas=tried, status="Bloqueado"))
    return made


def test_the_page_counts_what_is_in_each_week() -> None:
    found = page(facts(itens=weeks()), query(28.5))
    cycle = figure(found, "fluxo_ciclo")
    assert (cycle.valor, cycle.n, cycle.excluidos) == (2, 8, {"decided by people": 1})
    assert part(cycle, "p85") == 2
    assert part(cycle, "p95") is None, "it needs 20"
    assert [(p.corte, p.valor, p.n, p.parcial) for p in cycle.serie] == [
        ("2026-W02", 2, 2, False),
        ("2026-W03", None, 0, False),
        ("2026-W04", 2, 4, False),
        ("2026-W05", 2, 2, False),
        ("2026-W06", None, 0, True),
    ]
    throughput = figure(found, "fluxo_vazao")
    assert throughput.valor == 9 / 4
    assert [p.valor for p in throughput.serie] == [2, 0, 4, 3, 0]
    assert part(throughput, "upper limit") == pytest.approx(9 / 4 + 2.66 * (2 + 4 + 1) / 3)
    assert throughput.itens[0] == "BKL-0008"
    under_way = figure(found, "fluxo_wip")
    assert (under_way.valor, under_way.estado) == (2, "bad")
    assert under_way.itens == ("BKL-0061", "BKL-0060")
    assert part(under_way, "oldest") == pytest.approx(6.5 * 24)
    assert [point.valor for point in under_way.serie] == [0, 0, 0, 2, 2]
    net = figure(found, "fluxo_liquido")
    assert (net.valor, part(net, "created"), part(net, "ended well")) == (2, 11, 9)
    back = figure(found, "fluxo_retornos")
    assert (back.valor, part(back, "items that came back"), back.itens[0]) == (2, 1, "BKL-0061")
    efficiency = figure(found, "fluxo_eficiencia")
    assert efficiency.valor == pytest.approx(16 / (8 * 3 + 24))
    assert part(efficiency, "waiting for a person") == 24


def test_a_workspace_s_own_targets_take_the_place_of_ours() -> None:
    own = replace(query(28.5), metas={"fluxo_ciclo": 1.5, "fluxo_vazao": 2.0, "fluxo_wip": 2.0})
    found = page(facts(itens=weeks()), own)
    cycle, throughput, under_way = (figure(found, f"fluxo_{key}") for key in ("ciclo", "vazao", "wip"))
    assert (cycle.meta, cycle.linha, cycle.estado) == ("at most 1.5 h", 1.5, "bad")
    assert (throughput.meta, throughput.estado) == ("at least 2/week", "good")
    assert (under_way.linha, under_way.estado) == (2.0, "good")


def test_figures_by_group_follow_the_total() -> None:
    found = page(facts(itens=weeks()), query(28.5, por="tipo"))
    assert [(f.grupo, f.valor) for f in found.figuras if f.chave == "fluxo_vazao"] == [
        ("", 9 / 4),
        ("desenvolvimento", 8 / 4),
        ("aprovar_orcamento", 1 / 4),
    ]
    by_actor = page(facts(itens=weeks()), query(28.5, por="ator"))
    assert figure(by_actor, "fluxo_wip", "GENESIS").valor == 1
    assert figure(by_actor, "fluxo_ciclo", "GENESIS").vazio
    assert found.grupos == ("tipo", "ator")


def test_what_was_under_way_of_each_group_adds_up_to_all_of_it() -> None:
    some = [
        item(1, at(0), started=at(1), done=at(9), tipo="orcar_spec"),
        item(2, at(0), started=at(2)),
        item(3, at(3), started=at(4), done=at(16), status="Cancelado"),
        item(4, at(3), started=at(15), done=at(20), status="Falhou", tipo="orcar_spec"),
        item(5, at(3), done=at(22), tipo="orcar_spec"),
    ]
    found = page(facts(itens=some), query(25, por="tipo"))
    told = {each.grupo: [p.valor for p in each.serie] for each in found.figuras if each.chave == "fluxo_wip"}
    assert told == {"": [3, 2, 1, 1], "orcar_spec": [1, 0, 0, 0], "desenvolvimento": [2, 2, 1, 1]}


def test_decisions_that_were_open_at_each_buckets_end() -> None:
    def asked(number: int, due: float, until: float | None, **fields: Any) -> Item:
        told = {"devido": due, "humano": True, "tipo": "aprovar_release", **fields}
        return item(number, at(0), done=until, **told)

    some = [
        asked(1, at(1), at(8)),
        asked(2, at(2), at(16), status="Cancelado"),
        asked(3, at(10), None),
        asked(4, at(11), at(27), bloqueios=(blocked(at(13), at(15)), blocked(at(19), None))),
        asked(5, at(12), None, retido=True),
        asked(6, at(60), None),
        asked(7, at(20), None, status="Bloqueado"),
        item(8, at(0)),
    ]
    found = figure(page(facts(itens=some), query(27.5)), "aprovacao_aberta")
    assert (found.valor, [p.valor for p in found.serie]) == (1, [2, 2, 2, 1])
    assert [p.parcial for p in found.serie] == [False, False, False, True]


def test_the_charts_show_the_same_numbers() -> None:
    found = page(facts(itens=weeks()), query(28.5))
    flow = chart(found, "cfd")
    assert [series.nome for series in flow.series] == list(STAGES)
    assert flow.rotulos[0] == "2026-01-05"
    assert flow.rotulos[-1] == "2026-02-02*"
    assert [series.ys[-1] for series in flow.series] == [11, 11, 11, 9]
    assert [series.ys[-1] for series in chart(found, "abertos").series] == [2, 2, 2]
    assert chart(found, "vazao").series[0].ys == (2, 0, 4, 3, 0)
    assert chart(found, "vazao").rotulos[-1] == "2026-W06*"
    assert sum(y or 0 for y in chart(found, "vazao_dia").series[0].ys) == 9
    scatter = chart(found, "ciclo")
    assert scatter.series[0].ids[0] == "BKL-0001"
    assert [mark.nome for mark in scatter.marcas] == ["p50", "p85"]
    assert not scatter.log
    ages_chart = chart(found, "idade")
    assert [len(series.ys) for series in ages_chart.series] == [0, 0, 2]
    assert ages_chart.rotulos == ("Pendente", "Bloqueado", "EmProcessamento")
    time = chart(found, "tempo")
    assert sum(sum(y or 0 for y in series.ys) for series in time.series) == pytest.approx(8 * 3 + 24)


def test_what_failed_for_good_is_told_of_where_it_stays() -> None:
    made = [
        item(1, at(1), started=at(2), done=at(3), status="Falhou"),
        item(2, at(1), started=at(2), done=at(9), status="Falhou"),
        item(3, at(1), started=at(2)),
        item(4, at(1), started=at(2), done=at(3)),
    ]
    notes = [chart(page(facts(itens=made), query(day)), "abertos").nota for day in (2.5, 7, 14)]
    whole = "The bands of cumulative flow above the line of what is done."
    assert notes == [
        whole,
        f"{whole} 1 item that failed for good stays in them.",
        f"{whole} 2 items that failed for good stay in them.",
    ]


def test_cycle_times_far_apart_are_shown_on_a_logarithmic_axis() -> None:
    made = [item(n, at(0), started=at(1), done=at(1, hours)) for n, hours in enumerate((0.1, 1, 9))]
    assert chart(page(facts(itens=made), query(7)), "ciclo").log


def test_a_page_without_items_says_what_fills_it() -> None:
    found = page(facts(), query(28))
    for each in found.figuras:
        assert each.valor in (None, 0), each.chave
        assert each.estado == "none"
        assert each.valor == 0 or each.vazio
    assert all(each.vazio for each in found.graficos)
    assert page(facts(), query(0)).figuras, "an empty window"


def test_a_long_window_shows_some_of_its_days() -> None:
    days = days_of(query(1000))
    assert len(days) <= 400
    assert days[-1].chave == "2028-09-30"
    assert days_of(query(0)) == []


# Approval latency


def test_approvals_are_of_people_and_stand() -> None:
    made = [
        decision(1, at(20), 2),
        decision(2, at(21), 4),
        decision(3, at(22), 60, politica="rule-1"),
        decision(4, at(23), 50, desfeita=True),
        decision(5, at(24), None),
        decision(6, at(25), 8, tipo="validar_implantacao"),
        decision(7, at(25), 0, tipo="resolver_falha"),
        *(decision(10 + n, at(n), 1) for n in range(8)),
    ]
    asked = item(70, at(26), humano=True, tipo="aprovar_release")
    done = execution(1, at(25))
    found = page(facts(decisoes=made, itens=[asked], execucoes=[done]), query(28, since=14))
    every = figure(found, "aprovacao")
    assert (every.valor, every.n) == (4, 3)
    assert every.excluidos == {"answered by a policy": 1, "taken back": 1, "no waiting time known": 1}
    assert part(every, "waited in all") == 14
    assert part(every, "share of lead time") == pytest.approx(8 / 10), "of the questions within it"
    assert part(figure(found, "aprovacao_aprovar_orcamento"), "share of lead time") == 0
    assert every.linha == 1, "its own p85 of the two weeks before"
    assert every.estado == "bad"
    assert figure(found, "aprovacao_validar_implantacao").valor == 8
    assert figure(found, "aprovacao_validar_implantacao").estado == "none"
    assert figure(found, "aprovacao_decidir_pull").vazio
    waiting = figure(found, "aprovacao_aberta")
    assert (waiting.valor, waiting.itens, part(waiting, "oldest")) == (1, ("BKL-0070",), 48)
    by_age = chart(found, "decisoes_abertas")
    assert (by_age.rotulos, by_age.series[0].ys) == (("BKL-0070 Release approval",), (48,))
