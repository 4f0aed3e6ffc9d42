"""Many who wait for the same are moved in transactions of bounded size, so that others get the store between.

What the causing transaction does not move itself it writes down: batches of items, each with what became
of their dependency. Whoever runs the line carries them out one by one, also after a crash. As resolution
latches, an item of a batch comes free also when its dependency has another outcome by then; whoever began to
wait later is in no batch. What a decision sets free is put off until it can't be taken back any more: until
then taking it back takes the batches away.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.backlog.operation import ITEMS, Operation
from store.backlog.outcomes import Outcome, waiting_for
from store.backlog.ports import Doc, Store
from store.clock import add_seconds
from store.collections import AWAITED, awaited, number_of
from store.documents import check, complete

COLLECTION = "liberacoes"
LATCHED = "resolvida"


def at_once(op: Operation, ref: str, found: Outcome, estados: list[str]) -> list[Doc]:
    """Those of whom a dependency has one of `estados` that this transaction is to move, oldest first; the
    others are put off.
    """
    put_off = _put_off_already(op, ref, found)
    count = sum(op.tx.count_by(ITEMS, AWAITED, awaited(ref, estado)) for estado in estados)
    if count <= op.rules.at_once:
        return [item for item in waiting_for(op, ref, *estados) if item["id"] not in put_off]
    ids = {item_id for estado in estados for item_id in op.tx.ids_by(ITEMS, AWAITED, awaited(ref, estado))}
    left = sorted(ids - put_off, key=number_of)
    _put_off(op, ref, found, left[op.rules.at_once :])
    return [op.item(item_id) for item_id in left[: op.rules.at_once]]


def first_due(store: Store, now: str) -> str | None:
    """The oldest batch that may be carried out at `now`."""
    return next((batch["id"] for batch in store.all(COLLECTION) if batch["disponivel_em"] <= now), None)


def bring_forward(op: Operation, batches: Iterable[Doc], seconds: float) -> None:
    """The clock went back by so much: what waits for its time waits no longer for it than it was to."""
    for batch in batches:
        if batch["disponivel_em"] > op.now:
            batch["disponivel_em"] = add_seconds(batch["disponivel_em"], -seconds)
            check(COLLECTION, batch)
            op.tx.put(COLLECTION, batch)


def _put_off_already(op: Operation, ref: str, found: Outcome) -> set[str]:
    """Whom a batch will move to that outcome in any case: only a latched one is sure to set free."""
    batches = op.tx.find(COLLECTION, "ref", ref)
    sure = [each for each in batches if each["estado"] == LATCHED or found.estado != LATCHED]
    return {item_id for batch in sure for item_id in batch["itens"]}


def _put_off(op: Operation, ref: str, found: Outcome, ids: list[str]) -> None:
    for start in range(0, len(ids), op.rules.at_once):
        batch = {
            "ref": ref,
            "estado": found.estado,
            "por": found.por,
            "itens": ids[start : start + op.rules.at_once],
            "criada_em": op.now,
            "disponivel_em": op.not_before,
        }
        op.tx.insert(COLLECTION, complete(COLLECTION, batch))
