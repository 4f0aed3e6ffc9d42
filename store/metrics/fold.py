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
from store.metrics.facts import Facts, LineSpan, Moment
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


class MetricsFold:
    """Not for several threads at once."""

    def __init__(self, known: Known | None = None, generated: Iterable[str] = ()) -> None:
        """`known` becomes the fold's own."""
        self.seq = 0
        self._known: Known = known if known is not None else {}
        for collection in READERS:
            self._known.setdefault(collection, {})
        self._generated = set(generated)
        self._tuples: dict[str, tuple[Any, ...]] = {}
        self._view: Facts | None = None

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
        fact, facts = read(document), self._known[collection]
        if facts.get(document_id) != fact:
            facts[document_id] = fact
            self._changed(collection)

    def keep(self, collection: str, document_id: str, fact: Any) -> None:
        """Take a fact that was known before, where the document's newest version has not been put."""
        if document_id not in self._known[collection]:
            self._known[collection][document_id] = fact
            self._changed(collection)

    def drop(self, collection: str, document_id: str) -> None:
        """Forget a document that is not there any more."""
        if collection == META:
            self._mark_generated(document_id, generated=False)
        elif self._known.get(collection, {}).pop(document_id, None) is not None:
            self._changed(collection)

    def has(self, collection: str, document_id: str) -> bool:
        """Whether a document's fact is known."""
        return document_id in self._known[collection]

    def _mark_generated(self, document_id: str, generated: bool) -> None:
        before = len(self._generated)
        (self._generated.add if generated else self._generated.discard)(document_id)
        if len(self._generated) != before:
            self._view = None

    def _changed(self, collection: str) -> None:
        self._tuples.pop(collection, None)
        self._view = None

    @property
    def changed(self) -> bool:
        """Whether `facts` would be other than the last time."""
        return self._view is None

    def facts(self, told: LineTold = NOTHING_TOLD) -> Facts:
        """Everything as of the last commit that changed something: the same object until the next does."""
        if self._view is None:
            fields: dict[str, Any] = {FIELDS[name]: self._tuple(name) for name in READERS}
            view = Facts(seq=self.seq, gravacoes_ms=told.gravacoes_ms, gerado=bool(self._generated), **fields)
            self._view = _with_ends(view, told)
        return self._view

    def _tuple(self, collection: str) -> tuple[Any, ...]:
        found = self._tuples.get(collection)
        if found is None:
            found = self._tuples[collection] = tuple(self._known[collection].values())
        return found

    def rows(self) -> tuple[dict[str, list[tuple[str, Any]]], list[str]]:
        """A copy of every fact by its id, and the marks of generated histories: what is saved."""
        return {name: list(facts.items()) for name, facts in self._known.items()}, sorted(self._generated)


def _with_ends(view: Facts, told: LineTold) -> Facts:
    """Spans of lines that ended without a word end when they were last heard of."""
    if told.viva or all(span.fim is not None for span in view.linhas):
        return view
    spans = tuple(
        span
        if span.fim is not None or span.inicio is None
        else LineSpan(span.inicio, max(told.ouvida or span.inicio, span.inicio), em_ordem=False)
        for span in view.linhas
    )
    return replace(view, linhas=spans)
