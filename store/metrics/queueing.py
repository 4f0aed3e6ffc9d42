"""Machines' items: how long they wait, how long answers take, how fast lost ones are taken up again."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from math import inf

from store.metrics.cutting import between, until_now
from store.metrics.facts import Facts, Item
from store.metrics.keeping import at, by_moment, kept
from store.metrics.measures import Measure, Rows, no_parts, rows_of
from store.metrics.model import Part, Query
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


def machine_items(facts: Facts) -> Sequence[Item]:
    """What machines do: people's items wait for people."""
    return by_moment(facts, "machine items", "itens", _BY_END).rows


def living(facts: Facts, since: float) -> Sequence[Item]:
    """Likewise, those that had not ended before a moment."""
    known = by_moment(facts, "machine items", "itens", _BY_END)
    return known.rows[bisect_left(known.times, since) :]


_BY_END = at(lambda item: None if item.humano else inf if item.encerrado is None else item.encerrado)


def waits(facts: Facts, query: Query) -> Rows[Wait]:
    """From when an item could be begun to when it was, of those that were begun in the window."""
    begun = by_moment(facts, "items begun", "itens", _BEGUN)
    found = between(begun.times, until_now(query))
    times, items = begun.times[found], begun.rows[found]
    waited = [
        (at - item.devido if item.devido is not None else UNKNOWN, item)
        for at, item in zip(times, items, strict=True)
    ]
    return Rows(times, waited).counting(_why_no_wait)


_BEGUN = at(lambda item: None if item.humano else item.iniciado)
UNKNOWN = float("-inf")
"""Seconds from a moment that is missing."""


def _why_no_wait(row: Wait) -> str:
    return "" if row[0] >= 0 else NO_MOMENT if row[0] == UNKNOWN else NEGATIVE


def answers(facts: Facts, query: Query) -> Rows[Wait]:
    """From the start of an attempt to its answer, of those that were given in the window."""
    times, rows = by_moment(facts, "answers", "itens", _answers)
    found = between(times, until_now(query))
    return Rows(times[found], rows[found]).counting(_why_no_wait)


def _answers(item: Item) -> Iterable[tuple[float, Wait]]:
    if not item.humano:
        for begin, end, why in item.tentativas:
            if end is not None and begin is not None and why in ANSWERS:
                yield end, (end - begin, item)


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


def while_it_ran(line: Uptime) -> PartsOf:
    """p95 of the seconds of each wait in which the line ran: whoever closes it at night waits for nothing."""

    def parts(rows: Sequence[Wait]) -> tuple[Part, ...]:
        if not line.ran:
            return ()
        ran = sorted(line.good_of([(item.devido or 0.0, item.iniciado or 0.0) for _, item in rows]))
        return (Part("p95 of the time that the line ran", shown_percentile(ran, 95), "s", len(ran)),)

    return parts


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
        return shown_percentile(ordered, 95), (*_spread(ordered), *more(rows))

    return Measure(
        chave=chave,
        nome=nome,
        unidade="s",
        of=lambda rows: shown_percentile(sorted(seconds(rows)), 95),
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
