"""Finished sagas leave the hot set, and nothing that still needs them notices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import World, new_item

from store.backlog.archiving import archive_saga, finished_sagas
from store.views.fold import ReadFold
from store.views.model import LineState


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def priced(world: World, spec_ref: str, **more: object) -> str:
    return world.backlog.produzir(
        {"tipo": "orcar_spec", "contexto": {"spec_ref": spec_ref, "spec_versao": 1}, **more},
        produtor="Epistemologia",
    )


def rows(world: World) -> list[object]:
    fold = ReadFold(workspace="w")
    fold.load(world.db)
    return list(fold.publish(linha=LineState()).itens)


def archived(world: World) -> None:
    """Archive the one finished saga."""
    [ids] = sagas(world)
    assert archive_saga(world.db, world.backlog.rules.book, ids) == len(ids)


def sagas(world: World) -> list[list[str]]:
    world.clock.advance(3600)
    return finished_sagas(rows(world), world.clock.now())


def test_a_saga_with_something_open_or_recent_stays(world: World) -> None:
    done = priced(world, "a")
    world.backlog.cancelar(done, "enough")
    priced(world, "b")
    assert finished_sagas(rows(world), "2000-01-01T00:00:00.000000Z") == []
    assert sagas(world) == [[done]]


def test_what_was_archived_is_found_by_its_id_and_its_stub(world: World) -> None:
    done = priced(world, "a")
    world.backlog.cancelar(done, "enough")
    [ids] = sagas(world)
    assert archive_saga(world.db, world.backlog.rules.book, ids) == 1
    assert world.db.get("backlog_items", done) is None
    assert world.db.archived(done)["motivo"] == "enough"
    assert world.db.stub(done)["fim"] == "Cancelado"
    assert rows(world) == []
    waits = priced(world, "b", depende_de=[done])
    assert world.status(waits) == "Bloqueado"
    assert world.items("resolver_dependencia", "Pendente")


def test_a_dependency_on_archived_work_that_ended_well_holds_nobody(world: World) -> None:
    done = priced(world, "a")
    world.backlog.pular(done, "not needed")
    [ids] = sagas(world)
    archive_saga(world.db, world.backlog.rules.book, ids)
    assert world.status(priced(world, "b", depende_de=[done])) == "Pendente"


def test_what_was_refused_stays_refused(world: World) -> None:
    world.add_spec("frete")
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    world.decide(budget, "ajustar")
    [adjusting] = world.items("ajustar_spec")
    world.backlog.pular(adjusting["id"], "not worth it")
    archived(world)
    assert world.status(priced(world, "b", depende_de=[budget])) == "Bloqueado"


def test_what_ended_with_a_part_that_did_not_come_has_not_come(world: World) -> None:
    world.add_spec("frete")
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    world.decide(budget, "aprovar")
    [development] = world.items("desenvolvimento")
    (release,) = world.done("desenvolvimento", new_item("aprovar_release"))
    world.backlog.cancelar(release, "not wanted")
    archived(world)
    assert world.status(priced(world, "b", depende_de=[development["id"]])) == "Bloqueado"
    assert world.status(priced(world, "c", depende_de=[budget])) == "Pendente"


def test_a_saga_that_goes_on_after_all_stays(world: World) -> None:
    done = priced(world, "a")
    world.backlog.cancelar(done, "enough")
    other = priced(world, "b")
    assert archive_saga(world.db, world.backlog.rules.book, [done, other]) == 0
    assert world.db.get("backlog_items", done) is not None


def test_what_somebody_still_waits_for_stays(world: World) -> None:
    done = priced(world, "a")
    waits = priced(world, "b", depende_de=[done])
    world.backlog.cancelar(done, "enough")
    assert world.status(waits) == "Bloqueado"
    assert archive_saga(world.db, world.backlog.rules.book, [done]) == 0
