"""What is approved for an item, what it used and what is left; of a month and of a sprint as well."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from factories import NOW, World, backlog_item, execution, release, spec_resources, spending

from store.budgets import budget_left, budget_of
from store.limits import NO_LIMITS, Limits
from store.periods import budget_told, limits_left, month_ends, month_of

PRICE = {"constantes": {"limite": {"tokens_llm": 1500.0}}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def put(world: World, collection: str, doc: dict[str, Any]) -> str:
    with world.db.transaction() as tx:
        return tx.insert(collection, doc)


def attempt(uso: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    return {
        "numero": 1,
        "token": "t1",
        "ator": "PROMETHEUS",
        "executor": {"boot_id": "b", "pid": 1, "inicio": 1},
        "inicio": NOW,
        "uso": uso,
    } | fields


def develops(**fields: Any) -> dict[str, Any]:
    contexto = {"spec_ref": "frete", "spec_versao": 1, "spec_recursos_ref": "REC-0001"}
    return backlog_item(tipo="desenvolvimento", contexto=contexto, **fields)


def test_what_is_left_is_the_price_less_what_every_attempt_used(world: World) -> None:
    put(world, "specs_recursos", spec_resources(**PRICE))
    uses = [
        {"tokens": 1000, "custo": {"llm": "2.50", "infra": "0.10"}, "medido": True, "wall_s": 4.0},
        {"custo": {"llm": None, "infra": "0.40"}, "wall_s": 6.0},
        None,
    ]
    item = develops(tentativas=[attempt(uso) for uso in uses])
    assert budget_left(world.db, item) == {
        "aprovado": {"tokens": 1500, "custo": "42.10", "horas": 1.5, "maquina_s": 90},
        "usado": {"tokens": 1000, "custo": "3.00", "horas": None, "maquina_s": 10.0},
        "resta": {"tokens": 500, "custo": "39.10", "horas": 1.5, "maquina_s": 80.0},
        "medido": True,
    }


def test_nothing_is_a_limit_without_a_price(world: World) -> None:
    item = develops(tentativas=[attempt({"tokens": 10**9})])
    found = budget_of(world.db, item)
    assert (found.aprovado.custo, found.resta.tokens, found.esgotado) == (None, None, "")


def test_an_extension_adds_to_what_is_approved(world: World) -> None:
    put(world, "specs_recursos", spec_resources(**PRICE))
    more = [
        {"por": "BKL-0007", "em": NOW, "tokens": 500, "custo": "7.90"},
        {"por": "BKL-0009", "em": NOW, "tokens": None, "custo": None},
    ]
    found = budget_of(world.db, develops(extensoes=more))
    assert (found.aprovado.tokens, found.aprovado.custo) == (2000, Decimal("50.00"))


@pytest.mark.parametrize(
    ("uso", "esgotado"),
    [
        ({"custo": {"llm": "42.09"}}, ""),
        ({"custo": {"llm": "42.10"}}, "custo"),
        ({"custo": {"llm": "1000000.00"}}, "custo"),
        ({"tokens": 1499}, ""),
        ({"tokens": 1500}, "tokens"),
    ],
)
def test_the_gate_closes_when_cost_or_tokens_are_used_up(
    uso: dict[str, Any], esgotado: str, world: World
) -> None:
    put(world, "specs_recursos", spec_resources(**PRICE))
    found = budget_of(world.db, develops(tentativas=[attempt(uso)]))
    assert found.esgotado == esgotado
    assert found.resta.custo is not None
    assert found.resta.custo >= 0


def test_no_tokens_were_priced_for_a_performer_without_them(world: World) -> None:
    put(world, "specs_recursos", spec_resources(constantes={"limite": {"tokens_llm": 0}}))
    assert budget_of(world.db, develops(tentativas=[attempt({"tokens": 9})])).esgotado == ""


@pytest.mark.parametrize(("paid", "counted"), [("12.00", "12.00"), ("600.00", "30.00")])
def test_people_count_only_as_far_as_they_were_approved(paid: str, counted: str, world: World) -> None:
    put(world, "specs_recursos", spec_resources())
    cost = {"custo": {"breakdown": {"pessoas": paid}}, "horas": {"total": 5.0}}
    put(world, "execucoes", execution(realizado=cost))
    found = budget_of(world.db, develops(execucao_ref="EXE-0001"))
    assert (found.usado.custo, found.usado.horas, found.esgotado) == (Decimal(counted), 5.0, "")


@pytest.mark.parametrize(
    ("contexto", "spec_ref", "found"),
    [
        ({"feature_ref": "frete", "erro": "x", "spec_ref": "frete"}, "frete", "42.10"),
        ({"feature_ref": "REL-0001", "erro": "x"}, "", "42.10"),
        ({"feature_ref": "frete", "erro": "x"}, "", "42.10"),
        ({"feature_ref": "REL-0099", "erro": "x"}, "", None),
    ],
)
def test_a_repair_goes_by_the_price_of_what_it_mends(
    contexto: dict[str, Any], spec_ref: str, found: str | None, world: World
) -> None:
    put(world, "specs_recursos", spec_resources())
    put(world, "specs_recursos", spec_resources(spec_ref="outra"))
    put(world, "releases", release())
    item = backlog_item(
        tipo="corrigir_bug", contexto=contexto, spec_ref=spec_ref, spec_versao=1 if spec_ref else None
    )
    assert budget_left(world.db, item)["aprovado"]["custo"] == found


def test_a_month_is_the_one_of_the_workspace_s_own_time_zone() -> None:
    assert month_of("2026-02-01T02:59:59.999999Z", "America/Sao_Paulo") == "2026-01"
    assert month_of("2026-02-01T03:00:00.000000Z", "America/Sao_Paulo") == "2026-02"
    assert month_ends("2026-12-31T12:00:00.000000Z", "America/Sao_Paulo") == "2027-01-01T03:00:00.000000Z"
    assert month_ends("2026-03-10T12:00:00.000000Z", "Europe/Berlin") == "2026-03-31T22:00:00.000000Z"


def test_limits_are_told_only_where_they_are_set(world: World) -> None:
    assert limits_left(world.db, NO_LIMITS, NOW, "SPR-0001") == {}
    found = limits_left(world.db, Limits(mes=Decimal("100.00")), NOW, "SPR-0001")
    assert found == {
        "mes": {
            "periodo": "2026-01",
            "limite": "100.00",
            "estendido": "0.00",
            "usado": "0.00",
            "reservado": "0.00",
            "resta": "100.00",
        }
    }


def test_a_limit_counts_what_was_spent_reserved_and_added(world: World) -> None:
    sprint = {"tipo": "sprint_task", "sprint_id": "SPR-0001"}
    held = attempt({"custo": {"llm": "4.00"}}, reserva={"tokens": None, "custo": "42.10"})
    put(world, "backlog_items", develops(status="EmProcessamento", tentativas=[held], origem=sprint))
    free = attempt(None, reserva={"tokens": None, "custo": None})
    put(world, "backlog_items", develops(id="BKL-0002", status="EmProcessamento", tentativas=[free]))
    answered = backlog_item(id="BKL-0003", tipo="estender_orcamento", status="Concluido")
    put(world, "backlog_items", answered)
    put(world, "backlog_items", answered | {"id": "BKL-0004", "status": "Pendente"})
    added = {"BKL-0003": "50.00", "BKL-0004": "7.00", "BKL-0099": "1.00"}
    put(world, "gastos", spending(extensoes=added))
    put(world, "gastos", spending(chave="sprint:SPR-0001", usado="5.00"))
    limits = Limits(mes=Decimal(100), sprint=Decimal(60))
    found = limits_left(world.db, limits, NOW, "SPR-0001")
    # One taken back (its question is open again) adds nothing; one archived keeps what it added.
    month = {"estendido": "51.00", "usado": "12.30", "reservado": "38.10", "resta": "100.60"}
    assert found["mes"] == {"periodo": "2026-01", "limite": "100.00", **month}
    assert found["sprint"]["resta"] == "16.90"
    assert limits_left(world.db, limits, NOW, "SPR-0002")["sprint"]["resta"] == "60.00"


def test_what_is_told_of_an_item_is_its_own_budget_and_the_limits(world: World) -> None:
    put(world, "specs_recursos", spec_resources())
    limits = Limits(mes=Decimal(100))
    assert budget_told(world.db, develops(), NO_LIMITS, NOW, budgeted=False) is None
    found = budget_told(world.db, develops(), NO_LIMITS, NOW, budgeted=True) or {}
    assert (found["aprovado"]["custo"], found["limites"]) == ("42.10", {})
    found = budget_told(world.db, develops(), limits, NOW, budgeted=False) or {}
    assert (list(found), found["limites"]["mes"]["resta"]) == (["limites"], "100.00")
