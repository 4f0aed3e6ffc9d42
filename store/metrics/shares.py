"""Shares of successes: the share itself, and the interval that it surely lies in."""

from __future__ import annotations

from store.metrics.model import Part
from store.metrics.statistics import wilson


def share(successes: int, n: int) -> float | None:
    """From 0 to 1; None of nothing."""
    return successes / n if n else None


def interval(successes: int, n: int) -> tuple[Part, ...]:
    """The Wilson 95 % interval, as two parts."""
    found = wilson(successes, n)
    low, high = found if found else (None, None)
    return Part("95 % sure: at least", low, "%", n), Part("95 % sure: at most", high, "%", n)
