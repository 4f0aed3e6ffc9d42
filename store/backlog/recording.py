"""A transaction that remembers what it changed, so that a decision can be taken back."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from store.backlog.ports import Doc, Transaction
from store.errors import StoreError
from store.periods import LEDGER

TASKS, BATCHES = "tasks", "liberacoes"


class Recording:
    """Passes everything on to `tx`; keeps the first state of each changed document, and what was inserted.

    A period's running total is everybody's: taking a decision back leaves it as it is.
    """

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.before: dict[tuple[str, str], Doc] = {}
        self.created: dict[tuple[str, str], None] = {}

    def get(self, collection: str, id: str) -> Doc | None:
        return self._tx.get(collection, id)

    def find(self, collection: str, index: str, value: Any) -> list[Doc]:
        return self._tx.find(collection, index, value)

    def count_by(self, collection: str, index: str, value: str) -> int:
        return self._tx.count_by(collection, index, value)

    def ids_by(self, collection: str, index: str, value: str) -> list[str]:
        return self._tx.ids_by(collection, index, value)

    def peek_ready(self, collection: str, groups: Iterable[str], now: str) -> str | None:
        return self._tx.peek_ready(collection, groups, now)

    def insert(self, collection: str, doc: Doc) -> str:
        new_id = self._tx.insert(collection, doc)
        if collection != LEDGER:
            self.created[collection, new_id] = None
        return new_id

    def put(self, collection: str, doc: Doc) -> None:
        self._remember(collection, str(doc["id"]))
        self._tx.put(collection, doc)

    def update(self, collection: str, id: str, fields: Mapping[str, Any]) -> None:
        self._remember(collection, id)
        self._tx.update(collection, id, fields)

    def _remember(self, collection: str, id: str) -> None:
        key = (collection, id)
        if collection != LEDGER and key not in self.before and key not in self.created:
            before = self._tx.get(*key)
            if before is not None:
                self.before[key] = copy.deepcopy(before)

    def delete(self, collection: str, id: str) -> None:
        raise StoreError(f"a decision deletes nothing: {collection} {id}")

    def event(self, event: Doc) -> None:
        self._tx.event(event)

    def after_commit(self, fn: Callable[[], None]) -> None:
        self._tx.after_commit(fn)

    def items_created(self, collection: str) -> list[str]:
        """The ids that were inserted into a collection, in order."""
        return [doc_id for where, doc_id in self.created if where == collection]

    def undo_document(self, items: str) -> Doc:
        """What takes it all back: first states, digests of the last ones, and the items that were created."""
        touched = [*self.before, *(key for key in self.created if key[0] in (items, TASKS))]
        return {
            "antes": [{"colecao": where, "doc": doc} for (where, _), doc in self.before.items()],
            "depois": {doc_id: digest(self._tx.get(where, doc_id)) for where, doc_id in touched},
            "criados": self.items_created(items),
            "tarefas": self.items_created(TASKS),
            "lotes": self.items_created(BATCHES),
        }


def digest(doc: Doc | None) -> str:
    """Tells whether a document is still the same."""
    return hashlib.sha256(json.dumps(doc, sort_keys=True).encode()).hexdigest()[:16]
