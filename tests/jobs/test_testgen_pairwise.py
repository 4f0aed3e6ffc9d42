"""Pairwise combination: every pair once, counted apart from the generator, and the one-field pitfall."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worker_support import ORDER_CLASSES

from jobs.testing.pairwise import combine, combine_valid
from jobs.testing.source import literal, unique_ids


def test_no_field_gives_no_row_and_one_field_one_row_a_class() -> None:
    assert (combine({}).rows, combine({}).total) == ([], 0)
    one = combine({"a": ["x", "y"], "empty": []})
    assert (one.rows, one.covered, one.total) == ([{"a": "x"}, {"a": "y"}], 2, 2)


def test_only_valid_classes_are_combined() -> None:
    pairs = combine_valid(ORDER_CLASSES)
    assert {row["quantidade"] for row in pairs.rows} == {"minimo", "maximo"}
    assert (pairs.covered, pairs.total) == (8, 8)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=6))
def test_every_pair_of_classes_meets(sizes: list[int]) -> None:
    names = {f"f{index}": [f"{index}c{each}" for each in range(size)] for index, size in enumerate(sizes)}
    pairs = combine(names)
    for left, right in combinations(names, 2):
        met = {(row[left], row[right]) for row in pairs.rows}
        assert met == set(product(names[left], names[right]))
    assert pairs.covered == pairs.total
    everything = 1
    for size in sizes:
        everything *= size
    assert len(pairs.rows) <= everything


def test_coverage_is_counted_and_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.testing.pairwise.AllPairs", lambda _: iter([("x", "p"), ("y", "p")]))
    pairs = combine({"a": ["x", "y"], "b": ["p", "q"]})
    assert (pairs.covered, pairs.total) == (2, 4)


def test_literals_read_back_and_hold_no_control_characters() -> None:
    value = {"a\x1b[2J": [None, True, -1, 1.5, "é\n\u202e"], "b": {}}
    source = literal(value)
    assert source.isascii()
    assert source.isprintable()
    assert eval(source) == value
    with pytest.raises(TypeError, match="date has no literal"):
        literal(__import__("datetime").date(2026, 1, 1))


def test_ids_are_plain_and_each_once() -> None:
    assert unique_ids(["a b", "a/b", "\x00", "ção", "x" * 200]) == ["a_b", "a_b-2", "caso", "cao", "x" * 80]
