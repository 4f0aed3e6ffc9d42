"""The answers to a question: a line each with its key and what it will do; the harmless ones come last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from screens.evidence.layout import DIM, paragraph, span
from store.views.model import Option

KEY_WIDTH = 5
_LABEL_WIDTH = 16
_LEAST_EFFECT = 16
"""Cells of effect below which it is better left out than cut."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that can be chosen: an option of the contract, or one of the dialog's own ways out."""

    name: str
    key: str
    label: str
    effect: str
    option: Option | None = None
    dangerous: bool = False


def answers_of(options: Iterable[Option]) -> list[Answer]:
    """The contract's options, with what they ask for besides."""
    return [
        Answer(option.nome, option.tecla, _label(option), _effect(option), option, option.perigosa)
        for option in options
    ]


def _label(option: Option) -> str:
    """An option that asks for words first ends in dots, as in a menu."""
    return f"{option.rotulo} …" if option.exige_motivo else option.rotulo


def _effect(option: Option) -> str:
    return f"{option.efeito} (asks why)" if option.exige_motivo else option.efeito


def free_key(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, or the next key of its own that the contract's options left free."""
    used = set(taken)
    candidates: tuple[str, ...] = (wanted, wanted.upper(), *"0123456789")
    return next(key for key in candidates if key not in used)


class AnswerLine(Widget, can_focus=True):
    """One answer; the focused one shows its whole effect, the others as much as fits on a line."""

    DEFAULT_CSS = """
    AnswerLine {
        height: auto; padding: 0 1;
        &.-dangerous { color: $text-error; }
        &:hover { background: $block-hover-background; }
        &:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
        &.-dangerous:focus { background: $error-muted; color: $text-error; }
    }
    """

    class Chosen(Message):
        """An answer was clicked."""

        def __init__(self, answer: Answer) -> None:
            super().__init__()
            self.answer = answer

    def __init__(self, answer: Answer, label_width: int = _LABEL_WIDTH) -> None:
        super().__init__(
            id=f"answer-{answer.name}" if answer.name.isascii() and answer.name.isidentifier() else None
        )
        self.answer, self._label_width = answer, label_width
        self.set_class(answer.dangerous, "-dangerous")

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return len(self._lines(width)) if width else 1

    def on_focus(self) -> None:
        self._redraw()

    def on_blur(self) -> None:
        self._redraw()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Chosen(self.answer))

    def _redraw(self) -> None:
        self.clear_cached_dimensions()
        self.refresh(layout=True)

    def _lines(self, width: int) -> list[Content]:
        """Key, label and effect; the focused one takes a second line where they don't fit on the first."""
        own = self.answer.dangerous or self.has_focus
        style = "bold" if own else "bold $footer-key-foreground"
        key = Content.styled(self.answer.key.rjust(KEY_WIDTH - 2) + "  ", style)
        label = span(self.answer.label, "bold")
        room = width - KEY_WIDTH - self._label_width
        if room < len(self.answer.effect) and self.has_focus and not self.screen.has_class("-low"):
            return [key + label, *paragraph(self.answer.effect, width, indent=KEY_WIDTH)]
        if room < _LEAST_EFFECT:
            return [key + label.truncate(max(width - KEY_WIDTH, 1), ellipsis=True)]
        effect = span(self.answer.effect, "" if self.has_focus else DIM).truncate(room, ellipsis=True)
        return [
            key + label.truncate(self._label_width - 1, ellipsis=True).pad_right(self._gap(label)) + effect
        ]

    def _gap(self, label: Content) -> int:
        return max(self._label_width - label.cell_length, 1)


def label_width(answers: Sequence[Answer]) -> int:
    """Room for the longest label, within reason."""
    return min(max((len(answer.label) for answer in answers), default=0) + 3, 26)
