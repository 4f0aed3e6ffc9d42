"""`gastos`: what a month or a sprint has cost so far, added up as it is spent."""

from __future__ import annotations

from pydantic import Field

from store.documents.base import Money, StoredDocument, Time


class Spending(StoredDocument):
    """One period's running total in R$; `extensoes` are what decisions added to its limit, by question."""

    id: str = ""
    chave: str = Field(min_length=1)
    """`mes:2026-01`, `sprint:SPR-0001`."""
    usado: Money = "0.00"
    extensoes: dict[str, Money] = Field(default_factory=dict)
    atualizado_em: Time
