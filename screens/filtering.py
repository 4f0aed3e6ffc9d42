"""What screens with a line to filter by share: opening it, taking a facet into it, and taking it away."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.widgets import Input

from screens.base import BaseScreen
from screens.widgets.virtual_table import VirtualTable


class FilterScreen(BaseScreen):
    """Has an `Input` of id `filter` above its table; `filter_changed` is told what is typed."""

    @property
    def table(self) -> VirtualTable[Any]:
        return self.query_one(VirtualTable)

    @property
    def filter(self) -> Input:
        return self.query_one("#filter", Input)

    def filter_changed(self, text: str) -> None:
        """Show what the filter finds."""

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self.filter_changed(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.table.focus()

    def action_filter(self) -> None:
        self.add_class("-filtering")
        self.set_focus(self.filter)

    def action_clear(self) -> None:
        """From the filter back to the table first; then the filter goes, then the marks."""
        if self.filter.value:
            self.filter.value = ""
        elif self.table.marks:
            self.table.clear_marks()
        if not self.filter.value:
            self.remove_class("-filtering")
        self.table.focus()

    def take_facet(self, facet: str | None) -> None:
        """A facet that was picked becomes part of the filter, in place of one of the same name."""
        if facet is None:
            return
        name = facet.partition(":")[0]
        kept = [part for part in self.filter.value.split() if not part.startswith(f"{name}:")]
        self.filter.value = " ".join([*kept, facet])
        self.add_class("-filtering")
