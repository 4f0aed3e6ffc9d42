"""TinyDB's table and database on the journal: the same calls, with indexes, transactions and copies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from store.journal.lines import Document, decode_trusted, encode
from store.journal.names import check_table
from store.journal.plan import candidates
from store.journal.state import Rows
from store.journal.storage import JournalStorage

Fields = Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None]


class RowsView(Mapping[str, Document]):
    """A table as TinyDB reads it: documents by number as text, decoded when touched."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __getitem__(self, key: str) -> Document:
        if not key.isdecimal() or (raw := self._rows.get(int(key))) is None:
            raise KeyError(key)
        document: Document = decode_trusted(raw)
        return document

    def __iter__(self) -> Iterator[str]:
        return iter([str(number) for number in sorted(self._rows)])

    def __len__(self) -> int:
        return len(self._rows)


class UpdateView(MutableMapping[int, Document]):
    """A table as TinyDB's updaters change it: by number; what was touched is kept apart from the rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.touched: dict[int, Document | None] = {}

    def __getitem__(self, number: int) -> Document:
        if number not in self.touched:
            self.touched[number] = decode_trusted(self._rows[number])
        found = self.touched[number]
        if found is None:
            raise KeyError(number)
        return found

    def __setitem__(self, number: int, document: Document) -> None:
        self.touched[number] = document

    def __delitem__(self, number: int) -> None:
        self[number]
        self.touched[number] = None

    def __iter__(self) -> Iterator[int]:
        return iter([number for number in sorted({**self._rows, **self.touched}) if number in self])

    def __contains__(self, number: object) -> bool:
        return self.touched.get(number) is not None if number in self.touched else number in self._rows

    def __len__(self) -> int:
        return len(list(iter(self)))


class IndexedTable(Table):
    """A table whose reads use the indexes and whose writes are transactions; results are copies."""

    _storage: JournalStorage

    def __init__(self, storage: JournalStorage, name: str, **options: Any) -> None:
        """TinyDB's cache of queries is off: the indexes do its work, and other processes write too."""
        check_table(name)
        super().__init__(storage, name, **{**options, "cache_size": 0})

    def _writing(self) -> AbstractContextManager[object]:
        return self._storage.transaction()

    # -- the private hooks of tinydb 4.9 that everything else there goes through

    def _read_table(self) -> RowsView:  # type: ignore[override]
        with self._storage.reading():
            return RowsView(dict(self._rows()))

    def _get_next_id(self) -> int:
        return self._storage.replica.state.next_number(self.name)

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        with self._storage.transaction() as transaction:
            view = UpdateView(self._rows())
            updater(view)
            for number, document in view.touched.items():
                if document is None:
                    if number in self._rows():
                        transaction.delete_number(self.name, number)
                elif self._rows().get(number) != encode(document):
                    document.setdefault("id", self._storage.replica.names.format(self.name, number))
                    transaction.put_number(self.name, number, document)

    def _rows(self) -> Rows:
        return self._storage.replica.state.rows(self.name)

    # -- reads by index

    def _matches(self, cond: QueryLike) -> list[TinyDocument]:
        """The documents that match, by number; the caller holds the lock."""
        indexes = self._storage.replica.state.indexes.get(self.name)
        numbers = candidates(indexes.by_value, getattr(cond, "_hash", None)) if indexes else None
        rows = self._rows()
        found = (
            (number, decode_trusted(rows[number])) for number in sorted(rows if numbers is None else numbers)
        )
        return [TinyDocument(document, number) for number, document in found if cond(document)]

    def search(self, cond: QueryLike) -> list[TinyDocument]:
        """All documents that match a query."""
        with self._storage.reading():
            return self._matches(cond)

    def get(
        self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: list[int] | None = None
    ) -> Any:
        """One document by query or number, or those with the numbers given."""
        with self._storage.reading():
            if doc_id is not None:
                return next(iter(self._numbered([doc_id])), None)
            if doc_ids is not None:
                return self._numbered(sorted(set(doc_ids)))
            if cond is not None:
                return next(iter(self._matches(cond)), None)
        raise RuntimeError("You have to pass either cond or doc_id or doc_ids")

    def _numbered(self, numbers: Iterable[int]) -> list[TinyDocument]:
        rows = self._rows()
        return [TinyDocument(decode_trusted(rows[number]), number) for number in numbers if number in rows]

    def __len__(self) -> int:
        with self._storage.reading():
            return len(self._rows())

    def update(
        self, fields: Fields, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None
    ) -> list[int]:
        """Change the documents that match."""
        with self._writing():
            return super().update(fields, *self._resolved(cond, doc_ids))

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """Remove the documents that match."""
        with self._writing():
            return super().remove(*self._resolved(cond, doc_ids))

    def _resolved(
        self, cond: QueryLike | None, doc_ids: Iterable[int] | None
    ) -> tuple[QueryLike | None, Iterable[int] | None]:
        """A condition as the numbers that it matches, so that only those are touched."""
        if doc_ids is None and cond is not None:
            return None, [document.doc_id for document in self._matches(cond)]
        return cond, doc_ids

    # -- writes that read first must do both in one transaction

    def insert(self, document: Mapping[str, Any]) -> int:
        """Add one document; its number."""
        with self._writing():
            return super().insert(document)

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add documents in one transaction; their numbers."""
        with self._writing():
            return [super(IndexedTable, self).insert(document) for document in documents]

    def update_multiple(self, updates: Iterable[tuple[Fields, QueryLike]]) -> list[int]:
        """Change the documents that match each of several queries."""
        with self._writing():
            return super().update_multiple(list(updates))

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        """Change what matches, or add the document."""
        with self._writing():
            return super().upsert(document, cond)


class JournalDB(TinyDB):
    """TinyDB over the journal."""

    # TinyDB's own extension points, which its annotations allow its own classes only.
    table_class = IndexedTable  # type: ignore[assignment]
    default_storage_class = JournalStorage  # type: ignore[assignment]
    _storage: JournalStorage

    def tables(self) -> set[str]:
        """The names of the tables that hold documents."""
        with self._storage.reading():
            return {name for name, rows in self._storage.replica.state.tables.items() if rows}

    def drop_table(self, name: str) -> None:
        """Remove a table's documents; its numbers are not used again."""
        self.table(name).truncate()
        self._tables.pop(name, None)

    def drop_tables(self) -> None:
        """Remove all documents, in one transaction."""
        with self._storage.transaction():
            for name in self.tables():
                self.drop_table(name)
