"""Transactions read again from their lines, for whoever knows an earlier state and wants to catch up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from store.journal.commits import Commit
from store.journal.files import JOURNAL
from store.journal.history import Extent, close_all, line_events, open_segments

if TYPE_CHECKING:
    from store.journal.lines import Document
    from store.journal.names import Names
    from store.journal.schemas import Schemas
    from store.journal.sealed import SealedFile

Tables = dict[str, dict[str, "Document"]]


def read_since(extent: Extent, names: Names, schemas: Schemas, seq: int) -> Iterator[Commit] | None:
    """The transactions in (`seq`, `extent.seq`], in order; None when not all of their lines are there.

    The files are opened at once, so that a compaction takes nothing away, and read while the iterator is
    used. Raises StoreCorrupt at a damaged line.
    """
    if seq >= extent.seq:
        return iter(()) if seq == extent.seq else None
    files = open_segments(extent, (JOURNAL,), seq, extent.seq)
    if not files or files[0].base > seq + 1:
        close_all(files)
        return None
    return _commits(files, names, schemas, seq, extent.seq)


def _commits(
    files: list[SealedFile], names: Names, schemas: Schemas, seq: int, upto: int
) -> Iterator[Commit]:
    try:
        for file in files:
            for line in file.lines():
                if seq < line["seq"] <= upto:
                    yield line_commit(line, names, schemas, file.schemas)
    finally:
        close_all(files)


def line_commit(line: Document, names: Names, schemas: Schemas, disk: dict[str, int]) -> Commit:
    """The transaction of a line that was written under the schema numbers `disk`."""
    return Commit(
        line["seq"],
        line.get("ts", ""),
        line.get("by", ""),
        _tables(line.get("put", {}), names, schemas, disk),
        {
            table: [names.format(table, number) for number in numbers]
            for table, numbers in line.get("del", {}).items()
        },
        line_events(line),
        archived=line_archive(line, names, schemas, disk),
    )


def line_archive(line: Document, names: Names, schemas: Schemas, disk: dict[str, int]) -> Tables:
    """What a line's transaction archived, as this program knows it."""
    return _tables(line.get("archive", {}), names, schemas, disk)


def _tables(
    tables: dict[str, dict[str, Document]], names: Names, schemas: Schemas, disk: dict[str, int]
) -> Tables:
    return {
        table: {
            names.format(table, int(number)): schemas.upgrade(disk, table, document)
            for number, document in documents.items()
        }
        for table, documents in tables.items()
    }


def line_mark(extent: Extent, seq: int) -> str:
    """The checksum of a transaction's line, as eight hex digits; empty where the line is not there."""
    if not 0 < seq <= extent.seq:
        return ""
    files = open_segments(extent, (JOURNAL,), seq - 1, seq)
    try:
        found = [last for file in files if (last := file.last_line(seq)) is not None]
    finally:
        close_all(files)
    return next((f"{checksum:08x}" for line, checksum in found if line.get("seq") == seq), "")
