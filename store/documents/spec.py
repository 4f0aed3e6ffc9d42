"""`specs`: one immutable version of a spec, content-addressed with every file that it refers to."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from store.documents.base import Sha256, StoredDocument, Time, TimeOrEmpty


class Side(StoredDocument):
    """A vertente of the spec: E structure, D decision, P process, I interface, C integration."""

    tipo: str
    nome: str


class SpecVersion(StoredDocument):
    """A frozen version. `tamanho` is its size as pricing reads it; `validada_em` is when its deployment was
    validated.
    """

    id: str = ""
    spec_ref: str
    versao: int = Field(ge=1)
    titulo: str
    sha256: Sha256
    arquivos: dict[str, Sha256] = Field(default_factory=dict)
    arquivo: str = ""
    """The source path, relative to the workspace."""
    prioridade: int = 0
    vertentes: list[Side] = Field(default_factory=list)
    depende_de: list[str] = Field(default_factory=list)
    fornece: list[str] = Field(default_factory=list)
    cobertura_planejada_pct: float | int | None = None
    estrategia_cobertura: str = ""
    tamanho: Any = None
    criada_em: Time
    validada_em: TimeOrEmpty = ""
    validada_por: str = ""
