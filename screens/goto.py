"""`:` goes to a screen by its name, or to an item by its id or a word of its title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from screens.commands import command, shown_keys
from screens.frame import frame_of
from screens.picker import Choice, Picker
from screens.states import state
from screens.widgets.columns import Cell, Column
from screens.widgets.footer import MODES
from store.views.model import ItemRow, ReadModel
from store.views.search import folded

SHOWN = 12
"""Items offered at most: a word more narrows them."""


class GoToScreen(Picker):
    """The result is `app.<mode>` for a screen, or an item's id."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("id", "id", 10, keep=4),
        Column("name", "name", 20, grow=1, keep=3),
        Column("state", "state", 17, keep=1),
    )
    HEADING = "Go to"
    ASKS = "a screen, an id (42, BKL-0042) or words"

    def choices(self, text: str) -> Sequence[Choice]:
        frame = frame_of(self)
        wanted = folded(text).split()
        screens = [_screen_choice(name, shown_keys(command(name), frame.keys)) for name in MODES]
        fitting = [choice for choice in screens if all(word in choice.found_by for word in wanted)]
        if not wanted:
            return screens
        named = [each for each in fitting if folded(each.cells[1].text).startswith(" ".join(wanted))]
        others = [each for each in fitting if each not in named]
        return [*named, *(item_choice(row) for row in items(frame.model, text)), *others]


def items(model: ReadModel, text: str) -> Sequence[ItemRow]:
    """The items that a text means: the one of that id or number, else the newest with all its words."""
    text = text.strip()
    exact = model.item(text.upper()) or (model.item(f"BKL-{int(text):04d}") if text.isdecimal() else None)
    if exact is not None:
        return [exact]
    wanted = folded(text).split()
    found: list[ItemRow] = []
    for row in reversed(model.itens):
        if all(word in row.busca for word in wanted):
            found.append(row)
            if len(found) == SHOWN:
                break
    return found


def item_choice(row: ItemRow) -> Choice:
    shown = state(row.estado, humano=row.humano)
    return Choice(row.id, (Cell(row.id, "accent"), Cell(row.titulo), Cell(shown.label, "quiet")), row.busca)


def _screen_choice(name: str, keys: str) -> Choice:
    entry = command(name)
    cells = (Cell(keys, "accent"), Cell(entry.label), Cell("screen", "quiet"))
    return Choice(name, cells, folded(f"{keys} {entry.label} {entry.help}"))
