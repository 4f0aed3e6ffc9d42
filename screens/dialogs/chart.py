"""One chart over a screen, fetched when it opens; any way out leads back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from screens.evidence.layout import STRONG, span
from screens.widgets.chart import ChartView
from store.errors import OficinaError
from store.metrics.model import Chart


class ChartDialog(ModalScreen[None]):
    """A picture, or its numbers; decides nothing."""

    DEFAULT_CSS = """
    ChartDialog {
        align: center middle; background: $background 60%;
        & > #chart-frame {
            width: 100%; height: 100%; margin: 1 2; padding: 0 1;
            background: $surface; border: round $secondary;
            border-title-color: $foreground; border-subtitle-color: $text-muted;
        }
    }
    """
    AUTO_FOCUS = None
    BINDINGS = [
        ("escape", "leave", "back"),
        ("q", "leave", "back"),
        ("enter", "leave", "back"),
        ("t", "numbers", "numbers"),
    ]

    def __init__(self, title: str, fetch: Callable[[], Awaitable[Chart]]) -> None:
        """`title` stands there until the chart that `fetch` brings has its own."""
        super().__init__()
        self._heading, self._fetch = title, fetch
        self._view, self._chart, self._numbers = ChartView(), Chart("", title, "line", "", ()), False

    def compose(self) -> ComposeResult:
        with Vertical(id="chart-frame") as frame:
            frame.border_title = span(self._heading, STRONG)
            frame.border_subtitle = Content("t numbers · esc back")
            yield self._view

    def on_mount(self) -> None:
        self.run_worker(self._load(), group="load")

    async def _load(self) -> None:
        try:
            self._chart = await self._fetch()
        except OficinaError as error:
            self._chart = Chart("", self._heading, "line", "", (), vazio=str(error))
        if self.is_attached:
            self.query_one("#chart-frame").border_title = span(self._chart.titulo, STRONG)
            self._view.show(self._chart, numbers=self._numbers)

    def action_numbers(self) -> None:
        self._numbers = not self._numbers
        self._view.show(self._chart, numbers=self._numbers)

    def action_leave(self) -> None:
        if self.is_active:
            self.dismiss(None)
