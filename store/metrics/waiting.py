"""Where an item's time goes: work, queue, retries, blocked, waiting for a person, held back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from store.metrics.facts import Item, Moment
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

    @property
    def total(self) -> float:
        """All of it."""
        return sum(self)

    @property
    def espera(self) -> float:
        """All but the work."""
        return sum(self) - self.ativo


STATES = ("ativo", "fila", "retomada", "bloqueado", "decisao", "retido")
WORDS = {
    "ativo": "at work",
    "fila": "in the queue",
    "retomada": "between attempts",
    "bloqueado": "blocked",
    "decisao": "waiting for a person",
    "retido": "held until it is pulled",
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
    active = _inside(((each.inicio, each.fim) for each in item.tentativas), begin, end, end)
    blocked = _inside(item.bloqueios, begin, end, end)
    idle = max(end - begin - active - blocked, 0.0)
    if item.humano:
        return Spent(active, bloqueado=blocked, decisao=idle)
    if item.retido:
        return Spent(active, bloqueado=blocked, retido=idle)
    started = item.iniciado if item.iniciado is not None else end
    before = max(min(started, end) - begin, 0.0)
    queued = min(max(before - _inside(item.bloqueios, begin, begin + before, end), 0.0), idle)
    return Spent(active, queued, idle - queued, blocked)


def _inside(spans: Iterable[tuple[Moment, Moment]], begin: float, end: float, open_until: float) -> float:
    """Seconds of spans within [begin, end]; one without an end goes on, one without a begin is nothing."""
    seconds = 0.0
    for since, until in spans:
        if since is not None:
            last = open_until if until is None else until
            seconds += max(min(last, end) - max(since, begin), 0.0)
    return min(seconds, max(end - begin, 0.0))


def total(parts: Iterable[Spent]) -> Spent:
    """The sum, state by state."""
    columns: Sequence[tuple[float, ...]] = list(zip(*parts, strict=True))
    return Spent(*(sum(column) for column in columns)) if columns else Spent()
