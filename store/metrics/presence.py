"""Since when there is anything: a count before that is not 0 but nothing, and no rate counts those days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from operator import attrgetter

from store.metrics.cutting import until_now
from store.metrics.facts import Facts
from store.metrics.keeping import Changed, at, by_moment, kept
from store.metrics.model import Query
from store.metrics.periods import Bucketing, Window


def first_moment(facts: Facts) -> float | None:
    """When the first item, execution, price or release was made; None of an empty workspace."""
    items = by_moment(facts, "items created", "itens", at(attrgetter("criado"))).times
    rest = kept(facts, "first moment", _first, _OTHERS, lambda old, changed: _first_anew(facts, old, changed))
    return min((*items[:1], *rest), default=None)


_OTHERS = ("execucoes", "precos", "releases", "implantacoes")


def _first_anew(facts: Facts, old: tuple[float, ...], changed: Sequence[Changed]) -> tuple[float, ...]:
    """Only where the first one is not what it was all are looked at."""
    moments = [
        moment
        for campo, *both in changed
        for fact in both
        if fact is not None
        and (moment := fact.inicio if campo == "implantacoes" else fact.criada) is not None
    ]
    return old if old and min(moments, default=inf) > old[0] else _first(facts)


def _first(facts: Facts) -> tuple[float, ...]:
    """Of all but items: one moment or none."""
    known = (
        moment
        for moments in (
            (each.criada for each in facts.execucoes),
            (each.criada for each in facts.precos),
            (each.criada for each in facts.releases),
            (each.inicio for each in facts.implantacoes),
        )
        for moment in moments
        if moment is not None
    )
    first = min(known, default=None)
    return () if first is None else (first,)


def lived(facts: Facts, query: Query) -> Window | None:
    """The part of the window in which there was anything, from the midnight before it; None where never."""
    first, window = first_moment(facts), until_now(query)
    if first is None or first >= window.fim:
        return None
    days = Bucketing("dia", query.cortes.fuso)
    return Window(max(window.inicio, days.midnight(days.day(first))), window.fim)


def calendar_days(facts: Facts, query: Query) -> int:
    """The local days that the window touches, from the first on which there was anything; 0 where never."""
    window = lived(facts, query)
    return 0 if window is None else len(Bucketing("dia", query.cortes.fuso).buckets(window))


def counter(facts: Facts, query: Query) -> Callable[[Sequence[object]], int | None]:
    """How many: 0 where there was anything at all, None where there never was."""
    nothing = None if lived(facts, query) is None else 0

    def count(rows: Sequence[object]) -> int | None:
        return len(rows) or nothing

    return count
