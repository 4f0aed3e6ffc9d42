"""`disjuntores`: the circuit breaker of each performer, shared by all processes and kept across restarts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from store.documents.base import StoredDocument, Time, TimeOrEmpty


class Breaker(StoredDocument):
    """Whether a performer is trusted with work at the moment."""

    id: str = ""
    performer: str = Field(min_length=1)
    """Actor, type and performer: `PROMETHEUS/desenvolvimento/builtin`."""
    ator: str
    tipo: str
    estado: Literal["fechado", "aberto", "meio_aberto"] = "fechado"
    falhas: int = Field(default=0, ge=0)
    """Failures in a row."""
    aberto_em: TimeOrEmpty = ""
    tenta_em: TimeOrEmpty = ""
    """When one attempt is let through to try."""
    motivo: str = ""
    """What the last failure said."""
    atualizado_em: Time
