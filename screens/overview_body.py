"""The panels of Overview: waiting, specs, running, blocked; the figures and the last events under them."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from screens import overview_content as content
from screens.commands import command, shown_key
from screens.frame import frame_of
from screens.overview_health import health_line
from screens.overview_sprint import sprint_line
from screens.widgets.header import awake
from screens.widgets.lines import Lines
from screens.widgets.panel import Panel
from store.views.health import worst
from store.views.model import ReadModel
from store.views.sprint import active

EVENTS = 20
"""How many events are drawn; what doesn't fit is cut."""
EVENTS_LEAST = 6
"""Rows kept for figures, health and at least two events in their frame."""


class OverviewBody(Widget):
    """Four lists whose rows are as high as they need to be; the events have the rest."""

    # Styles by the screen's width, loaded with the panels: the first frame does without both.
    DEFAULT_CSS = Path(__file__).with_name("overview.tcss").read_text(encoding="utf-8")
    SCOPED_CSS = False

    _rows: tuple[int, int] | None = None

    def compose(self) -> ComposeResult:
        yield Lines(id="sprint")
        with Container(id="panels"):
            yield Panel("Waiting for you", leads_to=self._way("app.decisions", "inbox"), id="waiting")
            yield Panel("Specs", leads_to=self._way("app.backlog", "backlog"), id="specs")
            yield Panel("Running", leads_to=self._way("app.actors", "actors"), id="running")
            yield Panel("Blocked", leads_to=self._way("app.blocked", "down to its causes"), id="blocked")
        yield Lines(id="figures")
        yield Lines(id="health")
        events = Lines(id="events")
        events.border_title = "Events"
        events.border_subtitle = self._way("app.events", "the log")
        yield events

    def _way(self, command_id: str, words: str) -> str:
        """The key of the screen that has all of a panel, for the panel's frame."""
        return f"{shown_key(command(command_id), frame_of(self).keys)} {words}"

    def show(self, model: ReadModel, now: str) -> None:
        """Bring everything up to date with a model, at a time (UTC text)."""
        self._show_sprint(model, now[:10])
        self.show_panels(model, now)
        self.query_one("#specs", Panel).border_title = content.specs_done(model)
        figures, events = model.figuras, tuple(model.eventos[:EVENTS])
        self.query_one("#figures", Lines).show(lambda width: content.figures_line(figures, width), figures)
        health = self.query_one("#health", Lines)
        health.set_class(worst(model.saude) is not None, "-worth-a-row")
        health.show(lambda width: health_line(model.saude, width), model.saude)
        self.query_one("#events", Lines).show(
            lambda width: content.event_lines(events, width, EVENTS), (model.linha.carregado, events)
        )

    def _show_sprint(self, model: ReadModel, today: str) -> None:
        """The sprint that is worked on, where one is open."""
        line, view, others = (
            self.query_one("#sprint", Lines),
            active(model.sprints, today),
            len(model.sprints) - 1,
        )
        line.set_class(view is not None, "-open")
        if view is not None:
            way = self._way("app.sprint", "sprint")
            line.show(lambda width: sprint_line(view, others, way, width), (id(view), others, today))

    def show_panels(self, model: ReadModel, now: str) -> None:
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
        if not self.app.is_running:
            return
        grid = self.query_one("#panels")
        if self.screen.has_class("-tiny") or self.screen.has_class("-low"):
            self._rows = None
            grid.styles.grid_rows = grid.styles.height = None
            return
        wanted = {panel.id: panel.wanted_height for panel in self.query(Panel)}
        top, bottom = max(wanted["waiting"], wanted["specs"]), max(wanted["running"], wanted["blocked"])
        kept = EVENTS_LEAST + int(self.query_one("#sprint").display)
        rows = content.share_rows(top, bottom, self.size.height - kept)
        if rows != self._rows:
            self._rows = rows
            grid.styles.grid_rows = f"{rows[0]} {rows[1]}"
            grid.styles.height = sum(rows)
