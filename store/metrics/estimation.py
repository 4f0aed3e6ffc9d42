"""How good estimates are: the measures of the estimation literature (DASE), for positive actuals.

With y the actual and f the estimate: the residual is |y − f|, the magnitude of relative error |y − f| / y.
MAR is the mean residual, MARP0 that of guessing each actual by another one's at random (over n(n−1) ordered
pairs, each never with itself), SA = 1 − MAR/MARP0 the share of that which the estimates save.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from store.metrics.statistics import mean, median

Pairs = Sequence[tuple[float, float]]
"""Actual and estimate of each."""


def relative_errors(pairs: Pairs) -> list[float]:
    """|y − f| / y of those with a positive actual, and of which it is finite."""
    found = [abs(real - estimated) / real for real, estimated in pairs if real > 0]
    return [each for each in found if isfinite(each)]


def mmre(pairs: Pairs) -> float | None:
    """The mean magnitude of relative error."""
    return mean(relative_errors(pairs))


def mdmre(pairs: Pairs) -> float | None:
    """The median magnitude of relative error."""
    return median(relative_errors(pairs))


def pred(pairs: Pairs, within: float = 0.25) -> float | None:
    """The share with |y − f| / y ≤ `within`; one that took nothing was not estimated within anything."""
    if not pairs:
        return None
    return sum(is_close(real, estimated, within) for real, estimated in pairs) / len(pairs)


def is_close(real: float, estimated: float, within: float = 0.25) -> bool:
    """Whether an estimate counts for `pred`."""
    return real > 0 and abs(real - estimated) <= within * real


def mar(pairs: Pairs) -> float | None:
    """The mean absolute residual, in the unit of the actuals."""
    return mean([abs(real - estimated) for real, estimated in pairs])


def marp0(actuals: Sequence[float]) -> float | None:
    """The mean absolute residual of random guessing: Σ|yᵢ − yⱼ| / (n(n − 1)); None below two. O(n log n)."""
    n = len(actuals)
    if n < 2:
        return None
    ordered = sorted(actuals)
    # In order, the value at place i is subtracted from n − 1 − i others and has i others subtracted.
    total = sum((2 * place - n + 1) * value for place, value in enumerate(ordered))
    return 2 * total / (n * (n - 1))


def standardised_accuracy(pairs: Pairs) -> float | None:
    """SA, a share: 1 is perfect, 0 as good as guessing, below 0 worse; None where all actuals are alike."""
    residual, guessing = mar(pairs), marp0([real for real, _ in pairs])
    return 1 - residual / guessing if residual is not None and guessing else None
