"""`concluir_task`, with the four steps of section 3.3, and `proxima_task`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.backlog.operation import Operation
from store.backlog.outcomes import outcome
from store.backlog.ports import Doc
from store.documents.item import OPEN, Status
from store.errors import WrongInput, WrongState
from store.sprint.pulling import bring_in
from store.sprint.tasks import (
    DONE,
    end,
    find_sprint,
    how_ended,
    in_order,
    open_children,
    open_sprint,
    tasks_of,
)
from store.sprint.waiting import title, waits


@dataclass(frozen=True, slots=True)
class Pulled:
    """A child that came in by itself."""

    codigo: str
    titulo: str
    item_ref: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A child that the owner is asked about; `pergunta` is the id of the question."""

    pergunta: str
    titulo: str
    item_ref: str
    codigo: str
    """What it becomes when it is pulled."""
    motivo: str


@dataclass(frozen=True, slots=True)
class Concluded:
    """What concluding a task came to."""

    codigo: str
    puxados: tuple[Pulled, ...]
    pendentes: tuple[Pending, ...]
    proxima: str
    """The code of the next task that can start; empty when there is none."""


def conclude(
    op: Operation,
    task: Doc,
    resultado: Mapping[str, Any] | None = None,
    anexos: Sequence[Mapping[str, Any]] = (),
) -> Concluded:
    """Conclude a task: mark it, consult its children, pull them or ask, and find the next one.

    Raises WrongState where it can't be concluded (now), saying why.
    """
    sprint = open_sprint(op, task["sprint_id"])
    _refuse_ended(op, task)
    if not task["iniciada_em"]:
        raise WrongState(f"{task['codigo']} is not started: `oficina task start {task['codigo']}`")
    _refuse_unfinished(op, task)
    if task["item_ref"] and (resultado is not None or anexos):
        raise WrongInput(f"the result of {task['codigo']} is that of {task['item_ref']}", path="resultado")
    task.update(resultado=dict(resultado) if resultado else None, anexos=[dict(each) for each in anexos])
    task["bloqueio"] = ""
    end(op, task, DONE, DONE)
    brought = bring_in(op, sprint, task)
    op.later("start", task["sprint_id"])
    return Concluded(
        task["codigo"],
        tuple(Pulled(each["codigo"], title(op, each), each["item_ref"]) for each in brought.puxados),
        tuple(_pending(question) for question in brought.pendentes),
        proxima_task(op, task["sprint_id"], brought.puxados),
    )


def _pending(question: Doc) -> Pending:
    asked = question["contexto"]
    return Pending(
        question["id"], asked["titulo"], asked["item_ref"], asked["codigo"], motivo=asked["motivo"]
    )


def _refuse_ended(op: Operation, task: Doc) -> None:
    if task["fim"] == DONE:
        when = f"{task['encerrada_em'][:10]} {task['encerrada_em'][11:19]} UTC"
        raise WrongState(f"{task['codigo']} was concluded already, by {task['encerrada_por']} at {when}")
    if task["fim"]:
        raise WrongState(f"{task['codigo']} is {how_ended(op, task)}")


def _refuse_unfinished(op: Operation, task: Doc) -> None:
    below = open_children(op, task)
    if below:
        names = ", ".join(each["codigo"] for each in in_order(below))
        raise WrongState(f"{task['codigo']} has open subtasks: {names}")
    if not task["item_ref"]:
        return
    item = op.find_item(task["item_ref"])
    found = outcome(op, task["item_ref"])
    if found.estado == "resolvida":
        return
    status = item["status"] if item is not None else "not there"
    if found.estado == "quebrada":
        raise WrongState(
            f"{task['codigo']} did not succeed: {task['item_ref']} is {status}; cancel the task, or take its"
            " failure back in `oficina decisions`"
        )
    if item is not None and item["status"] in OPEN:
        asks = item["humano"] and item["status"] == Status.PENDENTE
        todo = f": answer it with `oficina decide {item['id']}`" if asks else ""
        raise WrongState(f"{task['codigo']} is not finished: {item['id']} is {status}{todo}")
    raise WrongState(f"{task['codigo']} is not finished: {task['item_ref']} waits for its part {found.por}")


def proxima_task(op: Operation, sprint_id: str, made: Sequence[Doc] = ()) -> str:
    """The code of the first task, in the tree's order, that can start now; empty when none can. `made` is
    what the operation has made of them (`tasks_of`).
    """
    sprint = find_sprint(op, sprint_id)
    if sprint is None or sprint["estado"] != "aberta":
        return ""
    for task in in_order(tasks_of(op, sprint_id, made)):
        if task["fim"] or task["iniciada_em"]:
            continue
        item = op.find_item(task["item_ref"]) if task["item_ref"] else None
        if (item is None or item["status"] in OPEN) and not waits(op, task):
            return str(task["codigo"])
    return ""
