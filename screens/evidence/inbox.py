"""The inbox's rows: what waits, for how long; the snoozed ones last, with when they ask again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from screens.commands import key_of
from screens.evidence.layout import STRONG, blank, paragraph, span
from screens.evidence.titles import row_subject
from screens.states import DECIDE, kind
from screens.text import ago, span_of
from screens.widgets.columns import Cell, Column
from store.clock import seconds_between
from store.views.model import ItemRow, ReadModel

COLUMNS = (
    Column("kind", "Decision", 13, keep=4),
    Column("what", "What", 14, grow=1, keep=5),
    Column("waits", "Waits", 8, right=True, keep=3),
    Column("id", "Id", 9, keep=1),
)
_LONG_S = 4 * 3600
"""Seconds of waiting from which a decision is marked as old."""


def snoozed(row: ItemRow, now: str) -> bool:
    return row.disponivel_em > now


def ordered(rows: Sequence[ItemRow], now: str) -> list[ItemRow]:
    """What can be decided now as it comes, oldest waiting first; then the snoozed ones, soonest first."""
    open_now = [row for row in rows if not snoozed(row, now)]
    return [*open_now, *sorted((row for row in rows if snoozed(row, now)), key=lambda row: row.disponivel_em)]


def cells(row: ItemRow, now: str, names: Mapping[str, str]) -> Sequence[Cell]:
    """A row's cells at `now` (UTC text); `names` are the specs' titles by id."""
    what = row_subject(row, names)
    if snoozed(row, now):
        return (
            Cell(f"– {kind(row.tipo)}", "quiet"),
            Cell(what, "quiet"),
            Cell(ago(row.disponivel_em, now), "quiet"),
            Cell(row.id, "quiet"),
        )
    waited = seconds_between(row.espera_desde or row.criado_em, now)
    return (
        Cell(f"{DECIDE.symbol} {kind(row.tipo)}", "warn"),
        Cell(what),
        Cell(span_of(waited), "bad" if waited >= _LONG_S else ""),
        Cell(row.id, "quiet"),
    )


def summary(model: ReadModel, marked: int, now: str) -> Content:
    """The line above the list: how many wait, since when the oldest, how many are marked."""
    rows = [row for row in model.decisoes if not snoozed(row, now)]
    later = len(model.decisoes) - len(rows)
    parts = [span(f"{len(rows)} to decide", STRONG)]
    if rows:
        since = min(row.espera_desde or row.criado_em for row in rows)
        parts.append(span(f"the oldest waits {span_of(seconds_between(since, now))}", "$text-muted"))
    if later:
        parts.append(span(f"{later} later", "$text-muted"))
    if marked:
        parts.append(span(f"{marked} marked", "$text-accent"))
    return Content("   ").join(parts)


def empty(model: ReadModel, width: int, keys: Mapping[str, str]) -> Content:
    """What would be here, and what makes it so."""
    if not model.linha.carregado:
        return span("Opening the store …", "$text-muted")
    overview = key_of("app.overview", keys)
    lines = [
        span("Nothing waits for you.", STRONG),
        blank(),
        *paragraph(
            "Here come budgets, releases and deployments to approve, and what failed or is missing.", width
        ),
        *paragraph(f"oficina spec add FILE brings in the next spec; {overview} shows what runs now.", width),
    ]
    return Content("\n").join(lines)
