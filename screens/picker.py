"""A dialog with a line to type in and a list that it narrows: the ground of help, go to and facets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from screens.dialog import Dialog
from screens.early import TakesTyping
from screens.evidence.layout import span
from screens.text import clean
from screens.widgets.columns import Cell, Column
from screens.widgets.virtual_table import VirtualTable

_BESIDE, _TALLEST = 5, 18
"""Rows of a picker that are not its table's: frame, input, what is told; and the most that it takes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of the list: what it stands for, its cells, and the folded text that it is found by."""

    key: str
    cells: tuple[Cell, ...]
    found_by: str
    told: str = ""
    """All that there is to say of it, shown beneath the list while the cursor is on it."""


class Picker(TakesTyping, Dialog[str]):
    """Type to narrow, arrows to move, enter to pick: the key of the choice is the result."""

    DEFAULT_CSS = """
    Picker #told { height: auto; max-height: 2; padding: 0 1; color: $text-muted; }
    Picker #told.-wrong { color: $text-error; }
    """
    AUTO_FOCUS = "Input"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]
    BINDINGS = [
        ("escape", "close", "Close"),
        ("down", "cursor(1)", "Down"),
        ("up", "cursor(-1)", "Up"),
        ("pagedown", "cursor(10)", "Page down"),
        ("pageup", "cursor(-10)", "Page up"),
    ]
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    HEADING: ClassVar[str] = ""
    ASKS: ClassVar[str] = ""
    """What stands in the empty line."""
    HINT: ClassVar[str] = "enter picks · esc closes"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title, box.border_subtitle = self.HEADING, self.HINT
            yield Input(placeholder=self.ASKS, select_on_focus=False)
            table = VirtualTable[Choice](self.COLUMNS, lambda row: row.cells, lambda row: row.key, head=False)
            table.can_focus = False
            yield table
            yield Static(id="told", markup=False)

    def on_mount(self) -> None:
        self.narrow("")

    def choices(self, text: str) -> Sequence[Choice]:
        """The rows for what was typed, best first."""
        raise NotImplementedError

    def narrow(self, text: str) -> None:
        """Show what fits the text; the table is as high as it needs to be."""
        found = self.choices(clean(text))
        table = self.query_one(VirtualTable)
        table.set_rows(found)
        table.move_to(0)
        self._fit()
        self._tell()

    def _fit(self) -> None:
        """Make the table as high as its rows, as far as the line to type in and what is told leave room."""
        table = self.query_one(VirtualTable)
        room = self.size.height * 9 // 10 - _BESIDE
        table.styles.height = max(1, min(len(table.rows), room, _TALLEST))

    def on_resize(self) -> None:
        self._fit()

    def _tell(self) -> None:
        """Say beneath the list what the cursor is on, whole where its row had to be cut."""
        choice = self.query_one(VirtualTable).cursor_row
        line = self.query_one("#told", Static)
        line.remove_class("-wrong")
        line.update(span(choice.told if choice is not None else ""))

    @on(VirtualTable.RowHighlighted)
    def _highlighted(self, message: VirtualTable.RowHighlighted) -> None:
        message.stop()
        self._tell()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.narrow(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.pick(self.query_one(VirtualTable).cursor_row)

    @on(VirtualTable.RowChosen)
    def _chosen(self, message: VirtualTable.RowChosen) -> None:
        message.stop()
        self.pick(self.query_one(VirtualTable).cursor_row)

    def pick(self, choice: Choice | None) -> None:
        """The owner picked a row, or pressed enter where nothing fits."""
        if self.is_active and choice is not None:
            self.dismiss(choice.key)
        elif choice is None:
            line = self.query_one("#told", Static)
            line.add_class("-wrong")
            line.update(span(f"Nothing here is called «{self.query_one(Input).value}»"))

    def on_key(self, event: events.Key) -> None:
        """What is typed before the line has the focus."""
        if event.is_printable:
            event.stop()
            self.query_one(Input).post_message(events.Key(event.key, event.character))

    def action_cursor(self, by: int) -> None:
        table = self.query_one(VirtualTable)
        table.move_to(table.cursor + by)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.action_close()
