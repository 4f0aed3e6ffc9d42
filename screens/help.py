"""Help for where you are: every command that works here with its keys, searchable; enter runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.screen import Screen
from textual.widgets import Input

from screens.base import BaseScreen
from screens.commands import Command, scope, shown_keys
from screens.frame import frame_of, reason_against
from screens.picker import Choice, Picker
from screens.widgets.columns import Cell, Column
from screens.zone import zone_name
from store.views.search import folded

NAMES = {"app": "anywhere", "list": "in lists"}


def commands_here(screen: Screen[object]) -> Sequence[Command]:
    """The commands that work on a screen: its own first, then lists', then those that work anywhere."""
    scopes = screen.SCOPES if isinstance(screen, BaseScreen) else ()
    own = [name for name in scopes if name != "list"]
    lists = ["list"] if "list" in scopes else []
    return [entry for name in (*own, *lists, "app") for entry in scope(name)]


class HelpScreen(Picker):
    """One row a command; what can't be used now is greyed and says why."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("keys", "keys", 12, keep=3),
        Column("help", "help", 12, grow=1, keep=4),
        Column("where", "where", 9, keep=1, at_least=80),
    )
    HEADING = "Help"
    ASKS = "type to search"
    HINT = "enter runs it · esc closes"
    DEFAULT_CSS = """
    HelpScreen > .dialog { width: 92; }
    HelpScreen #told { height: 2; }
    """

    def __init__(self, behind: Screen[object]) -> None:
        super().__init__()
        self._behind = behind

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(".dialog").border_subtitle = f"{self.HINT} · times are in {zone_name()}"
        if isinstance(self._behind, BaseScreen) and self._behind.READ_MORE:
            self.query_one(Input).placeholder = f"{self.ASKS} · {self._behind.READ_MORE}"

    def choices(self, text: str) -> Sequence[Choice]:
        wanted = folded(text).split()
        rows = [self._choice(entry) for entry in commands_here(self._behind)]
        return [row for row in rows if all(word in row.found_by for word in wanted)]

    def _choice(self, entry: Command) -> Choice:
        keys = shown_keys(entry, frame_of(self).keys)
        reason = reason_against(self._behind, entry)
        words = f"{entry.label}: {reason}" if reason else entry.help
        where = NAMES.get(entry.scope, entry.scope)
        style = "quiet" if reason else ""
        cells = (Cell(keys, "quiet" if reason else "accent"), Cell(words, style), Cell(where, "quiet"))
        told = f"{entry.label}: {entry.help}" + (f" ({reason})" if reason else "")
        return Choice(entry.id, cells, folded(f"{keys} {entry.label} {entry.help} {words} {where}"), told)
