"""A scrolling part of a dialog, as high as its content while that leaves room for what stands beside it."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.widget import Widget

_LEAST = 2
"""Lines that stay even where there is no room."""


class FittingScroll(VerticalScroll, can_focus=False):
    """Takes the height that its siblings and the frame around it leave of the screen."""

    DEFAULT_CSS = """
    FittingScroll { height: auto; scrollbar-size-vertical: 1; }
    """

    def refit(self) -> None:
        """What stands beside it has changed its height."""
        self.clear_cached_dimensions()
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        wanted = super().get_content_height(container, viewport, width)
        frame = self.parent
        if not isinstance(frame, Widget):
            return wanted
        beside = sum(
            _height(child, container, viewport)
            for child in frame.children
            if child is not self and child.display
        )
        room = viewport.height - frame.gutter.height - frame.styles.margin.height - beside
        return max(min(wanted, room), _LEAST)


def _height(widget: Widget, container: Size, viewport: Size) -> int:
    """A sibling's whole height, margins included."""
    width = max(container.width - widget.gutter.width, 1)
    content = widget.get_content_height(container, viewport, width)
    return content + widget.gutter.height + widget.styles.margin.height
