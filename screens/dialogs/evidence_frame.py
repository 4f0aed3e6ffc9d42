"""The frame around a decision: its question above, who asked and what else waits below, evidence within."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from screens.dialogs.fitting import FittingScroll
from screens.evidence.decision import evidence
from screens.evidence.layout import STRONG, blank, paragraph, span
from screens.evidence.titles import question
from screens.evidence.values import count
from screens.frame import frame_of
from screens.states import kind
from screens.text import ago
from screens.widgets.header import awake
from screens.widgets.sheet import Sheet
from store.views.model import ItemDetail

_BORDER = 4
"""Cells that border and padding take from the title's line."""


class EvidenceFrame(Vertical):
    """Draws the evidence for the width that there is; `below` are the widgets under it."""

    def __init__(self, detail: ItemDetail, below: Iterable[Widget]) -> None:
        super().__init__(id="dialog")
        self._detail, self._below = detail, tuple(below)
        self._sheet = Sheet(self._page, id="evidence")
        self.scroll = FittingScroll(id="scroll")

    def compose(self) -> ComposeResult:
        with self.scroll:
            yield self._sheet
        yield from self._below

    def on_resize(self) -> None:
        self.retitle()

    def retitle(self) -> None:
        """Bring the frame's two lines up to date: times pass, and other decisions come and go."""
        short = kind(str(self._detail.item.get("tipo", "")))
        title = question(self._detail) if self._fits(self._sheet.content_size.width) else short
        self.border_title = span(title, STRONG)
        self.border_subtitle = self._asked_by(frame_of(self).clock.now())

    def scroll_page(self, step: int) -> None:
        """Scroll the evidence by a page; the focus stays where it is."""
        self.scroll.scroll_relative(y=step * max(self.scroll.size.height - 1, 1), animate=False)

    def _page(self, width: int) -> list[Content]:
        """The evidence; the question stands above it where the border has no room for it."""
        lines = evidence(self._detail, frame_of(self).clock.now(), width)
        if self._fits(width):
            return lines
        return [*paragraph(question(self._detail), width, style=STRONG), blank(), *lines]

    def _fits(self, width: int) -> bool:
        return span(question(self._detail)).cell_length <= width - _BORDER

    def _asked_by(self, now: str) -> Content:
        item = self._detail.item
        since = str(item.get("pendente_em") or item.get("criado_em") or "")
        asked = f"{item.get('id', '')} · asked {ago(since, now)} by {item.get('produtor', '')}"
        others = sum(row.id != item.get("id") for row in awake(frame_of(self).model.decisoes, now))
        return span(f"{asked} · {count(others, 'more waits', 'more wait')}" if others else asked)
