"""`oficina store check`: read every byte of a store and say what is wrong with it, changing nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from store.collections import COLLECTIONS, STUBS, Collection
from store.errors import StoreCorrupt, StoreError, StoreReadOnly
from store.journal.files import ARCHIVE, EVENTS, JOURNAL, LOCK, segment_bases, segment_path
from store.journal.lock import FileLock
from store.journal.log import SegmentGoneError
from store.journal.replica import Replica, load_replica
from store.journal.sealed import SealedFile
from store.journal.snapshot import snapshot_seq

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
    report = check_state(directory, collections)
    check_segments(directory, report)
    for first, following in history_gaps(directory):
        path = segment_path(directory, EVENTS, first)
        report.problems.append(f"{path}: missing: the history of {first} to {following - 1} is gone")
    return report


def stops_early(replica: Replica) -> str:
    """What is wrong where a loaded copy ends before the journal does: a segment lost its end; else empty."""
    directory = replica.directory
    last = max(segment_bases(directory, JOURNAL), default=0)
    try:
        # What was listed follows from an end that was written before, so this comes to it.
        replica.replay(locked=False)
    except (SegmentGoneError, FileNotFoundError):
        return ""
    if replica.log.segment.base >= last:
        return ""
    path = segment_path(directory, JOURNAL, last)
    return f"{replica.log.segment.path}: it ends without a word of what follows, and {path.name} is there"


def check_state(directory: Path, collections: Mapping[str, Collection]) -> Report:
    """What snapshot and journal add up to, and what is wrong with them."""
    report = Report()
    try:
        with viewed(directory, collections) as replica:
            _check_documents(replica, report)
    except (StoreCorrupt, StoreReadOnly) as reason:
        report.problems.append(str(reason))
    return report


def check_segments(directory: Path, report: Report) -> None:
    """Add to a report what the event and archive segments hold, and what is wrong with them."""
    for kind in (EVENTS, ARCHIVE):
        for base in segment_bases(directory, kind):
            report.problems.extend(check_segment(directory, kind, base, report))


def history_gaps(directory: Path) -> list[tuple[int, int]]:
    """The transactions [first, following) that the snapshot holds, and no event segment.

    A segment goes to where the next one begins, the last one to its end marker (where that can't be read, it
    is told of as damage).
    """
    try:
        seq = snapshot_seq(directory)
    except (StoreCorrupt, StoreReadOnly):
        return []
    gaps, covered = [], 1
    for base in [base for base in segment_bases(directory, EVENTS) if base <= seq]:
        if base > covered:
            gaps.append((covered, base))
        covered = max(covered, _end_of(segment_path(directory, EVENTS, base), seq + 1))
    return [*gaps, (covered, seq + 1)] if covered <= seq else gaps


def _end_of(path: Path, otherwise: int) -> int:
    try:
        file = SealedFile(path)
        try:
            return file.end or otherwise
        finally:
            file.close()
    except (StoreCorrupt, KeyError, TypeError, ValueError):
        return otherwise


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
    if problem := stops_early(replica):
        report.problems.append(problem)
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
            said = document.get("id") if isinstance(document, dict) else "no object"
            if said != replica.names.format(table, number):
                report.problems.append(f"{table}: document {number} says that it is {said}")


def check_segment(directory: Path, kind: str, base: int, report: Report) -> Iterator[str]:
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
        if end is None or not base <= end or last >= end:
            yield f"{path}: the end marker is missing or wrong"
    except StoreCorrupt as reason:
        yield str(reason)
    except (AttributeError, KeyError, TypeError, ValueError) as reason:
        yield f"{path}: a line is not what it should be: {type(reason).__name__} {reason}"
    finally:
        if file is not None:
            file.close()
