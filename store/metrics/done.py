"""What ended well on each day, by type and actor: how long it took, and where its time went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import inf
from operator import attrgetter
from typing import NamedTuple

from store.metrics.cells import parted
from store.metrics.cutting import HOUR
from store.metrics.daily import by_day
from store.metrics.facts import Facts, Item, Moment
from store.metrics.lives import CONCLUDED
from store.metrics.model import Query
from store.metrics.sliding import TICKS
from store.metrics.waiting import STATES, spent

WHY_NOT = ("decided by people", "skipped", "never started", "ended before it began")
"""Why an item that ended well is not among the cycle times."""
_CREATED: Callable[[Item], Moment] = attrgetter("criado")
Kind = tuple[str, str]
"""Type and actor."""
_KIND: Callable[[Item], Kind] = attrgetter("tipo", "ator")
Life = tuple[int, ...]
"""Ticks beside `STATES`, and how many items have any behind them."""
NO_LIFE: Life = (0,) * (len(STATES) + 1)


def why_no_cycle(item: Item) -> str:
    """Which of `WHY_NOT` it is; empty where it is among them."""
    if item.humano:
        return WHY_NOT[0]
    if item.status == "Pulado":
        return WHY_NOT[1]
    if item.iniciado is None or item.concluido is None:
        return WHY_NOT[2]
    return WHY_NOT[3] if item.concluido < item.iniciado else ""


def fair_cycle(item: Item) -> float | None:
    """Hours from the first start to the good end; None of what `why_no_cycle` has anything against."""
    started, done = item.iniciado, item.concluido
    if item.humano or started is None or done is None or done < started or item.status == "Pulado":
        return None
    return (done - started) / HOUR


class Done(NamedTuple):
    """What ended well on a day, of one kind."""

    times: Sequence[float]
    items: Sequence[Item]
    """Beside their moments, in order."""
    cycles: Sequence[float]
    """Hours, ascending."""
    left: Counter[str]
    """How many are not among them, by reason."""
    life: Life
    begun: Sequence[float]
    """When each was created, ascending; what nobody knows it of counts as created when it ended."""


def done_by_day(facts: Facts, query: Query) -> list[list[dict[Kind, Done]]]:
    """A list a bucket of the window up to now, with what there is of each day."""
    return by_day(facts, CONCLUDED, "done", _day, query)


def _day(times: Sequence[float], items: Sequence[Item]) -> dict[Kind, Done]:
    return {kind: _done(*some) for kind, some in parted(_KIND, times, items).items()}


def _done(times: Sequence[float], items: Sequence[Item]) -> Done:
    cycles = [each for each in map(fair_cycle, items) if each is not None]
    left = Counter(map(why_no_cycle, items)) if len(cycles) < len(items) else Counter[str]()
    left.pop("", None)
    begun = sorted(inf if each is None else each for each in map(_CREATED, items))
    return Done(times, items, sorted(cycles), left, _lives(items), begun)


def _lives(items: Sequence[Item]) -> Life:
    found = [life for life in map(_life, items) if any(life)]
    if not found:
        return NO_LIFE
    return (*(sum(map(round, map(TICKS.__mul__, column))) for column in zip(*found, strict=True)), len(found))


def _life(item: Item) -> tuple[float, ...]:
    """What `spent` says of the whole of it; faster for what most are: tried once, never held or blocked."""
    begin, end, tries = item.criado, item.encerrado, item.tentativas
    if len(tries) != 1 or item.bloqueios or item.retido or begin is None or end is None:
        return spent(item, None, 0.0)
    first, last, _ = tries[0]
    due = item.devido
    if (
        first is None
        or last is None
        or not begin <= first <= last <= end
        or (due is not None and due > begin)
    ):
        return spent(item, None, 0.0)
    active = last - first
    idle = end - begin - active
    if item.humano:
        return active, 0.0, 0.0, 0.0, idle, 0.0, 0.0
    started = item.iniciado
    if started is None or started >= end:
        return active, idle, 0.0, 0.0, 0.0, 0.0, 0.0
    queued = min(max(started - begin, 0.0), idle)
    return active, queued, idle - queued, 0.0, 0.0, 0.0, 0.0


def lives_of(some: Sequence[Life]) -> Life:
    """Added up."""
    return tuple(map(sum, zip(*some, strict=True))) if some else NO_LIFE
