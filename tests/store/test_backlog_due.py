"""A clock that went back: due times come back with it, for people's items, machines' and breakers alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import World, breaker

from store.clock import add_seconds

HOUR = 3600.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_what_was_to_come_comes_when_it_was_to(world: World) -> None:
    soon, now = add_seconds(world.clock.now(), 90), world.clock.now()
    waits = world.produce("orcar_spec", disponivel_em=soon)
    ready = world.produce("orcar_spec")
    asked = world.produce("avaliar_efetividade", produtor="MS_Produto")
    world.decisions.adiar(asked, soon)
    with world.db.transaction() as tx:
        open_, closed = (
            tx.insert("disjuntores", breaker(performer=name, tenta_em=moment))
            for name, moment in (("a", soon), ("b", ""))
        )
    world.clock.set_back(HOUR)
    assert set(world.backlog.clock_went_back(HOUR)) == {waits, asked}
    for item_id in (waits, asked):
        assert world.item(item_id)["disponivel_em"] == add_seconds(soon, -HOUR)
    assert world.item(waits)["pendente_em"] == add_seconds(soon, -HOUR), (
        "latency counts from when it could begin"
    )
    assert world.item(asked)["pendente_em"] == add_seconds(now, -HOUR), "it has waited since it was asked"
    assert world.item(ready)["pendente_em"] == now
    assert world.db.get("disjuntores", open_)["tenta_em"] == add_seconds(soon, -HOUR)  # type: ignore[index]
    assert world.db.get("disjuntores", closed)["tenta_em"] == ""  # type: ignore[index]
    assert world.claim("orcar_spec").item["id"] == ready
    world.clock.advance(90)
    assert world.claim("orcar_spec").item["id"] == waits


def test_what_came_due_before_the_clock_went_back_is_still_due(world: World) -> None:
    due = add_seconds(world.clock.now(), 60)
    item = world.produce("orcar_spec", disponivel_em=due)
    world.clock.advance(120)
    world.clock.set_back(HOUR)
    world.backlog.clock_went_back(HOUR)
    assert world.claim("orcar_spec").item["id"] == item
