"""A small framed list: entries of a few styled lines, a cursor, and what it says when it is empty."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.commands import Command, bindings
from screens.frame import CommandTarget

FRAME, COUNTED = 2, 40
CURSOR = "bold $block-cursor-foreground on $block-cursor-background"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be opened: its key, and a function that draws its lines for a width in cells."""

    key: str
    draw: Callable[[int], list[Content]]


class Panel(CommandTarget, Widget, can_focus=True):
    """Draws the entries that fit, says how many don't, and keeps its cursor on a key."""

    BINDINGS = bindings("list")
    DEFAULT_CSS = """
    Panel {
        border: round $border-blurred; padding: 0 1; background: $background; color: $foreground;
        border-title-color: $foreground; border-title-style: bold; border-subtitle-color: $text-muted;
        &:focus { border: round $border; border-title-color: $primary; }
    }
    """

    entries: reactive[tuple[Entry, ...]] = reactive((), init=False)
    cursor: reactive[int] = reactive(0, init=False)

    class Chosen(Message):
        """An entry was opened."""

        def __init__(self, panel: Panel, key: str) -> None:
            super().__init__()
            self.panel, self.key = panel, key

    class CursorMoved(Message):
        """The cursor stands on another entry."""

    def __init__(self, title: str, *, leads_to: str = "", id: str | None = None) -> None:
        """`leads_to` says on the frame which key shows more of it, as in `5 inbox`."""
        super().__init__(id=id)
        self.border_title, self._leads_to = title, leads_to
        self._empty = Content("")
        self._version: Hashable = None

    def show(self, entries: Sequence[Entry], version: Hashable, empty: Content) -> None:
        """Show entries, or `empty`; `version` is what they are drawn from: equal ones are not drawn again."""
        if version == self._version:
            return
        key = self.cursor_key
        self._version, self._empty = version, empty
        self.set_reactive(Panel.entries, tuple(entries))
        keys = [entry.key for entry in entries]
        place = keys.index(key) if key in keys else min(self.cursor, max(0, len(keys) - 1))
        self.set_reactive(Panel.cursor, place)
        self._say_rest()
        self.refresh()

    @property
    def wanted_height(self) -> int:
        """Rows that its entries would take, its frame among them; a long list is counted in part."""
        width = max(1, self.size.width)
        if not self.entries:
            return len(self._empty.wrap(width)) + FRAME
        return sum(len(entry.draw(width)) for entry in self.entries[:COUNTED]) + FRAME

    @property
    def cursor_key(self) -> str | None:
        return self.entries[self.cursor].key if self.entries else None

    def why_not(self, entry: Command) -> str:
        if entry.action in ("mark", "mark_range"):
            return "Rows can't be marked here"
        return "" if self.entries else "There is nothing in this list"

    def action_down(self) -> None:
        self._move(self.cursor + 1)

    def action_up(self) -> None:
        self._move(self.cursor - 1)

    def action_first(self) -> None:
        self._move(0)

    def action_last(self) -> None:
        self._move(len(self.entries) - 1)

    def action_page_down(self) -> None:
        self._move(self.cursor + max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        self._move(self.cursor - max(1, self.size.height - 1))

    def action_open(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Chosen(self, self.cursor_key))

    def _move(self, place: int) -> None:
        place = max(0, min(len(self.entries) - 1, place))
        if place != self.cursor:
            self.cursor = place
            self.post_message(self.CursorMoved())

    def on_click(self, event: events.Click) -> None:
        for first, last, index in self._layout()[1]:
            if first <= event.y - self.gutter.top < last:
                self._move(index)
                if event.chain == 2:
                    self.action_open()

    def render(self) -> Content:
        lines = self._layout()[0]
        return Content("\n").join(lines)

    def _layout(self) -> tuple[list[Content], list[tuple[int, int, int]]]:
        """The lines that can be seen; for each entry its first line, the one after its last, its index."""
        width, height = self.size
        if not self.entries:
            return self._empty.wrap(max(1, width))[:height] if width else [], []
        drawn = [entry.draw(width) for entry in self.entries]
        start = self._first_shown(drawn, height)
        lines: list[Content] = []
        spans = []
        for index in range(start, len(drawn)):
            if len(lines) + len(drawn[index]) > height:
                break
            spans.append((len(lines), len(lines) + len(drawn[index]), index))
            lines += self._with_cursor(drawn[index], index, width)
        return lines, spans

    def _first_shown(self, drawn: list[list[Content]], height: int) -> int:
        """The first entry so that the one under the cursor can be seen."""
        start, used = self.cursor, len(drawn[self.cursor])
        while start > 0 and used + len(drawn[start - 1]) <= height:
            start -= 1
            used += len(drawn[start])
        return start

    def _with_cursor(self, lines: list[Content], index: int, width: int) -> list[Content]:
        if index != self.cursor or not self.has_focus:
            return lines
        return [Content.styled(line.truncate(width, pad=True).plain, CURSOR) for line in lines]

    def _say_rest(self) -> None:
        """On the frame: how many entries there are above and below those that can be seen."""
        spans = self._layout()[1]
        above = spans[0][2] if spans else 0
        below = len(self.entries) - above - len(spans)
        parts = [f"{count} more {sign}" for count, sign in ((above, "↑"), (below, "↓")) if count]
        self.border_subtitle = " · ".join([*parts, self._leads_to] if self._leads_to else parts)

    def on_resize(self) -> None:
        self._say_rest()

    def watch_cursor(self) -> None:
        self._say_rest()
