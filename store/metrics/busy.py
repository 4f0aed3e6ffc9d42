"""Minutes in which work waited while enough was at work: what the rate of completed items is measured in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

Spans = list[tuple[float, float]]


def at_least(level: int, starts: Sequence[float], ends: Sequence[float]) -> Spans:
    """When at least `level` spans are under way at once, given all their starts and all their ends, sorted.

    A span that ends where another begins makes room for it: they are not under way at once.
    """
    found: Spans = []
    at_once, since, ended = 0, 0.0, 0
    for begin in starts:
        while ended < len(ends) and ends[ended] <= begin:
            if at_once == level and ends[ended] > since:
                found.append((since, ends[ended]))
            at_once -= 1
            ended += 1
        at_once += 1
        if at_once == level:
            since = begin
    for end in ends[ended:]:
        if at_once == level and end > since:
            found.append((since, end))
        at_once -= 1
    return found


def both(ones: Spans, others: Spans) -> Spans:
    """When a span of each is under way; both are ascending and don't overlap themselves."""
    found: Spans = []
    one = other = 0
    while one < len(ones) and other < len(others):
        begin = max(ones[one][0], others[other][0])
        end = min(ones[one][1], others[other][1])
        if begin < end:
            found.append((begin, end))
        if ones[one][1] < others[other][1]:
            one += 1
        else:
            other += 1
    return found


def seconds(spans: Spans) -> float:
    """How long they are."""
    return sum(end - begin for begin, end in spans)


def places(times: Sequence[float], spans: Spans) -> list[slice]:
    """Where sorted moments lie in the spans, their ends included: work is done at the end of them."""
    return [slice(bisect_right(times, begin), bisect_right(times, end)) for begin, end in spans]


def inside(times: Sequence[float], spans: Spans) -> int:
    """How many they are."""
    return sum(found.stop - found.start for found in places(times, spans))
