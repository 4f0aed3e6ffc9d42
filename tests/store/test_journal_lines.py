"""What may be taken for its own copy: values that JSON gives back as they were."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.journal.lines import decode_trusted, encode, is_flat, is_plain


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    SMALL = 1


class Mine(dict[str, Any]):
    pass


_ODD = st.sampled_from([Colour.RED, Size.SMALL, (1, 2), Mine(a=1)])
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_KEYS = st.sampled_from(["a", "b", Colour.RED])
VALUES = st.recursive(
    _LEAVES | st.text(st.characters(codec="utf-8")) | _ODD,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(_KEYS | st.integers(), inside, max_size=3),
    max_leaves=8,
)


def _types(value: Any) -> Any:
    if isinstance(value, dict):
        return type(value), [(type(name), _types(each)) for name, each in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [_types(each) for each in value]
    return type(value)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_plain_is_what_is_the_same_after_a_reload_all_the_way_down(value: Any) -> None:
    again = decode_trusted(encode(value))
    assert is_plain(value) == (again == value and _types(again) == _types(value))
    if isinstance(value, dict) and is_flat(value):
        assert is_plain(dict(value)), "a flat document's copy is what a reload gives"


@pytest.mark.parametrize(
    "value", [{"a": [{"b": Colour.RED}]}, {Colour.RED: 1}, [[(1,)]], Mine(), {1: 2}, {"a": {1}}]
)
def test_what_a_reload_makes_other_types_of_is_not_plain(value: Any) -> None:
    assert not is_plain(value)
