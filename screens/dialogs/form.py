"""A form over a screen: a line a field; what is wrong stays on it until it is handed in or left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from screens.dialog import Dialog, Result
from screens.dialogs.fitting import FittingScroll
from screens.evidence.layout import DIM, STRONG, span
from screens.text import clean
from store.errors import OficinaError

LONGEST = 500


@dataclass(frozen=True, slots=True)
class FormField:
    """A line of a form."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    """What stands there while it is empty."""
    known: tuple[str, ...] = ()
    """What it is completed to (→ takes it)."""
    about: Callable[[str], str] | None = None
    """What is said of what was typed: the title of an item by its id."""


class FormDialog(Dialog[Result]):
    """The result is what handing in gave; None when it was left."""

    CSS_PATH = "form.tcss"
    AUTO_FOCUS = None
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
    BINDINGS: ClassVar = [
        ("ctrl+s", "hand_in", "hand in"),
        ("down", "next(1)", "next"),
        ("up", "next(-1)", "previous"),
    ]

    def __init__(
        self,
        title: str,
        entries: Sequence[FormField],
        hand_in: Callable[[Mapping[str, str]], Awaitable[Result]],
        *,
        told: str = "",
        start: str = "",
    ) -> None:
        """`hand_in` gets what stands in the fields, and raises OficinaError for what is wrong; `told` stands
        above them; the focus starts in the field `start`, else in the first that is empty.
        """
        super().__init__()
        self._heading, self._entries, self._hand_in, self._told = title, tuple(entries), hand_in, told
        self._start, self._busy = start, False

    def compose(self) -> ComposeResult:
        with Vertical(id="form-frame", classes="dialog") as frame:
            frame.border_title = span(self._heading, STRONG)
            with FittingScroll(id="form"):
                if self._told:
                    yield Static(span(self._told, DIM), id="form-told", markup=False)
                for entry in self._entries:
                    with Horizontal(classes="form-row"):
                        yield Static(span(entry.label, DIM), classes="form-label", markup=False)
                        yield self._input(entry)
            yield Static(id="form-about", markup=False)
            yield Static(id="form-problem", markup=False)
            yield Static(id="form-hints", markup=False)

    def _input(self, entry: FormField) -> Input:
        made = Input(
            entry.value,
            placeholder=entry.hint,
            id=f"form-{entry.name.replace('_', '-')}",
            max_length=LONGEST,
            compact=True,
            select_on_focus=False,
            suggester=SuggestFromList(entry.known, case_sensitive=False) if entry.known else None,
        )
        made.cursor_blink = False
        return made

    def on_mount(self) -> None:
        inputs = list(self.query(Input))
        wanted = [entry.name for entry in self._entries].index(self._start) if self._start else None
        first = next((place for place, each in enumerate(inputs) if not each.value), 0)
        inputs[first if wanted is None else wanted].focus()
        last = "enter next, then hands in" if len(inputs) > 1 else "enter hands in"
        keys = f"{last} · ctrl+s hands in · esc leaves" if len(inputs) > 1 else f"{last} · esc leaves"
        self.query_one("#form-hints", Static).update(span(keys, DIM))

    @property
    def told(self) -> dict[str, str]:
        """What stands in the fields now, by name."""
        return {
            entry.name: each.value.strip()
            for entry, each in zip(self._entries, self.query(Input), strict=True)
        }

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        event.widget.scroll_visible(animate=False)
        self._say_about()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say_about()

    def _say_about(self) -> None:
        """Say what is known of what was typed into the field that has the focus."""
        inputs = list(self.query(Input))
        place = inputs.index(self.focused) if isinstance(self.focused, Input) else -1
        about = self._entries[place].about if place >= 0 else None
        text = about(inputs[place].value.strip()) if about is not None else ""
        line = self.query_one("#form-about", Static)
        line.update(span(text, "$text-accent"))
        line.set_class(bool(text), "-shown")
        self._refit()

    def complain(self, text: str) -> None:
        line = self.query_one("#form-problem", Static)
        line.update(Content(clean(text).replace("\n", " ")))
        line.set_class(bool(text), "-shown")
        self._refit()

    def _refit(self) -> None:
        for scroll in self.query(FittingScroll):
            scroll.refit()

    def action_next(self, step: int) -> None:
        inputs = list(self.query(Input))
        place = inputs.index(self.focused) if isinstance(self.focused, Input) else -step
        inputs[(place + step) % len(inputs)].focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        inputs = list(self.query(Input))
        place = inputs.index(event.input)
        if place + 1 < len(inputs):
            inputs[place + 1].focus()
        else:
            self.action_hand_in()

    def action_hand_in(self) -> None:
        if not self._busy:
            self._busy = True
            self.run_worker(self._ask(), group="form", exclusive=True)

    def action_close(self) -> None:
        if not self._busy:
            super().action_close()

    async def _ask(self) -> None:
        """Have it done; what is wrong stays on the form, with the cursor where it is."""
        self.complain("")
        try:
            result = await self._hand_in(self.told)
        except OficinaError as error:
            self.complain(str(error))
            return
        finally:
            self._busy = False
        if self.is_active:
            self.dismiss(result)
