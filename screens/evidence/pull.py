"""A child that a task's work brought up: what it is, where it comes from, what pulling it does."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from screens.evidence import budget, document
from screens.evidence.layout import (
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
    words,
)
from screens.evidence.shapes import contexto
from screens.evidence.values import at, hours, money, size
from screens.states import kind
from screens.text import clean
from store.views.model import Document, ItemDetail


def evidence(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """The child with its estimate and the effect on the sprint; then the task and what it came to."""
    asked = contexto(detail)
    child = [
        field(
            "What", span(kind(str(asked.get("item_tipo", ""))), STRONG), span(asked.get("item_ref", ""), DIM)
        ),
        field("Why asked", span(asked.get("motivo", ""))),
        field("Found by", span(_found_by(asked))),
        field("Estimate", *estimate(asked.get("estimativa"))),
    ]
    effect = [
        _change("Cost", at(asked, "efeito", "custo"), money),
        _change("Work left", at(asked, "efeito", "horas"), hours),
        _change("Done by", at(asked, "efeito", "fim"), str),
    ]
    lines = [*paragraph(asked.get("titulo", ""), width, style=STRONG), blank(), *fields(child, width)]
    told = [each for each in effect if each.parts]
    if told:
        lines += [
            blank(),
            heading(f"What it does to {clean(str(asked.get('sprint_id', '')))}"),
            *fields(told, width),
        ]
    lines += [blank(), *_parent(asked, width)]
    rest = [each for each in (*budget.left(detail), history) if each.parts]
    return [*lines, blank(), *fields(rest, width)] if rest else lines


def _found_by(asked: Document) -> str:
    """Who brought it up, and how: its task, an actor, a person."""
    who = str(at(asked, "origem", "ms_origem") or "")
    how = {"manual": "by hand", "sprint_task": "its recipe foresaw it", "ms_producao": "its work produced it"}
    return ", ".join(filter(None, (who, how.get(str(at(asked, "origem", "tipo") or ""), ""))))


def estimate(said: Document | None) -> list[Content]:
    """`1 h`, `R$ 120,00`; that nobody has said it, where there is none."""
    parts = [
        span(hours(at(said, "horas")), STRONG) if at(said, "horas") is not None else None,
        span(money(at(said, "custo")), STRONG) if at(said, "custo") is not None else None,
    ]
    found = [part for part in parts if part is not None]
    return found or [span("none was said", DIM)]


def _change(label: str, change: Document | None, told: Callable[[object], str]) -> Field:
    """`R$ 4.080,00 → R$ 4.200,00`; what it does not change is said to stay."""
    before, after = at(change, "antes"), at(change, "depois")
    if after is None:
        return field(label)
    if before == after:
        return field(label, span(f"stays {told(after)}", DIM))
    first = told(before) if before is not None else "—"
    return field(label, words(span(first, DIM), span("→"), span(told(after), WARN)))


def _parent(asked: Document, width: int) -> list[Content]:
    """The task that brought it up, and what that came to."""
    task = asked.get("task") or {}
    codigo = str(task.get("codigo") or asked.get("task_codigo") or "")
    title = " ".join(filter(None, (codigo, str(task.get("titulo") or ""))))
    lines = [heading("Brought up by", clean(title))]
    entries = [
        field("Who", span(task.get("responsavel") or "")),
        field("Item", span(task.get("item_ref") or "")),
        field("Files", *[span(_file(each)) for each in task.get("anexos") or ()]),
        field("Made", *[span(name) for name in task.get("artefatos") or ()]),
    ]
    lines += fields([each for each in entries if each.parts], width)
    result = task.get("resultado")
    if result:
        lines += document.shown(result, width)
    return lines


def _file(entry: Document) -> str:
    return f"{entry.get('nome', '')} {size(entry.get('tamanho'))}"
