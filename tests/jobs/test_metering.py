"""The meter: what a performer says of its use is checked, added up, priced, and never more than a limit."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from jobs.metering import Meter, Terms
from jobs.pricing.rates import load_pricing
from store.budgets import Amounts, Budget
from store.commands import Command
from store.documents import complete

NOW = "2026-01-05T12:00:00.000000Z"
PRICING = load_pricing()


def meter(
    custo: str | None = "10.00", tokens: int | None = 1000, usado: Amounts | None = None, **terms: Any
) -> Meter:
    approved = Amounts(tokens, None if custo is None else Decimal(custo))
    budget = Budget(approved, usado or Amounts(), medido=False)
    return Meter(budget, PRICING, Terms("comando", **{"medido": False, **terms}))


def said(meter_: Meter, **amounts: Any) -> str:
    """What comes of a report: why it was refused, or nothing."""
    event = meter_.hear(amounts, NOW)
    return "" if event is None else str(event["detalhe"])


def test_what_is_reported_adds_up_by_model_and_phase() -> None:
    found = meter()
    assert not found.medido
    said(found, modelo="m", tokens_entrada=10, tokens_saida=5, custo="0.50", turnos=1)
    said(found, modelo="m", tokens_entrada=20, custo="0.25", fase="teste")
    said(found, modelo="m", tokens_cache=5, custo="0.25", turnos=1)
    assert found.medido
    assert (found.tokens, found.turnos, found.custo) == (40, 2, Decimal("1.00"))
    use = found.use(NOW, 1.0, cpu_s=0.0, wall_s=3.0)
    assert (use["tokens"], use["turnos"], use["wall_s"], use["medido"]) == (40, 2, 3.0, True)
    assert use["custo"]["llm"] == "1.00"
    assert [(row["fase"], row["tokens_entrada"], row["custo_informado"]) for row in use["chamadas"]] == [
        ("dev", 10, "0.75"),
        ("teste", 20, "0.25"),
    ]
    assert "chamadas" not in found.use(NOW, 2.0), "what was written down is not written twice"
    for row in use["chamadas"]:
        complete("uso_llm", {**row, "execucao_id": "EXE-0001", "worker": "w", "tentativa": 1})


def test_the_provider_s_cost_beats_the_computed_one_and_an_unknown_cost_is_none() -> None:
    found = meter()
    said(found, modelo="gpt-4o-mini", tokens_entrada=1_000_000, tokens_saida=100_000)
    known = Decimal("0.21") * PRICING.cambio["USD"].taxa
    assert found.custo == known
    said(found, modelo="nobody's", tokens_entrada=100)
    assert found.custo == known
    said(found, modelo="gpt-4o", tokens_entrada=500, custo="2.00", moeda="USD")
    assert found.custo == known + 2 * PRICING.cambio["USD"].taxa
    rows = {row["modelo"]: row for row in found.use(NOW, 0.0)["chamadas"]}
    assert rows["gpt-4o-mini"]["custo_calculado"] == "1.134"
    assert (rows["gpt-4o-mini"]["moeda"], rows["gpt-4o-mini"]["cambio"]) == ("BRL", None)
    assert (rows["nobody's"]["custo_informado"], rows["nobody's"]["custo_calculado"]) == (None, None)
    assert (rows["gpt-4o"]["custo_informado"], rows["gpt-4o"]["moeda"], rows["gpt-4o"]["cambio"]) == (
        "2.00",
        "USD",
        "5.40",
    )
    assert rows["gpt-4o"]["custo_calculado"] == "0.00125"
    assert {row["preco_versao"] for row in rows.values()} == {PRICING.versao}


def test_without_prices_nothing_is_computed() -> None:
    found = Meter(Budget(Amounts(), Amounts(), False), None, Terms())
    assert said(found, modelo="gpt-4o", tokens_saida=9) == ""
    assert "USD" in said(found, custo="1.00", moeda="USD")
    found.measure({"cpu_s": 99.0})
    use = found.use(NOW, 0.0)
    assert (found.custo, "custo" in use, use["chamadas"][0]["custo_calculado"]) == (0, False, None)


@pytest.mark.parametrize(
    ("amounts", "problem"),
    [
        ({"tokens_entrada": -1}, "tokens_entrada: not a whole number"),
        ({"tokens_saida": 1.5}, "tokens_saida: not a whole number"),
        ({"tokens_cache": True}, "tokens_cache: not a whole number"),
        ({"tokens_entrada": 10**9 + 1}, "tokens_entrada: not a whole number"),
        ({"tokens_entrada": "many"}, "tokens_entrada: not a whole number"),
        ({"turnos": -3}, "turnos: not a whole number"),
        ({"custo": "NaN"}, "custo: not an amount"),
        ({"custo": math.inf}, "custo: not an amount"),
        ({"custo": "-0.01"}, "custo: not an amount"),
        ({"custo": "1e99"}, "custo: not an amount"),
        ({"custo": "1E-999999"}, "custo: not an amount"),
        ({"custo": "0E+999999"}, "custo: not an amount"),
        ({"custo": "much"}, "custo: not an amount"),
        ({"custo": [1]}, "custo: not an amount"),
        ({"custo": True}, "custo: not an amount"),
        ({"custo": "1.00", "moeda": "XXX"}, "no rate for 'XXX'"),
        ({"moeda": 3}, "moeda: not a name"),
        ({"modelo": "m\x1b[2J"}, "modelo: not a name"),
        ({"fase": "x" * 101}, "fase: not a name"),
        ({"tokens": 5}, "no such amount: 'tokens'"),
    ],
)
def test_what_cannot_be_counts_nothing_and_is_told(amounts: dict[str, Any], problem: str) -> None:
    found = meter()
    assert problem in said(found, **{"tokens_saida": 7, **amounts})
    assert (found.tokens, found.custo, found.medido) == (0, 0, False)


def test_a_report_is_a_mapping_and_a_flood_of_wrong_ones_is_told_five_times() -> None:
    found = meter()
    told = [found.hear([1, 2], NOW) for _ in range(9)]
    assert [event is not None for event in told] == [True] * 5 + [False] * 4
    assert told[0] == {"tipo": "uso.recusado", "detalhe": "not a report of use"}
    assert told[4] == {
        "tipo": "uso.recusado",
        "detalhe": "not a report of use; further refusals are not told",
    }


@pytest.mark.parametrize(
    ("performer", "reports", "metered"),
    [("comando", True, True), ("comando", False, False), ("builtin", False, True)],
)
def test_a_promise_to_say_what_is_used_holds_only_where_something_was_said(
    performer: str, reports: bool, metered: bool
) -> None:
    found = Meter(Budget(Amounts(), Amounts(), False), PRICING, Terms(performer, medido=True))
    assert found.medido, "as long as it may still say so"
    if reports:
        said(found, turnos=1)
    found.settle()
    assert found.use(NOW, 1.0)["medido"] is metered


def test_an_absolute_report_says_the_model_s_total_so_far() -> None:
    found = meter()
    said(found, modelo="m", tokens_entrada=100, custo="1.00", turnos=2, absolute=True)
    said(found, modelo="m", tokens_entrada=150, custo="1.50", turnos=3, absolute=True)
    said(found, modelo="other", tokens_entrada=10, absolute=True)
    assert (found.tokens, found.turnos, found.custo) == (160, 3, Decimal("1.50"))
    assert (
        said(found, modelo="m", tokens_entrada=149, absolute=True) == "tokens_entrada: a total that goes back"
    )
    assert "another currency" in said(found, modelo="m", tokens_entrada=200, moeda="USD", absolute=True)
    assert said(found, modelo="m", tokens_entrada=150, turnos=3, absolute=True) == "", (
        "a cost may be left out"
    )
    assert said(found, modelo="m", tokens_entrada=150, turnos=3, custo="1.25", absolute=True) != ""
    assert (found.tokens, found.custo) == (160, Decimal("1.50"))


def test_what_the_step_refused_is_told_with_its_reason() -> None:
    found = meter(tokens=1000)
    told = found.hear({"recusado": "tokens_saida: a total that goes back" + "!" * 500}, NOW)
    assert told is not None
    assert told["tipo"] == "uso.recusado"
    assert told["detalhe"].startswith("tokens_saida: a total that goes back!!!")
    assert len(told["detalhe"]) == 200
    assert (found.tokens, found.turnos) == (0, 0)


def test_it_warns_once_at_four_fifths_and_says_when_it_is_over() -> None:
    found = meter(tokens=1000)
    said(found, tokens_entrada=799)
    assert (found.warning(), found.warned, found.reached()) == (None, False, "")
    said(found, tokens_entrada=1)
    assert found.warning() == {
        "tipo": "orcamento.aviso",
        "recurso": "tokens",
        "usado_pct": 80,
        "detalhe": "80 % of the tokens that were approved used",
    }
    assert (found.warning(), found.warned, found.reached()) == (None, True, "")
    said(found, tokens_entrada=200)
    assert found.reached() == "tokens"


def test_what_earlier_attempts_used_counts() -> None:
    found = meter(usado=Amounts(tokens=900, custo=Decimal("9.00")))
    said(found, tokens_saida=1, custo="0.99")
    assert found.reached() == ""
    said(found, custo="0.01")
    assert found.reached() == "custo"


def test_turns_are_a_limit_of_one_attempt() -> None:
    command = Command(argv=("agent",), turnos=3, medido=True)
    terms = Terms.of("comando", command)
    assert (terms.turnos, terms.medido) == (3, True)
    found = Meter(Budget(Amounts(), Amounts(), False), PRICING, terms)
    said(found, turnos=2)
    assert found.reached() == ""
    said(found, turnos=1)
    assert found.reached() == "turnos"


def test_our_own_steps_are_measured_and_a_model_s_are_not_until_it_says_so() -> None:
    assert Terms.of("builtin", None) == Terms()
    assert not Terms.of("modelo", None).medido


def test_machines_cost_too_and_their_seconds_are_no_limit() -> None:
    found = meter("0.01", None)
    found.measure({"cpu_s": 100.0, "ram_gb_s": 0.0, "wall_s": 10**6})
    assert (found.custo, found.reached()) == (Decimal("0.0075"), "")
    found.measure({"cpu_s": 200.0, "ram_gb_s": 0.0})
    assert found.reached() == "custo"
    assert found.use(NOW, 0.0)["custo"] == {"infra": "0.015"}


def test_a_price_of_nothing_is_over_with_the_first_thing_that_costs() -> None:
    found = meter("0.00", None)
    assert found.reached() == ""
    said(found, custo="0.000001")
    assert found.reached() == "custo"


def test_it_is_written_down_at_a_tenth_of_the_budget_or_after_half_a_minute() -> None:
    found = meter(tokens=1000)
    assert not found.wants_writing(99.0), "nothing is new"
    said(found, tokens_saida=99)
    assert not found.wants_writing(29.0)
    assert found.wants_writing(30.0)
    said(found, tokens_saida=1)
    assert found.wants_writing(1.0)
    found.use(NOW, 1.0)
    assert not found.wants_writing(1.0)


def test_names_without_end_become_one_row_and_every_amount_counts() -> None:
    found = meter(tokens=None)
    for n in range(200):
        assert said(found, modelo=f"m{n}", fase=f"f{n}", tokens_saida=1, custo="0.01") == ""
    said(found, modelo="m0", fase="f0", tokens_saida=1)
    assert (found.tokens, found.custo) == (201, Decimal("2.00"))
    rows = found.use(NOW, 1.0)["chamadas"]
    assert len(rows) == 52
    others = next(row for row in rows if row["modelo"] == "outros")
    assert (others["fase"], others["tokens_saida"], others["custo_informado"]) == ("outros", 150, "1.50")
    said(found, modelo="m999", tokens_saida=1)
    said(found, modelo="gpt-4o-mini", tokens_saida=1_000_000)
    assert [(row["modelo"], row["fase"]) for row in found.use(NOW, 2.0)["chamadas"]] == [
        ("outros", "outros"),
        ("gpt-4o-mini", "outros"),
    ], "what has a price is reckoned by it"


def test_totals_of_models_without_end_are_refused() -> None:
    found = meter()
    for n in range(50):
        assert said(found, modelo=f"m{n}", tokens_saida=1, absolute=True) == ""
    assert "more than 50 models" in said(found, modelo="m50", tokens_saida=1, absolute=True)
    assert said(found, modelo="m49", tokens_saida=2, absolute=True) == ""
    assert found.tokens == 51


def test_calls_of_apis_cost_what_one_is_priced_at() -> None:
    found = meter()
    assert not found.wants_writing(99.0)
    said(found, apis={"correios": 3, "nobody's": 7})
    assert found.medido
    assert found.wants_writing(99.0), "calls are written down in time, whatever they cost"
    assert found.custo == Decimal("0.06")
    use = found.use(NOW, 99.0)
    assert use["apis"] == {"correios": 3, "nobody's": 7}
    assert use["custo"] == {"apis": "0.06"}
    assert not found.wants_writing(999.0)
    assert said(found, apis={"correios": 2}, absolute=True) == "apis.correios: a total that goes back"
    assert said(found, apis={"correios": 4}, absolute=True) == ""
    assert found.use(NOW, 99.0)["apis"] == {"correios": 4, "nobody's": 7}
    said(found, apis={"correios": 500})
    assert found.reached() == "custo", "R$ 10.00 were approved"


def test_calls_of_an_api_without_a_price_cost_nothing_that_is_known() -> None:
    found = meter()
    said(found, apis={"nobody's": 7})
    assert found.costs() == {}
    bare = Meter(Budget(Amounts(), Amounts(), False), None, Terms())
    said(bare, apis={"correios": 1})
    assert (bare.costs(), bare.use(NOW, 0.0)["apis"]) == ({}, {"correios": 1})


def test_apis_without_end_are_added_up_but_for_those_with_a_price() -> None:
    found = meter()
    for n in range(60):
        said(found, apis={f"a{n}": 1})
    said(found, apis={"correios": 1})
    apis = found.use(NOW, 0.0)["apis"]
    assert (len(apis), apis["outros"], apis["correios"]) == (52, 10, 1)


def test_totals_of_apis_that_are_not_told_apart_are_refused() -> None:
    found = meter()
    for n in range(50):
        said(found, apis={f"a{n}": 1})
    assert said(found, apis={"late": 7}) == ""
    for _ in range(2):
        assert said(found, apis={"late": 7}, absolute=True) == "apis: totals of more than 50 APIs"
    assert found.use(NOW, 0.0)["apis"]["outros"] == 7
