"""Items as the line counts them: how many a minute while it is busy, how many a day, and what it exposes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from operator import attrgetter
from typing import Any

from store.metrics import load
from store.metrics.cutting import between, counts, cut, partial, trend, until_now
from store.metrics.facts import Facts, Item
from store.metrics.keeping import at
from store.metrics.lives import CONCLUDED, CREATED, FAILED
from store.metrics.measures import MOST_IDS, Measure, Rows, Told
from store.metrics.model import Figure, Part, Point, Query
from store.metrics.periods import Bucketing, Window
from store.metrics.presence import counter
from store.metrics.sliding import TICKS, Index, bucket_of, cut_as, numbers, sums, ticks
from store.metrics.statistics import mean, median, ratio
from store.metrics.targets import at_least, over, own_target
from store.metrics.throughput import rate

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


def goals_of(facts: Facts, query: Query) -> Rows[Item]:
    """What machines concluded in the window."""
    times, items = load.BY_MACHINES.of(facts)
    found = between(times, until_now(query))
    return Rows(times[found], items[found])


def goals(facts: Facts, query: Query) -> Measure[Item]:
    """Items that machines concluded a local calendar day."""
    days = replace(query, cortes=Bucketing("dia", query.cortes.fuso))

    def parts(rows: Sequence[Item]) -> tuple[Part, ...]:
        by_day = counts(list(map(_DONE_AT, rows)), days)
        return (
            Part("concluded", len(rows), ""),
            Part("most in a day", max(by_day) if rows else None, ""),
        )

    return Measure(
        chave="objetivos_dia",
        nome="Items that machines concluded",
        unidade="/day",
        of=rate(facts, query, 1),
        bucket=len,
        ident=_id,
        vazio="Items that machines conclude fill it.",
        parts=parts,
        target=over(100.0, "/day"),
    )


_DONE_AT = attrgetter("concluido")


def _id(item: Item) -> str:
    return item.id


# What the line exposes: enqueued, concluded, failed, and how long they took


def exposed(facts: Facts, query: Query) -> list[tuple[Measure[Item], Rows[Item], Told | None]]:
    """All items, people's too: how many came, ended well and failed, and the mean of their time."""
    count, window = counter(facts, query), until_now(query)
    left = _in(facts, window, _UNTIMED)
    timed = _in(facts, window, _TIMED)
    return [
        (_counted("itens_enfileirados", "Items that came", count), _in(facts, window, CREATED), None),
        (_counted("itens_concluidos", "Items concluded", count), _in(facts, window, CONCLUDED), None),
        (_counted("itens_falhos", "Items that failed", count), _in(facts, window, FAILED), None),
        (DURATION, Rows(timed.times, timed.rows, left.rows), _told_time(facts, query)),
    ]


def _in(facts: Facts, window: Window, index: Index) -> Rows[Any]:
    found = index.of(facts)
    inside = between(found.times, window)
    return Rows(found.times[inside], found.rows[inside])


_TIMED = Index("items timed", "itens", at(lambda item: None if _why_no_time(item) else item.concluido))


def _untimed(item: Item) -> Iterable[tuple[float, tuple[str, Item]]]:
    reason = _why_no_time(item)
    if reason and item.concluido is not None:
        yield item.concluido, (reason, item)


_UNTIMED = Index("items without a time", "itens", _untimed)


def _told_time(facts: Facts, query: Query) -> Told:
    """What `DURATION` says of all items, carried from commit to commit."""
    bucket, window = bucket_of(query), until_now(query)

    def told(moment: float, item: Item) -> Iterable[tuple[float | None, tuple[int]]]:
        took = (ticks(moment - (item.iniciado or 0.0)),)
        return (None, took), (bucket(moment), took)

    means = sums(facts, _TIMED, ("mean time", cut_as(query)), told, window)
    ordered = numbers(facts, _TIMED, "times", _time, window).get(None, ())
    serie = tuple(
        Point(each.chave, _mean(some), some[-1] if some else 0, partial(each, query))
        for each in cut(query)
        for some in (means.get(each.inicio, ()),)
    )
    return Told(_mean(means.get(None, ())), _median(ordered), serie)


def _time(moment: float, item: Item) -> Iterable[tuple[None, float]]:
    return ((None, moment - (item.iniciado or 0.0)),)


def _mean(some: Sequence[int]) -> float | None:
    return some[0] / TICKS / some[-1] if some else None


def _median(took: Sequence[float]) -> tuple[Part, ...]:
    return (Part("median", median(took), "s", len(took)),)


def _counted(chave: str, nome: str, count: Callable[[Sequence[object]], int | None]) -> Measure[Item]:
    return Measure(chave=chave, nome=nome, unidade="", of=count, ident=_id, vazio="Items fill it.")


def _why_no_time(item: Item) -> str:
    if item.iniciado is None:
        return "without a start"
    return "ends before it begins" if (item.concluido or 0.0) < item.iniciado else ""


def _took(rows: Sequence[Item]) -> list[float]:
    return [(item.concluido or 0.0) - (item.iniciado or 0.0) for item in rows]


DURATION: Measure[Item] = Measure(
    chave="duracao_media",
    nome="From start to good end, mean",
    unidade="s",
    of=lambda rows: mean(_took(rows)),
    ident=_id,
    vazio="Items that were begun and ended well fill it.",
    parts=lambda rows: _median(_took(rows)),
)
