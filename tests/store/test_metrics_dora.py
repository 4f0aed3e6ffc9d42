"""DORA's five, incidents linked to deployments as Apache DevLake does it, and what an outcome costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flow_facts import HOUR, at, bug, cost, decision, deployment, execution, facts, figure, item, part, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.dora import deploy_days, page
from store.metrics.facts import Call, Deployment, Facts
from store.metrics.incidents import Incident, link, production
from store.metrics.periods import Window
from store.metrics.resultado import page as outcome_page
from store.metrics.resultado import spending_of, summed


def incident(number: int, opened: float, spec: str = "frete", cause: str = "") -> Incident:
    return Incident(f"BKL-{number:04d}", spec, opened, None, "", cause)


# DevLake's cases (its ConnectIncidentToDeployment: the newest successful production deployment of the same
# scope that finished before the incident was created): nothing before; one before; the newest of several; one
# that finishes later; another product's; a named one; an unknown name.
DEPLOYS = [
    deployment(1, at(1)),
    deployment(2, at(3)),
    deployment(3, at(3, 12), spec_ref="pedido"),
    deployment(4, at(5)),
]


@pytest.mark.parametrize(
    ("case", "opened", "spec", "cause", "linked"),
    [
        ("nothing was deployed yet", at(0, 23), "frete", "", ""),
        ("one before it", at(2), "frete", "", "IMP-0001"),
        ("the newest of several", at(4), "frete", "", "IMP-0002"),
        ("one that finishes at that moment counts", at(5), "frete", "", "IMP-0004"),
        ("another product's is not its cause", at(9), "pedido", "", "IMP-0003"),
        ("the one that it names", at(9), "frete", "IMP-0001", "IMP-0001"),
        ("a name that nobody knows", at(9), "frete", "IMP-0099", "IMP-0004"),
    ],
)
def test_an_incident_is_linked_as_devlake_does(
    case: str, opened: float, spec: str, cause: str, linked: str
) -> None:
    (found,) = link([incident(1, opened, spec, cause)], DEPLOYS)
    assert found.causadora == linked, case


def delivery() -> Facts:
    """Ten deployments a day apart. The second had an incident, mended after 5 h by the third. The fourth was
    rolled back after 2 h. The fifth failed and never was in production; the sixth went to staging.
    """
    deploys = [deployment(number, at(number)) for number in range(10)]
    deploys[4] = deployment(4, at(4), status="revertida")
    deploys[5] = deployment(5, at(5), status="falhou")
    deploys[6] = deployment(6, at(6), ambiente="homologacao")
    runs = [execution(number, at(number), item_ref=f"BKL-{number:04d}") for number in range(10)]
    runs[2] = execution(2, at(2), bug=bug(at(1, 3), at(1, 5), "IMP-0001"))
    items = [
        item(2, at(1, 3), done=at(2), tipo="corrigir_bug"),
        item(20, at(4, 1), done=at(4, 2), tipo="reverter"),
        item(30, at(7), tipo="corrigir_bug", pai="BKL-0031"),
        item(31, at(7), done=at(7), tipo="aprovar_release"),
    ]
    return facts(implantacoes=deploys, execucoes=runs, itens=items)


def test_days_before_there_was_anything_are_in_no_frequency() -> None:
    found = page(facts(implantacoes=[deployment(n, at(21 + n, 12)) for n in range(7)]), query(35))
    frequency = figure(found, "dora_frequencia")
    assert frequency.valor == pytest.approx(7 / 14)
    assert part(frequency, "days of a week with one, median") == pytest.approx((7 + 0) / 2)


def test_the_five_by_hand() -> None:
    found = page(delivery(), query(14, cut="dia"))
    lead = figure(found, "dora_lead_time")
    assert (lead.valor, lead.n) == (2, 8), "development ended two hours before each"
    frequency = figure(found, "dora_frequencia")
    assert (frequency.valor, frequency.n) == (pytest.approx(8 / 14), 8)
    assert part(frequency, "days of a week with one, median") == pytest.approx((5 + 3) / 2)
    failing = figure(found, "dora_falha")
    assert (failing.valor, failing.itens) == (2 / 8, ("IMP-0004", "IMP-0001"))
    assert failing.provisorios == 2, "those of the last 7 days"
    recovery = figure(found, "dora_recuperacao")
    assert (recovery.valor, recovery.n) == ((5 + 2) / 2, 2)
    rework = figure(found, "dora_retrabalho")
    assert (rework.valor, rework.itens) == (1 / 8, ("IMP-0002",))
    assert found.notas[0] == "Change lead time, median: under a day (n=8)."
    assert found.notas[1] == "Deployment frequency: daily to weekly (n=8)."
    assert found.notas[2] == "Change fail rate: over 15 % (n=8)."
    assert found.notas[3].startswith("Failed deployment recovery time, median: under a day")
    stacked = found.graficos[0]
    assert sum(y or 0 for y in stacked.series[0].ys) == 6
    assert sum(y or 0 for y in stacked.series[1].ys) == 2


def test_a_release_that_was_rejected_caused_no_incident() -> None:
    assert [each.id for each in production(delivery()).incidents] == ["BKL-0002"]


def test_one_deployment_with_two_incidents_is_one_that_failed() -> None:
    items = [item(number, at(1, number), tipo="corrigir_bug") for number in range(1, 4)]
    world = facts(implantacoes=[deployment(1, at(1))], itens=items)
    found = page(world, query(20))
    assert figure(found, "dora_falha").valor == 1, "rows that are joined would make it 3"
    recovery = figure(found, "dora_recuperacao")
    assert recovery.valor is None
    assert part(recovery, "not recovered yet") == 1
    assert part(recovery, "oldest of them") == 19 * 24
    assert (recovery.n, recovery.itens) == (0, ())


def _mended(*mends: float | None, statuses: tuple[str, ...] = (), **fields: Any) -> Facts:
    """A deployment with an incident for each, and when it was mended."""
    given = dict(enumerate(statuses))
    items = [
        item(n, at(1, 1 + n), tipo="corrigir_bug", status=given.get(n, "Concluido"), done=at(2))
        for n in range(len(mends))
    ]
    runs = [
        execution(n, mended, bug=bug(at(1, 1 + n), mended, "IMP-0001"), status="concluido")
        for n, mended in enumerate(mends)
    ]
    return facts(implantacoes=[deployment(1, at(1), **fields)], itens=items, execucoes=runs)


def test_a_deployment_is_recovered_when_the_last_of_its_incidents_is_mended_in_the_week_of_that() -> None:
    found = figure(page(_mended(at(3), at(9)), query(20)), "dora_recuperacao")
    assert (found.valor, found.n, found.itens) == (8 * 24, 1, ("IMP-0001",))
    assert [each.n for each in found.serie] == [0, 1, 0]
    assert part(found, "not recovered yet") == 0
    later = figure(page(_mended(at(3), at(9)), query(20, since=7)), "dora_recuperacao")
    assert (later.valor, later.n) == (8 * 24, 1), "it was deployed before the window"
    assert figure(page(_mended(at(3), at(9)), query(20, since=10)), "dora_recuperacao").n == 0


def test_a_deployment_is_not_recovered_while_an_incident_is_open_unless_it_was_taken_back() -> None:
    one_open = figure(page(_mended(at(3), None), query(20)), "dora_recuperacao")
    assert (one_open.valor, one_open.n, part(one_open, "not recovered yet")) == (None, 0, 1)
    back = item(20, at(4), done=at(5), tipo="reverter")
    world = _mended(at(3), None, status="revertida")
    found = figure(page(replace(world, itens=(*world.itens, back)), query(20)), "dora_recuperacao")
    assert (found.valor, found.n, part(found, "not recovered yet")) == (4 * 24, 1, 0)


def test_an_incident_that_was_given_up_is_waited_for_no_more() -> None:
    given_up = ("Concluido", "Cancelado")
    found = figure(page(_mended(at(3), None, statuses=given_up), query(20)), "dora_recuperacao")
    assert (found.valor, part(found, "not recovered yet")) == (2 * 24, 0)
    all_of_them = _mended(None, None, statuses=("Cancelado", "Cancelado"))
    found = figure(page(all_of_them, query(20)), "dora_recuperacao")
    assert (found.valor, part(found, "not recovered yet")) == (None, 0)
    undone = replace(all_of_them, implantacoes=(deployment(1, at(1), status="invalida"),), indices={})
    assert part(figure(page(undone, query(20)), "dora_recuperacao"), "not recovered yet") == 1


def test_a_repair_whose_release_was_rejected_is_gone_on_with() -> None:
    items = [
        item(1, at(1, 2), done=at(2), tipo="corrigir_bug"),
        item(2, at(2), done=at(3), tipo="aprovar_release", pai="BKL-0001"),
        item(3, at(3), done=at(4), tipo="corrigir_bug", pai="BKL-0002"),
        # Of work that never was in production: no incident.
        item(4, at(2), done=at(3), tipo="aprovar_release", pai="BKL-0099"),
        item(5, at(3), done=at(4), tipo="corrigir_bug", pai="BKL-0004"),
        # In a ring.
        item(6, at(3), tipo="corrigir_bug", pai="BKL-0007"),
        item(7, at(3), tipo="aprovar_release", pai="BKL-0006"),
    ]
    runs = [
        execution(1, at(3), bug=bug(at(1, 2), None, "IMP-0001"), status="rejeitado"),
        execution(3, at(4), bug=bug(at(3), at(4))),
    ]
    deploys = [deployment(1, at(1)), deployment(3, at(4))]
    world = facts(implantacoes=deploys, itens=items, execucoes=runs)
    assert [(each.id, each.execucao, each.causadora) for each in production(world).incidents] == [
        ("BKL-0001", "EXE-0003", "IMP-0001")
    ]
    found = page(world, query(20))
    assert figure(found, "dora_recuperacao").valor == 3 * 24
    assert figure(found, "dora_retrabalho").itens == ("IMP-0003",)


def test_what_is_missing_or_reversed_is_left_out_and_counted() -> None:
    runs = [
        execution(1, at(1), fases=((None, None), (None, None), (None, None))),
        execution(2, at(9)),
    ]
    world = facts(execucoes=runs, implantacoes=[deployment(1, at(1)), deployment(2, at(2))])
    lead = figure(page(world, query(20)), "dora_lead_time")
    assert lead.excluidos == {"no end of development": 1, "deployed before it was developed": 1}
    assert (lead.valor, lead.n) == (None, 0)


def test_an_execution_that_is_deployed_again_has_one_lead_time() -> None:
    again = [deployment(1, at(1)), deployment(2, at(5), execucao_ref="EXE-0001")]
    world = facts(execucoes=[execution(1, at(1))], implantacoes=again)
    assert figure(page(world, query(20)), "dora_lead_time").n == 1
    assert figure(page(world, query(20, since=3)), "dora_lead_time").n == 0, "it was before the window"


def test_weeks_without_a_deployment_count() -> None:
    assert deploy_days([at(1), at(1, 2), at(15)], query(21)) == [1, 0, 1]


def test_without_deployments_there_is_nothing_to_tell() -> None:
    found = page(facts(), query(20))
    assert all(each.valor is None and each.vazio and each.estado == "none" for each in found.figuras)
    assert all(each.vazio for each in found.graficos)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["validada", "revertida", "falhou"])), max_size=8),
    st.lists(st.integers(0, 30), max_size=8),
)
def test_rates_stay_between_none_and_all(deploys: list[tuple[int, str]], bugs: list[int]) -> None:
    made: list[Deployment] = [
        deployment(number, at(day), status=status) for number, (day, status) in enumerate(deploys)
    ]
    broken = [item(number, at(day), tipo="corrigir_bug") for number, day in enumerate(bugs)]
    found = page(facts(implantacoes=made, itens=broken), query(31))
    for key in ("dora_falha", "dora_retrabalho"):
        value = figure(found, key).valor
        assert value is None or 0 <= value <= 1


# Cost per outcome


def call(number: int, moment: float, cost_text: str, attempt: int = 1, execucao: str = "") -> Call:
    from decimal import Decimal

    return Call(
        f"USO-{number:04d}", execucao, "WORKER_D", "dev", "m", moment, attempt, 10, Decimal(cost_text)
    )


def spending() -> Facts:
    """R$ 10 well spent, R$ 1 of it on a second attempt; R$ 4 on a failure; R$ 2 on calls of nobody's."""
    return facts(
        execucoes=[
            execution(1, at(1), custo=cost("10.00")),
            execution(2, at(2), custo=cost("4.00"), status="falhou"),
            execution(3, at(3)),
            execution(4, at(30), custo=cost("99.00")),
        ],
        chamadas=[
            call(1, at(1), "1.00", 2, "EXE-0001"),
            call(2, at(1), "2.00", 1, "EXE-0001"),
            call(3, at(4), "2.00"),
        ],
        decisoes=[
            decision(1, at(5), 1, tipo="validar_implantacao", opcao="validar", spec_ref="frete"),
            decision(2, at(6), 1, tipo="validar_implantacao", opcao="validar", spec_ref="frete"),
            decision(3, at(6), 1, tipo="validar_implantacao", opcao="invalidar", spec_ref="pedido"),
            decision(
                4, at(6), 1, tipo="validar_implantacao", opcao="validar", spec_ref="nota", desfeita=True
            ),
            decision(5, at(6), 1, tipo="validar_implantacao", opcao="validar", spec_ref="guia", politica="r"),
        ],
    )


def test_an_outcome_of_less_than_a_cent_is_not_free() -> None:
    known = spending()
    cheap = replace(known, execucoes=(execution(1, at(1), custo=cost("0.0016")),), chamadas=())
    assert str(figure(outcome_page(cheap, query(14)), "custo_resultado").valor) == "0.0008"


def test_an_outcome_costs_what_was_spent_over_the_specs_that_were_found_valid() -> None:
    found = outcome_page(spending(), query(14))
    outcome = figure(found, "custo_resultado")
    assert (str(outcome.valor), outcome.n) == ("8.00", 2), "R$ 16 for frete and guia"
    assert outcome.excluidos == {"executions without a cost": 1}
    waste = figure(found, "desperdicio")
    assert waste.valor == pytest.approx(5 / 16)
    assert waste.itens == ("EXE-0002",)
    assert str(figure(found, "gasto").valor) == "16.00"
    useful, wasted = found.graficos[0].series
    assert sum(y or 0 for y in (*useful.ys, *wasted.ys)) == 16
    assert sum(y or 0 for y in found.graficos[1].series[0].ys) == 2


def test_money_without_an_outcome_is_told_as_such() -> None:
    found = outcome_page(facts(execucoes=[execution(1, at(1), custo=cost("12.30"))]), query(14))
    outcome = figure(found, "custo_resultado")
    assert outcome.valor is None
    assert outcome.vazio == "R$ 12,30 without a delivery"
    nothing = outcome_page(facts(), query(14))
    assert all(each.valor is None and each.vazio for each in nothing.figuras)
    assert all(each.vazio for each in nothing.graficos)


def test_parts_of_a_period_sum_to_the_whole() -> None:
    known = spending_of(spending())
    whole = summed(known, Window(at(0), at(31)))
    halves = [summed(known, Window(at(0), at(3))), summed(known, Window(at(3), at(31)))]
    assert whole.total == sum(each.total for each in halves)
    assert whole.perdido == sum(each.perdido for each in halves)
    assert whole.execucoes == 4
    assert HOUR == 3_600
