"""Items as the line counts them: how many a minute while it is busy, how many a day, and what it exposes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, islice

from store.metrics import load
from store.metrics.cells import Cell, Days, Says, Whole, by_group, figure, grouped, plain, valued
from store.metrics.cutting import cut, partial, trend
from store.metrics.daily import Source, by_day
from store.metrics.facts import Facts, Item
from store.metrics.lives import CONCLUDED, CREATED, FAILED
from store.metrics.measures import MOST_IDS, Measure, nothing
from store.metrics.model import Figure, Part, Point, Query
from store.metrics.presence import counter
from store.metrics.statistics import mean, median, ratio
from store.metrics.targets import at_least, over, own_target
from store.metrics.throughput import rate

Key = Callable[[Item], str]
SaysOf = Callable[[Days], Says]
CARDS = at_least(10.0, unidade="/min")


def throughput(facts: Facts, query: Query) -> Figure:
    """Completed items a minute, over the minutes in which something waited and five were at work."""
    found = load.loads(facts, query)
    minutes, n = sum(each.minutos for each in found), sum(each.n for each in found)
    value = ratio(n, minutes)
    target = own_target(query.metas, "vazao", CARDS) or CARDS
    ids = (item_id for each in reversed(found) for item_id in each.itens)
    serie = tuple(
        Point(bucket.chave, ratio(each.n, each.minutos), each.n, partial(bucket, query))
        for bucket, each in zip(cut(query), found, strict=True)
    )
    return Figure(
        "vazao",
        "Items a minute, while some wait and five are at work",
        "/min",
        value,
        n,
        partes=(Part("minutes of that", minutes, "min"), *(() if minutes else _whenever(found))),
        serie=serie,
        tendencia=trend(serie),
        meta=target.words,
        linha=target.line,
        estado=target.state(value),
        itens=tuple(islice(ids, MOST_IDS)),
        vazio="" if value is not None else "A time in which five are at work and more waits fills it.",
    )


def _whenever(found: Sequence[load.Load]) -> tuple[Part, ...]:
    """The rate while anything waits, where five are never at work."""
    n, minutes = sum(each.n_espera for each in found), sum(each.minutos_espera for each in found)
    return (Part("while any waits", ratio(n, minutes), "/min"),)


# A day


def goals(facts: Facts, query: Query, key: Key | None) -> list[Figure]:
    """What machines concluded, a local calendar day; then that of each group."""
    found = by_day(facts, load.BY_MACHINES, "counted", plain, query)
    return _figures(facts, load.BY_MACHINES, _GOALS, (found, _a_day(rate(facts, query, 1))), query, key)


def _a_day(per_day: Callable[[Sequence[object]], float | None]) -> SaysOf:
    def says(days: Days) -> Says:
        def parts(whole: Whole) -> tuple[Part, ...]:
            most = max(map(_size, chain.from_iterable(days)), default=None)
            return Part("concluded", whole.n, ""), Part("most in a day", most if whole.n else None, "")

        return Says(lambda whole: per_day(range(whole.n)), parts, lambda whole: whole.n)

    return says


def _size(cell: Cell) -> int:
    return len(cell.rows)


def _id(item: Item) -> str:
    return item.id


_GOALS: Measure[Item] = Measure(
    chave="objetivos_dia",
    nome="Items that machines concluded",
    unidade="/day",
    of=nothing,
    ident=_id,
    vazio="Items that machines conclude fill it.",
    target=over(100.0, "/day"),
)


# What the line exposes: enqueued, concluded, failed, and how long they took


def exposed(facts: Facts, query: Query, key: Key | None) -> list[Figure]:
    """All items, people's too: how many came, ended well and failed, and the mean of their time."""
    count = counter(facts, query)
    says = Says(lambda whole: count(range(whole.n)), lambda _: (), lambda whole: count(range(whole.n)))
    found: list[Figure] = []
    for measure, index in _COUNTED:
        days = by_day(facts, index, "counted", plain, query)
        found += _figures(facts, index, measure, (days, lambda _: says), query, key)
    days = by_day(facts, CONCLUDED, "took", _took, query)
    found.append(figure(_DURATION, days, _TIME, query))
    if key is not None:
        parted = by_day(facts, CONCLUDED, ("took", query.por), by_group(key, _took), query)
        found += [figure(_DURATION, some, _TIME, query, name) for name, some in grouped(parted)]
    return found


def _figures(
    facts: Facts,
    source: Source,
    measure: Measure[Item],
    whole: tuple[Days, SaysOf],
    query: Query,
    key: Key | None,
) -> list[Figure]:
    """What is only counted: all of it, then each group."""
    days, says = whole
    found = [figure(measure, days, says(days), query)]
    if key is not None:
        parted = by_day(facts, source, ("counted", query.por), by_group(key, plain), query)
        found += [figure(measure, some, says(some), query, name) for name, some in grouped(parted)]
    return found


def _took(times: Sequence[float], rows: Sequence[Item]) -> Cell:
    """Seconds from the first start to the good end."""
    took = [
        moment - item.iniciado if item.iniciado is not None else _NEVER
        for moment, item in zip(times, rows, strict=True)
    ]
    return valued(times, rows, took, _why_no_time)


_NEVER = float("-inf")


def _why_no_time(found: float) -> str:
    return "without a start" if found == _NEVER else "ends before it begins"


_TIME = Says(
    lambda whole: mean(whole.values),
    lambda whole: (Part("median", median(whole.values), "s", whole.n),),
    lambda whole: mean(whole.values),
)


def _counted(chave: str, nome: str) -> Measure[Item]:
    return Measure(chave=chave, nome=nome, unidade="", of=nothing, ident=_id, vazio="Items fill it.")


_COUNTED = (
    (_counted("itens_enfileirados", "Items that came"), CREATED),
    (_counted("itens_concluidos", "Items concluded"), CONCLUDED),
    (_counted("itens_falhos", "Items that failed"), FAILED),
)
_DURATION: Measure[Item] = Measure(
    chave="duracao_media",
    nome="From start to good end, mean",
    unidade="s",
    of=nothing,
    ident=_id,
    vazio="Items that were begun and ended well fill it.",
)
