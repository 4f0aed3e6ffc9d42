"""Whether an item waits for a person's answer; where it does not any more, what became of it."""

from __future__ import annotations

from store.backlog.operation import Operation
from store.backlog.outcomes import WAITING
from store.backlog.ports import Doc
from store.documents.item import Status
from store.errors import AlreadyDecided, WrongState
from store.views.held import held_because

DECISIONS = "decisoes"


def pending(op: Operation, item_id: str) -> Doc:
    """The item, which waits for a person's answer.

    Raises AlreadyDecided (who, when, what), WrongState when it ended otherwise, cannot be decided yet, or is
    no person's, and WrongInput when there is none.
    """
    item = op.find_item(item_id)
    if item is None:
        _refuse_archived(op, item_id)
        return op.item(item_id)
    if not item["humano"]:
        raise WrongState(f"{item['id']} ({item['tipo']}) is {item['ator']}'s and is not decided by a person")
    if item["status"] == Status.BLOQUEADO:
        held_by = [ref for ref in item["depende_de"] if item["dependencias"][ref]["estado"] in WAITING]
        raise WrongState(f"{item['id']} cannot be decided yet: it waits for {', '.join(held_by)}")
    if item["retido"] and item["status"] == Status.PENDENTE:
        raise WrongState(f"{item['id']} cannot be decided yet: {held_because(item)}")
    if item["status"] != Status.PENDENTE:
        _refuse_decided(op, item_id)
        why = f": {item['motivo']}" if item["motivo"] else ""
        raise WrongState(f"{item['id']} is {item['status']} already{why}")
    return item


def _refuse_archived(op: Operation, item_id: str) -> None:
    stub = op.rules.store.stub(item_id)
    if stub is not None:
        _refuse_decided(op, item_id)
        raise WrongState(f"{item_id} ended as {stub['fim']}, and is archived")


def _refuse_decided(op: Operation, item_id: str) -> None:
    """Say who answered it, and when."""
    taken = [each for each in op.tx.find(DECISIONS, "item_ref", item_id) if each["estado"] == "tomada"]
    if taken:
        last = taken[-1]
        raise AlreadyDecided(item_id, last["opcao"], last["quem"], last["em"], last["motivo"])
