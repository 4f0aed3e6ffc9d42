"""Were the forecasts right? Each past week is forecast from the days before it, and held against what came.

About 85 % of the weeks should reach what the p85 forecast promised. The forecast is the exact convolution
here, which the simulation agrees with within one unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from store.metrics.history import History, Records, history
from store.metrics.montecarlo import exact_at, exact_how_many
from store.metrics.periods import Bucketing, Window

WEEK = 7
MOST_WEEKS = 52


@dataclass(frozen=True, slots=True)
class PastWeek:
    """One week: what was promised at its beginning, and what came."""

    semana: str
    p50: int
    p85: int
    feitos: int

    @property
    def kept(self) -> bool:
        """What came reached the p85 forecast."""
        return self.feitos >= self.p85


def backtest(records: Records, window: Window, today: date, fuso: str) -> tuple[PastWeek, ...]:
    """Every whole week of a window whose history sufficed, oldest first, at most the last 52."""
    weeks = Bucketing("semana", fuso)
    mondays = [
        weeks.day(bucket.inicio)
        for bucket in weeks.buckets(window)
        if bucket.inicio >= window.inicio and bucket.fim <= window.fim
    ]
    found = [
        _tested(weeks, monday, records)
        for monday in mondays[-MOST_WEEKS:]
        if monday + timedelta(days=WEEK) <= today
    ]
    return tuple(each for each in found if each is not None)


def _tested(weeks: Bucketing, monday: date, records: Records) -> PastWeek | None:
    before = history(records, monday, weeks.fuso)
    if before.missing:
        return None
    after: History = history(records, monday + timedelta(days=WEEK), weeks.fuso, WEEK)
    promised = _promised(before.feitos)
    return PastWeek(weeks.key(monday), promised[0], promised[1], sum(after.feitos))


@lru_cache(maxsize=128)
def _promised(daily: tuple[int, ...]) -> tuple[int, int]:
    ways = exact_how_many(daily, WEEK)
    return exact_at(ways, 50), exact_at(ways, 85)
