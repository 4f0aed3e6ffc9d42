"""A page of evidence: lines drawn for the width that there is, again only when width or subject change."""

from __future__ import annotations

from collections.abc import Callable

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

Source = Callable[[int], list[Content]]


def fixed(lines: list[Content]) -> Source:
    """A page whose lines are the same for every width."""
    return lambda _: lines


class Sheet(Widget):
    """As high as its lines; a line that is wider than the sheet is folded, never lost."""

    DEFAULT_CSS = """
    Sheet { height: auto; width: 1fr; color: $foreground; }
    """

    def __init__(self, source: Source | None = None, *, id: str | None = None) -> None:
        """`source` gives the lines for a width in cells."""
        super().__init__(id=id)
        self._source = source or fixed([])
        self._drawn: tuple[int, Content] | None = None

    def show(self, source: Source) -> None:
        """Show another page."""
        self._source = source
        self.redraw()

    def redraw(self) -> None:
        """Draw the same page anew: what it is drawn from has changed."""
        self._drawn = None
        self.clear_cached_dimensions()
        self.refresh(layout=True)

    @property
    def text(self) -> str:
        """The page as plain text, at the width it was last drawn for."""
        return self._page(self.content_size.width).plain

    def render(self) -> Content:
        return self._page(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return self._page(width).get_height({}, width) if width else 0

    def _page(self, width: int) -> Content:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = (width, Content("\n").join(self._source(max(width, 8))))
        return self._drawn[1]


class Reader(VerticalScroll):
    """Scrolls a sheet, by the arrows or as in vim."""

    BINDINGS = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
        Binding("ctrl+f,space", "page_down", show=False),
    ]
    DEFAULT_CSS = """
    Reader { scrollbar-size-vertical: 1; }
    """
