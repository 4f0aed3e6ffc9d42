"""When what is left is done, and how much is done by when: of everything that is open, or of one sprint.

A sprint's unit is its task, everything's is the item. Each forecast is made twice: with the scope as it is
now, and growing as it did, the day's arrivals drawn together with its completions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from store.errors import WrongInput
from store.metrics.facts import Facts, Sprint, Task
from store.metrics.flow import flow_of
from store.metrics.history import History, Records, history, item_records, task_records, today_of
from store.metrics.model import Query
from store.metrics.montecarlo import CONFIDENCE, HowMany, When, how_many, seed_of, when
from store.metrics.schedule import Schedule, schedule
from store.yamlfile import did_you_mean

HORIZONS = (7, 14, 30)
# A forecast depends on nothing but what is drawn from: the same one is asked for after most commits.
_when, _how_many = lru_cache(maxsize=16)(when), lru_cache(maxsize=16)(how_many)


@dataclass(frozen=True, slots=True)
class Outlook:
    """When everything is done, under one assumption about the scope."""

    nome: str
    """`fixed scope` or `growing scope`."""
    quando: When
    dias: Mapping[int, int | None]
    """Days by confidence in percent."""
    datas: Mapping[int, str]
    """The dates, empty where there is none."""
    no_prazo: float | None
    """The share of trials that is done by the deadline; None without one."""

    @property
    def converge(self) -> bool:
        """Whether there is an end to it."""
        return self.quando.converge


@dataclass(frozen=True, slots=True)
class Reach:
    """How many are done in a number of days, at least, by confidence in percent."""

    dias: int
    ate: str
    feitos: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast, or why there is none (`vazio`)."""

    escopo: str
    """A sprint's id; empty for everything that is open."""
    unidade: str
    """`items` or `tasks`."""
    restam: int
    hoje: str
    historia: History
    prazo: str = ""
    """The day that `no_prazo` is about: the one asked for, else the sprint's end; empty without."""
    fixo: Outlook | None = None
    crescente: Outlook | None = None
    quantos: tuple[Reach, ...] = field(default=())
    vazio: str = ""
    gerado: bool = False
    estimativas: Schedule | None = None
    """Of an open sprint: its end by what its tasks are estimated to take."""


def forecast(facts: Facts, sprint_id: str | None, query: Query, *, ate: str = "") -> Forecast:
    """The forecast of a sprint, or of everything open; `ate` is the day that a promise is about.

    Raises WrongInput for a sprint that is not there, and for an `ate` that is no day or is past.
    """
    today = today_of(query)
    deadline = _day(ate, today) if ate else ""
    if sprint_id:
        sprint = sprint_of(facts, sprint_id)
        left, records, unit = len(open_tasks(facts, sprint.sprint_id)), task_records(facts), "tasks"
        deadline = deadline or (sprint.fim if sprint.fim >= today.isoformat() else "")
    else:
        left, records, unit = remaining(facts), item_records(facts), "items"
    made = _made(facts, sprint_id or "", unit, left, records, query, today, deadline)
    if not sprint_id or sprint.encerrada is not None:
        return made
    return replace(made, estimativas=schedule(facts, sprint, today))


def sprint_of(facts: Facts, sprint_id: str) -> Sprint:
    """The sprint, or WrongInput with the nearest name."""
    for sprint in facts.sprints:
        if sprint.sprint_id == sprint_id:
            return sprint
    names = [sprint.sprint_id for sprint in facts.sprints]
    raise WrongInput(f"there is no sprint {sprint_id}", path="sprint", remedy=did_you_mean(sprint_id, names))


def open_tasks(facts: Facts, sprint_id: str) -> list[Task]:
    """The tasks of a sprint that have not ended."""
    return [task for task in facts.tasks if task.sprint_id == sprint_id and not task.fim]


def remaining(facts: Facts) -> int:
    """Items that have not ended; children that nobody has pulled yet are nobody's work."""
    return sum(not item.retido for item in flow_of(facts).open)


def _day(text: str, today: date) -> str:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise WrongInput(f"{text!r} is no day", path="ate", remedy="like 2026-11-26") from None
    if found < today:
        raise WrongInput(f"{text} is past", path="ate", remedy=f"a day from {today} on")
    return found.isoformat()


def _made(
    facts: Facts,
    escopo: str,
    unit: str,
    left: int,
    records: Records,
    query: Query,
    today: date,
    deadline: str,
) -> Forecast:
    past = history(records, today, query.cortes.fuso)
    hoje = today.isoformat()
    if past.missing:
        return Forecast(escopo, unit, left, hoje, past, deadline, vazio=past.missing, gerado=facts.gerado)
    scope = f"{escopo or 'tudo'}:{left}"
    seed = seed_of(hoje, scope, past.janela, _series(past.feitos))
    growing = seed_of(hoje, scope, past.janela, f"{_series(past.chegadas)};{_series(past.feitos)}")
    horizons = {*HORIZONS, *([(date.fromisoformat(deadline) - today).days] if deadline else [])} - {0}
    return Forecast(
        escopo,
        unit,
        left,
        hoje,
        past,
        deadline,
        _outlook("fixed scope", _when(past.feitos, left, seed), today, deadline),
        _outlook("growing scope", _when(past.liquido, left, growing), today, deadline),
        tuple(_reach(past, escopo, days, today) for days in sorted(horizons)),
        gerado=facts.gerado,
    )


def _series(counts: tuple[int, ...]) -> str:
    return ",".join(map(str, counts))


def _outlook(nome: str, found: When, today: date, deadline: str) -> Outlook:
    days = {confidence: found.at(confidence) for confidence in CONFIDENCE}
    dates = {confidence: "" if d is None else _after(today, d) for confidence, d in days.items()}
    by = found.within((date.fromisoformat(deadline) - today).days) if deadline else None
    return Outlook(nome, found, days, dates, by)


def done_in(past: History, escopo: str, days: int, today: date) -> HowMany:
    """How many are done in so many days; the same wherever that is asked."""
    seed = seed_of(today.isoformat(), f"{escopo or 'tudo'}:{days}d", past.janela, _series(past.feitos))
    return _how_many(past.feitos, days, seed)


def _reach(past: History, escopo: str, days: int, today: date) -> Reach:
    found = done_in(past, escopo, days, today)
    return Reach(days, _after(today, days), {each: found.at(each) for each in CONFIDENCE})


def _after(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()
