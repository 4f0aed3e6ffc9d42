"""A yes or no before something that can't be taken back; the focus starts on no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from screens.dialogs.armed import ArmedDialog
from screens.dialogs.fitting import FittingScroll
from screens.dialogs.options import Answer, AnswerLine, label_width
from screens.evidence.layout import STRONG, paragraph, span
from screens.widgets.sheet import Sheet

_YES, _NO = "yes", "no"


class ConfirmDialog(ArmedDialog[bool]):
    """True when the owner said yes."""

    CSS_PATH = "decision.tcss"
    BINDINGS = [("escape", "no", "no")]

    YES_KEY: ClassVar[str] = "y"
    DANGEROUS: ClassVar[bool] = True
    """Whether saying yes can't be taken back."""

    def __init__(self, question: str, told: str, yes: Sequence[str], no: Sequence[str]) -> None:
        """`yes` and `no` are a label and what it will do."""
        super().__init__()
        self._question, self._told = question, told
        self._answers = [
            Answer(_YES, self.YES_KEY, yes[0], yes[1], dangerous=self.DANGEROUS),
            Answer(_NO, "esc", no[0], no[1]),
        ]

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="-small") as frame:
            frame.border_title = span(self._question, STRONG)
            with FittingScroll(id="scroll"):
                yield Sheet(lambda width: paragraph(self._told, width), id="evidence")
            with Vertical(id="answers"):
                for answer in self._answers:
                    yield AnswerLine(answer, label_width(self._answers))

    def on_mount(self) -> None:
        super().on_mount()
        self.query(AnswerLine).last().focus()

    def take_key(self, event: events.Key) -> bool:
        if event.key in ("down", "up", "tab", "shift+tab"):
            other = next(line for line in self.query(AnswerLine) if line is not self.focused)
            other.focus()
        elif event.key == "enter" and isinstance(self.focused, AnswerLine):
            self.finish(self.focused.answer.name == _YES)
        elif event.character == self.YES_KEY:
            self.finish(True)
        else:
            return False
        return True

    def on_answer_line_chosen(self, event: AnswerLine.Chosen) -> None:
        if self.armed():
            self.finish(event.answer.name == _YES)

    def action_no(self) -> None:
        self.finish(False)
