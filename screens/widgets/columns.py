"""Columns of a table: how wide each is for a width, and text that fills its cells exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from screens.text import clean


class Cell(NamedTuple):
    """Anybody's text, and one of the table's styles: primary, accent, good, warn, bad, quiet, strong."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in cells; one that grows shares what is left; the least `keep` goes first."""

    key: str
    title: str
    width: int
    grow: int = 0
    right: bool = False
    keep: int = 0
    at_least: int = 0
    """Cells of the whole table below which the column is left out."""


def column_widths(columns: Sequence[Column], room: int) -> list[int]:
    """Cells for each column, 0 for one that is left out; each shown one has a blank after it."""
    shown = [column for column in columns if column.at_least <= room]
    while len(shown) > 1 and sum(column.width + 1 for column in shown) > room:
        shown.remove(min(reversed(shown), key=lambda column: column.keep))
    spare = max(0, room - sum(column.width + 1 for column in shown))
    shares = sum(column.grow for column in shown)
    widths = {column.key: column.width + (spare * column.grow // shares if shares else 0) for column in shown}
    if len(shown) == 1:
        widths[shown[0].key] = min(widths[shown[0].key], max(1, room - 1))
    return [widths.get(column.key, 0) for column in columns]


def cell_text(text: str, width: int, right: bool = False) -> str:
    """One line of text in exactly `width` cells: cleaned, cut with … where it is longer."""
    text = clean(text).replace("\n", " ").replace("\t", " ")
    size = len(text) if text.isascii() else cell_len(text)
    if size > width:
        return set_cell_size(text, max(0, width - 1)) + "…"
    return " " * (width - size) + text if right else text + " " * (width - size)
