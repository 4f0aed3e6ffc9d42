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
MARK = "▸"
"""Where the cursor is, also for who sees no colours; it stands in the margin."""
KEY_STYLE = "bold $footer-key-foreground"
_LABEL_WIDTH = 16
_LEAST_EFFECT = 16
"""Cells of effect below which it is better left out than cut."""
_LOW, _LEAST_PREVIEW = 20, 2
"""Rows that a dialog needs besides what an answer will do; lines of that which are shown on any screen."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that can be chosen: an option of the contract, or one of the dialog's own ways out."""

    name: str
    key: str
    label: str
    effect: str
    option: Option | None = None
    dangerous: bool = False
    unavailable: str = ""
    """Why it cannot be chosen now."""
    preview: tuple[str, ...] = ()
    """What it will do to other items, a line each."""


def answers_of(options: Iterable[Option]) -> list[Answer]:
    """The contract's options, with what they ask for besides."""
    return [
        Answer(
            option.nome,
            option.tecla,
            _label(option),
            f"not now: {option.indisponivel}" if option.indisponivel else option.efeito,
            option,
            option.perigosa and not option.indisponivel,
            option.indisponivel,
            option.previa,
        )
        for option in options
    ]


def _label(option: Option) -> str:
    """An option that asks for words first ends in dots, as in a menu."""
    return f"{option.rotulo} …" if option.exige_motivo else option.rotulo


def free_key(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, or the next key of its own that the contract's options left free."""
    used = set(taken)
    candidates: tuple[str, ...] = (wanted, wanted.upper(), *"0123456789")
    return next(key for key in candidates if key not in used)


class AnswerLine(Widget, can_focus=True):
    """One answer: its key, its label, and what it will do."""

    DEFAULT_CSS = """
    AnswerLine {
        height: auto; padding: 0 1 0 0;
        &.-dangerous { color: $text-error; }
        &.-unavailable { color: $text-disabled; }
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
        self.set_class(bool(answer.unavailable), "-unavailable")

    def render(self) -> Content:
        first, *rest = self._lines(self.content_size.width - 1)
        mark = MARK if self.has_focus else " "
        return Content("\n").join([Content(mark) + first, *(line.pad_left(1) for line in rest)])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return len(self._lines(width - 1)) if width > 1 else 1

    def open(self, opened: bool) -> None:
        """Show what the answer will do, also while the focus is on the words that it wants."""
        self.set_class(opened, "-open")
        self._redraw()

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
        """Key, label and the whole effect beside them; a low or narrow terminal shows as much as fits."""
        own = self.answer.dangerous or self.answer.unavailable or self.has_focus
        key = Content.styled(self.answer.key.rjust(KEY_WIDTH - 2) + "  ", "bold" if own else KEY_STYLE)
        label = span(self.answer.label, "bold")
        room = width - KEY_WIDTH - self._label_width
        low = self.screen.has_class("-low")
        if room < _LEAST_EFFECT:
            first = key + label.truncate(max(width - KEY_WIDTH, 1), ellipsis=True)
            below = self.has_focus and (bool(self.answer.unavailable) or not low)
            return [first, *paragraph(self.answer.effect, width, indent=KEY_WIDTH)] if below else [first]
        style = "" if self.has_focus else DIM
        effect = paragraph(self.answer.effect, room, style=style)
        # Why an answer can't be given is read to its end under the cursor, however low the terminal is.
        if not self.has_focus if self.answer.unavailable else low:
            effect = [span(self.answer.effect, style).truncate(room, ellipsis=True)]
        head = key + label.truncate(self._label_width - 1, ellipsis=True).pad_right(self._gap(label))
        rest = [*effect[1:], *([] if low else self._preview(room, style))]
        return [head + effect[0], *(line.pad_left(KEY_WIDTH + self._label_width) for line in rest)]

    def _preview(self, room: int, style: str) -> list[Content]:
        """What it will do, as far as the screen is high enough: the answers must all stay on it."""
        if not (self.has_focus or self.has_class("-open")):
            return []
        most = max((self.screen.size.height - _LOW) // 2, _LEAST_PREVIEW)
        lines = self.answer.preview
        shown = lines if len(lines) <= most + 1 else (*lines[:most], "and more")
        return [span(f"· {line}", style).truncate(room, ellipsis=True) for line in shown]

    def _gap(self, label: Content) -> int:
        return max(self._label_width - label.cell_length, 1)


def label_width(answers: Sequence[Answer]) -> int:
    """Room for the longest label, within reason."""
    return min(max((len(answer.label) for answer in answers), default=0) + 2, 26)
