"""A sprint's end by its estimates: whose past is drawn from, what is known of each task, what may lack."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import ceil

import pytest
from flow_facts import item, sprint
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.facts import Facts, Pair, Price, Task
from store.metrics.reading import item as read_item
from store.metrics.reading import price as read_price
from store.metrics.reading import sprint as read_sprint
from store.metrics.reading import task as read_task
from store.metrics.schedule import ENOUGH, Open, rounds, schedule

TODAY = date(2026, 3, 2)
S022 = sprint(sprint_id="S022", horas_dia=5.0)


def task(number: int, who: str = "ana", *, fim: str = "", horas: Pair = Pair(), item_ref: str = "") -> Task:  # noqa: B008
    chave = f"S022/T{number:02}"
    ended = 1000.0 + number if fim else None
    return Task(f"TSK-{number}", chave, "S022", item_ref, who, False, 0.0, None, ended, fim, horas)


def done(number: int, who: str, real: float, estimated: float) -> Task:
    return task(number, who, fim="concluida", horas=Pair(real, estimated))


def past(who: str, ratio: float, n: int = ENOUGH, first: int = 50) -> tuple[Task, ...]:
    """`n` tasks that took `ratio` times their estimate."""
    return tuple(done(first + at, who, 4.0 * ratio, 4.0) for at in range(n))


def test_estimates_are_divided_by_what_the_same_person_reached() -> None:
    mine, other = past("ana", 2.0), past("rui", 0.5, first=70)
    found = schedule(Facts(tasks=(task(1, horas=Pair(None, 10.0)), *mine, *other)), S022, TODAY)
    assert (found.horas, found.tarefas, found.passado) == (10.0, 1, 10)
    assert set(found.horas_por.values()) == {20.0}
    assert set(found.datas.values()) == {"2026-03-05"}  # 20 h at 5 a day: today and three more


def test_who_has_too_little_of_a_past_has_everybody_s() -> None:
    tasks = (*past("ana", 2.0), *past("rui", 1.0, n=ENOUGH - 1, first=70))
    found = schedule(Facts(tasks=(task(1, "rui", horas=Pair(None, 10.0)), *tasks)), S022, TODAY)
    assert (found.horas_por[50], found.horas_por[95]) == (20.0, 20.0)
    assert rounds([Open("rui", 10.0)], {"ana": [0.5] * 5, "rui": [1.0] * 4}, 1)[0] == 10.0


def test_it_is_the_same_on_the_same_day_and_other_with_another_past() -> None:
    tasks = (task(1, horas=Pair(None, 10.0)), *(done(50 + at, "ana", 1.0 + at, 4.0) for at in range(9)))
    found = schedule(Facts(tasks=tasks), S022, TODAY)
    assert found == schedule(Facts(tasks=tuple(reversed(tasks))), S022, TODAY)
    assert found.horas_por[50] < found.horas_por[85] < found.horas_por[95]


@given(
    st.lists(st.floats(0.1, 100.0), min_size=1, max_size=6),
    st.lists(st.floats(0.25, 4.0), min_size=ENOUGH, max_size=20),
)
@settings(max_examples=30, deadline=None)
def test_rounds_lie_between_the_best_and_the_worst_of_the_past(
    hours: list[float], velocities: list[float]
) -> None:
    taken = rounds([Open("ana", each) for each in hours], {"ana": velocities}, 7)
    assert taken == sorted(taken)
    assert taken[0] >= sum(hours) / max(velocities) - 1e-6
    assert taken[-1] <= sum(hours) / min(velocities) + 1e-6


def test_a_task_with_an_item_has_its_estimate_and_its_executions_hours() -> None:
    carried = replace(item(7, 0.0), spec_ref="frete", tarefa="S022/T01")
    known = replace(item(8, 0.0), horas_estimadas=2.0, auto_pull=True, tarefa="S022/T02")
    blank = replace(item(9, 0.0), spec_ref="frete", auto_pull=False, tarefa="S022/T03")
    price = Price("REC-1", "frete", 1, 1.0, (), None, None, 3.0)
    old = replace(price, id="REC-0", criada=0.0, horas_p50=99.0)
    tasks = tuple(task(at, item_ref=each.id) for at, each in enumerate((carried, known, blank), 1))
    found = schedule(
        Facts(tasks=(*tasks, *past("ana", 1.0)), itens=(carried, known, blank), precos=(price, old)),
        S022,
        TODAY,
    )
    assert (found.horas, found.tarefas, found.sem_estimativa) == (5.0, 2, 1)


@pytest.mark.parametrize(
    ("tasks", "horas_dia", "says"),
    [
        ((), 5.0, "no open task has an estimate."),
        ((task(1),), 5.0, "no open task has an estimate."),
        (
            (task(1, horas=Pair(None, 3.0)),),
            5.0,
            "5 finished tasks with estimated and actual hours are needed",
        ),
        ((task(1, horas=Pair(None, 3.0)), *past("ana", 1.0)), None, "does not say how many hours are worked"),
    ],
)
def test_what_is_missing_is_said(tasks: tuple[Task, ...], horas_dia: float | None, says: str) -> None:
    found = schedule(Facts(tasks=tasks), replace(S022, horas_dia=horas_dia), TODAY)
    assert says in found.vazio
    assert not found.datas


def test_days_without_end_have_no_date() -> None:
    tasks = (task(1, horas=Pair(None, 1e9)), *past("ana", 1.0))
    assert set(schedule(Facts(tasks=tasks), S022, TODAY).datas.values()) == {""}


@given(st.floats(0.01, 500.0))
@settings(max_examples=30, deadline=None)
def test_a_day_holds_what_is_worked_on_it(hours: float) -> None:
    found = schedule(Facts(tasks=(task(1, horas=Pair(None, hours)), *past("ana", 1.0))), S022, TODAY)
    assert found.datas[50] == (TODAY + timedelta(days=ceil(round(hours / 5.0, 6)) - 1)).isoformat()


def test_hours_are_read_from_the_documents() -> None:
    assert read_task({"resultado": {"horas": 3}, "estimativa": {"horas": 2.5}}).horas == Pair(3.0, 2.5)
    assert read_task({"resultado": None, "estimativa": None}).horas == Pair()
    assert read_item({"contexto": {"estimativa": {"horas": 1}}}).horas_estimadas == 1.0
    assert read_price({"esforco": {"pessoas_horas": {"total": {"p50": 0.3}}}}).horas_p50 == 0.3
    assert read_sprint({"horas_dia": 4, "wip": 2}).horas_dia == 8.0
    assert read_sprint({"horas_dia": 4, "wip": None}).horas_dia == 4.0
    assert read_sprint({}).horas_dia is None
