"""What the analyser compares with the period before: times, costs, accuracy, shares."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any

from store.metrics.approvals import ANSWERED
from store.metrics.columns import Told
from store.metrics.cutting import HOUR, between, until_now
from store.metrics.done import fair_cycle
from store.metrics.facts import Amount, Decision, Execution, Facts, Item, Pair, Try
from store.metrics.keeping import at
from store.metrics.lead_share import TYPES, usable
from store.metrics.lives import CONCLUDED, RUNS_ENDED
from store.metrics.model import Query
from store.metrics.periods import Window
from store.metrics.populations import DECIDED
from store.metrics.qualidade import first_time
from store.metrics.sliding import Index, numbers, sums

MOST_KINDS, MOST_IDS = 12, 500
_BEFORE, _NOW = "before", "now"
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
    before, now = (
        sums(facts, RUNS_ENDED, "shares", _verdicts, span, which)
        for which, span in ((_BEFORE, window.before()), (_NOW, window))
    )
    for key, name, family, failed in _SHARES:
        yield WatchedShare(
            key,
            name,
            _count(before, key),
            _count(now, key),
            _newest(facts, window, failed),
            family,
            menos=False,
        )
    yield from _attempts(facts, window)


_SHARES: tuple[tuple[str, str, str, Callable[[Execution], bool]], ...] = (
    (
        "primeira",
        "Passed at the first attempt",
        "qualidade",
        lambda e: e.primeira is not None and not first_time(e),
    ),
    ("concluidas", "Concluded, of concluded and failed", "kpis", lambda e: e.status == "falhou"),
)
"""As their families' figures of the same names count them."""


def _verdicts(_moment: float, execution: Execution) -> Iterable[tuple[str, tuple[int]]]:
    if execution.status in DECIDED:
        yield "concluidas", (int(execution.status == "concluido"),)
    if execution.primeira is not None:
        yield "primeira", (int(first_time(execution)),)


def _count(found: Mapping[Hashable, tuple[int, ...]], key: Hashable) -> tuple[int, int]:
    """How many, of how many."""
    some, n = found.get(key, (0, 0))
    return some, n


def _newest(facts: Facts, window: Window, wanted: Callable[[Execution], bool]) -> tuple[str, ...]:
    """The ids of the executions that ended last, of those that are wanted."""
    known = RUNS_ENDED.of(facts)
    rows = reversed(known.rows[between(known.times, window)])
    return tuple(islice((each.id for each in rows if wanted(each)), MOST_IDS))


def _both(
    facts: Facts, index: Index, what: str, told: Told, window: Window
) -> tuple[Mapping[Hashable, Sequence[Any]], Mapping[Hashable, Sequence[Any]]]:
    """Numbers of the period before, and of this one."""
    return (
        numbers(facts, index, what, told, window.before(), _BEFORE),
        numbers(facts, index, what, told, window, _NOW),
    )


def _lead(execution: Execution) -> Amount:
    """Of a development until it ends; Speed's lead time is until its first deployment."""
    if execution.bug is not None or execution.encerrada is None or execution.spec_criada is None:
        return None
    hours = (execution.encerrada - execution.spec_criada) / HOUR
    return hours if hours >= 0 else None


def _over(pair: Pair) -> Amount:
    if pair.real is None or not pair.estimado or pair.estimado <= 0 or pair.real <= 0:
        return None
    return pair.real / pair.estimado


_OF_EXECUTIONS: tuple[tuple[str, str, str, str, Callable[[Execution], Amount]], ...] = (
    ("lead", "From a spec to its development's end", "h", "velocidade", _lead),
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
    before, now = _both(facts, RUNS_ENDED, "amounts", _amounts, window)
    for key, name, unit, family, measure in _OF_EXECUTIONS:
        ids = _newest(facts, window, partial(_has, measure))
        yield Watched(key, name, unit, before.get(key, ()), now.get(key, ()), ids, family)


def _has(measure: Callable[[Execution], Amount], execution: Execution) -> bool:
    return execution.status == "concluido" and measure(execution) is not None


def _amounts(_moment: float, execution: Execution) -> Iterable[tuple[str, float]]:
    if execution.status == "concluido":
        for key, _, _, _, measure in _OF_EXECUTIONS:
            if (value := measure(execution)) is not None:
                yield key, value


def _cycles(facts: Facts, window: Window) -> Iterator[Watched]:
    """Cycle times by type: the types of which most ended."""
    before, now = _both(facts, CONCLUDED, "cycles", _cycle, window)
    for tipo in _most({tipo: now.get(tipo, ()) for tipo in (*before, *now) if isinstance(tipo, str)}):
        ids = _last(now.get((tipo,), ()))
        yield Watched(
            f"ciclo_{tipo}",
            f"Cycle time of {tipo}",
            "h",
            before.get(tipo, ()),
            now.get(tipo, ()),
            ids,
            "fluxo",
        )


def _cycle(moment: float, item: Item) -> Iterable[tuple[Hashable, Any]]:
    """The hours at its type; when it ended and which it is at a tuple of that."""
    if (hours := fair_cycle(item)) is not None:
        yield item.tipo, hours
        yield (item.tipo,), (moment, item.id)


def _most(found: Mapping[str, Sequence[Any]]) -> list[str]:
    """The kinds of which there is most."""
    return sorted(found, key=lambda kind: (-len(found[kind]), kind))[:MOST_KINDS]


_amount: Callable[[tuple[float, str]], float] = itemgetter(0)


def _last(ordered: Sequence[tuple[float, str]]) -> tuple[str, ...]:
    """The ids of the highest, the highest first."""
    return tuple(document_id for _, document_id in reversed(ordered[-MOST_IDS:]))


def _of_kinds(
    both: tuple[Mapping[Any, Sequence[Any]], Mapping[Any, Sequence[Any]]],
) -> Iterator[tuple[str, list[float], list[float], tuple[str, ...]]]:
    """Each kind of which most is: its amounts before and now, and the ids of the highest, of (amount, id)."""
    before, now = both
    for kind in _most({kind: now.get(kind, ()) for kind in (*before, *now)}):
        was, found = (list(map(_amount, some.get(kind, ()))) for some in both)
        yield kind, was, found, _last(now.get(kind, ()))


def _queues(facts: Facts, window: Window) -> Iterator[Watched]:
    """Waits in the queue by actor, of what was started in the window; people's are approvals."""
    for actor, before, now, ids in _of_kinds(_both(facts, _STARTED, "queues", _queued, window)):
        yield Watched(f"fila_{actor}", f"Queue of {actor}", "s", before, now, ids, "kpis")


_STARTED = Index(
    "watched.started",
    "itens",
    at(lambda item: None if item.humano or item.devido is None else item.iniciado),
)


def _queued(_moment: float, item: Item) -> Iterable[tuple[str, tuple[float, str]]]:
    waited = (item.iniciado or 0.0) - (item.devido or 0.0)
    if waited >= 0:
        yield item.ator, (waited, item.id)


def _approvals(facts: Facts, window: Window) -> Iterator[Watched]:
    before, now = _both(facts, ANSWERED, "approvals", _approved, window)
    for tipo, name in TYPES.items():
        was, found = (list(map(_amount, some.get(tipo, ()))) for some in (before, now))
        yield Watched(f"aprovacao_{tipo}", name, "h", was, found, _last(now.get(tipo, ())), "fluxo")


def _approved(_moment: float, decision: Decision) -> Iterable[tuple[str, tuple[float, str]]]:
    if usable(decision):
        yield decision.tipo, ((decision.espera_s or 0.0) / HOUR, decision.id)


def _runs(facts: Facts, window: Window) -> Iterator[Watched]:
    """Minutes of a run by worker."""
    for worker, before, now, ids in _of_kinds(_both(facts, RUNS_ENDED, "runs", _ran, window)):
        yield Watched(f"worker_{worker}", f"Run of {worker}", "min", before, now, ids, "workers")


def _ran(_moment: float, execution: Execution) -> Iterable[tuple[str, tuple[float, str]]]:
    for run in execution.workers:
        if run.minutos is not None and run.minutos > 0:
            yield run.worker, (run.minutos, execution.id)


def _attempts(facts: Facts, window: Window) -> Iterator[WatchedShare]:
    """Attempts that failed or were lost, by actor."""
    before, now = (
        sums(facts, _TRIED, "attempts", _failed, span, which)
        for which, span in ((_BEFORE, window.before()), (_NOW, window))
    )
    failed = numbers(facts, _TRIED, "failed", _which_failed, window)
    tried = {actor: range(_count(now, actor)[1]) for actor in (*before, *now)}
    for actor in _most({str(actor): some for actor, some in tried.items()}):
        yield WatchedShare(
            f"tentativas_{actor}",
            f"Attempts of {actor} that failed",
            _count(before, actor),
            _count(now, actor),
            _last(failed.get(actor, ())),
            "workers",
            menos=True,
        )


def _tried(item: Item) -> Iterable[tuple[float, tuple[Try, Item]]]:
    for each in item.tentativas:
        if each.fim is not None and each.motivo:
            yield each.fim, (each, item)


_TRIED = Index("attempts by end", "itens", _tried)


def _failed(_moment: float, row: tuple[Try, Item]) -> Iterable[tuple[str, tuple[int]]]:
    yield row[1].ator, (int(row[0].motivo in _SHARE),)


def _which_failed(moment: float, row: tuple[Try, Item]) -> Iterable[tuple[str, tuple[float, str]]]:
    if row[0].motivo in _SHARE:
        yield row[1].ator, (moment, row[1].id)
