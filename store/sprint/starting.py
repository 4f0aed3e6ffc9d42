"""Start: the human's dispatch makes a task's item claimable; `auto_iniciar` is that dispatch in advance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.backlog.produce import produce
from store.documents.item import OPEN, Status
from store.errors import WrongInput, WrongState
from store.sprint.holding import release
from store.sprint.tasks import TASKS, find_sprint, how_ended, in_order, open_sprint, save
from store.sprint.waiting import waits
from store.views.sprint import way_on

BY_ITSELF = "auto_iniciar"
"""Who starts what its sprint's owner has dispatched in advance."""


def start(op: Operation, task: Doc) -> None:
    """Start a task, or go on with one of a person's that was blocked. Raises WrongState, saying why not."""
    sprint = open_sprint(op, task["sprint_id"])
    if not task["fim"] and task["iniciada_em"] and task["bloqueio"]:
        task["bloqueio"] = ""
        save(op, task, "retomada")
        return
    _refuse_begun(op, task)
    waiting = waits(op, task)
    if waiting:
        way = way_on(task["chave"], waiting)
        offer = f"; {way}" if way else ""
        verb = "is paused by" if any(wait.quebrada for wait in waiting) else "waits for"
        raise WrongState(f"{task['codigo']} {verb} {', '.join(wait.told() for wait in waiting)}{offer}")
    _refuse_crowded(op, sprint)
    _begin(op, task)


def _refuse_begun(op: Operation, task: Doc) -> None:
    if task["fim"]:
        raise WrongState(f"{task['codigo']} is {how_ended(op, task)}")
    if task["iniciada_em"]:
        raise WrongState(f"{task['codigo']} was started already, by {task['iniciada_por']}")
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    if item is not None and item["status"] not in OPEN | {Status.CONCLUIDO, Status.PULADO}:
        raise WrongState(f"{task['codigo']} can't start: {item['id']} is {item['status']}")


def _refuse_crowded(op: Operation, sprint: Doc) -> None:
    under_way = op.tx.find(TASKS, "em_curso", sprint["sprint_id"])
    if sprint["wip"] is not None and len(under_way) >= sprint["wip"]:
        names = ", ".join(task["codigo"] for task in in_order(under_way))
        raise WrongState(
            f"{sprint['sprint_id']} has {len(under_way)} of {sprint['wip']} tasks under way ({names}):"
            " conclude one first"
        )


def _begin(op: Operation, task: Doc) -> None:
    task.update(iniciada_em=op.now, iniciada_por=op.quem)
    task.update(em_curso=task["sprint_id"], espera_auto=None)
    save(op, task, "iniciada")
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    if item is not None and item["status"] in OPEN:
        release(op, item)
    for novo in task["filhos"]:
        bring_up(op, task, novo, tipo="sprint_task")


def bring_up(op: Operation, task: Doc, novo: Doc, *, tipo: str = "manual") -> str:
    """Produce a child of a started task's work that a person found, or that its recipe foresaw.

    `novo` is what `produzir` takes. Raises WrongState for a task that isn't started, or whose sprint is
    closed; WrongInput for what its contract does not allow.
    """
    open_sprint(op, task["sprint_id"])
    if not task["iniciada_em"] or task["fim"] not in ("", "concluida"):
        state = how_ended(op, task) or "not started"
        raise WrongState(f"{task['chave']} is {state}: nothing comes of its work")
    _refuse_made_up(novo)
    whole = {**novo, "filho_de": task["chave"]}
    whole["origem"] = {"tipo": tipo, "ms_origem": task["responsavel"]}
    pai = op.find_item(task["item_ref"]) if task["item_ref"] else None
    return produce(op, whole, produtor="humano", pai=pai)


def made_for_a_task(op: Operation, novo: Mapping[str, Any]) -> Doc:
    """Produce an item for a task to carry: held from the beginning. `novo` is what `produzir` takes."""
    _refuse_made_up(novo)
    return op.item(produce(op, {**novo, "retido": True}, produtor="humano"))


def _refuse_made_up(novo: Mapping[str, Any]) -> None:
    for name in ("origem", "tarefa", "filho_de"):
        if name in novo:
            raise WrongInput("origem follows from the task", path=name)


def start_by_itself(op: Operation, sprint_id: str) -> None:
    """Start the tasks that were dispatched in advance and wait for nothing any more, in order, as far as the
    WIP limit goes.
    """
    sprint = find_sprint(op, sprint_id)
    if sprint is None or sprint["estado"] != "aberta":
        return
    quem, op.quem = op.quem, BY_ITSELF
    under_way = len(op.tx.find(TASKS, "em_curso", sprint_id))
    for task in in_order(op.tx.find(TASKS, "espera_auto", sprint_id)):
        if sprint["wip"] is not None and under_way >= sprint["wip"]:
            break
        if _can_start(op, task):
            _begin(op, task)
            under_way += 1
    op.quem = quem


def _can_start(op: Operation, task: Doc) -> bool:
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    alive = item is None or item["status"] in OPEN | {Status.CONCLUIDO, Status.PULADO}
    return alive and not waits(op, task)


def look_at_waiting(op: Operation, ref: str) -> None:
    """An item's, spec's or capability's outcome may have changed: tasks that name it may start."""
    for task in op.tx.find(TASKS, "depende_de", ref):
        if task["espera_auto"]:
            op.later("start", task["sprint_id"])
