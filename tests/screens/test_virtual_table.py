"""The virtual table: cursor, scroll and marks by key; exact widths; cost of what can be seen."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest
from frame_kit import until
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from screens.widgets.columns import Cell, Column, cell_text, column_widths
from screens.widgets.virtual_table import Order, VirtualTable


@dataclass(frozen=True)
class Line:
    key: str
    text: str = ""


COLUMNS = (
    Column("key", "key", 6, keep=2),
    Column("text", "text", 10, grow=1, keep=3),
    Column("n", "n", 4, right=True),
)


class TableApp(App[None]):
    """A table and the messages that it sent."""

    def __init__(self, rows: list[Line], **options: Any) -> None:
        super().__init__()
        self._first, self._options = rows, options
        self.sent: list[Any] = []

    def compose(self) -> ComposeResult:
        table = VirtualTable[Line](
            COLUMNS,
            lambda row: (Cell(row.key), Cell(row.text, "warn"), Cell("7")),
            lambda row: row.key,
            **self._options,
        )
        yield table

    def on_mount(self) -> None:
        self.table.set_rows(self._first)
        self.table.focus()

    @property
    def table(self) -> VirtualTable[Line]:
        return self.query_one(VirtualTable)

    def on_virtual_table_row_chosen(self, message: VirtualTable.RowChosen) -> None:
        self.sent.append(message.key)

    def on_virtual_table_marks_changed(self, message: VirtualTable.MarksChanged) -> None:
        self.sent.append(message.marks)

    def say(self, text: str, *, severity: str = "information") -> None:
        self.sent.append(text)


def lines(*numbers: int) -> list[Line]:
    return [Line(f"k{number}", f"row {number}") for number in numbers]


def run(
    scenario: Callable[[Any], Coroutine[Any, Any, None]], rows: list[Line], height: int = 11, **options: Any
) -> None:
    async def main() -> None:
        app = TableApp(rows, **options)
        async with app.run_test(size=(40, height)) as pilot:
            await pilot.pause()
            await scenario(pilot)

    asyncio.run(main())


def shown(table: VirtualTable[Line]) -> list[str]:
    return [table.render_line(y).text for y in range(table.size.height)]


def test_keys_move_and_the_cursor_stays_in_view() -> None:
    async def scenario(pilot: Any) -> None:
        table = pilot.app.table
        for key, place in (
            ("j", 1),
            ("k", 0),
            ("up", 0),
            ("G", 99),
            ("down", 99),
            ("pageup", 90),
            ("g", 0),
            ("pagedown", 9),
        ):
            await pilot.press(key)
            assert table.cursor == place, key
            await until(pilot, lambda: any("▌" in line for line in shown(table)))

    run(scenario, lines(*range(100)))


def test_the_cursor_stays_on_its_key_and_at_its_height() -> None:
    async def scenario(pilot: Any) -> None:
        table = pilot.app.table
        table.move_to(50)
        await pilot.pause()
        height = 50 - table.scroll_offset.y
        table.set_rows(lines(*range(200, 230), *range(100)))
        await pilot.pause()
        assert table.cursor_row.key == "k50"
        assert table.cursor == 80
        assert table.cursor - table.scroll_offset.y == height
        table.set_rows(lines(*range(40, 60)))
        await pilot.pause()
        assert table.cursor_row.key == "k50"

    run(scenario, lines(*range(100)))


def test_a_cursor_out_of_view_does_not_move_what_is_read() -> None:
    async def scenario(pilot: Any) -> None:
        table = pilot.app.table
        table.set_rows(lines(*range(100, 103), *range(100)))
        await pilot.pause()
        assert table.cursor_row.key == "k0"

    run(scenario, lines(*range(100)))


def test_when_its_row_is_gone_the_cursor_takes_the_place() -> None:
    async def scenario(pilot: Any) -> None:
        table = pilot.app.table
        table.move_to(2)
        table.set_rows(lines(0, 1, 3))
        assert table.cursor_row.key == "k3"
        table.set_rows([])
        assert table.cursor_row is None
        await pilot.press("enter", "down", "space")
        assert pilot.app.sent == ["There is nothing in this list"] * 3
        table.set_rows(lines(5))
        assert table.cursor_row.key == "k5"

    run(scenario, lines(0, 1, 2, 3), markable=True)


def test_marks_are_by_key_and_survive_what_hides_them() -> None:
    async def scenario(pilot: Any) -> None:
        table = pilot.app.table
        await pilot.press("space")
        assert (table.marks, table.cursor) == ({"k0"}, 1)
        await pilot.press("down", "down", "ctrl+@")
        assert table.marks == {"k0", "k1", "k2", "k3"}
        table.set_rows(lines(7, 8))
        assert table.marks == {"k0", "k1", "k2", "k3"}
        table.set_rows(lines(*range(10)))
        assert shown(table)[1 + 2].startswith(" •")
        table.clear_marks()
        assert table.marks == frozenset()
        await pilot.press("ctrl+@")
        assert table.marks == {table.cursor_row.key}

    run(scenario, lines(*range(10)), markable=True)


def test_where_rows_cannot_be_marked_it_says_so() -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("space")
        assert pilot.app.sent == ["Rows can't be marked here"]

    run(scenario, lines(1))


def test_enter_and_a_double_click_open() -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("down", "enter")
        await pilot.click(VirtualTable, offset=(3, 3), times=2)
        await pilot.click(VirtualTable, offset=(3, 9), times=2)
        await pilot.pause()
        assert pilot.app.sent == ["k1", "k2"]
        assert pilot.app.table.cursor == 2

    run(scenario, lines(0, 1, 2))


def test_select_moves_to_a_key() -> None:
    async def scenario(pilot: Any) -> None:
        assert pilot.app.table.select("k77")
        assert pilot.app.table.cursor == 77
        assert not pilot.app.table.select("none")

    run(scenario, lines(*range(100)))


def test_the_head_shows_the_order() -> None:
    async def scenario(pilot: Any) -> None:
        table = pilot.app.table
        table.order = Order("text", descending=True)
        assert table.order == Order("text", descending=True)
        assert "text ▼" in shown(table)[0]
        assert shown(table)[0].rstrip().endswith("n")

    run(scenario, lines(1))


def test_every_line_is_exactly_as_wide_as_the_table() -> None:
    async def scenario(pilot: Any) -> None:
        assert {cell_len(line) for line in shown(pilot.app.table)} == {pilot.app.table.size.width}

    hostile = ["日本語" * 9, "🧑‍🚀" * 9, "é" * 40, "\x1b[41mx\n\ty", "a" * 500, ""]
    run(scenario, [Line(f"k{place}", text) for place, text in enumerate(hostile)])


def test_no_head() -> None:
    async def scenario(pilot: Any) -> None:
        assert "k0" in shown(pilot.app.table)[0]

    run(scenario, lines(0), head=False)


@given(st.text(max_size=40), st.integers(1, 30), st.booleans())
def test_a_cell_fills_its_width_exactly(text: str, width: int, right: bool) -> None:
    made = cell_text(text, width, right)
    assert cell_len(made) == width
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in made)


@given(st.integers(1, 200))
def test_columns_fill_the_room_and_the_least_important_go_first(room: int) -> None:
    widths = column_widths(COLUMNS, room)
    shown_widths = [width for width in widths if width]
    assert shown_widths
    if room >= 23:
        assert sum(widths) + len(widths) == room
    if room < 23:
        assert widths[2] == 0
    assert sum(width + 1 for width in shown_widths) <= max(room, 12)


@pytest.mark.parametrize("count", [1_000, 100_000])
def test_only_what_is_seen_is_drawn(count: int) -> None:
    drawn: list[str] = []

    async def scenario(pilot: Any) -> None:
        table = pilot.app.table
        table._cells = lambda row: (drawn.append(row.key), (Cell(row.key), Cell(""), Cell("")))[1]
        rng = random.Random(3)
        for _ in range(5):
            table.move_to(rng.randrange(count))
            await pilot.pause()
        assert 0 < len(drawn) < 200

    run(scenario, [Line(str(number)) for number in range(count)])
