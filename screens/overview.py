"""Overview: what waits for the owner, runs, is blocked; where each spec stands; figures and last events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.base import BaseScreen
from screens.commands import Command

if TYPE_CHECKING:
    from screens.overview_body import OverviewBody
    from screens.widgets.panel import Panel
    from store.views.model import ReadModel


class OverviewScreen(BaseScreen):
    """The first screen: header and footer are the first frame, the panels follow a moment later."""

    SCOPES = ("overview", "list")
    HEADLINE = "Overview"

    _body: OverviewBody | None = None

    def on_mount(self) -> None:
        self.after_frame(self._fill)

    async def _fill(self) -> None:
        """Load the panels: the first frame is as quick as a bare Textual app's without them."""
        from screens.overview_body import OverviewBody

        body = OverviewBody()
        await self.query_one("#body").mount(body)
        if not body.query("#waiting"):
            return  # the app is leaving already
        self._body = body
        self.show_model(self.frame.model)
        if self.focused is None and self.is_current:
            self.set_focus(body.query_one("#waiting"))

    def show_model(self, model: ReadModel) -> None:
        if self._body is not None:
            self._body.show(model, self.frame.clock.now())

    def tick(self, now: str) -> None:
        super().tick(now)
        if self._body is not None:
            self._body.show_panels(self.frame.model, now)

    @property
    def _panel(self) -> Panel | None:
        """The panel that has the focus."""
        if self._body is None:
            return None
        from screens.widgets.panel import Panel

        return self.focused if isinstance(self.focused, Panel) else None

    def decision_at_cursor(self) -> str | None:
        panel = self._panel
        return panel.cursor_key if panel is not None and panel.id == "waiting" else None

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        if self.frame.model.item(message.key) is not None:
            self.frame.open_item(message.key)

    def why_not(self, entry: Command) -> str:
        if entry.action == "copy_id" and (self._panel is None or self._panel.cursor_key is None):
            return "There is nothing under the cursor"
        return ""

    def action_next_panel(self) -> None:
        self.focus_next("Panel")

    @property
    def id_at_cursor(self) -> str:
        return (self._panel.cursor_key or "") if self._panel is not None else ""
