"""Reads over the state by id and by index; the caller holds the store's lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from store.collections import STUBS
from store.errors import StoreError
from store.journal.indexes import OrderedIndex, Scalar, value_at
from store.journal.lines import Document, decode_trusted
from store.journal.names import Names
from store.journal.queues import Queue
from store.journal.state import State, TableIndexes


class Reader:
    """What is asked of the store; every document that comes out is a copy."""

    def __init__(self, state: State, names: Names) -> None:
        self._state, self._names = state, names

    def get(self, collection: str, document_id: str) -> Document | None:
        """One document; None when there is none."""
        self._names.require(collection)
        number = self._names.parse(collection, document_id)
        return None if number is None else self._state.document(collection, number)

    def find(self, collection: str, index: str, value: object) -> list[Document]:
        """The documents with `value` in an indexed field, or in the field's list, by id."""
        found = self._indexes(collection).by_value.get(tuple(index.split(".")))
        if found is None:
            raise StoreError(f"{collection}: {index!r} is not indexed")
        if isinstance(value, str | int | float):
            return self._documents(collection, sorted(found.numbers(value)))
        # None and what is no scalar are not filed: they are asked for by hand, not in the line's way.
        return [document for document in self.all(collection) if value_at(document, found.path) == value]

    def count_by(self, collection: str, index: str, value: Scalar) -> int:
        """How many documents `find` would give, without reading them."""
        found = self._indexes(collection).by_value.get(tuple(index.split(".")))
        if found is None:
            raise StoreError(f"{collection}: {index!r} is not indexed")
        return len(found.numbers(value))

    def ids_by(self, collection: str, index: str, value: Scalar) -> list[str]:
        """The ids of the documents that `find` would give, without reading them."""
        found = self._indexes(collection).by_value.get(tuple(index.split(".")))
        if found is None:
            raise StoreError(f"{collection}: {index!r} is not indexed")
        return [self._names.format(collection, number) for number in sorted(found.numbers(value))]

    def between(self, collection: str, index: str, low: Scalar | None, high: Scalar | None) -> list[Document]:
        """The documents with `low <= field <= high`, ascending; None is no limit."""
        found = self._indexes(collection).in_order.get(tuple(index.split(".")))
        if found is None:
            raise StoreError(f"{collection}: {index!r} is not kept in order")
        return self._documents(collection, self._ordered(found, low, high))

    def newest(self, collection: str, index: str, limit: int) -> list[Document]:
        """The last `limit` documents by an ordered field, the greatest first."""
        found = self._indexes(collection).in_order.get(tuple(index.split(".")))
        if found is None:
            raise StoreError(f"{collection}: {index!r} is not kept in order")
        return self._documents(collection, found.last(limit))

    def _ordered(self, index: OrderedIndex, low: Scalar | None, high: Scalar | None) -> list[int]:
        if isinstance(low, str) != isinstance(high, str) and low is not None and high is not None:
            raise StoreError(f"{'.'.join(index.path)}: the limits {low!r} and {high!r} can't be compared")
        return index.between(low, high)

    def _documents(self, collection: str, numbers: Iterable[int]) -> list[Document]:
        rows = self._state.rows(collection)
        return [decode_trusted(rows[number]) for number in numbers]

    def all(self, collection: str) -> Iterator[Document]:
        """All documents as they are now, by id; later changes don't show."""
        self._names.require(collection)
        return (document for _, document in self._state.documents(collection))

    def count(self, collection: str) -> int:
        """How many documents there are."""
        self._names.require(collection)
        return len(self._state.rows(collection))

    def stub(self, document_id: str) -> Document | None:
        """What is left of an archived document; None when none with that id was archived."""
        numbers = self._indexes(STUBS).by_value[("id",)].numbers(document_id)
        return next(iter(self._documents(STUBS, numbers)), None)

    def peek_ready(self, collection: str, groups: Iterable[str], now: str) -> str | None:
        """The id of the document that comes first of those due at `now` in any of `groups`."""
        number = self._queue(collection).first(groups, now)
        return None if number is None else self._names.format(collection, number)

    def next_due(self, collection: str, groups: Iterable[str], now: str) -> str | None:
        """The earliest due time after `now` in any of `groups`; None when nothing waits for its time."""
        return self._queue(collection).next_due(groups, now)

    def ready_depth(self, collection: str, group: str, now: str | None) -> int:
        """How many documents of a group are due at `now`; without it, all that queue, due or not."""
        return self._queue(collection).depth(group, now)

    def groups(self, collection: str) -> list[str]:
        """The groups that anything queues in, due or not."""
        return self._queue(collection).groups()

    def _indexes(self, collection: str) -> TableIndexes:
        self._names.require(collection)
        return self._state.indexes[collection]

    def _queue(self, collection: str) -> Queue:
        queue = self._indexes(collection).queue
        if queue is None:
            raise StoreError(f"{collection}: it has no queue")
        return queue
