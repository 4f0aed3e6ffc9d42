"""Machines' items: how long they wait, how long answers take, how fast lost ones are taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from store.metrics.cells import Cell, Days, Make, Says, Whole, by_group, figure, grouped, merged, valued
from store.metrics.cutting import between, until_now
from store.metrics.daily import by_day
from store.metrics.facts import Facts, Item
from store.metrics.keeping import at, kept
from store.metrics.measures import Measure, Rows, nothing, rows_of
from store.metrics.model import Figure, Part, Query
from store.metrics.sliding import Index
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
Key = Callable[[Item], str]


def seconds(rows: Sequence[Wait]) -> list[float]:
    """In seconds, as they come."""
    return [row[0] for row in rows]


def item_of(row: Wait) -> Item:
    return row[1]


# From when an item could be begun to when it was, and from an attempt's start to its answer


class Timed(NamedTuple):
    """Times of one kind, by when they ended."""

    source: Index
    make: Make
    item: Callable[[Any], Item]
    """The item of a row."""


UNKNOWN = float("-inf")
"""Seconds from a moment that is missing."""


def _why_not(found: float) -> str:
    return NO_MOMENT if found == UNKNOWN else NEGATIVE


def _waits(times: Sequence[float], rows: Sequence[Item]) -> Cell:
    waited = [
        moment - item.devido if item.devido is not None else UNKNOWN
        for moment, item in zip(times, rows, strict=True)
    ]
    return valued(times, rows, waited, _why_not)


def _answered(times: Sequence[float], rows: Sequence[Wait]) -> Cell:
    return valued(times, rows, seconds(rows), _why_not)


def _answers(item: Item) -> Iterable[tuple[float, Wait]]:
    if item.humano:
        return ()
    return [
        (end, (end - begin, item))
        for begin, end, why in item.tentativas
        if end is not None and begin is not None and why in ANSWERS
    ]


def _itself(item: Item) -> Item:
    return item


WAITS = Timed(
    Index("items begun", "itens", at(lambda item: None if item.humano else item.iniciado)), _waits, _itself
)
ANSWERED = Timed(Index("answers", "itens", _answers), _answered, item_of)


def highs(
    facts: Facts,
    kind: Timed,
    measure: Measure[Any],
    query: Query,
    key: Key | None,
    line: Uptime | None = None,
) -> tuple[list[Figure], Sequence[float]]:
    """p95 of all, then of each group that `key` makes, carried by day; and the seconds of all, ascending.

    With a line, p95 of the seconds in which it ran as well: whoever closes it at night waits for nothing.
    """
    whole = by_day(facts, kind.source, "seconds", kind.make, query)
    ran: dict[str, Sequence[float]] = {}
    ran_make = _ran(kind.make, line) if line is not None and line.ran else None
    if line is not None and ran_make is not None:
        ran[""] = _values(by_day(facts, kind.source, ("ran", line.past), ran_make, query))
    found = [figure(measure, whole, _high(ran.get("")), query)]
    if key is not None:
        of = _key_of(kind, key)
        if line is not None and ran_make is not None:
            parted = by_day(facts, kind.source, ("ran", line.past, query.por), by_group(of, ran_make), query)
            ran = {name: _values(some) for name, some in grouped(parted)}
        parts = by_day(facts, kind.source, ("seconds", query.por), by_group(of, kind.make), query)
        found += [figure(measure, some, _high(ran.get(name)), query, name) for name, some in grouped(parts)]
    return found, _values(whole)


def _key_of(kind: Timed, key: Key) -> Callable[[Any], str]:
    return lambda row: key(kind.item(row))


def _ran(make: Make, line: Uptime) -> Make:
    """What `make` does, with the seconds of each wait in which the line ran."""

    def made(times: Sequence[float], rows: Sequence[Item]) -> Cell:
        cell = make(times, rows)
        good = [line.good_in(item.devido or 0.0, item.iniciado or 0.0) for item in cell.rows]
        return cell._replace(values=sorted(good))

    return made


def _values(days: Days) -> Sequence[float]:
    return merged([cell.values for cell in chain.from_iterable(days)] or [()])


def _high(ran: Sequence[float] | None) -> Says:
    def parts(whole: Whole) -> tuple[Part, ...]:
        return (*_spread(whole.values), *(() if ran is None else _ran_part(ran)))

    return Says(_p95, parts, _p95)


def _ran_part(ordered: Sequence[float]) -> tuple[Part, ...]:
    name = "p95 of the time that the line ran"
    return (Part(name, shown_percentile(ordered, 95), "s", len(ordered)),)


def _p95(whole: Whole) -> float | None:
    return shown_percentile(whole.values, 95)


def spread(rows: Sequence[Wait]) -> tuple[Part, ...]:
    """Median and p85."""
    return _spread(sorted(seconds(rows)))


def _spread(ordered: Sequence[float]) -> tuple[Part, ...]:
    return (
        Part("median", percentile_sorted(ordered, 50), "s", len(ordered)),
        Part("p85", shown_percentile(ordered, 85), "s", len(ordered)),
    )


def high(kind: Timed, chave: str, nome: str, vazio: str, target: Target) -> Measure[Any]:
    """p95 in seconds, as `highs` has it of days."""
    return Measure(
        chave=chave,
        nome=nome,
        unidade="s",
        of=nothing,
        needs=NEEDED[95],
        ident=lambda row: kind.item(row).id,
        vazio=vazio,
        target=target,
    )


# What was lost


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
