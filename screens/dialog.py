"""What small dialogs share: one at a time, no focus stolen, always dismissed with a result."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import ModalScreen

from screens.frame import CommandTarget, Frame, frame_of

Result = TypeVar("Result")


class Dialog(CommandTarget, ModalScreen[Result]):
    """A modal over the screen that was there; escape dismisses it with None."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > .dialog {
        width: 72; max-width: 96%; height: auto; max-height: 90%;
        border: round $border; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $text-muted; background: $surface; padding: 0 1;
    }
    Dialog Input { height: 1; border: none; padding: 0 1; background: $panel; }
    Dialog Input:focus { border: none; }
    Dialog Toast.-information { display: none; }
    Dialog VirtualTable { background: $surface; height: auto; max-height: 1fr; }
    """
    BINDINGS = [("escape", "close", "Close")]

    @property
    def frame(self) -> Frame:
        return frame_of(self)

    def action_close(self) -> None:
        if self.is_active:
            self.dismiss(None)
