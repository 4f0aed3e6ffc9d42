"""Items by when they ended, those that have not last: a window needs none that ended before it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import inf

from store.metrics.facts import Facts, Item
from store.metrics.keeping import at, by_moment

_BY_END = at(lambda item: inf if item.encerrado is None else item.encerrado)


def living(facts: Facts, since: float) -> Sequence[Item]:
    """The items that had not ended before a moment."""
    known = by_moment(facts, "items by end", "itens", _BY_END)
    return known.rows[bisect_left(known.times, since) :]
