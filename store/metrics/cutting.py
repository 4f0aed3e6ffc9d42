"""What falls into each bucket of a query: counts, values and points of a trend, empty buckets kept."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar, cast

from store.metrics.facts import Facts
from store.metrics.model import Point, Query, State, Value
from store.metrics.periods import Bucket, Window
from store.metrics.statistics import theil_sen

DAY, HOUR = 86_400.0, 3_600.0
TREND_NEEDS = 4

T = TypeVar("T")


def indexed(facts: Facts, key: str, build: Callable[[Facts], T]) -> T:
    """What a family keeps of these facts: built when it is first wanted."""
    if key not in facts.indices:
        facts.indices[key] = build(facts)
    return cast("T", facts.indices[key])


def until_now(query: Query) -> Window:
    """The query's window up to today's moment: what lies after it has not happened."""
    return Window(query.janela.inicio, min(query.janela.fim, query.agora))


def cut(query: Query) -> tuple[Bucket, ...]:
    """The buckets of the window up to now."""
    return query.cortes.buckets(until_now(query))


def partial(bucket: Bucket, query: Query) -> bool:
    """Whether a bucket is not over yet, or the window has only a part of it."""
    return bucket.fim > query.agora or bucket.inicio < query.janela.inicio or bucket.fim > query.janela.fim


def label(bucket: Bucket, query: Query) -> str:
    """A bucket on the axis: with a `*` where it is partial."""
    return f"{bucket.chave}*" if partial(bucket, query) else bucket.chave


def labels(query: Query) -> tuple[str, ...]:
    """The axis of a window."""
    return tuple(label(bucket, query) for bucket in cut(query))


class Span(Protocol):
    """`inicio <= t < fim`: a window, a bucket."""

    @property
    def inicio(self) -> float: ...

    @property
    def fim(self) -> float: ...


def between(times: Sequence[float], window: Span) -> slice:
    """Where the times of a window lie in a sorted sequence."""
    return slice(bisect_left(times, window.inicio), bisect_left(times, window.fim))


def within(bucket: Bucket, query: Query) -> Window:
    """The part of a bucket that is in the window and has happened."""
    window = until_now(query)
    return Window(max(bucket.inicio, window.inicio), min(bucket.fim, window.fim))


def counts(times: Sequence[float], query: Query) -> tuple[int, ...]:
    """How many of sorted moments fall into each bucket; none is 0."""
    spans = (between(times, within(bucket, query)) for bucket in cut(query))
    return tuple(found.stop - found.start for found in spans)


def points(
    query: Query, times: Sequence[float], values: Sequence[T], measure: Callable[[Sequence[T]], Value]
) -> tuple[Point, ...]:
    """A point a bucket: `measure` of the values whose moments (sorted, beside them) fall into it."""
    found = []
    for bucket in cut(query):
        inside = values[between(times, within(bucket, query))]
        found.append(Point(bucket.chave, measure(inside), len(inside), partial(bucket, query)))
    return tuple(found)


def trend(serie: Sequence[Point]) -> float | None:
    """The slope a bucket by Theil-Sen over the complete buckets that have a value; None below four."""
    known = [
        (float(at), float(point.valor))
        for at, point in enumerate(serie)
        if not point.parcial and point.valor is not None
    ]
    xs, ys = [x for x, _ in known], [y for _, y in known]
    return theil_sen(xs, ys, needed=TREND_NEEDS)


def against(value: Value, good: float, bad: float) -> State:
    """Of a value that is better the lower it is: good up to `good`, bad above `bad`."""
    if value is None:
        return "none"
    return "good" if value <= good else "watch" if value <= bad else "bad"


def newest(ids_at: Sequence[tuple[float, str]], most: int = 500) -> tuple[str, ...]:
    """Ids of documents, newest first, at most `most`."""
    return tuple(document_id for _, document_id in sorted(ids_at, reverse=True)[:most])


def without_zeros(reasons: Mapping[str, int]) -> dict[str, int]:
    """The reasons for which something was left out, those that occurred."""
    return {reason: count for reason, count in reasons.items() if count}
