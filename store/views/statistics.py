"""A median that is kept up to date, and the length of overlapping intervals."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable


class Sorted:
    """Values in order, so that their median costs nothing; a value is taken out as it was put in."""

    def __init__(self) -> None:
        self._values: list[float] = []

    def add(self, value: float) -> None:
        insort(self._values, value)

    def remove(self, value: float) -> None:
        """Take one such value out; it must be there."""
        del self._values[bisect_left(self._values, value)]

    @property
    def median(self) -> float | None:
        """The middle one, linear between two; None without values."""
        count = len(self._values)
        if not count:
            return None
        middle = count // 2
        return self._values[middle] if count % 2 else (self._values[middle - 1] + self._values[middle]) / 2


def covered(intervals: Iterable[tuple[float, float]], start: float, end: float) -> float:
    """How much of `start` to `end` lies in at least one interval: what waits at the same time counts once."""
    total, reached = 0.0, start
    for first, last in sorted(intervals):
        first, last = max(first, reached), min(last, end)
        if last > first:
            total += last - first
            reached = last
    return total
