"""`produzir`: what the contract allows is stored with everything that follows from it; the rest is refused
whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import SEEDS, World, new_item

from store.backlog import Backlog
from store.clock import CountingTokens, FakeClock
from store.contracts import Contracts
from store.errors import WrongInput


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_an_item_has_what_follows_from_its_contract(world: World) -> None:
    item = world.item(world.produce("orcar_spec", prioridade=4))
    assert item["id"] == "BKL-0001"
    assert (item["titulo"], item["status"], item["ator"]) == ("Price frete", "Pendente", "PROMETHEUS")
    assert (item["spec_ref"], item["spec_versao"], item["prioridade"]) == ("frete", 1, 4)
    assert item["contrato_versao"] == world.contracts["orcar_spec"].referencia
    assert item["saga_id"] != item["request_id"]
    assert item["pendente_em"] == world.clock.now()
    (event,) = world.events("item.criado")
    assert (event["item_id"], event["para"], event["saga_id"]) == ("BKL-0001", "Pendente", item["saga_id"])


def test_a_child_inherits_saga_request_priority_and_spec(world: World) -> None:
    world.add_spec("frete", prioridade=0)
    world.backlog.repriorizar("BKL-0001", 9)
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    parent, child = world.item("BKL-0001"), world.item(budget)
    for name in ("saga_id", "request_id", "prioridade", "spec_ref", "spec_versao"):
        assert child[name] == parent[name], name
    assert child["pai"] == parent["id"]
    assert parent["items_gerados"] == [budget]
    assert child["prioridade"] == 9
    assert world.events("decisao.solicitada")[0]["item_id"] == budget


def test_a_child_of_another_version_does_not_carry_the_execution(world: World) -> None:
    world.add_spec()
    parent = world.produce("desenvolvimento", produtor="MS_Produto", execucao_ref="EXE-0007")
    same = world.produce("aprovar_release", pai=parent, produtor="PROMETHEUS")
    other = world.produce("aprovar_release", {"spec_versao": 2}, pai=parent, produtor="PROMETHEUS")
    assert world.item(same)["execucao_ref"] == "EXE-0007"
    assert world.item(other)["execucao_ref"] == ""
    fresh = world.backlog.produzir(new_item("corrigir_bug"), produtor="MS_Produto", pai=same)
    assert world.item(fresh)["execucao_ref"] == "", "a bug fix opens an execution of its own"


@pytest.mark.parametrize(
    ("novo", "produtor", "said"),
    [
        (
            {"tipo": "orcar"},
            "Epistemologia",
            "tipo: no contract has the type orcar (did you mean orcar_spec?)",
        ),
        ({"contexto": {}}, "Epistemologia", "tipo: is missing"),
        (
            new_item("orcar_spec"),
            "PROMETHEUS",
            "produtor: orcar_spec is not produced by PROMETHEUS (by: Epistemologia)",
        ),
        (
            {"tipo": "orcar_spec", "contexto": {"spec_ref": "f"}},
            "Epistemologia",
            "contexto.spec_versao: is missing",
        ),
        (new_item("orcar_spec", {"spec_versao": 0}), "Epistemologia", "contexto.spec_versao: 0 is less than"),
        (
            new_item("orcar_spec", prioridad=1),
            "Epistemologia",
            "prioridad: unknown key (did you mean prioridade?)",
        ),
        (
            new_item("orcar_spec", prioridade="1"),
            "Epistemologia",
            "prioridade: expected a whole number",
        ),
        (
            new_item("orcar_spec", depende_de=["frete"]),
            "Epistemologia",
            "depende_de[0]: not a dependency: frete",
        ),
        (
            new_item("orcar_spec", depende_de=["@gap"]),
            "Epistemologia",
            "depende_de[0]: no earlier child has the key gap",
        ),
        (
            new_item("orcar_spec", disponivel_em="tomorrow"),
            "Epistemologia",
            "disponivel_em: String should match",
        ),
        (new_item("orcar_spec", origem={"tipo": "x"}), "Epistemologia", "origem.tipo: no such value: x"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused_with_its_path(
    world: World, novo: dict[str, object], produtor: str, said: str
) -> None:
    before = world.db.seq
    with pytest.raises(WrongInput) as caught:
        world.backlog.produzir(novo, produtor=produtor)
    assert said in str(caught.value)
    assert world.db.seq == before
    assert world.db.count("backlog_items") == 0


def test_a_parent_generates_only_what_its_contract_says(world: World) -> None:
    parent = world.produce("orcar_spec")
    with pytest.raises(WrongInput, match="orcar_spec does not generate implantar"):
        world.produce("implantar", pai=parent, produtor="MS_Produto")
    found = world.produce(
        "corrigir_bug",
        pai=parent,
        produtor="humano",
        origem={"tipo": "ms_producao", "ms_origem": "PROMETHEUS"},
    )
    child = world.item(found)
    assert child["origem"]["ms_origem"] == "PROMETHEUS"
    assert not child["parte"]
    with pytest.raises(WrongInput, match="there is no item BKL-0099"):
        world.produce("corrigir_bug", pai="BKL-0099", produtor="humano")


def test_a_key_names_one_child_of_its_parent_for_ever(world: World) -> None:
    first, second = world.produce("orcar_spec"), world.produce("orcar_spec")
    budget = new_item("aprovar_orcamento", chave="orcamento")
    once = world.backlog.produzir(budget, produtor="PROMETHEUS", pai=first)
    assert world.backlog.produzir(budget, produtor="PROMETHEUS", pai=first) == once
    assert world.backlog.produzir(budget, produtor="PROMETHEUS", pai=second) != once
    world.backlog.cancelar(once, "not wanted")
    assert world.backlog.produzir(budget, produtor="PROMETHEUS", pai=first) == once
    assert world.item(first)["items_gerados"] == [once]


def test_a_key_without_a_parent_names_one_item(world: World) -> None:
    once = world.produce("orcar_spec", chave="frete@1")
    assert world.produce("orcar_spec", chave="frete@1") == once
    assert world.produce("corrigir_bug", chave="frete@1") != once, "another type is another item"


def test_a_due_time_keeps_an_item_from_being_claimed(world: World) -> None:
    world.produce("orcar_spec", disponivel_em="2026-01-05T12:01:00.000000Z")
    assert world.item("BKL-0001")["pendente_em"] == "2026-01-05T12:01:00.000000Z"
    assert (
        world.backlog.consumir(["orcar_spec"], "PROMETHEUS", {"boot_id": "b", "pid": 1, "inicio": 1}) is None
    )
    world.clock.advance(60)
    assert world.claim("orcar_spec").item["id"] == "BKL-0001"


def test_a_title_may_be_given_and_its_template_shows_what_is_missing(world: World) -> None:
    assert world.item(world.produce("orcar_spec", titulo="Frete [/x]"))["titulo"] == "Frete [/x]"
    contracts = Contracts.parse(
        (SEEDS / "contracts.yaml")
        .read_text("utf-8")
        .replace("Price {contexto.spec_ref}", "P {contexto.motivo} {x}")
    )
    backlog = Backlog(world.db, contracts, FakeClock(), CountingTokens(), world.backlog.rules.rng)
    found = backlog.produzir(new_item("orcar_spec"), produtor="Epistemologia")
    assert world.item(found)["titulo"] == "P ? ?"


def test_an_item_obeys_the_contract_that_it_was_produced_under(tmp_path: Path, world: World) -> None:
    world.produce("orcar_spec")
    text = (
        (SEEDS / "contracts.yaml")
        .read_text("utf-8")
        .replace("required: [spec_recursos_ref]", "required: [spec_recursos_ref, gaps]")
    )
    newer = Backlog(world.db, Contracts.parse(text), world.clock, CountingTokens(), world.backlog.rules.rng)
    newer.produzir(new_item("orcar_spec"), produtor="Epistemologia")
    old, new = (
        newer.consumir(["orcar_spec"], "PROMETHEUS", {"boot_id": "b", "pid": 1, "inicio": 1})
        for _ in range(2)
    )
    assert old is not None
    assert new is not None
    newer.concluir(old.item["id"], old.token, {"spec_recursos_ref": "REC-0001"})
    with pytest.raises(WrongInput, match=r"resultado\.gaps: is missing"):
        newer.concluir(new.item["id"], new.token, {"spec_recursos_ref": "REC-0001"})
    kept = [doc["chave"] for doc in world.db.all("meta")]
    assert len(kept) == len(set(kept)) == 2


def test_a_contract_that_nobody_recorded_falls_back_to_the_current_one(world: World) -> None:
    world.produce("orcar_spec")
    item = world.item("BKL-0001") | {"contrato_versao": "9-lost"}
    assert world.backlog.rules.book.of(item) is world.contracts["orcar_spec"]


def test_the_questions_of_the_backlog_must_have_contracts(world: World) -> None:
    few = Contracts({"orcar_spec": world.contracts["orcar_spec"]})
    with pytest.raises(WrongInput, match="no contract has the type resolver_falha"):
        Backlog(world.db, few, FakeClock(), CountingTokens(), world.backlog.rules.rng)


def test_an_operation_joins_the_transaction_of_its_caller(world: World) -> None:
    def produce_and_give_up() -> None:
        with world.db.transaction() as tx:
            world.backlog.produzir(new_item("orcar_spec"), produtor="Epistemologia", tx=tx)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        produce_and_give_up()
    assert world.db.count("backlog_items") == 0
    with world.db.transaction() as tx:
        one = world.backlog.produzir(new_item("orcar_spec"), produtor="Epistemologia", tx=tx)
        two = world.backlog.produzir(new_item("corrigir_bug", depende_de=[one]), produtor="humano", tx=tx)
    assert world.item(two)["depende_de"] == [one]
    assert world.db.seq == 1
