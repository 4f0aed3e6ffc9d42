"""Flow: how items come and go, how long they take, what is under way and how old it is (metrics.md, 3)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from operator import itemgetter

from store.metrics import approvals, wip
from store.metrics.cutting import (
    HOUR,
    between,
    counts,
    cut,
    newest,
    points,
    trend,
    until_now,
    within,
    without_zeros,
)
from store.metrics.daily import by_day
from store.metrics.done import NO_LIFE, WHY_NOT, Done, Kind, Life, done_by_day, fair_cycle, lives_of
from store.metrics.facts import Facts, Item
from store.metrics.flow import (
    Flow,
    ages,
    cumulative,
    flow_of,
    is_open,
    natural_limits,
    reference,
    usual_cycles,
)
from store.metrics.flow_charts import charts
from store.metrics.keeping import at, by_moment
from store.metrics.lives import CREATED
from store.metrics.model import Figure, Page, Part, Query
from store.metrics.net import born_since, net, newest_created
from store.metrics.own_targets import own_targets
from store.metrics.periods import Window
from store.metrics.presence import lived
from store.metrics.sliding import TICKS, Index, points_of
from store.metrics.statistics import median, percentile_sorted, ratio, shown_percentile
from store.metrics.waiting import STATES, WORDS

GROUPS: Mapping[str, Callable[[Item], str]] = {"tipo": lambda item: item.tipo, "ator": lambda item: item.ator}
KIND_AT: Mapping[str, int] = {"tipo": 0, "ator": 1}
"""Where a kind has it."""
MOST_GROUPS, MOST_IDS = 20, 500
_EVERY = {"dia": "/day", "semana": "/week", "mes": "/month"}
_RETURNS = frozenset({"falhou", "perdido", "devolvido", "bloqueou"})


@dataclass(frozen=True, slots=True)
class _Ended:
    """What ended well in the window, or what of it is of a group."""

    items: Sequence[Item]
    """By when, beside `at`."""
    at: Sequence[float]
    cycles: Mapping[float | None, Sequence[float]]
    """Sorted hours by when the bucket begins; None of all buckets."""
    left: Mapping[str, int]
    """How many have no such hours, by reason."""
    lives: Mapping[float | None, Life]
    fresh: Mapping[float | None, int]
    """How many were created in the same bucket; in the window, of all buckets."""

    def hours(self, at: float) -> Sequence[float]:
        """Cycle hours of the bucket that begins at a moment."""
        return self.cycles.get(at, ())

    def lived(self, at: float) -> Life | tuple[()]:
        """Likewise, where the time went."""
        return self.lives.get(at, ())


@dataclass(frozen=True, slots=True)
class _Look:
    """The items that a set of figures is about: those done in the window, and those under way."""

    query: Query
    grupo: str
    """Empty of all items."""
    created: Sequence[int]
    """How many a bucket."""
    came: Sequence[tuple[float, str]]
    """When which of the newest were created."""
    done: _Ended
    open: Sequence[Item]
    back: Sequence[tuple[float, str]]
    """When which came back to an earlier stage, by when."""
    wip: Sequence[int]
    """How many were under way at each bucket's end."""
    since: float
    """From when there was anything: buckets before that are no slow ones."""
    usual: Mapping[str, Sequence[float]]
    """Sorted cycle hours of the last 90 days by type; all types under the empty text."""


def page(facts: Facts, query: Query) -> Page:
    """Figures over all items, or a group each, and the flow charts."""
    flow = flow_of(facts)
    usual = usual_cycles(facts, query.agora, query.cortes.fuso)
    window = until_now(query)
    found = between(flow.done_at, window)
    life = lived(facts, query)
    days = done_by_day(facts, query)
    returns, came = list(_came_back(facts, window)), newest_created(facts, query, GROUPS.get(query.por))
    look = _Look(
        query,
        "",
        counts(flow.arrivals[0], query),
        came.get(None, ()),
        _ended(
            [[list(day.values()) for day in bucket] for bucket in days],
            query,
            (flow.done[found], flow.done_at[found]),
        ),
        flow.open,
        [(moment, item.id) for moment, item in returns],
        _under_way_then(facts, flow, query),
        life.inicio if life else query.agora,
        usual,
    )
    figures = _figures(look)
    for group in _groups(facts, look, days, returns, came) if query.por in GROUPS else ():
        figures += _figures(group)
    ended = look.done.items, len(look.done.cycles.get(None, ()))
    return Page(
        "fluxo",
        "Flow",
        own_targets((*figures, *approvals.figures(facts, query)), query),
        (*charts(facts, query, ended, usual, look.done.lived), approvals.open_by_age(facts, query)),
        tuple(GROUPS),
        gerado=facts.gerado,
    )


def _ended(
    days: Sequence[Sequence[Sequence[Done]]], query: Query, known: tuple[Sequence[Item], Sequence[float]]
) -> _Ended:
    """Of each bucket's days what there is of some kinds; `known` is all of it with its moments, in order."""
    cycles: dict[float | None, Sequence[float]] = {}
    lives: dict[float | None, Life] = {}
    for bucket, some in zip(cut(query), days, strict=True):
        every = list(chain.from_iterable(some))
        if hours := sorted(chain.from_iterable(done.cycles for done in every)):
            cycles[bucket.inicio] = hours
        if lived := [done.life for done in every if done.life[-1]]:
            lives[bucket.inicio] = lives_of(lived)
    left: Counter[str] = Counter()
    for done in chain.from_iterable(chain.from_iterable(days)):
        left.update(done.left)
    whole, life = sorted(chain.from_iterable(cycles.values())), lives_of(list(lives.values()))
    fresh: dict[float | None, int] = {None: born_since(until_now(query).inicio, chain.from_iterable(days))}
    for bucket, some in zip(cut(query), days, strict=True):
        fresh[bucket.inicio] = born_since(within(bucket, query).inicio, some)
    return _Ended(*known, {None: whole, **cycles}, left, {None: life, **lives}, fresh)


def _in_order(days: Sequence[Sequence[Sequence[Done]]]) -> tuple[list[Item], list[float]]:
    """The items of some kinds, with their moments."""
    items: list[Item] = []
    times: list[float] = []
    for day in chain.from_iterable(days):
        if len(day) == 1:
            items += day[0].items
            times += day[0].times
        else:
            pairs = sorted(
                (pair for done in day for pair in zip(done.times, done.items, strict=True)),
                key=itemgetter(0),
            )
            items += [item for _, item in pairs]
            times += [moment for moment, _ in pairs]
    return items, times


def _under_way_then(facts: Facts, flow: Flow, query: Query) -> list[int]:
    """How many were under way at each bucket's end."""
    moments = wip.ends(query)
    failed = by_moment(facts, "failed for good", "itens", FAILED_FOR_GOOD).times
    ends = cumulative(flow.arrivals[2:], flow.leaves[2:], moments)
    return [
        started - done - bisect_right(failed, moment)
        for moment, (started, done) in zip(moments, ends, strict=True)
    ]


FAILED_FOR_GOOD = at(
    lambda item: item.encerrado if item.status == "Falhou" and item.iniciado is not None else None
)
"""What was started and failed stays in the lines of cumulative flow."""


def _came_back(facts: Facts, window: Window) -> Iterator[tuple[float, Item]]:
    """When which item came back, of those that ended well in the window or have not ended."""
    known = _RETURNED.of(facts)
    inside = between(known.times, window)
    for moment, item in zip(known.times[inside], known.rows[inside], strict=True):
        if item.concluido in window if item.concluido is not None else is_open(item):
            yield moment, item


def _returned(item: Item) -> Sequence[tuple[float, Item]]:
    if len(item.tentativas) <= 1 and item.concluido is not None:
        return ()
    return [(each.fim, item) for each in item.tentativas if each.motivo in _RETURNS and each.fim is not None]


_RETURNED = Index("returns", "itens", _returned)


def _groups(
    facts: Facts,
    look: _Look,
    days: Sequence[Sequence[Mapping[Kind, Done]]],
    returns: Sequence[tuple[float, Item]],
    came: Mapping[str | None, Sequence[tuple[float, str]]],
) -> list[_Look]:
    of, place = GROUPS[look.query.por], KIND_AT[look.query.por]
    sizes: Counter[str] = Counter()
    for day in chain.from_iterable(days):
        for kind, done in day.items():
            sizes[kind[place]] += len(done.items)
    waiting: dict[str, list[Item]] = {}
    back: dict[str, list[tuple[float, str]]] = {}
    for item in look.open:
        waiting.setdefault(of(item), []).append(item)
    for moment, item in returns:
        back.setdefault(of(item), []).append((moment, item.id))
    names = sorted({*sizes, *waiting}, key=lambda name: (-sizes[name], name))[:MOST_GROUPS]
    created, then = _created(facts, look.query), wip.by_group(facts, look.query, place)
    parted: dict[str, list[list[list[Done]]]] = {name: [[] for _ in days] for name in names}
    for number, bucket in enumerate(days):
        for day in bucket:
            mine: dict[str, list[Done]] = {}
            for kind, done in day.items():
                mine.setdefault(kind[place], []).append(done)
            for name, some in mine.items():
                if name in parted:
                    parted[name][number].append(some)
    return [
        _Look(
            look.query,
            name,
            created.get(name, (0,) * len(days)),
            came.get(name, ()),
            _ended(parted[name], look.query, _in_order(parted[name])),
            waiting.get(name, []),
            back.get(name, ()),
            then(name),
            look.since,
            look.usual,
        )
        for name in names
    ]


def _created(facts: Facts, query: Query) -> dict[str, list[int]]:
    """How many items of each group were created in each bucket."""
    of = GROUPS[query.por]
    days = by_day(facts, CREATED, ("created", query.por), lambda _, items: Counter(map(of, items)), query)
    found: dict[str, list[int]] = {}
    for place, bucket in enumerate(days):
        for name, count in sum(bucket, Counter[str]()).items():
            found.setdefault(name, [0] * len(days))[place] = count
    return found


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
    serie = wip.points(look.query, look.wip)
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
        grupo=look.grupo,
    )


def _beyond(age: float, limit: float | None) -> bool:
    return limit is not None and age > limit


def _cycle(look: _Look) -> Figure:
    """From the first start to the good end."""
    hours, serie = look.done.cycles.get(None, ()), points_of(look.query, look.done.hours, median)
    timed = (item.id for item in reversed(look.done.items) if fair_cycle(item) is not None)
    before = percentile_sorted(look.usual[""], 50)
    return Figure(
        "fluxo_ciclo",
        "Cycle time, median",
        "h",
        percentile_sorted(hours, 50),
        len(hours),
        without_zeros({reason: look.done.left.get(reason, 0) for reason in WHY_NOT}),
        partes=(
            Part("p85", shown_percentile(hours, 85), "h", len(hours)),
            Part("p95", shown_percentile(hours, 95), "h", len(hours)),
            Part("median of the last 90 days", before, "h", len(look.usual[""])),
        ),
        serie=serie,
        tendencia=trend(serie),
        itens=tuple(islice(timed, MOST_IDS if hours else 0)),
        grupo=look.grupo,
        vazio="" if hours else "Items that a worker starts and ends well fill it.",
    )


def _throughput(look: _Look) -> Figure:
    """Ended well a bucket: the mean of the complete ones, and which are not the usual."""
    serie = points(look.query, look.done.at, look.done.at, len)
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
        len(look.done.items),
        partes=(
            Part("lower limit", limits.baixo if limits else None, ""),
            Part("upper limit", limits.alto if limits else None, ""),
            Part("outside the limits", len(signals) if limits else None, "", len(complete)),
        ),
        serie=serie,
        tendencia=trend(serie),
        itens=_last(look.done.items),
        grupo=look.grupo,
        vazio="" if complete else "The first bucket that is over fills it.",
    )


def _net(look: _Look) -> Figure:
    """Created less ended well: above zero, work piles up."""
    return net(
        look.query, look.grupo, look.created, look.came, (look.done.items, look.done.at), look.done.fresh
    )


def _efficiency(look: _Look) -> Figure:
    """Σ active / Σ (concluded − created) of what ended well in the window."""
    whole = look.done.lives.get(None, NO_LIFE)
    serie = tuple(
        replace(point, n=some[-1] if some else 0)
        for point, bucket in zip(
            points_of(look.query, look.done.lived, _active), cut(look.query), strict=True
        )
        for some in (look.done.lived(bucket.inicio),)
    )
    n = whole[-1]
    return Figure(
        "fluxo_eficiencia",
        "Flow efficiency",
        "%",
        _active(whole),
        n,
        without_zeros({"no time between creation and end": len(look.done.items) - n}),
        partes=tuple(
            Part(WORDS[name], each / TICKS / HOUR, "h") for name, each in zip(STATES, whole, strict=False)
        )
        if n
        else (),
        serie=serie,
        tendencia=trend(serie),
        itens=_last(look.done.items),
        grupo=look.grupo,
        vazio="" if n else "Items that end well fill it.",
    )


def _active(some: Sequence[int]) -> float | None:
    """The share of the time at work, of ticks beside `STATES`."""
    return ratio(some[0], sum(some[:-1])) if some else None


def _returns(look: _Look) -> Figure:
    """Attempts that sent an item back to an earlier stage: the rework that cumulative flow does not show."""
    back = look.back
    n = len(look.done.items) + len(look.open)
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
        grupo=look.grupo,
        vazio="" if n else "Items fill it.",
    )
