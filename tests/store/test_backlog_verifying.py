"""An episode of being blocked is being verified exactly while a probe that could end it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from backlog_model import Snapshot
from backlog_steps import check_verifying
from factories import World

from store.backlog.gaps import request_probe

CAP = "chave-assinatura"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    check_verifying(Snapshot(made))
    made.close()


def ask(world: World) -> None:
    with world.backlog.operation() as op:
        request_probe(op, CAP)


def verifying(world: World, item_id: str) -> bool:
    return bool(world.item(item_id)["bloqueios"][-1]["verificando"])


def bug(world: World, *waits: str) -> str:
    return world.produce("corrigir_bug", produtor="humano", depende_de=list(waits))


def test_what_begins_to_wait_while_a_probe_is_asked_for_says_so(world: World) -> None:
    ask(world)
    item = bug(world, f"cap:{CAP}")
    assert world.status(item) == "Bloqueado"
    assert verifying(world, item)
    world.backlog.registrar_sonda(CAP, False, "exit 1")
    assert not verifying(world, item)


def test_it_goes_on_while_something_else_is_waived(world: World) -> None:
    gap = world.produce("entrevistar_dor")
    item = bug(world, gap, "spec:nunca")
    ask(world)
    world.decide(world.open("resolver_dependencia")[0]["id"], "dispensar")
    assert world.status(item) == "Bloqueado"
    assert verifying(world, item)


def test_a_gap_that_is_given_up_is_verified_no_longer(world: World) -> None:
    gap = world.produce("entrevistar_dor")
    item = bug(world, gap, "spec:nunca")
    ask(world)
    assert verifying(world, item)
    world.backlog.cancelar(gap, "not needed")
    assert not verifying(world, item)


def test_an_item_that_is_open_again_shows_what_is_asked_for_now(world: World) -> None:
    item = bug(world, f"cap:{CAP}", "spec:nunca")
    ask(world)
    (question,) = world.open("resolver_dependencia")
    decided = world.decide(question["id"], "cancelar", undo_s=5)
    world.backlog.registrar_sonda(CAP, False, "exit 1")
    world.decisions.desfazer(decided)
    assert world.status(item) == "Bloqueado"
    assert not verifying(world, item)


def test_a_probe_that_a_decision_asked_for_is_not_asked_for_once_it_is_taken_back(world: World) -> None:
    world.backlog.registrar_sonda(CAP, False, "exit 1")
    gap = world.produce("entrevistar_dor")
    item = bug(world, gap)
    (work,) = world.done("entrevistar_dor", {"tipo": "estruturar_produto", "contexto": structuring()})
    decided = world.decide(work, "verificar", undo_s=5)
    assert verifying(world, item)
    later = bug(world, gap)
    assert verifying(world, later)
    world.decisions.desfazer(decided)
    assert not verifying(world, item)
    assert not verifying(world, later)


def structuring() -> dict[str, str]:
    return {"recurso": CAP, "sintoma": "nothing is signed"}
