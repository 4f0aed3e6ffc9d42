"""A generated history into a store that has none of its own, marked for ever: real work is never mixed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from store.clock import FakeClock, format_time
from store.collections import GENERATED, META, number_of
from store.database import Database
from store.documents import MODELS, complete
from store.errors import WrongState
from store.histories.book import Book, Doc

REAL = ("backlog_items", "specs", "execucoes", "decisoes", "sprints")
"""Collections that a store without work has nothing in."""


def is_generated(db: Database) -> bool:
    """Whether a store holds a generated history."""
    return bool(db.find(META, "chave", GENERATED))


def write_history(directory: Path, book: Book, *, each_s: float = 0.0) -> dict[str, int]:
    """Write a history into the store in `directory`; how many documents of each collection.

    Events keep their times: one transaction a moment, or one for all within `each_s` seconds. Raises
    WrongState where the store has work of its own, or a history already.
    """
    clock = Hands()
    db = Database.open(directory, by="demo", clock=clock, durable=False)
    try:
        refuse_work(db)
        write_book(db, clock, book, each_s)
        with db.transaction() as tx:
            tx.insert(META, {"chave": GENERATED})
    finally:
        db.close()
    return {name: len(docs) for name, docs in book.documents.items()}


def write_book(db: Database, clock: Hands, book: Book, each_s: float = 0.0) -> None:
    """Write what a book holds into a store that is opened with `clock`, without the mark."""
    for moment, documents, events in _turns(book, each_s):
        clock.show(moment)
        with db.transaction() as tx:
            for collection, doc in documents:
                tx.put_number(collection, number_of(doc["id"]), complete(collection, doc))
            for event in events:
                tx.event(event)
    clock.show(book.agora)


def refuse_work(db: Database) -> None:
    """Raise WrongState where a store has work of its own, or a history already."""
    if is_generated(db):
        raise WrongState("this workspace holds a generated history already")
    found = next((name for name in REAL if db.count(name)), "")
    if found:
        raise WrongState(f"this workspace holds work of its own ({found}): a history is not mixed with it")


class Hands(FakeClock):
    """A clock that shows what it is told to."""

    def show(self, moment: float) -> None:
        """From now on it is that moment, in epoch seconds."""
        self._text = format_time(datetime.fromtimestamp(moment, UTC))

    def now(self) -> str:
        return getattr(self, "_text", super().now())


def _turns(book: Book, each_s: float) -> Iterator[tuple[float, list[tuple[str, Doc]], list[Doc]]]:
    """The transactions: documents when they were last changed, events when they happened."""
    found: list[tuple[float, tuple[str, Doc] | None, Doc]] = [
        (_last(doc, book.agora), (collection, doc), doc)
        for collection in MODELS
        for doc in book.documents.get(collection, ())
    ]
    found += [(moment, None, event) for moment, event in book.events]
    found.sort(key=lambda each: each[0])
    documents: list[tuple[str, Doc]] = []
    events: list[Doc] = []
    since = now = found[0][0] if found else 0.0
    for moment, document, event in found:
        if moment - since > each_s and (documents or events):
            yield now, documents, events
            documents, events, since = [], [], moment
        now = moment
        if document is None:
            events.append(event)
        else:
            documents.append(document)
    if documents or events:
        yield now, documents, events


def _last(doc: Doc, agora: float) -> float:
    """When a document was last changed, as far as it says."""
    times = [
        value for value in doc.values() if isinstance(value, str) and value.endswith("Z") and len(value) == 27
    ]
    times += [value for value in doc.get("timestamps", {}).values() if value]
    return min(datetime.fromisoformat(max(times)).timestamp() if times else agora, agora)
