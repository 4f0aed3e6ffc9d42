"""The evidence for a decision, by its type; what no one wrote a page for is shown as its documents are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.content import Content

from screens.evidence import budget as budgets
from screens.evidence import bug, deployment, document, needs, pain, price, pull, release, trouble
from screens.evidence.changed import since
from screens.evidence.history import rounds
from screens.evidence.layout import DIM, Field, blank, field, fields, paragraph, span
from screens.evidence.shapes import contexto
from screens.evidence.spec_version import version
from store.views.model import Document, ItemDetail

Body = Callable[[ItemDetail, Field, int], list[Content]]


def evidence(detail: ItemDetail, now: str, width: int) -> list[Content]:
    """What the owner must see before answering, as lines of at most `width` cells; `now` is a UTC text."""
    body = _BODIES.get(str(detail.item.get("tipo", "")), generic)
    mended = bug.shown(detail, now, width)
    lines = body(detail, rounds(detail, now), width)
    again = since(detail, now, width)
    if again:
        lines = [*lines, blank(), *again]
    return [*mended, blank(), *lines] if mended else lines


def budget(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """The price and its parts, the amounts, the tests planned, needs, dependencies, version."""
    entries = [version(detail), history]
    if detail.recursos is None:
        return [span("The price of this version is not in the store.", DIM), blank(), *fields(entries, width)]
    about = [*price.summary(detail.recursos), *budgets.left(detail), *needs.needs(detail), *entries]
    return [*price.headline(detail.recursos, width), blank(), *fields(about, width)]


def adjust(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """Why a spec was pushed back, and what ends the adjustment."""
    reason = contexto(detail).get("motivo") or "no reason was given"
    told = paragraph(f"«{reason}»", width)
    how = paragraph(
        "Edit the spec and save it; adding it again as a new version answers this by itself.",
        width,
        style=DIM,
    )
    return [*told, blank(), *fields([version(detail), history], width), blank(), *how]


def generic(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """The contexto as it is, for types without a page of their own."""
    description = str(detail.contrato.get("descricao") or "")
    head = [*paragraph(description, width, style=DIM), blank()] if description else []
    entries = (
        [*needs.needs(detail)[1:], version(detail), history]
        if detail.dependencias
        else [version(detail), history]
    )
    about = fields([entry for entry in entries if entry.parts], width)
    told = _told_once(contexto(detail))
    return [*head, *document.shown(told, width), *([blank(), *about] if about else [])]


def _told_once(document: Document) -> Document:
    """A document without what its parts repeat of it; a part that only repeats is left out."""
    told = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            rest = {key: entry for key, entry in value.items() if document.get(key) != entry}
            if value and not rest:
                continue
            value = rest
        told[name] = value
    return told


def effect(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """What a spec was to bring, what it took, and where it is deployed."""
    deployed = (
        field("Deployed", span((detail.implantacao or {}).get("id", "")))
        if detail.implantacao
        else field("Deployed")
    )
    lines = document.shown(contexto(detail), width)
    return [*lines, blank(), *fields([deployed, version(detail), history], width)]


_BODIES: Mapping[str, Body] = {
    "aprovar_orcamento": budget,
    "aprovar_release": release.evidence,
    "validar_implantacao": deployment.evidence,
    "ajustar_spec": adjust,
    "avaliar_efetividade": effect,
    "estruturar_produto": pain.structuring,
    "entrevistar_humano": pain.interview,
    "escrever_spec": pain.writing,
    "resolver_falha": trouble.failure,
    "estender_orcamento": budgets.extension,
    "resolver_dependencia": trouble.dependency,
    "decidir_pull": pull.evidence,
}
