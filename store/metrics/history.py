"""What a forecast draws from: how much was done, and how much came, on each of the last complete local days.

metrics.md, section 3: the last 60 days, zeros included; at least 14 days and 7 completions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from store.metrics.facts import Facts, Moment, Task
from store.metrics.flow import CANCELLED, flow_of
from store.metrics.keeping import at, kept, out_of
from store.metrics.lives import CREATED
from store.metrics.model import Query
from store.metrics.montecarlo import MIN_DAYS, MIN_DONE, WINDOW
from store.metrics.periods import Bucketing


@dataclass(frozen=True, slots=True)
class Records:
    """Moments, sorted, at which something was done or came; `since` is the first thing ever."""

    done: Sequence[float]
    came: Sequence[float]
    since: Moment


@dataclass(frozen=True, slots=True)
class History:
    """Whole local days, oldest first; `dias` are their dates."""

    dias: tuple[date, ...]
    feitos: tuple[int, ...]
    chegadas: tuple[int, ...]

    @property
    def liquido(self) -> tuple[int, ...]:
        """Done less come, day by day: drawn together."""
        return tuple(done - came for done, came in zip(self.feitos, self.chegadas, strict=True))

    @property
    def janela(self) -> str:
        """`2026-01-01/2026-03-01`; empty without days."""
        return f"{self.dias[0]}/{self.dias[-1]}" if self.dias else ""

    @property
    def missing(self) -> str:
        """Why there is no forecast, in words; empty where there can be one."""
        if len(self.dias) >= MIN_DAYS and sum(self.feitos) >= MIN_DONE:
            return ""
        return (
            f"A forecast needs {MIN_DAYS} whole days and {MIN_DONE} completions in the last {WINDOW};"
            f" there are {len(self.dias)} and {sum(self.feitos)}."
        )


def history(records: Records, today: date, fuso: str, days: int = WINDOW) -> History:
    """The last `days` whole local days before `today`, none from before there was anything."""
    cuts = Bucketing("dia", fuso)
    first = today - timedelta(days=days)
    if records.since is None:
        return History((), (), ())
    first = max(first, cuts.day(records.since))
    dates = [first + timedelta(days=at) for at in range(max((today - first).days, 0))]
    edges = [cuts.midnight(day) for day in (*dates, today)]
    return History(tuple(dates), _by_day(records.done, edges), _by_day(records.came, edges))


def _by_day(times: Sequence[float], edges: Sequence[float]) -> tuple[int, ...]:
    places = [bisect_left(times, edge) for edge in edges]
    return tuple(later - earlier for earlier, later in pairwise(places))


def item_records(facts: Facts) -> Records:
    """Of all items: ended well; created, unless they were cancelled or failed for good."""
    flow = flow_of(facts)
    came = out_of(facts, "history.came", "itens", CREATED.of, _CAME).times
    return Records(flow.done_at, came, flow.arrivals[0][0] if flow.arrivals[0] else None)


_CAME = at(lambda item: None if item.status in (CANCELLED, "Falhou") else item.criado)


def task_records(facts: Facts) -> Records:
    """Of the tasks of all sprints: concluded; come after their sprint had begun, and not left it again."""
    return kept(facts, "history.tasks", _tasks, ("tasks", "sprints"))


def _tasks(facts: Facts) -> Records:
    begun = {each.sprint_id: each.aberta for each in facts.sprints}
    made = [each.criada for each in facts.tasks if each.criada is not None]
    return Records(
        sorted(
            each.encerrada for each in facts.tasks if each.fim == "concluida" and each.encerrada is not None
        ),
        sorted(each.criada for each in facts.tasks if each.criada is not None and _came(each, begun)),
        min(made, default=None),
    )


PLANNING_S = 86_400.0
"""Tasks that a person adds within a day of the sprint's opening are its plan."""


def _came(task: Task, begun: dict[str, Moment]) -> bool:
    """Whether a task made its sprint's scope grow."""
    if task.fim not in ("", "concluida") or task.criada is None:
        return False
    opened = begun.get(task.sprint_id)
    return task.puxada or (opened is not None and task.criada > opened + PLANNING_S)


def today_of(query: Query) -> date:
    """The local day of the query's moment."""
    return query.cortes.day(query.agora)
