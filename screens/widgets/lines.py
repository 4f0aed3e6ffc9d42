"""A few lines of text drawn for the width they get, and drawn again only when what they say changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from textual.content import Content
from textual.widget import Widget


class Lines(Widget):
    """`show` hands in what draws it for a width in cells, and a version: equal ones are not drawn again."""

    DEFAULT_CSS = "Lines { height: auto; }"

    _draw: Callable[[int], Content] | None = None
    _version: Hashable = None

    def show(self, draw: Callable[[int], Content], version: Hashable) -> None:
        if version != self._version:
            self._draw, self._version = draw, version
            self.refresh(layout=True)

    def render(self) -> Content:
        return self._draw(self.size.width) if self._draw and self.size.width else Content("")
