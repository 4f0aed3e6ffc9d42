"""One line under the header for what the owner should know; there only while there is something."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from screens.text import clean


class Notice(Widget):
    """The line's warning, as in `sandbox: limits only (bubblewrap is refused)`."""

    DEFAULT_CSS = """
    Notice {
        height: 1; padding: 0 1; display: none;
        background: $warning-muted; color: $text-warning;
    }
    Notice.-shown { display: block; }
    """

    text: reactive[str] = reactive("")

    def show(self, text: str) -> None:
        """Show a warning; an empty one takes the line away."""
        self.text = clean(text).replace("\n", " ")
        self.set_class(bool(self.text), "-shown")

    def render(self) -> Content:
        return Content.assemble(("! ", "bold"), self.text).truncate(self.size.width, ellipsis=True)
