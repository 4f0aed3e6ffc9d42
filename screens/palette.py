"""The palette: every command that works here and every item, found by a few letters; enter runs or opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from screens.commands import command
from screens.frame import frame_of
from screens.goto import item_choice, items
from screens.help import HelpScreen
from screens.picker import Choice
from screens.widgets.columns import Cell, Column
from store.views.search import folded


class PaletteScreen(HelpScreen):
    """The result is a command's id or an item's."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("keys", "keys", 12, keep=3),
        Column("name", "name", 16, keep=2, at_least=50),
        Column("help", "help", 12, grow=1, keep=4),
        Column("where", "where", 9, keep=1, at_least=80),
    )
    HEADING = "Palette"
    ASKS = "a command or an item"
    HINT = "enter runs or opens · esc closes"

    def choices(self, text: str) -> Sequence[Choice]:
        commands = [_named(row) for row in super().choices("") if not row.key.startswith("list.")]
        letters = folded(text).strip()
        if not letters:
            return commands
        scored = [(score, row) for row in commands if (score := closeness(letters, row.found_by)) is not None]
        best = [row for _, row in sorted(scored, key=lambda pair: pair[0])]
        return [*best, *(_as_command(item_choice(row)) for row in items(frame_of(self).model, text))]


def _named(choice: Choice) -> Choice:
    """A command's row with its name beside its keys."""
    keys, words, where = choice.cells
    label = command(choice.key).label
    told = Cell(words.text.removeprefix(f"{label}: "), words.style)
    return replace(choice, cells=(keys, Cell(label, words.style or "strong"), told, where))


def closeness(letters: str, text: str) -> int | None:
    """How far apart the letters stand in the text, in order; None when they don't. A word is nearest."""
    at = text.find(letters)
    if at >= 0:
        return at
    place, spread = -1, len(text)
    for letter in letters.replace(" ", ""):
        found = text.find(letter, place + 1)
        if found < 0 or (place >= 0 and found - place > 12):
            return None
        spread += found - place
        place = found
    return spread


def _as_command(choice: Choice) -> Choice:
    """An item's row in the palette's columns."""
    item_id, title, shown = choice.cells
    return replace(choice, cells=(item_id, shown, title, Cell("item", "quiet")), told=title.text)
