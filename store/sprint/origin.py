"""Where an item comes from: what a task's work produces carries its origin by itself (P1, Genealogia).

Continuations (types that the parent's contract generates) work for the parent's task. What is discovered
besides is a child of that task: it holds nobody, and nobody can claim it until it is pulled and started.
"""

from __future__ import annotations

from typing import NamedTuple

from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.contracts import Contract
from store.documents.item import NewItem
from store.sprint import codes


class Place(NamedTuple):
    """What `produzir` adds to a new item."""

    descoberto: bool
    """It is besides its parent's work: no part of it, and none of its execution or gap."""
    origem: Doc | None
    filho_de: str | None
    tarefa: str | None
    retido: bool


def place(op: Operation, new: NewItem, contract: Contract, produtor: str, pai: Doc | None) -> Place:
    """Where a new item belongs."""
    descoberto = is_discovered(op, new, contract, pai)
    task = new.filho_de or (pai.get("tarefa") if pai is not None else None)
    if descoberto and task:
        said = new.origem.tipo if new.origem is not None else _kind(produtor)
        auto_pull = bool(contract.auto_pull) if new.auto_pull is None else new.auto_pull
        found = _origin(op, said, task, _ms(new, produtor), auto_pull)
        return Place(True, found, task, None, retido=True)
    origem: Doc | None = new.origem.model_dump(mode="json") if new.origem is not None else None
    tarefa = new.tarefa or (None if descoberto else task)
    if origem is None and not descoberto and task:
        origem = _origin(op, _kind(produtor), task, produtor, bool(contract.auto_pull))
    return Place(descoberto, origem, None, tarefa, retido=new.retido)


def is_discovered(op: Operation, new: NewItem, contract: Contract, pai: Doc | None) -> bool:
    """Whether an item is besides its parent's work: a person says so, or its parent's contract does not
    generate it and its own is of a kind that any work may discover.
    """
    if pai is None:
        return new.filho_de is not None
    if new.origem is not None or new.filho_de is not None:
        return True
    return contract.auto_pull is not None and new.tipo not in op.contract(pai).gerados


def _kind(produtor: str) -> str:
    return "manual" if produtor == "humano" else "ms_producao"


def _ms(new: NewItem, produtor: str) -> str:
    said = new.origem.ms_origem if new.origem is not None else ""
    return said or ("" if produtor == "humano" else produtor)


def _origin(op: Operation, tipo: str, task: str, ms_origem: str, auto_pull: bool) -> Doc:
    sprint_id, codigo = codes.split_key(task)
    return {
        "tipo": tipo,
        "sprint_id": sprint_id,
        "task_codigo": codigo,
        "ms_origem": ms_origem,
        "auto_pull": auto_pull,
        "criado_em": op.now,
    }
