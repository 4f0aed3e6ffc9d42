"""This process's copy of the store: a snapshot plus the journal, followed line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from store.collections import Collection
from store.errors import StoreCorrupt, StoreError
from store.journal.commits import Commit
from store.journal.files import JOURNAL, SNAPSHOT, segment_bases
from store.journal.following import line_archive
from store.journal.history import EventTail, Extent, line_events
from store.journal.lines import Document, decode_document, decode_trusted, encode
from store.journal.lock import FileLock
from store.journal.log import Log, Place, SegmentGoneError
from store.journal.names import Names
from store.journal.reader import Reader
from store.journal.schemas import Schemas
from store.journal.snapshot import Snapshot, read_snapshot
from store.journal.state import UNFIT, State

_TRIES = 5


class Replica:
    """State, log and event tail, kept in step: each transaction of the log is applied to the others."""

    def __init__(
        self,
        directory: Path,
        collections: Mapping[str, Collection],
        *,
        readonly: bool,
        segment_bytes: int,
        on_replay: Callable[[Commit], None] | None = None,
    ) -> None:
        """`on_replay` is told of each transaction that is applied from the log, once the store is loaded."""
        self.directory = directory
        self.names = Names(collections)
        self.state = State(collections)
        self.schemas = Schemas(collections)
        self.log = Log(directory, self.schemas, self._apply, readonly=readonly, segment_bytes=segment_bytes)
        self.tail = EventTail(0)
        self.newer = ""
        """Why the store can only be viewed: a newer program wrote in it."""
        self.loaded = False
        self._on_replay = on_replay

    # -- loading

    def load(self, lock: FileLock) -> None:
        """Read everything there is; the lock is held only to repair the last bytes, so nobody waits."""
        snapshot = self._read_snapshot()
        if not self.log.enter(snapshot.seq, snapshot.chain):
            self._begin(lock, snapshot)
        if not self.replay(locked=False) or not self.log.readonly:
            with lock.held():
                self.replay(locked=True)
        self._build_indexes()
        self.loaded = True

    def load_closed(self, stop_before: int) -> Snapshot:
        """Read the snapshot and the segments before `stop_before`, for a new snapshot, which is returned."""
        snapshot = self._read_snapshot()
        self.log.stop_before = stop_before
        self.log.enter(snapshot.seq, snapshot.chain)
        # Nobody writes to closed segments, so what is not understood there is damage, as under the lock.
        # Where the snapshot holds all of them, the log is in the active one already, which is not read.
        if self.log.seq < stop_before - 1:
            self.replay(locked=True)
        if self.log.seq != stop_before - 1:
            raise StoreCorrupt(
                f"{self.directory}: the closed journal ends at {self.log.seq}, not {stop_before - 1}"
            )
        return Snapshot(
            self.log.seq,
            self.log.chain_after_end(stop_before),
            self.state.tables,
            self.state.next_numbers,
            self.schemas.ours,
        )

    def _read_snapshot(self) -> Snapshot:
        snapshot = read_snapshot(self.directory) or Snapshot()
        disk = snapshot.schemas or {}
        self._see(disk)
        self.state.tables = snapshot.tables
        self.state.next_numbers = snapshot.next_numbers
        for table in snapshot.tables:
            if self.schemas.needs_upgrade(disk, table):
                rows = snapshot.tables[table]
                for number, raw in rows.items():
                    rows[number] = self._upgraded(disk, table, number, raw)
        self.tail = EventTail(snapshot.seq)
        return snapshot

    def _upgraded(self, disk: dict[str, int], table: str, number: int, raw: bytes) -> bytes:
        try:
            document = decode_document(raw)
        except ValueError as reason:
            raise StoreCorrupt(f"{self.directory / SNAPSHOT}: {table} {number}: {reason}") from None
        return encode(self.schemas.upgrade(disk, table, document))

    def _begin(self, lock: FileLock, snapshot: Snapshot) -> None:
        """There is no journal: a new store, unless it had one."""
        if snapshot.seq:
            raise StoreCorrupt(
                f"{self.directory}: there is no journal beside the snapshot, what came after it is missing"
                " (oficina store repair goes on from the snapshot)"
            )
        if self.log.readonly:
            raise StoreError(f"{self.directory}: there is no store here")
        with lock.held():
            if not segment_bases(self.directory, JOURNAL):
                self.log.begin(0, 0)
                return
        raise SegmentGoneError(f"{self.directory}: another process began the store")

    def _build_indexes(self) -> None:
        try:
            self.state.build_indexes()
        except UNFIT as reason:
            raise StoreCorrupt(f"{self.directory}: a document that can't be read: {reason}") from reason

    # -- following

    def replay(self, *, locked: bool) -> bool:
        """Apply what the log holds beyond this copy; False when the lock is needed to understand the rest."""
        understood = self.log.replay(locked=locked)
        self._see(self.log.segment.schemas)
        return understood

    def _see(self, disk: Mapping[str, int]) -> None:
        if newer := self.schemas.newer(disk):
            self.newer, self.log.readonly = newer, True

    def _apply(self, line: Document, _place: Place, disk: dict[str, int]) -> None:
        try:
            put, deleted = self._change(line, disk)
        except StoreCorrupt:
            raise
        except (*UNFIT, StoreError) as reason:
            raise StoreCorrupt(
                f"{self.log.here}: transaction {line['seq']} holds a document that can't be read: {reason!r}"
            ) from reason
        self.state.next_numbers.update(line.get("next", {}))
        events = line_events(line)
        self.tail.add(events)
        if self.loaded and self._on_replay is not None:
            archived = line_archive(line, self.names, self.schemas, disk)
            self._on_replay(
                Commit(
                    line["seq"],
                    line.get("ts", ""),
                    line.get("by", ""),
                    put,
                    deleted,
                    events,
                    archived=archived,
                )
            )

    def _change(
        self, line: Document, disk: dict[str, int]
    ) -> tuple[dict[str, dict[str, Document]], dict[str, list[str]]]:
        """Change the documents that a line changes: what was put, and what deleted, by id."""
        put: dict[str, dict[str, Document]] = {}
        for table, documents in line.get("put", {}).items():
            for key, document in documents.items():
                upgraded = self.schemas.upgrade(disk, table, document)
                number = int(key)
                self.state.change(table, number, encode(upgraded), upgraded)
                put.setdefault(table, {})[self.names.format(table, number)] = upgraded
        deleted: dict[str, list[str]] = {}
        for table, numbers in line.get("del", {}).items():
            for number in numbers:
                self.state.change(table, number, None, None)
                deleted.setdefault(table, []).append(self.names.format(table, number))
        return put, deleted

    # -- reading

    @property
    def reader(self) -> Reader:
        """Reads over this copy."""
        return Reader(self.state, self.names)

    def extent(self) -> Extent:
        """How far this copy goes, for reads of the files themselves."""
        return Extent(self.directory, self.log.seq, self.log.segment.base, self.log.offset)

    def difference(
        self, older: Replica, ts: str, events: list[Document], archived: Iterable[tuple[str, Document]]
    ) -> Commit:
        """What happened between an older copy and this one, as one commit; `archived` is what left since."""
        put: dict[str, dict[str, Document]] = {}
        deleted: dict[str, list[str]] = {}
        for table in {**older.state.tables, **self.state.tables}:
            before, after = older.state.rows(table), self.state.rows(table)
            changed = {number: raw for number, raw in after.items() if before.get(number) != raw}
            if changed:
                put[table] = {self.names.format(table, n): decode_trusted(raw) for n, raw in changed.items()}
            if gone := [self.names.format(table, number) for number in before if number not in after]:
                deleted[table] = gone
        left: dict[str, dict[str, Document]] = {}
        for table, document in archived:
            left.setdefault(table, {})[document["id"]] = document
        return Commit(self.log.seq, ts, "reload", put, deleted, events, archived=left)


def load_replica(make: Callable[[], Replica], lock: FileLock) -> Replica:
    """A loaded copy; a compaction that takes segments away meanwhile only means to start again.

    Raises StoreCorrupt when a piece is missing even while nobody can be changing anything.
    """
    for _ in range(_TRIES):
        try:
            return _loaded(make(), lock)
        except (SegmentGoneError, FileNotFoundError):
            continue
    with lock.held():
        try:
            return _loaded(make(), lock)
        except (SegmentGoneError, FileNotFoundError) as reason:
            raise StoreCorrupt(f"{reason} (a segment is missing)") from reason


def _loaded(replica: Replica, lock: FileLock) -> Replica:
    try:
        replica.load(lock)
    except BaseException:
        replica.log.close()
        raise
    return replica
