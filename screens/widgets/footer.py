"""The line at the bottom: the few keys that matter here, greyed where they can't be used, and the modes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from screens.commands import Command, command, shown_key
from screens.frame import frame_of, run_on

WITH_MODES = 70
"""From this width on, the footer has the modes too."""
ROOM_FOR_KEYS = 38
"""Cells that must be left for the keys beside the modes' names; else only the current one has its name."""
MODES = (
    "app.overview",
    "app.sprint",
    "app.backlog",
    "app.blocked",
    "app.decisions",
    "app.metrics",
    "app.actors",
    "app.events",
    "app.failures",
)


class FooterEntry(NamedTuple):
    """A command, and whether it can be used now."""

    command: Command
    usable: bool


class Placed(NamedTuple):
    """Where a key stands: first cell, cell after the last, and what a click on it runs."""

    start: int
    end: int
    command: Command


def footer_line(
    entries: Sequence[FooterEntry], mode: str, keymap: Mapping[str, str], width: int
) -> tuple[Content, list[Placed]]:
    """The footer for a width: modes at the left where there is room for them, then as many keys as fit."""
    keys = [(_key(entry.command, keymap, usable=entry.usable), entry.command) for entry in entries]
    modes = _modes(mode, keymap, width) if width >= WITH_MODES else []
    shown = _fitting(keys, width - _length(modes))
    gap = max(0, width - _length(modes) - _length(shown) + 2) if modes else 0
    return _place(modes, gap, shown)


def _modes(mode: str, keymap: Mapping[str, str], width: int) -> list[tuple[Content, Command]]:
    """Every mode with its key and name; where that leaves too little, only the current one has its name."""
    named = [(_mode(command(name), keymap, name == f"app.{mode}"), command(name)) for name in MODES]
    if width - _length(named) >= ROOM_FOR_KEYS:
        return named
    return [
        (
            part if entry.id == f"app.{mode}" else Content.styled(shown_key(entry, keymap), "$text-muted"),
            entry,
        )
        for part, entry in named
    ]


def _length(parts: Sequence[tuple[Content, Command]]) -> int:
    """Cells of some parts, each with the two blanks after it."""
    return sum(part.cell_length + 2 for part, _ in parts)


def _fitting(keys: Sequence[tuple[Content, Command]], width: int) -> list[tuple[Content, Command]]:
    """The keys that fit, those of the highest rank left out first; help is kept before any other."""
    kept = list(keys)
    while kept and _length(kept) - 2 > width:
        drop = next(
            (at for at in range(len(kept) - 1, -1, -1) if kept[at][1].id != "app.help"), len(kept) - 1
        )
        del kept[drop]
    return kept


def _place(
    modes: list[tuple[Content, Command]], gap: int, keys: list[tuple[Content, Command]]
) -> tuple[Content, list[Placed]]:
    line, placed = Content(""), []
    for index, (part, entry) in enumerate((*modes, *keys)):
        if index == len(modes):
            line += " " * gap
        start = line.cell_length
        line += part + "  "
        placed.append(Placed(start, start + part.cell_length, entry))
    return line, placed


def _key(entry: Command, keymap: Mapping[str, str], *, usable: bool) -> Content:
    key = shown_key(entry, keymap)
    if not usable:
        return Content.styled(f"{key} {entry.label}", "$text-disabled")
    return Content.assemble((key, "bold $footer-key-foreground"), (f" {entry.label}", "$foreground"))


def _mode(entry: Command, keymap: Mapping[str, str], current: bool) -> Content:
    key = shown_key(entry, keymap)
    style = "bold underline $primary" if current else "$text-muted"
    return Content.assemble((f"{key} ", "$text-muted"), (entry.label, style))


class CommandFooter(Widget):
    """Shows what the registry ranks for this screen; a click runs it."""

    DEFAULT_CSS = """
    CommandFooter { height: 1; padding: 0 1; background: $panel; }
    """

    entries: reactive[tuple[FooterEntry, ...]] = reactive(())
    covered: reactive[bool] = reactive(False)
    """True while a dialog lies over the screen: the keys here do nothing then."""

    def render(self) -> Content:
        return Content("") if self.covered else self._line()[0]

    async def on_click(self, event: events.Click) -> None:
        if self.covered:
            return
        for placed in self._line()[1]:
            if placed.start <= event.x - self.gutter.left < placed.end:
                await run_on(self.screen, placed.command.id)
                return

    def _line(self) -> tuple[Content, list[Placed]]:
        return footer_line(self.entries, self.app.current_mode, frame_of(self).keys, self.size.width)
