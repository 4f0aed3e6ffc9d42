"""What got worse or better than in the period before, of the same length: a rule that noise does not trigger.

Amounts: both periods have at least 10, and their medians differ by more than 2.2 × (IQR₁/√n₁ + IQR₂/√n₂) and
by a fifth. The notches of McGill, Tukey and Larsen (1978) are 1.57 × IQR/√n to either side of a median; where
two do not overlap, the medians differ at about 95 %. 2.2 makes about one alarm in a thousand comparisons of
nothing but noise, because dozens are made at a time. Amounts that are all above 0 are compared as logarithms:
durations and costs are lognormal. Shares: both periods have at least 10, their Wilson intervals (98 %) do
not overlap (likewise about one alarm in a thousand), and they differ by five points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from store.metrics.statistics import median, wilson

ENOUGH = 10
NOTCH = 2.2
LEAST_FACTOR = 1.2
LEAST_POINTS = 0.05
WILSON_Z = 2.3263
"""Of a 98 % interval."""

Verdict = Literal["worse", "better", "same", "few"]


@dataclass(frozen=True, slots=True)
class Change:
    """One amount or share, before and now."""

    antes: float | None
    agora: float | None
    n_antes: int
    n_agora: int
    veredito: Verdict

    @property
    def fator(self) -> float | None:
        """Now over before; None where either is missing or nothing."""
        if self.antes is None or self.agora is None or self.antes <= 0 or self.agora <= 0:
            return None
        return self.agora / self.antes


def compare(before: Sequence[float], now: Sequence[float], *, lower_is_better: bool = True) -> Change:
    """Two periods' amounts by their medians."""
    was, is_now = median(before), median(now)
    if len(before) < ENOUGH or len(now) < ENOUGH or was is None or is_now is None:
        return Change(was, is_now, len(before), len(now), "few")
    if not _far(before, now) or not _matters(was, is_now):
        return Change(was, is_now, len(before), len(now), "same")
    verdict: Verdict = "worse" if (is_now > was) is lower_is_better else "better"
    return Change(was, is_now, len(before), len(now), verdict)


def _far(before: Sequence[float], now: Sequence[float]) -> bool:
    """Whether the medians are further apart than noise takes them."""
    both = [sorted(before), sorted(now)]
    scale = math.log if all(some[0] > 0 for some in both) else float
    middles = [_percentile(some, 50, scale) for some in both]
    reach = sum(_notch(some, scale) for some in both)
    return abs(middles[1] - middles[0]) > reach


def _notch(ordered: Sequence[float], scale: Callable[[float], float]) -> float:
    low, high = (_percentile(ordered, p, scale) for p in (25, 75))
    return NOTCH * (high - low) / math.sqrt(len(ordered))


def _percentile(ordered: Sequence[float], p: float, scale: Callable[[float], float]) -> float:
    """`percentile_sorted` of what the values are on a scale; only the two that it needs are put on it."""
    below = math.floor(p / 100 * (len(ordered) - 1))
    position = p / 100 * (len(ordered) - 1) - below
    low, high = (scale(value) for value in (ordered[below], ordered[min(below + 1, len(ordered) - 1)]))
    return low + (high - low) * position


def _matters(was: float, is_now: float) -> bool:
    low, high = sorted((abs(was), abs(is_now)))
    return high > 0 and (low == 0 or high / low >= LEAST_FACTOR)


def compare_shares(before: tuple[int, int], now: tuple[int, int], *, lower_is_better: bool = False) -> Change:
    """Two periods' shares, each of (how many, of how many)."""
    shares = [some / n if n else None for some, n in (before, now)]
    was, is_now = shares
    if before[1] < ENOUGH or now[1] < ENOUGH or was is None or is_now is None:
        return Change(was, is_now, before[1], now[1], "few")
    first, second = wilson(*before, WILSON_Z), wilson(*now, WILSON_Z)
    apart = first is not None and second is not None and (first[1] < second[0] or second[1] < first[0])
    if not apart or abs(is_now - was) < LEAST_POINTS:
        return Change(was, is_now, before[1], now[1], "same")
    verdict: Verdict = "worse" if (is_now > was) is lower_is_better else "better"
    return Change(was, is_now, before[1], now[1], verdict)
