"""An end costs what depends on it, not what there is: work is counted, not timed."""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from factories import RESULTS, World, new_item
from sprint_kit import S, SprintWorld

from store.journal.transaction import Transaction


class Counting:
    """Counts the documents that a transaction hands out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: Counter[str] = Counter()
        get, find = Transaction.get, Transaction.find

        def counted_get(tx: Transaction, collection: str, document_id: str) -> Any:
            self.read["get"] += 1
            return get(tx, collection, document_id)

        def counted_find(tx: Transaction, collection: str, index: str, value: object) -> Any:
            found = find(tx, collection, index, value)
            self.read["find"] += len(found)
            return found

        monkeypatch.setattr(Transaction, "get", counted_get)
        monkeypatch.setattr(Transaction, "find", counted_find)


def cost_of_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: int, dependents: int) -> int:
    world = World(tmp_path / f"{others}-{dependents}")
    with world.db.transaction() as tx:
        for _ in range(others):
            world.backlog.produzir(new_item("corrigir_bug"), produtor="humano", tx=tx)
        target = world.backlog.produzir(new_item("orcar_spec"), produtor="Epistemologia", tx=tx)
        for _ in range(dependents):
            world.backlog.produzir(new_item("corrigir_bug", depende_de=[target]), produtor="humano", tx=tx)
    claim = world.claim("orcar_spec")
    with monkeypatch.context() as patch:
        counting = Counting(patch)
        world.backlog.concluir(target, claim.token, RESULTS["orcar_spec"])
    assert len(world.events("desbloqueio")) == dependents
    world.close()
    return counting.read.total()


def test_an_end_reads_what_depends_on_it_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = cost_of_an_end(tmp_path, monkeypatch, others=0, dependents=0)
    assert cost_of_an_end(tmp_path, monkeypatch, others=300, dependents=0) == alone
    ten = cost_of_an_end(tmp_path, monkeypatch, others=0, dependents=10)
    assert cost_of_an_end(tmp_path, monkeypatch, others=300, dependents=10) == ten
    assert cost_of_an_end(tmp_path, monkeypatch, others=0, dependents=100) - alone <= 10.5 * (ten - alone)


def cost_of_a_conclusion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, children: int) -> int:
    world = SprintWorld(tmp_path / str(children), limite_filhos=None)
    codigo = world.started()
    with world.db.transaction() as tx:
        for _ in range(children):
            world.sprints.produzir_filho(S, codigo, new_item("validar_spec"), tx=tx)
    with monkeypatch.context() as patch:
        counting = Counting(patch)
        said = world.conclude_task(codigo)
    assert len(said.puxados) == children
    assert said.proxima == world.sprints.proxima_task(S)
    world.close()
    return counting.read.total()


def test_a_conclusion_reads_each_child_once_and_no_task_that_it_has_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = cost_of_a_conclusion(tmp_path, monkeypatch, 10)
    assert cost_of_a_conclusion(tmp_path, monkeypatch, 40) - few == 30


def test_a_long_chain_of_parts_needs_no_stack(tmp_path: Path) -> None:
    """Each rejected release is mended by a part of it: the first development waits for the last."""
    world = World(tmp_path)
    spec = {"spec_ref": "frete", "spec_versao": 1}
    first = world.produce("desenvolvimento", produtor="MS_Produto")
    waiting = world.produce("reverter", produtor="humano", depende_de=[first])
    (release,) = world.done("desenvolvimento", new_item("aprovar_release", spec))
    for _ in range(80):
        world.decide(release, "rejeitar")
        (release,) = world.done("corrigir_bug", new_item("aprovar_release", spec))
    assert world.status(waiting) == "Bloqueado"
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 80)
    try:
        world.decide(release, "aprovar")
    finally:
        sys.setrecursionlimit(limit)
    assert world.status(waiting) == "Pendente"
    world.close()
