"""Pairwise combination of many fields: every pair, few rows, little time."""

from __future__ import annotations

import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.testing.ipo import in_parameter_order
from jobs.testing.pairwise import combine


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=9))
def test_every_pair_is_there(sizes: list[int]) -> None:
    rows = in_parameter_order(sizes)
    for one, two in combinations(range(len(sizes)), 2):
        assert len({(row[one], row[two]) for row in rows}) == sizes[one] * sizes[two]
    assert all(0 <= value < size for row in rows for value, size in zip(row, sizes, strict=True))
    assert rows == in_parameter_order(sizes)


@pytest.mark.parametrize(("sizes", "most"), [([2] * 10, 10), ([5] * 20, 62), ([1, 4, 2], 8)])
def test_there_are_few_rows(sizes: list[int], most: int) -> None:
    assert len(in_parameter_order(sizes)) <= most


def test_fifty_fields_take_seconds_not_minutes() -> None:
    start = time.process_time()
    found = combine({f"f{field}": [str(value) for value in range(8)] for field in range(50)})
    assert found.covered == found.total == 50 * 49 // 2 * 64
    assert time.process_time() - start < 20
