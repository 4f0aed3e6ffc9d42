"""What is drawn for a generated history: the same seed, the same history."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

WEEK = (1.0, 1.25, 1.25, 1.1, 0.8, 0.12, 0.05)
"""How much of a usual day's work comes on each day, Monday first."""
_MORNING, _EVENING = 11.0, 22.0
"""Hours of UTC between which people of America/Sao_Paulo work."""


class Chance:
    """Draws from the distributions that work follows."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def lognormal(self, median: float, sigma: float) -> float:
        """Durations and ratios of actual to estimate: most near the median, a long tail."""
        return median * math.exp(self._rng.gauss(0.0, sigma))

    def yes(self, share: float) -> bool:
        """True in that share of cases."""
        return self._rng.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of them, each as likely."""
        return choices[int(self._rng.random() * len(choices))]

    def weighed(self, choices: Mapping[str, float]) -> str:
        """One of them, by its weight."""
        at = self._rng.random() * sum(choices.values())
        for name, weight in choices.items():
            at -= weight
            if at < 0:
                return name
        return name

    def some(self, choices: Sequence[T], least: int, most: int) -> list[T]:
        """From `least` to `most` of them, in their order."""
        count = self._rng.randint(least, min(most, len(choices)))
        return [choices[at] for at in sorted(self._rng.sample(range(len(choices)), count))]

    def count(self, mean: float) -> int:
        """How many come where `mean` come on average (Poisson, by Knuth's product)."""
        limit, found, product = math.exp(-min(mean, 500.0)), 0, self._rng.random()
        while product > limit:
            found += 1
            product *= self._rng.random()
        return found

    def moment_of(self, day: datetime) -> float:
        """A moment of a day at which people work, in epoch seconds."""
        hour = min(max(self._rng.gauss(15.5, 2.6), _MORNING), _EVENING)
        return (day + timedelta(hours=hour)).timestamp()

    def answered(self, asked: float, median_h: float) -> float:
        """When a person answers what is asked at `asked`: not at night, seldom on a weekend."""
        moment = asked + self.lognormal(median_h, 1.0) * 3600
        day = datetime.fromtimestamp(moment, UTC)
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        if day.weekday() >= 5 and not self.yes(0.15):
            midnight += timedelta(days=7 - day.weekday())
            return self.moment_of(midnight)
        if not _MORNING <= day.hour < _EVENING:
            midnight += timedelta(days=1 if day.hour >= _EVENING else 0)
            return max(self.moment_of(midnight), asked + 60)
        return moment
