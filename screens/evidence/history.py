"""What was decided before: who, when, what and why."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from screens.evidence.layout import DIM, STRONG, WARN, Field, field, paragraph, span, words
from screens.evidence.values import seconds
from screens.states import kind
from screens.text import ago, full_time, local_time
from store.views.model import Document, ItemDetail

_LATEST = 2


def rounds(detail: ItemDetail, now: str) -> Field:
    """The last decisions of the saga, newest first, in one field."""
    latest = list(reversed(detail.decisoes))[:_LATEST]
    return field("History", *[_short(entry, now) for entry in latest])


def _short(decision: Document, now: str) -> Content:
    reason = decision.get("motivo")
    return words(
        span(f"{kind(str(decision.get('tipo', '')))}: {decision.get('opcao', '')}", STRONG),
        span(f"«{reason}»") if reason else None,
        taken_back(decision),
        span(ago(decided_at(decision), now), DIM),
    )


def taken_back(decision: Document) -> Content | None:
    """That a decision was undone, or nothing."""
    return span("↩ taken back", WARN) if decision.get("estado") == "desfeita" else None


def _waited(decision: Document) -> Content | None:
    waited = decision.get("espera_s")
    return span(f"after {seconds(waited)}", DIM) if waited else None


def decided_at(decision: Document) -> str:
    """When a decision was made, as UTC text; empty where it is not recorded."""
    return str(decision.get("em") or "")


def listed(decisions: Sequence[Document], width: int) -> list[Content]:
    """Every decision of the saga, oldest first, with its reason and note."""
    if not decisions:
        return [span("Nothing was decided yet.", DIM)]
    lines: list[Content] = []
    for entry in decisions:
        who = span(entry.get("politica") or entry.get("quem", ""), DIM)
        what = span(f"{kind(str(entry.get('tipo', '')))}: {entry.get('opcao', '')}", STRONG)
        when = span(full_time(decided_at(entry)), DIM)
        lines.append(words(when, what, who, taken_back(entry), _waited(entry), gap=2))
        for name in ("motivo", "nota"):
            if entry.get(name):
                lines += paragraph(f"«{entry[name]}»", width, indent=4)
    return lines


def how_it_ended(detail: ItemDetail) -> str:
    """Why an item asks nothing any more: who answered it, when and how, or what it closed with."""
    item = detail.item
    answers = [each for each in detail.decisoes if each.get("item_ref") == item.get("id")]
    taken = [each for each in answers if each.get("estado", "tomada") == "tomada"]
    status, reason = str(item.get("status", "")), item.get("motivo")
    if taken and status in ("Concluido", "Cancelado"):
        last = taken[-1]
        return f"decided by {last.get('quem', '')} at {local_time(decided_at(last))}: {last.get('opcao', '')}"
    return f"{status}: {reason}" if reason else f"it is {status} now"
