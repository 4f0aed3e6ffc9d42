"""The close of a sprint: a fate for each task and child that is left, and then it is closed, on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from screens.dialog import Dialog
from screens.evidence.layout import DIM, STRONG, WARN, span
from screens.evidence.values import count
from screens.sprint_port import SprintPort
from screens.states import STATES
from screens.text import clean
from screens.widgets.columns import Cell, Column
from screens.widgets.virtual_table import VirtualTable
from store.errors import OficinaError
from store.sprint.closing import Action, Fate, Left, consequences
from store.views.held import HELD

COLUMNS = (
    Column("ref", "left", 10, keep=4),
    Column("title", "title", 20, grow=1, keep=3),
    Column("fate", "what becomes of it", 24, keep=5),
)
FATES: Mapping[str, tuple[Action, str, str]] = {
    "c": ("levar", "→ carried over", "primary"),
    "r": ("devolver", "↩ to the backlog", ""),
    "x": ("cancelar", "– cancelled", "bad"),
}
"""Keys, each with what it does, its words and its style."""
MOST_EFFECTS = 3
"""Lines that tell what the fates do to tasks that wait for one another."""


class CloseSprintDialog(Dialog[tuple[str, ...]]):
    """When the sprint was closed, what that did to tasks that wait for one another, a line each."""

    CSS_PATH = "close_sprint.tcss"
    AUTO_FOCUS = "VirtualTable"
    BINDINGS: ClassVar = [("ctrl+s", "hand_in", "close"), ("tab", "around", "next")]

    def __init__(self, port: SprintPort, sprint_id: str, left: Sequence[Left], others: Sequence[str]) -> None:
        """`left` is what must have a fate, `others` are the open sprints that can be carried over to."""
        super().__init__()
        self._port, self._sprint_id, self._left, self._others = port, sprint_id, tuple(left), tuple(others)
        self._fates: dict[str, str] = {}
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="close-frame", classes="dialog") as frame:
            frame.border_title = span(f"Close {self._sprint_id}?", STRONG)
            yield Static(id="close-told", markup=False)
            yield VirtualTable[Left](COLUMNS, self._cells, lambda row: row.ref, id="left")
            yield Static(id="close-effects", markup=False)
            for name, label, hint in (
                ("para", "Carry over to", "an open sprint"),
                ("motivo", "Reason", "why something is cancelled; kept with each"),
            ):
                with Horizontal(classes="close-row"):
                    yield Static(span(label, DIM), classes="close-label", markup=False)
                    made = Input(
                        self._others[0] if name == "para" and len(self._others) == 1 else "",
                        placeholder=hint,
                        id=f"close-{name}",
                        max_length=500,
                        compact=True,
                    )
                    made.cursor_blink = False
                    yield made
            yield Static(id="close-problem", markup=False)
            yield Static(
                span(
                    "c carry · r return · x cancel (capitals: all) · tab next field · ctrl+s closes it · esc",
                    DIM,
                ),
                id="close-hints",
                markup=False,
            )

    def on_mount(self) -> None:
        self._table.set_rows(self._left)
        self._say()

    @property
    def _table(self) -> VirtualTable[Left]:
        return self.query_one(VirtualTable)

    def _cells(self, row: Left) -> Sequence[Cell]:
        key = self._fates.get(row.ref, "")
        fate, told, style = FATES.get(key, ("", "? say what", "warn"))
        if fate == "devolver" and row.retido:
            told = f"{STATES[HELD].symbol} left there, held"
        return (Cell(row.ref, "accent"), Cell(row.titulo), Cell(told, style))

    def _say(self) -> None:
        rest = len(self._left) - len(self._fates)
        what = count(len(self._left), "task or child is left", "tasks and children are left")
        told = f"{what}; {rest} without a fate" if rest else f"{what}, each with its fate"
        self.query_one("#close-told", Static).update(span(told, DIM))
        self._say_effects()
        self._table.refresh()

    def _effects(self) -> tuple[str, ...]:
        """What the fates given so far do to tasks that wait for one another."""
        actions = {ref: FATES[key][0] for ref, key in self._fates.items()}
        return tuple(consequences(self._left, actions, self.query_one("#close-para", Input).value.strip()))

    def _say_effects(self) -> None:
        effects = self._effects()
        lines = [span(f"■ {clean(line)}", WARN) for line in effects[:MOST_EFFECTS]]
        if len(effects) > MOST_EFFECTS:
            lines.append(span(f"and {len(effects) - MOST_EFFECTS} more", DIM))
        shown = self.query_one("#close-effects", Static)
        shown.update(Content("\n").join(lines))
        shown.set_class(bool(lines), "-shown")
        self.set_class(bool(lines), "-effects")

    @on(Input.Changed, "#close-para")
    def _other_sprint(self) -> None:
        self._say_effects()

    async def on_key(self, event: events.Key) -> None:
        letter = event.character or ""
        if self.focused is self._table and letter.lower() in FATES:
            event.stop()
            event.prevent_default()
            self._give(letter)

    def _give(self, letter: str) -> None:
        """A fate for the row under the cursor, and on to the next; a capital for all."""
        key = letter.lower()
        if letter != key:
            self._fates = {row.ref: key for row in self._left}
        elif (row := self._table.cursor_row) is not None:
            self._fates[row.ref] = key
            self._table.move_to(self._table.cursor + 1)
        self._say()

    def action_around(self) -> None:
        self.focus_next("VirtualTable, Input")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "close-motivo":
            self.action_hand_in()
        else:
            self.focus_next("Input")

    @on(VirtualTable.RowChosen)
    def _chosen(self, message: VirtualTable.RowChosen) -> None:
        message.stop()
        self.action_around()

    def complain(self, text: str) -> None:
        line = self.query_one("#close-problem", Static)
        line.update(Content(clean(text).replace("\n", " ")))
        line.set_class(bool(text), "-shown")

    def action_close(self) -> None:
        if not self._busy:
            super().action_close()

    def action_hand_in(self) -> None:
        missing = [row.ref for row in self._left if row.ref not in self._fates]
        if missing:
            self.complain(f"Say what becomes of {', '.join(missing[:6])}{' …' if missing[6:] else ''}")
        elif not self._busy:
            self._busy = True
            self.run_worker(self._ask(), group="close", exclusive=True)

    async def _ask(self) -> None:
        para, motivo = (self.query_one(f"#close-{name}", Input).value.strip() for name in ("para", "motivo"))
        fates = {ref: Fate(FATES[key][0], motivo) for ref, key in self._fates.items()}
        self.complain("")
        try:
            await self._port.close(self._sprint_id, fates, para)
        except OficinaError as error:
            self.complain(str(error))
            return
        finally:
            self._busy = False
        if self.is_active:
            self.dismiss(self._effects())
