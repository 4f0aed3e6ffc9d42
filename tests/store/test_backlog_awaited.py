"""Who waits is found by what holds them: what moves without changing that costs nobody a look."""

from __future__ import annotations

from typing import Any

import pytest
from factories import World

from store.backlog.trial import Trial
from store.collections import AWAITED, COLLECTIONS, awaited
from store.journal.reader import Reader

MANY = 40


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The blocked items that were read by what holds them, as they are."""
    found: list[str] = []
    real = Reader.find

    def find(self: Reader, collection: str, index: str, value: object) -> list[dict[str, Any]]:
        documents = real(self, collection, index, value)
        found.extend(doc["id"] for doc in documents if index == AWAITED)
        return documents

    monkeypatch.setattr(Reader, "find", find)
    return found


def bug(world: World, *waits: str, **fields: Any) -> str:
    return world.produce("corrigir_bug", produtor="humano", depende_de=list(waits), **fields)


def waiting(world: World, ref: str, estado: str = "aberta") -> int:
    return world.db.count_by("backlog_items", AWAITED, awaited(ref, estado))


def test_a_blocked_item_is_filed_by_what_holds_it(world: World) -> None:
    first, second = world.produce("orcar_spec"), world.produce("orcar_spec")
    item = bug(world, first, second, "spec:nunca")
    assert [doc["id"] for doc in world.db.find("backlog_items", AWAITED, awaited(first, "aberta"))] == [item]
    assert waiting(world, "spec:nunca", "quebrada") == 1
    world.backlog.pular(first, "not needed")
    assert (waiting(world, first), waiting(world, second)) == (0, 1)
    world.backlog.cancelar(second, "not needed")
    assert (waiting(world, second), waiting(world, second, "quebrada")) == (0, 1)
    world.reopen()
    assert waiting(world, second, "quebrada") == 1
    world.backlog.pular(item, "not needed")
    assert waiting(world, second, "quebrada") == 0


def test_what_moves_without_freeing_anybody_reads_nobody(world: World, read: list[str]) -> None:
    world.add_spec()
    for _ in range(MANY):
        bug(world, "spec:frete")
    other = world.produce("orcar_spec")
    alone = bug(world, other)
    read.clear()
    world.claim("orcar_spec")
    world.backlog.pular(other, "not needed")
    assert read == [alone]


def test_a_gap_that_one_of_many_leaves_is_not_asked_who_they_are(world: World, read: list[str]) -> None:
    gap = world.produce("entrevistar_dor", chave="gap:chave-assinatura")
    items = [bug(world, gap) for _ in range(MANY)]
    read.clear()
    world.backlog.cancelar(items[0], "not needed")
    assert read == []
    assert world.status(gap) == "Pendente"
    for item in items[1:]:
        world.backlog.cancelar(item, "not needed")
    assert world.status(gap) == "Cancelado"


def test_all_come_free_at_once(world: World) -> None:
    world.add_spec()
    items = [bug(world, "spec:frete") for _ in range(MANY)]
    validation = world.deliver()
    assert all(world.status(item) == "Bloqueado" for item in items)
    world.decide(validation, "validar")
    assert all(world.status(item) == "Pendente" for item in items)
    assert waiting(world, "spec:frete") == 0


def test_a_trial_counts_with_what_it_changed(world: World) -> None:
    first = world.produce("orcar_spec")
    item = bug(world, first)
    trial = Trial(world.db)
    name = awaited(first, "aberta")
    assert trial.count_by("backlog_items", AWAITED, name) == 1
    freed = {**world.item(item), "status": "Pendente"}
    trial.put("backlog_items", freed)
    assert trial.count_by("backlog_items", AWAITED, name) == 0
    assert trial.find("backlog_items", AWAITED, name) == []
    trial.insert("backlog_items", {**world.item(item), "id": ""})
    assert trial.count_by("backlog_items", AWAITED, name) == 1
    assert len(trial.find("backlog_items", AWAITED, name)) == 1
    assert waiting(world, first) == 1, "nothing is written"
    assert trial.count_by("backlog_items", "tipo", "corrigir_bug") == 2


def test_only_blocked_items_are_filed() -> None:
    compute = COLLECTIONS["backlog_items"].computed[AWAITED]
    states = {"a": {"estado": "aberta"}, "b": {"estado": "resolvida"}, "c": {"estado": "quebrada"}}
    assert compute({"status": "Bloqueado", "dependencias": states}) == ["a aberta", "c quebrada"]
    assert compute({"status": "Pendente", "dependencias": states}) is None
    assert compute({"status": "Bloqueado"}) == []
