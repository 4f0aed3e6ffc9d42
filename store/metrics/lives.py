"""Items and executions by their moments: a window needs none that ended before it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import inf
from operator import attrgetter

from store.metrics.facts import Facts, Item
from store.metrics.keeping import at, by_moment
from store.metrics.sliding import Index

_BY_END = at(lambda item: inf if item.encerrado is None else item.encerrado)

CREATED = Index("items created", "itens", at(attrgetter("criado")))
CONCLUDED = Index("items concluded", "itens", at(attrgetter("concluido")))
RUNS_ENDED = Index("executions by end", "execucoes", at(attrgetter("encerrada")))
FAILED = Index("items failed", "itens", at(lambda item: item.encerrado if item.status == "Falhou" else None))


def living(facts: Facts, since: float) -> Sequence[Item]:
    """The items that had not ended before a moment."""
    known = by_moment(facts, "items by end", "itens", _BY_END)
    return known.rows[bisect_left(known.times, since) :]
