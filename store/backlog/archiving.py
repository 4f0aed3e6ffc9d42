"""Items of finished sagas leave the hot set; dependencies and ids still see their stubs (store.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from store.backlog.book import ContractBook
from store.backlog.operation import ITEMS
from store.backlog.outcomes import ENDED_WELL
from store.backlog.ports import Doc, Transaction
from store.database import Database
from store.documents.item import OPEN, UNSETTLED, Status

_REACHED = "alcancado"


class Row(Protocol):
    """What of an item tells whether its saga may be over (`store.views.model.ItemRow`)."""

    @property
    def id(self) -> str: ...
    @property
    def saga_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def atualizado_em(self) -> str: ...


def finished_sagas(rows: Iterable[Row], before: str) -> list[list[str]]:
    """The items of each saga in which nothing is open or failed, and nothing happened since `before`."""
    sagas: dict[str, list[str]] = {}
    alive: set[str] = set()
    for row in rows:
        if row.status in UNSETTLED or row.atualizado_em >= before:
            alive.add(row.saga_id)
        else:
            sagas.setdefault(row.saga_id, []).append(row.id)
    return [ids for saga_id, ids in sagas.items() if saga_id not in alive]


def archive_saga(db: Database, book: ContractBook, item_ids: Iterable[str]) -> int:
    """Move a finished saga's items out; 0 when it goes on after all, or one of them is still waited for."""
    with db.transaction() as tx:
        found = [tx.get(ITEMS, item_id) for item_id in item_ids]
        items = [item for item in found if item is not None]
        sagas = {item["saga_id"] for item in items}
        # The model that named them may be a moment old: what joined the saga since is looked at here.
        items += [
            other
            for saga_id in sagas
            for other in tx.find(ITEMS, "saga_id", saga_id)
            if other["id"] not in {item["id"] for item in items}
        ]
        if any(item["status"] in UNSETTLED or _awaited(tx, item, book) or _read(tx, item) for item in items):
            return 0
        stubs = {item["id"]: _stub(tx, item) for item in items}
        for item_id, stub in stubs.items():
            tx.archive(ITEMS, item_id, stub)
    return len(items)


def _awaited(tx: Transaction, item: Doc, book: ContractBook) -> bool:
    """Whether an open item's dependency on it has no end yet, or it is a gap that has none itself."""
    gap = book.of(item).desfecho == "sonda" and item["contexto"].get("recurso")
    if gap and not item["desfecho"] and item["status"] == Status.CONCLUIDO:
        return True
    return any(
        other["status"] in OPEN and other["dependencias"][item["id"]]["estado"] in ("aberta", "quebrada")
        for other in tx.find(ITEMS, "depende_de", item["id"])
    )


def _read(tx: Transaction, item: Doc) -> bool:
    """Whether a task that has not ended reads what it is and how it stands from the item."""
    return any(not task["fim"] for task in tx.find("tasks", "item_ref", item["id"]))


def _stub(tx: Transaction, item: Doc) -> Doc:
    """What dependencies and people still see; `fim` tells the outcome as `item_outcome` told it before."""
    fim = item["status"] if _came(tx, item) else str(Status.CANCELADO)
    if item["desfecho"] == _REACHED:
        fim = str(Status.CONCLUIDO)
    return {"tipo": item["tipo"], "fim": fim, "saga_id": item["saga_id"], "titulo": item["titulo"]}


def _came(tx: Transaction, item: Doc) -> bool:
    """Whether an ended item brought what it was waited for: not refused, and none of its parts was."""
    stack = [item]
    while stack:
        current = stack.pop()
        if current["desfecho"] == _REACHED:
            continue
        if current["desfecho"] or current["status"] not in ENDED_WELL:
            return False
        for child_id in current["items_gerados"]:
            child = tx.get(ITEMS, child_id)
            if child is not None and child["parte"]:
                stack.append(child)
    return True
