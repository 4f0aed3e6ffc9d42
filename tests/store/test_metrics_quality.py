"""8.4: coverage, first attempts, repairs, bugs and their lives, each by hand."""

from __future__ import annotations

from typing import Any

import pytest
from flow_facts import DAY, HOUR, at, deployment, execution, facts, figure, item, part, query

from store.metrics.facts import Bug, Execution, Pair, Release, Run
from store.metrics.model import Page, Query
from store.metrics.qualidade import page


def shown(*runs: Execution, asked: Query | None = None, **others: Any) -> Page:
    return page(facts(execucoes=runs, **others), asked or query(28))


def broken(
    number: int, opened: float | None, repaired: float | None, severity: str = "alto", **fields: Any
) -> Execution:
    ended = repaired if repaired is not None else fields.pop("ended", None)
    return execution(
        number, ended, bug=Bug(severity, opened, repaired, repaired, fields.pop("cause", "")), **fields
    )


def release(number: int, made: float | None, status: str = "aprovada", replaces: str = "") -> Release:
    return Release(f"REL-{number}", "frete", f"EXE-{number:04d}", status, made, replaces)


# Coverage


def test_coverage_is_of_all_lines_and_small_ones_don_t_dominate() -> None:
    found = shown(
        execution(1, at(1), linhas=(900, 1000)),
        execution(2, at(1), linhas=(0, 10)),
        execution(3, at(1), linhas=(0, 0)),
        execution(4, at(1)),
        execution(5, at(1), linhas=(11, 10)),
        execution(6, at(1), status="falhou", linhas=(0, 1000)),
    )
    lines = figure(found, "cobertura")
    assert lines.valor == pytest.approx(900 / 1010)
    assert part(lines, "mean of the executions") == pytest.approx(0.45)
    assert lines.excluidos == {"without counts of lines": 3, "failed": 1}
    assert (lines.meta, lines.estado) == ("at least 80 %", "good")


def test_plans_are_met_by_execution_and_a_plan_of_nothing_is_none() -> None:
    found = figure(
        shown(
            execution(1, at(1), cobertura=Pair(90.0, 80.0)),
            execution(2, at(1), cobertura=Pair(80.0, 80.0)),
            execution(3, at(1), cobertura=Pair(40.0, 80.0)),
            execution(4, at(1), cobertura=Pair(40.0, 0.0)),
            execution(5, at(1), cobertura=Pair(40.0, None)),
            execution(6, at(1), cobertura=Pair(None, 80.0)),
        ),
        "cobertura_no_plano",
    )
    assert found.valor == pytest.approx(2 / 3)
    assert part(found, "actual / planned, median") == 1.0
    assert found.excluidos == {
        "planned coverage of 0 or less": 1, "without a planned coverage": 1, "not measured": 1,
    }  # fmt: skip


# First attempts


def worker(attempts: int, passed: bool | None = None) -> Run:
    return Run("A", "api", at(0), at(1), 5.0, None, attempts, passed)


def test_passed_at_first_needs_the_first_verdict_and_no_worker_s_second_attempt() -> None:
    found = figure(
        shown(
            execution(1, at(1), primeira=True, workers=(worker(1),)),
            execution(2, at(1), primeira=True, workers=(worker(1), worker(2))),
            execution(3, at(1), primeira=False, workers=(worker(1),)),
            execution(4, at(1), primeira=True, status="falhou"),
            execution(5, at(1), workers=(worker(1),)),
            execution(6, at(1), primeira=True, workers=(worker(1, passed=False),)),
        ),
        "sucesso_primeira",
    )
    assert (found.valor, found.n, found.excluidos) == (0.4, 5, {"without a test verdict": 1})
    # Wilson's interval of 2 in 5 by hand: centre 0.443…, half 0.325…
    assert part(found, "95 % sure: at least") == pytest.approx(0.1176, abs=1e-4)
    assert part(found, "95 % sure: at most") == pytest.approx(0.7693, abs=1e-4)
    assert (found.meta, found.estado) == ("over 90 %", "bad")


# Repairs of releases


def test_repairs_may_exceed_one_a_release_and_count_in_the_week_of_the_release() -> None:
    causes = [deployment(1, at(1), release_ref="REL-1")]
    runs = [broken(n, at(10 + n), at(12 + n), cause="IMP-0001") for n in (1, 2, 3)]
    asked = query(70)
    found = shown(*runs, releases=[release(1, at(1)), release(2, at(8))], implantacoes=causes, asked=asked)
    repairs = figure(found, "retrabalho")
    assert (repairs.valor, repairs.n, part(repairs, "repairs")) == (1.5, 2, 3)
    assert [each.valor for each in repairs.serie][:3] == [3.0, 0.0, None]
    assert figure(found, "releases_com_reparo").valor == 0.5


@pytest.mark.parametrize(("days", "share"), [(29.9, 1.0), (30.0, 0.0)])
def test_a_repair_counts_within_thirty_days_of_its_release(days: float, share: float) -> None:
    run = broken(2, at(1 + days), at(40), release_ref="REL-2")
    made = [release(1, at(1)), release(2, at(40), replaces="REL-1")]
    found = figure(shown(run, releases=made, asked=query(7, now=at(60))), "releases_com_reparo")
    assert (found.valor, found.n, found.provisorios) == (share, 1, 0)


def test_releases_younger_than_thirty_days_are_provisional() -> None:
    made = [release(1, at(1)), release(2, at(5)), release(3, None)]
    found = figure(shown(releases=made, asked=query(34)), "releases_com_reparo")
    assert (found.n, found.provisorios) == (2, 1)


def test_a_bug_whose_release_nobody_knows_is_told_of() -> None:
    found = figure(shown(broken(1, at(1), at(2)), releases=[release(1, at(3))]), "retrabalho")
    assert (found.valor, part(found, "repairs that no release is known for")) == (0.0, 1)


# Bugs


def test_bugs_are_counted_by_opening_week_and_the_unknown_are_unclassified() -> None:
    runs = [
        broken(1, at(1), at(9), "critico"),
        broken(2, at(2), None, "medio"),
        broken(3, at(8), None, "urgentissimo"),
        broken(4, None, None),
        execution(5, at(1)),
    ]
    found = shown(*runs, asked=query(14, por="severidade"))
    bugs = figure(found, "bugs")
    assert (bugs.valor, [each.valor for each in bugs.serie]) == (3, [2, 1])
    assert bugs.excluidos == {"without a time of its opening": 1}
    assert [part(bugs, name) for name in ("critical", "high", "medium", "low", "unclassified")] == [
        1,
        0,
        1,
        0,
        1,
    ]
    assert figure(found, "bugs", "sem_classificacao").valor == 1
    critical = figure(found, "bugs_criticos")
    assert (critical.valor, critical.meta, critical.estado) == (1, "at most 0", "bad")
    chart = next(each for each in found.graficos if each.chave == "qualidade_bugs")
    assert [sum(ys) for ys in zip(*(each.ys for each in chart.series), strict=True)] == [2, 1]  # type: ignore[arg-type]


def test_no_bug_is_good_news_only_where_there_was_work() -> None:
    assert figure(shown(), "bugs_criticos").valor is None
    found = figure(shown(execution(1, at(1))), "bugs_criticos")
    assert (found.valor, found.estado, found.vazio) == (0, "good", "")


def test_time_to_repair_is_from_opening_to_the_deployed_repair() -> None:
    found = figure(
        shown(
            broken(1, at(1), at(1, 2)),
            broken(2, at(1), at(1, 4)),
            broken(3, at(1), at(1, 30)),
            broken(4, at(2), at(1)),
            broken(5, None, at(1)),
            broken(6, at(1), at(3), status="rejeitado"),
            broken(7, at(1), at(40)),
        ),
        "mttr",
    )
    assert (found.valor, found.n, part(found, "mean")) == (4.0, 3, 12.0)
    assert found.excluidos == {
        "repaired before it was opened": 1, "without a time of its opening": 1, "the repair did not hold": 1,
    }  # fmt: skip
    assert found.estado == "good"


def test_open_bugs_are_apart_with_the_age_of_the_oldest() -> None:
    runs = [
        broken(1, at(20), None, item_ref="BKL-0001"),
        broken(2, at(1), at(2), item_ref="BKL-0002"),
        broken(3, None, None, item_ref="BKL-0003"),
    ]
    items = [
        item(1, at(20), tipo="corrigir_bug", started=at(21)),
        item(2, at(1), tipo="corrigir_bug", started=at(1)),
        item(4, at(10), tipo="corrigir_bug"),
        item(5, at(10), tipo="corrigir_bug", done=at(11), status="Cancelado"),
    ]
    found = figure(shown(*runs, itens=items), "bugs_abertos")
    assert (found.valor, found.excluidos) == (3, {"without a time of its opening": 1})
    assert part(found, "age of the oldest") == 18 * DAY / HOUR
    assert set(found.itens) == {"BKL-0001", "BKL-0003", "BKL-0004"}
