"""Where an item's time goes: work, queue, retries, blocked, waiting for a person, held back, not due yet.

Waiting begins when an item could be begun or answered: before its due time nothing waits for anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from store.metrics.facts import Episode, Item, Try
from store.metrics.periods import Window


class Spent(NamedTuple):
    """Seconds of an item's life, each second in one of these."""

    ativo: float = 0.0
    """In `EmProcessamento`: an attempt was under way."""
    fila: float = 0.0
    """`Pendente` before the first attempt."""
    retomada: float = 0.0
    """`Pendente` after an attempt: backoff of a retry, or back in the queue."""
    bloqueado: float = 0.0
    decisao: float = 0.0
    """`Pendente`, and a person's to decide."""
    retido: float = 0.0
    """Discovered by a task's work and not pulled yet."""
    agendado: float = 0.0
    """Before its due time: nobody could have begun or answered it."""

    @property
    def total(self) -> float:
        """All of it."""
        return sum(self)

    @property
    def espera(self) -> float:
        """All but the work, and what was not due yet."""
        return sum(self) - self.ativo - self.agendado


STATES = ("ativo", "fila", "retomada", "bloqueado", "decisao", "retido", "agendado")
WAITING = STATES[1:-1]
"""All but the work itself, and what was not due yet."""
WORDS = {
    "ativo": "at work",
    "fila": "in the queue",
    "retomada": "between attempts",
    "bloqueado": "blocked",
    "decisao": "waiting for a person",
    "retido": "held until it is pulled",
    "agendado": "not due yet",
}
"""What each is called on screen."""


def spent(item: Item, window: Window | None, now: float) -> Spent:
    """Where an item's time went, within a window or over its whole life; all 0 where nothing is known."""
    begin, end = item.criado, item.encerrado if item.encerrado is not None else now
    if begin is None or end <= begin:
        return Spent()
    if window is not None:
        begin, end = max(begin, window.inicio), min(end, window.fim)
        if end <= begin:
            return Spent()
    active = _inside(item.tentativas, begin, end)
    blocked = _inside(item.bloqueios, begin, end) if item.bloqueios else 0.0
    blocked = min(blocked, end - begin - active)
    idle = end - begin - active - blocked
    if item.retido:
        return Spent(active, 0.0, 0.0, blocked, 0.0, idle)
    due = item.devido
    early = _early(item, begin, min(due, end), idle) if due is not None and due > begin else 0.0
    held, later = (0.0, early) if item.agendado or not of_a_task(item) else (early, 0.0)
    idle -= early
    if item.humano:
        return Spent(active, 0.0, 0.0, blocked, idle, held, later)
    started = item.iniciado
    if started is None or started >= end:
        return Spent(active, idle, 0.0, blocked, 0.0, held, later)
    queued = started - begin - early if started > begin else 0.0
    if blocked and queued:
        queued -= _inside(item.bloqueios, begin, started)
    queued = min(max(queued, 0.0), idle)
    return Spent(active, queued, idle - queued, blocked, 0.0, held, later)


def of_a_task(item: Item) -> bool:
    """Whether it was held for a task, where anything held it."""
    return bool(item.filho_de or item.tarefa)


def _early(item: Item, begin: float, due: float, idle: float) -> float:
    """Seconds before its due time in which nothing else kept an item, at most `idle`.

    Where it was pending before and was blocked since, what it was due from is the end of that: none are.
    """
    ready = item.pendente
    if ready is not None and any(ready < (each.inicio or ready) < due for each in item.bloqueios):
        return 0.0
    seconds = due - begin - _inside(item.tentativas, begin, due) - _inside(item.bloqueios, begin, due)
    return min(max(seconds, 0.0), idle)


def _inside(spans: Sequence[Try] | Sequence[Episode], begin: float, end: float) -> float:
    """Seconds of spans within [begin, end]; one without an end goes on, one without a begin is nothing."""
    seconds = 0.0
    for span in spans:
        since, until = span[0], span[1]
        if since is not None:
            last = end if until is None or until > end else until
            first = since if since > begin else begin
            if last > first:
                seconds += last - first
    return seconds if seconds < end - begin else end - begin
