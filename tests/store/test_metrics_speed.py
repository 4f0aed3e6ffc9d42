"""8.5: lead and cycle times, rates over calendar time, days with a deployment; zones, DST and week 53."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flow_facts import HOUR, at, bug, deployment, execution, facts, figure, item, part, query

from store.metrics.facts import Execution, Release
from store.metrics.model import Page, Query
from store.metrics.periods import Bucketing, Window
from store.metrics.velocidade import page
from store.views.figures import FigureFold


def shown(*runs: Execution, asked: Query | None = None, **others: Any) -> Page:
    return page(facts(execucoes=runs, **others), asked or query(28))


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


# Lead and cycle time


def test_lead_time_ends_with_the_first_successful_deployment_in_production() -> None:
    deploys = [
        deployment(1, at(2), execucao_ref="EXE-0001", status="falhou"),
        deployment(2, at(3), execucao_ref="EXE-0001", ambiente="homologacao"),
        deployment(3, at(4), execucao_ref="EXE-0001", status="substituida"),
        deployment(4, at(5), execucao_ref="EXE-0001"),
    ]
    named = execution(1, at(6), spec_criada=at(1))
    unnamed = execution(2, at(6), spec_criada=at(5))  # its deployment phase ended at its end
    found = figure(shown(named, unnamed, implantacoes=deploys), "lead_time")
    assert (found.valor, found.n, found.unidade) == ((72 + 24) / 2, 2, "h")


def test_lead_time_leaves_out_what_has_no_beginning_or_a_late_one_and_repairs() -> None:
    found = figure(
        shown(
            execution(1, at(2), spec_criada=at(1)),
            execution(2, at(2), spec_criada=None),
            execution(3, at(2), spec_criada=at(3)),
            execution(4, at(2), bug=bug(at(1))),
            execution(5, at(2), status="cancelado"),
        ),
        "lead_time",
    )
    assert (found.valor, found.n) == (24.0, 1)
    assert found.excluidos == {
        "cancelled": 1, "repair of a bug": 1, "without a moment": 1, "ends before it begins": 1,
    }  # fmt: skip


def test_lead_time_says_the_same_as_overview() -> None:
    from store.metrics.reading import execution as read

    day = "2026-01-{}T00:00:00Z".format
    cases: list[tuple[str, str, Any]] = [
        (day(10), "2026-01-12T12:30:00Z", None),
        (day(10), day(11), None),
        (day(10), day("09"), None),
        ("", day(12), None),
        (day(10), day(19), {"severidade": "alto"}),
    ]
    documents = [
        {
            "id": f"EXE-{number}",
            "status": "concluido",
            "spec_ref": "a",
            "concluido_em": day(20),
            "bug": wrong,
            "timestamps": {"spec_criada_at": begin, "deploy_fim_at": end},
        }
        for number, (begin, end, wrong) in enumerate(cases)
    ]
    fold = FigureFold()
    for document in documents:
        fold.put_execution(str(document["id"]), document)
    mine = figure(shown(*map(read, documents)), "lead_time")
    assert mine.valor == fold.figures().lead_time_h == (60.5 + 24) / 2


def test_cycle_time_runs_from_the_first_work_and_each_phase_from_entry_to_exit() -> None:
    phases = ((at(1), at(1, 2)), (at(1, 3), at(1, 4)), (None, None))
    runs = [
        execution(1, at(2), fases=phases, criada=at(1, 12)),
        execution(2, at(2), fases=((at(1), at(1, 6)), (at(1), at(0)), (at(1), at(1, 1))), criada=at(1, 12)),
    ]
    found = shown(*runs, itens=[item(1, at(0), started=at(1))])
    assert figure(found, "cycle_time").valor == (24 + 12) / 2
    assert figure(found, "ciclo_dev").valor == 4.0
    test = figure(found, "ciclo_teste")
    assert (test.valor, test.n, test.excluidos) == (1.0, 1, {"ends before it begins": 1})
    assert figure(found, "ciclo_deploy").excluidos == {"phase skipped": 1}
    chart = next(each for each in found.graficos if each.chave == "velocidade_fases")
    assert [each.ys[0] for each in chart.series] == [4.0, 1.0, 1.0]


def test_p85_needs_seven() -> None:
    runs = [execution(n, at(9), spec_criada=at(9) - n * HOUR) for n in range(1, 8)]
    assert part(figure(shown(*runs), "lead_time"), "p85") == pytest.approx(6.1)
    assert part(figure(shown(*runs[:6]), "lead_time"), "p85") is None


def test_the_cloud_is_logarithmic_where_times_differ_fiftyfold() -> None:
    def cloud(*hours: float) -> bool:
        runs = [execution(n, at(20), spec_criada=at(20) - each * HOUR) for n, each in enumerate(hours)]
        return next(each for each in shown(*runs).graficos if each.chave == "velocidade_lead").log

    assert cloud(1, 51)
    assert not cloud(1, 50)
    assert not cloud(0, 1, 51)  # there is no logarithm of nothing


# Rates


def test_specs_count_once_when_they_are_first_concluded_and_idle_weeks_are_kept() -> None:
    runs = [
        execution(1, at(1), spec_ref="a"),
        execution(2, at(2), spec_ref="a"),
        execution(3, at(15), spec_ref="a"),
        execution(4, at(15), spec_ref="b"),
        execution(5, at(16), spec_ref="c", status="falhou"),
    ]
    found = figure(shown(*runs, itens=[item(1, at(0))]), "specs_semana")
    assert (found.valor, found.n) == (2 / 4, 2)
    assert [each.valor for each in found.serie] == [1, 0, 1, 0]


def test_rates_begin_with_the_first_day_on_which_there_was_anything() -> None:
    # Fourteen days of a window of twenty-eight: the workspace is that young.
    found = shown(execution(1, at(20), spec_ref="a"), itens=[item(1, at(14, 5))])
    assert figure(found, "specs_semana").valor == 0.5
    assert figure(shown(), "specs_semana").valor is None
    assert figure(shown(itens=[item(1, at(40))]), "specs_semana").valor is None


def test_releases_are_split_by_what_was_decided() -> None:
    made = [
        Release(f"REL-{n}", "frete", "", status, at(1), "")
        for n, status in enumerate(("aprovada", "rejeitada", "devolvida", "aguardando", "aprovada"))
    ]
    found = shown(releases=[*made, Release("REL-9", "frete", "", "aprovada", None, "")], asked=query(7))
    releases = figure(found, "releases_semana")
    assert [part(releases, name) for name in ("approved", "rejected", "pending")] == [2, 2, 1]
    assert releases.excluidos == {"without a moment": 1}
    assert releases.valor == pytest.approx(5 * 7 / 6)  # since the sixth day before the end
    chart = next(each for each in found.graficos if each.chave == "velocidade_releases")
    assert [(each.nome, each.ys) for each in chart.series] == [
        ("approved", (2.0,)), ("rejected", (2.0,)), ("pending", (1.0,)),
    ]  # fmt: skip


def test_deployments_a_calendar_day_and_failed_ones_apart() -> None:
    deploys = [
        deployment(1, at(0, 1)),
        deployment(2, at(0, 2), status="revertida"),
        deployment(3, at(4)),
        deployment(4, at(5), status="falhou"),
        deployment(5, at(6), ambiente="homologacao"),
        deployment(6, None, status="intencao"),
    ]
    found = shown(implantacoes=deploys, asked=query(7))
    rate = figure(found, "deploys_dia")
    assert (rate.valor, rate.n, part(rate, "calendar days")) == (3 / 7, 3, 7)
    assert figure(found, "deploys_falhos").valor == 1
    assert figure(found, "dias_deploy_semana").valor == 2.0


def test_days_with_a_deployment_count_whole_weeks_idle_ones_too() -> None:
    deploys = [deployment(n, at(day, 12)) for n, day in enumerate((0, 1, 1, 2, 14, 15, 16, 17, 21))]
    found = figure(shown(implantacoes=deploys, asked=query(28, now=at(24))), "dias_deploy_semana")
    assert [each.valor for each in found.serie] == [3, 0, 4, 1]
    assert (found.valor, found.n) == (3.0, 3)
    assert (found.meta, found.estado) == ("at least 3 days", "good")


def test_weeks_before_there_was_anything_are_on_the_axis_without_a_value() -> None:
    found = figure(shown(implantacoes=[deployment(1, at(9))], asked=query(28)), "dias_deploy_semana")
    # The week of the first day is not whole, for nothing was there before it.
    assert [(each.valor, each.parcial) for each in found.serie] == [
        (None, False), (1, True), (0, False), (0, False),
    ]  # fmt: skip
    assert (found.valor, found.n) == (0.0, 2)


# Zones and the calendar


def test_a_day_is_the_workspace_s_own() -> None:
    # 01:30 in UTC is the evening before in São Paulo, and the same day in Kiritimati.
    run = execution(1, moment("2026-01-12T01:30:00"), spec_ref="a")
    window = Window(moment("2026-01-05T00:00:00"), moment("2026-01-19T00:00:00"))
    for zone, weeks in (("America/Sao_Paulo", {"2026-W02": 1}), ("UTC", {"2026-W03": 1})):
        found = figure(shown(run, asked=Query(window, window.fim, Bucketing("semana", zone))), "specs_semana")
        assert {each.corte: each.valor for each in found.serie if each.valor} == weeks


def test_the_days_of_a_change_of_the_clock_are_as_long_as_they_are() -> None:
    # In New York 2026-03-08 has 23 hours: 24 elapsed hours are 24 hours, whatever the clocks say.
    zone = Bucketing("dia", "America/New_York")
    window = Window(moment("2026-03-07T05:00:00"), moment("2026-03-10T04:00:00"))
    run = execution(1, moment("2026-03-09T03:30:00"), spec_criada=moment("2026-03-08T03:30:00"))
    found = shown(run, asked=Query(window, window.fim, zone), itens=[item(1, window.inicio)])
    assert figure(found, "lead_time").valor == 24.0
    serie = figure(found, "specs_semana").serie
    assert [(each.corte, each.valor) for each in serie] == [
        ("2026-03-07", 0),
        ("2026-03-08", 1),
        ("2026-03-09", 0),
    ]
    assert not any(each.parcial for each in serie)
    assert figure(found, "specs_semana").valor == 7 / 3


def test_week_53_and_the_years_that_weeks_belong_to() -> None:
    zone = Bucketing("semana", "UTC")
    window = Window(moment("2020-12-21T00:00:00"), moment("2021-01-11T00:00:00"))
    runs = [
        execution(n, moment(f"{day}T12:00:00"), spec_ref=f"s{n}")
        for n, day in enumerate(("2020-12-31", "2021-01-03", "2021-01-04"))
    ]
    found = figure(shown(*runs, asked=Query(window, window.fim, zone)), "specs_semana")
    assert [(each.corte, each.valor) for each in found.serie] == [
        ("2020-W52", 0),
        ("2020-W53", 2),
        ("2021-W01", 1),
    ]
