"""When a sprint is done by what its tasks are estimated to take, and by how far such estimates held before.

Joel Spolsky's evidence-based scheduling (metrics.md, 3): in each of many rounds every estimate is divided by
a velocity, estimate over actual, that is drawn from the past of whoever is responsible. Hours are people's.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import nlargest
from typing import NamedTuple

from store.metrics.facts import Amount, Facts, Item, Pair, Sprint, Task
from store.metrics.keeping import kept
from store.metrics.montecarlo import CONFIDENCE, seed_of

ROUNDS = 1_000
PAST = 200
"""Finished tasks that are looked at, the newest."""
ENOUGH = 5
"""Velocities of one person or actor from which on only their own are drawn; of all, that there need be."""


class Open(NamedTuple):
    """An open task with an estimate."""

    responsavel: str
    horas: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """A sprint's end by its estimates, or why there is none (`vazio`)."""

    horas: float
    """What is left, as it was estimated."""
    tarefas: int
    """Open tasks with an estimate."""
    sem_estimativa: int
    """Open tasks without: they take no time in it."""
    passado: int
    """Finished tasks with an estimate and an actual among the newest `PAST`, of any sprint."""
    horas_por: Mapping[int, float] = field(default_factory=dict)
    """Hours that it takes at most, by confidence in percent."""
    datas: Mapping[int, str] = field(default_factory=dict)
    """The days on which it is done."""
    vazio: str = ""


def schedule(facts: Facts, sprint: Sprint, today: date) -> Schedule:
    """The schedule of an open sprint; the same on one day for the same tasks and the same past."""
    mine = [task for task in facts.tasks if task.sprint_id == sprint.sprint_id and not task.fim]
    amounts = kept(facts, "task amounts", _Amounts, ("itens", "execucoes", "precos"), matters=_of_a_task)
    known = [
        Open(task.responsavel, hours)
        for task in sorted(mine, key=lambda task: task.chave)
        if (hours := amounts.estimate(task)) is not None and hours > 0
    ]
    past = _velocities(facts, amounts)
    found = Schedule(
        sum(each.horas for each in known), len(known), len(mine) - len(known), sum(map(len, past.values()))
    )
    if missing := _missing(found, sprint):
        return Schedule(found.horas, found.tarefas, found.sem_estimativa, found.passado, vazio=missing)
    seed = seed_of(today.isoformat(), sprint.sprint_id, str(ROUNDS), f"{known}|{sorted(past.items())}")
    taken = rounds(known, past, seed)
    at_most = {p: _at(taken, p) for p in CONFIDENCE}
    return Schedule(
        found.horas,
        found.tarefas,
        found.sem_estimativa,
        found.passado,
        at_most,
        {p: _day(today, each, sprint.horas_dia or 1.0) for p, each in at_most.items()},
    )


def _missing(found: Schedule, sprint: Sprint) -> str:
    if not found.tarefas:
        return "no open task has an estimate."
    if not sprint.horas_dia:
        return "the sprint does not say how many hours are worked a day."
    if found.passado < ENOUGH:
        return (
            f"{ENOUGH} finished tasks with estimated and actual hours are needed, there are {found.passado}."
        )
    return ""


def rounds(
    tasks: Sequence[Open], velocities: Mapping[str, Sequence[float]], seed: int, n: int = ROUNDS
) -> list[float]:
    """Hours that all tasks take, a sum a round, sorted. There must be a velocity."""
    draw, everyone = (
        random.Random(seed).random,
        [each for who in sorted(velocities) for each in velocities[who]],
    )
    drawn_from = []
    for task in tasks:
        own = velocities.get(task.responsavel, ())
        drawn_from.append((task.horas, own if len(own) >= ENOUGH else everyone))
    return sorted(sum(hours / past[int(draw() * len(past))] for hours, past in drawn_from) for _ in range(n))


def _at(taken: Sequence[float], confidence: int) -> float:
    """Nearest rank, as in every simulation."""
    return taken[max(math.ceil(round(confidence / 100 * len(taken), 6)) - 1, 0)]


def _day(today: date, hours: float, a_day: float) -> str:
    try:
        return (today + timedelta(days=max(math.ceil(round(hours / a_day, 6)), 1) - 1)).isoformat()
    except OverflowError:
        return ""


def _velocities(facts: Facts, amounts: _Amounts) -> dict[str, list[float]]:
    """Estimate over actual of the newest finished tasks, by who was responsible, newest first."""
    done = (task for task in facts.tasks if task.fim == "concluida" and task.encerrada is not None)
    found: dict[str, list[float]] = defaultdict(list)
    for task in nlargest(PAST, done, key=lambda task: (task.encerrada or 0.0, task.chave)):
        real, estimated = amounts.pair(task)
        if real and estimated and real > 0 and estimated > 0:
            found[task.responsavel].append(estimated / real)
    return dict(found)


def _of_a_task(fact: object) -> bool:
    return not isinstance(fact, Item) or bool(fact.tarefa)


class _Amounts:
    """People's hours of tasks: a person's own, or of the items that it carries and their executions."""

    def __init__(self, facts: Facts) -> None:
        self._items = {item.id: item for item in facts.itens if item.tarefa}
        self._prices = {
            (each.spec_ref): each for each in sorted(facts.precos, key=lambda each: each.criada or 0.0)
        }
        self._real: dict[str, list[float]] = defaultdict(list)
        for run in facts.execucoes:
            carried, real = self._items.get(run.item_ref), run.horas.total.real
            if carried is not None and real is not None:
                self._real[carried.tarefa].append(real)

    def estimate(self, task: Task) -> Amount:
        """What it was estimated to take; None where nobody did."""
        item = self._items.get(task.item_ref) if task.item_ref else None
        if item is None:
            return task.horas.estimado
        if item.horas_estimadas is not None or item.auto_pull is not None:
            return item.horas_estimadas  # what was discovered is not what the spec's price is of
        price = self._prices.get(item.spec_ref)
        return price.horas_p50 if price is not None else None

    def pair(self, task: Task) -> Pair:
        """Actual and estimate."""
        if not task.item_ref:
            return task.horas
        real = self._real.get(task.chave)
        return Pair(sum(real) if real else None, self.estimate(task))
