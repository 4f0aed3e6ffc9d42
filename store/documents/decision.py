"""`decisoes`: who answered what, when, why, about which versions, and how long it had waited."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from store.documents.base import StoredDocument, Time, TimeOrEmpty


class Undo(StoredDocument):
    """What takes a decision back: documents as they were, digests of what it left, ids that it made."""

    antes: list[dict[str, Any]] = Field(default_factory=list)
    """`{colecao, doc}` for each document that it changed."""
    depois: dict[str, str] = Field(default_factory=dict)
    """Document id to the digest of what the decision left."""
    criados: list[str] = Field(default_factory=list)
    tarefas: list[str] = Field(default_factory=list)
    """The tasks of sprints that it made."""
    lotes: list[str] = Field(default_factory=list)
    """The batches of items that it sets free, which wait until it can't be taken back any more."""


class Decision(StoredDocument):
    """One answer, for ever in the item's history."""

    id: str = ""
    item_ref: str
    tipo: str
    saga_id: str
    spec_ref: str = ""
    opcao: str
    motivo: str = ""
    nota: str = ""
    quem: str
    politica: str | None = None
    """The rule that decided, when no person did: left out of approval latency."""
    em: Time
    espera_s: float | int = 0
    """Seconds from when it could be answered to the answer."""
    trabalho_s: float | int | None = None
    """Seconds that a person worked on the answer (it was open before them); None where nobody measured it."""
    versoes: dict[str, Any] = Field(default_factory=dict)
    gerados: list[str] = Field(default_factory=list)
    estado: Literal["tomada", "desfeita"] = "tomada"
    desfazer_ate: TimeOrEmpty = ""
    desfeita_em: TimeOrEmpty = ""
    desfeita_por: str = ""
    desfaz: Undo = Field(default_factory=Undo)
