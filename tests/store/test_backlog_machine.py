"""What attempts took of the machine reaches their execution once, however they end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from backlog_model import Snapshot
from factories import World, execution

from store.errors import WrongInput
from store.executions import encerrar, medir_tentativa, registrar_execucao

USED = {"wall_s": 45.0, "cpu_s": 72.0, "ram_gb_s": 36.0, "custo": {"infra": "0.25"}}
"""0.02 processor hours, 0.01 GB hours."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.add_spec()
    made.done("orcar_spec")
    yield made
    Snapshot(made).check()
    made.close()


def begun(world: World, tipo: str = "desenvolvimento", *, executed: bool = True) -> str:
    """An item of that type, with its execution."""
    contexto = {"release_ref": "REL-0001"} if tipo == "implantar" else None
    item_id = world.produce(tipo, *([contexto] if contexto else []))
    if executed:
        give_execution(world, item_id)
    return item_id


def give_execution(world: World, item_id: str) -> None:
    with world.db.transaction() as tx:
        item = tx.get("backlog_items", item_id)
        assert item is not None
        item["execucao_ref"] = tx.insert("execucoes", execution(backlog_item_ref=item_id))
        tx.put("backlog_items", item)


def record(world: World, fase: str, **dados: Any) -> None:
    with world.db.transaction() as tx:
        registrar_execucao(tx, fase, "EXE-0001", dados, world.clock)


def fails(world: World, item_id: str, uso: dict[str, Any] | None = None) -> None:
    """The attempt crashes; the next one may begin."""
    token = world.item(item_id)["lease"]["token"]
    world.backlog.falhar(item_id, token, "crashed", uso=USED if uso is None else uso)
    world.clock.advance(600)


def actual(world: World) -> dict[str, Any]:
    found = world.db.get("execucoes", "EXE-0001")
    assert found is not None
    return dict(found["realizado"])


def took(world: World) -> dict[str, Any]:
    """Seconds by phase, and the other amounts, rounded."""
    found = actual(world)
    phases = {name: each for name, each in found["maquina_s"].items() if each is not None}
    amounts = {name: found["recursos"][name] for name in ("cpu_horas", "ram_gb_horas")}
    rounded = {name: round(each, 6) for name, each in amounts.items() if each is not None}
    return {**phases, **rounded, "infra": found["custo"]["breakdown"]["infra"]}


def test_an_attempt_that_crashes_before_its_first_phase_counts_as_development(world: World) -> None:
    item_id = begun(world)
    world.claim("desenvolvimento")
    fails(world, item_id)
    assert took(world) == {
        "dev": 45.0,
        "total": 45.0,
        "cpu_horas": 0.02,
        "ram_gb_horas": 0.01,
        "infra": "0.25",
    }
    assert actual(world)["custo"]["total"] == "0.25"


def test_only_what_its_phases_have_not_recorded_is_added_to_the_one_it_was_in(world: World) -> None:
    item_id = begun(world)
    world.claim("desenvolvimento")
    record(world, "dev_inicio")
    record(world, "dev_fim", maquina_s=30.0, cpu_horas=0.015, custo={"infra": "0.10"})
    record(world, "teste_inicio")
    fails(world, item_id)
    expected = {"dev": 30.0, "teste": 15.0, "total": 45.0}
    assert took(world) == {**expected, "cpu_horas": 0.02, "ram_gb_horas": 0.01, "infra": "0.25"}


def test_each_attempt_counts_by_itself(world: World) -> None:
    item_id = begun(world)
    for _ in range(2):
        world.claim("desenvolvimento")
        record(world, "dev_inicio")
        record(world, "dev_fim", maquina_s=30.0)
        fails(world, item_id)
    assert took(world)["dev"] == 90.0
    assert took(world)["infra"] == "0.50"


def test_workers_side_by_side_took_more_than_the_clock_and_nothing_is_taken_back(world: World) -> None:
    item_id = begun(world)
    world.claim("desenvolvimento")
    record(world, "dev_inicio")
    record(world, "dev_fim", maquina_s=80.0, cpu_horas=0.5, ram_gb_horas=0.5, custo={"infra": "9.00"})
    fails(world, item_id)
    assert took(world) == {"dev": 80.0, "total": 80.0, "cpu_horas": 0.5, "ram_gb_horas": 0.5, "infra": "9.00"}


@pytest.mark.parametrize("end", ["devolver", "parar_no_limite", "cancelar"])
def test_it_counts_however_the_attempt_ends_without_an_outcome(world: World, end: str) -> None:
    item_id = begun(world)
    claim = world.claim("desenvolvimento")
    if end == "devolver":
        world.backlog.devolver(item_id, claim.token, "gone", uso=USED)
    elif end == "parar_no_limite":
        world.backlog.parar_no_limite(item_id, claim.token, "custo", uso=USED)
    else:
        world.backlog.registrar_uso(item_id, claim.token, USED)
        world.backlog.cancelar(item_id, "not any more")
    assert took(world)["dev"] == 45.0


def test_who_hands_in_an_outcome_has_recorded_it_and_the_next_one_begins_anew(world: World) -> None:
    item_id = begun(world)
    world.claim("desenvolvimento")
    fails(world, item_id, {})
    claim = world.claim("desenvolvimento")
    record(world, "dev_inicio")
    record(world, "dev_fim", maquina_s=30.0)
    result = {"release_ref": "REL-0001", "artefatos": [], "testes_passaram": True, "cobertura": 90.0}
    world.backlog.concluir(item_id, claim.token, result, uso=USED)
    assert took(world) == {"dev": 30.0, "total": 30.0, "infra": None}
    assert (world.db.get("execucoes", "EXE-0001") or {})["tentativa"] == {}


def test_attempts_before_there_was_an_execution_are_made_up_for_once(world: World) -> None:
    item_id = begun(world, executed=False)
    world.claim("desenvolvimento")
    fails(world, item_id)
    give_execution(world, item_id)
    for total in (90.0, 135.0):
        world.claim("desenvolvimento")
        fails(world, item_id)
        assert took(world)["total"] == total


def test_attempts_of_a_store_that_did_not_ask_are_left_as_they_are(world: World) -> None:
    item_id = begun(world)
    world.claim("desenvolvimento")
    fails(world, item_id)
    with world.db.transaction() as tx:
        item = tx.get("backlog_items", item_id)
        assert item is not None
        del item["tentativas"][0]["medida"]
        tx.put("backlog_items", item)
    world.claim("desenvolvimento")
    fails(world, item_id)
    assert took(world)["total"] == 90.0


def test_a_deployment_that_recorded_its_failure_counts_once_and_one_that_crashed_too(world: World) -> None:
    item_id = begun(world, "implantar")
    world.claim("implantar")
    record(world, "deploy_inicio")
    record(world, "deploy_fim", maquina_s=45.0, cpu_horas=0.02, ram_gb_horas=0.01, custo={"infra": "0.25"})
    fails(world, item_id)
    assert took(world) == {
        "deploy": 45.0,
        "total": 45.0,
        "cpu_horas": 0.02,
        "ram_gb_horas": 0.01,
        "infra": "0.25",
    }
    world.claim("implantar")
    fails(world, item_id)
    assert (took(world)["deploy"], took(world)["infra"]) == (90.0, "0.50")


def test_an_execution_that_has_ended_keeps_its_amounts(world: World) -> None:
    item_id = begun(world)
    with world.db.transaction() as tx:
        encerrar(tx, "EXE-0001", "concluido", world.clock.now())
    world.claim("desenvolvimento")
    fails(world, item_id)
    assert took(world) == {"infra": None}


def test_an_execution_must_be_there(world: World) -> None:
    with pytest.raises(WrongInput, match="no execution EXE-0009"), world.db.transaction() as tx:
        medir_tentativa(tx, "EXE-0009", "dev", {}, world.clock.now())
