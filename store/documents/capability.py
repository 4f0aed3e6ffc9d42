"""`capacidades`: what specs may need, and what its probe last said."""

from __future__ import annotations

from pydantic import Field

from store.documents.base import StoredDocument, Time, TimeOrEmpty


class Probe(StoredDocument):
    """The last answer of a capability's probe."""

    passou: bool
    em: Time
    detalhe: str = ""


class Installation(StoredDocument):
    """The last time that a capability's install command ran; whether it is there its probe tells."""

    ok: bool
    em: Time
    detalhe: str = ""
    item_ref: str = ""


class Capability(StoredDocument):
    """An instance of a capability. Its definition is YAML; what of it questions need is kept here as well."""

    id: str = ""
    nome: str = Field(min_length=1)
    sonda: Probe | None = None
    pedida_em: TimeOrEmpty = ""
    """A probe is asked for since then, and has not answered yet."""
    adicionada_em: TimeOrEmpty = ""
    """When the probe first passed."""
    fornecida_por: list[str] = Field(default_factory=list)
    """The specs that say that they provide it."""
    definida: bool = False
    """Whether a definition of that name is known to the line."""
    tipo_recurso: str = ""
    descricao: str = ""
    criterio: str = ""
    instalar: str = ""
    """The install command in a line; empty when there is none."""
    molde: bool = False
    """Whether its spec can be written from its definition."""
    como_obter: str = ""
    alternativas: list[str] = Field(default_factory=list)
    instalacao: Installation | None = None
