"""`oficina store check`: read every byte of a store and say what is wrong with it, changing nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from store.collections import COLLECTIONS, STUBS, Collection
from store.errors import StoreCorrupt, StoreError
from store.journal.files import ARCHIVE, EVENTS, LOCK, segment_bases, segment_path
from store.journal.lock import FileLock
from store.journal.replica import Replica, load_replica
from store.journal.sealed import SealedFile

_LOCK_TIMEOUT = 10.0


@dataclass
class Report:
    """What a check found: `problems` one line each; the rest is how much there is."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What the next start puts right by itself."""
    seq: int = 0
    documents: dict[str, int] = field(default_factory=dict)
    events: int = 0
    archived: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything that was acknowledged is there and readable."""
        return not self.problems


def check(directory: Path, *, collections: Mapping[str, Collection] = COLLECTIONS) -> Report:
    """Read snapshot, journal, event and archive segments, and compare them with each other.

    Events and archived documents are counted where they have left the journal. Raises StoreError when there
    is no store in `directory`.
    """
    report = Report()
    try:
        with viewed(directory, collections) as replica:
            _check_documents(replica, report)
    except StoreCorrupt as reason:
        report.problems.append(str(reason))
    for kind in (EVENTS, ARCHIVE):
        for base in segment_bases(directory, kind):
            report.problems.extend(_check_segment(directory, kind, base, report))
    return report


@contextmanager
def viewed(directory: Path, collections: Mapping[str, Collection]) -> Iterator[Replica]:
    """A block with a loaded copy of a store that is only looked at."""
    if not directory.is_dir():
        raise StoreError(f"{directory}: there is no store here")
    lock = FileLock(directory / LOCK, name="viewer", timeout=_LOCK_TIMEOUT, shared=True)
    try:
        replica = load_replica(lambda: Replica(directory, collections, readonly=True, segment_bytes=0), lock)
    finally:
        lock.close()
    try:
        yield replica
    finally:
        replica.log.close()


def _check_documents(replica: Replica, report: Report) -> None:
    report.seq = replica.log.seq
    if replica.newer:
        report.notes.append(replica.newer)
    if replica.log.behind():
        report.notes.append(f"{replica.log.segment.path}: an unfinished write at byte {replica.log.offset}")
    for table, rows in sorted(replica.state.tables.items()):
        report.documents[table] = len(rows)
        if max(rows, default=0) >= replica.state.next_number(table):
            report.problems.append(f"{table}: the next id was given out already")
        if table == STUBS:
            continue
        for number, document in replica.state.documents(table):
            if document.get("id") != replica.names.format(table, number):
                report.problems.append(f"{table}: document {number} says that it is {document.get('id')}")


def _check_segment(directory: Path, kind: str, base: int, report: Report) -> Iterator[str]:
    """What is wrong with an event or archive segment."""
    path = segment_path(directory, kind, base)
    file = None
    try:
        file = SealedFile(path)
        end, last = file.end, base - 1
        for line in file.lines():
            last = max(last, line["seq"])
            report.events += len(line.get("events", ()))
            report.archived += "document" in line
        if end is None or not base <= last < end:
            yield f"{path}: the end marker is missing or wrong"
    except StoreCorrupt as reason:
        yield str(reason)
    finally:
        if file is not None:
            file.close()
