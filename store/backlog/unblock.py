"""`verificar_desbloqueio`: what a dependency's outcome sets free, breaks or revives; section 3.1."""

from __future__ import annotations

from store.backlog import batches
from store.backlog.endings import end_episode
from store.backlog.operation import Operation
from store.backlog.outcomes import (
    NEVER_EXISTED,
    Outcome,
    holds,
    is_awaited,
    mark_verifying,
    outcome,
)
from store.backlog.ports import Doc
from store.collections import HOLDING
from store.documents.item import Status


def verificar_desbloqueio(op: Operation, ref: str) -> None:
    """Look at whoever waits for `ref`: O(those for whom it changes) by the index, and never recursive. Of
    very many it moves some, and puts the others off (`batches`).
    """
    if not is_awaited(op, ref):
        return
    found = outcome(op, ref)
    others = [estado for estado in HOLDING if estado != found.estado]
    for item in batches.at_once(op, ref, found, others):
        settle_dependency(op, item, ref, found)


def carry_out(op: Operation, batch: Doc) -> None:
    """Move those of a batch who still wait for what they waited for."""
    ref, found = batch["ref"], Outcome(batch["estado"], batch["por"])
    if found.estado != batches.LATCHED:
        found = outcome(op, ref)
    op.tx.delete(batches.COLLECTION, batch["id"])
    for item_id in batch["itens"]:
        item = op.find_item(item_id)
        if item is not None and item["status"] == Status.BLOQUEADO and holds(item, ref):
            settle_dependency(op, item, ref, found)


def settle_dependency(op: Operation, item: Doc, ref: str, found: Outcome) -> None:
    """Write a dependency's new state; the item comes free when nothing holds it any more."""
    state = item["dependencias"][ref]
    for_ever = state["por"] == NEVER_EXISTED and found.estado != "dispensada"
    if for_ever or state["estado"] == found.estado:
        return
    state.update(estado=found.estado, por=found.por, em=op.now)
    if not any(holds(item, other) for other in item["depende_de"]):
        release(op, item, ref)
    else:
        mark_verifying(op, item)
        op.save(item)
        op.event(f"dependencia.{found.estado}", item, dependencia=ref, por=found.por)
    op.later("ask", item["id"])


def release(op: Operation, item: Doc, por: str) -> None:
    """From `Bloqueado` to `Pendente`, with the audit that the mission wants."""
    end_episode(op, item, por)
    item["desbloqueado_em"], item["desbloqueado_por"] = op.now, por
    item["disponivel_em"] = op.delay(item["disponivel_em"])
    op.event("desbloqueio", item, item_desbloqueado=item["id"], item_que_desbloqueou=por)
    op.move(item, Status.PENDENTE, por=por)
    if item["retido"] and item.get("tarefa"):
        op.later("start", item["tarefa"].partition("/")[0])
