"""`liberacoes`: items that came free together, and are moved in transactions of their own."""

from __future__ import annotations

from pydantic import Field

from store.documents.base import StoredDocument, Time, TimeOrEmpty
from store.documents.item import DependencyState


class Batch(StoredDocument):
    """What became of a dependency, and some of those who waited for it then."""

    id: str = ""
    ref: str
    estado: DependencyState
    por: str
    itens: list[str] = Field(min_length=1)
    criada_em: Time
    disponivel_em: TimeOrEmpty = ""
    """When it may be carried out: what a decision sets free waits until it can't be taken back any more."""
