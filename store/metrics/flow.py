"""Items on their way: arrivals at each stage, cycle times, what is under way, limits of a run chart.

metrics.md, section 3. Times are epoch seconds; the functions know nothing of windows' names or of charts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from operator import attrgetter
from statistics import fmean
from typing import NamedTuple, cast

from store.metrics.cutting import DAY, HOUR
from store.metrics.done import done_by_day
from store.metrics.facts import Facts, Item, Moment
from store.metrics.keeping import Changed, kept
from store.metrics.lives import CONCLUDED
from store.metrics.model import Query
from store.metrics.periods import Bucketing, Window
from store.metrics.statistics import percentile_sorted, shown_percentile

STAGES = ("Criado", "Pendente", "EmProcessamento", "Concluido")
"""In the order of an item's life."""
ENDED = frozenset({"Concluido", "Pulado", "Cancelado", "Falhou"})
CANCELLED = "Cancelado"
REFERENCE_DAYS = 90
"""Cycle times of so many days are what ages are measured against."""
WHEELER = 2.66
"""Times the mean moving range: the limits of a run chart of single values."""


class _Stages(NamedTuple):
    """What is carried of all items besides those that ended well."""

    arrivals: tuple[Sequence[float], ...]
    leaves: tuple[Sequence[float], ...]
    open: Sequence[Item]


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
    open: Sequence[Item]
    """That have not ended."""


def flow_of(facts: Facts) -> Flow:
    """The flow of these facts; made once."""
    stages = kept(facts, "flow", _stages, ("itens",), _stages_after)
    done = CONCLUDED.of(facts)
    return Flow(stages.arrivals, stages.leaves, done.rows, done.times, stages.open)


_MOMENTS = attrgetter("criado", "pendente", "iniciado", "concluido")


def _stages(facts: Facts) -> _Stages:
    came: list[tuple[float, float, float, float]] = []
    rest: list[Item] = []
    for item, moments in zip(facts.itens, map(_MOMENTS, facts.itens), strict=True):
        created, ready, started, done = moments
        if created is None or ready is None or started is None or done is None:
            rest.append(item)
        elif created <= ready <= started <= done:
            came.append(moments)
        else:
            rest.append(item)
    arrivals = tuple([moments[stage] for moments in came] for stage in range(len(STAGES)))
    leaves: tuple[list[float], ...] = ([], [], [], [])
    for item in rest:
        _file(item, arrivals, leaves)
    for stage in (*arrivals, *leaves):
        stage.sort()
    return _Stages(arrivals, leaves, [item for item in rest if is_open(item)])


def _stages_after(old: _Stages, changed: Sequence[Changed]) -> _Stages:
    """The stages when some items are other than they were."""
    stages = _Stages(tuple(map(list, old.arrivals)), tuple(map(list, old.leaves)), list(old.open))
    for _, before, after in changed:
        if before is not None:
            _forget(stages, before)
        if after is not None:
            _learn(stages, after)
    return stages


def _moments(item: Item) -> tuple[tuple[list[float], ...], tuple[list[float], ...]]:
    """One item's arrivals and leaves, a list a stage."""
    arrivals: tuple[list[float], ...] = ([], [], [], [])
    leaves: tuple[list[float], ...] = ([], [], [], [])
    _file(item, arrivals, leaves)
    return arrivals, leaves


def _forget(found: _Stages, item: Item) -> None:
    for stages, mine in zip((found.arrivals, found.leaves), _moments(item), strict=True):
        for stage, moments in zip(stages, mine, strict=True):
            for moment in moments:
                del cast("list[float]", stage)[bisect_left(stage, moment)]
    if is_open(item) and not _usual(item):
        cast("list[Item]", found.open).remove(item)


def _learn(found: _Stages, item: Item) -> None:
    for stages, mine in zip((found.arrivals, found.leaves), _moments(item), strict=True):
        for stage, moments in zip(stages, mine, strict=True):
            for moment in moments:
                insort_right(cast("list[float]", stage), moment)
    if is_open(item) and not _usual(item):
        cast("list[Item]", found.open).append(item)


def is_open(item: Item) -> bool:
    """Whether it has not ended."""
    return item.encerrado is None and item.status not in ENDED


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


def usual_cycles(facts: Facts, now: float, fuso: str = Bucketing().fuso) -> dict[str, Sequence[float]]:
    """Sorted cycle hours of what ended well in the last 90 days, by type; all types under the empty text.

    Any `fuso` gives the same ones: they are carried by its days.
    """
    recent = Query(Window(now - REFERENCE_DAYS * DAY, now), now, Bucketing("mes", fuso))
    hours: dict[str, list[Sequence[float]]] = {}
    for day in chain.from_iterable(done_by_day(facts, recent)):
        for (tipo, _), done in day.items():
            if done.cycles:
                hours.setdefault(tipo, []).append(done.cycles)
    every = sorted(chain.from_iterable(chain.from_iterable(hours.values())))
    hours.pop("", None)
    return {"": every, **{tipo: sorted(chain.from_iterable(some)) for tipo, some in hours.items()}}


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
