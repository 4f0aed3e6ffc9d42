"""Forecasts by drawing days of the past: when N items are done, and how many in D days (metrics.md, 3).

The draws are `daily[int(rng.random() * n)]`, one a day, in the order of the algorithm: the same day, scope,
window and series give the same forecast everywhere. Pure Python; days are whole numbers from 1.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import repeat

TRIALS = 10_000
CAP = 3650
"""Days after which a trial is given up."""
CONVERGES = 0.05
"""Share of trials that may be given up."""
CONFIDENCE = (50, 70, 85, 95)
MIN_DAYS, MIN_DONE, WINDOW = 14, 7, 60
"""Of the history: days and completions that it needs, and the newest days that are used."""
_DRAWS = 4_000_000
"""So many draws are made at most: a forecast over years has fewer trials, never under `_FEWEST`."""
_FEWEST = 1_000
_PROBE = 100


def seed_of(data: str, escopo: str, janela: str, serie: str) -> int:
    """The seed of a forecast: the first 8 bytes of SHA-256 over what it is made of."""
    return int.from_bytes(sha256(f"{data}|{escopo}|{janela}|{serie}".encode()).digest()[:8], "big")


@dataclass(frozen=True, slots=True)
class When:
    """In how many days everything is done: a result a trial, sorted; those given up count `CAP + 1`."""

    dias: tuple[int, ...]

    @property
    def converge(self) -> bool:
        """Whether at most 5 % of the trials were given up."""
        return self.given_up <= CONVERGES

    @property
    def given_up(self) -> float:
        """The share of trials that had not finished after `CAP` days."""
        late = len(self.dias) - bisect_right(self.dias, CAP)
        return late / len(self.dias) if self.dias else 1.0

    def at(self, confidence: int) -> int | None:
        """Days at a confidence in percent: `sorted[ceil(p·T) - 1]`; None where it does not converge."""
        if not self.dias or not self.converge:
            return None
        found = self.dias[max(math.ceil(round(confidence / 100 * len(self.dias), 6)) - 1, 0)]
        return found if found <= CAP else None

    def within(self, dias: int) -> float:
        """The share of trials that are done after so many days."""
        return bisect_right(self.dias, min(dias, CAP)) / len(self.dias) if self.dias else 0.0


@dataclass(frozen=True, slots=True)
class HowMany:
    """How many are done in a number of days: a result a trial, sorted."""

    dias: int
    feitos: tuple[int, ...]

    def at(self, confidence: int) -> int | None:
        """At least so many, at a confidence in percent: `sorted[floor((1 - p)·T)]`; more is fewer."""
        if not self.feitos:
            return None
        place = math.floor(round((1 - confidence / 100) * len(self.feitos), 6))
        return self.feitos[min(place, len(self.feitos) - 1)]


def when(daily: Sequence[int], itens: int, seed: int, trials: int = TRIALS) -> When:
    """Draw days until `itens` are done, `trials` times; nothing to do takes 0 days.

    `daily` may have days on which more came than was done (a growing scope): they are below zero.
    """
    if itens <= 0:
        return When((0,) * trials)
    if max(daily, default=0) <= 0:
        return When((CAP + 1,) * trials)
    mean = sum(daily) / len(daily)
    rounds = _affordable(itens / mean if mean > 0 else CAP, trials)
    draw, found = random.Random(seed).random, []
    for done in range(rounds):
        found.append(_days_until(draw, daily, itens))
        if done + 1 == _PROBE and sum(days > CAP for days in found) > _PROBE // 5:
            break  # more than 20 of 100, where at most 5 % may be: the others would not change the answer
    return When(tuple(sorted(found)))


def _affordable(days: float, trials: int) -> int:
    return min(trials, max(_FEWEST, int(_DRAWS / max(min(days, CAP), 1))))


def _days_until(draw: Callable[[], float], daily: Sequence[int], itens: int) -> int:
    """One trial: the day on which nothing is left, `CAP + 1` where there is none."""
    left, n = itens, len(daily)
    for days in range(1, CAP + 1):
        left -= daily[int(draw() * n)]
        if left <= 0:
            return days
    return CAP + 1


def how_many(daily: Sequence[int], dias: int, seed: int, trials: int = TRIALS) -> HowMany:
    """Draw `dias` days, `trials` times; without a history there is no result."""
    if not daily or dias <= 0:
        return HowMany(dias, ())
    n, draw = len(daily), random.Random(seed).random
    rounds = _affordable(dias, trials)
    found = sorted(sum([daily[int(draw() * n)] for _ in repeat(None, dias)]) for _ in repeat(None, rounds))
    return HowMany(dias, tuple(found))


def exact_how_many(daily: Sequence[int], dias: int) -> list[int]:
    """The exact convolution: how many of the `len(daily) ** dias` draws give each sum from 0 up.

    One big number holds the polynomial of a day, a fixed number of bytes a coefficient, and is raised to the
    power of the days (Kronecker's substitution): exact, and as fast as Python multiplies.
    """
    if not daily or dias <= 0:
        return [1]
    width = (len(daily) ** dias).bit_length() // 8 + 1
    day = sum(1 << (8 * width * count) for count in daily)
    size = max(daily) * dias + 1
    raw = (day**dias).to_bytes(width * size, "little")
    return [int.from_bytes(raw[at : at + width], "little") for at in range(0, width * size, width)]


def exact_at(ways: Sequence[int], confidence: int) -> int:
    """The most that is reached with at least this confidence in percent, by the exact distribution."""
    total, reached = sum(ways), 0
    for sums in range(len(ways) - 1, -1, -1):
        reached += ways[sums]
        if reached * 100 >= confidence * total:
            return sums
    return 0
