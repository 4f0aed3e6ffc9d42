"""A pain, or a missing capability, that is to be structured: what hurts, what was tried, what can be done."""

from __future__ import annotations

from textual.content import Content

from screens.evidence.layout import BAD, DIM, STRONG, Field, blank, field, fields, paragraph, span
from screens.evidence.shapes import contexto, texts
from screens.evidence.values import at
from store.views.model import Document, ItemDetail

_TOLD = (
    ("frequencia", "How often"),
    ("afetados", "Affected"),
    ("impacto", "Effect"),
    ("tentativas", "Tried"),
    ("criterio_sucesso", "Over when"),
)


def structuring(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """What hurts, what the last try said, then the six fields and how the capability can be brought."""
    told = contexto(detail)
    lines = paragraph(told.get("sintoma") or detail.item.get("titulo", ""), width, style=STRONG)
    for name, head in (("instalacao", "The install said"), ("sonda", "Its probe said")):
        if told.get(name):
            lines += [blank(), span(f"{head}:", DIM), *paragraph(told[name], width, indent=2, style=BAD)]
    return [*lines, blank(), *fields([*_told(told), *_brought(detail), history], width)]


def interview(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """What was told so far, and what GENESIS still asks for."""
    told = contexto(detail)
    missing = [label for name, label in _TOLD if name in texts(told.get("faltam"))]
    lines = paragraph(told.get("sintoma") or "", width, style=STRONG)
    asked = field("Still asked", span(", ".join(missing).lower() or "what hurts"))
    return [*lines, blank(), *fields([*_told(told), asked, history], width)]


def writing(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """The beginning of a spec that a person is to go on with, and why it is theirs."""
    told = contexto(detail)
    lines = paragraph(told.get("porque") or "only you can say what is to be built", width)
    about = [
        field("File", span(told.get("rascunho", ""), STRONG)),
        field("Brings", span(told["recurso"])) if told.get("recurso") else field("Brings"),
        field("Over when", span(told.get("criterio_sucesso") or "")),
        field("Why", span(told.get("motivo") or "")),
        history,
    ]
    how = paragraph("Edit it and save it; adding it as a version answers this by itself.", width, style=DIM)
    return [*lines, blank(), *fields(about, width), blank(), *how]


def _told(told: Document) -> list[Field]:
    """The fields of the prontuario, or of the pain itself, that say anything."""
    source = told.get("prontuario") or told
    found = []
    for name, label in _TOLD:
        value = source.get(name) or told.get(name)
        text = ", ".join(texts(value)) if isinstance(value, list | tuple) else str(value or "")
        if text:
            found.append(field(label, span(text)))
    return found


def _brought(detail: ItemDetail) -> list[Field]:
    """How the capability can be brought in."""
    command, molde = at(detail.capacidade, "instalar"), at(detail.capacidade, "molde")
    if detail.capacidade is None:
        return []
    return [
        field("Installs by", span(command) if command else span("no install command is defined", DIM)),
        field(
            "Spec", span("written from its definition" if molde else "begun for you; you say what is built")
        ),
        field("By hand", span(at(detail.capacidade, "como_obter") or "")),
        field("Instead", span(", ".join(texts(at(detail.capacidade, "alternativas"))))),
    ]
