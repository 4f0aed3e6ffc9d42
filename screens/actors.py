"""Actors: each one's job, and beneath the table what the one under the cursor does, did and waits for."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from operator import attrgetter

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content

from screens import actors_content as content
from screens.base import BaseScreen
from screens.commands import Command, command, shown_key
from screens.evidence.layout import span
from screens.widgets.columns import Cell
from screens.widgets.lines import Lines
from screens.widgets.panel import Panel
from screens.widgets.virtual_table import VirtualTable
from store.errors import OficinaError
from store.views.model import ActorRow, ReadModel


class ActorsScreen(BaseScreen):
    """The scheduler's jobs as they are published; pausing or running one is asked of the line."""

    CSS_PATH = "actors.tcss"
    SCOPES = ("actors", "list")
    HEADLINE = "Actors"
    AUTO_FOCUS = "VirtualTable"

    def compose_body(self) -> ComposeResult:
        yield Lines(id="summary")
        yield VirtualTable[ActorRow](content.COLUMNS, self._cells, attrgetter("nome"), id="actors")
        yield Lines(id="empty")
        yield Lines(id="facts")
        with Container(id="panes"):
            yield Panel("Running", id="running")
            yield Panel("Last attempts", id="attempts")

    @property
    def table(self) -> VirtualTable[ActorRow]:
        return self.query_one(VirtualTable)

    @property
    def _row(self) -> ActorRow | None:
        """The actor under the cursor."""
        return self.table.cursor_row

    def _cells(self, row: ActorRow) -> Sequence[Cell]:
        return content.cells(row, self.frame.model.recuos, self.frame.clock.now())

    # What is shown

    def show_model(self, model: ReadModel) -> None:
        """Bring table and panes up to date; the cursor stays on its actor."""
        self.table.set_rows(model.atores)
        self.set_class(not model.atores, "-empty")
        self.query_one("#summary", Lines).show(
            lambda width: content.summary_line(model, width), (model.atores, model.linha)
        )
        if not model.atores:
            self.query_one("#empty", Lines).show(lambda _: content.empty_lines(model), model.linha.carregado)
        self._show_panes(self.frame.clock.now())

    def tick(self, now: str) -> None:
        super().tick(now)
        if self.whole:
            self.table.refresh()
            self._show_panes(now)

    def _show_panes(self, now: str) -> None:
        row, model, keys = self._row, self.frame.model, self.frame.keys
        if row is None:
            return
        box = self.query_one("#facts", Lines)
        box.border_title, box.border_subtitle = span(row.nome), content.exact(row)
        lines = content.facts(row, model.recuos, now, max(8, box.content_size.width), keys)
        box.show(
            lambda width: Content("\n").join(content.facts(row, model.recuos, now, width, keys)),
            tuple(line.plain for line in lines),
        )
        running, attempts = content.running(model, row.nome, now), content.attempts(row, now)
        if not self.has_class("-wide"):
            running = content.both(running, attempts)
        pane = self.query_one("#running", Panel)
        pane.border_title = "Running" if self.has_class("-wide") else "Running, and last attempts"
        for name, drawn in (("#running", running), ("#attempts", attempts)):
            self.query_one(name, Panel).show(drawn.entries, drawn.version, drawn.empty)

    def on_resize(self) -> None:
        self.call_after_refresh(lambda: self._show_panes(self.frame.clock.now()))

    # What happens

    @on(VirtualTable.RowHighlighted)
    def _highlighted(self) -> None:
        self._show_panes(self.frame.clock.now())
        self.refresh_commands()

    @on(VirtualTable.RowChosen)
    def _open_actor(self) -> None:
        """What an actor does, else what it did, is beneath it."""
        panes = [pane for pane in self.query(Panel) if pane.display]
        next((pane for pane in panes if pane.entries), panes[0]).focus()

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        self.frame.open_item(content.item_of(message.key))

    def on_panel_cursor_moved(self) -> None:
        self.refresh_commands()

    @property
    def _item_at_cursor(self) -> str:
        """The item under the cursor of a pane; empty in the table."""
        pane = self.focused
        key = pane.cursor_key if isinstance(pane, Panel) else None
        return content.item_of(key) if key else ""

    def why_not(self, entry: Command) -> str:
        if entry.action in ("pause", "run"):
            return content.why_no_job(self._row, self.frame.model.linha)
        if entry.action == "copy_id" and self._row is None:
            return "There is nothing under the cursor"
        return ""

    async def action_pause(self) -> None:
        row, port = self._row, self.frame.port
        if row is None or port is None:
            return
        paused = row.estado == "paused"
        key = shown_key(command("actors.pause"), self.frame.keys)
        done = f"{row.nome} goes on" if paused else f"{row.nome} starts nothing new; {key} lets it go on"
        await self._ask(port.resume_actor(row.nome) if paused else port.pause_actor(row.nome), done)

    async def action_run(self) -> None:
        row, port = self._row, self.frame.port
        if row is not None and port is not None:
            await self._ask(port.run_actor(row.nome), f"{row.nome} looks for work now")

    async def _ask(self, work: Awaitable[None], done: str) -> None:
        try:
            await work
        except OficinaError as error:
            self.frame.say(str(error), severity="error")
        else:
            self.frame.say(done)

    def action_next_pane(self) -> None:
        self.focus_next("VirtualTable, Panel")

    @property
    def id_at_cursor(self) -> str:
        return self._item_at_cursor or (self._row.nome if self._row is not None else "")
