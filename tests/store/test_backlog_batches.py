"""Very many that wait for the same: a bounded number a transaction, none forgotten, undo as before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from backlog_model import Snapshot
from factories import RESULTS, World, new_item

from store.errors import WrongState

AT_ONCE = 3


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = bounded(World(tmp_path))
    yield made
    drain(made)
    Snapshot(made).check()
    made.close()


def bounded(world: World) -> World:
    """The same world, where a transaction moves at most three of those that wait for the same."""
    world.backlog.rules = replace(world.backlog.rules, at_once=AT_ONCE)
    return world


def drain(world: World) -> int:
    """Carry out every batch; returns how many there were."""
    world.clock.advance(10)
    return next(n for n in range(100) if not world.backlog.soltar_lote())


def waiting(world: World, ref: str, count: int = 10) -> list[str]:
    return [world.produce("corrigir_bug", produtor="humano", depende_de=[ref]) for _ in range(count)]


def free(world: World, items: list[str]) -> list[str]:
    return [item_id for item_id in items if world.status(item_id) == "Pendente"]


def batches(world: World) -> list[dict[str, Any]]:
    return list(world.db.all("liberacoes"))


def moved_by(world: World) -> list[int]:
    """How many items each transaction moved, in order."""
    found: dict[int, int] = {}
    for event in world.events("desbloqueio"):
        found[event["seq"]] = found.get(event["seq"], 0) + 1
    return list(found.values())


def priced(world: World) -> tuple[str, list[str]]:
    """An `orcar_spec` that ten wait for."""
    target = world.add_spec()
    return target, waiting(world, target)


def test_each_transaction_moves_so_many_and_in_the_end_all_are_free(world: World) -> None:
    target, items = priced(world)
    claim = world.claim("orcar_spec")
    world.backlog.concluir(target, claim.token, RESULTS["orcar_spec"])
    assert free(world, items) == items[:3], "the oldest first"
    assert [batch["itens"] for batch in batches(world)] == [items[3:6], items[6:9], items[9:]]
    assert drain(world) == 3
    assert free(world, items) == items
    assert moved_by(world) == [3, 3, 3, 1]
    assert [world.item(item_id)["desbloqueado_por"] for item_id in items] == [target] * 10
    assert batches(world) == []


def test_a_crash_between_batches_loses_none_of_them(world: World) -> None:
    target, items = priced(world)
    world.backlog.pular(target, "not needed")
    assert world.backlog.soltar_lote()
    world.reopen()
    bounded(world)
    assert len(free(world, items)) == 6
    assert drain(world) == 2
    assert free(world, items) == items


def test_who_waits_for_few_is_moved_at_once(world: World) -> None:
    target = world.add_spec()
    items = waiting(world, target, AT_ONCE)
    world.backlog.pular(target, "not needed")
    assert (free(world, items), batches(world)) == (items, [])


def test_what_ended_or_does_not_wait_any_more_is_passed_over(world: World) -> None:
    target, items = priced(world)
    world.backlog.pular(target, "not needed")
    world.backlog.cancelar(items[4], "not needed")
    drain(world)
    assert world.status(items[4]) == "Cancelado"
    assert len(free(world, items)) == 9


def test_an_outcome_that_was_reached_sets_free_also_when_it_changes_meanwhile(world: World) -> None:
    """Another version of the spec comes in between: who waited for the first one had what it waited for."""
    world.add_spec("outra")
    early = waiting(world, "spec:outra")
    with world.db.transaction() as tx:
        (version,) = tx.find("specs", "spec_ref", "outra")
        tx.put("specs", {**version, "validada_em": world.clock.now(), "validada_por": early[0]})
        world.backlog.verificar_desbloqueio("spec:outra", tx=tx)
    assert len(free(world, early)) == AT_ONCE
    world.add_spec("outra", 2)
    late = waiting(world, "spec:outra", 1)
    world.backlog.verificar_desbloqueio("spec:outra")
    assert len(batches(world)) == 3, "who is put off already is not put off again"
    drain(world)
    assert free(world, early) == early
    assert free(world, late) == [], "it waits for the second one"


def test_what_broke_for_many_is_asked_about_once_for_each(world: World) -> None:
    target, items = priced(world)
    world.backlog.cancelar(target, "not needed")
    world.backlog.verificar_desbloqueio(target)
    assert len(batches(world)) == 3, "another look puts nobody off again"
    assert len(world.open("resolver_dependencia")) == AT_ONCE
    drain(world)
    asked = [each["contexto"]["item_ref"] for each in world.open("resolver_dependencia")]
    assert sorted(asked) == sorted(items)


def released(world: World) -> tuple[str, list[str]]:
    """A release in question, and ten that wait for its end."""
    world.add_spec()
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    return budget, waiting(world, budget)


def test_what_a_decision_sets_free_can_be_taken_back_while_its_time_runs(world: World) -> None:
    budget, items = released(world)
    decided = world.decide(budget, "ajustar", undo_s=5)
    before = len(free(world, items))
    assert before <= AT_ONCE
    assert not world.backlog.soltar_lote(), "not before it can't be taken back any more"
    world.decisions.desfazer(decided)
    assert batches(world) == []
    assert free(world, items) == []
    world.decide(budget, "ajustar", undo_s=5)
    drain(world)
    assert world.item(items[-1])["dependencias"][budget]["estado"] != "aberta"


def test_a_decision_whose_items_were_all_set_free_is_not_taken_back(world: World) -> None:
    budget, items = released(world)
    decided = world.decide(budget, "ajustar", undo_s=5)
    drain(world)
    with pytest.raises(WrongState, match="what it set free has gone on"):
        world.decisions.desfazer(decided)
    assert items


def test_a_clock_that_went_back_keeps_no_batch_for_an_hour(world: World) -> None:
    budget, _ = released(world)
    world.decide(budget, "ajustar", undo_s=5)
    world.clock.set_back(3600)
    world.backlog.clock_went_back(3600)
    assert drain(world) > 0
