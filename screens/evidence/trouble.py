"""Failures and broken dependencies: what happened, attempt by attempt."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from screens.evidence import needs, values
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
    flow,
    heading,
    paragraph,
    span,
    words,
)
from screens.evidence.shapes import contexto, documents, texts
from screens.evidence.titles import target
from screens.text import full_time
from store.clock import seconds_between
from store.views.model import Document, ItemDetail

_ENDS: dict[str, tuple[str, str, str]] = {
    "concluido": ("✓", "done", GOOD),
    "falhou": ("✗", "failed", BAD),
    "perdido": ("✗", "worker lost", WARN),
    "bloqueou": ("■", "had to wait", WARN),
    "devolvido": ("↩", "handed back", DIM),
    "cancelado": ("–", "cancelled", DIM),
}


def failure(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """The dead letter behind a `resolver_falha`: its last reason first, then each attempt."""
    failed = failed_item(detail)
    reason = contexto(detail).get("motivo") or failed.get("motivo") or "no reason was recorded"
    tries = documents(failed.get("tentativas"))
    about = [
        field(
            "Item",
            span(target(detail.item), STRONG),
            span(failed.get("tipo", "")),
            span(failed.get("titulo", ""), DIM),
        ),
        field("Attempts", span(values.number(len(tries))) if tries else None),
        history,
    ]
    lines = [*paragraph(reason, width, style=BAD), blank(), *fields(about, width)]
    return [*lines, blank(), *attempts(tries, width)] if tries else lines


def failed_item(detail: ItemDetail) -> Document:
    """The item that failed, found in the saga; the decision's own item where it is not there."""
    ref = target(detail.item)
    return next((item for item in detail.saga if item.get("id") == ref), detail.item)


def dependency(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """The dependency behind a `resolver_dependencia`: who waits, for what, and why it will not come."""
    told = contexto(detail)
    reason = told.get("motivo") or "what it waits for ended without the outcome"
    waiting = field(
        "Waiting", span(target(detail.item), STRONG), span(failed_item(detail).get("titulo", ""), DIM)
    )
    broken = field("For", *[span(ref, BAD) for ref in texts(told.get("dependencia") or told.get("ref"))])
    lines = [*paragraph(reason, width, style=BAD), blank(), *fields([waiting, broken, history], width)]
    if not detail.dependencias:
        return lines
    return [*lines, blank(), heading("All it waits for"), *needs.listed(detail.dependencias, width)]


def attempts(tries: Sequence[Document], width: int) -> list[Content]:
    """Each attempt with its end, how long it took and what it said, newest first."""
    if not tries:
        return [span("No attempt was made yet.", DIM)]
    lines = [heading("Attempts", "newest first")]
    for attempt in reversed(tries):
        lines += flow(_attempt(attempt), width, gap=2)
        lines += paragraph(attempt.get("motivo") or "", width, indent=4) if attempt.get("motivo") else []
        lines += (
            paragraph(attempt.get("erro") or "", width, indent=4, style=DIM) if attempt.get("erro") else []
        )
    return lines


def _attempt(attempt: Document) -> list[Content]:
    sign, word, style = _ENDS.get(str(attempt.get("fim_motivo") or ""), ("●", "running", WARN))
    began, ended = str(attempt.get("inicio") or ""), str(attempt.get("fim") or "")
    took = values.seconds(seconds_between(began, ended)) if began and ended else ""
    return [
        words(span(attempt.get("numero", ""), STRONG), span(f"{sign} {word}", style), gap=2),
        span(attempt.get("ator", "")),
        span(full_time(began), DIM),
        span(took, DIM),
    ]
