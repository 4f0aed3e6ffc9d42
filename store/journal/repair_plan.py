"""What a repair would do to a store, found without changing it, and tried out in a scratch directory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from store.collections import COLLECTIONS, Collection
from store.errors import StoreCorrupt, StoreError, StoreReadOnly
from store.journal.archive import line_archived
from store.journal.checking import Report, check, check_segments, check_state, viewed
from store.journal.compaction import event_lines
from store.journal.files import (
    ARCHIVE,
    EVENTS,
    JOURNAL,
    LOCK,
    METRICS,
    SNAPSHOT,
    open_private,
    read_plain,
    segment_bases,
    segment_path,
)
from store.journal.lines import encode, end_marker, seal
from store.journal.lock import FileLock
from store.journal.repair_files import RepairPlan, write_kept, write_result
from store.journal.replica import Replica
from store.journal.salvage import EDITED, Damage, Part, Salvage, Salvaged, refuse_newer
from store.journal.salvage_segments import NewSegment, SegmentSalvage
from store.journal.schemas import Schemas
from store.journal.shapes import wrong_shape
from store.journal.snapshot import LONGEST_LINE, Snapshot, read_head, read_snapshot, snapshot_seq

_LOCK_TIMEOUT = 10.0
_PIECE = 1 << 20
_HAND = "put it right by hand, or bring back a copy"
_UNFIT = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What code that reads documents raises where they are not what it knows."""


def plan_repair(
    directory: Path, *, accept_edits: bool = False, collections: Mapping[str, Collection] = COLLECTIONS
) -> RepairPlan:
    """Find out what can be kept of a store, changing nothing.

    Lines whose checksum is wrong, but which can be read, are taken only with `accept_edits`. Raises
    StoreCorrupt where going on would be a guess, StoreReadOnly where a newer program wrote, StoreBusy,
    StoreError where there is no store.
    """
    report = check(directory, collections=collections)
    if report.ok:
        return RepairPlan(directory, seq=report.seq, documents=report.documents)
    lock = FileLock(directory / LOCK, name="repair", timeout=_LOCK_TIMEOUT, shared=True)
    try:
        with lock.held():
            return _Planning(directory, collections, accept_edits=accept_edits).plan()
    finally:
        lock.close()


def fingerprints(directory: Path) -> dict[str, tuple[int, str]]:
    """Size and digest of all files that hold the store's data. Raises StoreCorrupt for one without an end."""
    paths = [path for path in sorted(directory.iterdir()) if path.suffix in (".json", ".jsonl")]
    return {path.name: _fingerprint(path) for path in paths if path.name != METRICS}


def _fingerprint(path: Path) -> tuple[int, str]:
    from hashlib import sha256

    size, line, digest = 0, 0, sha256()
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        while part := file.read(_PIECE):
            digest.update(part)
            size += len(part)
            line = line + len(part) if b"\n" not in part else len(part) - part.rfind(b"\n")
            if line > LONGEST_LINE:
                raise StoreCorrupt(
                    f"{path}: byte {size - line}: a line is longer than {LONGEST_LINE >> 20} MB; {_HAND}"
                )
    return size, digest.hexdigest()


class _Planning:
    def __init__(self, directory: Path, collections: Mapping[str, Collection], *, accept_edits: bool) -> None:
        self._directory, self._collections, self._accept = directory, collections, accept_edits
        self._plan = RepairPlan(directory, kept=_free_name(directory), schemas=Schemas(collections).ours)
        self._snapshot_edited = False

    def plan(self) -> RepairPlan:
        plan, directory = self._plan, self._directory
        plan.seen = fingerprints(directory)
        state = check_state(directory, self._collections)
        if state.problems:
            snapshot = self._readable_snapshot()
            salvaged = Salvage(directory, self._collections, accept_edits=self._accept).read(snapshot)
            plan.damage += salvaged.damage
            if not plan.damage:
                plan.damage += [Damage(directory.name, 0, each, "written anew") for each in state.problems]
            self._rebuild(snapshot, salvaged)
            first = snapshot.seq + 1
        else:
            plan.seq, plan.documents, first = state.seq, state.documents, snapshot_seq(directory) + 1
        old = SegmentSalvage(directory, first, accept_edits=self._accept)
        plan.damage += old.damage
        plan.segments += old.segments
        plan.removed = self._replaced(first, old.removed)
        self._try_out()
        return plan

    def _replaced(self, first: int, removed: list[str]) -> list[str]:
        """Files whose place the new ones take: the journal's, and what an interrupted compaction left."""
        directory, names = self._directory, list(removed)
        new = {segment_path(directory, each.kind, each.base).name for each in self._plan.segments}
        if self._plan.snapshot is not None:
            for kind, least in ((EVENTS, first), (ARCHIVE, first), (JOURNAL, 0)):
                bases = [base for base in segment_bases(directory, kind) if base >= least]
                names += [segment_path(directory, kind, base).name for base in bases]
        return [name for name in dict.fromkeys(names) if name not in new]

    def _readable_snapshot(self) -> Snapshot:
        """The snapshot, one with a wrong checksum only where edits are accepted."""
        try:
            snapshot = read_snapshot(self._directory)
        except StoreReadOnly as reason:
            raise StoreReadOnly(f"{reason}; repair it with that one") from None
        except StoreCorrupt as reason:
            return self._edited_snapshot(reason)
        bases = segment_bases(self._directory, JOURNAL)
        if snapshot is None and (not bases or bases[0] != 1):
            where = f"the journal starts at transaction {bases[0]}" if bases else "there is no journal"
            raise StoreCorrupt(
                f"{self._directory / SNAPSHOT}: it is gone, and {where}: what was before is nowhere;"
                f" bring back a copy of {SNAPSHOT}"
            )
        return snapshot or Snapshot()

    def _edited_snapshot(self, damaged: StoreCorrupt) -> Snapshot:
        path = self._directory / SNAPSHOT
        try:
            data = json.loads(read_plain(path))
        except (ValueError, RecursionError) as reason:
            raise StoreCorrupt(f"{path}: {reason}; {_HAND}") from None
        try:
            row = data["_meta"]["1"]
            refuse_newer(row, path)
            meta = read_head(b'{"_meta":{"1":%b},\n' % encode(row), str(path))
            tables = {
                table: {int(number): encode(dict(document)) for number, document in documents.items()}
                for table, documents in data.items()
                if table != "_meta" and documents
            }
        except _UNFIT:
            raise StoreCorrupt(f"{path}: it is not laid out as a snapshot is; {_HAND}") from None
        if not self._accept:
            raise StoreCorrupt(
                f"{damaged}: edited by hand, or damaged, and its one checksum can't say where; look at it,"
                " and take it as it is with --accept-edits, or bring back a copy"
            )
        count = sum(map(len, tables.values()))
        self._plan.damage.append(Damage(SNAPSHOT, 0, EDITED, f"taken as it is, with {count} documents"))
        self._snapshot_edited = True
        return Snapshot(meta["seq"], int(meta["chain"], 16), tables, meta["next"], meta["schemas"])

    def _rebuild(self, snapshot: Snapshot, salvaged: Salvaged) -> None:
        """What the kept lines add up to, as a snapshot with nothing in the journal after it."""
        plan, first = self._plan, snapshot.seq + 1
        with _scratch(self._directory) as directory:
            chain = write_kept(directory, snapshot, salvaged.parts, plan.schemas)
            with viewed(directory, self._collections) as replica:
                if replica.newer:
                    raise StoreReadOnly(f"{self._directory}: {replica.newer}; repair it with that one")
                self._compare_shapes(replica, salvaged.parts)
                tables, numbers = replica.state.tables, replica.state.next_numbers
        bases = segment_bases(self._directory, JOURNAL)
        # Past all that was given out, and past the names of the old segments: the new one is beside them.
        seq = max(snapshot.seq, salvaged.seq, salvaged.given.seq, *bases, 0)
        for table, highest in _highest(tables, salvaged).items():
            numbers[table] = max(numbers.get(table, 1), highest + 1)
        lines = [line for part in salvaged.parts for line in part.lines if line["seq"] >= first]
        chain = seal(end_marker(seq + 1), chain)[1]
        plan.snapshot = Snapshot(seq, chain, tables, numbers, plan.schemas)
        plan.seq = seq
        with _fit(self._directory):
            events = [each for line in lines for each in event_lines(line)]
            plan.segments.append(NewSegment(EVENTS, first, seq + 1, events))
            if archived := [each for line in lines for each in line_archived(line)]:
                plan.segments.append(NewSegment(ARCHIVE, first, seq + 1, archived))

    def _compare_shapes(self, replica: Replica, parts: list[Part]) -> None:
        """StoreCorrupt for an accepted edit that the rest of oficina could not read."""
        edited: dict[str, set[int]] = {}
        if self._snapshot_edited:
            edited = {table: set(rows) for table, rows in replica.state.tables.items()}
        for part in parts:
            for line in part.edited:
                for table, documents in line.get("put", {}).items():
                    edited.setdefault(table, set()).update(map(int, documents))
        for table, numbers in edited.items():
            for number in sorted(numbers):
                document = replica.state.document(table, number)
                problem = wrong_shape(table, document) if document is not None else ""
                if problem:
                    name = replica.names.format(table, number)
                    raise StoreCorrupt(f"{table} {name}: {problem}")

    def _try_out(self) -> None:
        """StoreCorrupt unless what would be written opens, and is sound."""
        with _scratch(self._directory) as directory:
            write_result(directory, self._plan)
            report = Report()
            if self._plan.snapshot is not None:
                report = check_state(directory, self._collections)
                self._plan.documents = report.documents
            check_segments(directory, report)
            if report.problems:
                raise StoreCorrupt(report.problems[0])


def _highest(tables: Mapping[str, Mapping[int, Any]], salvaged: Salvaged) -> dict[str, int]:
    found = {table: max(rows) for table, rows in tables.items() if rows}
    for table, number in salvaged.given.numbers.items():
        found[table] = max(found.get(table, 0), number)
    return found


def _free_name(directory: Path) -> str:
    number = 0
    while os.path.lexists(directory / f"before-repair-{number}"):
        number += 1
    return f"before-repair-{number}"


@contextmanager
def _scratch(store: Path) -> Iterator[Path]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="oficina-repair-") as name, _fit(store, name):
        yield Path(name)


@contextmanager
def _fit(store: Path, scratch: str = "") -> Iterator[None]:
    """A block in which whatever goes wrong says that what would be kept can't be read."""
    try:
        yield
    except StoreReadOnly:
        raise
    except (StoreError, *_UNFIT) as reason:
        what = str(reason) if isinstance(reason, StoreError) else f"{type(reason).__name__}: {reason}"
        if scratch:
            what = what.replace(f"{scratch}/", "").replace(f"{scratch}: ", "")
        raise StoreCorrupt(f"{store}: what would be kept can't be used: {what}; {_HAND}") from None
