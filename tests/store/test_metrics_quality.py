"""8.4: coverage, first attempts, repairs, bugs and their lives, each by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flow_facts import DAY, HOUR, at, deployment, execution, facts, figure, item, part, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.facts import Bug, Execution, Item, Pair, Release, Run
from store.metrics.keeping import AT, Changed, Keeping
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


def test_a_bug_is_opened_when_its_item_is_not_when_its_repair_begins() -> None:
    known = {"tipo": "corrigir_bug", "severidade": "critico"}
    items = [
        item(1, at(1), release_ref="REL-1", **known),
        item(2, at(2), done=at(3), status="Cancelado", tipo="corrigir_bug"),
        item(3, at(8), started=at(9), **known),
        item(4, None, tipo="corrigir_bug"),
    ]
    made = [release(1, at(0.5)), release(2, at(0.6)), release(3, at(0.7))]
    runs = [
        broken(3, None, None, "critico", cause="IMP-0003", status="em_andamento"),
        broken(7, at(8), at(9), "critico", item_ref="BKL-0003", cause="IMP-0003"),
    ]
    causes = [deployment(3, at(0.8), release_ref="REL-3")]
    others: dict[str, Any] = {"itens": items, "releases": made, "implantacoes": causes}
    found = shown(*runs, asked=query(14, por="release"), **others)
    bugs = figure(found, "bugs")
    assert (bugs.valor, [each.valor for each in bugs.serie]) == (3, [2, 1])
    assert bugs.excluidos == {"without a time of its opening": 1}
    assert bugs.itens == ("EXE-0007", "BKL-0002", "BKL-0001")
    assert (part(bugs, "critical"), part(bugs, "unclassified")) == (2, 1)
    # The one that nobody says it of is in the newest one of its spec.
    assert {each.grupo: each.valor for each in found.figuras if each.chave == "bugs"} == {
        "": 3, "REL-1": 1, "REL-3": 2, "no release": 0,
    }  # fmt: skip
    critical = figure(found, "bugs_criticos")
    assert (critical.valor, critical.estado) == (2, "bad")
    assert figure(found, "retrabalho").valor == 1.0
    assert figure(found, "releases_com_reparo").valor == pytest.approx(2 / 3)
    loose = part(figure(shown(itens=items), "retrabalho"), "repairs that no release is known for")
    assert loose == 3
    assert figure(shown(itens=items), "bugs", "").itens == ("BKL-0003", "BKL-0002", "BKL-0001")


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


def test_bugs_that_were_open_are_told_at_the_end_of_each_week_and_now() -> None:
    runs = [
        broken(1, at(1), at(8)),
        broken(2, at(3), None, status="em_andamento"),
        broken(5, at(4), None, status="falhou", ended=at(15)),
        broken(6, None, None, status="em_andamento"),
        broken(7, at(2), None, status="cancelado"),
        broken(8, at(16), at(6)),
    ]
    items = [
        item(1, at(0.5), tipo="corrigir_bug", done=at(9)),
        item(3, at(10), tipo="corrigir_bug"),
        item(4, at(2), tipo="corrigir_bug", done=at(14), status="Cancelado"),
        item(9, at(1)),
    ]
    found = figure(shown(*runs, itens=items, asked=query(28, now=at(24))), "bugs_abertos")
    # By day 7: 1, 2, 4 and 5; by 14: 2, 3 and 5, as 4 was given up in that moment; by 21: 2 and 3. Now also
    # the one of which nobody knows since when; never one without an end, nor one that ends before it began.
    told = [(each.corte, each.valor, each.n, each.parcial) for each in found.serie]
    assert told == [
        ("2026-W02", 4, 4, False),
        ("2026-W03", 3, 3, False),
        ("2026-W04", 2, 2, False),
        ("2026-W05", 3, 3, True),
    ]
    assert found.valor == 3
    assert found.tendencia is None
    past = figure(shown(*runs, itens=items, asked=query(14, now=at(40))), "bugs_abertos")
    assert [each.valor for each in past.serie] == [4, 3]
    longer = figure(shown(*runs, itens=items, asked=query(28, now=at(28))), "bugs_abertos")
    assert longer.tendencia == pytest.approx(-2 / 3)


def test_bugs_of_a_workspace_without_anything_have_no_series() -> None:
    assert figure(shown(), "bugs_abertos").serie == ()


FATES = st.sampled_from(("em_andamento", "falhou", "concluido", ""))
MOMENTS = st.none() | st.integers(0, 27)


@st.composite
def bug_runs(draw: st.DrawFn) -> dict[str, Execution]:
    found = {}
    for number in draw(st.sets(st.integers(1, 6))):
        opened, repaired, ended = (draw(MOMENTS) for _ in range(3))
        bug = Bug(
            draw(st.sampled_from(("critico", "alto", ""))),
            None if opened is None else at(opened),
            None,
            None if repaired is None else at(repaired),
            "",
        )
        run = execution(
            number,
            None if ended is None else at(ended),
            bug=bug if draw(st.booleans()) or number > 2 else None,
            status=draw(FATES),
            release_ref=draw(st.sampled_from(("", "REL-1", "REL-2"))),
            item_ref=draw(st.sampled_from(("", "BKL-0001", f"BKL-{number:04d}"))),
        )
        found[run.id] = run
    return found


@st.composite
def bug_items(draw: st.DrawFn) -> dict[str, Item]:
    found = {}
    for number in draw(st.sets(st.integers(1, 3))):
        kind = draw(st.sampled_from(("corrigir_bug", "desenvolvimento")))
        done = draw(MOMENTS)
        each = item(
            number,
            draw(st.none() | st.just(at(1)) | st.just(at(9))),
            tipo=kind,
            done=None if done is None else at(done),
            severidade=draw(st.sampled_from(("", "critico"))),
            release_ref=draw(st.sampled_from(("", "REL-1", "REL-2"))),
        )
        found[each.id] = each
    return found


def _changes(campo: str, before: dict[str, Any], after: dict[str, Any]) -> list[Changed]:
    return [
        Changed(campo, before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


@settings(max_examples=50, deadline=None)
@given(bug_runs(), bug_runs(), bug_items(), bug_items())
def test_what_is_known_of_bugs_is_carried_over(
    runs: dict[str, Execution],
    other_runs: dict[str, Execution],
    items: dict[str, Item],
    other_items: dict[str, Item],
) -> None:
    """A page of facts that changed is that of the new facts alone."""
    releases = (release(1, at(0.5)), release(2, at(9), replaces="REL-1"))
    keeping = Keeping()

    def told(execucoes: dict[str, Execution], itens: dict[str, Item], carried: bool) -> Page:
        some = facts(execucoes=execucoes.values(), itens=itens.values(), releases=releases)
        indices: dict[str, object] = {AT: (keeping, keeping.count)} if carried else {}
        return page(replace(some, indices=indices), query(28, since=3, now=at(25)))

    assert told(runs, items, carried=True) == told(runs, items, carried=False)
    keeping.changes += _changes("execucoes", runs, other_runs) + _changes("itens", items, other_items)
    assert _unordered(told(other_runs, other_items, carried=True)) == _unordered(
        told(other_runs, other_items, carried=False)
    )


def test_a_repair_that_goes_back_to_another_release_is_carried_over() -> None:
    releases = (release(1, at(1)), release(2, at(9)))
    keeping = Keeping()
    known = []
    before: dict[str, Execution] = {}
    for opened in (at(3), at(12), None, at(4)):
        bugs = (
            [] if opened is None else [broken(5, opened, None), broken(6, at(0), None), broken(7, None, None)]
        )
        after = {each.id: each for each in bugs}
        keeping.changes += _changes("execucoes", before, after)
        some = replace(
            facts(execucoes=after.values(), releases=releases), indices={AT: (keeping, keeping.count)}
        )
        found = page(some, query(28))
        alone = page(replace(some, indices={}), query(28))
        assert found.figuras == alone.figuras
        repairs = figure(found, "retrabalho")
        loose = part(repairs, "repairs that no release is known for")
        known.append((*(each.valor for each in repairs.serie), loose))
        before = after
    first = (1.0, 0.0, None, None, 1)
    assert known == [first, (0.0, 1.0, None, None, 1), (0.0, 0.0, None, None, 0), first]


def _unordered(found: Page) -> Page:
    """Without the order in which bugs of one moment are opened."""
    return replace(found, graficos=())
