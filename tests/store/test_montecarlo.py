"""Forecasts by drawing days: published figures, the exact convolution, and what must always hold."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics import montecarlo
from store.metrics.montecarlo import (
    CAP,
    CONFIDENCE,
    TRIALS,
    HowMany,
    When,
    exact_at,
    exact_how_many,
    how_many,
    seed_of,
    when,
)

LIGHTHOUSE = json.loads(
    (Path(__file__).parents[1] / "data" / "metrics" / "monte_carlo" / "lighthouse_forecast.json").read_text()
)
DAILY = LIGHTHOUSE["daily_throughput_31_days"]
SEED = 42


def convolution(daily: list[int], days: int) -> dict[int, Fraction]:
    """The distribution of a sum of days, by adding one day at a time; nothing of ours is used."""
    found = {0: Fraction(1)}
    for _ in range(days):
        after: dict[int, Fraction] = {}
        for total, chance in found.items():
            for count in daily:
                after[total + count] = after.get(total + count, Fraction(0)) + chance / len(daily)
        found = after
    return found


def exact_when(daily: list[int], items: int, confidence: int) -> int:
    """The first day by which enough is done with at least this confidence."""
    chances, days = {0: 1.0}, 0
    while True:
        days += 1
        after: dict[int, float] = {}
        for total, chance in chances.items():
            for count in daily:
                reached = min(total + count, items)
                after[reached] = after.get(reached, 0.0) + chance / len(daily)
        chances = after
        if chances.get(items, 0.0) * 100 >= confidence:
            return days


@pytest.mark.parametrize("days", [10, 30])
def test_how_many_lies_in_the_ranges_that_lighthouse_asserts(days: int) -> None:
    told = LIGHTHOUSE[f"how_many_{days}_days"]
    found = how_many(DAILY, days, SEED)
    for confidence, (low, high), exact in zip(
        CONFIDENCE, told["asserted_ranges"], told["exact_convolution_computed_here"], strict=True
    ):
        value = found.at(confidence)
        assert value is not None
        assert low <= value <= high
        assert abs(value - exact) <= 1
    seeded = LIGHTHOUSE["regression_seed42_computed_here"][f"how_many_{days}"]
    assert [found.at(each) for each in CONFIDENCE] == seeded


@pytest.mark.parametrize("items", [28, 35])
def test_when_lies_in_the_ranges_that_lighthouse_asserts(items: int) -> None:
    told = LIGHTHOUSE[f"when_{items}_items"]
    found = when(DAILY, items, SEED)
    for confidence, (low, high), exact in zip(
        CONFIDENCE, told["asserted_ranges"], told["exact_convolution_computed_here"], strict=True
    ):
        value = found.at(confidence)
        assert value is not None
        assert low <= value <= high
        assert abs(value - exact) <= 1
        assert exact == exact_when(DAILY, items, confidence)
    seeded = LIGHTHOUSE["regression_seed42_computed_here"][f"when_{items}"]
    assert [found.at(each) for each in CONFIDENCE] == seeded


def test_the_likelihood_lies_in_the_range_that_lighthouse_asserts() -> None:
    told = LIGHTHOUSE["likelihood_28_items_within_30_days_pct"]
    percent = when(DAILY, 28, SEED).within(30) * 100
    assert told["asserted_range"][0] <= percent <= told["asserted_range"][1]
    assert percent == pytest.approx(told["exact_convolution_computed_here"], abs=1)
    assert round(percent, 2) == LIGHTHOUSE["regression_seed42_computed_here"]["likelihood_28_in_30_pct"]


@pytest.mark.parametrize("days", [7, 14, 30, 90])
def test_one_a_day_is_no_chance(days: int) -> None:
    assert {how_many([1], days, SEED, 50).at(p) for p in CONFIDENCE} == {days}
    assert {when([1], days, SEED, 50).at(p) for p in CONFIDENCE} == {days}


def test_the_exact_distribution_is_the_convolution() -> None:
    daily = [0, 0, 3, 1, 2, 0, 1]
    ways = exact_how_many(daily, 5)
    by_hand = convolution(daily, 5)
    assert sum(ways) == len(daily) ** 5
    assert {total: Fraction(count, sum(ways)) for total, count in enumerate(ways) if count} == by_hand
    for confidence in CONFIDENCE:
        reached = exact_at(ways, confidence)
        assert sum(chance for total, chance in by_hand.items() if total >= reached) * 100 >= confidence
        assert sum(chance for total, chance in by_hand.items() if total > reached) * 100 < confidence
    assert exact_how_many([], 5) == [1]
    assert exact_at([1], 85) == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=20), st.integers(1, 12), st.integers(0, 2**32))
def test_the_simulation_agrees_with_the_convolution_within_one_unit(
    daily: list[int], days: int, seed: int
) -> None:
    ways, found = exact_how_many(daily, days), how_many(daily, days, seed, 2_000)
    values = [found.at(each) for each in CONFIDENCE]
    assert values == sorted(values, reverse=True), "more confidence is fewer"
    for confidence in (50, 70, 85):
        value = found.at(confidence)
        assert value is not None
        near = {exact_at(ways, each) for each in (confidence - 4, confidence, confidence + 4)}
        assert min(near) - 1 <= value <= max(near) + 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.integers(0, 20), st.integers(0, 2**32))
def test_more_confidence_is_later_and_more_days_are_likelier(daily: list[int], items: int, seed: int) -> None:
    found = when(daily, items, seed, 200)
    if not any(daily) and items:
        assert not found.converge
        assert found.at(50) is None
        return
    days = [found.at(each) for each in CONFIDENCE]
    assert days == sorted(days, key=lambda each: each or 0)
    chances = [found.within(each) for each in range(0, 40, 5)]
    assert chances == sorted(chances)


def test_a_growing_scope_takes_longer_and_may_never_end() -> None:
    rng = random.Random(1)
    done = [rng.randint(0, 5) for _ in range(60)]
    came = [rng.randint(0, 3) for _ in range(60)]
    fixed = when(done, 40, SEED, 500).at(85)
    growing = when([d - c for d, c in zip(done, came, strict=True)], 40, SEED, 500).at(85)
    assert fixed is not None
    assert growing is not None
    assert fixed < growing
    lost = when([1, -1, 0, -1], 20, SEED)
    assert not lost.converge
    assert lost.at(50) is None
    assert len(lost.dias) < TRIALS, "it is given up once that is certain"
    assert when([0, -2], 3, SEED, 20).given_up == 1


def test_nothing_left_is_done_today_and_no_history_tells_nothing() -> None:
    assert when([1, 2], 0, SEED, 10).at(95) == 0
    assert when([], 3, SEED, 10).at(50) is None
    assert how_many([], 7, SEED).at(50) is None
    assert how_many([1], 0, SEED).at(50) is None
    assert When(()).given_up == 1
    assert When(()).within(9) == 0
    assert HowMany(7, ()).at(85) is None


def test_at_most_five_percent_may_be_given_up() -> None:
    assert When((3,) * 95 + (CAP + 1,) * 5).converge
    assert When((3,) * 95 + (CAP + 1,) * 5).at(95) == 3
    late = When((3,) * 94 + (CAP + 1,) * 6)
    assert not late.converge
    assert late.at(50) is None
    assert late.within(CAP + 7) == 0.94, "what was given up is never done"


def test_percentiles_are_nearest_rank_and_guarded_against_floats() -> None:
    found = HowMany(1, tuple(range(100)))
    assert [found.at(p) for p in (50, 70, 85, 95)] == [50, 30, 15, 5]
    assert [When(tuple(range(1, 101))).at(p) for p in (50, 70, 85, 95)] == [50, 70, 85, 95]
    assert [When(tuple(range(1, 8))).at(p) for p in (50, 70, 85, 95)] == [4, 5, 6, 7], "rounded up"
    assert [HowMany(1, tuple(range(7))).at(p) for p in (50, 70, 85, 95)] == [3, 2, 1, 0]


def test_years_have_fewer_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(montecarlo, "_DRAWS", 1_000)
    monkeypatch.setattr(montecarlo, "_FEWEST", 10)
    assert len(when([1], 50, SEED).dias) == 20
    assert len(when([1], 500, SEED).dias) == 10
    assert len(how_many([1], 100, SEED).feitos) == 10


def test_the_seed_is_of_day_scope_window_and_series() -> None:
    told = "2026-01-05|S022:7|2025-12-01/2026-01-04|1,0,2"
    expected = int.from_bytes(sha256(told.encode()).digest()[:8], "big")
    assert seed_of("2026-01-05", "S022:7", "2025-12-01/2026-01-04", "1,0,2") == expected
    rng, daily = random.Random(expected), [3, 0, 1]
    drawn = sorted(sum(daily[int(rng.random() * 3)] for _ in range(4)) for _ in range(50))
    assert how_many(daily, 4, expected, 50).feitos == tuple(drawn)
