"""The line moves finished sagas out of the hot set, a few at a time, and only where it runs the line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from factories import World

from jobs.line_core import Core
from jobs.line_upkeep import Upkeep
from store.views.fold import ReadFold
from store.views.model import LineState

SAGAS = 25


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    for number in range(SAGAS):
        novo = {"tipo": "orcar_spec", "contexto": {"spec_ref": f"s{number}", "spec_versao": 1}}
        made.backlog.cancelar(made.backlog.produzir(novo, produtor="Epistemologia"), "enough")
    yield made
    made.close()


def core_of(world: World, *, running: bool) -> Any:
    def model() -> Any:
        fold = ReadFold(workspace="w")
        fold.load(world.db)
        return fold.publish(linha=LineState())

    class Publisher:
        model = property(lambda _self: model())

    return SimpleNamespace(
        db=world.db,
        backlog=world.backlog,
        publisher=Publisher(),
        recovery=SimpleNamespace(recover=list) if running else None,
        setup=SimpleNamespace(clock=world.clock, config={"archive_after_days": 1}),
        scheduler=SimpleNamespace(wake_all=lambda: None),
        note_problem=lambda *_: None,
    )


def left(world: World) -> int:
    return world.db.count("backlog_items")


def test_finished_sagas_leave_some_at_a_time_when_they_are_old_enough(world: World) -> None:
    upkeep = Upkeep(cast(Core, core_of(world, running=True)), attached=lambda: None)
    upkeep.turn(0.0)
    assert left(world) == SAGAS
    world.clock.advance(2 * 86_400)
    upkeep.turn(10.0)
    assert left(world) == SAGAS, "the next look is an hour away"
    upkeep.turn(4_000.0)
    assert left(world) == 5
    upkeep.turn(4_002.0)
    assert left(world) == 0


def test_what_has_to_stay_keeps_nothing_else_from_leaving(world: World) -> None:
    """The first of them, more than are looked at in one turn, are still waited for."""
    finished = [item["id"] for item in world.db.all("backlog_items")][:22]
    for item_id in finished:
        world.produce("corrigir_bug", depende_de=[item_id])
    assert left(world) > SAGAS + 22, "who waits for what was cancelled asks about it"
    upkeep = Upkeep(cast(Core, core_of(world, running=True)), attached=lambda: None)
    world.clock.advance(2 * 86_400)
    upkeep.turn(0.0)
    upkeep.turn(2.0)
    assert not any(world.db.get("backlog_items", f"BKL-{n:04d}") for n in range(23, SAGAS + 1))
    assert all(world.db.get("backlog_items", item_id) for item_id in finished)


def test_an_attached_process_archives_nothing(world: World) -> None:
    upkeep = Upkeep(cast(Core, core_of(world, running=False)), attached=lambda: None)
    world.clock.advance(2 * 86_400)
    upkeep.turn(0.0)
    assert left(world) == SAGAS
