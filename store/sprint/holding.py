"""Items that are held for a sprint's task, or until somebody decides whether one gets them; and how they come
free. What is held has an open task, a parent task that is not concluded, or an open question: no work is
orphaned.
"""

from __future__ import annotations

from store.backlog.endings import changed
from store.backlog.operation import ITEMS, Operation
from store.backlog.ports import Doc
from store.documents.item import OPEN, Status


def undecided(item: Doc) -> bool:
    """Whether a child is still to be pulled, left or refused: whatever is decided is free, or has a task."""
    return item["status"] in OPEN and bool(item["retido"]) and not item.get("tarefa")


def hold(op: Operation, item: Doc, chave: str) -> None:
    """An item is a task's from now on, until that starts. A task may bring up thousands of them: what doesn't
    change of an item is not validated once more.
    """
    item.update(retido=True, tarefa=chave, atualizado_em=op.now)
    op.tx.put(ITEMS, item)


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


def set_free(op: Operation, item: Doc) -> None:
    """An open item is the backlog's again, whatever had it: it is claimed there, asks its person, or works
    on.
    """
    item["tarefa"] = None
    if item["retido"] and item["status"] in OPEN:
        release(op, item)
    else:
        op.save(item)
        changed(op, item)
