"""Backlog: every item, however many; filter, facets, sort, and beside the list what the cursor is on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from screens import backlog_content as content
from screens.backlog_query import SORTS, Query, Sorter, parse, search
from screens.commands import Command
from screens.evidence.titles import spec_names
from screens.filtering import FilterScreen
from screens.item_list import ItemListScreen
from screens.pacing import Pace
from screens.widgets.columns import Cell
from screens.widgets.lines import Lines
from screens.widgets.virtual_table import Order, VirtualTable
from store.errors import OficinaError
from store.views.model import ItemRow, ReadModel


class BacklogScreen(FilterScreen, ItemListScreen):
    """A table over the published rows; a refresh keeps cursor, scroll and marks by id."""

    CSS_PATH = "backlog.tcss"
    SCOPES = ("backlog", "list")
    HEADLINE = "Backlog"

    def __init__(self) -> None:
        super().__init__()
        self._sorter = Sorter()
        self._query = Query()
        self._names: Mapping[str, str] = {}
        self._sorted: Sequence[ItemRow] = ()
        self._found: Sequence[ItemRow] = ()
        self._source: Sequence[ItemRow] | None = None
        self.pace = Pace(self, lambda: self.frame.clock, lambda: self.show_model(self.frame.model))

    def compose_body(self) -> ComposeResult:
        yield Lines(id="summary")
        with Horizontal(id="columns"):
            with Vertical(id="list"):
                yield Input(placeholder="words, status:, tipo:, ator:, saga:, spec:", id="filter")
                yield VirtualTable[ItemRow](
                    content.COLUMNS, self._cells, attrgetter("id"), markable=True, id="items"
                )
                yield Lines(id="empty")
            yield Lines(id="preview")

    def _cells(self, row: ItemRow) -> Sequence[Cell]:
        return content.cells(row, self.frame.clock.now(), self._names)

    # What is shown

    def show_model(self, model: ReadModel) -> None:
        """Bring the rows up to date, at most a tenth of the time; what is put off follows by itself."""
        if model.itens is self._source:
            self.describe()
            return
        if not self.pace.begin():
            return
        self._source, self._names = model.itens, spec_names(model)
        self._sorted = self._sorter.sort(model.itens)
        self._search(Query())
        self.describe()
        self.pace.end()

    def _search(self, known: Query) -> None:
        """Find the rows of the query; `known` is one whose result is at hand and need only be narrowed."""
        start = self._found if known != Query() and self._query.narrows(known) else self._sorted
        self._found = search(start, self._query)
        self.table.set_rows(self._found)

    def describe(self) -> None:
        """The lines around the table: how many there are, the order, what the cursor is on."""
        model = self.frame.model
        facts = content.Summary(
            total=len(model.itens),
            shown=len(self._found),
            by_status=tuple(sorted(model.por_status.items())),
            filter=self.filter.value,
            marked=len(self.table.marks),
            order=content.order_words(self._sorter.column, self._sorter.descending),
            loaded=model.linha.carregado,
        )
        self.query_one("#summary", Lines).show(lambda width: content.summary_line(facts, width), facts)
        self.set_class(not self._found, "-empty")
        if not self._found:
            self.query_one("#empty", Lines).show(lambda _: content.empty_lines(facts, self.frame.keys), facts)
        self.preview()

    def preview(self) -> None:
        row, model = self.table.cursor_row, self.frame.model
        now = self.frame.clock.now()
        needs = tuple(model.item(ref) for ref in row.espera_por) if row else ()
        self.query_one("#preview", Lines).show(
            lambda width: content.preview(row, needs, now, width) if row else Content(""),
            (row, needs, now[:16]),
        )

    def tick(self, now: str) -> None:
        super().tick(now)
        if self.whole:
            self.preview()

    # What happens

    def filter_changed(self, text: str) -> None:
        known, self._query = self._query, parse(text)
        self._search(known)
        self.describe()

    def decision_at_cursor(self) -> str | None:
        row = self.table.cursor_row
        return row.id if row and row.humano and row.status == "Pendente" else None

    def why_not(self, entry: Command) -> str:
        if entry.action in ("copy_id", "raise_priority", "lower_priority") and self.table.cursor_row is None:
            return "There is nothing under the cursor"
        if entry.action == "decide_several":
            return content.why_no_batch(*self._marked_decisions(), self.frame.keys)
        if entry.action.endswith("priority"):
            return content.why_no_priority(self.table.cursor_row, self.frame.model.linha)
        return ""

    def _marked_decisions(self) -> tuple[list[str], int]:
        """The marked open decisions, oldest waiting first, and how many marked rows are none."""
        marks = self.table.marks
        opened = [row.id for row in self.frame.model.decisoes if row.id in marks]
        return opened, len(marks) - len(opened)

    def action_decide_several(self) -> None:
        opened, others = self._marked_decisions()
        if self.frame.prompts is not None:
            self.frame.prompts.ask_several(opened, content.left_out(others) if others else "")

    def action_facets(self) -> None:
        from screens.facets import FacetScreen

        self.app.push_screen(FacetScreen(self._sorted), self.take_facet)

    def action_sort(self) -> None:
        names = ["", *SORTS]
        self._sort_by(names[(names.index(self._sorter.column) + 1) % len(names)], descending=False)

    def action_reverse(self) -> None:
        self._sort_by(self._sorter.column, descending=not self._sorter.descending)

    def _sort_by(self, column: str, *, descending: bool) -> None:
        if not column and column != self._sorter.column:
            descending = True
        self._sorter.column, self._sorter.descending = column, descending
        self.table.order = Order(column or "id", descending)
        self._sorted = self._sorter.sort(self._source or ())
        self._search(Query())
        self.describe()

    async def action_raise_priority(self) -> None:
        await self._change_priority(1)

    async def action_lower_priority(self) -> None:
        await self._change_priority(-1)

    async def _change_priority(self, by: int) -> None:
        row, port = self.table.cursor_row, self.frame.port
        if row is None or port is None:
            return
        try:
            await port.reprioritize(row.id, row.prioridade + by)
        except OficinaError as error:
            self.frame.say(str(error), severity="error")
