"""A transaction that is thrown away: an operation runs against it to see what it would do."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from store.backlog.ports import Doc, Store
from store.collections import COLLECTIONS
from store.errors import StoreError

MAX_CHANGES, MAX_FOUND = 100, 500
"""Documents that a trial changes in all, and reads at once, before it is given up as too large to be told."""

_PROVISIONAL = 900_000_000_000
"""Where the numbers of what a trial creates begin: none that is ever given out."""


class TooMuch(Exception):
    """The operation changes more documents than a trial is for."""


class Trial:
    """Reads what is stored with its own changes over it, and writes nothing; nobody waits for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._now: dict[tuple[str, str], Doc] = {}
        self._before: dict[tuple[str, str], Doc | None] = {}

    def get(self, collection: str, id: str) -> Doc | None:
        changed = self._now.get((collection, id))
        return copy.deepcopy(changed) if changed is not None else self._store.get(collection, id)

    def find(self, collection: str, index: str, value: Any) -> list[Doc]:
        if self._store.count_by(collection, index, value) > MAX_FOUND:
            raise TooMuch
        found = [
            doc
            for doc in self._store.find(collection, index, value)
            if (collection, doc["id"]) not in self._now
        ]
        own = [
            copy.deepcopy(doc)
            for (where, _), doc in self._now.items()
            if where == collection and _filed_under(collection, doc, index, value)
        ]
        return sorted([*found, *own], key=_number) if own else found

    def count_by(self, collection: str, index: str, value: str) -> int:
        """What is stored is counted by its index; only what was changed here is looked at."""
        found = self._store.count_by(collection, index, value)
        for key, before in self._before.items():
            if key[0] == collection:
                found -= before is not None and _filed_under(collection, before, index, value)
                found += _filed_under(collection, self._now[key], index, value)
        return found

    def ids_by(self, collection: str, index: str, value: str) -> list[str]:
        return [doc["id"] for doc in self.find(collection, index, value)]

    def peek_ready(self, collection: str, groups: Iterable[str], now: str) -> str | None:
        raise StoreError(f"a trial claims nothing: {collection} {', '.join(groups)} {now}")

    def insert(self, collection: str, doc: Doc) -> str:
        prefix = COLLECTIONS[collection].prefix
        doc["id"] = f"{prefix}-{_PROVISIONAL + len(self._before)}"
        self._change(collection, doc, lambda: None)
        return str(doc["id"])

    def put(self, collection: str, doc: Doc) -> None:
        self._change(collection, doc, lambda: self._store.get(collection, doc["id"]))

    def update(self, collection: str, id: str, fields: Mapping[str, Any]) -> None:
        stored = self.get(collection, id)
        if stored is None:
            raise StoreError(f"{collection}: there is no document {id}")
        self.put(collection, {**stored, **fields})

    def delete(self, collection: str, id: str) -> None:
        raise StoreError(f"a trial deletes nothing: {collection} {id}")

    def event(self, event: Doc) -> None:
        """Nothing has happened."""

    def after_commit(self, fn: Callable[[], None]) -> None:
        """Nothing is committed."""

    def changes(self) -> Iterator[tuple[str, Doc | None, Doc]]:
        """Collection, first and last state of each document that was written; None before a new one."""
        for key, before in self._before.items():
            yield key[0], before, self._now[key]

    def _change(self, collection: str, doc: Doc, before: Callable[[], Doc | None]) -> None:
        key = (collection, str(doc["id"]))
        if key not in self._before:
            if len(self._before) >= MAX_CHANGES:
                raise TooMuch
            self._before[key] = before()
        self._now[key] = copy.deepcopy(doc)


def _filed_under(collection: str, doc: Doc, index: str, value: Any) -> bool:
    compute = COLLECTIONS[collection].computed.get(index)
    found: Any = doc if compute is None else compute(doc)
    for step in index.split(".") if compute is None else ():
        found = found.get(step) if isinstance(found, dict) else None
    return value in found if isinstance(found, list) else found == value


def _number(doc: Doc) -> int:
    return int(str(doc["id"]).rpartition("-")[2])
