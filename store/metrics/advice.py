"""Recommendations: each names its evidence, and the key or the command that acts on it.

None is a score. Each has a condition over counted evidence, written beside it; nothing is said where it is
not met. What has the most hours, money or items at stake comes first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from store.metrics.bottlenecks import Place, Wait, waiting
from store.metrics.calibracao import SERIES, fit_of
from store.metrics.changes import Change
from store.metrics.cutting import HOUR, until_now
from store.metrics.facts import Facts
from store.metrics.flow import ages, flow_of, reference, usual_cycles
from store.metrics.history import history, item_records, today_of
from store.metrics.keeping import at
from store.metrics.model import Query
from store.metrics.presence import lived
from store.metrics.resultado import spending_of, summed
from store.metrics.sliding import Index
from store.metrics.uptime import uptime
from store.metrics.waiting import WORDS
from store.metrics.wording import hours as hours_told
from store.metrics.wording import reais, share, told

LARGE = 0.20
"""A state that has a fifth of all waiting is worth a word."""
FEW = 5
"""Items below which nothing is recommended."""
RUNS = 0.5
"""A line that runs for a smaller share of the time is what its queues wait for."""
OFF = math.log(1.5)
_ACTS: Mapping[str, str] = {
    "decisao": "press 5 to answer them (a opens the oldest), or let rules answer: oficina policy try",
    "bloqueado": "press 4 and E for the root causes, or oficina items --status Bloqueado",
    "fila": "raise its `concorrencia` in actors.yaml; press 7 to see it at work",
    "retomada": "press 9 for what failed, or 7 for its breaker; contracts.yaml says how often it is retried",
    "retido": "press 2, then p to pull them, or decide the pulls: press 5",
}


class Advice(NamedTuple):
    """One recommendation."""

    peso: float
    """Orders them: hours at stake, or their like."""
    texto: str
    itens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What recommendations are made of."""

    facts: Facts
    query: Query
    waits: Mapping[Place, Wait]
    states: Mapping[str, Wait]
    """The waiting by state, the longest first."""
    changes: Sequence[tuple[str, str, str, Change, str]]
    """Key, name, unit, what changed, and the family that tells more."""


def recommendations(evidence: Evidence) -> tuple[Advice, ...]:
    """All whose condition is met, the most at stake first."""
    found = [each for rule in _RULES for each in rule(evidence)]
    return tuple(sorted(found, key=lambda each: -each.peso))


def _states(evidence: Evidence) -> Iterator[Advice]:
    """A state with a fifth of all waiting, of at least 5 items; its worst actor and type are named."""
    places = waiting(evidence.waits)
    whole = sum(wait.segundos for wait in places.values())
    for state, wait in evidence.states.items():
        if not whole or wait.segundos < LARGE * whole or wait.n < FEW:
            continue
        worst = next(place for place in places if place.estado == state)
        hours = wait.segundos / HOUR
        most = places[worst].segundos / wait.segundos
        act = (_let_it_run(evidence) if state == "fila" else "") or _ACTS[state]
        yield Advice(
            hours,
            f"{share(wait.segundos / whole)} of all waiting is {WORDS[state]}: {hours_told(hours)} in"
            f" {wait.n} items, {share(most)} of it {worst.tipo} of {worst.ator or 'no actor'}."
            f" {act[0].upper()}{act[1:]}.",
            wait.ids,
        )


def _let_it_run(evidence: Evidence) -> str:
    """What waits in a queue while no line runs does not wait for more hands."""
    window = lived(evidence.facts, evidence.query)
    ran = uptime(evidence.facts, evidence.query.agora)
    if window is None or not ran.ran:
        return ""
    part = ran.good(window) / window.seconds
    return (
        f"the line ran {share(part)} of that time: let it run (oficina run), then look again"
        if part < RUNS
        else ""
    )


def _ageing(evidence: Evidence) -> Iterator[Advice]:
    """Anything under way that is older than the p85 of its type."""
    flow = flow_of(evidence.facts)
    usual = usual_cycles(evidence.facts, evidence.query.agora)
    slow = []
    for item, age in ages(flow.open, evidence.query.agora):
        limit = reference(usual, item.tipo)[1]
        if limit is not None and age > limit:
            slow.append((age, item))
    if slow:
        age, oldest = slow[0]
        count = f"{len(slow)} items under way are" if len(slow) > 1 else "One item under way is"
        yield Advice(
            sum(age for age, _ in slow),
            f"{count} older than 85 % of their type get: {oldest.id} ({oldest.tipo}) is {hours_told(age)}"
            f" old. Press : and {oldest.id}, or oficina items {oldest.id}.",
            tuple(item.id for _, item in slow[:500]),
        )


def _failed(evidence: Evidence) -> Iterator[Advice]:
    """Dead letters."""
    failed = _FAILED.of(evidence.facts).rows
    if failed:
        yield Advice(
            float(len(failed)),
            f"{len(failed)} {'item has' if len(failed) == 1 else 'items have'} failed for good."
            " Press 9 to retry, skip or go back, or oficina items --status Falhou.",
            tuple(item.id for item in reversed(failed[-500:])),
        )


_FAILED = Index(
    "dead letters", "itens", at(lambda item: (item.encerrado or 0.0) if item.status == "Falhou" else None)
)


def _slower(evidence: Evidence) -> Iterator[Advice]:
    """Each regression, by the rule of `changes`."""
    for _, name, unit, change, family in evidence.changes:
        if change.veredito == "worse" and change.antes is not None and change.agora is not None:
            now, was = amount_told(change.agora, unit), amount_told(change.antes, unit)
            yield Advice(
                float(change.n_agora),
                f"{name} got worse: {now}, was {was} in the period before (n={change.n_agora} and"
                f" {change.n_antes}). Press 6 for it, or oficina metrics {family}.",
            )


def amount_told(value: float, unit: str) -> str:
    """A value with its unit, within a sentence."""
    if unit == "%":
        return share(value)
    if unit == "R$":
        return reais(value)
    if unit == "h":
        return hours_told(value)
    return f"{told(value, 2)} {unit}".rstrip()


def _growing(evidence: Evidence) -> Iterator[Advice]:
    """More came than was done on the days that forecasts draw from."""
    query = evidence.query
    past = history(item_records(evidence.facts), today_of(query), query.cortes.fuso)
    came, done = sum(past.chegadas), sum(past.feitos)
    if not past.missing and came > done * 1.1 and came - done >= FEW:
        yield Advice(
            float(came - done),
            f"More comes than is done: {came} items in the last {len(past.dias)} days, {done} were done."
            " No forecast with that growth ends. Limit WIP and pulls: press 2, then i; or oficina forecast.",
        )


def _wasted(evidence: Evidence) -> Iterator[Advice]:
    """A fifth of the money of at least 5 executions."""
    spending = spending_of(evidence.facts)
    whole = summed(spending, until_now(evidence.query))
    wasted = whole.desperdicio
    if wasted is not None and wasted >= LARGE and whole.execucoes >= FEW:
        yield Advice(
            float(whole.perdido),
            f"{share(wasted)} of what was spent came to nothing: {reais(whole.perdido)} of"
            f" {reais(whole.total)} in {whole.execucoes} executions. Press 9 for what failed,"
            " or oficina metrics resultado.",
        )


def _estimates(evidence: Evidence) -> Iterator[Advice]:
    """Raw estimates that are off by half, and that no factor mends."""
    for serie, name in SERIES.items():
        learnt = fit_of(evidence.facts, serie, evidence.query.agora)
        if learnt.erros is not None and learnt.erros[0] > OFF and not learnt.aplicada:
            yield Advice(
                float(learnt.n),
                f"{name} are estimated wrong by × {told(math.exp(learnt.erros[0]), 2)}, and no factor mends"
                f" it (n={learnt.n}). Change the constants in pricing.yaml; oficina metrics calibracao.",
            )


_RULES: tuple[Callable[[Evidence], Iterator[Advice]], ...] = (
    _states,
    _ageing,
    _failed,
    _slower,
    _growing,
    _wasted,
    _estimates,
)
