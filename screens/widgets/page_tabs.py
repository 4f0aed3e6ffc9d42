"""The names of an item's pages on one line, the shown one marked; where they don't fit, only that one."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

_GAP = 3


def tab_line(names: Sequence[str], current: int, width: int) -> Content:
    """The tabs for a width in cells."""
    parts = [
        Content.styled(name, "bold underline $primary" if place == current else "$text-muted")
        for place, name in enumerate(names)
    ]
    line = Content(" " * _GAP).join(parts)
    if line.cell_length <= width:
        return line
    return Content.assemble(
        ("‹ ", "$text-muted"),
        (names[current], "bold $primary"),
        (f" ›  {current + 1} of {len(names)}", "$text-muted"),
    )


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
        """On a narrow line, a click goes on to the next page."""
        start = self.gutter.left
        if sum(len(name) + _GAP for name in self._names) - _GAP > self.content_size.width:
            self.post_message(self.Picked((self.current + 1) % len(self._names)))
            return
        for place, name in enumerate(self._names):
            if start <= event.x < start + len(name):
                self.post_message(self.Picked(place))
            start += len(name) + _GAP
