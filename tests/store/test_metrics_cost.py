"""8.2 and 8.3: what work used and what it cost, divided by spec, release and worker without a rest."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flow_facts import at, bug, deployment, execution, facts, figure, part, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics import custo, recursos
from store.metrics.allocation import shares
from store.metrics.facts import Bug, Call, Execution, Pair, Parts, Release, Run
from store.metrics.model import Figure, Page, Query
from store.views.figures import FigureFold


def money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def paid(pessoas: str | None = None, llm: str | None = None, infra: str | None = None) -> Parts:
    known = [Decimal(each) for each in (pessoas, llm, infra) if each is not None]
    return Parts(money(pessoas), money(llm), money(infra), None, sum(known, Decimal(0)) if known else None)


def run_of(worker: str, minutes: float | None, vertente: str = "api") -> Run:
    return Run(worker, vertente, at(0), at(1), minutes, None, 1, True)


def call(number: int, execution_id: str, worker: str, cost: str | None, tokens: int = 100) -> Call:
    return Call(f"USO-{number}", execution_id, worker, "dev", "modelo", at(1), 1, tokens, money(cost))


def cost(*runs: Execution, asked: Query | None = None, **others: Any) -> Page:
    return custo.page(facts(execucoes=runs, **others), asked or query(28))


def used(*runs: Execution, asked: Query | None = None, **others: Any) -> Page:
    return recursos.page(facts(execucoes=runs, **others), asked or query(28))


# Resources


def test_tokens_are_of_every_execution_that_ended_and_unmeasured_is_not_nothing() -> None:
    found = used(
        execution(1, at(1), tokens=Pair(300.0, 100.0)),
        execution(2, at(2), status="falhou", tokens=Pair(100.0, 100.0)),
        execution(3, at(3), tokens=Pair(None, 100.0)),
        execution(4, None, tokens=Pair(900.0, 1.0)),
    )
    ratio = figure(found, "tokens_llm")
    assert (ratio.valor, ratio.n, ratio.excluidos, ratio.estado) == (2.0, 2, {"not measured": 1}, "good")
    assert part(ratio, "of concluded work alone") == 3.0
    assert figure(found, "tokens_usados").valor == 400.0


@pytest.mark.parametrize(
    ("real", "state"), [(0.5, "good"), (2.0, "good"), (2.1, "watch"), (0.4, "watch"), (99, "watch")]
)
def test_resources_are_watched_outside_a_factor_of_two_and_never_bad(real: float, state: str) -> None:
    found = used(execution(1, at(1), cpu_horas=Pair(real, 1.0), ram_gb_horas=Pair(real, 1.0)))
    assert figure(found, "cpu_horas").estado == state
    assert figure(found, "ram_gb_horas").estado == state


def test_storage_is_of_concluded_work_whose_artefacts_stay() -> None:
    found = used(
        execution(1, at(1), storage_mb=Pair(3.0, 2.0)),
        execution(2, at(1), status="rejeitado", storage_mb=Pair(9.0, 2.0)),
    )
    assert (figure(found, "storage_mb").valor, figure(found, "storage_usado").valor) == (1.5, 3.0)
    assert figure(found, "storage_mb").excluidos == {"rejected": 1}


def test_calls_are_counted_by_api_and_compared_only_where_some_were_expected() -> None:
    apis = {"viacep": Pair(6.0, 4.0), "correios": Pair(2.0, 0.0), "outra": Pair(None, 3.0)}
    found = used(execution(1, at(1), apis=apis), asked=query(28, por="api"))
    total = figure(found, "chamadas_api")
    assert (total.valor, total.n, total.excluidos) == (8.0, 1, {"not measured": 1})
    assert part(total, "actual / estimate") == 1.5
    assert figure(found, "chamadas_api", "viacep").valor == 6.0
    assert [each.valor for each in total.serie] == [8.0, 0.0, 0.0, 0.0]
    bars = next(each for each in found.graficos if each.chave == "recursos_apis")
    assert (bars.rotulos, bars.series[0].ys) == (("viacep", "correios"), (6.0, 2.0))


def test_tokens_by_worker_are_those_of_the_window_s_calls() -> None:
    calls = [
        call(1, "EXE-0001", "B", None, 10),
        call(2, "EXE-0001", "A", None, 30),
        call(3, "EXE-0001", "B", None, 5),
    ]
    late = Call("USO-9", "EXE-0001", "B", "dev", "m", at(40), 1, 1_000, None)
    bars = next(
        each for each in used(chamadas=[*calls, late]).graficos if each.chave == "recursos_tokens_worker"
    )
    assert (bars.rotulos, bars.series[0].ys) == (("A", "B"), (30.0, 15.0))


# Cost


def test_cost_is_of_every_end_by_part_and_running_work_is_apart() -> None:
    found = cost(
        execution(1, at(1), custo=paid("10.00", "2.50", "0.25")),
        execution(2, at(2), status="falhou", custo=paid(None, "1.00")),
        execution(3, at(3)),
        execution(4, None, custo=paid("4.00")),
        execution(5, None, status=""),
    )
    total = figure(found, "custo_total")
    assert (total.valor, total.n, total.excluidos) == (Decimal("13.75"), 2, {"without a cost": 1})
    parts = [part(total, name) for name in ("people", "models", "machines", "APIs")]
    assert parts == [Decimal("10.00"), Decimal("3.50"), Decimal("0.25"), None]
    assert part(total, "of work that was not concluded") == Decimal("1.00")
    running = figure(found, "custo_em_curso")
    assert (running.valor, running.n, running.excluidos) == (Decimal("4.00"), 1, {"nothing recorded yet": 1})


def test_a_spec_costs_what_all_its_executions_cost_before_the_window_too() -> None:
    runs = [
        execution(1, at(1), spec_ref="a", custo=paid("10")),
        execution(2, at(8), spec_ref="a", status="falhou", custo=paid("5")),
        execution(3, at(9), spec_ref="b", custo=paid("1")),
        execution(4, at(9), spec_ref="c", custo=paid("3")),
        execution(5, at(2), spec_ref="d", custo=paid("100")),
    ]
    found = figure(cost(*runs, asked=query(14, since=7)), "custo_spec")
    assert (found.valor, found.n) == (Decimal(3), 3)
    assert (part(found, "total"), part(found, "p85")) == (Decimal(19), None)
    assert figure(cost(*runs), "custo_spec").valor == Decimal(9)


def test_p85_is_shown_from_seven_on_and_interpolates() -> None:
    runs = [
        execution(number, at(1), spec_ref=f"s{number}", custo=paid(str(number))) for number in range(1, 8)
    ]
    assert part(figure(cost(*runs), "custo_spec"), "p85") == Decimal("6.1")  # 1 + 0.85 × 6


def test_specs_cost_the_same_as_on_overview() -> None:
    documents = [
        {"status": status, "spec_ref": spec, "concluido_em": f"2026-01-1{number}T00:00:00Z",
         "realizado": {"custo": {"total": total}}}
        for number, (status, spec, total) in enumerate(
            [("concluido", "a", "10.00"), ("falhou", "a", "5.00"), ("concluido", "b", "1.50"),
             ("cancelado", "c", None), ("rejeitado", "c", "2.25")])
    ]  # fmt: skip
    fold = FigureFold()
    for number, document in enumerate(documents):
        fold.put_execution(f"EXE-{number}", document)
    from store.metrics.reading import execution as read

    mine = figure(cost(*(read({**doc, "id": f"EXE-{n}"}) for n, doc in enumerate(documents))), "custo_spec")
    assert float(mine.valor or 0) == fold.figures().custo_por_spec == 2.25


def test_a_release_costs_what_made_it_and_what_repaired_it() -> None:
    releases = [
        Release("REL-1", "frete", "EXE-0001", "aprovada", at(1), ""),
        Release("REL-2", "frete", "EXE-0002", "aprovada", at(3), "REL-1"),
        Release("REL-3", "frete", "EXE-0003", "aprovada", at(5), "REL-2"),
    ]
    runs = [
        execution(1, at(1), release_ref="REL-1", custo=paid("10")),
        execution(2, at(3), release_ref="REL-2", custo=paid("2"), bug=bug(at(2))),
        execution(3, at(5), release_ref="REL-3", custo=paid("1"), bug=bug(at(4))),
        # It came to no release of its own, but the deployment that caused its bug is known.
        execution(4, at(6), status="falhou", custo=paid("0.50"), bug=bug(at(5), cause="IMP-0001")),
        execution(5, at(6), status="cancelado", custo=paid("7")),
    ]
    deployed = [deployment(1, at(2), release_ref="REL-1")]
    found = cost(*runs, releases=releases, implantacoes=deployed, asked=query(28, por="release"))
    total = figure(found, "custo_release")
    assert (total.valor, total.n, total.excluidos) == (Decimal("13.50"), 1, {"no release": 1})
    bars = next(each for each in found.graficos if each.chave == "custo_release_top")
    assert (bars.rotulos, bars.series[0].ys) == (("REL-1", "no release"), (13.5, 7.0))
    assert sum(bars.series[0].ys) == float(figure(found, "custo_total").valor or 0)  # type: ignore[arg-type]


def test_releases_that_replace_each_other_in_a_ring_end_somewhere() -> None:
    ring = [
        Release("REL-1", "f", "", "aprovada", at(1), "REL-2"),
        Release("REL-2", "f", "", "aprovada", at(1), "REL-1"),
    ]
    runs = [execution(n, at(2), release_ref=f"REL-{n}", custo=paid("1"), bug=bug(at(1))) for n in (1, 2)]
    assert figure(cost(*runs, releases=ring), "custo_release").n >= 1


def test_workers_cost_their_calls_and_infra_by_their_minutes_and_the_rest_is_nobody_s() -> None:
    run = execution(
        1,
        at(1),
        custo=paid("20.00", "3.00", "9.00"),
        workers=(run_of("A", 10), run_of("B", 20), run_of("C", None)),
    )
    calls = [call(1, run.id, "A", "1.25"), call(2, run.id, "A", "0.75"), call(3, run.id, "", "1.00")]
    found = cost(run, chamadas=calls, asked=query(28, por="worker"))
    by_worker = {each.grupo: each.valor for each in found.figuras if each.chave == "custo_worker"}
    assert by_worker == {
        "": Decimal("32.00"),
        "A": Decimal("5.00"),
        "B": Decimal("6.00"),
        "not allocated": Decimal("21.00"),
    }
    assert figure(found, "custo_worker").n == 1
    chart = next(each for each in found.graficos if each.chave == "custo_workers")
    assert chart.rotulos == ("B", "A", "not allocated")
    assert {each.nome: each.ys for each in chart.series} == {
        "people": (0.0, 0.0, 20.0), "models": (0.0, 2.0, 1.0), "machines": (6.0, 3.0, 0.0),
    }  # fmt: skip


@given(
    st.lists(st.floats(0.001, 1e4), max_size=5),
    st.lists(st.tuples(st.sampled_from(["A", "B", ""]), st.decimals(0, 100, places=4)), max_size=5),
    st.decimals(0, 1000, places=4),
)
@settings(max_examples=50)
def test_shares_always_add_up_to_the_cost(
    minutes: list[float], calls: list[tuple[str, Decimal]], infra: Decimal
) -> None:
    llm = sum((each for _, each in calls), Decimal(0))
    parts = Parts(Decimal("3.0000"), llm, infra, None, llm + infra + 3)
    run = execution(
        1, at(1), custo=parts, workers=tuple(run_of("AB"[n % 2], each) for n, each in enumerate(minutes))
    )
    made = [call(n, run.id, worker, str(amount)) for n, (worker, amount) in enumerate(calls)]
    assert sum((each.valor for each in shares(run, made)), Decimal(0)) == parts.total


def test_a_cost_without_parts_is_nobody_s() -> None:
    run = execution(1, at(1), custo=Parts(total=Decimal("5.00")), workers=(run_of("A", 10),))
    assert [(each.worker, each.parte, each.valor) for each in shares(run, ())] == [
        ("not allocated", "", Decimal("5.00"))
    ]


def test_accuracy_of_cost_compares_what_has_both_and_says_who_kept_to_the_price() -> None:
    runs = [
        # People were estimated and not recorded: their estimate is in no ratio.
        execution(
            1, at(1), custo=paid(None, "3", "1"), custo_estimado=paid("50", "1", "1"), custo_p80=Decimal(4)
        ),
        execution(
            2, at(1), custo=paid(None, "2", None), custo_estimado=paid(None, "2", None), custo_p80=Decimal(1)
        ),
        execution(3, at(1), status="falhou", custo=paid("9"), custo_estimado=paid("1")),
        execution(4, at(1), custo=paid("9"), custo_estimado=paid(None, "1")),
        execution(5, at(1), status="cancelado", custo=paid("9")),
        execution(6, None, status="concluido", custo=paid("9")),
    ]
    found = figure(cost(*runs), "precisao_custo")
    assert (found.valor, found.n, found.estado) == (1.5, 2, "watch")
    assert found.excluidos == {
        "failed": 1, "cancelled": 1, "without an estimate": 1, "without a time of its end": 1,
    }  # fmt: skip
    assert part(found, "within the price (P80)") == 0.5
    assert part(found, "all that ended, concluded or not") == 3.0


def test_nothing_is_not_a_cost_of_nothing() -> None:
    found = cost()
    assert {each.valor for each in found.figuras} == {None}
    assert all(each.vazio for each in [*found.figuras, *found.graficos])
    assert figure(cost(execution(1, at(1), custo=paid("0.00"))), "custo_total").valor == Decimal(0)


def test_groups_of_cost_add_up_to_the_total() -> None:
    runs = [execution(n, at(1), spec_ref=f"spec-{n:02d}", custo=paid(str(n))) for n in range(1, 41)]
    found = [each for each in cost(*runs, asked=query(28, por="spec")).figuras if each.chave == "custo_total"]
    total, groups = found[0], found[1:]
    assert len(groups) == 20
    assert groups[-1].grupo == "others"
    assert sum(_value(each) for each in groups) == total.valor == Decimal(820)


def _value(found: Figure) -> Decimal:
    assert isinstance(found.valor, Decimal)
    return found.valor


def test_a_bug_of_an_unknown_release_is_charged_to_the_newest_that_was_there() -> None:
    releases = [
        Release("REL-1", "frete", "", "aprovada", at(1), ""),
        Release("REL-2", "frete", "", "aprovada", at(9), ""),
    ]
    lost = execution(2, at(10), status="falhou", custo=paid("2"), bug=Bug("alto", at(5), None, None, "IMP-9"))
    bars = next(each for each in cost(lost, releases=releases).graficos if each.chave == "custo_release_top")
    assert bars.rotulos == ("REL-1",)


@pytest.mark.parametrize("text", ["1E+1000000", "1000000000000000", "-1E+400", "Infinity", "NaN", "a lot"])
def test_what_is_no_amount_of_money_is_none(text: str) -> None:
    from store.metrics.reading import execution as read

    document = {
        "id": "EXE-1",
        "spec_ref": "a",
        "status": "concluido",
        "concluido_em": "2026-01-08T00:00:00Z",
        "realizado": {"custo": {"total": text, "breakdown": {"infra": text}}},
        "estimado": {"custo": {"total": text, "breakdown": {"infra": text}}},
    }
    found = figure(cost(read(document)), "custo_total")
    assert (found.valor, found.excluidos) == (None, {"without a cost": 1})
