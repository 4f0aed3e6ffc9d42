"""Amounts of R$: sums, medians and percentiles that stay decimal. No data is None."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import floor

from store.metrics.statistics import NEEDED

CENT, CENT_OF_A_CENT = Decimal("0.01"), Decimal("0.0001")


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def middle(amounts: Sequence[Decimal]) -> Decimal | None:
    """The median."""
    return statistics.median(amounts) if amounts else None


def shown_percentile(amounts: Sequence[Decimal], p: int) -> Decimal | None:
    """By linear interpolation, where there are enough amounts for it."""
    if len(amounts) < NEEDED.get(p, 1):
        return None
    ordered = sorted(amounts)
    position = Decimal(p * (len(ordered) - 1)) / 100
    below = floor(position)
    above = min(below + 1, len(ordered) - 1)
    found = ordered[below] + (ordered[above] - ordered[below]) * (position - below)
    return found.quantize(CENT_OF_A_CENT)
