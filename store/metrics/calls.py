"""Model calls by when they were made, and by the execution that they were made for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from store.metrics.cutting import between, until_now
from store.metrics.facts import Call, Facts
from store.metrics.keeping import kept
from store.metrics.model import Query

NOBODY = "no worker"


def calls_in(facts: Facts, query: Query) -> Sequence[Call]:
    """The calls of the window, oldest first."""
    times, calls = kept(facts, "calls by time", _by_time, ("chamadas",))
    return calls[between(times, until_now(query))]


def calls_of(facts: Facts) -> Mapping[str, Sequence[Call]]:
    """The calls of each execution."""
    return kept(facts, "calls by execution", _by_execution, ("chamadas",))


def tokens_by_worker(calls: Sequence[Call]) -> list[tuple[str, float]]:
    """Tokens a worker, most first."""
    sums: dict[str, float] = defaultdict(float)
    for call in calls:
        sums[call.worker or NOBODY] += call.tokens
    return sorted(sums.items(), key=lambda each: (-each[1], each[0]))


def _by_time(facts: Facts) -> tuple[list[float], list[Call]]:
    dated = sorted(
        ((each.em, each.id, each) for each in facts.chamadas if each.em is not None),
        key=lambda found: found[:2],
    )
    return [found[0] for found in dated], [found[2] for found in dated]


def _by_execution(facts: Facts) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = defaultdict(list)
    for call in facts.chamadas:
        found[call.execucao_ref].append(call)
    return dict(found)
