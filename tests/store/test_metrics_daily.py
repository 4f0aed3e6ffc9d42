"""Days that are carried, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flow_facts import at, item, query
from hypothesis import example, given, settings
from hypothesis import strategies as st

from store.metrics import daily, measures
from store.metrics.cells import Says, by_group, figure, grouped, plain, valued
from store.metrics.cutting import between, until_now
from store.metrics.daily import by_day, days_of
from store.metrics.done import NO_LIFE, done_by_day, lives_of
from store.metrics.facts import Facts, Item, Try
from store.metrics.fold import MetricsFold
from store.metrics.lives import CREATED
from store.metrics.measures import Measure, Rows
from store.metrics.model import Part, Query
from store.metrics.periods import Window
from store.metrics.sliding import ticks
from store.metrics.waiting import spent


def _ids(_times: Sequence[float], items: Sequence[Item]) -> list[str]:
    return [each.id for each in items]


def _flat(days: list[list[list[str]]]) -> list[list[str]]:
    return [[name for day in bucket for name in day] for bucket in days]


def test_days_are_those_of_a_bucket_and_of_the_window() -> None:
    asked = query(9.5, since=1.25)
    (first, second) = days_of(until_now(asked), asked.cortes)
    assert [(day.begin, day.end, day.whole) for day in first[:2]] == [
        (at(1.25), at(2), False),
        (at(2), at(3), True),
    ]
    assert (len(first), len(second), second[-1]) == (6, 3, (at(9), at(9.5), False))
    assert days_of(replace(asked.janela, fim=asked.janela.inicio), asked.cortes) == ()


def _fold(*moments: float) -> MetricsFold:
    fold = MetricsFold()
    for number, moment in enumerate(moments):
        _put(fold, number, moment)
    return fold


def _put(fold: MetricsFold, number: int, moment: float) -> None:
    name = f"BKL-{number:04d}"
    created = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fold.put("backlog_items", name, {"id": name, "criado_em": created})


def test_only_the_days_that_a_commit_changes_are_made_anew() -> None:
    fold = _fold(at(0.5), at(1.5), at(2.5), at(9.2))
    made: list[list[str]] = []

    def make(times: Sequence[float], items: Sequence[Item]) -> list[str]:
        made.append(_ids(times, items))
        return made[-1]

    def asked(facts: Facts, told: Query) -> list[list[str]]:
        made.clear()
        return _flat(by_day(facts, CREATED, "ids", make, told))

    first = fold.facts()
    assert asked(first, query(9.5)) == [["BKL-0000", "BKL-0001", "BKL-0002"], ["BKL-0003"]]
    assert asked(first, query(9.5, cut="mes")) == [["BKL-0000", "BKL-0001", "BKL-0002", "BKL-0003"]]
    assert made == [["BKL-0003"]], "the day that is not over"
    _put(fold, 1, at(2.25))
    assert asked(fold.facts(), query(9.5))[0] == ["BKL-0000", "BKL-0001", "BKL-0002"]
    assert made == [["BKL-0001", "BKL-0002"], ["BKL-0003"]]
    fold.drop("backlog_items", "BKL-0002")
    assert asked(fold.facts(), query(9.5))[0] == ["BKL-0000", "BKL-0001"]
    assert asked(first, query(9.5))[0] == ["BKL-0000", "BKL-0001", "BKL-0002"], "as it was"


def test_what_was_asked_for_the_longest_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "MOST_THINGS", 2)
    facts, made = _fold(at(0.5)).facts(), list[str]()

    def asked(what: str) -> None:
        def make(_times: Sequence[float], _rows: Sequence[Any]) -> str:
            made.append(what)
            return what

        by_day(facts, CREATED, what, make, query(2))

    for what in ("a", "b", "a", "c", "a", "b"):
        asked(what)
    assert made == ["a", "b", "c", "b"]


MEASURE: Measure[Any] = Measure(
    chave="x",
    nome="x",
    unidade="s",
    of=lambda rows: sum(row[1] for row in rows),
    ident=lambda row: row[0],
    vazio="nothing",
    parts=lambda rows: (Part("n", len(rows), ""),),
)
SAYS = Says(
    lambda whole: sum(whole.values),
    lambda whole: (Part("n", whole.n, ""),),
    lambda whole: sum(whole.values),
)


def _why_not(_value: float) -> str:
    return "below 0"


def _cell(times: Sequence[float], rows: Sequence[Any]) -> Any:
    return valued(times, rows, [float(row[1]) for row in rows], _why_not)


@given(
    st.lists(st.tuples(st.floats(0.1, 20), st.integers(-2, 40), st.integers(0, 30)), max_size=60),
    st.sampled_from(["dia", "semana", "mes"]),
)
@example([(1 + number / 4, number % 9 - 1, number % 31) for number in range(62)], "semana")
@settings(max_examples=40, deadline=None)
def test_figures_of_days_are_those_of_rows(rows: list[tuple[float, int, int]], corte: Any) -> None:
    """In as many groups as there are, the smallest of many together."""
    asked = query(18.5, since=0.5, cut=corte)
    placed = sorted(
        (at(day), (f"{place:02d}", value, group)) for place, (day, value, group) in enumerate(rows)
    )
    times, every = [moment for moment, _ in placed], [row for _, row in placed]
    inside = between(times, until_now(asked))
    right = Rows(times[inside], every[inside]).counting(lambda row: "below 0" if row[1] < 0 else "")

    def days(make: Any) -> list[list[Any]]:
        spans = [
            [between(times, _span(day)) for day in some] for some in days_of(until_now(asked), asked.cortes)
        ]
        return [[make(times[each], every[each]) for each in some if each.stop > each.start] for some in spans]

    def group(row: tuple[str, int, int]) -> str:
        return f"g{row[2]}"

    found = [figure(MEASURE, days(_cell), SAYS, asked)]
    found += [
        figure(MEASURE, some, SAYS, asked, name) for name, some in grouped(days(by_group(group, _cell)))
    ]
    assert found == measures.figures(MEASURE, right, asked, group)


def _span(day: daily.Day) -> Window:
    return Window(day.begin, day.end)


def test_rows_that_are_only_counted_have_no_value() -> None:
    assert plain([1.0], ["row"]) == ([1.0], ["row"], (), ())
    nothing = figure(MEASURE, [[]], SAYS, query(2))
    assert (nothing.n, nothing.valor, [point.n for point in nothing.serie]) == (0, 0, [0])


def test_where_time_went_is_what_each_item_says() -> None:
    some = [
        item(1, at(1), started=at(2), done=at(4)),
        item(2, at(1), started=at(2), done=at(4), humano=True),
        item(3, at(1), done=at(4), tentativas=(Try(at(2), at(3), "concluido"),)),
        item(4, at(1), started=at(2), done=at(4), devido=at(1.5), agendado=True),
        item(5, at(1), started=at(2), done=at(4), tentativas=(Try(at(0.5), at(3), "concluido"),)),
        item(6, at(1), started=at(0.5), done=at(4), tentativas=(Try(at(2), at(3), "concluido"),)),
        item(7, at(1), done=at(4)),
    ]
    for each in some:
        ((day,),) = done_by_day(Facts(itens=(each,)), query(6))
        (done,) = day.values()
        assert done.life == (*map(ticks, spent(each, None, 0.0)), 1), each.id
    ((every,),) = done_by_day(Facts(itens=tuple(some)), query(6))
    whole = lives_of([done.life for done in every.values()])
    assert whole[-1] == len(some)
    assert lives_of([]) == NO_LIFE
