"""8.1: each figure by hand, what is left out and why, and that the stored `precisao` says the same."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from flow_facts import at, bug, execution, facts, figure, part, query

from store.accuracy import accuracy
from store.metrics.facts import Execution, Pair, Parts, Phases, Run
from store.metrics.model import Figure, Page, Query
from store.metrics.precisao import page
from store.metrics.reading import execution as read_execution


def hours(real: float | None, estimated: float | None) -> dict[str, Any]:
    return {"horas": Phases(total=Pair(real, estimated))}


def shown(*runs: Execution, asked: Query | None = None) -> Page:
    return page(facts(execucoes=runs), asked or query(28))


def effort(*pairs: tuple[float | None, float | None], chave: str = "esforco_geral") -> Figure:
    runs = [execution(number, at(number), **hours(*pair)) for number, pair in enumerate(pairs, 1)]
    return figure(shown(*runs), chave)


def test_effort_is_the_ratio_of_sums_with_the_median_and_pred_beside_it() -> None:
    found = effort((10.0, 8.0), (3.0, 6.0), (2.0, 2.0))
    assert found.valor == pytest.approx(15 / 16)
    assert (found.n, found.unidade, found.estado, found.linha) == (3, "×", "good", 1.0)
    assert part(found, "median ratio") == 1.0
    assert part(found, "PRED(25): within 25 % of the actual") == pytest.approx(2 / 3)
    assert part(found, "MMRE: mean relative error") == pytest.approx((0.2 + 1 + 0) / 3)
    assert found.itens == ("EXE-0003", "EXE-0002", "EXE-0001")


@pytest.mark.parametrize(
    ("real", "state"),
    [
        (8, "good"),
        (12.5, "good"),
        (7.9, "watch"),
        (12.6, "watch"),
        (5, "watch"),
        (20, "watch"),
        (4.9, "bad"),
        (21, "bad"),
    ],
)
def test_effort_is_good_within_a_quarter_and_bad_beyond_a_factor_of_two(real: float, state: str) -> None:
    assert effort((real, 10.0)).estado == state


def test_people_s_hours_and_machine_time_are_never_in_one_ratio() -> None:
    people = execution(1, at(1), horas=Phases(total=Pair(4.0, 2.0)))
    machine = execution(2, at(2), maquina_s=Phases(total=Pair(30.0, 60.0)))
    both = execution(3, at(3), horas=Phases(total=Pair(2.0, 2.0)), maquina_s=Phases(total=Pair(60.0, 60.0)))
    found = shown(people, machine, both)
    assert figure(found, "esforco_geral").valor == pytest.approx(6 / 4)
    assert figure(found, "maquina_geral").valor == pytest.approx(90 / 120)
    assert figure(found, "esforco_geral").excluidos == {"neither estimated nor measured": 1}


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ((None, None), "neither estimated nor measured"),
        ((3.0, None), "without an estimate"),
        ((None, 3.0), "not measured"),
        ((3.0, 0.0), "estimate of 0 or less"),
        ((3.0, -1.0), "estimate of 0 or less"),
        ((-3.0, 1.0), "actual below 0"),
        ((3.0, 1e-320), "ratio is not finite"),
        ((math.inf, 3.0), "ratio is not finite"),
        ((3.0, math.nan), "ratio is not finite"),
    ],
)
def test_what_cannot_be_compared_is_left_out_and_told(
    pair: tuple[float | None, float | None], reason: str
) -> None:
    found = effort((4.0, 2.0), pair)
    assert (found.valor, found.n, found.excluidos) == (2.0, 1, {reason: 1})


def test_only_concluded_work_has_an_accuracy() -> None:
    ends = ("falhou", "rejeitado", "cancelado", "falhou")
    others = [execution(9 + place, at(2), status=end, **hours(9, 1)) for place, end in enumerate(ends)]
    running = execution(20, None, **hours(9, 1))
    found = shown(execution(1, at(1), **hours(2, 2)), *others, running)
    assert figure(found, "esforco_geral").valor == 1.0
    assert figure(found, "esforco_geral").excluidos == {"failed": 2, "rejected": 1, "cancelled": 1}
    assert "2 failed, 1 rejected, 1 cancelled" in found.notas[0]


def test_all_failed_is_no_accuracy_at_all() -> None:
    found = shown(*(execution(number, at(1), status="falhou", **hours(2, 2)) for number in range(5)))
    assert {each.valor for each in found.figuras} == {None}
    assert all(each.excluidos == {"failed": 5} and each.vazio for each in found.figuras)


def test_a_phase_counts_only_where_it_ended() -> None:
    phases = Phases(Pair(4.0, 2.0), Pair(3.0, 3.0), Pair(1.0, 1.0), Pair(8.0, 6.0))
    begun = ((at(1), at(1)), (at(1), at(1)), (at(1), None))
    found = shown(execution(1, at(1), horas=phases, fases=begun))
    assert [figure(found, f"esforco_{name}").valor for name in ("dev", "teste", "deploy")] == [2.0, 1.0, None]
    assert figure(found, "esforco_deploy").excluidos == {"the phase has not ended": 1}


def test_variance_is_the_factor_of_one_deviation_of_the_logarithms() -> None:
    ratios = (0.5, 1.0, 2.0, 1.0, 4.0)
    logs = [math.log(each) for each in ratios]
    middle = sum(logs) / 5
    by_hand = math.exp(math.sqrt(sum((each - middle) ** 2 for each in logs) / 4))
    found = effort(*((each, 1.0) for each in ratios), chave="variancia")
    assert found.valor == pytest.approx(by_hand)
    assert found.estado == "bad"  # 2.2: beyond a factor of two


def test_variance_needs_five_and_leaves_out_what_took_nothing() -> None:
    found = effort(*[(1.0, 1.0)] * 4, (0.0, 1.0), chave="variancia")
    assert (found.valor, found.n, found.excluidos) == (None, 4, {"took nothing": 1})
    assert effort(*[(1.0, 1.0)] * 5, chave="variancia").valor == 1.0


def test_pred_is_good_from_three_quarters_on() -> None:
    found = effort((1.0, 1.0), (1.0, 1.0), (1.0, 1.2), (1.0, 2.0), chave="pred25")
    assert (found.valor, found.meta, found.estado) == (0.75, "at least 75 %", "good")


def test_the_error_s_trend_falls_where_estimates_get_better_and_the_drift_says_where_they_go() -> None:
    # Each a week after the other, over by half as much in the logarithm: the median of all slopes by hand.
    logs = [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    runs = [execution(number, at(7 * number), **hours(math.exp(log), 1.0)) for number, log in enumerate(logs)]
    found = shown(*runs, asked=query(70))
    assert figure(found, "tendencia_precisao").valor == pytest.approx(-0.1)
    assert figure(found, "tendencia_precisao").estado == "good"
    assert figure(found, "deriva_precisao").valor == pytest.approx(-0.1)
    under = [
        execution(number, at(7 * number), **hours(math.exp(-log), 1.0)) for number, log in enumerate(logs)
    ]
    found = shown(*under, asked=query(70))
    assert figure(found, "tendencia_precisao").valor == pytest.approx(-0.1)
    assert figure(found, "deriva_precisao").valor == pytest.approx(0.1)
    assert figure(shown(*runs[:7], asked=query(70)), "tendencia_precisao").valor is None


def test_a_growing_error_is_to_be_watched() -> None:
    runs = [execution(number, at(number), **hours(1 + number, 1.0)) for number in range(9)]
    found = figure(shown(*runs), "tendencia_precisao")
    assert (found.valor or 0) > 0
    assert found.estado == "watch"


def costs(real: str, estimated: str) -> dict[str, Any]:
    return {
        "custo": Parts(total=Decimal(real), llm=Decimal(real)),
        "custo_estimado": Parts(llm=Decimal(estimated)),
    }


def test_overall_deviation_weighs_effort_tokens_and_cost_and_drops_what_is_missing() -> None:
    whole = execution(1, at(1), **hours(2.0, 1.0), tokens=Pair(50.0, 100.0), **costs("4", "1"))
    by_hand = math.exp(0.5 * math.log(2) + 0.3 * math.log(2) + 0.2 * math.log(4))
    assert figure(shown(whole), "desvio_geral").valor == pytest.approx(by_hand)
    no_tokens = execution(1, at(1), **hours(2.0, 1.0), **costs("4", "1"))
    by_hand = math.exp((0.5 * math.log(2) + 0.2 * math.log(4)) / 0.7)
    assert figure(shown(no_tokens), "desvio_geral").valor == pytest.approx(by_hand)
    assert figure(shown(execution(1, at(1))), "desvio_geral").excluidos == {"nothing to compare": 1}


def test_half_and_half_again_as_much_are_not_perfect_together() -> None:
    low, high = (execution(number, at(1), **hours(real, 1.0)) for number, real in ((1, 0.5), (2, 1.5)))
    assert figure(shown(low, high), "desvio_geral").valor == pytest.approx((2 + 1.5) / 2)


def test_the_deviation_agrees_with_the_one_that_executions_store() -> None:
    estimated = {
        "horas": {"dev": 2.0, "teste": None, "deploy": None, "total": 2.0},
        "maquina_s": {"dev": 60.0, "teste": 30.0, "deploy": 10.0, "total": 100.0},
        "recursos": {"tokens_llm": 100, "cpu_horas": None, "ram_gb_horas": None, "storage_mb": None},
        "custo": {
            "total": "12.00",
            "breakdown": {"pessoas": "10.00", "llm": "2.00", "infra": None, "apis": None},
        },
    }
    actual = {
        "horas": {"dev": None, "teste": None, "deploy": None, "total": None},
        "maquina_s": {"dev": 90.0, "teste": 30.0, "deploy": 10.0, "total": 130.0},
        "recursos": {"tokens_llm": 150, "cpu_horas": 1.0, "ram_gb_horas": None, "storage_mb": None},
        "custo": {
            "total": "3.50",
            "breakdown": {"pessoas": None, "llm": "3.00", "infra": "0.50", "apis": None},
        },
    }
    stored = accuracy(estimated, actual)
    document = {
        "id": "EXE-0001", "spec_ref": "frete", "status": "concluido", "concluido_em": "2026-01-08T12:00:00Z",
        "estimado": estimated, "realizado": actual, "timestamps": {"dev_fim_at": "2026-01-08T11:00:00Z"},
    }  # fmt: skip
    found = page(facts(execucoes=[read_execution(document)]), query(7))
    assert figure(found, "desvio_geral").valor == pytest.approx(stored["geral"])
    assert figure(found, "maquina_geral").valor == pytest.approx(stored["maquina_s"]["total"])
    assert figure(found, "maquina_dev").valor == pytest.approx(stored["maquina_s"]["dev"])


def test_a_week_without_work_stays_on_the_axis_without_a_value() -> None:
    runs = [execution(1, at(1), **hours(2, 1)), execution(2, at(15), **hours(3, 1))]
    found = figure(shown(*runs), "esforco_geral")
    assert [(each.valor, each.n) for each in found.serie] == [(2.0, 1), (None, 0), (3.0, 1), (None, 0)]


def test_a_trend_needs_four_whole_buckets_with_a_value() -> None:
    runs = [execution(week, at(7 * week + 1), **hours(1 + week, 1)) for week in range(4)]
    assert figure(shown(*runs), "esforco_geral").tendencia == pytest.approx(1.0)
    # A day earlier the fourth week is not over: it is shown, and in no trend.
    found = figure(shown(*runs, asked=query(28, now=at(27))), "esforco_geral")
    assert (found.tendencia, found.serie[-1].parcial, found.serie[-1].valor) == (None, True, 4.0)


def test_groups_come_after_the_total_and_every_execution_is_in_one() -> None:
    runs = [
        execution(1, at(1), **hours(2, 1), workers=(_run("A"), _run("A"))),
        execution(2, at(1), **hours(3, 1), workers=(_run("A"), _run("B"))),
        execution(3, at(1), **hours(4, 1)),
        execution(4, at(1), **hours(5, 1), workers=(_run("A"),)),
        execution(5, at(1), status="falhou", workers=(_run("A"),)),
    ]
    found = [
        each for each in shown(*runs, asked=query(7, por="worker")).figuras if each.chave == "esforco_geral"
    ]
    assert [(each.grupo, each.n, each.valor) for each in found] == [
        ("", 4, 3.5), ("A", 2, 3.5), ("no worker", 1, 4.0), ("several", 1, 3.0),
    ]  # fmt: skip
    assert found[1].excluidos == {"failed": 1}
    by_type = shown(execution(1, at(1), **hours(2, 1), bug=bug()), asked=query(7, por="tipo"))
    assert figure(by_type, "esforco_geral", "corrigir_bug").valor == 2.0


def _run(worker: str) -> Run:
    return Run(worker, "api", at(0), at(1), 5.0, None, 1, True)


def test_a_workspace_s_own_target_takes_the_place_of_the_usual_one() -> None:
    asked = query(28)
    own = Query(asked.janela, asked.agora, asked.cortes, metas={"esforco_geral": 1.6, "variancia": 3.0})
    found = figure(shown(execution(1, at(1), **hours(1.5, 1)), asked=own), "esforco_geral")
    assert (found.estado, found.meta) == ("good", "0.625 to 1.6")
    assert figure(shown(asked=own), "variancia").meta == "at most 3"


def test_the_cloud_has_each_execution_at_its_end_with_the_line_of_its_trend() -> None:
    runs = [execution(number, at(number), **hours(2.0, 1.0)) for number in range(1, 10)]
    cloud = next(each for each in shown(*runs).graficos if each.chave == "precisao_erro_esforco")
    points, trend = cloud.series
    assert points.xs is not None
    assert points.xs[0] == at(1)
    assert points.ids[0] == "EXE-0001"
    assert set(points.ys) == {math.log(2)}
    assert trend.ys == pytest.approx([math.log(2)] * len(trend.ys))
    assert next(each for each in shown().graficos if each.chave == "precisao_erro_esforco").vazio


def test_an_execution_without_an_end_is_told_of() -> None:
    lost = execution(1, None, status="concluido", **hours(1, 1))
    found = figure(shown(lost, execution(2, at(1), **hours(1, 1))), "esforco_geral")
    assert (found.n, found.excluidos) == (1, {"without a time of its end": 1})


def test_the_window_is_half_open() -> None:
    asked = query(14, since=7)
    inside = [execution(1, at(7), **hours(1, 1)), execution(2, at(14) - 1, **hours(1, 1))]
    outside = [execution(3, at(14), **hours(9, 1)), execution(4, at(7) - 1, **hours(9, 1))]
    assert figure(shown(*inside, *outside, asked=asked), "esforco_geral").itens == ("EXE-0002", "EXE-0001")
