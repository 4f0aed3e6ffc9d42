"""The names of pages on one line, the shown one marked; where they do not fit, it alone or its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

_GAPS = (3, 2)
_AROUND = 8
"""Names from which on those around the shown one are more use than its place alone."""


class Tab(NamedTuple):
    """Where a name stands: first cell, cell after the last, the page's place."""

    start: int
    end: int
    place: int


def tab_line(names: Sequence[str], current: int, width: int) -> Content:
    """The tabs for a width in cells."""
    tabs = placed(names, current, width)
    if not tabs:
        return Content.assemble(
            ("‹ ", "$text-muted"),
            (names[current], "bold $primary"),
            (f" ›  {current + 1} of {len(names)}", "$text-muted"),
        )
    line = Content("")
    for tab in tabs:
        style = "bold underline $primary" if tab.place == current else "$text-muted"
        line = line.pad_right(tab.start - line.cell_length) + Content.styled(names[tab.place], style)
    if tabs[0].place:
        line = Content.styled("‹ ", "$text-muted") + line[2:]
    return line + Content.styled(" ›", "$text-muted") if tabs[-1].place < len(names) - 1 else line


def placed(names: Sequence[str], current: int, width: int) -> list[Tab]:
    """The names that have room, and where; none where only the shown one is told."""
    for gap in _GAPS:
        if sum(map(len, names)) + gap * (len(names) - 1) <= width:
            return _row(names, range(len(names)), gap, 0)
    if len(names) < _AROUND:
        return []
    first = last = current
    room = width - len(names[current]) - 4  # the signs that there are more, at both ends
    while True:
        grown = room
        if last < len(names) - 1 and len(names[last + 1]) + 2 <= room:
            last += 1
            room -= len(names[last]) + 2
        if first > 0 and len(names[first - 1]) + 2 <= room:
            first -= 1
            room -= len(names[first]) + 2
        if room == grown:
            break
    return _row(names, range(first, last + 1), 2, 2 if first else 0) if last > first else []


def _row(names: Sequence[str], places: Sequence[int], gap: int, start: int) -> list[Tab]:
    tabs = []
    for place in places:
        tabs.append(Tab(start, start + len(names[place]), place))
        start += len(names[place]) + gap
    return tabs


class PageTabs(Widget):
    """Shows which page is open; a click opens another."""

    DEFAULT_CSS = """
    PageTabs { height: 1; padding: 0 1; background: $background; }
    """

    current: reactive[int] = reactive(0)

    class Picked(Message):
        """A page was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, names: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._names = tuple(names)

    def render(self) -> Content:
        return tab_line(self._names, self.current, self.content_size.width)

    def on_click(self, event: events.Click) -> None:
        """On a line that has the shown name only, a click goes on to the next page."""
        tabs = placed(self._names, self.current, self.content_size.width)
        if not tabs:
            self.post_message(self.Picked((self.current + 1) % len(self._names)))
            return
        at = event.x - self.gutter.left
        for tab in tabs:
            if tab.start <= at < tab.end:
                self.post_message(self.Picked(tab.place))
