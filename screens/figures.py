"""Small drawings of numbers in text."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

TICKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 8) -> str:
    """The last `width` values, between their least and greatest; what is not finite is left out."""
    shown = [value for value in values if isfinite(value)][-width:]
    if not shown:
        return ""
    if not isfinite(max(shown) - min(shown)):
        shown = [value / 4 for value in shown]
    low, high = min(shown), max(shown)
    if high == low:
        return TICKS[3] * len(shown)
    return "".join(TICKS[round((value - low) / (high - low) * (len(TICKS) - 1))] for value in shown)
