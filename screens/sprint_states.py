"""The states of a task as they are shown: a symbol, a word, and a style; never only a colour."""

from __future__ import annotations

from screens.states import State
from store.views.sprint import WORDS, TaskRow

_SHOWN = {
    "a_fazer": ("○", "$foreground", ""),
    "espera": ("◦", "$text-muted", "quiet"),
    "bloqueada": ("■", "$text-warning", "warn"),
    "pausada": ("□", "$text-error", "bad"),
    "na_fila": ("◇", "$text-primary", "primary"),
    "espera_voce": ("◆", "$text-warning", "warn"),
    "em_andamento": ("●", "$text-primary", "primary"),
    "pronta": ("»", "$text-success", "good"),
    "falhou": ("✗", "$text-error", "bad"),
    "concluida": ("✓", "$text-success", "good"),
    "cancelada": ("–", "$text-muted", "quiet"),
    "devolvida": ("↩", "$text-muted", "quiet"),
    "levada": ("→", "$text-muted", "quiet"),
}


def task_state(estado: str) -> State:
    """How a state is shown, with the style of text."""
    symbol, style, _ = _SHOWN.get(estado, ("?", "$text-muted", "quiet"))
    return State(symbol, WORDS.get(estado, estado), style)


def state_of(row: TaskRow) -> State:
    """How a task's state is shown."""
    return task_state(row.estado)


def cell_style(row: TaskRow) -> str:
    """The style of its cell in a table."""
    return _SHOWN[row.estado][2]
