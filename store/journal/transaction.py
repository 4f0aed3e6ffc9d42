"""One transaction: a body of changes to memory that become one line of the journal, or never happened."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from store.collections import STUBS
from store.errors import StoreError
from store.journal.lines import Document, decode_trusted, encode, is_flat, is_number, is_plain
from store.journal.names import check_table
from store.journal.state import UNFIT

if TYPE_CHECKING:
    from store.journal.replica import Replica


class _Change(NamedTuple):
    """What a document was before one change of it, and its table's next number then."""

    table: str
    number: int
    before: bytes | None
    next_number: int


class Transaction:
    """Changes made in one `with database.transaction()` block.

    The changes show in memory at once, under the store's locks, so reads in the block see them and nobody
    else does. Documents that are handed in are copied; documents that are handed out are copies.
    """

    def __init__(self, replica: Replica, by: str, ts: str) -> None:
        self.by, self.ts = by, ts
        self.seq: int | None = None
        """The number of the transaction, once the block has ended; None when it changed nothing."""
        self.events: list[Document] = []
        self._event_texts: list[bytes] = []
        """What the line holds of each of `events`."""
        self._reader, self._state, self._names = replica.reader, replica.state, replica.names
        self._thread, self._task = threading.get_ident(), running_task()
        self._changes: list[_Change] = []
        self._archived: list[tuple[str, int, bytes]] = []
        self._callbacks: list[Callable[[], object]] = []
        self._closed = False

    # -- reading

    def get(self, collection: str, document_id: str) -> Document | None:
        """A copy of one document; None when there is none."""
        self._require_mine()
        return self._reader.get(collection, document_id)

    def find(self, collection: str, index: str, value: object) -> list[Document]:
        """Copies of the documents that have `value` in an indexed field, by id."""
        self._require_mine()
        return self._reader.find(collection, index, value)

    def count_by(self, collection: str, index: str, value: str) -> int:
        """How many documents `find` would give, without reading them."""
        self._require_mine()
        return self._reader.count_by(collection, index, value)

    def ids_by(self, collection: str, index: str, value: str) -> list[str]:
        """The ids of the documents that `find` would give, without reading them."""
        self._require_mine()
        return self._reader.ids_by(collection, index, value)

    def peek_ready(self, collection: str, groups: Iterable[str], now: str) -> str | None:
        """The id of the document that comes first in `groups` at `now`."""
        self._require_mine()
        return self._reader.peek_ready(collection, groups, now)

    # -- changing

    def insert(self, collection: str, document: Document) -> str:
        """Add a document under the next free id, which is set in `document` and returned."""
        self._require_mine()
        self._names.require(collection)
        number = self._state.next_number(collection)
        document["id"] = self._names.format(collection, number)
        self._put(collection, number, document)
        return str(document["id"])

    def put(self, collection: str, document: Mapping[str, Any]) -> None:
        """Replace the document that has this `id`; StoreError when there is none."""
        self._put(collection, self._existing(collection, str(document.get("id"))), document)

    def update(self, collection: str, document_id: str, fields: Mapping[str, Any]) -> None:
        """Set these fields of a document, and leave the others as they are stored; StoreError when there is
        none. Costs little more than half of what a `put` of the whole takes.
        """
        number = self._existing(collection, document_id)
        if "id" in fields:
            raise StoreError(f"{collection}: the id of {document_id} can't be changed")
        given = dict(fields)
        old = decode_trusted(self._state.rows(collection)[number])
        new = {**old, **(given if is_plain(given) else decode_trusted(encode(given)))}
        self._change(collection, number, encode(new), new, old)

    def delete(self, collection: str, document_id: str) -> None:
        """Remove a document; its id is not given out again. StoreError when there is none."""
        self.delete_number(collection, self._existing(collection, document_id))

    def event(self, event: Mapping[str, Any]) -> None:
        """Record that something happened; `seq`, `n` and `ts` are added."""
        self._require_mine()
        own = dict(event)
        raw = encode(own)
        self.events.append(own if is_flat(own) else decode_trusted(raw))
        self._event_texts.append(raw)

    def archive(self, collection: str, document_id: str, stub: Mapping[str, Any]) -> None:
        """Move a document out of the hot set; `stub` (tipo, fim, saga_id) is what remains of it there."""
        number = self._existing(collection, document_id)
        self._archived.append((collection, number, self._state.rows(collection)[number]))
        self.delete_number(collection, number)
        self.put_number(STUBS, self._state.next_number(STUBS), {**stub, "id": document_id})

    def after_commit(self, function: Callable[[], object]) -> None:
        """Call `function` once the transaction is on disk; never when it is rolled back."""
        self._require_mine()
        self._callbacks.append(function)

    def _existing(self, collection: str, document_id: str) -> int:
        self._require_mine()
        self._names.require(collection)
        number = self._names.parse(collection, document_id)
        if number is None or number not in self._state.rows(collection):
            raise StoreError(f"{collection}: there is no document {document_id}")
        return number

    def put_number(self, table: str, number: int, document: Mapping[str, Any]) -> None:
        """Put a document under its number in any table, known or not."""
        self._require_mine()
        check_table(table)
        if not is_number(number):
            raise StoreError(f"{table}: {number} can't be a document's number")
        self._put(table, number, document)

    def delete_number(self, table: str, number: int) -> None:
        """Remove the document under a number."""
        self._require_mine()
        self._change(table, number, None, None)

    def _put(self, table: str, number: int, document: Mapping[str, Any]) -> None:
        raw = encode(document)
        # Through JSON where that makes other types of it, so that indexes are what a reload gives.
        plain = isinstance(document, dict) and is_plain(document)
        new: Document = cast("Document", document) if plain else decode_trusted(raw)
        self._change(table, number, raw, new)

    def _change(
        self,
        table: str,
        number: int,
        raw: bytes | None,
        document: Document | None,
        old: Document | None = None,
    ) -> None:
        before = self._state.rows(table).get(number)
        change = _Change(table, number, before, self._state.next_number(table))
        try:
            self._state.change(table, number, raw, document, old)
        except UNFIT as reason:
            raise StoreError(f"{table}: the document lacks what its queue needs: {reason!r}") from reason
        self._changes.append(change)

    def _require_mine(self) -> None:
        if self._closed:
            raise StoreError("the transaction has ended")
        if threading.get_ident() != self._thread or running_task() is not self._task:
            raise StoreError("a transaction belongs to the thread and task that opened it")

    # -- ending (the storage's part)

    @contextmanager
    def joined(self) -> Iterator[Transaction]:
        """A block inside the block: when it raises, what it did is undone, whatever the outer one does."""
        self._require_mine()
        mark = (len(self._changes), len(self.events), len(self._archived), len(self._callbacks))
        try:
            yield self
        except BaseException:
            self._undo(*mark)
            raise

    def rollback(self) -> None:
        """Undo everything."""
        self._undo(0, 0, 0, 0)

    def _undo(self, changes: int, events: int, archived: int, callbacks: int) -> None:
        while len(self._changes) > changes:
            table, number, before, next_number = self._changes.pop()
            self._state.change(table, number, before, None if before is None else decode_trusted(before))
            self._state.next_numbers[table] = next_number
        del self.events[events:], self._event_texts[events:]
        del self._archived[archived:], self._callbacks[callbacks:]

    def close(self) -> None:
        """No more changes: the block has ended."""
        self._closed = True

    @property
    def changed(self) -> bool:
        """Whether the body did anything that may have to be written."""
        return bool(self._changes or self.events)

    @property
    def callbacks(self) -> tuple[Callable[[], object], ...]:
        """What `after_commit` was given, in order."""
        return tuple(self._callbacks)

    def body(self, seq: int, synced: int) -> bytes | None:
        """The line's text without its seal, None when nothing changed; `synced` is known to be on disk."""
        put, deleted = self.outcome()
        if not (put or deleted or self.events):
            return None
        parts = [b'{"seq":%d,"ts":%b,"by":%b,"ok":%d' % (seq, encode(self.ts), encode(self.by), synced)]
        if put:
            parts += (b',"put":', *_tables(put))
        if deleted:
            parts.append(b',"del":' + encode(deleted))
        if unsaid := self._next_numbers_unsaid(put):
            parts.append(b',"next":' + encode(unsaid))
        if self._archived:
            parts += (b',"archive":', *_tables(self.archived()))
        if self.events:
            parts += (b',"events":[', b",".join(self._event_texts), b"]")
        return b"".join(parts)

    def outcome(self) -> tuple[dict[str, dict[int, bytes]], dict[str, list[int]]]:
        """What the transaction adds up to: documents that are different, and documents that are gone."""
        first: dict[str, dict[int, bytes | None]] = {}
        for change in self._changes:
            first.setdefault(change.table, {}).setdefault(change.number, change.before)
        put: dict[str, dict[int, bytes]] = {}
        deleted: dict[str, list[int]] = {}
        for table, numbers in first.items():
            rows = self._state.rows(table)
            for number, before in numbers.items():
                now = rows.get(number)
                if now is not None and now != before:
                    put.setdefault(table, {})[number] = now
                elif now is None and before is not None:
                    deleted.setdefault(table, []).append(number)
        return put, deleted

    def _next_numbers_unsaid(self, put: dict[str, dict[int, bytes]]) -> dict[str, int]:
        """Next numbers that a reload could not tell from the documents: the last ones were deleted again."""
        found = {}
        for table in {change.table for change in self._changes}:
            started = next(change.next_number for change in self._changes if change.table == table)
            told = max(started, max(put.get(table, ()), default=0) + 1)
            if self._state.next_number(table) > told:
                found[table] = self._state.next_number(table)
        return found

    def archived(self) -> dict[str, dict[int, bytes]]:
        """The documents that were archived, as they were then."""
        tables: dict[str, dict[int, bytes]] = {}
        for table, number, raw in self._archived:
            tables.setdefault(table, {})[number] = raw
        return tables


def _tables(tables: dict[str, dict[int, bytes]]) -> list[bytes]:
    """`{"table":{"number":document,…},…}` from documents that are encoded already; in pieces, because a large
    transaction's are megabytes, which are put together once. No table is empty.
    """
    pieces: list[bytes] = []
    for table, rows in tables.items():
        pieces += (b"," if pieces else b"{", encode(table))
        before = b":{"
        for number, raw in rows.items():
            pieces += (b'%b"%d":' % (before, number), raw)
            before = b","
        pieces.append(b"}")
    return [*pieces, b"}"]


def running_task() -> object | None:
    """The asyncio task that runs in this thread, if any (without importing asyncio where nobody has)."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        task: object | None = asyncio.current_task()
    except RuntimeError:
        return None
    return task
