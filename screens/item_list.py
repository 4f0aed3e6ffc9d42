"""What screens with a table of items share: the cursor's item is shown and opened, rows are marked."""

from __future__ import annotations

from textual import on

from screens.base import BaseScreen
from screens.widgets.virtual_table import VirtualTable
from store.views.model import ItemRow


class ItemListScreen(BaseScreen):
    """Has one `VirtualTable` of items; what stands around it follows the cursor and the marks."""

    AUTO_FOCUS = "VirtualTable"

    @property
    def table(self) -> VirtualTable[ItemRow]:
        return self.query_one(VirtualTable)

    def describe(self) -> None:
        """Bring the lines around the table up to date: how many there are, how many are marked."""

    def preview(self) -> None:
        """Show the item that the cursor is on."""

    @on(VirtualTable.RowHighlighted)
    def _highlighted(self) -> None:
        self.preview()
        self.refresh_commands()

    @on(VirtualTable.MarksChanged)
    def _marks_changed(self) -> None:
        self.describe()
        self.refresh_commands()

    @on(VirtualTable.RowChosen)
    def _open(self, message: VirtualTable.RowChosen) -> None:
        self.frame.open_item(message.key)

    @property
    def id_at_cursor(self) -> str:
        row = self.table.cursor_row
        return row.id if row is not None else ""

    def action_clear(self) -> None:
        self.table.clear_marks()
