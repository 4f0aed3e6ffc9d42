"""A deployment: where it went, what the smoke test said, and the way back."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from screens.evidence.layout import (
    BAD,
    DIM,
    GOOD,
    STRONG,
    WARN,
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
    back = _way_back(deployed, width)
    return [*lines, blank(), *back] if back else lines


def _where(detail: ItemDetail, deployed: Document) -> list[Field]:
    target = deployed.get("alvo") or contexto(detail).get("alvo")
    environment = deployed.get("ambiente") or contexto(detail).get("ambiente")
    place = deployed.get("url") or contexto(detail).get("url")
    return [
        field(
            "Target",
            span(target, STRONG) if target else None,
            span(environment, DIM) if environment and environment != target else None,
        ),
        field("Smoke", smoke(deployed), _returned(deployed)),
        field("Where", span(place) if place else None),
        field("Previous", _previous(deployed)),
    ]


def smoke(deployed: Document) -> Content:
    """The smoke test's result as a sign and a word, with its reason where it failed."""
    passed = at(deployed, "resultado", "smoke", "ok")
    if passed is None:
        return span(deployed.get("status") or "not recorded", DIM)
    if passed:
        return span("✓ passed", GOOD)
    reason = at(deployed, "resultado", "smoke", "motivo")
    return span(f"✗ failed: {reason}" if reason else "✗ failed", BAD)


def _returned(deployed: Document) -> Content | None:
    """That a failed deployment was taken back by itself."""
    if not at(deployed, "resultado", "voltou"):
        return None
    return span(f"↩ back to {at(deployed, 'resultado', 'versao') or 'nothing'} by itself", WARN)


def _smoke_output(deployed: Document) -> str:
    return str(at(deployed, "resultado", "smoke", "saida") or "").strip()


def previous(deployed: Document) -> str:
    """What was live before, by release or version; empty when this was the first."""
    before = at(deployed, "anterior")
    if isinstance(before, Mapping):
        before = before.get("release_ref") or before.get("versao")
    return str(before or at(deployed, "resultado", "antes") or "")


def _previous(deployed: Document) -> Content:
    name = previous(deployed)
    return span(name) if name else span("none: this is the first", DIM)


def caution(detail: ItemDetail) -> str:
    """What must be read beside the answers; empty where they say all themselves."""
    if detail.item.get("tipo") != "validar_implantacao" or previous(detail.implantacao or {}):
        return ""
    place = (detail.implantacao or {}).get("alvo") or contexto(detail).get("alvo") or "the target"
    name = detail.item.get("spec_ref") or "it"
    return (
        f"This is the first deployment of {name} on {place}: there is no earlier version. "
        f"«not valid» takes it away, and nothing of {name} is live then."
    )


def _way_back(deployed: Document, width: int) -> list[Content]:
    """How to undo the deployment, now and later."""
    name = previous(deployed)
    if not name:
        return []  # the caution beside the answers says so
    told = "Way back: answer «not valid», or roll back on its page at any time; {name} is current again."
    return paragraph(told.format(name=name), width, style=DIM)
