"""The statistics of metrics.md: percentiles, ratios of sums, spread, slopes, intervals. No data is None."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from store.metrics.slopes import middle_slope

NEEDED = {50: 1, 85: 7, 95: 20}
"""How many values a percentile needs to be shown."""
MOST_POINTS = 200
"""Of a slope over all pairs."""


def percentile(values: Sequence[float], p: float) -> float | None:
    """The `p`-th (0 to 100) by linear interpolation; None without values."""
    return percentile_sorted(sorted(values), p)


def percentile_sorted(ordered: Sequence[float], p: float) -> float | None:
    """Likewise, of values that are in order already."""
    if not ordered:
        return None
    position = p / 100 * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def shown_percentile(ordered: Sequence[float], p: int) -> float | None:
    """A percentile where there are enough values for it (p85 needs 7, p95 needs 20), else None."""
    return percentile_sorted(ordered, p) if len(ordered) >= NEEDED.get(p, 1) else None


def median(values: Sequence[float]) -> float | None:
    """The middle one; None without values."""
    return statistics.median(values) if values else None


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; None without values."""
    return statistics.fmean(values) if values else None


def ratio(above: float, below: float) -> float | None:
    """A quotient; None over zero, and where it is not finite."""
    if not below or not math.isfinite(above) or not math.isfinite(below):
        return None
    found = above / below
    return found if math.isfinite(found) else None


def log_spread(ratios: Sequence[float], *, needed: int = 5) -> float | None:
    """exp of the sample deviation of ln(r), a factor from 1 up; None below `needed` positive ratios."""
    return spread_of_logs([math.log(value) for value in ratios if value > 0], needed=needed)


def spread_of_logs(logs: Sequence[float], *, needed: int = 5) -> float | None:
    """Likewise, of their logarithms."""
    if len(logs) < max(needed, 2):
        return None
    middle = math.fsum(logs) / len(logs)
    squares = math.fsum([(each - middle) ** 2 for each in logs])
    return math.exp(math.sqrt(squares / (len(logs) - 1)))


def theil_sen(xs: Sequence[float], ys: Sequence[float], *, needed: int = 2) -> float | None:
    """The median slope over all pairs with different x; None below `needed` points or without such a pair.

    Of more than 200 points an even selection is used: the number of pairs grows with the square.
    """
    n = len(xs)
    if n != len(ys):
        raise ValueError("a slope needs as many y as x")
    if n < max(needed, 2):
        return None
    if n > MOST_POINTS:
        places = [int(index * (n / MOST_POINTS)) for index in range(MOST_POINTS)]
        xs, ys = [xs[place] for place in places], [ys[place] for place in places]
    return middle_slope(tuple(xs), tuple(ys))


def wilson(successes: int, n: int, z: float = 1.959964) -> tuple[float, float] | None:
    """The Wilson 95 % interval of a share; None without trials."""
    if n <= 0:
        return None
    share, square = successes / n, z * z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, centre - half), min(1.0, centre + half)
