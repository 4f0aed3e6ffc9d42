"""The line in which a dialog asks for words: a reason, a note, a time."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from screens.text import clean

_LONGEST = 500


class Question(Vertical):
    """Hidden until it asks; posts what was written, or that it was left."""

    DEFAULT_CSS = """
    Question {
        height: auto; display: none;
        &.-asking { display: block; }
        #question-label { height: auto; padding: 0 1; color: $text-muted; }
        #question-input { height: 1; border: none; padding: 0 1; background: $panel; }
    }
    """

    class Answered(Message):
        """Enter was pressed; `subject` is what was asked about, `text` what was written, trimmed."""

        def __init__(self, subject: str, text: str) -> None:
            super().__init__()
            self.subject, self.text = subject, text

    class Left(Message):
        """Escape was pressed: nothing was written."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._subject = ""

    def compose(self) -> ComposeResult:
        yield Static(id="question-label", markup=False)
        field = Input(id="question-input", max_length=_LONGEST, compact=True)
        field.cursor_blink = False
        yield field

    @property
    def asking(self) -> bool:
        return self.has_class("-asking")

    def ask(self, subject: str, label: str, value: str = "") -> None:
        """Ask; the cursor goes to the input."""
        self._subject = subject
        self.query_one("#question-label", Static).update(Content(clean(label)))
        field = self.query_one(Input)
        field.value = value
        field.cursor_position = len(value)
        self.add_class("-asking")
        # The other answers make room: what is written must be seen, also on a low terminal.
        self.screen.add_class("-worded")
        field.focus()

    def hide(self) -> None:
        """Stop asking; whoever asked says what has the focus next."""
        self.remove_class("-asking")
        self.screen.remove_class("-worded")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Answered(self._subject, event.value.strip()))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(self.Left())
