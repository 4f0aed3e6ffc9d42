"""Buckets in which work waited while enough was at work, each carried until an item changes it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Callable, Sequence
from math import inf
from typing import Any, NamedTuple

from store.metrics import busy
from store.metrics.cutting import between, cut, within
from store.metrics.facts import Facts, Item
from store.metrics.keeping import Changed, at, kept
from store.metrics.model import Query
from store.metrics.periods import Window
from store.metrics.sliding import Index

WORKERS = 5
"""At work at once, for the rate of cards: the seeds' figure is for five."""
MOST_BUCKETS = 2_000
MOST_IDS = 500
BY_MACHINES = Index("cards concluded", "itens", at(lambda item: None if item.humano else item.concluido))


class Load(NamedTuple):
    """One bucket: the minutes in which some waited and five were at work, and what was concluded in them."""

    minutos: float
    n: int
    itens: tuple[str, ...]
    """Their ids, the newest first."""
    minutos_espera: float
    """In which anything waited, however many were at work."""
    n_espera: int


class _Edges(NamedTuple):
    """When waits, and attempts, began and ended: sorted moments."""

    esperas: tuple[list[float], list[float]]
    trabalhos: tuple[list[float], list[float]]


def loads(facts: Facts, query: Query) -> list[Load]:
    """Each bucket of the window up to now, oldest first."""
    edges = kept(facts, "waits and attempts", _edges, ("itens",), _edges_after)
    known = kept(facts, "loads", _nothing_yet, ("itens",), _without)
    found = []
    for bucket in cut(query):
        span = within(bucket, query)
        load = known.get(span)
        if load is None:
            load = _load(facts, edges, span)
            if span.fim < query.agora:
                known[span] = load
        found.append(load)
    while len(known) > MOST_BUCKETS:
        del known[next(iter(known))]
    return found


def _load(facts: Facts, edges: _Edges, span: Window) -> Load:
    waiting = busy.at_least(1, *_inside(edges.esperas, span))
    full = busy.both(waiting, busy.at_least(WORKERS, *_inside(edges.trabalhos, span)))
    times, items = BY_MACHINES.of(facts)
    done = [item for place in busy.places(times, full) for item in items[place]]
    return Load(
        busy.minutes(full),
        len(done),
        tuple(item.id for item in reversed(done[-MOST_IDS:])),
        busy.minutes(waiting),
        busy.inside(times, waiting),
    )


def _inside(edges: tuple[Sequence[float], Sequence[float]], span: Window) -> tuple[list[float], list[float]]:
    """Starts and ends, sorted, of what there is in a span; what began before it begins with it."""
    starts, ends = edges
    under_way = bisect_left(starts, span.inicio) - bisect_right(ends, span.inicio)
    begun = [span.inicio] * under_way + list(starts[between(starts, span)])
    over = ends[bisect_right(ends, span.inicio) : bisect_left(ends, span.fim)]
    return begun, [*over, *[span.fim] * (len(begun) - len(over))]


def _spans(item: Item) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """The times in which an item waits for a machine, and those in which one works on it."""
    if item.humano or item.devido is None:
        return [], []
    end = item.iniciado if item.iniciado is not None else _left(item)
    waited = [(item.devido, end)] if end > item.devido else []
    worked = [
        (begin, inf if until is None else until)
        for begin, until, _ in item.tentativas
        if begin is not None and (until is None or until > begin)
    ]
    return waited, worked


def _left(item: Item) -> float:
    """The end of the wait of an item that was never begun: when it ended, else it waits still."""
    if item.encerrado is not None:
        return item.encerrado
    return inf if item.status == "Pendente" and not item.retido else -inf


def _edges(facts: Facts) -> _Edges:
    found = _Edges(([], []), ([], []))
    for item in facts.itens:
        _each(found, item, lambda moments, moment: moments.append(moment))
    for moments in (*found.esperas, *found.trabalhos):
        moments.sort()
    return found


def _each(edges: _Edges, item: Item, change: Callable[[list[float], float], None]) -> None:
    for (starts, ends), spans in zip(edges, _spans(item), strict=True):
        for begin, end in spans:
            change(starts, begin)
            change(ends, end)


def _edges_after(old: _Edges, changed: Sequence[Changed]) -> _Edges:
    (one, two), (three, four) = old
    found = _Edges((list(one), list(two)), (list(three), list(four)))
    for _, before, after in changed:
        if before is not None:
            _each(found, before, _remove)
        if after is not None:
            _each(found, after, insort_right)
    return found


def _remove(moments: list[float], moment: float) -> None:
    del moments[bisect_left(moments, moment)]


def _nothing_yet(_facts: Facts) -> dict[Window, Load]:
    return {}


def _without(old: dict[Window, Load], changed: Sequence[Changed]) -> dict[Window, Load]:
    """Without the buckets in which an item that has changed is other than it was."""
    return {
        span: load
        for span, load in old.items()
        if all(_part(before, span) == _part(after, span) for _, before, after in changed)
    }


def _part(item: Item | None, span: Window) -> Any:
    """All of an item that a bucket depends on."""
    if item is None:
        return [], None
    clipped = [
        (kind, max(begin, span.inicio), min(end, span.fim))
        for kind, spans in enumerate(_spans(item))
        for begin, end in spans
        if end > span.inicio and begin < span.fim
    ]
    done = item.concluido
    counts = not item.humano and done is not None and span.inicio <= done <= span.fim
    return clipped, (done, item.id) if counts else None
