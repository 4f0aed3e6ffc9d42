"""Budgets: what was approved, what is used and by what, what is left of item, month and sprint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from textual.content import Content

from screens.evidence import values
from screens.evidence.layout import (
    BAD,
    DIM,
    STRONG,
    WARN,
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
from screens.evidence.shapes import contexto, documents
from screens.evidence.spec_version import version
from screens.evidence.titles import target
from screens.evidence.trouble import attempts, failed_item
from screens.evidence.values import as_decimal, at
from screens.text import full_time
from store.views.model import Document, ItemDetail

_AMOUNTS = (
    ("custo", "cost", values.money),
    ("tokens", "tokens", values.number),
    ("horas", "people", values.hours),
    ("maquina_s", "machine", values.seconds),
)
_HELD = ("custo", "tokens")
"""What the gate stops at; people's hours and machine seconds are only told."""
_PERIODS = (("mes", "Month"), ("sprint", "Sprint"))
_OF_THE_LIMIT = (
    ("limite", "limit"),
    ("estendido", "added by decisions"),
    ("usado", "used"),
    ("reservado", "reserved by what runs"),
    ("resta", "left"),
)


def extension(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """What an `estender_orcamento` rests on: the limit that was reached, what was used, by what, and when."""
    told, work = contexto(detail), failed_item(detail)
    tries = documents(work.get("tentativas"))
    lines = [
        *paragraph(told.get("motivo") or "a limit was reached", width, style=BAD),
        blank(),
        *fields([*_about(detail, work), version(detail), history], width),
        blank(),
        *amounts(told, width),
    ]
    if told.get("do_limite"):
        lines += [blank(), *_period(told, width)]
    if models := documents(told.get("por")):
        lines += [blank(), *_models(models, width)]
    return [*lines, blank(), *attempts(tries, width)] if tries else lines


def _about(detail: ItemDetail, work: Document) -> Iterator[Field]:
    told = contexto(detail)
    yield field("Item", span(target(detail.item), STRONG), span(work.get("titulo", ""), DIM))
    unmetered = told.get("medido") is False and bool(told.get("tentativas"))
    yield field(
        "Performer",
        span(told["performer"]) if told.get("performer") else None,
        span("says nothing of what it uses", WARN) if unmetered else None,
    )
    if told.get("renova_em"):
        yield field(
            "Next month", span(full_time(str(told["renova_em"]))), span("then it is tried again", DIM)
        )


def amounts(budget: Document, width: int) -> list[Content]:
    """Approved against used, a row an amount; what neither limits nor counts anything is left out."""
    rows = [[span("", DIM), span("approved", DIM), span("used", DIM), span("share", DIM)]]
    for name, label, shown in _AMOUNTS:
        approved, used = at(budget, "aprovado", name), at(budget, "usado", name)
        if approved is not None or used:
            share = _share(used, approved, holds=name in _HELD)
            rows.append([span(label), span(shown(approved)), span(shown(used)), share])
    return [heading("Budget"), *table(rows, width, right=(1, 2, 3))]


def _share(used: object, approved: object, *, holds: bool) -> Content:
    """How much of a limit is used; one that holds nothing up is no reason for alarm."""
    limit = as_decimal(approved)
    if not limit or used is None:
        return span(values.NONE, DIM)
    share = as_decimal(used) * 100 / limit
    style = BAD if share >= 100 else WARN if share >= 80 else ""
    return span(values.percent(round(share)), style if holds else DIM)


def _period(told: Document, width: int) -> list[Content]:
    found = at(told, "do_limite")
    rows = [[span(label), span(values.money(at(found, name)))] for name, label in _OF_THE_LIMIT]
    approved, used = at(told, "aprovado", "custo"), at(told, "usado", "custo")
    if approved is not None:  # nobody knows what work needs that was not priced
        need = max(as_decimal(approved) - as_decimal(used), Decimal(0))
        rows.append([span("this work needs", STRONG), span(values.money(need), STRONG)])
    name = f"{dict(_PERIODS).get(str(told.get('limite')), '')} {told.get('periodo', '')}"
    return [heading(name.strip()), *table(rows, width, right=(1,))]


def _models(models: Sequence[Document], width: int) -> list[Content]:
    rows = [
        [
            span(entry.get("modelo", "")),
            span(values.number(entry.get("tokens"))),
            span("tokens", DIM),
            span(values.money(entry.get("custo")) if entry.get("custo") else "cost unknown"),
        ]
        for entry in models
    ]
    return [heading("Used by"), *table(rows, width, right=(1, 3))]


def left(detail: ItemDetail) -> list[Field]:
    """What is left of the month, and of the sprint, where they have a limit; told when a price passes it."""
    limits, price = at(detail.orcamento, "limites"), as_decimal(at(detail.recursos, "custo", "total_p80"))
    found = []
    for name, label in _PERIODS:
        if (period := at(limits, name)) is not None:
            rest = as_decimal(at(period, "resta"))
            whole = as_decimal(at(period, "limite")) + as_decimal(at(period, "estendido"))
            found.append(
                field(
                    label,
                    words(span(values.money(rest), BAD if price > rest else STRONG), span("left", DIM)),
                    span(f"of {values.money(whole)} in {at(period, 'periodo')}", DIM),
                    span("this would pass it: the work would wait", WARN) if price > rest else None,
                )
            )
    return found


def section(detail: ItemDetail, width: int) -> list[Content]:
    """An item's own budget for its page; nothing for items that have none."""
    if at(detail.orcamento, "aprovado", "custo") is None:
        return []
    assert detail.orcamento is not None
    return amounts(detail.orcamento, width)
