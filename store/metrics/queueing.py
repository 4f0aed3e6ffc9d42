"""Machines' items: how long they wait, how long answers take, how fast lost ones are taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from store.metrics.cutting import between, until_now
from store.metrics.facts import Facts, Item
from store.metrics.keeping import kept
from store.metrics.measures import Measure, Rows, Told, no_parts, rows_of
from store.metrics.model import Part, Query
from store.metrics.sliding import Index, bucket_of, cut_as, numbers, points_of
from store.metrics.statistics import NEEDED, median, percentile_sorted, shown_percentile
from store.metrics.targets import Target
from store.metrics.uptime import Uptime

NO_MOMENT, NEGATIVE = "without a moment", "ends before it begins"
NOT_YET, GIVEN_UP = "not taken up again yet", "given up"
LOST = "perdido"
ANSWERS = frozenset({"concluido", "falhou", "bloqueou", "devolvido"})
"""How an attempt ends that gave an answer, whichever."""


Wait = tuple[float, Item]
"""Seconds of one item: many are made, so they are plain."""
PartsOf = Callable[[Sequence[Wait]], tuple[Part, ...]]


def seconds(rows: Sequence[Wait]) -> list[float]:
    """In seconds, as they come."""
    return [row[0] for row in rows]


def item_of(row: Wait) -> Item:
    return row[1]


def waits(facts: Facts, query: Query) -> Rows[Wait]:
    """From when an item could be begun to when it was, of those that were begun in the window."""
    return _rows(facts, WAITS, query)


def answers(facts: Facts, query: Query) -> Rows[Wait]:
    """From the start of an attempt to its answer, of those that were given in the window."""
    return _rows(facts, ANSWERED, query)


class Waits(NamedTuple):
    """Waits by when they ended, and by reason those of which nobody knows how long they were."""

    known: Index
    left: Index


def _rows(facts: Facts, kind: Waits, query: Query) -> Rows[Wait]:
    window = until_now(query)
    known, left = (index.of(facts) for index in kind)
    found, out = between(known.times, window), between(left.times, window)
    return Rows(known.times[found], known.rows[found], left.rows[out])


def _begun(item: Item) -> Iterable[tuple[float, Wait]]:
    if not item.humano and item.iniciado is not None:
        known = item.devido is not None
        yield item.iniciado, (item.iniciado - item.devido if known else UNKNOWN, item)  # type: ignore[operator]


def _answers(item: Item) -> Iterable[tuple[float, Wait]]:
    if not item.humano:
        for begin, end, why in item.tentativas:
            if end is not None and begin is not None and why in ANSWERS:
                yield end, (end - begin, item)


UNKNOWN = float("-inf")
"""Seconds from a moment that is missing."""
_Made = Callable[[Item], Iterable[tuple[float, Wait]]]


def _kind(name: str, made: _Made) -> Waits:
    def known(item: Item) -> Iterable[tuple[float, Wait]]:
        return [(at, row) for at, row in made(item) if row[0] >= 0]

    def left(item: Item) -> Iterable[tuple[float, tuple[str, Wait]]]:
        return [
            (at, (NO_MOMENT if row[0] == UNKNOWN else NEGATIVE, row)) for at, row in made(item) if row[0] < 0
        ]

    return Waits(Index(name, "itens", known), Index(f"{name}, left out", "itens", left))


WAITS, ANSWERED = _kind("waits", _begun), _kind("answers", _answers)


def recoveries(facts: Facts, query: Query) -> Rows[Wait]:
    """From an attempt that was lost, its process or its machine having died, to the start of the next one.

    Those that were never taken up again are left out; they have no moment in the window, so all are told.
    """
    times, rows, left = kept(facts, "recoveries", _recoveries, ("itens",), matters=_lost)
    found = between(times, until_now(query))
    return Rows(times[found], rows[found], left)


def _lost(item: Item) -> bool:
    return any(each.motivo == LOST for each in item.tentativas)


def _recoveries(facts: Facts) -> tuple[Sequence[float], Sequence[Wait], list[tuple[str, Wait]]]:
    found: list[tuple[float, Wait]] = []
    left: list[tuple[str, Wait]] = []
    for item in facts.itens:
        for place, (_, end, why) in enumerate(item.tentativas):
            if why != LOST:
                continue
            following = item.tentativas[place + 1].inicio if place + 1 < len(item.tentativas) else None
            if following is None or end is None:
                left.append((GIVEN_UP if item.encerrado is not None else NOT_YET, (0.0, item)))
            elif following < end:
                left.append((NEGATIVE, (0.0, item)))
            else:
                found.append((following, (following - end, item)))
    ordered = rows_of(found)
    return ordered.times, ordered.rows, left


def ran_of(line: Uptime) -> PartsOf:
    """p95 of the seconds of each wait in which the line ran: whoever closes it at night waits for nothing."""
    return lambda rows: _ran_part(line, sorted(each for row in rows for _, each in _good(line)(0.0, row)))


def while_it_ran(facts: Facts, line: Uptime, query: Query) -> tuple[Part, ...]:
    """Likewise of all waits of the window, carried from commit to commit."""
    if not line.ran:
        return ()
    ran = numbers(facts, WAITS.known, ("ran", line.past), _good(line), until_now(query))
    return _ran_part(line, ran.get(None, ()))


def _good(line: Uptime) -> Callable[[float, Wait], Iterable[tuple[None, float]]]:
    return lambda _, row: ((None, line.good_in(row[1].devido or 0.0, row[1].iniciado or 0.0)),)


def _ran_part(line: Uptime, ordered: Sequence[float]) -> tuple[Part, ...]:
    if not line.ran:
        return ()
    return (Part("p95 of the time that the line ran", _p95(ordered), "s", len(ordered)),)


class Carried(NamedTuple):
    """Seconds in order, carried from commit to commit: all, and those of a bucket by when it begins."""

    tudo: Sequence[float]
    corte: Callable[[float], Sequence[float]]


def carried(facts: Facts, kind: Waits, query: Query) -> Carried:
    """The seconds of the window's waits."""
    bucket = bucket_of(query)

    def told(moment: float, row: Wait) -> Iterable[tuple[float | None, float]]:
        return (None, row[0]), (bucket(moment), row[0])

    found = numbers(facts, kind.known, ("seconds", cut_as(query)), told, until_now(query))
    return Carried(found.get(None, ()), lambda begin: found.get(begin, ()))


def told_high(found: Carried, query: Query, more: tuple[Part, ...] = ()) -> Told:
    """What `high` says of them."""
    serie = points_of(query, found.corte, _p95)
    return Told(_p95(found.tudo), (*_spread(found.tudo), *more), serie)


def _p95(ordered: Sequence[float]) -> float | None:
    return shown_percentile(ordered, 95)


def spread(rows: Sequence[Wait]) -> tuple[Part, ...]:
    """Median and p85."""
    return _spread(sorted(seconds(rows)))


def _spread(ordered: Sequence[float]) -> tuple[Part, ...]:
    return (
        Part("median", percentile_sorted(ordered, 50), "s", len(ordered)),
        Part("p85", shown_percentile(ordered, 85), "s", len(ordered)),
    )


def high(chave: str, nome: str, vazio: str, target: Target, more: PartsOf = no_parts) -> Measure[Wait]:
    """p95 in seconds, with the median beside it."""

    def whole(rows: Sequence[Wait]) -> tuple[float | None, tuple[Part, ...]]:
        ordered = sorted(seconds(rows))
        return _p95(ordered), (*_spread(ordered), *more(rows))

    return Measure(
        chave=chave,
        nome=nome,
        unidade="s",
        of=lambda rows: _p95(sorted(seconds(rows))),
        whole=whole,
        needs=NEEDED[95],
        ident=_item_id,
        vazio=vazio,
        target=target,
    )


def middle(chave: str, nome: str, vazio: str, target: Target) -> Measure[Wait]:
    """The median in seconds."""
    return Measure(
        chave=chave,
        nome=nome,
        unidade="s",
        of=lambda rows: median(seconds(rows)),
        ident=_item_id,
        vazio=vazio,
        parts=spread,
        target=target,
    )


def _item_id(row: Wait) -> str:
    return row[1].id
