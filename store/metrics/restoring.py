"""The fold of a store as it is now: from its file and the journal's lines since, or read anew.

Three ways, with equal facts: the file and the transactions after it; where a compaction has taken their
lines away, the file's archived facts, all that is in the hot set, and what was archived since; without a
file, the hot set and the whole archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from store.collections import COLLECTIONS, META, STUBS
from store.metrics.fold import Commit as Folded
from store.metrics.fold import MetricsFold
from store.metrics.reading import READERS
from store.metrics.saved import Pace, Saved, at_once, read_saved
from store.metrics.values import Document

WORTH_READING = 20_000
"""More transactions than these take longer to read than the documents that they have changed."""
_NOTHING = Saved(0, "", {}, ())


class Source(Protocol):
    """What is needed of `store.database.Database`."""

    @property
    def seq(self) -> int: ...
    def reading(self) -> AbstractContextManager[Any]: ...
    def all(self, collection: str) -> Iterator[Document]: ...
    def since(self, seq: int) -> Iterable[Folded] | None: ...
    def archived_since(self, seq: int) -> Iterator[tuple[str, Document]]: ...
    def mark(self, seq: int) -> str: ...


def restore(db: Source, directory: Path, store: str, pace: Pace = at_once) -> tuple[MetricsFold, int]:
    """The fold as of the database's last transaction, and the transaction that its file goes up to (0: none).

    `directory` has the file; `store` names the store that it must be of. Raises StoreCorrupt where the store
    itself is damaged.
    """
    saved = read_saved(directory, store, pace)
    if saved is None or not _of(db, saved):
        return rebuild(db, pace), 0
    commits = db.since(saved.seq) if db.seq - saved.seq <= WORTH_READING else None
    if commits is None:
        return _reread(db, saved, pace) or rebuild(db, pace), saved.seq
    fold = MetricsFold(saved.known, saved.generated)
    fold.seq = saved.seq
    for commit in commits:
        fold.apply(commit)
        pace()
    return fold, saved.seq


def _of(db: Source, saved: Saved) -> bool:
    """Whether the file tells of this store's past, as far as its journal can say."""
    return saved.seq <= db.seq and db.mark(saved.seq) in ("", saved.mark)


def rebuild(db: Source, pace: Pace = at_once) -> MetricsFold:
    """The fold from the documents alone: the hot set and the whole archive."""
    fold = _reread(db, _NOTHING, pace)
    assert fold is not None
    return fold


def _reread(db: Source, saved: Saved, pace: Pace) -> MetricsFold | None:
    """The fold from the hot set, what was archived since the file, and what had been archived before it.

    None where the file lacks something that was archived before.
    """
    with db.reading():
        seq = db.seq
        hot = {name: db.all(name) for name in (*READERS, META)}
        stubs, archive = db.all(STUBS), db.archived_since(saved.seq)
    fold = MetricsFold()
    for collection, document in archive:
        fold.put(collection, document["id"], document)
        pace()
    for collection, documents in hot.items():
        for document in documents:
            fold.put(collection, document["id"], document)
            pace()
    fold.seq = seq
    if saved is not _NOTHING and not _keep_archived(fold, saved, stubs, pace):
        return None
    return fold


def _keep_archived(fold: MetricsFold, saved: Saved, stubs: Iterable[Document], pace: Pace) -> bool:
    """Take from the file what had left the hot set before; False where something of that is not there."""
    for stub in stubs:
        document_id = stub["id"]
        collection = _COLLECTION_OF.get(document_id.rpartition("-")[0], "")
        if collection in READERS and not fold.has(collection, document_id):
            fact = saved.known[collection].get(document_id)
            if fact is None:
                return False
            fold.keep(collection, document_id, fact)
        pace()
    return True


_COLLECTION_OF = {collection.prefix: name for name, collection in COLLECTIONS.items()}
