"""Compaction: the snapshot and the closed segments become a new snapshot, beside the running store."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, pairwise
from pathlib import Path

from store.collections import COLLECTIONS, Collection
from store.errors import StoreError, StoreReadOnly
from store.journal.archive import line_archived
from store.journal.files import (
    ARCHIVE,
    COMPACT_LOCK,
    EVENTS,
    JOURNAL,
    LOCK,
    SNAPSHOT,
    install,
    open_private,
    segment_bases,
    segment_path,
    sync_directory,
)
from store.journal.lines import Document
from store.journal.lock import FileLock
from store.journal.log import Log
from store.journal.replica import Replica, load_replica
from store.journal.schemas import Schemas
from store.journal.sealed import SealedFile, write_segment
from store.journal.segment import open_segment
from store.journal.snapshot import read_snapshot, snapshot_seq, write_snapshot

_LOCK_TIMEOUT = 30.0


def closed_bytes(directory: Path) -> int:
    """Bytes of the segments that a compaction would merge."""
    return sum(
        _size(segment_path(directory, JOURNAL, base)) for base in segment_bases(directory, JOURNAL)[:-1]
    )


def snapshot_bytes(directory: Path) -> int:
    """Bytes of the snapshot; 0 when there is none."""
    return _size(directory / SNAPSHOT)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def compact(directory: Path, *, collections: Mapping[str, Collection] = COLLECTIONS) -> int | None:
    """Merge everything committed so far into a new snapshot; the last seq in it.

    Events go to an event segment, archived documents to an archive segment. Other processes go on meanwhile:
    the store's lock is held only to start a new segment and to install the result. None when another process
    is compacting. Raises StoreCorrupt (nothing changed), StoreReadOnly, StoreBusy, OSError (a full disk).
    """
    if not directory.is_dir() or not segment_bases(directory, JOURNAL):
        raise StoreError(f"{directory}: there is no store here")
    with only_one(directory) as mine:
        if not mine:
            return None
        lock = FileLock(directory / LOCK, name=f"compaction (pid {os.getpid()})", timeout=_LOCK_TIMEOUT)
        try:
            remove_merged(directory, lock)
            _try_upgrade(directory, lock, collections)
            active = _close_active(directory, lock, Schemas(collections))
            return _merge(directory, lock, active, collections)
        finally:
            lock.close()


@contextmanager
def only_one(directory: Path) -> Iterator[bool]:
    """A block in which no other process compacts or repairs; False when one does already."""
    descriptor = open_private(directory / COMPACT_LOCK, os.O_RDWR | os.O_CREAT)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def remove_merged(directory: Path, lock: FileLock) -> None:
    """Remove what is before the snapshot: whoever merged or repaired it died before it was gone.

    A repair leaves damaged files there, which nobody should come to read. Done by whoever opens the store to
    write, and before a compaction (under `only_one`).
    """
    merged = _merged(directory)
    if not merged:
        return
    with lock.held():
        # The snapshot's name may not be on the disk yet either.
        sync_directory(directory)
        for base in merged:
            segment_path(directory, JOURNAL, base).unlink(missing_ok=True)


def _merged(directory: Path) -> list[int]:
    bases = segment_bases(directory, JOURNAL)
    if len(bases) < 2:
        return []
    seq = snapshot_seq(directory)
    return [base for base, following in pairwise(bases) if following <= seq + 1]


def _try_upgrade(directory: Path, lock: FileLock, collections: Mapping[str, Collection]) -> None:
    """An upgrade that fails must do so before the new segment says that this program wrote here: from then on
    the older one, which still can, could only look.
    """
    segment = open_segment(directory, segment_bases(directory, JOURNAL)[-1], readonly=True)
    segment.close()
    schemas = Schemas(collections)
    if schemas.outdated(segment.schemas) and not schemas.newer(segment.schemas):
        load_replica(
            lambda: Replica(directory, collections, readonly=True, segment_bytes=0), lock
        ).log.close()


def _close_active(directory: Path, lock: FileLock, schemas: Schemas) -> int:
    """Make what was committed so far immutable: the base of the segment that follows it."""
    log = Log(directory, schemas, lambda *_: None, readonly=False, segment_bytes=0)
    try:
        with lock.held():
            log.enter_last()
            log.replay(locked=True)
            if newer := schemas.newer(log.segment.schemas):
                raise StoreReadOnly(f"{directory}: {newer}")
            if log.seq >= log.segment.base:
                log.rotate()
            return log.segment.base
    finally:
        log.close()


def _merge(directory: Path, lock: FileLock, active: int, collections: Mapping[str, Collection]) -> int:
    old = read_snapshot(directory)
    first = old.seq + 1 if old else 1
    del old
    replica = Replica(directory, collections, readonly=True, segment_bytes=0)
    try:
        merged = replica.load_closed(active)
        if replica.newer:
            raise StoreReadOnly(f"{directory}: {replica.newer}")
    finally:
        replica.log.close()
    closed = [base for base in segment_bases(directory, JOURNAL) if base < active]
    if merged.seq >= first:
        aside = _moved(directory, first, active, closed)
        write_snapshot(directory, merged)
        with lock.held():
            _install(directory, aside)
    with lock.held():
        for base in closed:
            segment_path(directory, JOURNAL, base).unlink()
    return merged.seq


def _moved(directory: Path, first: int, active: int, closed: list[int]) -> list[Path]:
    """Events and archived documents of the closed segments, written aside.

    An event segment is written without any events, too: a missing one can then be told.
    """
    events = _lines(directory, closed, first, b'"events":[', event_lines)
    aside = [write_segment(directory, EVENTS, first, active, events)]
    archived = _lines(directory, closed, first, b'"archive":{', line_archived)
    if (one := next(archived, None)) is not None:
        aside.append(write_segment(directory, ARCHIVE, first, active, chain([one], archived)))
    return aside


def _install(directory: Path, aside: list[Path]) -> None:
    for path in aside:
        install(path)
    # Before the snapshot, because with it the journal, where the events still are, is given up.
    sync_directory(directory)
    install(directory / SNAPSHOT)
    sync_directory(directory)


def _lines(
    directory: Path,
    bases: list[int],
    first: int,
    needle: bytes,
    make: Callable[[Document], Iterable[Document]],
) -> Iterator[Document]:
    """What becomes of the transactions from `first` on that hold `needle`."""
    for base in bases:
        file = SealedFile(segment_path(directory, JOURNAL, base))
        try:
            for line in file.lines(needle):
                if line["seq"] >= first:
                    yield from make(line)
        finally:
            file.close()


def event_lines(line: Document) -> Iterator[Document]:
    """What a transaction told, as a line of an event segment."""
    if line.get("events"):
        yield {name: line[name] for name in ("seq", "ts", "by", "events")}
