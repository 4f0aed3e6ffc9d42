"""`oficina store export`: everything in plain JSON files, for whoever wants to read it without oficina."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from store.collections import COLLECTIONS, EVENTS, STUBS, Collection
from store.errors import StoreError
from store.journal.archive import read_archived
from store.journal.checking import viewed
from store.journal.files import install, make_directory, written_aside
from store.journal.history import Filter, read_history
from store.journal.lines import Document, encode
from store.journal.replica import Replica


def export(
    directory: Path, out: Path, *, collections: Mapping[str, Collection] = COLLECTIONS
) -> dict[str, int]:
    """Write one file a collection into `out`, a list with a document a line; how many documents each has.

    `eventos.json` has the events, `arquivados.json` the archived documents whole. Raises StoreError when
    `out` is not empty, StoreCorrupt, StoreError.
    """
    if out.exists() and any(out.iterdir()):
        raise StoreError(f"{out}: is not empty")
    counts: dict[str, int] = {}
    with viewed(directory, collections) as replica:
        make_directory(out)
        for table in {**collections, **replica.state.tables}:
            if table != STUBS:
                documents = (document for _, document in replica.state.documents(table))
                counts[table] = _write(out / f"{table}.json", documents)
        counts[EVENTS] = _write(out / f"{EVENTS}.json", _events(replica))
        counts[STUBS] = _write(out / f"{STUBS}.json", _archived(replica))
    return counts


def _events(replica: Replica) -> Iterable[Document]:
    wanted = Filter(item=None, saga=None, tipo=None, since_seq=0)
    tail = replica.tail
    return read_history(
        replica.extent(), tail.events(), tail.complete_after, wanted, newest_first=False, limit=None
    )


def _archived(replica: Replica) -> Iterable[Document]:
    for _, stub in replica.state.documents(STUBS):
        document = read_archived(replica.extent(), stub["id"])
        if document is None:
            raise StoreError(f"{replica.directory}: the archived document {stub['id']} is missing")
        yield document


def _write(path: Path, documents: Iterable[Document]) -> int:
    count = 0
    with written_aside(path) as file:
        file.write(b"[")
        for count, document in enumerate(documents, 1):
            file.write((b"\n" if count == 1 else b",\n") + encode(document))
        file.write(b"\n]\n")
    install(path)
    return count
