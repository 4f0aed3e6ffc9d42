"""A list as Textual has it, and nothing else: what the program's own times are measured by."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import DataTable

READY = "READY-MARK"


class Bare(App[None]):
    """A table that fills the screen; `j`, `k`, `g`, `G` move its cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        (key, f"app.move('{action}')", action)
        for key, action in (
            ("j", "cursor_down"),
            ("k", "cursor_up"),
            ("g", "scroll_top"),
            ("G", "scroll_bottom"),
        )
    ]

    def compose(self) -> ComposeResult:
        table: DataTable[str] = DataTable(cursor_type="row")
        table.add_columns(READY, "status", "type", "spec", "changed")
        for number in range(200):
            table.add_row(f"BKL-{number:04d}", "done", "build", f"spec {number}", "now")
        yield table

    def action_move(self, action: str) -> None:
        getattr(self.query_one(DataTable), f"action_{action}")()


if __name__ == "__main__":
    Bare().run()
