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
from store.metrics.asking import EARLIEST, LATEST

ASKS = "2026-01-01 to 2026-03-31, or only the first; empty for none"
REMEDY = "write 2026-01-01, or 2026-01-01 to 2026-03-31"


class DatesDialog(Dialog[tuple[str, str]]):
    """The result is the first day and the last one, each empty where it is left open."""

    DEFAULT_CSS = """
    DatesDialog #told { height: auto; max-height: 2; padding: 0 1; color: $text-muted; }
    DatesDialog #told.-wrong { color: $text-error; }
    """
    AUTO_FOCUS = "Input"

    def __init__(self, desde: str, ate: str, today: str = "") -> None:
        """`today` is the day there, after which nothing begins."""
        super().__init__()
        self._today = today
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
            told = parse_dates(event.value, self._today)
        except WrongInput as error:
            line = self.query_one("#told", Static)
            line.add_class("-wrong")
            line.update(span(str(error)))
        else:
            if self.is_active:
                self.dismiss(told)


def parse_dates(text: str, today: str = "") -> tuple[str, str]:
    """First and last day of `2026-01-01 to 2026-03-31`; `to` may be blanks or `..`, the last may be missing.

    Raises:
        WrongInput: for what is no date or none that work was done on, more than two, a last day before the
            first, or a first day after `today` (empty: any).
    """
    days = [part for part in text.replace("..", " ").split() if part != "to"]
    if len(days) > 2:
        raise WrongInput(f"«{text.strip()}» is more than two days", remedy=REMEDY)
    for day in days:
        try:
            found = date.fromisoformat(day)
        except ValueError:
            raise WrongInput(f"«{day}» is no day", remedy=REMEDY) from None
        if not EARLIEST <= found < LATEST:
            raise WrongInput(f"«{day}» is no day that work was done on", remedy=REMEDY)
    days = [date.fromisoformat(day).isoformat() for day in days]
    if days and today and days[0] > today:
        raise WrongInput(f"{days[0]} lies in the future", remedy=f"today is {today}")
    if len(days) == 2 and days[1] < days[0]:
        raise WrongInput(f"{days[1]} is before {days[0]}", remedy=REMEDY)
    first, last = [*days, "", ""][:2]
    return first, last
