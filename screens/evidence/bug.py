"""The bug that a release mends: what was wrong, how bad, who said so and when."""

from __future__ import annotations

from textual.content import Content

from screens.evidence.layout import BAD, DIM, STRONG, WARN, heading, paragraph, span, words
from screens.evidence.values import at
from screens.text import ago
from store.views.model import Document, ItemDetail

_SEVERITY = {"critico": "critical", "alto": "high", "medio": "medium", "baixo": "low"}
_BAD = ("critico", "alto")


def mended(detail: ItemDetail) -> Document | None:
    """The `corrigir_bug` item behind an item: itself, or the one that produced it."""
    item = detail.item
    if item.get("tipo") == "corrigir_bug":
        return item
    parent = next((other for other in detail.saga if other.get("id") == item.get("pai")), None)
    return parent if parent is not None and parent.get("tipo") == "corrigir_bug" else None


def shown(detail: ItemDetail, now: str, width: int) -> list[Content]:
    """The bug with its words whole; nothing where the item mends none."""
    bug = mended(detail)
    if bug is None:
        return []
    severity = str(at(bug, "contexto", "severidade") or "")
    about = words(
        span("Mends", STRONG),
        span(bug.get("id", "")),
        span(_SEVERITY.get(severity, severity.replace("_", " ")), BAD if severity in _BAD else WARN),
        span(f"reported by {_who(bug, detail)}, {ago(str(bug.get('criado_em') or ''), now)}", DIM),
        gap=2,
    )
    told = paragraph(at(bug, "contexto", "erro") or "without a word of what is wrong", width, indent=2)
    return [about.truncate(width, ellipsis=True), *told]


def section(detail: ItemDetail, now: str, width: int) -> list[Content]:
    """The same under a heading, for the item's page."""
    lines = shown(detail, now, width)
    return [heading("Bug"), *lines] if lines else []


def _who(bug: Document, detail: ItemDetail) -> str:
    """Who decided that it is one, else who produced the item."""
    decided = next((entry for entry in detail.decisoes if entry.get("item_ref") == bug.get("pai")), None)
    return str((decided or {}).get("quem") or bug.get("produtor") or "nobody")
