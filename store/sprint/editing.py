"""What is said anew of a sprint, or of a task that has not ended: each change on record, with what was there
before. What the backlog knows of a task's item is changed there, not here (SSOT-BACKLOG).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.errors import WrongInput, WrongState
from store.sprint import codes
from store.sprint.tasks import (
    TASKS,
    children,
    follow,
    how_ended,
    in_order,
    open_sprint,
    save,
    save_sprint,
    the_task,
)
from store.sprint.waiting import refuse_cycle
from store.yamlfile import did_you_mean


class TaskChange(TypedDict, total=False):
    """What `editar_task` takes; what is as it was is no change."""

    titulo: str
    """A person's task's; that of one with an item is the item's."""
    responsavel: str
    estimativa: Mapping[str, Any] | None
    """Whole: `{horas, custo}`, or None for none."""
    depende_de: Sequence[str]
    """Whole; of a task that is not started."""
    antes_de: str
    """The sibling before which it is to be."""
    auto_iniciar: bool
    """Whether it starts by itself once it waits for nothing; of a task that is not started."""


SPRINT_FIELDS = (
    "titulo",
    "objetivo",
    "agrupador",
    "inicio",
    "fim",
    "wip",
    "limite_filhos",
    "limite_profundidade",
    "orcamento",
    "horas_dia",
    "auto_iniciar",
)
"""What a person may say anew of a sprint."""


def edit_task(op: Operation, sprint_id: str, codigo: str, change: TaskChange) -> Doc:
    """Change a task of an open sprint; returns it. Raises WrongState for one that has ended, and for what is
    not to be changed any more; WrongInput with the path of what is not allowed; CycleRefused.
    """
    open_sprint(op, sprint_id)
    task = the_task(op, sprint_id, codigo)
    if task["fim"]:
        raise WrongState(f"{codigo} is {how_ended(op, task)}")
    new = _own_fields(task, change)
    if "depende_de" in change:
        new["depende_de"] = dependencies(op, sprint_id, change["depende_de"])
    if "auto_iniciar" in change:
        new["espera_auto"] = sprint_id if change["auto_iniciar"] else None
    changed = _changed(task, new)
    if task["iniciada_em"] and changed.keys() & {"depende_de", "espera_auto"}:
        raise WrongState(f"{codigo} is started already: it waits for nothing any more")
    if changed:
        task.update(new)
        save(op, task, "editada", mudou=changed)
        if "depende_de" in changed:
            refuse_cycle(op, task)
        op.later("start", sprint_id)
    if "antes_de" in change:
        place(op, task, the_task(op, sprint_id, change["antes_de"]))
    return task


def _own_fields(task: Doc, change: TaskChange) -> Doc:
    """Title, responsible and estimate, as they are stored."""
    new: Doc = {name: change[name] for name in ("titulo", "responsavel") if name in change}
    if task["item_ref"]:
        _refuse_the_item_s(task, change)
        return {name: value for name, value in new.items() if name != "titulo"}
    if "titulo" in new and not new["titulo"].strip():
        raise WrongInput("a task needs a title", path="titulo")
    if "estimativa" in change:
        new["estimativa"] = whole_estimate(change["estimativa"])
    return new


def _refuse_the_item_s(task: Doc, change: TaskChange) -> None:
    for name, word in (("titulo", "title"), ("estimativa", "estimate")):
        if change.get(name):
            raise WrongInput(f"the {word} of {task['codigo']} is that of {task['item_ref']}", path=name)


def whole_estimate(said: Mapping[str, Any] | None) -> Doc | None:
    """`{horas, custo}` with both keys; None where neither is said."""
    if not said or not any(value is not None for value in said.values()):
        return None
    return {"horas": None, "custo": None, **said}


def edit_sprint(op: Operation, sprint_id: str, fields: Mapping[str, Any]) -> Doc:
    """Change an open sprint; returns it. Raises WrongInput with the path of what is not allowed."""
    sprint = open_sprint(op, sprint_id)
    for name in fields:
        if name not in SPRINT_FIELDS:
            raise WrongInput("unknown key", path=name, remedy=did_you_mean(name, SPRINT_FIELDS))
    changed = _changed(sprint, fields)
    if not changed:
        return sprint
    sprint.update(fields)
    check_facts(sprint)
    save_sprint(op, sprint, "editada", mudou=changed)
    if "auto_iniciar" in changed:
        _dispatch(op, sprint)
    op.later("start", sprint_id)
    return sprint


def check_facts(sprint: Doc) -> None:
    """Refuse a sprint without a title, with a day that is none, or that ends before it begins."""
    if not sprint["titulo"].strip():
        raise WrongInput("a sprint needs a title", path="titulo")
    for name in ("inicio", "fim"):
        try:
            if sprint[name]:
                date.fromisoformat(sprint[name])
        except ValueError:
            raise WrongInput(f"not a day: {sprint[name]}", path=name, remedy="as in 2025-12-17") from None
    if sprint["inicio"] and sprint["fim"] and sprint["fim"] < sprint["inicio"]:
        raise WrongInput(f"{sprint['fim']} is before it begins, on {sprint['inicio']}", path="fim")


def _dispatch(op: Operation, sprint: Doc) -> None:
    """The owner dispatches all that is not started in advance, or takes that back."""
    sprint_id = sprint["sprint_id"]
    for task in op.tx.find(TASKS, "sprint_id", sprint_id):
        wanted = sprint_id if sprint["auto_iniciar"] else None
        if not task["fim"] and not task["iniciada_em"] and task["espera_auto"] != wanted:
            changed = _changed(task, {"espera_auto": wanted})
            task["espera_auto"] = wanted
            save(op, task, "editada", mudou=changed)


def _changed(doc: Doc, new: Mapping[str, Any]) -> Doc:
    """What is not as it was: `{de, para}` by field."""
    return {name: {"de": doc[name], "para": value} for name, value in new.items() if doc[name] != value}


def dependencies(op: Operation, sprint_id: str, refs: Sequence[str]) -> list[str]:
    """What a task is to wait for, each once; WrongInput for what is no task of its sprint and no item. A task
    that was moved within the sprint is meant as it goes on.
    """
    found: list[str] = []
    for ref in refs:
        if codes.CODE.fullmatch(ref):
            now = follow(op, the_task(op, sprint_id, ref))
            ref = now["codigo"] if now["sprint_id"] == sprint_id else ref
        elif codes.ITEM.fullmatch(ref):
            op.item(ref)
        else:
            raise WrongInput(f"not a task or an item: {ref}", path="depende_de", remedy="T01, or BKL-0042")
        found.append(ref)
    return list(dict.fromkeys(found))


def place(op: Operation, task: Doc, other: Doc) -> None:
    """Put a task before one of its siblings."""
    if task["sob"] != other["sob"] or task["id"] == other["id"]:
        raise WrongInput(f"{other['codigo']} is no sibling of {task['codigo']}")
    rest = [each for each in children(op, task["sprint_id"], task["pai"]) if each["id"] != task["id"]]
    siblings = in_order(rest)
    at = [each["id"] for each in siblings].index(other["id"])
    for index, each in enumerate([*siblings[:at], task, *siblings[at:]]):
        if each["ordem"] != index or each["id"] == task["id"]:
            each["ordem"] = index
            save(op, each, "ordenada")
