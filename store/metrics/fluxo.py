"""Flow: how items come and go, how long they take, what is under way and how old it is (metrics.md, 3)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from store.metrics import approvals
from store.metrics.cutting import (
    HOUR,
    against,
    between,
    counts,
    cut,
    newest,
    partial,
    points,
    trend,
    until_now,
    without_zeros,
)
from store.metrics.facts import Facts, Item
from store.metrics.flow import (
    WHY_NOT,
    ages,
    cumulative,
    fair_cycle,
    flow_of,
    is_open,
    natural_limits,
    reference,
    usual_cycles,
    why_no_cycle,
)
from store.metrics.flow_charts import charts
from store.metrics.keeping import at, by_moment
from store.metrics.lives import CONCLUDED, CREATED
from store.metrics.model import Figure, Page, Part, Point, Query
from store.metrics.own_targets import own_targets
from store.metrics.periods import Window
from store.metrics.presence import lived
from store.metrics.sliding import TICKS, Index, Told, bucket_of, cut_as, numbers, points_of, sums, ticks
from store.metrics.statistics import median, percentile_sorted, ratio, shown_percentile
from store.metrics.waiting import STATES, WORDS, spent

GROUPS: Mapping[str, Callable[[Item], str]] = {"tipo": lambda item: item.tipo, "ator": lambda item: item.ator}
MOST_GROUPS, MOST_IDS = 20, 500
_EVERY = {"dia": "/day", "semana": "/week", "mes": "/month"}
_RETURNS = frozenset({"falhou", "perdido", "devolvido", "bloqueou"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Look:
    """The items that a set of figures is about: those done in the window by when, and those under way."""

    query: Query
    grupo: str | None
    """None of all items."""
    created: Sequence[float]
    done: Sequence[Item]
    done_at: Sequence[float]
    cycles: Mapping[Hashable, Sequence[float]]
    """Sorted hours by group, by group and bucket; what has none by group and reason."""
    lives: Mapping[Hashable, tuple[int, ...]]
    """Ticks beside `STATES` by group, and by group and bucket; how many have any behind them."""
    open: Sequence[Item]
    back: Sequence[tuple[float, str]]
    """When which came back to an earlier stage, by when."""
    stages: tuple[Sequence[Sequence[float]], Sequence[Sequence[float]]] | None
    """Arrivals at the start and at the good end, and who left those lines; None of a group."""
    failed: Sequence[float]
    """Sorted: when what was started failed for good; it stays in the lines of cumulative flow."""
    since: float
    """From when there was anything: buckets before that are no slow ones."""
    usual: Mapping[str, Sequence[float]]
    """Sorted cycle hours of the last 90 days by type; all types under the empty text."""

    def hours(self, at: float) -> Sequence[float]:
        """Cycle hours of the bucket that begins at a moment."""
        return self.cycles.get((self.grupo, at), ())

    def lived(self, at: float) -> tuple[int, ...]:
        """Likewise, where the time went."""
        return self.lives.get((self.grupo, at), ())


def page(facts: Facts, query: Query) -> Page:
    """Figures over all items, or a group each, and the flow charts."""
    flow = flow_of(facts)
    usual = usual_cycles(facts, query.agora)
    window = until_now(query)
    found = between(flow.done_at, window)
    life = lived(facts, query)
    what = (cut_as(query), query.por)
    returns = [(moment, item) for moment, item in _came_back(facts, window)]
    look = _Look(
        query,
        None,
        flow.arrivals[0],
        flow.done[found],
        flow.done_at[found],
        numbers(facts, CONCLUDED, ("cycles by bucket", what), _cycles(query), window),
        sums(facts, CONCLUDED, ("lives by bucket", what), _lives(query), window),
        flow.open,
        [(moment, item.id) for moment, item in returns],
        (flow.arrivals[2:], flow.leaves[2:]),
        by_moment(facts, "failed for good", "itens", _FAILED).times,
        life.inicio if life else query.agora,
        usual,
    )
    figures = _figures(look)
    for group in _groups(facts, look, returns) if query.por in GROUPS else ():
        figures += _figures(group)
    return Page(
        "fluxo",
        "Flow",
        own_targets((*figures, *approvals.figures(facts, query)), query),
        (*charts(facts, query, found, usual, look.lived), approvals.open_by_age(facts, query)),
        tuple(GROUPS),
        gerado=facts.gerado,
    )


_FAILED = at(lambda item: item.encerrado if item.status == "Falhou" and item.iniciado is not None else None)


def _grouped(query: Query) -> Callable[[Item], tuple[str | None, ...]]:
    """The groups that an item is in: all, and its own where they are asked for."""
    of = GROUPS.get(query.por)
    return (lambda _: (None,)) if of is None else lambda item: (None, of(item))


def _cycles(query: Query) -> Told:
    groups, bucket = _grouped(query), bucket_of(query)

    def told(moment: float, item: Item) -> Iterator[tuple[Hashable, float]]:
        hours = fair_cycle(item)
        for group in groups(item):
            if hours is None:
                yield (group, why_no_cycle(item)), 0.0
            else:
                yield (group,), hours
                yield (group, bucket(moment)), hours

    return told


def _lives(query: Query) -> Told:
    groups, bucket = _grouped(query), bucket_of(query)

    def told(moment: float, item: Item) -> Iterator[tuple[Hashable, tuple[int, ...]]]:
        life = tuple(map(ticks, spent(item, None, 0.0)))
        if any(life):
            for group in groups(item):
                yield (group,), life
                yield (group, bucket(moment)), life

    return told


def _came_back(facts: Facts, window: Window) -> Iterator[tuple[float, Item]]:
    """When which item came back, of those that ended well in the window or have not ended."""
    known = _RETURNED.of(facts)
    inside = between(known.times, window)
    for moment, item in zip(known.times[inside], known.rows[inside], strict=True):
        if item.concluido in window if item.concluido is not None else is_open(item):
            yield moment, item


def _returned(item: Item) -> Iterator[tuple[float, Item]]:
    if len(item.tentativas) > 1 or item.concluido is None:
        for each in item.tentativas:
            if each.motivo in _RETURNS and each.fim is not None:
                yield each.fim, item


_RETURNED = Index("returns", "itens", _returned)


def _groups(facts: Facts, look: _Look, returns: Sequence[tuple[float, Item]]) -> list[_Look]:
    of = GROUPS[look.query.por]
    done: dict[str, list[int]] = {}
    waiting: dict[str, list[Item]] = {}
    back: dict[str, list[tuple[float, str]]] = {}
    for place, item in enumerate(look.done):
        done.setdefault(of(item), []).append(place)
    for item in look.open:
        waiting.setdefault(of(item), []).append(item)
    for moment, item in returns:
        back.setdefault(of(item), []).append((moment, item.id))
    names = sorted({*done, *waiting}, key=lambda name: (-len(done.get(name, ())), name))[:MOST_GROUPS]
    created = _created(facts, look.query)
    return [
        _Look(
            look.query,
            name,
            created.get(name, ()),
            _at(look.done, done.get(name, ())),
            _at(look.done_at, done.get(name, ())),
            look.cycles,
            look.lives,
            waiting.get(name, []),
            back.get(name, ()),
            None,
            (),
            look.since,
            look.usual,
        )
        for name in names
    ]


def _created(facts: Facts, query: Query) -> dict[str, list[float]]:
    """When items of each group were created in the window."""
    of, known = GROUPS[query.por], CREATED.of(facts)
    inside = between(known.times, query.janela)
    found: dict[str, list[float]] = {}
    for moment, item in zip(known.times[inside], known.rows[inside], strict=True):
        found.setdefault(of(item), []).append(moment)
    return found


def _at(some: Sequence[T], places: Sequence[int]) -> list[T]:
    return [some[place] for place in places]


def _last(items: Sequence[Item]) -> tuple[str, ...]:
    """The ids of the newest of some that are in order."""
    return tuple(item.id for item in reversed(items[-MOST_IDS:]))


def _figures(look: _Look) -> list[Figure]:
    return [_under_way(look), _cycle(look), _throughput(look), _net(look), _efficiency(look), _returns(look)]


def _under_way(look: _Look) -> Figure:
    """What was started and has not ended, and how much of it is older than its like usually takes."""
    under_way = ages(look.open, look.query.agora)
    slow = [(age, item.id) for item, age in under_way if _beyond(age, reference(look.usual, item.tipo)[1])]
    oldest = under_way[0][1] if under_way else None
    serie = _stock(look)
    return Figure(
        "fluxo_wip",
        "Under way",
        "",
        len(under_way),
        len(under_way),
        partes=(
            Part("older than p85 of their type", len(slow), "", len(under_way)),
            Part("oldest", oldest, "h"),
        ),
        serie=serie,
        tendencia=trend(serie),
        meta="none over its p85",
        estado="none" if not look.usual[""] else "bad" if slow else "good",
        itens=tuple(item.id for item, _ in under_way[:500]),
        grupo=look.grupo or "",
    )


def _stock(look: _Look) -> tuple[Point, ...]:
    """How many were under way at each bucket's end; of all items only, groups have no history of it."""
    if look.stages is None:
        return ()
    arrivals, leaves = look.stages
    buckets = cut(look.query)
    moments = [min(bucket.fim, look.query.agora) for bucket in buckets]
    ends = cumulative(arrivals, leaves, moments)
    lost = [bisect_right(look.failed, moment) for moment in moments]
    return tuple(
        Point(bucket.chave, started - done - gone, started - done - gone, partial(bucket, look.query))
        for bucket, (started, done), gone in zip(buckets, ends, lost, strict=True)
    )


def _beyond(age: float, limit: float | None) -> bool:
    return limit is not None and age > limit


def _cycle(look: _Look) -> Figure:
    """From the first start to the good end."""
    hours, serie = look.cycles.get((look.grupo,), ()), points_of(look.query, look.hours, median)
    timed = (item.id for item in reversed(look.done) if fair_cycle(item) is not None)
    before = percentile_sorted(look.usual[""], 50)
    return Figure(
        "fluxo_ciclo",
        "Cycle time, median",
        "h",
        percentile_sorted(hours, 50),
        len(hours),
        without_zeros({reason: len(look.cycles.get((look.grupo, reason), ())) for reason in WHY_NOT}),
        partes=(
            Part("p85", shown_percentile(hours, 85), "h", len(hours)),
            Part("p95", shown_percentile(hours, 95), "h", len(hours)),
            Part("median of the last 90 days", before, "h", len(look.usual[""])),
        ),
        serie=serie,
        tendencia=trend(serie),
        itens=tuple(islice(timed, MOST_IDS)),
        grupo=look.grupo or "",
        vazio="" if hours else "Items that a worker starts and ends well fill it.",
    )


def _throughput(look: _Look) -> Figure:
    """Ended well a bucket: the mean of the complete ones, and which are not the usual."""
    serie = points(look.query, look.done_at, look.done, len)
    complete = [
        float(point.n)
        for point, bucket in zip(serie, cut(look.query), strict=True)
        if not point.parcial and bucket.inicio >= look.since
    ]
    limits = natural_limits(complete)
    signals = [value for value in complete if limits and not limits.baixo <= value <= limits.alto]
    return Figure(
        "fluxo_vazao",
        "Ended well",
        _EVERY[look.query.cortes.corte],
        ratio(sum(complete), len(complete)),
        len(look.done),
        partes=(
            Part("lower limit", limits.baixo if limits else None, ""),
            Part("upper limit", limits.alto if limits else None, ""),
            Part("outside the limits", len(signals) if limits else None, "", len(complete)),
        ),
        serie=serie,
        tendencia=trend(serie),
        itens=_last(look.done),
        grupo=look.grupo or "",
        vazio="" if complete else "The first bucket that is over fills it.",
    )


def _net(look: _Look) -> Figure:
    """Created less ended well: above zero, work piles up."""
    came = counts(look.created, look.query)
    serie = points(look.query, look.done_at, look.done, len)
    net = tuple(
        Point(point.corte, new - point.n, new + point.n, point.parcial)
        for new, point in zip(came, serie, strict=True)
    )
    value = sum(came) - len(look.done)
    return Figure(
        "fluxo_liquido",
        "Created less ended well",
        "",
        value,
        sum(came) + len(look.done),
        partes=(Part("created", sum(came), ""), Part("ended well", len(look.done), "")),
        serie=net,
        tendencia=trend(net),
        meta="at most 0",
        linha=0.0,
        estado="none" if not any(came) else against(value, 0, len(look.done) * 0.1),
        grupo=look.grupo or "",
    )


def _efficiency(look: _Look) -> Figure:
    """Σ active / Σ (concluded − created) of what ended well in the window."""
    whole = look.lives.get((look.grupo,), (0,) * (len(STATES) + 1))
    serie = tuple(
        replace(point, n=some[-1] if some else 0)
        for point, bucket in zip(points_of(look.query, look.lived, _active), cut(look.query), strict=True)
        for some in (look.lived(bucket.inicio),)
    )
    n = whole[-1]
    return Figure(
        "fluxo_eficiencia",
        "Flow efficiency",
        "%",
        _active(whole),
        n,
        without_zeros({"no time between creation and end": len(look.done) - n}),
        partes=tuple(
            Part(WORDS[name], each / TICKS / HOUR, "h") for name, each in zip(STATES, whole, strict=False)
        )
        if n
        else (),
        serie=serie,
        tendencia=trend(serie),
        itens=_last(look.done),
        grupo=look.grupo or "",
        vazio="" if n else "Items that end well fill it.",
    )


def _active(some: Sequence[int]) -> float | None:
    """The share of the time at work, of ticks beside `STATES`."""
    return ratio(some[0], sum(some[:-1])) if some else None


def _returns(look: _Look) -> Figure:
    """Attempts that sent an item back to an earlier stage: the rework that cumulative flow does not show."""
    back = look.back
    n = len(look.done) + len(look.open)
    serie = points(look.query, [moment for moment, _ in back], back, len)
    return Figure(
        "fluxo_retornos",
        "Back to an earlier stage",
        "",
        len(back) if n else None,
        n,
        partes=(Part("items that came back", len({item_id for _, item_id in back}), "", n),),
        serie=serie,
        tendencia=trend(serie),
        itens=newest(back),
        grupo=look.grupo or "",
        vazio="" if n else "Items fill it.",
    )
