"""`releases` and `implantacoes`: an immutable package with its manifest, and each time one was put in
place.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from store.documents.base import Sha256, StoredDocument, Time, TimeOrEmpty


class Release(StoredDocument):
    """An immutable release; only `status` changes, by decision."""

    id: str = ""
    spec_ref: str
    spec_versao: int
    execucao_ref: str = ""
    backlog_item_ref: str = ""
    saga_id: str = ""
    status: Literal["aguardando", "aprovada", "rejeitada", "devolvida"] = "aguardando"
    criada_em: Time
    dir: str = ""
    manifesto_sha256: Sha256
    arquivos: dict[str, Any] = Field(default_factory=dict)
    tamanho_bytes: int = 0
    testes: dict[str, Any] = Field(default_factory=dict)
    testes_passaram: bool
    cobertura_pct: float | int | None = None
    substitui_release: str = ""
    identica_a: str = ""
    """The earlier release that this one is byte-identical to: the repair changed nothing."""
    assinatura: dict[str, Any] | None = None
    """`{algoritmo, chave_publica, impressao, valor}` over the manifest; None where no key was there."""


class Deployment(StoredDocument):
    """One deployment. Its intent is stored, with what was there before, before anything outside changes."""

    id: str = ""
    release_ref: str
    spec_ref: str
    spec_versao: int | None = None
    execucao_ref: str = ""
    backlog_item_ref: str = ""
    saga_id: str = ""
    alvo: str
    ambiente: str = ""
    status: Literal["intencao", "implantada", "falhou", "substituida", "revertida", "validada", "invalida"]
    anterior: dict[str, Any] | None = None
    token: str = ""
    inicio_at: Time
    fim_at: TimeOrEmpty = ""
    resultado: dict[str, Any] | None = None
    url: str = ""
    """Where it went live: its target's link, relative to the workspace where it lies in that."""
