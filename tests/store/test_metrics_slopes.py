"""The median slope that is found among few pairs is that of all pairs, to the last bit."""

from __future__ import annotations

import statistics
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.slopes import FEW, middle_slope
from store.metrics.statistics import MOST_POINTS, theil_sen


def _all_pairs(xs: list[float], ys: list[float]) -> float | None:
    slopes = [
        (ys[later] - ys[earlier]) / (xs[later] - xs[earlier])
        for earlier in range(len(xs))
        for later in range(earlier + 1, len(xs))
        if xs[later] != xs[earlier]
    ]
    return statistics.median(slopes) if slopes else None


def _xs(kind: str, n: int, chance: Random) -> list[float]:
    if kind == "even":
        return [float(place) for place in range(n)]
    if kind == "near":
        return sorted(chance.choice((1.0, 2.0, 3.0)) + chance.random() * 1e-6 for _ in range(n))
    if kind == "same":
        return sorted(float(chance.randrange(4)) for _ in range(n))
    return sorted(chance.uniform(2_900.0, 2_960.0) for _ in range(n))


def _ys(kind: str, xs: list[float], chance: Random) -> list[float]:
    if kind == "few":
        return [float(chance.randrange(3)) for _ in xs]
    if kind == "line":
        return [2.0 * x + chance.gauss(0, 1e-9) for x in xs]
    return [chance.gauss(0, 1) for _ in xs]


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["even", "near", "same", "any"]),
    st.sampled_from(["few", "line", "any"]),
    st.integers(2, FEW * 2),
    st.integers(0, 99),
)
def test_the_middle_slope_is_that_of_all_pairs(of_x: str, of_y: str, n: int, seed: int) -> None:
    chance = Random(seed)
    xs = _xs(of_x, n, chance)
    ys = _ys(of_y, xs, chance)
    assert middle_slope(tuple(xs), tuple(ys)) == _all_pairs(xs, ys)


@pytest.mark.parametrize("n", [MOST_POINTS - 1, MOST_POINTS])
def test_of_many_points_few_slopes_are_worked_out(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(n)
    xs = _xs("any", n, chance)
    ys = _ys("any", xs, chance)
    expected = _all_pairs(xs, ys)
    monkeypatch.delattr("store.metrics.slopes._all")
    assert middle_slope(tuple(xs), tuple(ys)) == expected


def test_a_slope_of_more_points_is_that_of_an_even_selection() -> None:
    n = MOST_POINTS * 2
    xs, ys = [float(place) for place in range(n)], [0.5 * place + place % 2 for place in range(n)]
    assert theil_sen(xs, ys) == 0.5
    assert theil_sen(xs[:1], ys[:1]) is None
    assert theil_sen([1.0, 1.0], [1.0, 2.0]) is None
    with pytest.raises(ValueError, match="as many"):
        theil_sen(xs, ys[:-1])
