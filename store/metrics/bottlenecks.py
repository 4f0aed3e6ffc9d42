"""Where time waits within a window: by state, actor and type, of all items that lived in it, ended or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from heapq import merge
from itertools import islice
from typing import NamedTuple

from store.metrics.facts import Facts
from store.metrics.lives import living
from store.metrics.model import Query
from store.metrics.periods import Window
from store.metrics.settled import NAMES, Amounts, Kind, Pile, Settled, amounts, settled, slices_of
from store.metrics.sliding import TICKS
from store.metrics.waiting import STATES, WAITING, Spent, spent

MOST_IDS = 500
_NOTHING: Amounts = (0,) * len(NAMES)


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


class _Now(NamedTuple):
    """What an item has in a bucket that is not over: its ticks before that and with that."""

    antes: int
    tudo: int


class _Spot(NamedTuple):
    """One place: what is settled of it, and what of each item of it the current bucket adds to."""

    pile: Pile
    now: Mapping[str, _Now]

    @property
    def ticks(self) -> int:
        return self.pile.ticks + sum(each.tudo - each.antes for each in self.now.values())

    @property
    def n(self) -> int:
        return len(self.pile.order) + sum(not each.antes for each in self.now.values())

    def ordered(self) -> Iterator[tuple[int, str]]:
        """Every item with its ticks below zero, the longest wait first."""
        now, order = self.now, self.pile.order
        ones = sorted((-each.tudo, item_id) for item_id, each in now.items())
        return merge((each for each in order if each[1] not in now), ones) if ones else iter(order)


class Wait:
    """What waited at a place, or at several together."""

    def __init__(
        self, places: Mapping[Place, _Spot], wholes: Mapping[Kind, _Spot], cuts: Sequence[float]
    ) -> None:
        """`wholes` is all waiting of each actor and type; `cuts` is when the window's buckets begin."""
        self._places, self._wholes, self._cuts = places, wholes, cuts

    @cached_property
    def _ticks(self) -> dict[Place, int]:
        return {place: spot.ticks for place, spot in self._places.items()}

    @cached_property
    def segundos(self) -> float:
        """All of it."""
        return sum(self._ticks.values()) / TICKS

    @cached_property
    def cortes(self) -> dict[int, float]:
        """Seconds by the bucket's place in the window."""
        found: dict[float, int] = {}
        for place, spot in self._places.items():
            for begin, amount in spot.pile.cortes.items():
                found[begin] = found.get(begin, 0) + amount
            if spot.now:
                more = self._ticks[place] - spot.pile.ticks
                found[self._cuts[-1]] = found.get(self._cuts[-1], 0) + more
        return {at: found[begin] / TICKS for at, begin in enumerate(self._cuts) if begin in found}

    @cached_property
    def _spots(self) -> list[_Spot]:
        """Spots that have each item once: where an item waits in several states, they are taken together."""
        kinds: dict[Kind, dict[str, _Spot]] = {}
        for place, spot in self._places.items():
            kinds.setdefault((place.ator, place.tipo), {})[place.estado] = spot
        return [self._one(kind, states) for kind, states in kinds.items()]

    def _one(self, kind: Kind, states: Mapping[str, _Spot]) -> _Spot:
        if len(states) == 1:
            return next(iter(states.values()))
        if "ativo" not in states and "agendado" not in states and self._all_waiting(kind, states):
            return self._wholes[kind]
        found: dict[str, int] = {}
        for spot in states.values():
            for amount, item_id in spot.ordered():
                found[item_id] = found.get(item_id, 0) + amount
        return _Spot(Pile(order=sorted((amount, item_id) for item_id, amount in found.items())), {})

    def _all_waiting(self, kind: Kind, states: Mapping[str, _Spot]) -> bool:
        return sum(spot.ticks for spot in states.values()) == self._wholes[kind].ticks

    @cached_property
    def n(self) -> int:
        """How many items."""
        return sum(spot.n for spot in self._spots)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The items, the longest wait first."""
        ordered = merge(*(spot.ordered() for spot in self._spots))
        return tuple(item_id for _, item_id in islice(ordered, MOST_IDS))

    def beside(self, other: Wait) -> Wait:
        """Both as one; they have no place in common."""
        return Wait(
            {**self._places, **other._places},
            {**self._wholes, **other._wholes},
            self._cuts or other._cuts,
        )


def waits(facts: Facts, query: Query) -> dict[Place, Wait]:
    """Each place where something waited in the window, and for how long; time at work is at `ativo`."""
    over, current = slices_of(query)
    known = settled(facts, over)
    now = _under_way(facts, current.janela, query.agora, known) if current is not None else {}
    cuts = [each.corte for each in (*over, *([current] if current is not None else []))]
    found: dict[Place, Wait] = {}
    empty = tuple(Pile() for _ in NAMES)
    for kind in {**known.piles, **now}:
        piles, fresh = known.piles.get(kind, empty), now.get(kind, {})
        spots = [
            _Spot(
                pile, {item_id: each for item_id, row in fresh.items() if (each := row[at]).tudo > each.antes}
            )
            for at, pile in enumerate(piles)
        ]
        wholes = {kind: spots[-1]}
        for state, spot in zip(STATES, spots, strict=False):
            if spot.pile.order or spot.now:
                place = Place(state, *kind)
                found[place] = Wait({place: spot}, wholes, cuts)
    return found


def _under_way(
    facts: Facts, span: Window, agora: float, known: Settled
) -> dict[Kind, dict[str, Sequence[_Now]]]:
    """What the bucket that is not over adds, by kind and item."""
    found: dict[Kind, dict[str, Sequence[_Now]]] = {}
    for item in living(facts, span.inicio):
        if item.criado is None or item.criado >= span.fim:
            continue
        mine = amounts(spent(item, span, agora))
        if any(mine):
            before = known.going.get(item.id, _NOTHING)
            row = [_Now(was, was + more) for was, more in zip(before, mine, strict=True)]
            found.setdefault((item.ator, item.tipo), {})[item.id] = row
    return found


def waiting(found: Mapping[Place, Wait]) -> dict[Place, Wait]:
    """Without the time at work, the longest first."""
    ordered = sorted(found.items(), key=lambda each: (-each[1].segundos, each[0]))
    return {place: wait for place, wait in ordered if place.estado in WAITING}


def together(found: Iterable[Wait]) -> Wait:
    """Several places as one."""
    return reduce(Wait.beside, found, Wait({}, {}, ()))


def grouped(found: Mapping[Place, Wait], by: str) -> dict[str, Wait]:
    """By state, actor or type, the longest first."""
    key = BY[by]
    groups: dict[str, list[Wait]] = {}
    for place, wait in found.items():
        groups.setdefault(key(place), []).append(wait)
    whole = {name: together(some) for name, some in groups.items()}
    return dict(sorted(whole.items(), key=lambda each: (-each[1].segundos, each[0])))


def seconds_spent(found: Mapping[Place, Wait]) -> Spent:
    """The whole window by state."""
    by_state = dict.fromkeys(STATES, 0.0)
    for place, wait in found.items():
        by_state[place.estado] += wait.segundos
    return Spent(**by_state)
