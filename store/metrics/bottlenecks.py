"""Where time waits within a window: by state, actor and type, of all items that lived in it, ended or not."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from store.metrics.cutting import cut, until_now, within
from store.metrics.facts import Facts, Item
from store.metrics.model import Query
from store.metrics.periods import Window
from store.metrics.waiting import STATES, Spent, spent

WAITING = STATES[1:]
"""All but the work itself."""
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
    itens: list[tuple[float, str]] = field(default_factory=list)
    """Seconds and id of each item that waited there."""

    def add(self, bucket: int, seconds: float) -> None:
        """So many seconds in a bucket."""
        self.segundos += seconds
        self.cortes[bucket] = self.cortes.get(bucket, 0.0) + seconds

    @property
    def ids(self) -> tuple[str, ...]:
        """The items, the longest wait first."""
        return tuple(item_id for _, item_id in sorted(self.itens, reverse=True)[:MOST_IDS])


def waits(facts: Facts, query: Query) -> dict[Place, Wait]:
    """Each place where something waited in the window, and for how long; time at work is at `ativo`."""
    window = until_now(query)
    spans = [within(bucket, query) for bucket in cut(query)]
    starts = [span.inicio for span in spans]
    found: dict[Place, Wait] = {}
    for item in facts.itens:
        since, until = item.criado, item.encerrado
        if since is None or since >= window.fim or (until is not None and until <= window.inicio):
            continue
        end = min(until if until is not None else query.agora, window.fim)
        if end > since:
            first = max(bisect_right(starts, since) - 1, 0)
            last = bisect_right(starts, end)
            _add(found, item, spans, range(first, last), query.agora)
    return found


def _add(found: dict[Place, Wait], item: Item, spans: list[Window], buckets: range, now: float) -> None:
    totals = [0.0] * len(STATES)
    for bucket in buckets:
        parts = spent(item, spans[bucket], now)
        for at, seconds in enumerate(parts):
            if seconds > 0:
                totals[at] += seconds
                place = Place(STATES[at], item.ator, item.tipo)
                if (wait := found.get(place)) is None:
                    wait = found[place] = Wait()
                wait.add(bucket, seconds)
    for at, seconds in enumerate(totals):
        if seconds > 0:
            found[Place(STATES[at], item.ator, item.tipo)].itens.append((seconds, item.id))


def waiting(found: Mapping[Place, Wait]) -> dict[Place, Wait]:
    """Without the time at work, the longest first."""
    ordered = sorted(found.items(), key=lambda each: (-each[1].segundos, each[0]))
    return {place: wait for place, wait in ordered if place.estado in WAITING}


def together(found: Iterable[Wait]) -> Wait:
    """Several places as one."""
    whole = Wait()
    items: dict[str, float] = {}
    for wait in found:
        for bucket, seconds in wait.cortes.items():
            whole.add(bucket, seconds)
        for seconds, item_id in wait.itens:
            items[item_id] = items.get(item_id, 0.0) + seconds
    whole.itens = [(seconds, item_id) for item_id, seconds in items.items()]
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
