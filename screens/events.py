"""Events: the log as it grows, the newest at the bottom; older ones are read as they are wanted."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from screens import events_content as content
from screens.backlog_query import parse
from screens.commands import Command, command, shown_key
from screens.event_log import EventLog
from screens.filtering import FilterScreen
from screens.widgets.columns import Cell
from screens.widgets.lines import Lines
from screens.widgets.virtual_table import VirtualTable
from store.errors import OficinaError
from store.views.events import FACETS, EventQuery
from store.views.model import EventRow, ReadModel

TURNS = 5
"""Pages that are read for one wish, where few of the events that are looked at fit the filter."""


class EventsScreen(FilterScreen):
    """Follows the newest until the owner goes up; the cursor stays on its event whatever comes."""

    CSS_PATH = "events.tcss"
    SCOPES = ("events", "list")
    HEADLINE = "Events"
    AUTO_FOCUS = "VirtualTable"

    def __init__(self) -> None:
        super().__init__()
        self._log = EventLog()
        self._following, self._exact, self._loading = True, True, False

    def compose_body(self) -> ComposeResult:
        yield Lines(id="summary")
        with Horizontal(id="columns"):
            with Vertical(id="list"):
                yield Input(placeholder="words, saga:, ator:, tipo:, item:, spec:", id="filter")
                yield VirtualTable[EventRow](content.COLUMNS, self._cells, content.key, id="log")
                yield Lines(id="empty")
            yield Lines(id="preview")

    def _cells(self, row: EventRow) -> Sequence[Cell]:
        frame = self.frame
        return content.cells(row, frame.model.item(row.item_id), frame.clock.now(), exact=self._exact)

    # What is shown

    def show_model(self, model: ReadModel) -> None:
        """Add what is new; while it follows, the cursor goes with it."""
        if self._following and self._scrolled_up:
            self._following = False
        first = not self._log.rows
        if self._log.take(model.eventos, follow=self._following):
            self._show_rows()
        self._describe()
        if first and self._log.more and len(self._log.rows) < self._page:
            self._load()

    @property
    def _page(self) -> int:
        return max(1, self.table.size.height - 1)

    @property
    def _scrolled_up(self) -> bool:
        """The wheel was turned back, away from the newest."""
        table = self.table
        return bool(table.rows) and table.max_scroll_y - table.scroll_offset.y > 1

    def _show_rows(self) -> None:
        self.table.set_rows(self._log.rows)
        if self._following:
            self.table.move_to(len(self._log.rows) - 1)

    def _describe(self) -> None:
        keys = self.frame.keys
        facts = content.Summary(
            shown=len(self._log.rows),
            filter=self.filter.value,
            following=self._following,
            behind=self._log.behind,
            more=self._log.more,
            loading=self._loading,
            loaded=self.frame.model.linha.carregado,
            follow_key=shown_key(command("events.follow"), keys),
            older_key=shown_key(command("events.older"), keys),
        )
        self.query_one("#summary", Lines).show(lambda width: content.summary_line(facts, width), facts)
        self.set_class(not self._log.rows, "-empty")
        if not self._log.rows:
            self.query_one("#empty", Lines).show(lambda _: content.empty_lines(facts, keys), facts)
        self._preview()

    def _preview(self) -> None:
        row: EventRow | None = self.table.cursor_row
        now = self.frame.clock.now()
        item = self.frame.model.item(row.item_id) if row is not None else None
        self.query_one("#preview", Lines).show(
            lambda width: content.preview(row, item, now, width) if row else Content(""),
            (row, item, now[:16]),
        )

    def tick(self, now: str) -> None:
        super().tick(now)
        if self.whole and not self._exact:
            self.table.refresh()

    # Older ones

    def _load(self) -> None:
        """Read older events, one page after another until a screen is full, in the background."""
        if not self._loading and self._log.more and self.frame.port is not None:
            self._loading = True
            self.run_worker(self._read_older(), group="older")
            self._describe()

    async def _read_older(self) -> None:
        port, wanted = self.frame.port, len(self._log.rows) + self._page
        try:
            for _ in range(TURNS):
                query = self._log.query
                if port is None or not self._log.more or len(self._log.rows) >= wanted:
                    break
                page = await port.events(query, self._log.looked_at)
                if not self.whole:
                    return
                if self._log.add_page(query, page):
                    self._show_rows()
                else:
                    wanted = len(self._log.rows) + self._page
        except OficinaError as error:
            self.frame.say(str(error), severity="error")
        finally:
            self._loading = False
        if self.whole:
            self._describe()

    # What happens

    def filter_changed(self, text: str) -> None:
        asked = parse(text, FACETS)
        self._log.ask(EventQuery(asked.words, asked.facets))
        self._show_rows()
        self._describe()
        if len(self._log.rows) < self._page:
            self._load()

    @on(VirtualTable.RowHighlighted)
    def _highlighted(self) -> None:
        """Going up stops following, coming to the newest follows again; at the first, older ones come."""
        table = self.table
        at_end = table.cursor >= len(table.rows) - 1
        if at_end != self._following and not self._log.behind:
            self._following = at_end
        elif not at_end:
            self._following = False
        if table.rows and table.cursor == 0 and not at_end:
            self._load()
        self._describe()
        self.refresh_commands()

    @on(VirtualTable.RowChosen)
    def _open(self) -> None:
        row: EventRow | None = self.table.cursor_row
        if row is not None and row.item_id:
            self.frame.open_item(row.item_id)
        else:
            self.frame.say("This event is about no item", severity="warning")

    def why_not(self, entry: Command) -> str:
        row: EventRow | None = self.table.cursor_row
        if entry.action == "follow" and self._following:
            return "It follows already"
        if entry.action == "older":
            return self._why_no_older()
        if entry.action == "copy_id" and (row is None or not row.item_id):
            return "There is no item under the cursor"
        if entry.action == "facets" and not self._log.held:
            return "Nothing happened yet"
        return ""

    def _why_no_older(self) -> str:
        if self.frame.port is None:
            return "The line is not loaded yet"
        if self._loading:
            return "Older events are being read"
        return "" if self._log.more else "There are no older events"

    def action_follow(self) -> None:
        self._following = True
        self._log.take(self.frame.model.eventos, follow=True)
        self._show_rows()
        self._describe()
        self.refresh_commands()

    def action_older(self) -> None:
        self._load()

    def action_times(self) -> None:
        self._exact = not self._exact
        self.table.refresh()

    def action_facets(self) -> None:
        from screens.facets import FacetScreen

        self.app.push_screen(FacetScreen(self._log.held, FACETS), self.take_facet)

    @property
    def id_at_cursor(self) -> str:
        row: EventRow | None = self.table.cursor_row
        return row.item_id if row is not None else ""
