"""Long chains resolve, break and are refused without recursion: Python's own limit is a thousand calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import NOW, World, backlog_item, new_item

from store.errors import CycleRefused

LENGTH = 1000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def name(number: int) -> str:
    return f"BKL-{number:04d}"


def insert(world: World, *documents: dict[str, Any]) -> None:
    """Store items as they are: producing them one by one would check a thousand chains for cycles."""
    with world.db.transaction() as tx:
        for document in documents:
            assert tx.insert("backlog_items", {**document, "id": ""}) == document["id"]


def bug(number: int, **fields: Any) -> dict[str, Any]:
    contexto = {"feature_ref": "frete", "erro": "boom"}
    return backlog_item(id=name(number), tipo="corrigir_bug", contexto=contexto, **fields)


def waits(ref: str) -> dict[str, Any]:
    return {
        "status": "Bloqueado",
        "pendente_em": "",
        "depende_de": [ref],
        "dependencias": {ref: {"estado": "aberta", "por": ref, "em": NOW}},
        "bloqueios": [{"bloqueado_em": NOW}],
    }


def chain(world: World, **fields: Any) -> None:
    """Each waits for the one before it."""
    insert(
        world,
        bug(1, **fields),
        *(bug(number, **waits(name(number - 1)), **fields) for number in range(2, LENGTH + 1)),
    )


def test_a_chain_of_a_thousand_comes_free_one_after_the_other(world: World) -> None:
    chain(world)
    for number in range(1, LENGTH + 1):
        claim = world.claim("corrigir_bug")
        assert claim.item["id"] == name(number)
        world.conclude(claim)
    assert {item["status"] for item in world.items("corrigir_bug")} == {"Concluido"}
    assert world.open("resolver_dependencia") == []


def test_a_chain_of_a_thousand_is_voided_by_a_new_version_in_one_go(world: World) -> None:
    chain(world, spec_ref="frete", spec_versao=1)
    voided = world.backlog.nova_versao_de_spec("frete", 2)
    assert len(voided) == LENGTH
    assert {item["status"] for item in world.items("corrigir_bug")} == {"Cancelado"}
    assert world.open("resolver_dependencia") == []


def test_a_cycle_over_a_thousand_is_refused_and_named(world: World) -> None:
    chain(world)
    claim = world.claim("corrigir_bug")
    with pytest.raises(CycleRefused) as caught:
        world.backlog.bloquear(name(1), claim.token, [name(LENGTH)], "needs it")
    assert str(caught.value).count("→") == LENGTH
    assert world.status(name(1)) == "EmProcessamento"


def test_a_thousand_parts_of_parts_are_waited_for(world: World) -> None:
    ended = {"status": "Concluido", "concluido_em": NOW}
    insert(
        world,
        *(
            bug(
                number,
                pai=name(number - 1) if number > 1 else "",
                parte=number > 1,
                items_gerados=[name(number + 1)] if number < LENGTH else [],
                **(ended if number < LENGTH else {}),
            )
            for number in range(1, LENGTH + 1)
        ),
    )
    waiting = world.backlog.produzir(new_item("orcar_spec", depende_de=[name(1)]), produtor="Epistemologia")
    assert world.status(waiting) == "Bloqueado"
    world.done("corrigir_bug")
    assert (world.status(waiting), world.item(waiting)["desbloqueado_por"]) == ("Pendente", name(1))
