"""All that waited, carried from commit to commit: a span has the difference of two sums of it.

Of each state there are the moments at which somebody came and went, in order, with the sums of them up to
each: as of any moment these tell how long everybody has been in it. Amounts are whole ticks (see `sliding`),
so that what is taken off again leaves no trace.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, compress, islice
from math import inf
from operator import sub

from store.metrics.facts import Facts, Item
from store.metrics.keeping import Changed, kept, net
from store.metrics.lives import living
from store.metrics.sliding import TICKS, ticks
from store.metrics.stretches import ACTIVE, DECIDED, QUEUED, Stretch, is_usual, stretches
from store.metrics.waiting import STATES, WAITING

WHOLE = "espera"
"""Beside the states: all waiting of an item together."""
NAMES = (*STATES, WHOLE)
_WAITS = slice(STATES.index(WAITING[0]), STATES.index(WAITING[-1]) + 1)

Kind = tuple[str, str]
"""Actor and type."""
Amounts = tuple[int, ...]
"""Ticks, beside `NAMES`."""
Entry = tuple[int, str]
"""An item with its ticks below zero: the longest wait is the first in order."""


class Edges:
    """Moments in order, and the ticks of all of them up to each."""

    __slots__ = ("sums", "times")

    def __init__(self, times: Iterable[float] = ()) -> None:
        """`times` in any order."""
        self.times, self.sums = sorted(times), [0]
        self.add_up()

    def copy(self) -> Edges:
        """One that can be changed; `add_up` ends that."""
        found = Edges()
        found.times, found.sums = list(self.times), list(self.sums)
        return found

    def put(self, moment: float) -> None:
        """Take one more."""
        place = bisect_right(self.times, moment)
        self.times.insert(place, moment)
        del self.sums[place + 1 :]

    def take(self, moment: float) -> None:
        """Forget one."""
        place = bisect_left(self.times, moment)
        del self.times[place], self.sums[place + 1 :]

    def add_up(self) -> None:
        """Sum up what is new."""
        later = map(int, map(TICKS.__mul__, self.times[len(self.sums) - 1 :]))
        self.sums += islice(accumulate(later, initial=self.sums[-1]), 1, None)

    def passed(self, moment: float) -> int:
        """How long ago they all were at a moment, added up; those that came later are nothing."""
        count = bisect_right(self.times, moment)
        return count * ticks(moment) - self.sums[count]


@dataclass(slots=True)
class Pile:
    """What waited in one state, of one actor and type."""

    starts: Edges = field(default_factory=Edges)
    ends: Edges = field(default_factory=Edges)
    """Of each time in the state; those that go on have none."""
    ended: list[float] = field(default_factory=list)
    """When its items ended, in order."""
    entries: list[Entry] = field(default_factory=list)
    """Beside it: how long each item was in the state."""

    def copy(self) -> Pile:
        """One that can be changed."""
        return Pile(self.starts.copy(), self.ends.copy(), list(self.ended), list(self.entries))

    def until(self, moment: float) -> int:
        """The ticks that all were in this state up to a moment."""
        return self.starts.passed(moment) - self.ends.passed(moment)

    def cut(self, bounds: Sequence[float]) -> list[int]:
        """Ticks between each moment and the next."""
        found = list(map(self.until, bounds))
        return list(map(sub, found[1:], found))

    def ended_in(self, begin: float, end: float) -> slice:
        """Where the entries are of items that ended after a moment, and not after another."""
        return slice(bisect_right(self.ended, begin), bisect_right(self.ended, end))


@dataclass(frozen=True, slots=True)
class Piles:
    """Of what had not ended before a moment; and the items in no pile, which are looked at for every span."""

    since: float
    piles: dict[Kind, tuple[Pile, ...]]
    crooked: dict[str, Item]


SMALL = 0.2
"""The share of the items that ended before a window for which it is not worth while to leave them out."""


def piles_of(facts: Facts, since: float) -> Piles:
    """Everything that waited since a moment; made for the earliest that was asked for."""
    known: list[Piles] = kept(facts, "piles", _none_yet, ("itens",), _changed)
    if not known or known[0].since > since:
        later = living(facts, since)
        early = len(facts.itens) - len(later) <= len(facts.itens) * SMALL
        known[:] = [_build(facts, -inf if early else since)]
    return known[0]


def _none_yet(_facts: Facts) -> list[Piles]:
    return []


def _changed(old: list[Piles], changed: Sequence[Changed]) -> list[Piles]:
    return [_after(each, changed) for each in old]


def whole(amounts: Sequence[int]) -> Amounts:
    """Amounts of the states, and of all waiting behind them."""
    return (*amounts, sum(amounts[_WAITS]))


def life(item: Item) -> Amounts | None:
    """How long an item that has ended was in each state; None where it has not, or is in no pile."""
    found = stretches(item)
    return None if found is None or item.encerrado is None else _added(found)


def _added(found: Iterable[Stretch]) -> Amounts:
    amounts = [0] * len(STATES)
    for state, begin, end in found:
        amounts[state] += ticks(end - begin)
    return whole(amounts)


EMPTY = tuple(Pile() for _ in NAMES)
"""Of a kind of which there is nothing; never changed."""


class _Draft:
    """The piles of one kind while they are made, in no order."""

    def __init__(self) -> None:
        self.starts: list[list[float]] = [[] for _ in NAMES]
        self.ends: list[list[float]] = [[] for _ in NAMES]
        self.ended: list[list[float]] = [[] for _ in NAMES]
        self.entries: list[list[Entry]] = [[] for _ in NAMES]

    def add(self, item: Item) -> bool:
        """Take one item; False where it belongs in no pile."""
        found = stretches(item)
        if found is None:
            return False
        for state, begin, end in found:
            self.starts[state].append(begin)
            if end < inf:
                self.ends[state].append(end)
        if item.encerrado is not None:
            for place, amount in enumerate(_added(found)):
                if amount:
                    self.ended[place].append(item.encerrado)
                    self.entries[place].append((-amount, item.id))
        return True

    def add_usual(self, items: Sequence[Item], state: int) -> None:
        """Take items that waited in one state, in the order of their ends, then were at work until these."""
        created = [item.criado or 0.0 for item in items]
        started = [item.iniciado or 0.0 for item in items]
        ended = [item.encerrado or 0.0 for item in items]
        ids = [item.id for item in items]
        self._span(ids, ended, (created, started), (state, NAMES.index(WHOLE)))
        self._span(ids, ended, (started, ended), (ACTIVE,))

    def _span(
        self,
        ids: Sequence[str],
        ended: Sequence[float],
        both: tuple[list[float], list[float]],
        places: Sequence[int],
    ) -> None:
        """Of some items when each was in the state whose place is the first."""
        begins, ends = both
        self.starts[places[0]] += begins
        self.ends[places[0]] += ends
        less = list(map(int, map(TICKS.__mul__, map(sub, begins, ends))))
        entries = list(compress(zip(less, ids, strict=True), less))
        times = list(compress(ended, less))
        for place in places:
            self._file(times, entries, place)

    def _file(self, times: Sequence[float], entries: Sequence[Entry], place: int) -> None:
        self.ended[place] += times
        self.entries[place] += entries

    def piles(self) -> tuple[Pile, ...]:
        """The piles."""
        return tuple(map(_pile, self.starts, self.ends, self.ended, self.entries))


def _pile(starts: list[float], ends: list[float], ended: list[float], entries: list[Entry]) -> Pile:
    order = sorted(range(len(ended)), key=ended.__getitem__)
    return Pile(
        Edges(starts),
        Edges(ends),
        list(map(ended.__getitem__, order)),
        list(map(entries.__getitem__, order)),
    )


def _build(facts: Facts, since: float) -> Piles:
    kinds: dict[Kind, list[Item]] = {}
    for item in living(facts, since):
        kind = item.ator, item.tipo
        if kind in kinds:
            kinds[kind].append(item)
        else:
            kinds[kind] = [item]
    found, crooked = dict[Kind, tuple[Pile, ...]](), dict[str, Item]()
    for kind, items in kinds.items():
        draft, usual = _Draft(), list(map(is_usual, items))
        for state, humano in ((QUEUED, False), (DECIDED, True)):
            draft.add_usual([item for item in compress(items, usual) if item.humano is humano], state)
        rest = compress(items, map(False.__eq__, usual))
        crooked.update((item.id, item) for item in rest if not draft.add(item))
        found[kind] = draft.piles()
    return Piles(since, found, crooked)


def _after(old: Piles, changed: Sequence[Changed]) -> Piles:
    """The piles when some items are other than they were."""
    found, mine = Piles(old.since, dict(old.piles), dict(old.crooked)), set[Kind]()
    for _, *both in net(changed):
        for item, change in zip(both, (_take, _put), strict=True):
            if item is not None and (item.encerrado is None or item.encerrado >= old.since):
                change(found, _own(found, mine, (item.ator, item.tipo)), item)
    for kind in mine:
        for pile in found.piles[kind]:
            pile.starts.add_up()
            pile.ends.add_up()
    return found


def _own(found: Piles, mine: set[Kind], kind: Kind) -> tuple[Pile, ...]:
    """The piles of a kind, copied before they are first changed."""
    if kind not in mine:
        mine.add(kind)
        found.piles[kind] = tuple(map(Pile.copy, found.piles.get(kind) or EMPTY))
    return found.piles[kind]


def _take(found: Piles, piles: Sequence[Pile], item: Item) -> None:
    if found.crooked.pop(item.id, None) is not None:
        return
    for state, begin, end in stretches(item) or ():
        piles[state].starts.take(begin)
        if end < inf:
            piles[state].ends.take(end)
    for pile, entry in _entries(piles, item):
        place = pile.entries.index(entry, bisect_left(pile.ended, item.encerrado or 0.0))
        del pile.ended[place], pile.entries[place]


def _put(found: Piles, piles: Sequence[Pile], item: Item) -> None:
    known = stretches(item)
    if known is None:
        found.crooked[item.id] = item
        return
    for state, begin, end in known:
        piles[state].starts.put(begin)
        if end < inf:
            piles[state].ends.put(end)
    for pile, entry in _entries(piles, item):
        place = bisect_right(pile.ended, item.encerrado or 0.0)
        pile.ended.insert(place, item.encerrado or 0.0)
        pile.entries.insert(place, entry)


def _entries(piles: Sequence[Pile], item: Item) -> list[tuple[Pile, Entry]]:
    """Where an item that has ended has its entries."""
    amounts = life(item) or ()
    return [(pile, (-amount, item.id)) for pile, amount in zip(piles, amounts, strict=False) if amount]
