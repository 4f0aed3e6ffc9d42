"""`oficina store repair`: make a store readable again that somebody edited, or the disk lost a part of."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from store.collections import COLLECTIONS, Collection
from store.errors import StoreBusy, StoreCorrupt
from store.journal.checking import check
from store.journal.compaction import only_one
from store.journal.files import (
    ARCHIVE,
    EVENTS,
    JOURNAL,
    LOCK,
    METRICS,
    SNAPSHOT,
    install,
    open_private,
    read_plain,
    segment_bases,
    segment_path,
    sync_directory,
    written_aside,
)
from store.journal.lines import FORMAT, Document, decode, encode, seal
from store.journal.lock import FileLock
from store.journal.schemas import Schemas
from store.journal.sealed import SealedFile, write_segment
from store.journal.snapshot import Snapshot, read_head, read_snapshot, write_snapshot

_LOCK_TIMEOUT = 10.0


def repair(directory: Path, *, collections: Mapping[str, Collection] = COLLECTIONS) -> list[str]:
    """Seal anew what can still be read as JSON, and set the rest aside; what was done, one line each.

    The files as they were are kept in `before-repair-N`. A store that is whole is not touched. Nobody else
    may have the store open. Raises StoreCorrupt, with nothing changed, when the snapshot is no JSON any more,
    or where there is something else than a file.
    """
    if check(directory, collections=collections).ok:
        return []
    lock = FileLock(directory / LOCK, name=f"repair (pid {os.getpid()})", timeout=_LOCK_TIMEOUT)
    try:
        with only_one(directory) as mine, lock.held():
            if not mine:
                raise StoreBusy(f"{directory}: another process is compacting the store")
            return _repair(directory, Schemas(collections).ours)
    finally:
        lock.close()


def _repair(directory: Path, schemas: dict[str, int]) -> list[str]:
    files = [path for path in directory.iterdir() if path.suffix in (".json", ".jsonl")]
    for path in files:
        os.close(open_private(path, os.O_RDONLY))
    snapshot, done = _readable_snapshot(directory)
    kept = _keep_copies(directory, files)
    # It tells of transactions as they were before.
    (directory / METRICS).unlink(missing_ok=True)
    if done:
        write_snapshot(directory, snapshot)
        install(directory / SNAPSHOT)
    done += _repair_journal(directory, snapshot, schemas)
    for kind in (EVENTS, ARCHIVE):
        for base in segment_bases(directory, kind):
            done += _repair_segment(directory, kind, base)
    sync_directory(directory)
    return [*done, f"the files as they were are in {kept}"]


def _keep_copies(directory: Path, files: Iterable[Path]) -> Path:
    number = 0
    while (kept := directory / f"before-repair-{number}").exists():
        number += 1
    kept.mkdir(mode=0o700)
    for path in files:
        shutil.copy2(path, kept / path.name, follow_symlinks=False)
    return kept


def _readable_snapshot(directory: Path) -> tuple[Snapshot, list[str]]:
    """The snapshot, even when its checksum is wrong, and what that took."""
    try:
        return read_snapshot(directory) or Snapshot(), []
    except StoreCorrupt:
        path = directory / SNAPSHOT
    raw = read_plain(path)
    try:
        data: dict[str, dict[str, Any]] = json.loads(raw)
    except ValueError as reason:
        raise StoreCorrupt(f"{path}: {reason}; put it right by hand first, or bring back a copy") from None
    meta = read_head(b'{"_meta":{"1":%b},\n' % encode(data.pop("_meta", {}).get("1")), str(path))
    tables = {
        table: {int(number): encode(document) for number, document in documents.items()}
        for table, documents in data.items()
        if documents
    }
    snapshot = Snapshot(meta["seq"], int(meta["chain"], 16), tables, meta["next"], meta["schemas"])
    return snapshot, [f"{SNAPSHOT}: sealed anew, with {sum(map(len, tables.values()))} documents"]


@dataclass
class _Salvage:
    """What can be read of one journal segment: lines without their seals, and what follows."""

    schemas: dict[str, int]
    lines: list[Document] = field(default_factory=list)
    following: int | None = None
    problem: str = ""


def _repair_journal(directory: Path, snapshot: Snapshot, schemas: dict[str, int]) -> list[str]:
    """Seal the journal anew up to the first transaction that can't be read."""
    bases = segment_bases(directory, JOURNAL)
    starts = [base for base in bases if base <= snapshot.seq + 1]
    base: int | None = starts[-1] if starts else snapshot.seq + 1
    chain, done = snapshot.chain, []
    while base is not None:
        path = segment_path(directory, JOURNAL, base)
        salvage = _salvage(path, base, schemas) if path.exists() else _Salvage(schemas)
        chain = _write_journal(path, base, chain, salvage)
        if salvage.problem:
            done.append(f"{path.name}: {salvage.problem}")
        last, base = base, salvage.following
    for lost in [lost for lost in bases if lost > last]:
        segment_path(directory, JOURNAL, lost).unlink()
        done.append(f"{segment_path(directory, JOURNAL, lost).name}: does not follow on, set aside")
    return done or [f"the journal was sealed anew from transaction {snapshot.seq + 1} on"]


def _salvage(path: Path, base: int, schemas: dict[str, int]) -> _Salvage:
    header, *rest = read_plain(path).split(b"\n")
    found = _Salvage(dict((_object(header) or {}).get("schemas", schemas)))
    position = base
    for raw in rest:
        line = _object(raw)
        if line is None:
            if raw:
                found.problem = f"transactions from {position} on can't be read, set aside"
            return found
        if "end" in line:
            found.following = position
            return found
        if line.get("seq") != position:
            found.problem = f"transaction {line.get('seq')} where {position} belongs, set aside from there on"
            return found
        found.lines.append(line)
        position += 1
    return found


def _object(raw: bytes) -> Document | None:
    """A line without its checksum, whatever that was; None when it is no JSON object."""
    try:
        line = decode(raw)
    except ValueError:
        return None
    return {name: value for name, value in line.items() if name != "crc"} if isinstance(line, dict) else None


def _write_journal(path: Path, base: int, chain: int, salvage: _Salvage) -> int:
    """Write a segment anew; the checksum that the next one continues."""
    header = {"format": FORMAT, "base": base, "seed": f"{chain:08x}", "schemas": salvage.schemas}
    with written_aside(path) as file:
        file.write(seal(encode(header)[:-1], 0)[0])
        for line in salvage.lines:
            sealed, chain = seal(encode(line)[:-1], chain)
            file.write(sealed)
        if salvage.following is not None:
            sealed, chain = seal(b'{"end":%d' % salvage.following, chain)
            file.write(sealed)
    install(path)
    return chain


def _repair_segment(directory: Path, kind: str, base: int) -> list[str]:
    """Seal an event or archive segment anew when it is damaged, without the lines that can't be read."""
    path = segment_path(directory, kind, base)
    try:
        file = SealedFile(path)
        try:
            for _ in file.lines():
                pass
            if file.end is not None:
                return []
        finally:
            file.close()
    except StoreCorrupt:
        pass
    rows = read_plain(path).split(b"\n")[1:]
    found = [_object(row) for row in rows if row]
    lines = [line for line in found if line is not None and "seq" in line]
    lost = found.count(None)
    marked = [line["end"] for line in found if line is not None and "end" in line]
    end = max([base + 1, *marked, *(line["seq"] + 1 for line in lines[-1:])])
    if write_segment(directory, kind, base, end, iter(lines)):
        install(path)
    else:
        path.unlink()
    return [f"{path.name}: sealed anew, {lost} lines could not be read"]
