"""An interview: what hurts, in the six fields of a prontuario. What is left empty is asked again later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from screens.dialogs.armed import ArmedDialog
from screens.dialogs.fitting import FittingScroll
from screens.evidence.layout import STRONG, span
from screens.port import LinePort
from store.errors import OficinaError

ASKED: Mapping[str, tuple[str, str]] = {
    "sintoma": ("What hurts?", "in a sentence"),
    "frequencia": ("How often?", "every month, at each release, …"),
    "afetados": ("Who is affected?", "separated by commas; - for nobody yet"),
    "impacto": ("What does it cost, or keep you from?", ""),
    "tentativas": ("What was tried?", "separated by commas; - for nothing"),
    "criterio_sucesso": ("How will you know that it is over?", ""),
}
_LONGEST = 500


class InterviewDialog(ArmedDialog[str]):
    """Its result is the id of the item that came of it."""

    CSS_PATH = "interview.tcss"
    BINDINGS: ClassVar = [("escape", "leave", "leave")]

    def __init__(self, port: LinePort, known: Mapping[str, str] | None = None, item_id: str = "") -> None:
        """`known` is what was told so far, lists separated by commas; `item_id` is the interview that it
        answers, empty for a new pain.
        """
        super().__init__()
        self._port, self._known, self._item_id = port, dict(known or {}), item_id
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as frame:
            frame.border_title = span("Tell the rest" if self._item_id else "What hurts?", STRONG)
            with FittingScroll(id="scroll"), Vertical(id="form"):
                for name, (label, hint) in ASKED.items():
                    place = name.replace("_", "-")
                    yield Static(Content(label), id=f"label-{place}", classes="label", markup=False)
                    entry = Input(
                        self._known.get(name, ""),
                        placeholder=hint,
                        id=f"ask-{place}",
                        max_length=_LONGEST,
                        compact=True,
                    )
                    entry.cursor_blink = False
                    yield entry
            yield Static(id="problem", markup=False)
            yield Static(
                span("enter next, then hands in · esc leaves, nothing is kept"),
                id="hints",
                markup=False,
            )

    def on_mount(self) -> None:
        super().on_mount()
        entries = list(self.query(Input))
        next((entry for entry in entries if not entry.value), entries[0]).focus()

    def on_descendant_focus(self) -> None:
        """A question stays in sight with the field that its answer goes into."""
        super().on_descendant_focus()
        if isinstance(self.focused, Input) and self.focused.id:
            label = self.query_one(f"#{self.focused.id.replace('ask-', 'label-')}", Static)
            self.call_after_refresh(label.scroll_visible, animate=False)

    def take_key(self, event: events.Key) -> bool:
        if event.key not in ("down", "up"):
            return self._busy
        entries = list(self.query(Input))
        place = entries.index(self.focused) if isinstance(self.focused, Input) else 0
        entries[(place + (1 if event.key == "down" else -1)) % len(entries)].focus()
        return True

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        entries = list(self.query(Input))
        place = entries.index(event.input)
        if place + 1 < len(entries):
            entries[place + 1].focus()
        else:
            self.run_worker(self._hand_in(), exclusive=True)

    def action_leave(self) -> None:
        if not self._busy:
            self.finish(None)

    @property
    def told(self) -> dict[str, str]:
        """What stands in the fields now."""
        entries = {name: self.query_one(f"#ask-{name.replace('_', '-')}", Input) for name in ASKED}
        return {name: entry.value.strip() for name, entry in entries.items() if entry.value.strip()}

    async def _hand_in(self) -> None:
        """Have it recorded; what is wrong stays on the form, with the cursor where it is."""
        self._busy = True
        self.complain("")
        try:
            if self._item_id:
                made = await self._port.answer_interview(self._item_id, self.told)
            else:
                made = await self._port.raise_pain(self.told)
        except OficinaError as error:
            self.complain(str(error))
        else:
            self.finish(made)
        finally:
            self._busy = False
