"""A deployment: where it went, what the smoke test said, and the way back."""

from __future__ import annotations

from textual.content import Content

from screens.evidence.layout import (
    BAD,
    DIM,
    GOOD,
    STRONG,
    Field,
    blank,
    field,
    fields,
    heading,
    paragraph,
    span,
)
from screens.evidence.release import identity
from screens.evidence.shapes import contexto
from screens.evidence.spec_version import version
from screens.evidence.values import at
from store.views.model import Document, ItemDetail


def evidence(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """What there is to see before a deployment is called valid."""
    deployed = detail.implantacao or {}
    lines = fields([*_where(detail, deployed), *identity(detail), version(detail), history], width)
    if output := _smoke_output(deployed):
        lines += [blank(), heading("Smoke test said"), *paragraph(output, width, indent=2)]
    return [*lines, blank(), *_way_back(deployed, width)]


def _where(detail: ItemDetail, deployed: Document) -> list[Field]:
    target = deployed.get("alvo") or contexto(detail).get("alvo")
    environment = deployed.get("ambiente") or contexto(detail).get("ambiente")
    place = deployed.get("dir") or deployed.get("url") or contexto(detail).get("url")
    return [
        field(
            "Target",
            span(target, STRONG) if target else None,
            span(environment, DIM) if environment else None,
        ),
        field("Smoke", smoke(deployed)),
        field("Where", span(place) if place else None),
        field("Previous", _previous(deployed)),
    ]


def smoke(deployed: Document) -> Content:
    """The smoke test's result as a sign and a word."""
    result = at(deployed, "smoke", "passou")
    if result is None:
        result = deployed.get("smoke_passou")
    if result is None:
        return span(str(deployed.get("resultado") or deployed.get("status") or "not recorded"), DIM)
    code = at(deployed, "smoke", "rc")
    return (
        span("✓ passed", GOOD)
        if result
        else span(f"✗ failed (exit {code})" if code is not None else "✗ failed", BAD)
    )


def _smoke_output(deployed: Document) -> str:
    text = at(deployed, "smoke", "saida") or at(deployed, "smoke", "detalhe") or deployed.get("smoke_saida")
    return str(text or "").strip()


def previous(deployed: Document) -> str:
    """The version that was live before, or empty when this was the first."""
    value = deployed.get("anterior") or deployed.get("versao_anterior") or deployed.get("release_anterior")
    if isinstance(value, dict):
        value = value.get("release_ref") or value.get("versao") or value.get("release")
    return str(value or "")


def _previous(deployed: Document) -> Content:
    name = previous(deployed)
    return span(name) if name else span("none: this is the first", DIM)


def _way_back(deployed: Document, width: int) -> list[Content]:
    """How to undo the deployment, now and later."""
    name = previous(deployed)
    if not name:
        return paragraph(
            "Way back: there is no earlier version; rolling back takes this one away.", width, style=DIM
        )
    told = "Way back: answer «not valid», or press b on its page at any time; {name} is current again."
    return paragraph(told.format(name=name), width, style=DIM)
