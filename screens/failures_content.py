"""What Failures says around the attempts, as pure functions: the list's columns and cells, its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from screens.commands import key_of
from screens.evidence.layout import BAD, DIM, STRONG, span
from screens.evidence.titles import row_subject
from screens.evidence.values import count, number
from screens.states import DECIDE, FAILED, kind
from screens.text import ago, span_of
from screens.widgets.columns import Cell, Column
from store.clock import seconds_between
from store.views.model import ItemRow, ReadModel

COLUMNS = (
    Column("id", "id", 8, keep=7),
    Column("kind", "type", 10, keep=6),
    Column("what", "spec", 16, grow=2, keep=5),
    Column("why", "why", 18, grow=3, keep=4),
    Column("tries", "tries", 5, right=True, keep=3),
    Column("since", "since", 6, right=True, keep=2),
    Column("asks", "asks", 12, keep=1, at_least=70),
)


def questions(model: ReadModel) -> dict[str, ItemRow]:
    """The open decision about each dead letter, by the dead letter's id."""
    return {row.alvo: row for row in model.decisoes if row.alvo}


def cells(row: ItemRow, asks: ItemRow | None, now: str, names: Mapping[str, str]) -> Sequence[Cell]:
    """One cell a column; `asks` is the decision about it."""
    return (
        Cell(row.id, "quiet"),
        Cell(kind(row.tipo), "bad"),
        Cell(row_subject(row, names), "strong"),
        Cell(row.motivo, ""),
        Cell(number(row.tentativa), ""),
        Cell(span_of(seconds_between(row.atualizado_em, now)), "quiet"),
        _asks(asks, now),
    )


def _asks(asks: ItemRow | None, now: str) -> Cell:
    """The decision about it, or when that asks again."""
    if asks is None:
        return Cell("–", "quiet")
    if asks.disponivel_em > now:
        return Cell(ago(asks.disponivel_em, now), "quiet")
    return Cell(f"{DECIDE.symbol} {asks.id}", "warn")


def summary_line(model: ReadModel, marked: int, width: int) -> Content:
    """How many failed for good, how many are asked about, how many will be tried again by themselves."""
    asked = len(questions(model).keys() & {row.id for row in model.falhas})
    parts = [span(f"{FAILED.symbol} {number(len(model.falhas))} failed for good", f"{STRONG} {BAD}")]
    if not model.falhas:
        parts = [span("0 failed for good", DIM)]
    if asked:
        parts.append(span(f"{DECIDE.symbol} {count(asked, 'waits', 'wait')} for your answer", DECIDE.style))
    if model.recuos:
        parts.append(span(f"{number(len(model.recuos))} more to be tried again", DIM))
    if marked:
        parts.append(span(f"{number(marked)} marked", "$text-accent"))
    return Content("   ").join(parts).truncate(width, ellipsis=True)


def empty_lines(model: ReadModel, keys: Mapping[str, str]) -> Content:
    """What would be here, and what makes it so."""
    if not model.linha.carregado:
        return Content.styled("Opening the store …", DIM)
    return Content.assemble(
        ("Nothing has failed for good.", STRONG),
        "\n\n",
        ("What fails is tried again by itself, later each time. What then still fails stands here, ", DIM),
        ("its attempts side by side, and asks you: retry, skip, roll back or cancel.\n", DIM),
        (key_of("app.actors", keys), "bold $footer-key-foreground"),
        (" shows what is tried again, ", DIM),
        (key_of("app.events", keys), "bold $footer-key-foreground"),
        (" what happened", DIM),
    )


def why_no_batch(opened: Sequence[str], marked: int, keys: Mapping[str, str]) -> str:
    """Why the marked ones can't be decided together; empty when they can."""
    if opened:
        return ""
    if marked:
        return "Nothing is asked about the marked ones"
    return f"Mark failures with {key_of('list.mark', keys)} first"
