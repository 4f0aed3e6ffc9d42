"""Overview: what waits for the owner, runs, is blocked; where each spec stands; figures and last events."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from screens import overview_content as content
from screens.base import BaseScreen
from screens.commands import Command
from screens.widgets.header import awake
from screens.widgets.lines import Lines
from screens.widgets.panel import Panel
from store.views.model import ReadModel

EVENTS = 20
"""How many events are drawn; what doesn't fit is cut."""
EVENTS_LEAST = 5
"""Rows kept for the figures and at least two events in their frame."""


class OverviewScreen(BaseScreen):
    """The first screen: every panel is a list whose entries open with enter."""

    CSS_PATH = "overview.tcss"
    SCOPES = ("overview", "list")
    HEADLINE = "Overview"
    AUTO_FOCUS = "#waiting"

    _rows: tuple[int, int] | None = None

    def compose_body(self) -> ComposeResult:
        with Container(id="panels"):
            yield Panel("Waiting for you", id="waiting")
            yield Panel("Specs", id="specs")
            yield Panel("Running", id="running")
            yield Panel("Blocked", id="blocked")
        yield Lines(id="figures")
        events = Lines(id="events")
        events.border_title = "Events"
        yield events

    def show_model(self, model: ReadModel) -> None:
        self._draw(model, self.frame.clock.now())
        self.query_one("#specs", Panel).border_title = content.specs_done(model)
        figures, events = model.figuras, tuple(model.eventos[:EVENTS])
        self.query_one("#figures", Lines).show(lambda width: content.figures_line(figures, width), figures)
        self.query_one("#events", Lines).show(
            lambda width: content.event_lines(events, width, EVENTS), events
        )

    def tick(self, now: str) -> None:
        super().tick(now)
        if self.is_mounted:
            self._draw(self.frame.model, now)

    def _draw(self, model: ReadModel, now: str) -> None:
        """The panels, whose lines tell times: drawn anew only where one of their words changed."""
        drawings = {
            "#waiting": content.waiting(model, awake(model.decisoes, now), now),
            "#specs": content.specs(model),
            "#running": content.running(model, now),
            "#blocked": content.blocked(model, now),
        }
        for name, drawn in drawings.items():
            self.query_one(name, Panel).show(drawn.entries, drawn.version, drawn.empty)
        self._share_rows()

    def on_resize(self) -> None:
        self.call_after_refresh(self._share_rows)

    def _share_rows(self) -> None:
        """Give each row of panels what it needs; the events get the rest."""
        grid = self.query_one("#panels")
        if self.has_class("-tiny") or self.has_class("-low"):
            grid.styles.grid_rows = grid.styles.height = None
            return
        wanted = {panel.id: panel.wanted_height for panel in self.query(Panel)}
        top, bottom = max(wanted["waiting"], wanted["specs"]), max(wanted["running"], wanted["blocked"])
        rows = content.share_rows(top, bottom, self.query_one("#body").size.height - EVENTS_LEAST)
        if rows != self._rows:
            self._rows = rows
            grid.styles.grid_rows = f"{rows[0]} {rows[1]}"
            grid.styles.height = sum(rows)

    @property
    def _panel(self) -> Panel | None:
        return self.focused if isinstance(self.focused, Panel) else None

    def decision_at_cursor(self) -> str | None:
        panel = self._panel
        return panel.cursor_key if panel is not None and panel.id == "waiting" else None

    @on(Panel.Chosen)
    def _open(self, message: Panel.Chosen) -> None:
        if self.frame.model.item(message.key) is not None:
            self.frame.open_item(message.key)

    def why_not(self, entry: Command) -> str:
        if entry.action == "copy_id" and (self._panel is None or self._panel.cursor_key is None):
            return "There is nothing under the cursor"
        return ""

    def action_next_panel(self) -> None:
        self.focus_next("Panel")

    def action_copy_id(self) -> None:
        if self._panel is not None and self._panel.cursor_key is not None:
            self.app.copy_to_clipboard(self._panel.cursor_key)
            self.frame.say(f"Copied {self._panel.cursor_key}")
