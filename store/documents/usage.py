"""`uso_llm`: one row a model call; what it cost is frozen when it is recorded."""

from __future__ import annotations

from store.documents.base import Money, StoredDocument, Time


class ModelUsage(StoredDocument):
    """Tokens and cost of one call. What the provider reports beats what is computed; an unknown cost is
    None.
    """

    id: str = ""
    ts: Time
    execucao_id: str
    worker: str
    fase: str
    tentativa: int
    modelo: str
    tokens_entrada: int = 0
    tokens_saida: int = 0
    tokens_cache: int = 0
    custo_informado: Money | None = None
    custo_calculado: Money | None = None
    preco_versao: str = ""
    moeda: str = "BRL"
    cambio: Money | None = None
    """R$ for one unit of `moeda`, on the day of the call."""
