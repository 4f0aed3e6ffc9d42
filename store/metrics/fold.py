"""Facts kept up to date commit by commit: each costs what it changed (issue: "Folds over committed
transactions by seq").

Facts are pure functions of the newest version of each document. What is archived keeps its facts; what is
deleted loses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from store.collections import GENERATED, META
from store.metrics.facts import Facts, Moment
from store.metrics.keeping import AT, MOST_CHANGES, Changed, Keeping
from store.metrics.reading import READERS
from store.metrics.values import Document

Known = dict[str, dict[str, Any]]
"""Facts by collection and id."""

FIELDS: Mapping[str, str] = {
    "execucoes": "execucoes",
    "backlog_items": "itens",
    "decisoes": "decisoes",
    "releases": "releases",
    "implantacoes": "implantacoes",
    "uso_llm": "chamadas",
    "specs_recursos": "precos",
    "capacidades": "capacidades",
    "sprints": "sprints",
    "tasks": "tasks",
    "linhas": "linhas",
}
"""Each collection's field of `Facts`."""


class Commit(Protocol):
    """What the fold needs of `store.database.Commit`."""

    @property
    def seq(self) -> int: ...
    @property
    def put(self) -> Mapping[str, Mapping[str, Document]]: ...
    @property
    def deleted(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def archived(self) -> Mapping[str, Mapping[str, Document]]: ...


@dataclass(frozen=True, slots=True)
class LineTold:
    """What is known of the line besides documents."""

    gravacoes_ms: tuple[float, ...] = ()
    """Durations of its last saves."""
    viva: bool = True
    """Whether the last span that has no end still goes on."""
    ouvida: Moment = None
    """When it was last heard of, where it does not."""


NOTHING_TOLD = LineTold()


class Shelf:
    """One collection's facts: found by id, and handed out in one go as cheaply as a list is copied."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._ids = list(known)
        self._facts = list(known.values())
        self._places = {document_id: place for place, document_id in enumerate(self._ids)}
        self._tuple: tuple[Any, ...] | None = None

    def get(self, document_id: str) -> Any:
        """A fact; None where there is none of that id."""
        place = self._places.get(document_id)
        return None if place is None else self._facts[place]

    def put(self, document_id: str, fact: Any) -> bool:
        """Take a fact in the place of what was known; False where it is the same."""
        place = self._places.get(document_id)
        if place is None:
            self._places[document_id] = len(self._ids)
            self._ids.append(document_id)
            self._facts.append(fact)
        elif self._facts[place] == fact:
            return False
        else:
            self._facts[place] = fact
        self._tuple = None
        return True

    def drop(self, document_id: str) -> bool:
        """Forget a fact; the last one takes its place. False where there was none."""
        place = self._places.pop(document_id, None)
        if place is None:
            return False
        last_id, last = self._ids.pop(), self._facts.pop()
        if last_id != document_id:
            self._ids[place], self._facts[place], self._places[last_id] = last_id, last, place
        self._tuple = None
        return True

    def facts(self) -> tuple[Any, ...]:
        """All of them; the same object until one changes."""
        if self._tuple is None:
            self._tuple = tuple(self._facts)
        return self._tuple

    def rows(self) -> list[tuple[str, Any]]:
        """Each with its id."""
        return list(zip(self._ids, self._facts, strict=True))


class MetricsFold:
    """Not for several threads at once."""

    def __init__(self, known: Known | None = None, generated: Iterable[str] = ()) -> None:
        """`known` is what it begins with."""
        self.seq = 0
        self._shelves = {name: Shelf((known or {}).get(name, {})) for name in READERS}
        self._generated = set(generated)
        self._view: Facts | None = None
        self._keeping: Keeping | None = None

    def apply(self, commit: Commit) -> bool:
        """Fold one commit; False when it was folded already (commits come in order of seq)."""
        if commit.seq <= self.seq:
            return False
        self.seq = commit.seq
        kept: set[str] = set()
        for collection, documents in commit.archived.items():
            kept.update(documents)
            self._put_all(collection, documents)
        for collection, documents in commit.put.items():
            self._put_all(collection, documents)
        for collection, ids in commit.deleted.items():
            for document_id in ids:
                if document_id not in kept:
                    self.drop(collection, document_id)
        return True

    def _put_all(self, collection: str, documents: Mapping[str, Document]) -> None:
        if collection in READERS or collection == META:
            for document_id, document in documents.items():
                self.put(collection, document_id, document)

    def put(self, collection: str, document_id: str, document: Document) -> None:
        """Take a document's newest version."""
        if collection == META:
            self._mark_generated(document_id, document.get("chave") == GENERATED)
            return
        read = READERS.get(collection)
        if read is None:
            return
        self._take(collection, document_id, read(document))

    def keep(self, collection: str, document_id: str, fact: Any) -> None:
        """Take a fact that was known before, where the document's newest version has not been put."""
        if not self.has(collection, document_id):
            self._take(collection, document_id, fact)

    def _take(self, collection: str, document_id: str, fact: Any) -> None:
        before = self._shelves[collection].get(document_id)
        if self._shelves[collection].put(document_id, fact):
            self._changed(collection, before, fact)

    def _changed(self, collection: str, before: Any, after: Any) -> None:
        self._view = None
        if self._keeping is None:
            return
        if len(self._keeping.changes) >= MOST_CHANGES:
            self._keeping = self._keeping.shortened()
        self._keeping.changes.append(Changed(FIELDS[collection], before, after))

    def drop(self, collection: str, document_id: str) -> None:
        """Forget a document that is not there any more."""
        if collection == META:
            self._mark_generated(document_id, generated=False)
        elif collection in self._shelves:
            before = self._shelves[collection].get(document_id)
            if self._shelves[collection].drop(document_id):
                self._changed(collection, before, None)

    def has(self, collection: str, document_id: str) -> bool:
        """Whether a document's fact is known."""
        return self._shelves[collection].get(document_id) is not None

    def _mark_generated(self, document_id: str, generated: bool) -> None:
        before = len(self._generated)
        (self._generated.add if generated else self._generated.discard)(document_id)
        if len(self._generated) != before:
            self._view = None

    @property
    def changed(self) -> bool:
        """Whether `facts` would be other than the last time."""
        return self._view is None

    def facts(self, told: LineTold = NOTHING_TOLD) -> Facts:
        """Everything as of the last commit that changed something: the same object until the next does."""
        if self._view is None:
            fields: dict[str, Any] = {FIELDS[name]: shelf.facts() for name, shelf in self._shelves.items()}
            view = Facts(seq=self.seq, gravacoes_ms=told.gravacoes_ms, gerado=bool(self._generated), **fields)
            self._keeping = self._keeping or Keeping()
            view.indices[AT] = (self._keeping, self._keeping.count)
            self._view = _with_ends(view, told)
        return self._view

    def rows(self) -> tuple[dict[str, list[tuple[str, Any]]], list[str]]:
        """A copy of every fact by its id, and the marks of generated histories: what is saved."""
        return {name: shelf.rows() for name, shelf in self._shelves.items()}, sorted(self._generated)


def _with_ends(view: Facts, told: LineTold) -> Facts:
    """Spans of lines that ended without a word end when they were last heard of."""
    if told.viva or all(span.fim is not None for span in view.linhas):
        return view
    spans = tuple(
        span
        if span.fim is not None or span.inicio is None
        else replace(span, fim=max(told.ouvida or span.inicio, span.inicio), em_ordem=False)
        for span in view.linhas
    )
    return replace(view, linhas=spans)
