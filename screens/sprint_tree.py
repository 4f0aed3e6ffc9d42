"""The lines of a sprint's tree that are shown now: what is folded hides what is under it, a filter all that
it doesn't find but what stands above what it finds. Pure; for thousands of tasks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from screens.backlog_query import Query
from screens.sprint_states import state_of
from store.views.search import folded
from store.views.sprint import ENDS, ChildRow, SprintView, TaskRow

FACETS: Mapping[str, Callable[[TaskRow], str]] = {
    "status": lambda row: state_name(row),
    "ator": lambda row: row.responsavel,
    "item": lambda row: row.item_ref,
}
"""The facets of the filter, and where each looks."""


class Line(NamedTuple):
    """A task as it is shown; `key` is its code."""

    row: TaskRow
    opened: bool
    closed: bool
    """Something is under it that is not shown."""
    found: bool
    """False for one that is shown only because it stands above what was found."""
    children: int
    """Children of its work that nobody has decided about."""

    @property
    def key(self) -> str:
        return self.row.codigo


def state_name(row: TaskRow) -> str:
    """Its state's word without blanks, as a filter has it: `to-do`."""
    return state_of(row).word.replace(" ", "-")


def parent(codigo: str) -> str:
    """The code of the task above; empty for a root."""
    return codigo.rpartition(".")[0]


def lines(view: SprintView, folded_codes: set[str], query: Query) -> list[Line]:
    """The lines from the top; with a query everything that it finds is shown, whatever is folded."""
    rows = view.tarefas
    above = {parent(row.codigo) for row in rows}
    undecided = Counter(child.task for child in view.filhos)
    if query == Query():
        return _unfolded(rows, above, folded_codes, undecided)
    found = {row.codigo for row in rows if matches(row, query)}
    kept = set(found)
    for codigo in found:
        while codigo := parent(codigo):
            kept.add(codigo)
    return [
        Line(row, row.codigo in above, False, row.codigo in found, undecided[row.codigo])
        for row in rows
        if row.codigo in kept
    ]


def _unfolded(
    rows: Sequence[TaskRow], above: set[str], folded_codes: set[str], undecided: Mapping[str, int]
) -> list[Line]:
    shown: list[Line] = []
    hidden = ""
    for row in rows:
        if hidden and row.codigo.startswith(hidden):
            continue
        has = row.codigo in above
        closed = has and row.codigo in folded_codes
        hidden = f"{row.codigo}." if closed else ""
        shown.append(Line(row, has and not closed, closed, True, undecided.get(row.codigo, 0)))
    return shown


def matches(row: TaskRow, query: Query) -> bool:
    """Whether a query finds a task."""
    text = f"{row.busca} {state_of(row).word}"
    return all(word in text for word in query.words) and all(
        folded(FACETS[name](row)).startswith(value) for name, value in query.facets
    )


def with_children(view: SprintView) -> set[str]:
    """The codes of all tasks that have some under them."""
    return {parent(row.codigo) for row in view.tarefas} - {""}


def siblings(view: SprintView, codigo: str) -> list[str]:
    """The codes of a task and those beside it, in their order."""
    above = parent(codigo)
    return [row.codigo for row in view.tarefas if parent(row.codigo) == above]


def children_of(view: SprintView, codigo: str) -> list[ChildRow]:
    """What a task's work has brought up that nobody has decided about."""
    return [child for child in view.filhos if child.task == codigo]


def left_of(view: SprintView, codigo: str) -> list[ChildRow]:
    """What a task's work has brought up that was left in the backlog."""
    chave = f"{view.sprint.sprint_id}/{codigo}"
    return [child for child in view.deixados if child.task == chave]


def home_in(view: SprintView, child: ChildRow) -> str:
    """The task under which a child is pulled into this sprint; empty for a root."""
    if not child.deixado_por:
        return child.task
    sprint_id, _, codigo = child.task.partition("/")
    row = row_of(view, codigo) if sprint_id == view.sprint.sprint_id else None
    return codigo if row is not None and (row.estado == "concluida" or row.estado not in ENDS) else ""


def waiting_for(view: SprintView, codigo: str) -> list[str]:
    """The codes of the open tasks that wait for a task to be concluded, and don't go wherever it goes."""
    return [
        row.codigo
        for row in view.tarefas
        if codigo in row.depende_de
        and not row.iniciada_em
        and row.estado not in ENDS
        and not row.codigo.startswith(f"{codigo}.")
    ]


def row_of(view: SprintView, codigo: str) -> TaskRow | None:
    """A task by its code."""
    return next((row for row in view.tarefas if row.codigo == codigo), None)
