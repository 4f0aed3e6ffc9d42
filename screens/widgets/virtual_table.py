"""A table over any sequence of rows whose cost is that of the rows that can be seen, for 100,000 of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.commands import Command, bindings
from screens.frame import CommandTarget
from screens.widgets.columns import Cell, Column, cell_text, column_widths

Row = TypeVar("Row")
MARK, CURSOR = "•", "▌"
NEARBY = 200
"""Rows around its old place in which a key is looked for first."""


@dataclass(frozen=True, slots=True)
class Order:
    """The column that rows are sorted by, shown in the head; the rows come sorted."""

    column: str = ""
    descending: bool = False


class VirtualTable(CommandTarget, ScrollView, Generic[Row], can_focus=True):
    """Rows are drawn as they come into view. Cursor, scroll and marks follow the row's key, not its place."""

    BINDINGS = bindings("list")
    COMPONENT_CLASSES = {
        "table--head",
        "table--cursor",
        "table--marked",
        "table--primary",
        "table--accent",
        "table--good",
        "table--warn",
        "table--bad",
        "table--quiet",
        "table--strong",
    }
    DEFAULT_CSS = """
    VirtualTable {
        height: 1fr; background: $background; color: $foreground;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden;
        .table--head { color: $text-muted; text-style: bold; background: $surface; }
        .table--cursor {
            background: $block-cursor-blurred-background; color: $block-cursor-blurred-foreground;
        }
        .table--marked { color: $text-accent; }
        .table--primary { color: $text-primary; }
        .table--accent { color: $text-accent; }
        .table--good { color: $text-success; }
        .table--warn { color: $text-warning; }
        .table--bad { color: $text-error; }
        .table--quiet { color: $text-muted; }
        .table--strong { text-style: bold; }
        &:focus .table--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False, init=False)

    class RowHighlighted(Message):
        """The cursor stands on another row; key is None when there are no rows."""

        def __init__(self, table: VirtualTable[object], key: str | None) -> None:
            super().__init__()
            self.table, self.key = table, key

        @property
        def control(self) -> VirtualTable[object]:
            return self.table

    class RowChosen(Message):
        """A row was opened, by enter or a double click."""

        def __init__(self, table: VirtualTable[object], key: str) -> None:
            super().__init__()
            self.table, self.key = table, key

        @property
        def control(self) -> VirtualTable[object]:
            return self.table

    class MarksChanged(Message):
        """Rows were marked or unmarked."""

        def __init__(self, table: VirtualTable[object], marks: frozenset[str]) -> None:
            super().__init__()
            self.table, self.marks = table, marks

        @property
        def control(self) -> VirtualTable[object]:
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        cells: Callable[[Row], Sequence[Cell]],
        key: Callable[[Row], str],
        *,
        head: bool = True,
        markable: bool = False,
        id: str | None = None,
    ) -> None:
        """`cells` gives one cell a column for a row, `key` what the row is known by."""
        super().__init__(id=id)
        self._columns, self._cells, self._key = tuple(columns), cells, key
        self._rows: Sequence[Row] = ()
        self._head, self._markable = int(head), markable
        self._gutter_width = 3 if markable else 2
        self._marks: set[str] = set()
        self._last_marked: str | None = None
        self._cursor_key: str | None = None
        self._order = Order()
        self._widths: list[int] = []

    # What it holds

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    @property
    def cursor_row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self._rows else None

    @property
    def marks(self) -> frozenset[str]:
        """The keys that are marked, also those that a filter hides now."""
        return frozenset(self._marks)

    @property
    def order(self) -> Order:
        return self._order

    @order.setter
    def order(self, order: Order) -> None:
        if order != self._order:
            self._order = order
            self.refresh()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; the cursor stays on its key, and at its height on screen, while that is there."""
        before, old = self.cursor, self._cursor_key
        seen = self._is_seen(before)
        self._rows = rows
        place = self._place_of(old, before)
        self.virtual_size = Size(0, len(rows) + self._head)
        self.set_reactive(VirtualTable.cursor, place)
        self._cursor_key = self._key(rows[place]) if rows else None
        if place != before and seen:
            self.scroll_to(y=max(0, self.scroll_offset.y + place - before), animate=False, force=True)
        if seen:  # else the owner has scrolled away from it, and goes on looking there
            self._keep_in_view()
        self.refresh()
        if self._cursor_key != old or old is None:
            self.post_message(self.RowHighlighted(cast("VirtualTable[object]", self), self._cursor_key))

    def select(self, key: str) -> bool:
        """Move the cursor to a key; False when no row has it."""
        place = self._find(key)
        if place is None:
            return False
        self.move_to(place)
        return True

    def clear_marks(self) -> None:
        self._marks.clear()
        self._last_marked = None
        self._marks_changed()

    def _place_of(self, key: str | None, near: int) -> int:
        """The index of a key: where it was, else found, else the nearest row that there is."""
        if not self._rows:
            return 0
        near = min(near, len(self._rows) - 1)
        if key is None or self._key(self._rows[near]) == key:
            return near
        around = range(max(0, near - NEARBY), min(len(self._rows), near + NEARBY))
        found = next((index for index in around if self._key(self._rows[index]) == key), None)
        found = self._find(key) if found is None else found
        return near if found is None else found

    def _find(self, key: str) -> int | None:
        try:
            return list(map(self._key, self._rows)).index(key)
        except ValueError:
            return None

    # Moving

    def move_to(self, index: int) -> None:
        """Put the cursor on a row and bring it into view."""
        if self._rows:
            self.cursor = max(0, min(len(self._rows) - 1, index))
            self._keep_in_view()

    def watch_cursor(self, old: int, new: int) -> None:
        for index in (old, new):
            self.refresh(Region(0, index + self._head - self.scroll_offset.y, self.size.width, 1))
        self._cursor_key = self._key(self._rows[new]) if self._rows else None
        self.post_message(self.RowHighlighted(cast("VirtualTable[object]", self), self._cursor_key))

    @property
    def _page(self) -> int:
        return max(1, self.size.height - self._head)

    def _is_seen(self, index: int) -> bool:
        return self.scroll_offset.y <= index < self.scroll_offset.y + self._page

    def _keep_in_view(self) -> None:
        top = self.scroll_offset.y
        if not self.size.height:
            return
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self._page:
            self.scroll_to(y=self.cursor - self._page + 1, animate=False, force=True)

    def action_down(self) -> None:
        self.move_to(self.cursor + 1)

    def action_up(self) -> None:
        self.move_to(self.cursor - 1)

    def action_page_down(self) -> None:
        self.move_to(self.cursor + self._page - 1)

    def action_page_up(self) -> None:
        self.move_to(self.cursor - self._page + 1)

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        self.move_to(len(self._rows) - 1)

    def action_open(self) -> None:
        if self._cursor_key is not None:
            self.post_message(self.RowChosen(cast("VirtualTable[object]", self), self._cursor_key))

    def action_mark(self) -> None:
        if self._markable and self._cursor_key is not None:
            self._marks ^= {self._cursor_key}
            self._last_marked = self._cursor_key
            self._marks_changed()
            self.move_to(self.cursor + 1)

    def action_mark_range(self) -> None:
        start = self._find(self._last_marked) if self._last_marked else None
        if not self._markable or self._cursor_key is None:
            return
        first, last = sorted((self.cursor if start is None else start, self.cursor))
        self._marks |= {self._key(row) for row in self._rows[first : last + 1]}
        self._last_marked = self._cursor_key
        self._marks_changed()

    def why_not(self, entry: Command) -> str:
        if not self._rows:
            return "There is nothing in this list"
        if entry.action in ("mark", "mark_range") and not self._markable:
            return "Rows can't be marked here"
        return ""

    def _marks_changed(self) -> None:
        self.refresh()
        self.post_message(self.MarksChanged(cast("VirtualTable[object]", self), self.marks))

    async def on_click(self, event: events.Click) -> None:
        index = event.y - self._head + self.scroll_offset.y
        if event.y >= self._head and index < len(self._rows):
            self.move_to(index)
            if event.chain == 2:
                self.action_open()

    def on_resize(self) -> None:
        self._keep_in_view()

    # Drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        self._widths = column_widths(self._columns, width - self._gutter_width)
        if self._head and y == 0:
            return self._head_strip(width)
        index = y - self._head + self.scroll_offset.y
        base = self.rich_style
        if not 0 <= index < len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[index]
        key = self._key(row)
        at_cursor = index == self.cursor
        style = base + self.get_component_rich_style("table--cursor", partial=True) if at_cursor else base
        segments = [self._gutter(style, at_cursor, key in self._marks)]
        segments += self._row_segments(row, style, at_cursor)
        return Strip(segments).adjust_cell_length(width, style)

    def _gutter(self, style: Style, at_cursor: bool, marked: bool) -> Segment:
        text = ((CURSOR if at_cursor else " ") + (MARK if marked else " ")).ljust(self._gutter_width)
        accent = self.get_component_rich_style("table--marked", partial=True)
        return Segment(text, style + accent if at_cursor or marked else style)

    def _row_segments(self, row: Row, style: Style, at_cursor: bool) -> list[Segment]:
        segments = []
        for cell, column, width in zip(self._cells(row), self._columns, self._widths, strict=True):
            if not width:
                continue
            tint = style
            if cell.style and not (
                at_cursor and self.has_focus
            ):  # the cursor's own colours can always be read
                tint = style + self.get_component_rich_style(f"table--{cell.style}", partial=True)
            segments.append(Segment(cell_text(cell.text, width, column.right) + " ", tint))
        return segments

    def _head_strip(self, width: int) -> Strip:
        style = self.rich_style + self.get_component_rich_style("table--head", partial=True)
        segments = [Segment(" " * self._gutter_width, style)]
        for column, room in zip(self._columns, self._widths, strict=True):
            if room:
                arrow = (" ▼" if self._order.descending else " ▲") if column.key == self._order.column else ""
                segments.append(Segment(cell_text(column.title + arrow, room, column.right) + " ", style))
        return Strip(segments).adjust_cell_length(width, style)
