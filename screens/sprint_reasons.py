"""Why something can't be done on the Sprint screen now, in a line each; empty when it can. Pure functions."""

from __future__ import annotations

from screens.sprint_states import task_state
from store.views.model import LineState
from store.views.sprint import ENDS, SprintView, TaskRow

NO_TASK = "There is no task under the cursor"


def why_no_change(view: SprintView | None, linha: LineState) -> str:
    """Why nothing of a sprint can be changed here."""
    if linha.modo == "viewing":
        return "This workspace is only viewed"
    if view is None:
        return "No sprint is open"
    if view.sprint.estado != "aberta":
        return f"{view.sprint.sprint_id} is closed: it is only shown"
    return ""


def why_no_start(row: TaskRow, view: SprintView, pull: str) -> str:
    """Why a task can't be started; `pull` is the key that pulls what it waits for."""
    if row.estado in ENDS:
        return f"{row.codigo} is {task_state(row.estado).word} already"
    if row.iniciada_em:
        resumes = row.estado == "bloqueada" and not row.item_ref
        return "" if resumes else f"{row.codigo} was started already"
    if row.espera:
        verb = "is paused by" if any(wait.quebrada for wait in row.espera) else "waits for"
        offer = f"; {pull} pulls it" if any(wait.puxavel for wait in row.espera) else ""
        return f"{row.codigo} {verb} {', '.join(wait.told() for wait in row.espera)}{offer}"
    if row.estado == "falhou":
        return f"{row.codigo} can't start: {row.item_ref} is {row.item_status}"
    sprint = view.sprint
    if sprint.wip is not None and sprint.em_curso >= sprint.wip:
        names = ", ".join(under_way(view))
        return f"{sprint.em_curso} of {sprint.wip} tasks are under way ({names}): conclude one first"
    return ""


def under_way(view: SprintView) -> list[str]:
    """The codes of the tasks that count towards the limit."""
    return [row.codigo for row in view.tarefas if row.iniciada_em and row.estado not in ENDS]


def why_no_conclusion(row: TaskRow, view: SprintView, start: str) -> str:
    """Why a task can't be concluded."""
    if row.estado in ENDS:
        return f"{row.codigo} is {task_state(row.estado).word} already"
    if not row.iniciada_em:
        return f"{row.codigo} is not started: {start} starts it"
    below = [
        each.codigo
        for each in view.tarefas
        if each.codigo.rpartition(".")[0] == row.codigo and each.estado not in ENDS
    ]
    if below:
        return f"{row.codigo} has open subtasks: {', '.join(below)}"
    if row.item_ref and row.estado != "pronta":
        return f"{row.codigo} is not finished: {row.item_ref} is {row.item_status}"
    return ""


def why_no_block(row: TaskRow) -> str:
    """Why a person can't say that a task is blocked."""
    if row.item_ref:
        return f"{row.codigo} is blocked and freed by its item, {row.item_ref}"
    if row.estado in ENDS:
        return f"{row.codigo} is {task_state(row.estado).word} already"
    return "" if row.iniciada_em else f"{row.codigo} is not started: there is nothing to block"


def why_ended(row: TaskRow) -> str:
    """Why nothing more is done to a task that has ended."""
    where = f": it goes on as {row.levada_para}" if row.levada_para else ""
    return f"{row.codigo} is {task_state(row.estado).word}{where}" if row.estado in ENDS else ""
