"""What the analyser compares with the period before: times, costs, accuracy, shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from store.metrics.approvals import TYPES, usable
from store.metrics.cutting import HOUR, between, newest, until_now
from store.metrics.facts import Amount, Decision, Execution, Facts, Pair
from store.metrics.flow import flow_of
from store.metrics.keeping import at, by_moment
from store.metrics.lives import living
from store.metrics.model import Query
from store.metrics.periods import Window

MOST_KINDS = 12
_SHARE = frozenset({"falhou", "perdido"})


@dataclass(frozen=True, slots=True)
class Watched:
    """One amount of two periods, by whose medians they are compared."""

    chave: str
    nome: str
    unidade: str
    antes: Sequence[float]
    agora: Sequence[float]
    itens: tuple[str, ...]
    familia: str
    """The family that tells more."""


@dataclass(frozen=True, slots=True)
class WatchedShare:
    """One share of two periods: how many, of how many."""

    chave: str
    nome: str
    antes: tuple[int, int]
    agora: tuple[int, int]
    itens: tuple[str, ...]
    familia: str
    menos: bool
    """Less is better."""


def amounts(facts: Facts, query: Query) -> Iterator[Watched]:
    """Everything that is compared by its median."""
    window = until_now(query)
    yield from _executions(facts, window)
    yield from _cycles(facts, window)
    yield from _queues(facts, window)
    yield from _approvals(facts, window)
    yield from _runs(facts, window)


def shares(facts: Facts, query: Query) -> Iterator[WatchedShare]:
    """Everything that is compared as a share."""
    window = until_now(query)
    before, now = _ended(facts, window.before()), _ended(facts, window)
    verdicts = [(e.primeira is True, e) for e in now if e.primeira is not None]
    yield WatchedShare(
        "primeira",
        "Tests pass the first time",
        _count([e.primeira for e in before]),
        _count([e.primeira for e in now]),
        tuple(e.id for passed, e in reversed(verdicts) if not passed)[:500],
        "qualidade",
        False,
    )
    yield WatchedShare(
        "concluidas",
        "Executions that end well",
        _count([e.status == "concluido" for e in before]),
        _count([e.status == "concluido" for e in now]),
        tuple(e.id for e in reversed(now) if e.status != "concluido")[:500],
        "kpis",
        False,
    )
    yield from _attempts(facts, window)


def _count(found: Sequence[bool | None]) -> tuple[int, int]:
    known = [each for each in found if each is not None]
    return sum(known), len(known)


def _ended(facts: Facts, window: Window) -> Sequence[Execution]:
    known = by_moment(facts, "watched.ended", "execucoes", at(attrgetter("encerrada")))
    return known.rows[between(known.times, window)]


def _lead(execution: Execution) -> Amount:
    if execution.encerrada is None or execution.spec_criada is None:
        return None
    hours = (execution.encerrada - execution.spec_criada) / HOUR
    return hours if hours >= 0 else None


def _over(pair: Pair) -> Amount:
    if pair.real is None or not pair.estimado or pair.estimado <= 0 or pair.real <= 0:
        return None
    return pair.real / pair.estimado


_OF_EXECUTIONS: tuple[tuple[str, str, str, str, Callable[[Execution], Amount]], ...] = (
    ("lead", "Lead time", "h", "velocidade", _lead),
    ("maquina", "Machine seconds over estimate", "×", "precisao", lambda e: _over(e.maquina_s.total)),
    ("pessoas", "People's hours over estimate", "×", "precisao", lambda e: _over(e.horas.total)),
    ("tokens", "Tokens of an execution", "", "recursos", lambda e: e.tokens.real),
    (
        "custo",
        "Cost of an execution",
        "R$",
        "custo",
        lambda e: None if e.custo.total is None else float(e.custo.total),
    ),
)


def _executions(facts: Facts, window: Window) -> Iterator[Watched]:
    before = [e for e in _ended(facts, window.before()) if e.status == "concluido"]
    now = [e for e in _ended(facts, window) if e.status == "concluido"]
    for key, name, unit, family, measure in _OF_EXECUTIONS:
        yield Watched(
            key,
            name,
            unit,
            _known(before, measure),
            _known(now, measure),
            tuple(e.id for e in reversed(now) if measure(e) is not None)[:500],
            family,
        )


def _known(some: Sequence[Execution], measure: Callable[[Execution], Amount]) -> list[float]:
    return [value for each in some if (value := measure(each)) is not None]


def _cycles(facts: Facts, window: Window) -> Iterator[Watched]:
    """Cycle times by type: the types of which most ended."""
    flow = flow_of(facts)
    kinds: dict[str, tuple[list[float], list[float], list[tuple[float, str]]]] = {}
    for which, span in enumerate((window.before(), window)):
        inside = between(flow.done_at, span)
        for item, hours in zip(flow.done[inside], flow.cycles[inside], strict=True):
            if hours is not None:
                row = kinds.setdefault(item.tipo, ([], [], []))
                (row[1] if which else row[0]).append(hours)
                if which:
                    row[2].append((item.concluido or 0.0, item.id))
    for tipo, (before, now, ids) in sorted(kinds.items(), key=lambda each: -len(each[1][1]))[:MOST_KINDS]:
        yield Watched(f"ciclo_{tipo}", f"Cycle time of {tipo}", "h", before, now, newest(ids), "fluxo")


def _queues(facts: Facts, window: Window) -> Iterator[Watched]:
    """Waits in the queue by actor, of what was started in the window; people's are approvals."""
    started = by_moment(facts, "watched.started", "itens", _STARTED)
    actors: dict[str, tuple[list[float], list[float], list[tuple[float, str]]]] = {}
    for which, span in enumerate((window.before(), window)):
        for item in started[1][between(started[0], span)]:
            waited = (item.iniciado or 0.0) - (item.devido or 0.0)
            if waited >= 0:
                row = actors.setdefault(item.ator, ([], [], []))
                (row[1] if which else row[0]).append(waited)
                if which:
                    row[2].append((waited, item.id))
    for actor, (before, now, ids) in sorted(actors.items(), key=lambda each: -len(each[1][1]))[:MOST_KINDS]:
        yield Watched(f"fila_{actor}", f"Queue of {actor}", "s", before, now, newest(ids), "kpis")


_STARTED = at(lambda item: None if item.humano or item.devido is None else item.iniciado)


def _approvals(facts: Facts, window: Window) -> Iterator[Watched]:
    answered = by_moment(facts, "watched.answered", "decisoes", _ANSWERED)
    was, found = (answered.rows[between(answered.times, each)] for each in (window.before(), window))
    for tipo, name in TYPES.items():
        before = [_hours(each) for each in was if each.tipo == tipo]
        now = [each for each in found if each.tipo == tipo]
        ids = newest([(_hours(each), each.id) for each in now])
        yield Watched(f"aprovacao_{tipo}", name, "h", before, [_hours(each) for each in now], ids, "fluxo")


_ANSWERED = at(lambda each: each.em if each.tipo in TYPES and usable(each) else None)


def _hours(decision: Decision) -> float:
    return (decision.espera_s or 0.0) / HOUR


def _runs(facts: Facts, window: Window) -> Iterator[Watched]:
    """Minutes of a run by worker."""
    workers: dict[str, tuple[list[float], list[float], list[tuple[float, str]]]] = {}
    for which, span in enumerate((window.before(), window)):
        for execution in _ended(facts, span):
            for run in execution.workers:
                if run.minutos is not None and run.minutos > 0:
                    row = workers.setdefault(run.worker, ([], [], []))
                    (row[1] if which else row[0]).append(run.minutos)
                    if which:
                        row[2].append((run.minutos, execution.id))
    for worker, (before, now, ids) in sorted(workers.items(), key=lambda each: -len(each[1][1]))[:MOST_KINDS]:
        yield Watched(f"worker_{worker}", f"Run of {worker}", "min", before, now, newest(ids), "workers")


def _attempts(facts: Facts, window: Window) -> Iterator[WatchedShare]:
    """Attempts that failed or were lost, by actor."""
    actors: dict[str, list[list[int]]] = {}
    failed: dict[str, list[tuple[float, str]]] = {}
    before = window.before()
    for item in living(facts, before.inicio):
        for each in item.tentativas:
            if each.fim is None or not each.motivo or not before.inicio <= each.fim < window.fim:
                continue
            row = actors.setdefault(item.ator, [[0, 0], [0, 0]])[each.fim >= window.inicio]
            row[1] += 1
            if each.motivo in _SHARE:
                row[0] += 1
                if each.fim >= window.inicio:
                    failed.setdefault(item.ator, []).append((each.fim, item.id))
    for actor, (was, now) in sorted(actors.items(), key=lambda each: -each[1][1][1])[:MOST_KINDS]:
        yield WatchedShare(
            f"tentativas_{actor}",
            f"Attempts of {actor} that failed",
            (was[0], was[1]),
            (now[0], now[1]),
            newest(failed.get(actor, [])),
            "workers",
            True,
        )
