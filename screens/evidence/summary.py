"""The head of an item's page and its summary: state, what went in and came out, what it waits for."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from screens.evidence import budget, bug, document, needs
from screens.evidence.layout import (
    DIM,
    STRONG,
    Field,
    blank,
    field,
    fields,
    heading,
    paragraph,
    span,
    table,
    words,
)
from screens.evidence.usage import usage_words, warning
from screens.evidence.values import seconds
from screens.states import item_state, kind
from screens.text import ago, elapsed, full_time, local_minute
from store.clock import seconds_between
from store.views.held import held_because
from store.views.model import Document, ItemDetail, RunningRow


def head(detail: ItemDetail, running: RunningRow | None, now: str, width: int) -> list[Content]:
    """Two lines: what it is and how it stands; who, since when, or how far the work is."""
    item = detail.item
    shown = item_state(item)
    first = words(
        span(item.get("id", ""), "$text-muted"),
        span(kind(str(item.get("tipo", ""))), STRONG),
        span(shown.label, shown.style),
        span(item.get("titulo", "")),
        gap=2,
    )
    second = progress(running, now) if running is not None else standing(item, now)
    return [first.truncate(width, ellipsis=True), second.truncate(width, ellipsis=True)]


def standing(item: Document, now: str) -> Content:
    """Who made it and when, and how it ended."""
    ended = str(item.get("concluido_em") or "")
    version = item.get("spec_versao")
    return words(
        span(f"by {item.get('produtor', '')}, {ago(str(item.get('criado_em') or ''), now)}", DIM),
        span(f"ended {ago(ended, now)}", DIM) if ended else None,
        span(f"{item.get('spec_ref')} version {version}" if version else item.get("spec_ref") or "", DIM),
        span(f"priority {item.get('prioridade', 0)}", DIM),
        span(str(item.get("motivo") or ""), "$text-warning"),
        gap=3,
    )


def progress(running: RunningRow, now: str) -> Content:
    """How far running work is, by its own report, and the time it took against the estimate."""
    took = elapsed(seconds_between(running.iniciado_em, now)) if running.iniciado_em else ""
    estimate = f"of ~{elapsed(running.estimado_s)}" if running.estimado_s else ""
    steps = f"{running.feito}/{running.total}" if running.total else ""
    who = span(running.worker or running.ator, "$text-accent")
    used = " · ".join(usage_words(running.uso, running.medido))
    return words(
        who,
        span(running.fase),
        span(steps, STRONG),
        span(took),
        span(estimate, DIM),
        warning(running),
        span(used, DIM),
        gap=2,
    )


def page(detail: ItemDetail, now: str, width: int) -> list[Content]:
    """The bug that it mends, contexto and resultado, dependencies, what it generated, its times."""
    item = detail.item
    blocks = [
        _held(item, width),
        bug.section(detail, now, width),
        [
            heading("Contexto", str(detail.contrato.get("descricao") or "")),
            *document.shown(item.get("contexto") or {}, width),
        ],
        _result(item, width),
        budget.section(detail, width),
        [heading("Depends on"), *needs.listed(detail.dependencias, width)] if detail.dependencias else [],
        [heading("Generated"), *_generated(detail.gerados, width)] if detail.gerados else [],
        [heading("Times and traces"), *fields(_times(item), width)],
    ]
    lines = [line for block in blocks if block for line in (*block, blank())]
    return lines[:-1]


def _held(item: Document, width: int) -> list[Content]:
    """Why nobody begins it, and what sets it free."""
    why = held_because(item, local_minute)
    return [heading("Held"), *paragraph(why, width)] if why else []


def _result(item: Document, width: int) -> list[Content]:
    result = item.get("resultado")
    if not result:
        return [heading("Resultado"), span("There is none yet: it stands here when the item is done.", DIM)]
    return [heading("Resultado"), *document.shown(result, width)]


def _generated(items: Sequence[Document], width: int) -> list[Content]:
    rows = []
    for item in items:
        shown = item_state(item)
        rows.append(
            [
                span(item.get("id", "")),
                span(kind(str(item.get("tipo", "")))),
                span(shown.label, shown.style),
                span(item.get("titulo", ""), DIM),
            ]
        )
    return table(rows, width, grow=3)


_MOMENTS = (
    ("criado_em", "Created"),
    ("disponivel_em", "Due"),
    ("iniciado_em", "Started"),
    ("concluido_em", "Ended"),
)


def _times(item: Document) -> list[Field]:
    moments = [field(label, span(full_time(str(item.get(name) or "")))) for name, label in _MOMENTS]
    began, ended = str(item.get("iniciado_em") or ""), str(item.get("concluido_em") or "")
    took = seconds(seconds_between(began, ended)) if began and ended else ""
    traces = [
        field("Took", span(took)),
        field("Actor", span(item.get("ator") or "")),
        field("Saga", span(item.get("saga_id") or "")),
        field("Request", span(item.get("request_id") or "")),
        field("Parent", span(item.get("pai") or "")),
    ]
    return [entry for entry in (*moments, *traces) if entry.parts]
