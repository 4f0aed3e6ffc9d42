"""Measures of estimates: the figures that DASE publishes, and hand-worked ones."""

from __future__ import annotations

import csv
import json
import math
import statistics
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.estimation import mar, marp0, mdmre, mmre, pred, relative_errors, standardised_accuracy
from store.metrics.statistics import log_spread, mean, median, ratio

DASE = Path(__file__).parents[1] / "data" / "metrics" / "dase"
EXPECTED = json.loads((DASE / "expected.json").read_text())


def fitted(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Intercept and slope of least squares."""
    slope, intercept = statistics.linear_regression([x for x, _ in points], [y for _, y in points])
    return intercept, slope


def china() -> list[tuple[float, float]]:
    """Actual and estimated effort of the test set, by the model that DASE fits on the training set."""
    rows = list(csv.DictReader((DASE / "china.csv").open()))
    train = [
        (math.log(float(row["afp"])), math.log(float(row["effort"]))) for row in rows if row["set"] == "train"
    ]
    b0, b1 = fitted(train)
    return [
        (float(row["effort"]), math.exp(b0) * float(row["afp"]) ** b1) for row in rows if row["set"] == "test"
    ]


def telecom() -> list[dict[str, float]]:
    return [
        {name: float(value) for name, value in row.items()}
        for row in csv.DictReader((DASE / "Telecom1.csv").open())
    ]


def test_dase_china_as_published_and_as_recomputed() -> None:
    pairs, published, here = china(), EXPECTED["china"]["published"], EXPECTED["china"]["computed_here"]
    assert len(pairs) == 167
    assert mmre(pairs) == pytest.approx(here["MMRE"], rel=1e-6)
    assert mmre(pairs) == pytest.approx(published["MMRE"], abs=0.005)
    assert mdmre(pairs) == pytest.approx(published["MdMRE"], abs=0.0005)
    assert pred(pairs) == pytest.approx(published["PRED25"], abs=0.0005)
    assert mar(pairs) == pytest.approx(here["MAR"], rel=1e-6)
    assert marp0([real for real, _ in pairs]) == pytest.approx(here["MARP0_exact_n(n-1)"], rel=1e-6)
    assert standardised_accuracy(pairs) == pytest.approx(here["SA_pct"] / 100, rel=1e-5)


def test_dase_telecom_by_regression_as_published() -> None:
    rows, published = telecom(), EXPECTED["telecom1"]["published"]
    a, b = fitted([(row["size"], row["effort"]) for row in rows])
    pairs = [(row["effort"], a + b * row["size"]) for row in rows]
    assert pred(pairs) == pytest.approx(published["PRED25"], abs=0.0005)
    assert mar(pairs) == pytest.approx(published["MAR"], abs=0.5)
    assert marp0([real for real, _ in pairs]) == pytest.approx(published["MARP0_random"], abs=0.5)
    assert standardised_accuracy(pairs) == pytest.approx(published["SA_pct"] / 100, abs=0.001)


def test_telecom_s_own_estimates() -> None:
    here = EXPECTED["telecom1"]["EstTotal_column_as_estimate__computed_here_not_published"]
    pairs = [(row["effort"], row["EstTotal"]) for row in telecom()]
    ratios = [real / estimated for real, estimated in pairs]
    sums = ratio(sum(real for real, _ in pairs), sum(estimated for _, estimated in pairs))
    assert sums == pytest.approx(here["ratio_of_sums_real_over_est"], rel=1e-6)
    assert mean(ratios) == pytest.approx(here["mean_of_ratios"], rel=1e-6)
    assert median(ratios) == pytest.approx(here["median_ratio"], rel=1e-6)
    assert math.log(log_spread(ratios) or 0) == pytest.approx(here["sd_ln_ratio_ddof1"], rel=1e-6)
    assert mmre(pairs) == pytest.approx(here["MMRE"], rel=1e-6)
    assert mdmre(pairs) == pytest.approx(here["MdMRE"], rel=1e-6)
    assert pred(pairs) == pytest.approx(here["PRED25"], rel=1e-6)


def test_atkinson_s_random_guessing_leaves_each_one_s_own_out() -> None:
    atkinson = EXPECTED["atkinson"]
    found = marp0([float(each) for each in atkinson["actual_effort"]])
    assert found == pytest.approx(atkinson["computed_here"]["sum/(n(n-1))"], abs=0.0005)
    assert found == pytest.approx(atkinson["published"]["MARP0_random"], abs=0.5)


def test_by_hand() -> None:
    pairs = [(10.0, 8.0), (10.0, 7.5), (10.0, 7.4), (4.0, 8.0)]
    assert relative_errors(pairs) == pytest.approx([0.2, 0.25, 0.26, 1.0])
    assert mmre(pairs) == pytest.approx(1.71 / 4)
    assert mdmre(pairs) == pytest.approx(0.255)
    assert pred(pairs) == 0.5  # 0.25 itself is within
    assert mar(pairs) == pytest.approx((2 + 2.5 + 2.6 + 4) / 4)
    assert marp0([1.0, 3.0, 7.0]) == pytest.approx((2 + 6 + 4) * 2 / 6)


def test_nothing_makes_no_value() -> None:
    assert (mmre([]), mdmre([]), pred([]), mar([]), marp0([]), marp0([3.0])) == (None,) * 6
    assert standardised_accuracy([]) is None
    assert standardised_accuracy([(2.0, 1.0), (2.0, 4.0)]) is None  # all alike: guessing is perfect


def test_what_took_nothing_was_not_estimated_within_anything() -> None:
    assert pred([(0.0, 1.0), (0.0, 0.0)]) == 0.0
    assert mmre([(0.0, 1.0)]) is None
    assert mmre([(0.5, 1.0)]) == 1.0
    assert mmre([(1e-320, 1.0), (2.0, 1.0)]) == 0.5  # the first error is not finite
    assert mmre([(0.0, 1.0), (2.0, 1.0)]) == 0.5


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=40))
@settings(max_examples=50)
def test_guessing_by_the_ordered_sum_is_that_of_all_pairs(actuals: list[float]) -> None:
    n = len(actuals)
    slow = sum(abs(one - other) for one in actuals for other in actuals) / (n * (n - 1))
    assert marp0(actuals) == pytest.approx(slow, rel=1e-9, abs=1e-6)
