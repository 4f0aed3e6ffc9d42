"""Where time waited in the buckets that are over, carried from commit to commit: an item that does not change
does not change them either.

Amounts are whole ticks (see `sliding`), so that what is taken off again leaves no trace.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from store.metrics.cutting import cut, within
from store.metrics.facts import Facts, Item
from store.metrics.keeping import Changed, kept
from store.metrics.lives import living
from store.metrics.model import Query
from store.metrics.periods import Window
from store.metrics.sliding import ticks
from store.metrics.waiting import STATES, WAITING, Spent, spent

MOST_WINDOWS = 4
WHOLE = "espera"
"""Beside the states: all waiting of an item together."""
NAMES = (*STATES, WHOLE)
_WAITS = slice(STATES.index(WAITING[0]), STATES.index(WAITING[-1]) + 1)


class Slice(NamedTuple):
    """A bucket that is over: when it begins, and what a window has of it."""

    corte: float
    janela: Window


Slices = tuple[Slice, ...]
"""Oldest first."""
Kind = tuple[str, str]
"""Actor and type."""
Amounts = tuple[int, ...]
"""Ticks, beside `NAMES`."""


@dataclass(slots=True)
class Pile:
    """What waited in one state, of one actor and type."""

    ticks: int = 0
    cortes: dict[float, int] = field(default_factory=dict)
    """By when the bucket begins."""
    order: list[tuple[int, str]] = field(default_factory=list)
    """Each item with its ticks below zero: the longest wait first."""

    def copy(self) -> Pile:
        """One that can be changed."""
        return Pile(self.ticks, dict(self.cortes), list(self.order))


@dataclass(frozen=True, slots=True)
class Settled:
    """All piles; and what of each item that went on after the last of these buckets is in them."""

    slices: Slices
    piles: dict[Kind, tuple[Pile, ...]]
    going: dict[str, Amounts]


def amounts(life: Spent) -> Amounts:
    """An item's time in a bucket, as it is added up."""
    found = tuple(map(ticks, life))
    return (*found, sum(found[_WAITS]))


def slices_of(query: Query) -> tuple[Slices, Slice | None]:
    """The buckets of the window that are over, and what there is of the one that is not."""
    buckets = cut(query)
    found = tuple(Slice(bucket.inicio, within(bucket, query)) for bucket in buckets)
    if buckets and min(buckets[-1].fim, query.janela.fim) > query.agora:
        return found[:-1], found[-1]
    return found, None


def settled(facts: Facts, slices: Slices) -> Settled:
    """Of buckets that are over."""
    known: dict[Slices, Settled] = kept(facts, "settled waits", _nothing_yet, ("itens",), _changed)
    found = known.pop(slices, None)
    if found is None and known:
        wanted = set(slices)
        near = max(known.values(), key=lambda each: len(wanted.intersection(each.slices)))
        found = _cut_anew(facts, near, slices)
    known[slices] = found = found if found is not None else _build(facts, slices)
    while len(known) > MOST_WINDOWS:
        del known[next(iter(known))]
    return found


def _cut_anew(facts: Facts, old: Settled, slices: Slices) -> Settled | None:
    """What is known of some buckets, made that of others; None where they have too little in common.

    Only the items are looked at that lived where they differ.
    """
    differ = set(old.slices).symmetric_difference(slices)
    lived = {
        item.id: item
        for each in differ
        for item in living(facts, each.janela.inicio)
        if item.criado is not None and item.criado < each.janela.fim
    }
    if not slices or len(differ) > len(slices) // 2 or len(lived) > len(facts.itens) // 4:
        return None
    found, mine = Settled(slices, dict(old.piles), dict(old.going)), set[Kind]()
    for item in lived.values():
        piles = _own(found, mine, (item.ator, item.tipo))
        for some, change in ((old.slices, _take), (slices, _add)):
            if lives := _total(lived_in(item, some)):
                change(found, piles, item, lives)
    return found


def _nothing_yet(_facts: Facts) -> dict[Slices, Settled]:
    return {}


def lived_in(item: Item, slices: Slices) -> Iterator[tuple[float, Amounts]]:
    """The buckets in which an item lived, by when they begin, each with where its time went."""
    since, until = item.criado, item.encerrado
    if not slices or since is None or since >= slices[-1].janela.fim:
        return
    end = slices[-1].janela.fim if until is None else min(until, slices[-1].janela.fim)
    if end <= max(since, slices[0].janela.inicio):
        return
    first = max(bisect_right(slices, since, key=_begin) - 1, 0)
    last = bisect_left(slices, end, key=_begin)
    whole = last - first == 1 and slices[first].janela.inicio <= since and until == end
    for corte, span in slices[first:last]:
        yield corte, amounts(spent(item, None if whole else span, span.fim))


def _begin(each: Slice) -> float:
    return each.janela.inicio


def _build(facts: Facts, slices: Slices) -> Settled:
    piles: dict[Kind, tuple[Pile, ...]] = {}
    going: dict[str, Amounts] = {}
    for item in living(facts, slices[0].janela.inicio) if slices else ():
        mine = _total(lived_in(item, slices))
        if mine:
            some = piles.get((item.ator, item.tipo))
            if some is None:
                some = piles[item.ator, item.tipo] = tuple(Pile() for _ in NAMES)
            _put(some, mine)
            _file(some, item.id, whole := _sum(mine))
            if _goes_on(item, slices):
                going[item.id] = whole
    for some in piles.values():
        for pile in some:
            pile.order.sort()
    return Settled(slices, piles, going)


def _goes_on(item: Item, slices: Slices) -> bool:
    return item.encerrado is None or item.encerrado > slices[-1].janela.fim


def _total(lived: Iterable[tuple[float, Amounts]]) -> list[tuple[float, Amounts]]:
    return [(bucket, mine) for bucket, mine in lived if any(mine)]


def _sum(mine: Sequence[tuple[float, Amounts]]) -> Amounts:
    return mine[0][1] if len(mine) == 1 else tuple(map(sum, zip(*(each for _, each in mine), strict=True)))


def _put(piles: Sequence[Pile], mine: Iterable[tuple[float, Amounts]], sign: int = 1) -> None:
    for bucket, some in mine:
        for pile, amount in zip(piles, some, strict=True):
            if amount:
                pile.ticks += sign * amount
                pile.cortes[bucket] = pile.cortes.get(bucket, 0) + sign * amount
                if not pile.cortes[bucket]:
                    del pile.cortes[bucket]


def _file(piles: Sequence[Pile], item_id: str, whole: Amounts) -> None:
    for pile, amount in zip(piles, whole, strict=True):
        if amount:
            pile.order.append((-amount, item_id))


def _changed(old: dict[Slices, Settled], changed: Sequence[Changed]) -> dict[Slices, Settled]:
    return {slices: _after(each, changed) for slices, each in old.items() if slices}


def _after(old: Settled, changed: Sequence[Changed]) -> Settled:
    """What is settled when some items are other than they were."""
    found, mine = Settled(old.slices, dict(old.piles), dict(old.going)), set[Kind]()
    for _, *both in changed:
        for item, change in zip(both, (_take, _add), strict=True):
            lived = _total(lived_in(item, old.slices)) if item is not None else []
            if lived:
                change(found, _own(found, mine, (item.ator, item.tipo)), item, lived)
    return found


def _own(found: Settled, mine: set[Kind], kind: Kind) -> tuple[Pile, ...]:
    """The piles of a kind, copied before they are first changed."""
    if kind not in mine:
        mine.add(kind)
        found.piles[kind] = tuple(map(Pile.copy, found.piles.get(kind) or [Pile()] * len(NAMES)))
    return found.piles[kind]


def _take(found: Settled, piles: Sequence[Pile], item: Item, lived: list[tuple[float, Amounts]]) -> None:
    _put(piles, lived, -1)
    for pile, amount in zip(piles, _sum(lived), strict=True):
        if amount:
            del pile.order[bisect_left(pile.order, (-amount, item.id))]
    found.going.pop(item.id, None)


def _add(found: Settled, piles: Sequence[Pile], item: Item, lived: list[tuple[float, Amounts]]) -> None:
    _put(piles, lived)
    whole = _sum(lived)
    for pile, amount in zip(piles, whole, strict=True):
        if amount:
            insort_right(pile.order, (-amount, item.id))
    if _goes_on(item, found.slices):
        found.going[item.id] = whole
