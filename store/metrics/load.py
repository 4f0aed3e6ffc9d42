"""Days in which work waited while enough was at work, each carried until an item changes it.

A bucket adds up its days: the differences of moments of these decades are added without a rest, so that it is
what it would be if it were made at once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Callable, Sequence
from itertools import chain, islice
from math import inf
from typing import Any, NamedTuple

from store.metrics import busy
from store.metrics.cutting import between, until_now
from store.metrics.daily import days_of
from store.metrics.facts import Facts, Item
from store.metrics.keeping import Changed, Dated, Made, at, kept, net, out_of
from store.metrics.lives import CONCLUDED
from store.metrics.model import Query
from store.metrics.periods import Window

WORKERS = 5
"""At work at once, for the rate of cards: the seeds' figure is for five."""
MOST_DAYS = 4_000
MOST_IDS = 500
_MADE = at(lambda item: None if item.humano else item.concluido)


class _ByMachines(NamedTuple):
    """What machines concluded, by when: a part of what ended well."""

    key: str = "cards concluded"
    campo: str = "itens"
    made: Made = _MADE

    def of(self, facts: Facts) -> Dated:
        """All of them."""
        return out_of(facts, self.key, self.campo, CONCLUDED.of, _MADE)


BY_MACHINES = _ByMachines()


class Load(NamedTuple):
    """One bucket: the minutes in which some waited and five were at work, and what was concluded in them."""

    minutos: float
    n: int
    itens: tuple[str, ...]
    """Their ids, the newest first."""
    minutos_espera: float
    """In which anything waited, however many were at work."""
    n_espera: int


class _Day(NamedTuple):
    """The same of a day, in seconds."""

    segundos: float
    n: int
    itens: tuple[str, ...]
    segundos_espera: float
    n_espera: int


class _Edges(NamedTuple):
    """When waits, and attempts, began and ended: sorted moments."""

    esperas: tuple[list[float], list[float]]
    trabalhos: tuple[list[float], list[float]]


def loads(facts: Facts, query: Query) -> list[Load]:
    """Each bucket of the window up to now, oldest first."""
    edges = kept(facts, "waits and attempts", _edges, ("itens",), _edges_after)
    known = kept(facts, "loads", _nothing_yet, ("itens",), _without)
    return [
        _added([_load(facts, edges, known, Window(day.begin, day.end), query) for day in days])
        for days in days_of(until_now(query), query.cortes)
    ]


def _added(days: Sequence[_Day]) -> Load:
    ids = chain.from_iterable(day.itens for day in reversed(days))
    return Load(
        sum(day.segundos for day in days) / 60,
        sum(day.n for day in days),
        tuple(islice(ids, MOST_IDS)),
        sum(day.segundos_espera for day in days) / 60,
        sum(day.n_espera for day in days),
    )


def _load(facts: Facts, edges: _Edges, known: dict[Window, _Day], span: Window, query: Query) -> _Day:
    load = known.get(span)
    if load is None:
        load = _made(facts, edges, span)
        if span.fim < query.agora:
            known[span] = load
            while len(known) > MOST_DAYS:
                del known[next(iter(known))]
    return load


def _made(facts: Facts, edges: _Edges, span: Window) -> _Day:
    waiting = busy.at_least(1, *_inside(edges.esperas, span))
    full = busy.both(waiting, busy.at_least(WORKERS, *_inside(edges.trabalhos, span)))
    times, items = BY_MACHINES.of(facts)
    done = [item for place in busy.places(times, full) for item in items[place]]
    return _Day(
        busy.seconds(full),
        len(done),
        tuple(item.id for item in reversed(done[-MOST_IDS:])),
        busy.seconds(waiting),
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
    """Of all items what `_spans` says of each, without a list for each."""
    found = _Edges(([], []), ([], []))
    (due, left), (begun, over) = found
    for item in facts.itens:
        since = item.devido
        if item.humano or since is None:
            continue
        until = item.iniciado if item.iniciado is not None else _left(item)
        if until > since:
            due.append(since)
            left.append(until)
        for begin, end, _ in item.tentativas:
            if begin is not None and (end is None or end > begin):
                begun.append(begin)
                over.append(inf if end is None else end)
    for moments in (due, left, begun, over):
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


def _nothing_yet(_facts: Facts) -> dict[Window, _Day]:
    return {}


def _without(old: dict[Window, _Day], changed: Sequence[Changed]) -> dict[Window, _Day]:
    """Without the days in which an item that has changed is other than it was."""
    found = dict(old)
    for _, before, after in net(changed):
        begin, end = _reach(before, after)
        for span in [each for each in found if each.fim >= begin and each.inicio <= end]:
            if _part(before, span) != _part(after, span):
                del found[span]
    return found


def _reach(*items: Item | None) -> tuple[float, float]:
    """From when on, and until when, any day depends on an item."""
    moments = [
        moment
        for item in items
        if item is not None
        for spans in _spans(item)
        for both in spans
        for moment in both
    ]
    moments += [item.concluido for item in items if item is not None and item.concluido is not None]
    return min(moments, default=inf), max(moments, default=-inf)


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
