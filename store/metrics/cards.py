"""Items as the line counts them: how many a minute while it is busy, how many a day, and what it exposes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from store.metrics import busy
from store.metrics.cutting import between, counts, until_now
from store.metrics.facts import Facts, Item
from store.metrics.keeping import Dated, Made, at, by_moment
from store.metrics.measures import MOST_IDS, Measure, Rows
from store.metrics.model import Figure, Part, Query
from store.metrics.periods import Bucketing
from store.metrics.presence import counter
from store.metrics.queueing import living
from store.metrics.statistics import mean, median, ratio
from store.metrics.targets import at_least, over, own_target
from store.metrics.throughput import rate

WORKERS = 5
"""At work at once, for the rate of cards: the seeds' figure is for five."""
CARDS = at_least(10.0, unidade="/min")


class _Busy(NamedTuple):
    """When the line was busy, in the whole history; and when anything waited."""

    full: busy.Spans
    waiting: busy.Spans


def _busy(facts: Facts, query: Query) -> _Busy:
    """Made of the items that could have been under way in the window."""
    window = until_now(query)
    items = [
        item for item in living(facts, window.inicio) if item.devido is not None and item.devido < window.fim
    ]
    waiting = busy.at_least(1, *busy.waiting(items, window))
    working = busy.at_least(WORKERS, *busy.at_work(items, window))
    return _Busy(busy.clipped(busy.both(waiting, working), window), busy.clipped(waiting, window))


def throughput(facts: Facts, query: Query) -> Figure:
    """Completed items a minute, over the minutes in which something waited and five were at work."""
    found = _busy(facts, query)
    times, items = _concluded(facts)
    full = busy.minutes(found.full)
    n = busy.inside(times, found.full)
    value = ratio(n, full)
    target = own_target(query.metas, "vazao", CARDS) or CARDS
    parts = () if full else _whenever(found.waiting, times)
    inside = [item for place in busy.places(times, found.full) for item in items[place]]
    return Figure(
        "vazao",
        "Items a minute, while some wait and five are at work",
        "/min",
        value,
        n,
        partes=(Part("minutes of that", full, "min"), *parts),
        meta=target.words,
        linha=target.line,
        estado=target.state(value),
        itens=tuple(item.id for item in reversed(inside[-MOST_IDS:])),
        vazio="" if value is not None else "A time in which five are at work and more waits fills it.",
    )


def _whenever(waiting: busy.Spans, times: Sequence[float]) -> tuple[Part, ...]:
    """The rate while anything waits, where five are never at work."""
    return (Part("while any waits", ratio(busy.inside(times, waiting), busy.minutes(waiting)), "/min"),)


def _concluded(facts: Facts) -> Dated:
    return by_moment(facts, "cards concluded", "itens", _DONE)


_DONE = at(lambda item: None if item.humano else item.concluido)


# A day


def goals_of(facts: Facts, query: Query) -> Rows[Item]:
    """What machines concluded in the window."""
    times, items = _concluded(facts)
    found = between(times, until_now(query))
    return Rows(times[found], items[found])


def goals(facts: Facts, query: Query) -> Measure[Item]:
    """Items that machines concluded a local calendar day."""
    days = replace(query, cortes=Bucketing("dia", query.cortes.fuso))

    def parts(rows: Sequence[Item]) -> tuple[Part, ...]:
        by_day = counts([item.concluido or 0.0 for item in rows], days)
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


def _id(item: Item) -> str:
    return item.id


# What the line exposes: enqueued, concluded, failed, and how long they took


def exposed(facts: Facts, query: Query) -> list[tuple[Measure[Item], Rows[Item]]]:
    """All items, people's too: how many came, ended well and failed, and the mean of their time."""
    count = counter(facts, query)
    created = _in(facts, query, "items created", at(attrgetter("criado")))
    done = _in(facts, query, "items concluded", at(attrgetter("concluido")))
    failed = _in(
        facts, query, "items failed", at(lambda item: item.encerrado if item.status == "Falhou" else None)
    )
    return [
        (_counted("itens_enfileirados", "Items that came", count), created),
        (_counted("itens_concluidos", "Items concluded", count), done),
        (_counted("itens_falhos", "Items that failed", count), failed),
        (DURATION, done.counting(_why_no_time)),
    ]


def _in(facts: Facts, query: Query, name: str, made: Made) -> Rows[Item]:
    found = by_moment(facts, name, "itens", made)
    inside = between(found.times, until_now(query))
    return Rows(found.times[inside], found.rows[inside])


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
    parts=lambda rows: (Part("median", median(_took(rows)), "s", len(rows)),),
)
