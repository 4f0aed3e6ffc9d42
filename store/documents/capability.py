"""`capacidades`: what specs may need, and what its probe last said."""

from __future__ import annotations

from pydantic import Field

from store.documents.base import StoredDocument, Time, TimeOrEmpty


class Probe(StoredDocument):
    """The last answer of a capability's probe."""

    passou: bool
    em: Time
    detalhe: str = ""


class Capability(StoredDocument):
    """An instance of a capability; its definition (probe, install command) is YAML."""

    id: str = ""
    nome: str = Field(min_length=1)
    sonda: Probe | None = None
    pedida_em: TimeOrEmpty = ""
    """A probe is asked for since then, and has not answered yet."""
    adicionada_em: TimeOrEmpty = ""
    """When the probe first passed."""
    fornecida_por: list[str] = Field(default_factory=list)
    """The specs that say that they provide it."""
