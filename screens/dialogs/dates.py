"""From when to when the metrics are looked at: two days, or words that mean them."""

from __future__ import annotations

from datetime import date

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from screens.dialog import Dialog
from screens.evidence.layout import span
from store.errors import WrongInput

ASKS = "2026-01-01 to 2026-03-31, or only the first; empty for none"
REMEDY = "write 2026-01-01, or 2026-01-01 to 2026-03-31"


class DatesDialog(Dialog[tuple[str, str]]):
    """The result is the first day and the last one, each empty where it is left open."""

    DEFAULT_CSS = """
    DatesDialog #told { height: auto; max-height: 2; padding: 0 1; color: $text-muted; }
    DatesDialog #told.-wrong { color: $text-error; }
    """
    AUTO_FOCUS = "Input"

    def __init__(self, desde: str, ate: str) -> None:
        super().__init__()
        self._start = " to ".join(day for day in (desde, ate) if day)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title, box.border_subtitle = "From when to when", "enter takes it · esc closes"
            yield Input(self._start, placeholder=ASKS, select_on_focus=True)
            yield Static(span(ASKS), id="told", markup=False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            told = parse_dates(event.value)
        except WrongInput as error:
            line = self.query_one("#told", Static)
            line.add_class("-wrong")
            line.update(span(str(error)))
        else:
            if self.is_active:
                self.dismiss(told)


def parse_dates(text: str) -> tuple[str, str]:
    """First and last day of `2026-01-01 to 2026-03-31`; `to` may be blanks or `..`, the last may be missing.

    Raises:
        WrongInput: for what is no date, more than two, or a last day before the first.
    """
    days = [part for part in text.replace("..", " ").split() if part != "to"]
    if len(days) > 2:
        raise WrongInput(f"«{text.strip()}» is more than two days", remedy=REMEDY)
    for day in days:
        try:
            date.fromisoformat(day)
        except ValueError:
            raise WrongInput(f"«{day}» is no day", remedy=REMEDY) from None
    if len(days) == 2 and days[1] < days[0]:
        raise WrongInput(f"{days[1]} is before {days[0]}", remedy=REMEDY)
    first, last = [*days, "", ""][:2]
    return first, last
