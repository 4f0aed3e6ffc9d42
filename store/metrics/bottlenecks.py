"""Where time waits within a window: by state, actor and type, of all items that lived in it, ended or not."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import NamedTuple

from store.metrics.cutting import cut, until_now, within
from store.metrics.facts import Facts, Item
from store.metrics.keeping import Changed, kept
from store.metrics.lives import living
from store.metrics.model import Query
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


@dataclass(slots=True)
class Wait:
    """What waited at a place, or at several together."""

    segundos: float = 0.0
    cortes: dict[int, float] = field(default_factory=dict)
    """Seconds by the bucket's place in the window."""
    itens: dict[str, float] = field(default_factory=dict)
    """Seconds by the id of each item that waited there."""

    def add(self, bucket: int, item_id: str, seconds: float) -> None:
        """So many seconds of an item in a bucket."""
        self.segundos += seconds
        self.cortes[bucket] = self.cortes.get(bucket, 0.0) + seconds
        self.itens[item_id] = self.itens.get(item_id, 0.0) + seconds

    @property
    def ids(self) -> tuple[str, ...]:
        """The items, the longest wait first."""
        return tuple(nlargest(MOST_IDS, self.itens, key=self.itens.__getitem__))


_Kinds = dict[tuple[str, str], list[Wait]]
"""By actor and type, a wait a state."""


def waits(facts: Facts, query: Query) -> dict[Place, Wait]:
    """Each place where something waited in the window, and for how long; time at work is at `ativo`."""
    window = until_now(query)
    spans = [within(bucket, query) for bucket in cut(query)]
    starts, kinds = [span.inicio for span in spans], _Kinds()
    lives = kept(facts, "lives", _nothing_yet, ("itens",), _without)
    for item in living(facts, window.inicio):
        since, until = item.criado, item.encerrado
        if since is None or since >= window.fim or until == window.inicio:
            continue
        end = min(until if until is not None else query.agora, window.fim)
        if end > since:
            first, last = max(bisect_right(starts, since) - 1, 0), bisect_right(starts, end)
            if last - first == 1 and until is not None and spans[first].inicio <= since and until <= end:
                if (life := lives.get(item.id)) is None:
                    life = lives[item.id] = spent(item, None, 0.0)
                _add(kinds, item, first, life)
            else:
                for bucket in range(first, last):
                    _add(kinds, item, bucket, spent(item, spans[bucket], query.agora))
    return {
        Place(state, *kind): wait
        for kind, some in kinds.items()
        for state, wait in zip(STATES, some, strict=True)
        if wait.itens
    }


def _nothing_yet(_facts: Facts) -> dict[str, Spent]:
    return {}


def _without(old: dict[str, Spent], changed: Sequence[Changed]) -> dict[str, Spent]:
    found = dict(old)
    for _, *both in changed:
        for item in both:
            if item is not None:
                found.pop(item.id, None)
    return found


def _add(kinds: _Kinds, item: Item, bucket: int, life: Spent) -> None:
    kind = (item.ator, item.tipo)
    if (mine := kinds.get(kind)) is None:
        mine = kinds[kind] = [Wait() for _ in STATES]
    for wait, seconds in zip(mine, life, strict=True):
        if seconds > 0:
            wait.add(bucket, item.id, seconds)


def waiting(found: Mapping[Place, Wait]) -> dict[Place, Wait]:
    """Without the time at work, the longest first."""
    ordered = sorted(found.items(), key=lambda each: (-each[1].segundos, each[0]))
    return {place: wait for place, wait in ordered if place.estado in WAITING}


def together(found: Iterable[Wait]) -> Wait:
    """Several places as one."""
    whole = Wait()
    for wait in found:
        whole.segundos += wait.segundos
        for bucket, seconds in wait.cortes.items():
            whole.cortes[bucket] = whole.cortes.get(bucket, 0.0) + seconds
        for item_id, seconds in wait.itens.items():
            whole.itens[item_id] = whole.itens.get(item_id, 0.0) + seconds
    return whole


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
