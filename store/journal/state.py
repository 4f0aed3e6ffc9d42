"""What the journal adds up to in memory: each table's documents, its indexes and its next free number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING

from store.journal.indexes import ComputedIndex, HashIndex, OrderedIndex
from store.journal.lines import Document, decode_document, decode_trusted
from store.journal.queues import Queue

if TYPE_CHECKING:
    from store.collections import Collection

Rows = dict[int, bytes]

UNFIT = (AttributeError, KeyError, TypeError, ValueError)
"""What indexes and queues raise for a document that lacks what they need."""


class TableIndexes:
    """The indexes of one table."""

    def __init__(self, collection: Collection) -> None:
        self._name, self._names = collection.name, collection.prefix + "-%04d"
        self._needed = itemgetter("id", *collection.needs) if collection.needs else None
        stored = [HashIndex(name) for name in collection.indexes]
        computed = [ComputedIndex(name, compute) for name, compute in collection.computed.items()]
        self.by_value = {index.path: index for index in (*stored, *computed)}
        self.in_order = {index.path: index for index in map(OrderedIndex, collection.ordered)}
        self.queue = Queue(collection.queue) if collection.queue else None
        self._stored = tuple((index.path[0], index) for index in stored)
        """With the document's own field that the value is in: where that is as it was, so is the index."""
        self._computed, self._in_order = tuple(computed), tuple(self.in_order.values())

    def change(self, number: int, old: Document | None, new: Document | None) -> None:
        """Follow a document; None is a document that is not there."""
        # First, because only these may raise: then nothing has changed yet.
        if new is not None:
            self._require_fit(number, new)
        if self.queue is not None:
            self.queue.change(number, new)
        if old is None and new is not None:
            self._file(number, new)
            return
        before, after = old or {}, new or {}
        for name, index in self._stored:
            if before.get(name) != after.get(name):
                index.change(number, old, new)
        for computed in self._computed:
            computed.change(number, old, new)
        for ordered in self._in_order:
            ordered.change(number, old, new)

    def _file(self, number: int, document: Document) -> None:
        for name, index in self._stored:
            if document.get(name) is not None:
                index.load(number, document)
        for computed in self._computed:
            computed.load(number, document)
        for ordered in self._in_order:
            ordered.change(number, None, document)

    def _require_fit(self, number: int, document: Document) -> None:
        """Raise one of `UNFIT` where a document lacks what every reader needs, or is another one's."""
        if self._needed is not None:
            # Joined, because of what takes no text that is the quickest to complain.
            "".join(self._needed(document))
            if document["id"] != self._names % number:
                raise ValueError(f"it says that it is {document['id']!r}")

    def load(self, rows: Rows) -> None:
        """File the documents of a table that was not indexed before; ValueError names what can't be."""
        number = 0
        try:
            for number, raw in rows.items():
                document = decode_document(raw)
                self._require_fit(number, document)
                self._file(number, document)
                if self.queue is not None:
                    self.queue.change(number, document)
        except UNFIT as reason:
            lacks = f"it has no {reason}" if isinstance(reason, KeyError) else repr(reason)
            raise ValueError(f"{self._name} {number}: {lacks}") from reason


class State:
    """Documents are kept as the bytes that the journal holds, and decoded each time that someone asks.

    That is a third of the memory of live dictionaries, leaves the garbage collector nothing to walk through,
    and makes every result a copy.
    """

    def __init__(self, collections: Mapping[str, Collection]) -> None:
        self._collections = collections
        self.tables: dict[str, Rows] = {}
        self.next_numbers: dict[str, int] = {}
        self.indexes: dict[str, TableIndexes] = {}

    def rows(self, table: str) -> Rows:
        """The table's documents by number; empty for a table that nothing was put in."""
        return self.tables.get(table, {})

    def document(self, table: str, number: int) -> Document | None:
        """A copy of one document."""
        raw = self.rows(table).get(number)
        return None if raw is None else decode_trusted(raw)

    def documents(self, table: str) -> Iterator[tuple[int, Document]]:
        """Copies of all documents, as they are now, by number; later changes don't show."""
        rows = sorted(self.rows(table).items())
        return ((number, decode_trusted(raw)) for number, raw in rows)

    def change(
        self,
        table: str,
        number: int,
        raw: bytes | None,
        document: Document | None,
        old: Document | None = None,
    ) -> None:
        """Put (`raw` and the `document` that it encodes) or delete (None) one document.

        Before `build_indexes` only the bytes are kept: a store that loads looks at each document once.
        """
        rows = self.tables.setdefault(table, {})
        indexes = self.indexes.get(table)
        if indexes is not None:
            if old is None and (before := rows.get(number)) is not None:
                old = decode_trusted(before)
            indexes.change(number, old, document)
        if raw is None:
            rows.pop(number, None)
        else:
            rows[number] = raw
            if number >= self.next_numbers.get(table, 1):
                self.next_numbers[table] = number + 1

    def build_indexes(self) -> None:
        """File every document; from here on `change` keeps the indexes."""
        self.indexes = {name: TableIndexes(collection) for name, collection in self._collections.items()}
        for name, indexes in self.indexes.items():
            indexes.load(self.rows(name))
        for name in self.tables.keys() - self.indexes.keys():
            for number, raw in self.tables[name].items():
                try:
                    decode_document(raw)
                except ValueError as reason:
                    raise ValueError(f"{name} {number}: {reason}") from None

    def next_number(self, table: str) -> int:
        """The number that the next new document of the table gets."""
        return self.next_numbers.get(table, 1)
