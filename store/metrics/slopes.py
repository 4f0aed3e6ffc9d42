"""The median of the slopes over all pairs of points, without most of the pairs."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import sub
from sys import float_info

FEW = 40
"""Points up to which all pairs are looked at."""
STRIDE = 37
"""Every so many-th pair says about where the median is."""
AROUND = 0.05
"""The share of the pairs on either side of the sample's median, among which that of all is looked for."""


@lru_cache(maxsize=1024)
def middle_slope(xs: tuple[float, ...], ys: tuple[float, ...]) -> float | None:
    """The median slope over all pairs of different x; None where there are none.

    Most of the points that are asked about were asked about before: a commit changes few groups and buckets.
    """
    ascending = len(xs) > FEW and min(map(sub, xs[1:], xs)) > 0
    found = _among_few(xs, ys) if ascending else None
    if found is not None:
        return found
    slopes = _all(xs, ys)
    return statistics.median(slopes) if slopes else None


def _all(xs: Sequence[float], ys: Sequence[float]) -> list[float]:
    points = list(zip(xs, ys, strict=True))
    return [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for index, earlier in enumerate(points)
        for later in points[index + 1 :]
        if later[0] != earlier[0]
    ]


def _among_few(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Of ascending x; None where rounding could matter, or the sample says too little.

    A pair's slope is below t where y − t·x falls from its first point to its second. So pairs are counted
    below a bound by sorting, and those between two bounds are the ones that change places from the order of
    the lower one to that of the upper one: only their slopes are worked out.
    """
    low, high = _bounds(xs, ys)
    begin, pairs = xs[0], len(xs) * (len(xs) - 1) // 2
    at_low = [y - low * (x - begin) for x, y in zip(xs, ys, strict=True)]
    at_high = [y - high * (x - begin) for x, y in zip(xs, ys, strict=True)]
    slopes = sorted(_between(xs, ys, at_low, at_high))
    below = _falling(at_low)
    middle = [(pairs - 1) // 2 - below, pairs // 2 - below]
    if not 0 <= middle[0] <= middle[1] < len(slopes):
        return None
    first, second = (slopes[place] for place in middle)
    off = _rounding(xs, ys, max(abs(low), abs(high)))
    if not low + off < first <= second < high - off:
        return None
    return first if middle[0] == middle[1] else (first + second) / 2


def _bounds(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Two slopes between which the median surely is, but for points of a kind that is rare."""
    sample = sorted(
        (ys[later] - y) / (xs[later] - x)
        for place, (x, y) in enumerate(zip(xs, ys, strict=True))
        for later in range(place + 1 + place % STRIDE, len(xs), STRIDE)
    )
    middle, around = len(sample) // 2, max(int(len(sample) * AROUND), 8)
    return sample[max(middle - around, 0)], sample[min(middle + around, len(sample) - 1)]


def _falling(values: Sequence[float]) -> int:
    """The pairs of which the second one is less than the first."""
    before: list[float] = []
    count = 0
    for place, value in enumerate(values):
        at = bisect_right(before, value)
        before.insert(at, value)
        count += place - at
    return count


def _between(
    xs: Sequence[float], ys: Sequence[float], at_low: Sequence[float], at_high: Sequence[float]
) -> list[float]:
    """The slopes of the pairs that are in order at the lower bound, and not at the upper one."""
    found: list[float] = []
    highs: list[float] = []
    points: list[tuple[float, float]] = []
    for place in sorted(range(len(xs)), key=at_low.__getitem__):
        x, y, high = xs[place], ys[place], at_high[place]
        at = bisect_right(highs, high)
        found += [(y - other) / (x - beside) for beside, other in points[at:]]
        highs.insert(at, high)
        points.insert(at, (x, y))
    return found


def _rounding(xs: Sequence[float], ys: Sequence[float], steepest: float) -> float:
    """By how much a slope can be off where a pair is told to be below a bound or above it."""
    largest = max(map(abs, ys)) + steepest * (xs[-1] - xs[0])
    nearest: float = min(map(sub, xs[1:], xs))
    return 8 * float_info.epsilon * largest / nearest
