"""What Backlog says, as pure functions: columns, cells, the lines around the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from screens.commands import key_of
from screens.evidence.layout import span
from screens.evidence.titles import row_subject
from screens.evidence.values import count, number
from screens.states import STATES, kind, state
from screens.text import clean, span_of, when
from screens.widgets.columns import Cell, Column
from store.clock import seconds_between
from store.views.held import HELD
from store.views.model import ItemRow, LineState

QUIET = "$text-muted"

COLUMNS = (
    Column("id", "id", 8, keep=7),
    Column("status", "status", 17, keep=8),
    Column("tipo", "type", 10, keep=6),
    Column("titulo", "spec", 24, grow=3, keep=9),
    Column("prioridade", "prio", 6, right=True, keep=2),
    Column("ator", "actor", 13, keep=3),
    Column("atualizado", "changed", 9, right=True, keep=5),
)

SAGA_SHOWN = 12
"""Signs of a saga's id that tell it from others; the item's own page has all of it."""
BY_CONCERN = ("Pendente", "EmProcessamento", "Bloqueado", "Falhou", HELD, "Concluido", "Cancelado", "Pulado")
"""The order in which states are counted, as far as there is room."""

_STYLES = {
    "EmProcessamento": "primary",
    "Bloqueado": "warn",
    "Concluido": "good",
    "Falhou": "bad",
    "Pulado": "quiet",
    "Cancelado": "quiet",
    HELD: "quiet",
}


def cells(row: ItemRow, now: str, names: Mapping[str, str]) -> Sequence[Cell]:
    """One cell a column for a row of the table; `names` are the specs' titles by id."""
    waits = row.humano and row.status == "Pendente"
    shown = state(row.estado, humano=row.humano)
    return (
        Cell(row.id, "quiet"),
        Cell(shown.label, "warn" if waits else _STYLES.get(row.estado, "")),
        Cell(kind(row.tipo), "quiet"),
        Cell(row_subject(row, names), "strong" if waits else ""),
        Cell(str(row.prioridade) if row.prioridade else "", ""),
        Cell(row.ator, "quiet"),
        Cell(span_of(seconds_between(row.atualizado_em, now)) if row.atualizado_em else "", "quiet"),
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """What the lines around the table tell."""

    total: int
    shown: int
    by_status: tuple[tuple[str, int], ...]
    filter: str
    marked: int
    order: str
    loaded: bool


_ORDERS = {
    "": "id",
    "tipo": "type",
    "atualizado": "changed",
    "titulo": "spec",
    "prioridade": "priority",
    "ator": "actor",
}


def order_words(column: str, descending: bool) -> str:
    """The order in words, for the summary."""
    return f"by {_ORDERS.get(column, column)} {'▼' if descending else '▲'}"


def summary_line(facts: Summary, width: int) -> Content:
    """How many items there are in each state, or how many the filter finds; and the order."""
    right = span(facts.order, QUIET)
    if facts.marked:
        right = Content.assemble((f"{number(facts.marked)} marked", "$text-accent"), "   ", right)
    if facts.filter.strip():
        left = Content.assemble((number(facts.shown), "bold"), (f" of {number(facts.total)} items", QUIET))
    else:
        left = _by_status(facts, width - right.cell_length - 2)
    gap = max(1, width - left.cell_length - right.cell_length)
    return (left + " " * gap + right).truncate(width, ellipsis=True)


def _by_status(facts: Summary, room: int) -> Content:
    """Every state that there is with its count; where there is no room, the last ones without their words."""
    counts = dict(facts.by_status)
    present = [name for name in BY_CONCERN if counts.get(name)]
    total = Content.assemble((number(facts.total), "bold"), (" items", QUIET))
    line = total
    for in_words in range(len(present), -1, -1):
        parts = [_count(name, counts[name], words=place < in_words) for place, name in enumerate(present)]
        line = Content("  ").join([total, *parts])
        if line.cell_length <= room:
            break
    return line


def _count(name: str, amount: int, *, words: bool) -> Content:
    shown = STATES[name]
    return span(f"{shown.label if words else shown.symbol} {number(amount)}", shown.style)


def no_match(told: str, filter: str, key: str, more: str = "") -> Content:
    """What stands where a filter lets nothing through: the filter, and the key that takes it away."""
    return Content.assemble(
        (f"{told} ", QUIET),
        span(filter, "bold"),
        "\n",
        (key, "bold $footer-key-foreground"),
        (f" takes the filter away{more}", QUIET),
    )


def empty_lines(facts: Summary, keys: Mapping[str, str]) -> Content:
    """What stands in the table's place when it has no rows: why, and the key that changes it."""
    if not facts.loaded:
        return Content.styled("Opening the store …", QUIET)
    if facts.total:
        return no_match("Nothing matches", facts.filter, key_of("backlog.clear", keys))
    return Content.assemble(
        ("Every item of the line stands here: prices, decisions, builds, deployments.", QUIET),
        "\n",
        ("In a shell: ", QUIET),
        ("oficina spec add FILE", "bold $footer-key-foreground"),
        (" makes the first", QUIET),
    )


def preview(row: ItemRow, needs: Sequence[ItemRow | None], now: str, width: int) -> Content:
    """The item under the cursor, beside the table where there is room."""
    shown = state(row.estado, humano=row.humano)
    lines = [
        span(row.titulo, "bold"),
        span(f"{row.id} · {kind(row.tipo)}", QUIET),
        Content(""),
        _status(row, shown.style),
    ]
    facts = [
        ("type", row.tipo),
        ("priority", str(row.prioridade)),
        ("actor", row.ator),
        ("from", row.produtor),
        ("spec", row.spec_ref),
        ("attempt", str(row.tentativa) if row.tentativa else ""),
        ("created", when(row.criado_em, now)),
        ("changed", when(row.atualizado_em, now)),
        ("due", when(row.disponivel_em, now) if row.disponivel_em > now else ""),
        ("saga", row.saga_id[:SAGA_SHOWN]),
    ]
    lines += [Content.assemble((f"{name:<9}", QUIET), span(value)) for name, value in facts if value]
    if row.retido:
        lines += [Content(""), span(f"{state(HELD).label}: {row.retido}", state(HELD).style)]
    lines += _needs(row, needs)
    return Content("\n").join(
        [piece for line in lines for piece in (line.wrap(max(8, width)) if line else [line])]
    )


def _status(row: ItemRow, style: str) -> Content:
    shown = state(row.estado, humano=row.humano)
    words = " · waits for you" if row.humano and row.status == "Pendente" else ""
    return Content.styled(f"{shown.label}{words}", style)


def _needs(row: ItemRow, needs: Sequence[ItemRow | None]) -> list[Content]:
    lines = [Content(""), Content.styled("waits for", QUIET)] if row.espera_por else []
    for ref, other in zip(row.espera_por, needs, strict=True):
        title = f"{clean(ref)} {other.titulo}" if other else clean(ref)
        lines.append(
            Content.assemble(
                "  ", span(state(other.estado).symbol if other else "■", "$text-warning"), " ", span(title)
            )
        )
    return lines


def why_no_batch(opened: Sequence[str], others: int, keys: Mapping[str, str]) -> str:
    """Why marked rows can't be decided together."""
    if opened:
        return ""
    if others:
        return "None of the marked rows is an open decision"
    return f"Mark decisions with {key_of('list.mark', keys)} first"


def left_out(others: int) -> str:
    """That some of the marked rows are no open decisions."""
    return f"{count(others, 'marked row is', 'marked rows are')} no open decision: left out"


def why_no_priority(row: ItemRow | None, line: LineState) -> str:
    """Why an item's priority can't be changed now."""
    if line.modo in ("viewing", "starting"):
        return (
            "The store is open for viewing only" if line.modo == "viewing" else "The line is not loaded yet"
        )
    if row is not None and row.status in ("Concluido", "Cancelado", "Pulado"):
        return f"{row.id} has ended"
    return ""
