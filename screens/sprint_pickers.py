"""What is picked on the Sprint screen: a sprint, something to pull, a recipe to open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from screens.picker import Choice, Picker
from screens.states import STATES, kind, state
from screens.text import local_minute
from screens.widgets.columns import Cell, Column
from store.views.held import HELD
from store.views.search import folded
from store.views.sprint import ChildRow, SprintRow, WaitRow

LEFT = "left in the backlog"
"""How what some sprint left is called, and found."""
MADE_HERE = "made here"
"""What the picker of recipes gives for a sprint that is made on screen."""


class SprintPicker(Picker):
    """Every sprint, the newest first; the result is its id."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("id", "id", 8, grow=1, keep=5),
        Column("title", "title", 20, grow=4, keep=4),
        Column("state", "state", 8, keep=3),
        Column("done", "done", 7, right=True, keep=2),
        Column("days", "days", 23, keep=1),
    )
    HEADING = "Show a sprint"
    ASKS = "an id, or words of its title"
    HINT = "enter shows it · esc closes"

    def __init__(self, rows: Sequence[SprintRow]) -> None:
        super().__init__()
        self._all = [_sprint_choice(row) for row in rows]

    def choices(self, text: str) -> Sequence[Choice]:
        return _fitting(self._all, text)


def _sprint_choice(row: SprintRow) -> Choice:
    open_ = row.estado == "aberta"
    planned = f"{row.inicio or '…'} {row.fim or '…'}" if row.inicio or row.fim else ""
    cells = (
        Cell(row.sprint_id, "accent"),
        Cell(row.titulo),
        Cell("● open" if open_ else "✓ closed", "primary" if open_ else "quiet"),
        Cell(f"{row.feitas}/{row.total}"),
        Cell(planned, "quiet"),
    )
    return Choice(row.sprint_id, cells, folded(f"{row.sprint_id} {row.titulo} {row.agrupador}"), row.titulo)


class PullPicker(Picker):
    """What could be pulled: children of a task's work, what it waits for, and whatever any sprint left in the
    backlog; the result is the item's id.
    """

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("id", "id", 9, keep=4),
        Column("title", "title", 20, grow=1, keep=3),
        Column("why", "why", 24, keep=2),
    )
    HEADING = "Pull into the sprint"
    ASKS = "type to search"
    HINT = "enter pulls it, or opens its question · esc closes"

    def __init__(
        self, children: Sequence[ChildRow], waits: Sequence[WaitRow], left: Sequence[ChildRow] = ()
    ) -> None:
        super().__init__()
        self._all = [
            *(_child_choice(child) for child in children),
            *(_wait_choice(wait) for wait in waits),
            *(_left_choice(child) for child in left),
        ]

    def choices(self, text: str) -> Sequence[Choice]:
        return _fitting(self._all, text)


def _child_choice(child: ChildRow) -> Choice:
    why = "◆ asked about" if child.pergunta else "◇ found at its work"
    cells = (Cell(child.item_ref, "accent"), Cell(child.titulo), Cell(why, "quiet"))
    told = f"{kind(child.tipo)}: {child.titulo}"
    return Choice(child.item_ref, cells, folded(f"{child.item_ref} {child.titulo} {child.tipo}"), told)


def _left_choice(child: ChildRow) -> Choice:
    why = f"{STATES[HELD].symbol} {LEFT}"
    cells = (Cell(child.item_ref, "accent"), Cell(child.titulo), Cell(why, "quiet"))
    told = (
        f"{kind(child.tipo)}: {child.titulo}, found by {child.task};"
        f" left by {child.deixado_por}, {local_minute(child.deixado_em)}"
    )
    return Choice(child.item_ref, cells, folded(f"{child.item_ref} {child.titulo} {child.tipo} {LEFT}"), told)


def _wait_choice(wait: WaitRow) -> Choice:
    cells = (Cell(wait.ref, "accent"), Cell(wait.titulo), Cell("■ it waits for this", "warn"))
    told = f"{wait.titulo} ({state(wait.estado).label})"
    return Choice(wait.ref, cells, folded(f"{wait.ref} {wait.titulo}"), told)


class RecipePicker(Picker):
    """How a sprint is opened: from a file of the workspace, any path that is typed, or made on screen."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("path", "path", 30, grow=1, keep=3),
        Column("what", "what", 20, keep=2),
    )
    HEADING = "Open a sprint"
    ASKS = "a file of the workspace that defines it"
    HINT = "enter opens it · esc closes"

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__()
        made = Choice(
            MADE_HERE,
            (Cell("Made here", "accent"), Cell("id, title, dates, …", "quiet")),
            folded("made here new"),
            "An empty sprint, from a form; tasks are added to it one by one",
        )
        self._all = [made, *(_recipe_choice(path, "recipe") for path in paths)]

    def choices(self, text: str) -> Sequence[Choice]:
        found = _fitting(self._all, text)
        typed = text.strip()
        if typed.endswith((".yaml", ".yml")) and all(choice.key != typed for choice in found):
            return [*found, _recipe_choice(typed, "as typed")]
        return found


def _recipe_choice(path: str, what: str) -> Choice:
    return Choice(path, (Cell(path), Cell(what, "quiet")), folded(path), path)


def _fitting(choices: Sequence[Choice], text: str) -> list[Choice]:
    wanted = folded(text).split()
    return [choice for choice in choices if all(word in choice.found_by for word in wanted)]
