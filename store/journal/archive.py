"""Archived documents: in the journal until a compaction moves them to archive segments."""

from __future__ import annotations

from collections.abc import Iterator

from store.journal.files import ARCHIVE, JOURNAL
from store.journal.history import Extent, close_all, open_segments
from store.journal.lines import Document, encode
from store.journal.sealed import SealedFile


def line_archived(line: Document) -> Iterator[Document]:
    """What a transaction archived, as lines of an archive segment: seq, collection, document."""
    for collection, rows in line.get("archive", {}).items():
        for document in rows.values():
            yield {"seq": line["seq"], "collection": collection, "document": document}


def archived_since(extent: Extent, seq: int) -> Iterator[tuple[str, Document]]:
    """Collection and document of what left the hot set after transaction `seq`, oldest first.

    One that a compaction which was interrupted has moved already may come twice. The files are opened at
    once, and read while the iterator is used.
    """
    return _since(open_segments(extent, (ARCHIVE, JOURNAL), seq, extent.seq), seq, extent.seq)


def _since(files: list[SealedFile], seq: int, upto: int) -> Iterator[tuple[str, Document]]:
    try:
        for file in files:
            for line in file.lines(b'"document":{' if file.kind == ARCHIVE else b'"archive":{'):
                if seq < line["seq"] <= upto:
                    for each in [line] if "document" in line else line_archived(line):
                        yield each["collection"], each["document"]
    finally:
        close_all(files)


def read_archived(extent: Extent, document_id: str) -> Document | None:
    """An archived document as it was when it left the hot set; None when there is none with that id."""
    files = open_segments(extent, (ARCHIVE, JOURNAL), 0, extent.seq)
    try:
        for file in reversed(files):
            if (found := _find(file, document_id)) is not None:
                return found
    finally:
        close_all(files)
    return None


def _find(file: SealedFile, document_id: str) -> Document | None:
    for line in file.lines(b'"id":%b' % encode(document_id)):
        archived = (
            [line["document"]] if "document" in line else [each["document"] for each in line_archived(line)]
        )
        for document in archived:
            if document.get("id") == document_id:
                return dict(document)
    return None
