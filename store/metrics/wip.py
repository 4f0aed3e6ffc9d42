"""How many there were at each bucket's end: of spans that items say, carried from commit to commit."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial as bound
from math import inf
from typing import NamedTuple

from store.metrics.cutting import cut, partial, within
from store.metrics.facts import Facts, Item
from store.metrics.flow import CANCELLED, first_arrivals
from store.metrics.keeping import Changed, kept
from store.metrics.model import Point, Query

Span = tuple[Hashable, float, float]
"""Of which group, from when until when; without an end it is infinite."""
Spans = Callable[[Item], Iterable[Span]]
"""What an item says, the same every time."""


class Stock(NamedTuple):
    """When spans began, and when they ended: sorted."""

    begun: list[float]
    over: list[float]

    def at(self, moment: float) -> int:
        """How many had begun at a moment or before, and were not over then."""
        return bisect_right(self.begun, moment) - bisect_right(self.over, moment)


def stocks(
    facts: Facts,
    key: str,
    spans: Spans,
    matters: Callable[[Item], bool] | None = None,
) -> dict[Hashable, Stock]:
    """Of what items say, by group, carried from commit to commit."""

    return kept(facts, key, bound(_stocks, spans, matters), ("itens",), bound(_stocks_after, spans), matters)


def _stocks(spans: Spans, matters: Callable[[Item], bool] | None, facts: Facts) -> dict[Hashable, Stock]:
    found: dict[Hashable, Stock] = {}
    for item in filter(matters, facts.itens) if matters else facts.itens:
        for group, begin, end in spans(item):
            stock = found.get(group)
            if stock is None:
                stock = found[group] = Stock([], [])
            stock.begun.append(begin)
            stock.over.append(end)
    for stock in found.values():
        stock.begun.sort()
        stock.over.sort()
    return found


def _stocks_after(
    spans: Spans, old: dict[Hashable, Stock], changed: Sequence[Changed]
) -> dict[Hashable, Stock]:
    found = dict(old)
    gone = [span for each in changed if each.antes is not None for span in spans(each.antes)]
    come = [span for each in changed if each.depois is not None for span in spans(each.depois)]
    for group in {group for group, _, _ in (*gone, *come)}:
        stock = found.get(group, Stock([], []))
        found[group] = Stock(list(stock.begun), list(stock.over))
    for some, change in ((come, insort_right), (gone, _remove)):
        for group, *both in some:
            for moments, moment in zip(found[group], both, strict=True):
                change(moments, moment)
    return found


def _remove(moments: list[float], moment: float) -> None:
    del moments[bisect_left(moments, moment)]


def ends(query: Query) -> list[float]:
    """The moments of a stock: the end of what each bucket has in the window; now, where that is not over."""
    return [within(bucket, query).fim for bucket in cut(query)]


def points(query: Query, sizes: Sequence[int]) -> tuple[Point, ...]:
    """A point a bucket."""
    return tuple(
        Point(bucket.chave, n, n, partial(bucket, query)) for bucket, n in zip(cut(query), sizes, strict=True)
    )


def series(query: Query, at: Callable[[float], int], now: int) -> tuple[Point, ...]:
    """A point a bucket: how many there were at its end, `now` where that is now."""
    return points(query, [now if end == query.agora else at(end) for end in ends(query)])


def _under_way(item: Item) -> Iterable[Span]:
    """From the first start to the end, as the lines of cumulative flow have it."""
    begin = first_arrivals(item)[2]
    if begin is None or (item.status == CANCELLED and item.encerrado is None):
        return ()
    end = item.concluido
    if end is None and item.encerrado is not None:
        if item.status == CANCELLED:
            end = max(item.encerrado, begin)
        elif item.status == "Falhou":
            end = item.encerrado
    return (((item.tipo, item.ator), begin, inf if end is None else end),)


def by_group(facts: Facts, query: Query, place: int) -> Callable[[str], list[int]]:
    """How many items of a group were under way at each bucket's end; `place`: where a kind has the group."""
    found, moments = stocks(facts, "under way", _under_way), ends(query)

    def then(name: str) -> list[int]:
        mine = [stock for kind, stock in found.items() if isinstance(kind, tuple) and kind[place] == name]
        return [sum(stock.at(moment) for stock in mine) for moment in moments]

    return then
