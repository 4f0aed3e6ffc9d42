"""Tasks that leave their place: carried over, returned to the backlog, cancelled, moved; and the close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from store.backlog.endings import PULL, close_question, open_question
from store.backlog.interventions import cancel as cancel_item
from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.documents.item import UNSETTLED
from store.errors import WrongInput, WrongState
from store.sprint import codes
from store.sprint.holding import give_back as give_item_back
from store.sprint.holding import leave
from store.sprint.pulling import children_of, transferir, waiting_children
from store.sprint.tasks import (
    DONE,
    children,
    create,
    end,
    find_task,
    gerar_codigo_subtask,
    how_ended,
    in_order,
    open_sprint,
    save,
    save_sprint,
    tasks_of,
    the_sprint,
)
from store.sprint.waiting import refuse_cycle

Action = Literal["levar", "devolver", "cancelar"]
ACTIONS: tuple[Action, ...] = ("levar", "devolver", "cancelar")


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of something that is left at the close; `cancelar` needs a reason."""

    acao: Action
    motivo: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """Something that the close must say what becomes of: a task's code, or an undecided child's item."""

    ref: str
    titulo: str
    estado: str
    retido: bool = False
    """Whether `devolver` leaves it held in the backlog: what was discovered, and is not at work."""
    espera: tuple[tuple[str, str], ...] = ()
    """The tasks of the sprint that it still waits for, each with the item that it carries, or nothing."""


_PAUSED = "{ref} is paused in {para}: {other} is cancelled, with {item}, for which it waits"
_WAITS_ON = "{ref} waits in {para} for {item}: {other} goes back to the backlog"
_WAITS_NO_MORE = "{ref} waits no more for {other}, which does not come to {para}"
_LEFT_BEHIND = "{ref} goes back to the backlog and waits no more for {other}, which goes on in {para}"


def consequences(left: Iterable[Left], actions: Mapping[str, Action], para: str) -> list[str]:
    """What the close does to tasks that wait for one another and part ways, a line each; `actions` are by
    what is left, as far as it is said. Whatever goes the same way goes on waiting.
    """
    lines = []
    for each in left:
        for other, item in each.espera:
            text = _parted(actions.get(each.ref), actions.get(other), item)
            words = {"ref": each.ref, "other": other, "item": item, "para": para or "the other sprint"}
            lines += [text.format_map(words)] if text else []
    return lines


def _parted(own: Action | None, others: Action | None, item: str) -> str:
    if own is None or others is None or own == others or own == "cancelar":
        return ""
    if own == "devolver":
        return _LEFT_BEHIND if others == "levar" else ""
    if not item:
        return _WAITS_NO_MORE
    return _PAUSED if others == "cancelar" else _WAITS_ON


def waits_among(tasks: Iterable[Doc], task: Doc) -> tuple[tuple[str, str], ...]:
    """The open tasks of its sprint that a task waits for, each with its item."""
    open_ones = {each["codigo"]: each["item_ref"] for each in tasks if not each["fim"]}
    waited = () if task["iniciada_em"] else task["depende_de"]
    return tuple((ref, open_ones[ref]) for ref in waited if ref in open_ones)


def left_over(op: Operation, sprint_id: str) -> tuple[list[Doc], list[Doc]]:
    """The tasks that have not ended, in the tree's order, and the children that nobody has decided about."""
    tasks = tasks_of(op, sprint_id)
    return in_order(task for task in tasks if not task["fim"]), waiting_children(op, sprint_id, tasks)


def stays_held(op: Operation, task: Doc) -> bool:
    """Whether the item of an open task is held once it is returned to the backlog."""
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    return item is not None and bool(item.get("filho_de")) and item["status"] in ("Bloqueado", "Pendente")


def close(
    op: Operation,
    sprint_id: str,
    fates: Mapping[str, Fate],
    default: Fate | None = None,
    para: str = "",
) -> dict[str, Doc]:
    """Close a sprint: everything that is left in it gets its fate, each recorded; returns those by name.

    `fates` are by code or by the child's item; `default` is that of all others; `para` is the open sprint
    that `levar` carries over to. Raises WrongInput naming what has no fate, WrongState for a closed sprint.
    """
    sprint = open_sprint(op, sprint_id)
    tasks, waiting = left_over(op, sprint_id)
    names = [task["codigo"] for task in tasks] + [child["id"] for child in waiting]
    chosen = _chosen(sprint_id, names, fates, default, para)
    if any(fate.acao == "levar" for fate in chosen.values()):
        open_sprint(op, para)
    for child in waiting:
        sprint["encerramento"][child["id"]] = _close_child(op, sprint, child, chosen[child["id"]], para)
    for task in tasks:
        now = find_task(op, task["chave"])
        assert now is not None
        sprint["encerramento"][task["codigo"]] = _close_task(op, now, chosen[task["codigo"]], para)
    _look_again(op, tasks)
    sprint.update(estado="encerrada", encerrada_em=op.now)
    save_sprint(op, sprint, "encerrada", restos=sprint["encerramento"])
    return dict(sprint["encerramento"])


def _chosen(
    sprint_id: str, names: list[str], fates: Mapping[str, Fate], default: Fate | None, para: str
) -> dict[str, Fate]:
    for name in fates:
        if name not in names:
            raise WrongInput(f"{name} is not left over in {sprint_id}", remedy=f"left: {', '.join(names)}")
    missing = [name for name in names if name not in fates and default is None]
    if missing:
        raise WrongInput(
            f"{sprint_id} can't be closed: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} left",
            remedy="say for each: carry (to another sprint), return (to the backlog), cancel (why)",
        )
    chosen = {name: fates[name] if name in fates or default is None else default for name in names}
    for name, fate in chosen.items():
        if fate.acao == "levar" and para in ("", sprint_id):
            raise WrongInput(f"{name} is to be carried over: to which sprint?", remedy="--to S023")
        if fate.acao == "cancelar" and not fate.motivo.strip():
            raise WrongInput(f"{name} needs a reason to be cancelled", path="motivo")
    return chosen


def _close_child(op: Operation, sprint: Doc, child: Doc, fate: Fate, para: str) -> Doc:
    question = open_question(op, PULL, child["id"])
    target = ""
    if fate.acao == "levar":
        target = str(transferir(op, child, para, puxada=True)["chave"])
    elif fate.acao == "cancelar":
        cancel_item(op, child, fate.motivo)
    else:
        if question is not None:
            close_question(op, question, f"left in the backlog when {sprint['sprint_id']} was closed")
        leave(op, child)
    op.event("item.resto", child, acao=fate.acao, motivo=fate.motivo, para=target)
    return _record(fate, target)


def _close_task(op: Operation, task: Doc, fate: Fate, para: str) -> Doc:
    target = ""
    if fate.acao == "levar":
        above = find_task(op, codes.key(task["sprint_id"], task["pai"])) if task["pai"] else None
        parent = codes.split_key(above["levada_para"])[1] if above is not None else ""
        target = str(carry(op, task, para, parent)["chave"])
    elif fate.acao == "devolver":
        give_back(op, task, fate.motivo)
    else:
        cancel(op, task, fate.motivo)
    return _record(fate, target)


def _record(fate: Fate, para: str) -> Doc:
    return {"acao": fate.acao, "motivo": fate.motivo, "para": para}


def give_back(op: Operation, task: Doc, motivo: str = "") -> None:
    """A task ends undone; its item is the backlog's again, also one that came about for the task. What was
    discovered is left there, held.
    """
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    end(op, task, "devolvida", "devolvida", motivo)
    if item is not None and item.get("tarefa") == task["chave"]:
        give_item_back(op, item)


def cancel(op: Operation, task: Doc, motivo: str) -> None:
    """A task is given up, with its item; what depends on it is paused until somebody says otherwise, and
    the children of its work are asked about.
    """
    if not motivo.strip():
        raise WrongInput("a reason is needed", path="motivo")
    if task["fim"]:
        raise WrongState(f"{task['codigo']} is {how_ended(op, task)}")
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    end(op, task, "cancelada", "cancelada", motivo)
    if item is not None and item["status"] in UNSETTLED:
        cancel_item(op, item, motivo)
    for child in list(children_of(op, task)):
        op.later("child", child["id"])


def carry(op: Operation, task: Doc, sprint_id: str, pai: str = "") -> Doc:
    """Go on with a task elsewhere, under a new code (codes are for ever); returns the new task.

    What was begun stays begun, and its item goes on undisturbed. Of what it depended on, what it can't see
    from there is waited for as an item of the backlog, or else let go, which its history says.
    """
    codigo = gerar_codigo_subtask(op, sprint_id, pai)
    depends, gone = _dependencies(op, task, sprint_id)
    kept = ("titulo", "responsavel", "item_ref", "retido_antes", "puxada", "estimativa", "ordem", "filhos")
    state = ("iniciada_em", "iniciada_por", "bloqueio")
    same = {name: task[name] for name in (*kept, *state)}
    target = the_sprint(op, sprint_id)
    waits_auto = not task["iniciada_em"] and (target["auto_iniciar"] or task["espera_auto"])
    end(op, task, "levada", "levada", para=codes.key(sprint_id, codigo))
    new = create(
        op,
        {
            **same,
            "sprint_id": sprint_id,
            "codigo": codigo,
            "depende_de": depends,
            "veio_de": task["chave"],
            "em_curso": sprint_id if task["iniciada_em"] else None,
            "espera_auto": sprint_id if waits_auto else None,
        },
        de=task["chave"],
        dispensadas=gone,
    )
    task["levada_para"] = new["chave"]
    save(op, task, "continuada", para=new["chave"])
    for item in op.items_by("tarefa", task["chave"]):
        item["tarefa"] = new["chave"]
        op.save(item)
    op.later("start", sprint_id)
    return new


def _dependencies(op: Operation, task: Doc, sprint_id: str) -> tuple[list[str], list[str]]:
    """What a carried task still depends on, and what it lets go of."""
    kept: list[str] = []
    gone: list[str] = []
    for ref in task["depende_de"]:
        other = find_task(op, codes.key(task["sprint_id"], ref)) if codes.CODE.fullmatch(ref) else None
        if other is None or other["sprint_id"] == sprint_id:
            kept.append(ref)
        elif other["levada_para"].startswith(f"{sprint_id}/"):
            kept.append(codes.split_key(other["levada_para"])[1])
        elif other["fim"] != DONE:
            (kept if other["item_ref"] else gone).append(other["item_ref"] or ref)
    return kept, gone


def _look_again(op: Operation, tasks: list[Doc]) -> None:
    """What was carried over depends on others wherever those have gone to meanwhile."""
    for task in tasks:
        before = find_task(op, task["chave"])
        new = find_task(op, before["levada_para"]) if before is not None else None
        if before is None or new is None or new["sprint_id"] == before["sprint_id"]:
            continue
        refs, gone = _dependencies(op, before, new["sprint_id"])
        if refs != new["depende_de"]:
            new["depende_de"] = refs
            save(op, new, "dependencias", depende_de=refs, dispensadas=gone)


def move(op: Operation, task: Doc, sprint_id: str, pai: str) -> Doc:
    """Move an open task with its open subtasks under another parent, or to another sprint; returns the new
    task. Whatever depended on a moved task of the same sprint now depends on the new one.
    """
    if task["fim"]:
        raise WrongState(f"{task['codigo']} is {how_ended(op, task)}")
    open_sprint(op, task["sprint_id"])
    open_sprint(op, sprint_id)
    same = sprint_id == task["sprint_id"]
    if same and pai and (pai == task["codigo"] or pai.startswith(task["codigo"] + ".")):
        raise WrongInput(f"{task['codigo']} can't be moved under {pai}: that is itself or below it")
    if pai:
        parent = find_task(op, codes.key(sprint_id, pai))
        if parent is None or parent["fim"] not in ("", DONE):
            raise WrongInput(f"{sprint_id} has no open task {pai} to move it under")
    subtree = _subtree(op, task)
    new = _move_tree(op, task, sprint_id, pai)
    _look_again(op, subtree)
    refuse_cycle(op, new)
    return new


def _subtree(op: Operation, task: Doc) -> list[Doc]:
    below = [each for each in children(op, task["sprint_id"], task["codigo"]) if not each["fim"]]
    return [task, *(one for each in below for one in _subtree(op, each))]


def _move_tree(op: Operation, task: Doc, sprint_id: str, pai: str) -> Doc:
    below = [each for each in children(op, task["sprint_id"], task["codigo"]) if not each["fim"]]
    new = carry(op, task, sprint_id, pai)
    if sprint_id == task["sprint_id"]:
        for other in op.tx.find("tasks", "depende_de", task["codigo"]):
            if other["sprint_id"] == sprint_id and not other["fim"]:
                refs = [new["codigo"] if ref == task["codigo"] else ref for ref in other["depende_de"]]
                other["depende_de"] = refs
                save(op, other, "dependencias", depende_de=refs)
    for each in below:
        now = find_task(op, each["chave"])
        assert now is not None
        _move_tree(op, now, sprint_id, new["codigo"])
    return new
