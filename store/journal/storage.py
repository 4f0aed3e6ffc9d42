"""TinyDB's storage on the journal: locks, transactions, and reads that see what other processes committed."""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from store.clock import Clock, SystemClock
from store.collections import COLLECTIONS, Collection
from store.errors import StaleWrite, StoreBusy, StoreCorrupt, StoreError, StoreReadOnly
from store.journal.archive import archived_since, read_archived
from store.journal.checking import stops_early
from store.journal.commits import Commit, Delivery, Listener, call_safely
from store.journal.compaction import only_one, remove_merged
from store.journal.files import JOURNAL, LOCK, make_directory, segment_bases
from store.journal.following import line_mark, read_since
from store.journal.history import Filter, line_events, read_history
from store.journal.lines import Document, decode_trusted
from store.journal.lock import FileLock
from store.journal.log import SegmentGoneError
from store.journal.reader import Reader
from store.journal.replica import Replica, load_replica
from store.journal.transaction import Transaction

_SAVES = 1_000
_CANT_WRITE = (errno.EACCES, errno.EPERM, errno.EROFS)


class JournalStorage(Storage):
    """One store directory, opened by one process; safe to use from several threads.

    Every read and write takes the in-process lock; writes, and the few reads that find an unfinished line,
    also the lock between processes. A commit is acknowledged outside both, so that others go on meanwhile.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        by: str = "",
        clock: Clock | None = None,
        readonly: bool = False,
        durable: bool = True,
        segment_bytes: int = 16 << 20,
        lock_timeout: float = 10.0,
        collections: Mapping[str, Collection] = COLLECTIONS,
    ) -> None:
        """Open, and create or recover what needs it; see `Database.open`."""
        self.path, self.by = Path(path), by or f"pid:{os.getpid()}"
        self.clock = clock or SystemClock()
        self.durable, self.segment_bytes, self.lock_timeout = durable, segment_bytes, lock_timeout
        self.collections = collections
        self._readonly_reason = "opened for viewing" if readonly else ""
        self._mutex, self._depth, self._process = threading.RLock(), 0, os.getpid()
        self._transaction: Transaction | None = None
        self._delivery = Delivery()
        self._stop_wanted = self._interrupted = False
        self.saves_ms: deque[float] = deque(maxlen=_SAVES)
        """How long the last own commits took until they were on disk, in milliseconds."""
        self._lock = self._open_lock()
        self._read_seq: int | None = None
        try:
            self._replica = load_replica(self._new_replica, self._lock)
            try:
                self._tidy()
            except BaseException:
                self._replica.log.close()
                raise
        except OSError as reason:
            self._lock.close()
            raise StoreError(f"{self.path}: {reason.strerror}") from reason
        except BaseException:
            self._lock.close()
            raise

    def _open_lock(self) -> FileLock:
        name = f"{self.by} (pid {self._process})"
        try:
            if not self._readonly_reason:
                make_directory(self.path)
                return FileLock(self.path / LOCK, name=name, timeout=self.lock_timeout)
        except OSError as reason:
            if reason.errno not in _CANT_WRITE or not self.path.is_dir():
                raise StoreError(f"{self.path}: {reason.strerror}") from reason
            self._readonly_reason = f"no permission to change {self.path}"
        if not self.path.is_dir():
            raise StoreError(f"{self.path}: there is no store here")
        return FileLock(self.path / LOCK, name=name, timeout=self.lock_timeout, shared=True)

    def _tidy(self) -> None:
        """Refuse a journal with a gap in it; before anything is written, remove what was merged before."""
        if len(segment_bases(self.path, JOURNAL)) > 1:
            if problem := stops_early(self._replica):
                raise StoreCorrupt(f"{problem} (`oficina store repair` shows what can be kept)")
            if self.readonly_reason:
                return
            with only_one(self.path) as mine:
                if mine:
                    remove_merged(self.path, self._lock)

    def _new_replica(self) -> Replica:
        return Replica(
            self.path,
            self.collections,
            readonly=bool(self._readonly_reason),
            segment_bytes=self.segment_bytes,
            on_replay=self._replayed,
        )

    # -- what the store says about itself

    @property
    def replica(self) -> Replica:
        """This process's copy of the store."""
        return self._replica

    @property
    def seq(self) -> int:
        """The last transaction that this process has seen."""
        return self._replica.log.seq

    @property
    def recovered(self) -> list[str]:
        """What was repaired after crashes, one line each."""
        return list(self._replica.log.recovered)

    @property
    def readonly_reason(self) -> str:
        """Why the store can only be viewed; empty when it can be changed."""
        return self._readonly_reason or self._replica.newer

    def view_only(self, reason: str) -> None:
        """From now on this process changes nothing."""
        self._readonly_reason = self._readonly_reason or reason

    # -- locks

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        if os.getpid() != self._process:
            raise StoreError(f"{self.path}: a forked process must open the store itself")
        if not self._mutex.acquire(timeout=self.lock_timeout):
            raise StoreBusy(f"{self.path}: another thread holds the store ({self.lock_timeout:g} s waited)")
        try:
            yield
        finally:
            if self._stop_wanted and not self._lock.is_held:
                self._stop_wanted = False
                os.kill(os.getpid(), signal.SIGSTOP)
            self._mutex.release()

    def stop_process(self) -> None:
        """See `Database.stop_process`."""
        self._stop_wanted = True
        with self._exclusive():
            pass

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """One consistent view: what others committed is applied first, nothing changes during the block."""
        with self._exclusive():
            if self._depth == 0 and self._transaction is None:
                self._catch_up()
            self._depth += 1
            try:
                yield self._replica.reader
            finally:
                self._depth -= 1
            outermost = self._depth == 0 and self._transaction is None
        if outermost:
            self._delivery.run(self._replica.log.synced)

    def _catch_up(self, *, locked: bool = False) -> None:
        """Apply what other processes appended; one system call when that is nothing."""
        log = self._replica.log
        if log.failed:
            raise log.failed
        if not (self._interrupted or log.behind()):
            return
        try:
            if self._interrupted:
                self._reload()
            elif not self._replica.replay(locked=locked):
                with self._lock.held():
                    self._replica.replay(locked=True)
        except (SegmentGoneError, FileNotFoundError):
            self._reload()
        except (KeyboardInterrupt, SystemExit):
            self._interrupted = True
            raise

    def _reload(self) -> None:
        """Load anew: a compaction took away what was not read yet, or a step was interrupted."""
        older = self._replica
        newer = load_replica(self._new_replica, self._lock)
        if not older.log.readonly:
            # Another thread may be about to acknowledge a commit in it.
            older.log.sync(older.log.seq)
        self._replica, self._interrupted = newer, False
        older.log.close()
        newer.log.recovered[:0] = older.log.recovered
        if self._delivery.wanted and newer.log.seq > self._delivery.newest:
            missed = Filter(item=None, saga=None, tipo=None, since_seq=self._delivery.newest)
            events = list(self._history(missed, newest_first=False, limit=None))
            archived = archived_since(newer.extent(), older.log.seq)
            self._delivery.add(newer.difference(older, self.clock.now(), events, archived), acknowledged=True)

    def _replayed(self, commit: Commit) -> None:
        if self._delivery.wanted:
            self._delivery.add(commit, acknowledged=True)

    # -- transactions

    @contextmanager
    def transaction(self, by: str | None = None) -> Iterator[Transaction]:
        """See `Database.transaction`."""
        with self._exclusive():
            if self._transaction is not None:
                with self._transaction.joined() as outer:
                    yield outer
                return
            self._require_writable()
            with self._lock.held():
                self._catch_up(locked=True)
                self._require_writable()
                transaction = Transaction(self._replica, by or self.by, self.clock.now())
                self._transaction = transaction
                try:
                    yield transaction
                    began = self.clock.monotonic()
                    self._commit(transaction)
                except BaseException as reason:
                    transaction.rollback()
                    # The line may be there all the same: what is on disk decides.
                    self._interrupted = isinstance(reason, KeyboardInterrupt | SystemExit)
                    raise
                finally:
                    transaction.close()
                    self._transaction = None
        self._acknowledge(transaction, began)

    def _require_writable(self) -> None:
        if self.readonly_reason:
            raise StoreReadOnly(f"{self.path}: can't be changed: {self.readonly_reason}")

    def _commit(self, transaction: Transaction) -> None:
        """Write the line; memory already is what it says."""
        if not transaction.changed:
            return
        log = self._replica.log
        log.make_room()
        body = transaction.body(log.seq + 1, log.synced)
        if body is None:
            return
        log.append(body)
        transaction.seq = log.seq
        events = line_events({"seq": log.seq, "ts": transaction.ts, "events": transaction.events})
        self._replica.tail.add(events)
        if self._delivery.wanted:
            self._delivery.add(self._own_commit(transaction, log.seq, events), acknowledged=not self.durable)

    def _own_commit(self, transaction: Transaction, seq: int, events: list[Document]) -> Commit:
        put, deleted = transaction.outcome()
        name = self._replica.names.format

        def decoded(tables: dict[str, dict[int, bytes]]) -> dict[str, dict[str, Document]]:
            return {
                table: {name(table, number): decode_trusted(raw) for number, raw in rows.items()}
                for table, rows in tables.items()
            }

        return Commit(
            seq,
            transaction.ts,
            transaction.by,
            decoded(put),
            {table: [name(table, number) for number in numbers] for table, numbers in deleted.items()},
            events,
            own=True,
            archived=decoded(transaction.archived()),
        )

    def _acknowledge(self, transaction: Transaction, began: float) -> None:
        """Wait for the disk, outside the locks; then tell whoever wants to know."""
        log = self._replica.log
        if transaction.seq is not None:
            if self.durable:
                log.sync(transaction.seq)
            self.saves_ms.append(round((self.clock.monotonic() - began) * 1000, 3))
        self._delivery.run(log.synced)
        for callback in transaction.callbacks:
            call_safely(callback)

    @property
    def current_transaction(self) -> Transaction | None:
        """The transaction that is open, in whatever thread."""
        return self._transaction

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """See `Database.subscribe`."""
        with self.reading():
            return self._delivery.subscribe(listener, self.seq)

    # -- history

    def history(self, wanted: Filter, *, newest_first: bool, limit: int | None) -> Iterator[Document]:
        """See `Database.history`."""
        with self.reading():
            return self._history(wanted, newest_first=newest_first, limit=limit)

    def _history(self, wanted: Filter, *, newest_first: bool, limit: int | None) -> Iterator[Document]:
        tail = self._replica.tail
        return read_history(
            self._replica.extent(),
            tail.events(),
            tail.complete_after,
            wanted,
            newest_first=newest_first,
            limit=limit,
        )

    def archived(self, document_id: str) -> Document | None:
        """See `Database.archived`."""
        with self.reading():
            extent = self._replica.extent()
        return read_archived(extent, document_id)

    def since(self, seq: int) -> Iterator[Commit] | None:
        """See `Database.since`."""
        with self.reading():
            replica = self._replica
            return read_since(replica.extent(), replica.names, replica.schemas, seq)

    def archived_since(self, seq: int) -> Iterator[tuple[str, Document]]:
        """See `Database.archived_since`."""
        with self.reading():
            return archived_since(self._replica.extent(), seq)

    def mark(self, seq: int) -> str:
        """See `Database.mark`."""
        with self.reading():
            return line_mark(self._replica.extent(), seq)

    # -- TinyDB's contract, over the whole database: right, and as slow as that sounds

    def read(self) -> dict[str, dict[str, Any]] | None:
        """All tables, copied; None when there are none."""
        with self.reading():
            self._read_seq = self.seq
            state = self._replica.state
            tables = {
                table: {str(number): document for number, document in state.documents(table)}
                for table in state.tables
            }
        return tables or None

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Make the database equal to `data` in one transaction; StaleWrite after a commit since `read`."""
        with self.transaction() as transaction:
            if self._read_seq not in (None, self.seq):
                raise StaleWrite(f"{self.path}: the store changed since it was read")
            state = self._replica.state
            for table in {**state.tables, **data}:
                new = {int(key): document for key, document in data.get(table, {}).items()}
                for number in [number for number in state.rows(table) if number not in new]:
                    transaction.delete_number(table, number)
                for number, document in new.items():
                    transaction.put_number(table, number, document)
        self._read_seq = self.seq

    def close(self) -> None:
        """Give the files back; idempotent. Whoever is in a transaction finishes it first."""
        with self._exclusive():
            self._replica.log.close()
            self._lock.close()
