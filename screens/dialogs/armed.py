"""What every dialog does: it ignores keys that came too early, and closes only while it is on top."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual import events
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from screens.commands import behind
from screens.dialogs.fitting import FittingScroll
from screens.frame import frame_of
from screens.text import clean
from store.clock import Clock

Result = TypeVar("Result")

ARM_S = 0.4
"""Seconds without a key after which a dialog takes them: before that nobody can have read it."""


class Arming:
    """Tells whether a key may act: only after a pause, so that what was being typed is swallowed whole."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opened = self._quiet_since = clock.monotonic()
        self._ready = False

    @property
    def open_s(self) -> float:
        """Seconds since it opened."""
        return self._clock.monotonic() - self._opened

    def admits(self) -> bool:
        """True when a key that comes now was pressed for this dialog."""
        now = self._clock.monotonic()
        self._ready = self._ready or now - self._quiet_since >= ARM_S
        self._quiet_since = now
        return self._ready


class ArmedDialog(ModalScreen[Result], Generic[Result]):
    """A modal with its keys gated; subclasses answer with `finish`."""

    DEFAULT_CSS = """
    ArmedDialog Toast.-information, ArmedDialog Toast.-warning { display: none; }
    """
    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (70, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]

    def __init__(self) -> None:
        super().__init__()
        self._arming: Arming | None = None
        self._ended: tuple[Result | None] | None = None

    def on_mount(self) -> None:
        self.call_after_refresh(self._arm)

    def _arm(self) -> None:
        """Count from its first frame: until then nobody can have seen it, and it takes no key at all."""
        if self._arming is None:
            self._arming = Arming(frame_of(self).clock)

    @property
    def open_s(self) -> float:
        """Seconds that it has been before the owner: people's work on the answer."""
        return self._arming.open_s if self._arming is not None else 0.0

    def armed(self) -> bool:
        """Whether a key, or the button of a mouse, may act now."""
        return self._ended is None and self._arming is not None and self._arming.admits()

    async def on_key(self, event: events.Key) -> None:
        """The one gate: what is stopped here reaches no binding."""
        if not self.armed() or self.take_key(event):
            event.stop()
            event.prevent_default()
        elif not isinstance(self.focused, Input) and (told := behind(event.key, frame_of(self).keys)):
            self.complain(told)

    def complain(self, text: str) -> None:
        """Say in a line what can't be done; a dialog that has `#problem` says it there."""
        line = next(iter(self.query("#problem").results(Static)), None)
        if line is None:
            frame_of(self).say(text, severity="error")
            return
        line.update(Content(clean(text).replace("\n", " ")))
        line.set_class(bool(text), "-shown")
        self.refit()

    def take_key(self, event: events.Key) -> bool:  # noqa: ARG002
        """Act on a key that is not bound; True when it was one of ours."""
        return False

    def on_descendant_focus(self) -> None:
        self.refit()

    def refit(self) -> None:
        """Let the evidence take the height that the rest leaves it."""
        for scroll in self.query(FittingScroll):
            scroll.refit()

    def finish(self, result: Result | None) -> None:
        """Close with a result: at once while on top, else as soon as what lies over it has gone."""
        if self._ended is None:
            self._ended = (result,)
            self._close_if_active()

    def on_screen_resume(self) -> None:
        self._close_if_active()

    def _close_if_active(self) -> None:
        if self._ended is not None and self.is_active:
            self.dismiss(self._ended[0])
