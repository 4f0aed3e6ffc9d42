"""Which state an item was in from when until when, so that it need not be looked at for each span.

Only of lives that are the same however time is cut: `spent` tells of a window what lies within it, and where
attempts overlap, began before the first start, or an item was blocked before it was due, that is not the sum
of what its parts tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf

from store.metrics.facts import Item
from store.metrics.waiting import STATES, of_a_task

Stretch = tuple[int, float, float]
"""The state's place in `STATES`, since when and until when; infinity where it goes on."""
WHOLE_SINCE = 2.0**30
"""Epoch seconds, in 2004: moments since then are whole ticks (see `sliding`), however they are added up."""
ACTIVE, QUEUED, AGAIN, BLOCKED, DECIDED, HELD, LATER = range(len(STATES))


def stretches(item: Item) -> Sequence[Stretch] | None:
    """In the order of time; None where an item has to be looked at for every span."""
    begin, end = item.criado, _end(item)
    if begin is None or end <= begin:
        return ()
    busy = sorted(_busy(item, begin, end))
    if begin < WHOLE_SINCE or _unclear(item, begin):
        return None
    if any(later[0] < earlier[1] for earlier, later in pairwise(busy)):
        return None
    found: list[Stretch] = []
    phases = _phases(item)
    for since, until, state in busy:
        found.extend(_idle(phases, begin, since))
        found.append((state, since, until))
        begin = until
    found.extend(_idle(phases, begin, end))
    return found


def is_usual(item: Item) -> bool:
    """Whether an item waited once, was worked on once, and ended with that: most have."""
    begin, started, end = item.criado, item.iniciado, item.encerrado
    if begin is None or started is None or end is None or len(item.tentativas) != 1 or item.bloqueios:
        return False
    since, until, _ = item.tentativas[0]
    if since != started or until != end or item.retido or (item.devido or begin) > begin:
        return False
    return WHOLE_SINCE <= begin <= started <= end


def _end(item: Item) -> float:
    return inf if item.encerrado is None else item.encerrado


def _busy(item: Item, begin: float, end: float) -> Iterator[tuple[float, float, int]]:
    """When an item was at work or blocked, within its life."""
    for state, spans in ((ACTIVE, item.tentativas), (BLOCKED, item.bloqueios)):
        for since, until in ((span[0], span[1]) for span in spans):
            if since is not None:
                first, last = max(since, begin), end if until is None else min(until, end)
                if last > first:
                    yield first, last, state


def _unclear(item: Item, begin: float) -> bool:
    """Whether the idle time of a window is not that of its parts."""
    due, ready, started = item.devido, item.pendente, item.iniciado
    if item.retido:
        return False
    if due is None or due <= begin or ready is None:
        due = ready = begin
    if any(ready < (each.inicio or ready) < due for each in item.bloqueios):
        return True
    return not item.humano and any(
        started is not None and each.inicio is not None and max(each.inicio, begin) < started
        for each in item.tentativas
    )


def _phases(item: Item) -> list[tuple[float, int]]:
    """Until when idle time is what, in order."""
    if item.retido:
        return [(inf, HELD)]
    early = LATER if item.agendado or not of_a_task(item) else HELD
    first = (-inf if item.devido is None else item.devido, early)
    if item.humano:
        return [first, (inf, DECIDED)]
    return [first, (inf if item.iniciado is None else item.iniciado, QUEUED), (inf, AGAIN)]


def _idle(phases: Sequence[tuple[float, int]], begin: float, end: float) -> Iterator[Stretch]:
    for until, state in phases:
        last = min(until, end)
        if last > begin:
            yield state, begin, last
            begin = last
