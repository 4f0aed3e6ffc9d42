"""Tables that rows come to and go from are those that are made of the rows that are there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.measures import MOST_GROUPS, REST, Rows, grouped
from store.metrics.periods import Window
from store.metrics.sifting import Left, counting, loose, parted, rows_in, sifted
from store.metrics.tables import Placed, Table, View, column, order

Row = tuple[str, int]
ROWS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=8
)


def _placed(rows: dict[str, tuple[int, int]]) -> list[Placed[Row]]:
    found = [(float(moment), name, (name, value)) for name, (moment, value) in rows.items()]
    return sorted(found, key=order)


def _value(row: Row) -> int:
    return row[1]


def _parity(row: Row) -> str:
    return "odd" if row[1] % 2 else "even"


def _odd(row: Row) -> str:
    return "odd" if row[1] % 2 else ""


def _digits(row: Row) -> list[tuple[str, int]]:
    """Each row twice, those of 5 and more left out the second time."""
    return [("", row[1]), ("large" if row[1] >= 5 else "", -row[1])]


def _lost(_row: Row) -> int:
    return 0


def _negative(value: int) -> str:
    return "minus" if value < 0 else "plus"


def _told(table: Table[Row], window: Window) -> list[Any]:
    """Everything that is made of a window of a table."""
    rows = rows_in(table, window, [("before", ("z", 1))])
    digits = sifted(rows, "digits", _digits, _lost)
    return [
        (list(some.times), list(some.rows), list(some.left))
        for some in (rows, counting(rows, _odd), digits, counting(digits, _negative))
    ] + [
        column(rows.rows, _value),
        [(name, list(some.rows), some.left) for name, some in grouped(rows, _parity)],
        {name: list(some) for name, some in parted(digits.rows, _negative).items()},
    ]


@settings(max_examples=50)
@given(ROWS, ROWS, st.integers(0, 3), st.integers(0, 4))
def test_moved_rows_are_those_of_a_table_made_anew(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]], start: int, length: int
) -> None:
    window = Window(float(start), float(start + length))
    old, expected = Table(_placed(before)), _told(Table(_placed(after)), window)
    earlier = _told(old, window)
    gone = [each for each in _placed(before) if after.get(each[1]) != before[each[1]]]
    come = [each for each in _placed(after) if before.get(each[1]) != after[each[1]]]
    assert _told(old.moved(gone, come), window) == expected
    assert _told(old, window) == earlier


@settings(max_examples=100)
@given(ROWS, ROWS, st.lists(st.integers(0, 4), min_size=2, max_size=5))
def test_windows_that_begin_earlier_and_later_are_those_of_a_table_made_anew(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]], starts: list[int]
) -> None:
    table = Table(_placed(before))
    gone = [each for each in _placed(before) if after.get(each[1]) != before[each[1]]]
    come = [each for each in _placed(after) if before.get(each[1]) != after[each[1]]]
    windows = [Window(float(start), float(start + 2)) for start in starts]
    for window in windows[: len(windows) // 2]:
        assert _told(table, window) == _told(Table(_placed(before)), window)
    moved = table.moved(gone, come)
    for window in windows:
        assert _told(moved, window) == _told(Table(_placed(after)), window)
        assert _told(table, window) == _told(Table(_placed(before)), window)


def test_nothing_is_made_of_rows_before_the_earliest_window_until_that_is_asked_for() -> None:
    made: list[float] = []

    def of(row: Row) -> float:
        made.append(float(row[1]))
        return float(row[1])

    table = Table([(float(at), f"n{at:02d}", (f"n{at:02d}", at)) for at in range(20)])
    late, later = Window(15.0, 20.0), Window(17.0, 20.0)
    assert column(table.within(late), of) == [15.0, 16.0, 17.0, 18.0, 19.0]
    assert column(table.within(later), of) == [17.0, 18.0, 19.0]
    assert made == [15.0, 16.0, 17.0, 18.0, 19.0]
    table = table.moved((), [(19.5, "n99", ("n99", 99)), (3.5, "n98", ("n98", 98))])
    assert column(table.within(later), of) == [17.0, 18.0, 19.0, 99.0]
    assert made[5:] == [99.0]
    assert len(column(table.within(Window(0.0, 30.0)), of)) == 22


@settings(max_examples=25)
@given(ROWS, st.integers(0, 3), st.integers(0, 4))
def test_rows_of_a_table_are_sifted_as_any_others(
    rows: dict[str, tuple[int, int]], start: int, length: int
) -> None:
    found = rows_in(Table(_placed(rows)), Window(float(start), float(start + length)), [("x", ("z", 1))])
    plain = loose(found)
    assert not isinstance(plain.rows, View)
    for ours, others in (
        (counting(found, _odd), counting(plain, _odd)),
        (sifted(found, "digits", _digits, _lost), sifted(plain, "digits", _digits, _lost)),
    ):
        assert (list(ours.times), list(ours.rows)) == (list(others.times), list(others.rows))
        assert ours.reasons == others.reasons
    groups = [(name, list(some.rows), list(some.left)) for name, some in grouped(found, _parity)]
    assert groups == [(name, list(some.rows), list(some.left)) for name, some in grouped(plain, _parity)]
    assert {name: list(some) for name, some in parted(found.rows, _parity).items()} == parted(
        plain.rows, _parity
    )


@settings(max_examples=25)
@given(ROWS, st.integers(0, 3), st.integers(0, 4))
def test_groups_of_a_table_are_those_of_any_rows(
    rows: dict[str, tuple[int, int]], start: int, length: int
) -> None:
    made: list[Row] = []

    def value(row: Row) -> int:
        made.append(row)
        return row[1]

    table = Table(_placed(rows))
    found = rows_in(table, Window(float(start), float(start + length)), [("x", ("z", 1))])
    counted, out = counting(found, _odd), counting(loose(found), _odd)
    for ours, others in ((found, loose(found)), (counted, out)):
        for (name, some), (other, expected) in zip(
            grouped(ours, _digit), grouped(others, _digit), strict=True
        ):
            assert name == other
            assert (list(some.times), list(some.rows)) == (list(expected.times), list(expected.rows))
            assert list(some.left) == list(expected.left)
            assert column(some.rows, value) == list(map(_value, expected.rows))
            assert column(some.rows[1:], value) == list(map(_value, expected.rows[1:]))
    assert len(made) <= 2 * len(rows), "once a row of a table, however often it is grouped"
    assert grouped(found, _digit) is grouped(found, _digit)


def _digit(row: Row) -> str:
    return str(row[1] % 3)


def test_what_is_left_out_before_is_made_only_once() -> None:
    made: list[Row] = []

    def lost(row: Row) -> int:
        made.append(row)
        return row[1]

    table = Table(_placed({"a": (1, 1), "b": (2, 2), "c": (3, 3)}))

    def look() -> list[Row]:
        made.clear()
        odd = counting(rows_in(table, Window(0.0, 9.0), [("before", ("z", 0))]), _odd)
        left = sifted(odd, "digits", _digits, lost).left
        assert list(left) == list(left[:]) == [("before", 0), ("odd", 1), ("odd", 3)]
        assert column(left, _reason) == ["before", "odd", "odd"]
        assert isinstance(left, Left)
        assert (len(left), left.parts[0][0], list(left.parts[1][1:])) == (3, ("before", 0), [("odd", 3)])
        return made

    assert ("a", 1) in look()
    assert set(look()) == {("z", 0)}, "all but what is no table's"


def _reason(each: tuple[str, int]) -> str:
    return each[0]


def test_more_rows_than_are_worth_moving_are_a_table_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.metrics.tables.MOST_MOVES", 1)
    before, after = {"a": (1, 1), "b": (2, 2)}, {"b": (2, 2), "c": (0, 3), "d": (2, 4)}
    old, window = Table(_placed(before)), Window(0.0, 9.0)
    _told(old, window)
    moved = old.moved(_placed({"a": (1, 1)}), _placed({"c": (0, 3), "d": (2, 4)}))
    assert _told(moved, window) == _told(Table(_placed(after)), window)
    assert old.moved((), ()) is old


def test_a_view_is_a_sequence() -> None:
    view = Table(_placed({"a": (1, 1), "b": (2, 2), "c": (3, 3)})).within(Window(1.0, 3.0))
    assert [view[0], view[-1]] == [("a", 1), ("b", 2)]
    assert list(reversed(view[-1:])) == [("b", 2)]
    assert list(view[5:]) == []
    with pytest.raises(IndexError):
        view[2]


def test_more_groups_than_are_told_apart_have_one_for_the_rest() -> None:
    names = [f"n{number:02d}" for number in range(MOST_GROUPS + 5)]
    rows: Rows[Row] = rows_in(
        Table([(float(at), name, (name, at)) for at, name in enumerate(names)]), Window(0.0, 99.0)
    )

    def name_of(row: Row) -> str:
        return row[0]

    groups = grouped(rows, name_of)
    assert [name for name, _ in groups] == [*names[: MOST_GROUPS - 1], REST]
    assert list(groups[-1][1].rows) == list(rows.rows)[MOST_GROUPS - 1 :]
    few = rows_in(Table([(0.0, "a", ("a", 1))]), Window(0.0, 9.0), [("x", (name, 0)) for name in names])
    left = grouped(few, name_of)
    assert [name for name, _ in left] == ["a", *names[: MOST_GROUPS - 2], REST]
    assert len(left[-1][1].left) == 7


@settings(max_examples=25)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), st.integers(1, 3), max_size=60))
def test_the_largest_groups_are_told_apart_in_the_order_of_their_names(sizes: dict[str, int]) -> None:
    rows = [name for name, size in sizes.items() for _ in range(size)]
    found = grouped(Rows([float(at) for at in range(len(rows))], rows), str)
    ordered = sorted(sizes, key=lambda name: (-sizes[name], name))
    few = ordered if len(ordered) <= MOST_GROUPS else [*ordered[: MOST_GROUPS - 1], REST]
    assert [name for name, _ in found] == few
    assert sum(len(some.rows) for _, some in found) == len(rows)
