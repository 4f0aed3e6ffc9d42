"""A sprint's burn-up: what there was to do and what was done, day by day, and where it leads.

Scope is never rebased: tasks that come are steps up, those cancelled, returned or carried over steps down.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta

from store.metrics.facts import Facts, Sprint, Task
from store.metrics.forecast import Forecast, forecast, sprint_of
from store.metrics.history import today_of
from store.metrics.model import Chart, Query, Series
from store.metrics.periods import Bucketing

MOST_DAYS = 200
LED_BY = (50, 85)


def sprint_burn_up(facts: Facts, sprint_id: str, query: Query, made: Forecast | None = None) -> Chart:
    """The chart of one sprint; `made` is its forecast where it is known already.

    Raises WrongInput for a sprint that is not there.
    """
    sprint = sprint_of(facts, sprint_id)
    tasks = [task for task in facts.tasks if task.sprint_id == sprint_id and task.criada is not None]
    if not tasks:
        return _chart(sprint_id, (), (), vazio="The sprint's first task fills it.")
    today, by_day = today_of(query), Bucketing("dia", query.cortes.fuso)
    first, last = _first(sprint, tasks, by_day), _last(sprint, today, by_day)
    led_by = None if sprint.encerrada is not None else made or forecast(facts, sprint_id, query)
    led = _finishes(led_by) if led_by is not None else []
    planned = [date.fromisoformat(sprint.fim)] if sprint.fim else []
    end = min(max([last, *planned, *(day for _, day in led)]), first + timedelta(days=MOST_DAYS))
    days = [first + timedelta(days=at) for at in range((end - first).days + 1)]
    ends = [by_day.midnight(day + timedelta(days=1)) for day in days if day <= last]
    scope, done = scope_by(tasks, ends), done_by(tasks, ends)
    blank = (None,) * (len(days) - len(ends))
    labels = tuple(day.isoformat() + ("*" if day == today and day == last else "") for day in days)
    return _chart(
        sprint_id,
        (
            Series("scope", (*scope, *blank)),
            Series("done", (*done, *blank)),
            *(_lead(f"p{p}", days, last, day, done[-1], scope[-1]) for p, day in led if scope),
        ),
        labels,
        nota=_note(led_by),
    )


def _chart(
    sprint_id: str, series: tuple[Series, ...], labels: tuple[str, ...], nota: str = "", vazio: str = ""
) -> Chart:
    return Chart(
        f"burn_up_{sprint_id}",
        f"Burn-up of {sprint_id}",
        "step",
        "",
        series,
        labels,
        nota=nota,
        vazio=vazio,
    )


def scope_by(tasks: Sequence[Task], moments: Sequence[float]) -> tuple[float, ...]:
    """How many tasks the sprint had at each moment: come by then, and not gone without being done."""
    came = sorted(task.criada for task in tasks if task.criada is not None)
    gone = sorted(
        task.encerrada for task in tasks if task.fim not in ("", "concluida") and task.encerrada is not None
    )
    return tuple(float(bisect_right(came, each) - bisect_right(gone, each)) for each in moments)


def done_by(tasks: Sequence[Task], moments: Sequence[float]) -> tuple[float, ...]:
    """How many were concluded by each moment."""
    done = sorted(task.encerrada for task in tasks if task.fim == "concluida" and task.encerrada is not None)
    return tuple(float(bisect_right(done, each)) for each in moments)


def _first(sprint: Sprint, tasks: Sequence[Task], by_day: Bucketing) -> date:
    begun = [task.criada for task in tasks if task.criada is not None]
    if sprint.aberta is not None:
        begun.append(sprint.aberta)
    return by_day.day(min(begun))


def _last(sprint: Sprint, today: date, by_day: Bucketing) -> date:
    return by_day.day(sprint.encerrada) if sprint.encerrada is not None else today


def _note(made: Forecast | None) -> str:
    """How it is read, and when it is done by its estimates: another way to the same question."""
    told = "Scope as it was each day: nothing is rebased. p50 and p85 lead from today to a fixed scope."
    found = made.estimativas if made is not None else None
    if found is None or found.vazio:
        return told
    days = ", ".join(f"p{p} {found.datas[p]}" for p in LED_BY if found.datas[p])
    return f"{told} By estimates, corrected by the past: {days}."


def _finishes(made: Forecast) -> list[tuple[int, date]]:
    """The forecast's dates, for the lines that lead there."""
    if made.fixo is None or not made.restam:
        return []
    return [(p, date.fromisoformat(made.fixo.datas[p])) for p in LED_BY if made.fixo.datas[p]]


def _lead(name: str, days: Sequence[date], today: date, finish: date, done: float, scope: float) -> Series:
    """A straight line from what is done today to the scope on the day of the forecast."""
    span = max((finish - today).days, 1)
    ys = [
        done + (scope - done) * (day - today).days / span if today <= day <= finish else None for day in days
    ]
    return Series(name, tuple(ys))
