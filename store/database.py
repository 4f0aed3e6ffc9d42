"""The store as the rest of oficina sees it: collections, transactions, queues, history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NoReturn, Self

from store.clock import Clock
from store.collections import COLLECTIONS, GENERATED, META, Collection
from store.journal.checking import Report, check
from store.journal.commits import Commit, Listener
from store.journal.compaction import closed_bytes, compact, snapshot_bytes
from store.journal.exporting import export
from store.journal.history import Filter
from store.journal.indexes import Scalar
from store.journal.lines import Document
from store.journal.tables import JournalDB
from store.journal.transaction import Transaction

__all__ = [
    "Commit",
    "Database",
    "Document",
    "Report",
    "Transaction",
    "check",
    "export",
]


class Database(JournalDB):
    """One store directory, opened by this process; safe to use from several threads.

    Documents are plain JSON objects with their id in `id` (`BKL-0042`). What comes out is a copy. Every call
    raises StoreFailed after the disk did not confirm a write, until the store is opened again.
    """

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        by: str,
        clock: Clock,
        readonly: bool = False,
        durable: bool = True,
        segment_bytes: int = 16 << 20,
        lock_timeout: float = 10.0,
        collections: Mapping[str, Collection] = COLLECTIONS,
    ) -> Self:
        """Open the store in directory `path`, creating it (unless `readonly`) and recovering from crashes.

        `by` names this process in the journal and to others who wait for it. Without `durable` a commit does
        not wait for the disk (tests). `lock_timeout` is in seconds. A store that this process may not change,
        that a newer oficina wrote in, or that holds a generated history, is opened for viewing: see
        `readonly_reason`.

        Raises StoreCorrupt (damage, nothing changed), StoreBusy (names the holder), StoreReadOnly (a newer
        format), StoreError.
        """
        opened = cls(
            path,
            by=by,
            clock=clock,
            readonly=readonly,
            durable=durable,
            segment_bytes=segment_bytes,
            lock_timeout=lock_timeout,
            collections=collections,
        )
        if META in collections and opened.find(META, "chave", GENERATED):
            opened._storage.view_only("a generated history: it is only looked at, nothing works in it")
        return opened

    def __getattr__(self, name: str) -> NoReturn:
        # TinyDB sends unknown names to its default table, which this store does not have.
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._storage.path}>"

    # -- about the store

    @property
    def seq(self) -> int:
        """The last transaction that this process has seen."""
        return self._storage.seq

    @property
    def recovered(self) -> list[str]:
        """What was repaired after crashes, one line each; empty after a clean end."""
        return self._storage.recovered

    @property
    def readonly_reason(self) -> str:
        """Why the store can only be viewed; empty when it can be changed."""
        return self._storage.readonly_reason

    @property
    def wants_compaction(self) -> bool:
        """Whether the closed segments have outgrown half the snapshot (see `store.journal.compactor`).

        Half, not all of it, because each byte of a line takes longer to load than one of the snapshot.
        """
        path = self._storage.path
        return closed_bytes(path) > max(self._storage.segment_bytes, snapshot_bytes(path) // 2)

    @property
    def saves_ms(self) -> tuple[float, ...]:
        """How long this process's last commits took until they were on disk, in milliseconds."""
        return tuple(self._storage.saves_ms)

    # -- transactions

    def transaction(self, by: str | None = None) -> AbstractContextManager[Transaction]:
        """A block whose changes happen together: on disk when the block has ended, or not at all.

        Any exception undoes everything. A block inside the block, in the same thread and task, joins it (and
        is undone alone when it raises); another thread waits its turn, another task in the same thread gets
        a StoreError. The block may not await. StoreReadOnly or StoreBusy come before it begins.
        """
        return self._storage.transaction(by)

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """A block of reads that all see the same moment; others' commits are applied before it."""
        with self._storage.reading():
            yield self

    def since(self, seq: int) -> Iterator[Commit] | None:
        """The transactions after `seq` up to the last that this process has seen, read from their lines.

        None when a compaction has taken some of them away, and when the store has not come to `seq`.
        """
        return self._storage.since(seq)

    def mark(self, seq: int) -> str:
        """What tells transaction `seq` of this store from one of the same number elsewhere: its line's
        checksum. Empty when a compaction has taken the line away, and when the store has not come to it.
        """
        return self._storage.mark(seq)

    def stop_process(self) -> None:
        """Stop this process (SIGSTOP), as soon as it holds nothing that other processes wait for.

        What a handler of SIGTSTP calls: a process that is stopped in a transaction would hold up all others.
        """
        self._storage.stop_process()

    def refresh(self) -> int:
        """Apply what other processes committed, and tell subscribers; how many transactions that was."""
        before = self.seq
        with self._storage.reading():
            return self.seq - before

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each Commit from now on, in order of seq; what is returned ends that.

        Own commits come once they are on disk, others' when a read or `refresh` finds them, in the thread
        that finds them, which holds no lock. When `subscribe` is called inside `reading`, no commit falls
        between what is read there and what is told.
        """
        return self._storage.subscribe(listener)

    # -- documents

    def get(self, collection: str, document_id: str) -> Document | None:
        """One document; None when there is none with this id."""
        with self._storage.reading() as reader:
            return reader.get(collection, document_id)

    def find(self, collection: str, index: str, value: object) -> list[Document]:
        """The documents with `value` in an indexed field, or in the list there, by id."""
        with self._storage.reading() as reader:
            return reader.find(collection, index, value)

    def between(self, collection: str, index: str, low: Scalar | None, high: Scalar | None) -> list[Document]:
        """The documents with `low <= field <= high` (None: no limit), ascending by an ordered field."""
        with self._storage.reading() as reader:
            return reader.between(collection, index, low, high)

    def newest(self, collection: str, index: str, limit: int) -> list[Document]:
        """The last `limit` documents by an ordered field, the greatest first; no others are read."""
        with self._storage.reading() as reader:
            return reader.newest(collection, index, limit)

    def all(self, collection: str) -> Iterator[Document]:
        """All documents as they are now, by id."""
        with self._storage.reading() as reader:
            return reader.all(collection)

    def count(self, collection: str) -> int:
        """How many documents a collection has."""
        with self._storage.reading() as reader:
            return reader.count(collection)

    def stub(self, document_id: str) -> Document | None:
        """What is left in the hot set of an archived document: id, tipo, fim, saga_id."""
        with self._storage.reading() as reader:
            return reader.stub(document_id)

    def archived(self, document_id: str) -> Document | None:
        """An archived document, read from disk, as it was last."""
        return self._storage.archived(document_id)

    def archived_since(self, seq: int) -> Iterator[tuple[str, Document]]:
        """Collection and document of what was archived after transaction `seq`, oldest first, from disk.

        One may come twice. Inside `reading`, it goes exactly as far as what is read there.
        """
        return self._storage.archived_since(seq)

    def count_by(self, collection: str, index: str, value: Scalar) -> int:
        """How many documents `find` would give: it reads none of them."""
        with self._storage.reading() as reader:
            return reader.count_by(collection, index, value)

    # -- queues

    def peek_ready(self, collection: str, groups: Iterable[str], now: str) -> str | None:
        """The id of the document that comes first of those due at `now` in any of `groups`."""
        with self._storage.reading() as reader:
            return reader.peek_ready(collection, groups, now)

    def next_due(self, collection: str, groups: Iterable[str], now: str) -> str | None:
        """The earliest due time after `now` in any of `groups`; None when nothing waits for its time."""
        with self._storage.reading() as reader:
            return reader.next_due(collection, groups, now)

    def ready_depth(self, collection: str, group: str, now: str | None = None) -> int:
        """How many documents of a group are due at `now`; without it, all that queue, due or not."""
        with self._storage.reading() as reader:
            return reader.ready_depth(collection, group, now)

    def groups(self, collection: str) -> list[str]:
        """The groups that anything queues in, due or not."""
        with self._storage.reading() as reader:
            return reader.groups(collection)

    # -- events

    def history(
        self,
        *,
        item: str | None = None,
        saga: str | None = None,
        tipo: str | None = None,
        since_seq: int = 0,
        until_seq: int | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """Events after transaction `since_seq`, in order: `seq`, `n` (place in it), `ts`, and their own.

        Those after transaction `until_seq` are left out, and cost next to nothing.
        `item` is compared with `item_id`, `saga` with `saga_id`. The newest come from memory, older ones are
        read from disk while the iterator is used; it shows what was committed when it was made. Don't change
        them.
        """
        wanted = Filter(item=item, saga=saga, tipo=tipo, since_seq=since_seq, until_seq=until_seq)
        return self._storage.history(wanted, newest_first=newest_first, limit=limit)

    # -- keeping

    @staticmethod
    def compact(path: Path, *, collections: Mapping[str, Collection] = COLLECTIONS) -> int | None:
        """Merge the journal into a new snapshot; the seq it holds, None while another process does it."""
        return compact(path, collections=collections)
