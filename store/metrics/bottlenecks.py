"""Where time waits within a window: by state, actor and type, of all items that lived in it, ended or not.

Most items are in a window with their whole life, or not at all: their piles have the sums and the entries
(see `piles`). Only those that a window parts, and those that go on, are looked at one by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from heapq import merge, nsmallest
from itertools import islice
from math import inf
from operator import add
from typing import NamedTuple

from store.metrics.cutting import cut, until_now, within
from store.metrics.facts import Facts, Item
from store.metrics.lives import CREATED, living
from store.metrics.model import Query
from store.metrics.periods import Window
from store.metrics.piles import EMPTY, Amounts, Entry, Kind, Pile, Piles, life, piles_of, whole
from store.metrics.sliding import TICKS, ticks
from store.metrics.waiting import STATES, WAITING, Spent, spent

MOST_IDS = 500


class Place(NamedTuple):
    """Where something waits."""

    estado: str
    ator: str
    tipo: str


BY: Mapping[str, Callable[[Place], str]] = {
    "estado": lambda place: place.estado,
    "ator": lambda place: place.ator or "no actor",
    "tipo": lambda place: place.tipo,
}


class _Parted(NamedTuple):
    """An item that is looked at for a window."""

    inside: Amounts
    """What of it lies in the window."""
    listed: Amounts | None
    """What its entries say, where they are among those of the items that ended in the window."""
    cuts: Sequence[Amounts] = ()
    """By bucket, where it is in no pile."""


class _Spot:
    """One state of one actor and type, or all waiting of these, in a window."""

    def __init__(self, pile: Pile, at: int, bounds: Sequence[float], parted: Mapping[str, _Parted]) -> None:
        """`at` is the place in `NAMES`; `bounds` are where the buckets of the window begin, and its end."""
        self._pile, self._at, self._bounds, self._parted = pile, at, bounds, parted
        self._listed = pile.ended_in(bounds[0], bounds[-1])
        self._own = [(-many, name) for name, each in parted.items() if (many := each.inside[at])]
        self._twice = sum(each.listed is not None and each.listed[at] > 0 for each in parted.values())
        self.n = self._listed.stop - self._listed.start - self._twice + len(self._own)
        """How many items."""

    @cached_property
    def ticks(self) -> int:
        """All of it."""
        crooked = sum(each[self._at] for one in self._parted.values() for each in one.cuts)
        return self._pile.until(self._bounds[-1]) - self._pile.until(self._bounds[0]) + crooked

    @cached_property
    def cuts(self) -> list[int]:
        """Ticks by bucket."""
        found = self._pile.cut(self._bounds)
        for one in self._parted.values():
            if one.cuts:
                found = list(map(add, found, (each[self._at] for each in one.cuts)))
        return found

    def entries(self) -> list[Entry]:
        """Every item with its ticks below zero, in no order."""
        return self._with_own(self._pile.entries[self._listed])

    @cached_property
    def first(self) -> list[Entry]:
        """The items that waited longest, the longest wait first."""
        known = nsmallest(MOST_IDS + self._twice, self._pile.entries[self._listed])
        return nsmallest(MOST_IDS, self._with_own(known))

    def _with_own(self, known: list[Entry]) -> list[Entry]:
        parted = self._parted
        return [*[each for each in known if each[1] not in parted], *self._own] if parted else known


class _All(NamedTuple):
    """All waiting of an actor and a type, and in which states there is any."""

    spot: _Spot
    estados: frozenset[str]


class _Mixed(NamedTuple):
    """Items of several states, each with all that it has in these."""

    n: int
    first: list[Entry]


class Wait:
    """What waited at a place, or at several together."""

    def __init__(self, places: Mapping[Place, _Spot], wholes: Mapping[Kind, _All]) -> None:
        """`wholes` is all waiting of each actor and type."""
        self._places, self._wholes = places, wholes

    @cached_property
    def ticks(self) -> int:
        """All of it."""
        return sum(spot.ticks for spot in self._places.values())

    @property
    def segundos(self) -> float:
        """Likewise, in seconds."""
        return self.ticks / TICKS

    @cached_property
    def cortes(self) -> dict[int, float]:
        """Seconds by the bucket's place in the window."""
        rows = zip(*(spot.cuts for spot in self._places.values()), strict=True)
        return {at: amount / TICKS for at, amount in enumerate(map(sum, rows)) if amount}

    @cached_property
    def _parts(self) -> list[_Spot | _Mixed]:
        """Parts that have each item once: where an item waits in several states, they are taken together."""
        kinds: dict[Kind, dict[str, _Spot]] = {}
        for place, spot in self._places.items():
            kinds.setdefault((place.ator, place.tipo), {})[place.estado] = spot
        return [self._one(kind, states) for kind, states in kinds.items()]

    def _one(self, kind: Kind, states: Mapping[str, _Spot]) -> _Spot | _Mixed:
        if len(states) == 1:
            return next(iter(states.values()))
        if states.keys() == self._wholes[kind].estados:
            return self._wholes[kind].spot
        found: dict[str, int] = {}
        for spot in states.values():
            for amount, item_id in spot.entries():
                found[item_id] = found.get(item_id, 0) + amount
        first = nsmallest(MOST_IDS, ((amount, item_id) for item_id, amount in found.items()))
        return _Mixed(len(found), first)

    @cached_property
    def n(self) -> int:
        """How many items."""
        return sum(part.n for part in self._parts)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The items, the longest wait first."""
        ordered = merge(*(part.first for part in self._parts))
        return tuple(item_id for _, item_id in islice(ordered, MOST_IDS))

    def beside(self, other: Wait) -> Wait:
        """Both as one; they have no place in common."""
        return Wait({**self._places, **other._places}, {**self._wholes, **other._wholes})


def waits(facts: Facts, query: Query) -> dict[Place, Wait]:
    """Each place where something waited in the window, and for how long; time at work is at `ativo`."""
    buckets = [within(bucket, query) for bucket in cut(query)]
    if not buckets:
        return {}
    bounds = [*(each.inicio for each in buckets), buckets[-1].fim]
    known = piles_of(facts, bounds[0])
    parted = _parted(facts, known, query, buckets)
    found: dict[Place, Wait] = {}
    for kind in dict.fromkeys((*known.piles, *parted)):
        piles, mine = known.piles.get(kind, EMPTY), parted.get(kind, {})
        spots = [_Spot(pile, at, bounds, mine) for at, pile in enumerate(piles)]
        some = {state: spot for state, spot in zip(STATES, spots, strict=False) if spot.n}
        wholes = {kind: _All(spots[-1], frozenset(WAITING).intersection(some))}
        for state, spot in some.items():
            place = Place(state, *kind)
            found[place] = Wait({place: spot}, wholes)
    return found


def _parted(
    facts: Facts, known: Piles, query: Query, buckets: Sequence[Window]
) -> dict[Kind, dict[str, _Parted]]:
    """The items that have to be looked at, by kind and id."""
    window = until_now(query)
    found: dict[Kind, dict[str, _Parted]] = {}
    for item in _over_an_edge(facts, window):
        if item.id not in known.crooked:
            listed = life(item) if window.inicio < (item.encerrado or 0.0) <= window.fim else None
            inside = _amounts(spent(item, window, query.agora))
            found.setdefault((item.ator, item.tipo), {})[item.id] = _Parted(inside, listed)
    for item in known.crooked.values():
        cuts = [_amounts(spent(item, bucket, min(bucket.fim, query.agora))) for bucket in buckets]
        inside = tuple(map(sum, zip(*cuts, strict=True)))
        if any(inside):
            found.setdefault((item.ator, item.tipo), {})[item.id] = _Parted(inside, None, cuts)
    return found


def _over_an_edge(facts: Facts, window: Window) -> Iterator[Item]:
    """Those that began before a window and had not ended, and those that began in it and went on."""
    created, later = CREATED.of(facts), living(facts, window.inicio)
    earlier = created.rows[: bisect_left(created.times, window.inicio)]
    for item in min(earlier, later, key=len):
        if item.criado is not None and item.criado < window.inicio < _ended(item):
            yield item
    for item in living(facts, window.fim):
        if item.criado is not None and window.inicio <= item.criado < window.fim:
            yield item


def _ended(item: Item) -> float:
    return inf if item.encerrado is None else item.encerrado


def _amounts(found: Spent) -> Amounts:
    return whole(tuple(map(ticks, found)))


def waiting(found: Mapping[Place, Wait]) -> dict[Place, Wait]:
    """Without the time at work, the longest first."""
    ordered = sorted(found.items(), key=lambda each: (-each[1].segundos, each[0]))
    return {place: wait for place, wait in ordered if place.estado in WAITING}


def together(found: Iterable[Wait]) -> Wait:
    """Several places as one."""
    return reduce(Wait.beside, found, Wait({}, {}))


def grouped(found: Mapping[Place, Wait], by: str) -> dict[str, Wait]:
    """By state, actor or type, the longest first."""
    key = BY[by]
    groups: dict[str, list[Wait]] = {}
    for place, wait in found.items():
        groups.setdefault(key(place), []).append(wait)
    wholes = {name: together(some) for name, some in groups.items()}
    return dict(sorted(wholes.items(), key=lambda each: (-each[1].segundos, each[0])))


def seconds_spent(found: Mapping[Place, Wait]) -> Spent:
    """The whole window by state."""
    by_state = dict.fromkeys(STATES, 0)
    for place, wait in found.items():
        by_state[place.estado] += wait.ticks
    return Spent(**{state: amount / TICKS for state, amount in by_state.items()})
