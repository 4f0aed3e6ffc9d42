"""Items on their way: arrivals at each stage, cycle times, what is under way, limits of a run chart.

metrics.md, section 3. Times are epoch seconds; the functions know nothing of windows' names or of charts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from statistics import fmean
from typing import cast

from store.metrics.cutting import DAY, HOUR
from store.metrics.facts import Facts, Item, Moment
from store.metrics.keeping import Changed, kept
from store.metrics.lives import CONCLUDED
from store.metrics.periods import Window
from store.metrics.sliding import numbers
from store.metrics.statistics import percentile_sorted, shown_percentile

STAGES = ("Criado", "Pendente", "EmProcessamento", "Concluido")
"""In the order of an item's life."""
ENDED = frozenset({"Concluido", "Pulado", "Cancelado", "Falhou"})
CANCELLED = "Cancelado"
REFERENCE_DAYS = 90
"""Cycle times of so many days are what ages are measured against."""
WHEELER = 2.66
"""Times the mean moving range: the limits of a run chart of single values."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The items, as flow charts look at them."""

    arrivals: tuple[Sequence[float], ...]
    """Sorted, a sequence a stage: the first arrival at it or at a later one."""
    leaves: tuple[Sequence[float], ...]
    """Sorted: when cancelled items left the stage's line."""
    done: Sequence[Item]
    """That ended well, by when."""
    done_at: Sequence[float]
    cycles: Sequence[float | None]
    """Beside `done`: hours from the first start to the end; None where `why_no_cycle` says why."""
    open: Sequence[Item]
    """That have not ended."""


def flow_of(facts: Facts) -> Flow:
    """The flow of these facts; made once."""
    return kept(facts, "flow", _flow, ("itens",), _flow_after)


def _flow(facts: Facts) -> Flow:
    usual: list[Item] = []
    rest: list[Item] = []
    for item in facts.itens:
        (usual if _usual(item) else rest).append(item)
    arrivals = (
        [item.criado for item in usual],
        [item.pendente for item in usual],
        [item.iniciado for item in usual],
        [item.concluido for item in usual],
    )
    found = cast("tuple[list[float], ...]", arrivals)
    leaves: tuple[list[float], ...] = ([], [], [], [])
    for item in rest:
        _file(item, found, leaves)
    finished = sorted([*usual, *(item for item in rest if item.concluido is not None)], key=_DONE_AT)
    return Flow(
        tuple(sorted(stage) for stage in found),
        tuple(sorted(stage) for stage in leaves),
        finished,
        [_DONE_AT(item) for item in finished],
        [fair_cycle(item) for item in finished],
        [item for item in rest if is_open(item)],
    )


def _flow_after(old: Flow, changed: Sequence[Changed]) -> Flow:
    """The flow when some items are other than they were."""
    flow = Flow(
        tuple(map(list, old.arrivals)),
        tuple(map(list, old.leaves)),
        list(old.done),
        list(old.done_at),
        list(old.cycles),
        list(old.open),
    )
    for _, before, after in changed:
        if before is not None:
            _forget(flow, before)
        if after is not None:
            _learn(flow, after)
    return flow


def _moments(item: Item) -> tuple[tuple[list[float], ...], tuple[list[float], ...]]:
    """One item's arrivals and leaves, a list a stage."""
    arrivals: tuple[list[float], ...] = ([], [], [], [])
    leaves: tuple[list[float], ...] = ([], [], [], [])
    _file(item, arrivals, leaves)
    return arrivals, leaves


def _forget(flow: Flow, item: Item) -> None:
    for stages, mine in zip((flow.arrivals, flow.leaves), _moments(item), strict=True):
        for stage, moments in zip(stages, mine, strict=True):
            for moment in moments:
                del cast("list[float]", stage)[bisect_left(stage, moment)]
    if item.concluido is not None:
        place = cast("list[Item]", flow.done).index(item, bisect_left(flow.done_at, item.concluido))
        for row in (flow.done, flow.done_at, flow.cycles):
            del cast("list[object]", row)[place]
    if is_open(item) and not _usual(item):
        cast("list[Item]", flow.open).remove(item)


def _learn(flow: Flow, item: Item) -> None:
    for stages, mine in zip((flow.arrivals, flow.leaves), _moments(item), strict=True):
        for stage, moments in zip(stages, mine, strict=True):
            for moment in moments:
                insort_right(cast("list[float]", stage), moment)
    if item.concluido is not None:
        place = bisect_right(flow.done_at, item.concluido)
        rows = (flow.done, flow.done_at, flow.cycles)
        for row, value in zip(rows, (item, item.concluido, fair_cycle(item)), strict=True):
            cast("list[object]", row).insert(place, value)
    if is_open(item) and not _usual(item):
        cast("list[Item]", flow.open).append(item)


def is_open(item: Item) -> bool:
    """Whether it has not ended."""
    return item.encerrado is None and item.status not in ENDED


_DONE_AT = attrgetter("concluido")


def _usual(item: Item) -> bool:
    """Whether an item went through every stage in order and ended well: most have."""
    created, ready, started, done = item.criado, item.pendente, item.iniciado, item.concluido
    if created is None or ready is None or started is None or done is None:
        return False
    return created <= ready <= started <= done


def _file(item: Item, arrivals: Sequence[list[float]], leaves: Sequence[list[float]]) -> None:
    """The arrivals of an item that skipped a stage, has times out of order, or was cancelled."""
    cancelled = item.encerrado if item.status == CANCELLED else None
    if item.status == CANCELLED and cancelled is None:
        return
    for stage, moment in enumerate(first_arrivals(item)):
        if moment is not None:
            arrivals[stage].append(moment)
            if cancelled is not None:
                leaves[stage].append(max(cancelled, moment))


def first_arrivals(item: Item) -> tuple[Moment, Moment, Moment, Moment]:
    """When an item first was at each stage or at a later one."""
    found: list[Moment] = []
    earliest: Moment = None
    for moment in (item.concluido, item.iniciado, item.pendente, item.criado):
        if moment is not None and (earliest is None or moment < earliest):
            earliest = moment
        found.append(earliest)
    done, started, ready, created = found
    return created, ready, started, done


def cumulative(
    arrivals: Sequence[Sequence[float]], leaves: Sequence[Sequence[float]], moments: Iterable[float]
) -> list[tuple[int, ...]]:
    """At each moment, how many have arrived at each stage or at a later one, and are not gone."""
    return [
        tuple(
            bisect_right(came, moment) - bisect_right(left, moment)
            for came, left in zip(arrivals, leaves, strict=True)
        )
        for moment in moments
    ]


def fair_cycle(item: Item) -> float | None:
    """`cycle_hours` of what `why_no_cycle` has nothing against."""
    started, done = item.iniciado, item.concluido
    if item.humano or started is None or done is None or done < started or item.status == "Pulado":
        return None
    return (done - started) / HOUR


def cycle_hours(item: Item) -> float | None:
    """Hours from the first start to the good end; None where one is missing, or the end came before."""
    if item.iniciado is None or item.concluido is None or item.concluido < item.iniciado:
        return None
    return (item.concluido - item.iniciado) / HOUR


WHY_NOT = ("decided by people", "skipped", "never started", "ended before it began")
"""Why an item that ended well is not among the cycle times."""


def why_no_cycle(item: Item) -> str:
    """Which of `WHY_NOT` it is; empty where it is among them."""
    if item.humano:
        return WHY_NOT[0]
    if item.status == "Pulado":
        return WHY_NOT[1]
    if item.iniciado is None or item.concluido is None:
        return WHY_NOT[2]
    return WHY_NOT[3] if item.concluido < item.iniciado else ""


def usual_cycles(facts: Facts, now: float) -> dict[str, Sequence[float]]:
    """Sorted cycle hours of what ended well in the last 90 days, by type; all types under the empty text."""
    recent = Window(now - REFERENCE_DAYS * DAY, now)
    return {
        "": [],
        **cast("Mapping[str, Sequence[float]]", numbers(facts, CONCLUDED, "usual", _usual_cycle, recent)),
    }


def _usual_cycle(_moment: float, item: Item) -> Iterator[tuple[str, float]]:
    if (hours := fair_cycle(item)) is not None:
        yield "", hours
        if item.tipo:
            yield item.tipo, hours


def reference(usual: Mapping[str, Sequence[float]], tipo: str) -> tuple[float | None, float | None]:
    """The p50 and p85 that an item's age is measured against: of its type, of all types below 7 of it."""
    own = usual.get(tipo, ())
    cycles = own if len(own) >= 7 else usual.get("", ())
    return percentile_sorted(cycles, 50), shown_percentile(cycles, 85)


def ages(items: Iterable[Item], now: float) -> list[tuple[Item, float]]:
    """What is under way with its age in hours, since the first start; blocked time counts. Oldest first."""
    found = [
        (item, (now - item.iniciado) / HOUR)
        for item in items
        if item.iniciado is not None and item.iniciado <= now
    ]
    return sorted(found, key=lambda each: -each[1])


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a run chart of single values (Wheeler): what lies between them is the usual."""

    centro: float
    baixo: float
    alto: float


def natural_limits(values: Sequence[float]) -> Limits | None:
    """Mean ± 2.66 × the mean moving range, not below 0; None below two values."""
    if len(values) < 2:
        return None
    centre = fmean(values)
    reach = WHEELER * fmean(abs(later - earlier) for earlier, later in pairwise(values))
    return Limits(centre, max(0.0, centre - reach), centre + reach)
