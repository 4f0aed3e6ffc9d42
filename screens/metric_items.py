"""The documents behind a figure, newest first; enter opens the item that one belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from screens.base import BaseScreen
from screens.commands import Command
from screens.evidence.layout import BAD, DIM, STRONG, span, words
from screens.evidence.values import count
from screens.figure_words import value_words
from screens.states import STATES, kind, state
from screens.text import local_minute, span_of
from screens.widgets.columns import Cell, Column
from screens.widgets.lines import Lines
from screens.widgets.virtual_table import VirtualTable
from store.clock import format_time, parse_time
from store.errors import OficinaError
from store.metrics.model import Figure

if TYPE_CHECKING:
    from store.metrics.behind import Behind
    from store.views.model import ReadModel

COLUMNS = (
    Column("id", "document", 9, keep=9),
    Column("tipo", "what", 12, keep=8),
    Column("titulo", "of", 20, grow=1, keep=7),
    Column("status", "state", 17, keep=6),
    Column("em", "ended", 11, keep=4),
    Column("idade", "ago", 6, right=True, keep=5),
    Column("item", "item", 9, keep=3, at_least=76),
    Column("spec", "spec", 14, keep=1, at_least=100),
)
KINDS = {
    "execucao": "execution",
    "decisao": "decision",
    "implantacao": "deployment",
    "uso_llm": "model call",
    "linha": "run of the line",
}


class MetricItemsScreen(BaseScreen):
    """Opened over Metrics with `enter`; escape leads back."""

    CSS_PATH = "metric_items.tcss"
    SCOPES = ("documents", "list")
    AUTO_FOCUS = "VirtualTable"

    def __init__(self, figure: Figure) -> None:
        super().__init__()
        self._figure = figure
        self._rows: tuple[Behind, ...] | None = None
        self._error = ""
        self._asked = False

    def compose_body(self) -> ComposeResult:
        yield Lines(id="summary")
        yield VirtualTable["Behind"](COLUMNS, self._cells, attrgetter("id"), id="behind")
        yield Lines(id="empty")

    @property
    def table(self) -> VirtualTable[Behind]:
        return self.query_one(VirtualTable)

    def show_model(self, _: ReadModel) -> None:
        """Asked once: what was behind the figure when it was opened stays to be looked at."""
        if not self._asked and self.frame.port is not None:
            self._asked = True
            self.run_worker(self._fetch(), group="behind")
        self._describe()
        self.table.refresh()

    async def _fetch(self) -> None:
        port = self.frame.port
        if port is None:
            return
        try:
            self._rows = await port.metric_items(self._figure.itens)
        except OficinaError as error:
            self._error = str(error)
        if self.whole:
            self.table.set_rows(self._rows or ())
            self._describe()
            self.refresh_commands()

    def _describe(self) -> None:
        figure, rows, error = self._figure, self._rows, self._error
        self.query_one("#summary", Lines).show(lambda width: summary_line(figure, rows, width), rows)
        self.set_class(not rows, "-empty")
        self.query_one("#empty", Lines).show(lambda _: _empty(rows, error), (rows, error))

    def _cells(self, row: Behind) -> Sequence[Cell]:
        model = self.frame.model
        item = model.item(row.item_id) if row.item_id else None
        return cells(row, item.titulo if item else "", self.frame.clock.now())

    @on(VirtualTable.RowChosen)
    def _open(self) -> None:
        row = self.table.cursor_row
        if row is not None and row.item_id:
            self.frame.open_item(row.item_id)
        elif row is not None:
            self.frame.say(f"No item leads to {row.id}", severity="warning")

    def why_not(self, entry: Command) -> str:
        if entry.action == "copy_id" and self.table.cursor_row is None:
            return "There is nothing under the cursor"
        return ""

    def action_back(self) -> None:
        self.app.pop_screen()

    @property
    def id_at_cursor(self) -> str:
        row = self.table.cursor_row
        return row.id if row is not None else ""


def cells(row: Behind, titulo: str, now: str) -> Sequence[Cell]:
    """One cell a column; `titulo` is that of the item that it belongs to."""
    shown = state(row.status).label if row.status in STATES else row.status
    moment = format_time(datetime.fromtimestamp(row.em, UTC)) if row.em is not None else ""
    passed = (parse_time(now).timestamp() - row.em) if row.em is not None else None
    return (
        Cell(row.id, "accent"),
        Cell(KINDS.get(row.tipo, kind(row.tipo)), "quiet"),
        Cell(titulo or row.texto or row.spec_ref),
        Cell(shown, "quiet"),
        Cell(local_minute(moment), "quiet"),
        Cell(span_of(passed) if passed is not None else "", "quiet"),
        Cell(row.item_id if row.item_id != row.id else "", "quiet"),
        Cell(row.spec_ref, "quiet"),
    )


def summary_line(figure: Figure, rows: tuple[Behind, ...] | None, width: int) -> Content:
    """The figure, and how many documents are listed of how many are in it."""
    name = f"{figure.nome} · {figure.grupo}" if figure.grupo else figure.nome
    told = count(len(rows), "document", "documents") if rows is not None else ""
    if rows is not None and len(rows) < figure.n:
        told = f"the newest {told} of {figure.n}"
    parts = [span(name, STRONG), span(value_words(figure.valor, figure.unidade)), span(told, DIM)]
    return words(*parts, gap=3).truncate(width, ellipsis=True)


def _empty(rows: tuple[Behind, ...] | None, error: str) -> Content:
    if error:
        return span(error, BAD)
    return span("Reading …" if rows is None else "No document stands behind this figure.", DIM)
