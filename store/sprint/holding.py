"""Items that are held for a sprint's task, or until somebody decides whether one gets them; and how they come
free. What is held has an open task, a parent task that is not concluded, an open question, or was left in the
backlog by a person's word, which it tells: no work is orphaned, and none is begun behind its owner's back.
"""

from __future__ import annotations

from store.backlog.endings import changed
from store.backlog.operation import ITEMS, Operation
from store.backlog.ports import Doc
from store.documents.item import OPEN, Status


def undecided(item: Doc) -> bool:
    """Whether a child is still to be pulled, left or refused: whatever is decided says so, or has a task."""
    return item["status"] in OPEN and bool(item["retido"]) and not item.get("tarefa") and not left(item)


def left(item: Doc) -> bool:
    """Whether a child was left in the backlog: held, until it is pulled."""
    return item["status"] in OPEN and bool(item.get("deixado"))


def hold(op: Operation, item: Doc, chave: str) -> None:
    """An item is a task's from now on, until that starts. A task may bring up thousands of them: what doesn't
    change of an item is neither validated nor copied once more.
    """
    fields = {"retido": True, "tarefa": chave, "deixado": None, "atualizado_em": op.now}
    item.update(fields)
    op.tx.update(ITEMS, item["id"], fields)


def release(op: Operation, item: Doc) -> None:
    """An item is held no more: it can be claimed, or asks its person."""
    item["retido"] = False
    if item["status"] == Status.PENDENTE:
        item["disponivel_em"] = op.delay(item["disponivel_em"])
        item["pendente_em"] = max(op.now, item["disponivel_em"])
    op.save(item)
    op.event("item.liberado", item, tarefa=item["tarefa"])
    if item["status"] == Status.PENDENTE and item["humano"]:
        op.event("decisao.solicitada", item)
    changed(op, item)


def leave(op: Operation, item: Doc) -> None:
    """A discovered child is left in the backlog: nobody begins it until it is pulled into a sprint.

    One that is at work already works on: its start was a person's.
    """
    item["tarefa"] = None
    if item["status"] == Status.EM_PROCESSAMENTO:
        op.save(item)
        changed(op, item)
        return
    item.update(retido=True, deixado={"por": op.quem, "em": op.now})
    if item["status"] == Status.PENDENTE:
        item["pendente_em"] = ""
    op.save(item)
    op.event("item.deixado", item)
    changed(op, item)


def give_back(op: Operation, item: Doc) -> None:
    """An open item has no task any more. What was discovered is left, and held; any other is the backlog's
    again, whatever had it: it is claimed there, asks its person, or works on.
    """
    if item.get("filho_de") and item["status"] in OPEN:
        leave(op, item)
        return
    item["tarefa"] = None
    if item["retido"] and item["status"] in OPEN:
        release(op, item)
    else:
        op.save(item)
        changed(op, item)
