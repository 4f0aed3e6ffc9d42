"""What work cost, by spec, by release and by worker: the same R$, divided three ways without a rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from math import inf
from typing import NamedTuple

from store.metrics.calls import calls_of
from store.metrics.facts import Call, Execution, Facts
from store.metrics.keeping import Changed, kept
from store.metrics.lineage import lineage
from store.metrics.measures import Rows, rows_of
from store.metrics.model import Query
from store.metrics.money import CENT_OF_A_CENT, total
from store.metrics.populations import ended_before

NOT_MEASURED = "without a cost"
NO_RELEASE, UNALLOCATED = "no release", "not allocated"
PARTS = ("pessoas", "llm", "infra", "apis")
LLM, INFRA = PARTS[1], PARTS[2]
_NOTHING = Decimal(0)


class Whole(NamedTuple):
    """What several executions cost together: those of a spec, or of a release."""

    nome: str
    custo: Decimal
    execucoes: tuple[Execution, ...]
    """Those of it that ended in the window, oldest first."""


class Share(NamedTuple):
    """One worker's part of what an execution cost."""

    execution: Execution
    worker: str
    vertente: str
    parte: str
    """`llm`, `infra`, `pessoas` or `apis`; empty for what the parts don't say."""
    valor: Decimal


def priced(rows: Rows[Execution]) -> Rows[Execution]:
    """Those whose cost is known."""
    return rows.counting(lambda run: NOT_MEASURED if run.custo.total is None else "")


def cost(run: Execution) -> Decimal:
    """In R$; 0 where it is not known."""
    return run.custo.total or Decimal(0)


def by_spec(facts: Facts, rows: Rows[Execution], query: Query) -> Rows[Whole]:
    """Each spec that had an execution end in the window, with all that it cost until the window's end."""
    known = kept(facts, "cost by spec", _of_specs, ("execucoes",))
    return _wholes(rows, ((run.spec_ref, run) for run in rows.rows), known, query)


def by_release(facts: Facts, rows: Rows[Execution], query: Query) -> Rows[Whole]:
    """Likewise each release, with its repairs; what came to no release is one row without a name."""
    known = kept(facts, "cost by release", _of_releases, ("execucoes", "releases", "implantacoes"))
    charged = list(map(lineage(facts).charged, rows.rows))
    found = _wholes(rows, zip(charged, rows.rows, strict=True), known, query)
    loose = total(cost(run) for name, run in zip(charged, rows.rows, strict=True) if not name)
    # No release is a heap, not one thing: what it cost before the window is not this window's.
    return Rows(
        found.times,
        [whole if whole.nome else whole._replace(custo=loose or Decimal(0)) for whole in found.rows],
        found.left,
    )


_Ended = dict[str, list[Execution]]
"""Every execution that ended, by what its cost is part of, oldest first."""


def _of_specs(facts: Facts) -> _Ended:
    return _named(facts, lambda run: run.spec_ref)


def _of_releases(facts: Facts) -> _Ended:
    return _named(facts, lineage(facts).charged)


def _named(facts: Facts, name: Callable[[Execution], str]) -> _Ended:
    found: _Ended = {}
    for run in ended_before(facts, inf):
        found.setdefault(name(run), []).append(run)
    return found


def _sum(runs: Sequence[Execution], until: float) -> Decimal:
    """What those cost that ended before a moment."""
    return sum([cost(run) for run in runs if (run.encerrada or 0.0) < until], _NOTHING)


def _wholes(
    rows: Rows[Execution], named: Iterable[tuple[str, Execution]], known: _Ended, query: Query
) -> Rows[Whole]:
    """A row a name, at the moment of its last execution."""
    until = min(query.janela.fim, query.agora)
    mine: dict[str, list[Execution]] = {}
    for name, run in named:
        mine.setdefault(name, []).append(run)
    left = [(reason, Whole("", Decimal(0), (run,))) for reason, run in rows.left]
    return rows_of(
        (
            (runs[-1].encerrada or 0.0, Whole(name, _sum(known[name], until), tuple(runs)))
            for name, runs in mine.items()
        ),
        left,
    )


def by_worker(facts: Facts, rows: Rows[Execution]) -> Rows[Share]:
    """Each execution's cost in shares that add up to it: calls by worker, infra by minutes of its runs."""
    calls = calls_of(facts)
    known = kept(facts, "cost shares", _nothing_yet, ("execucoes", "chamadas"), _without)
    found = []
    for moment, run in zip(rows.times, rows.rows, strict=True):
        if (mine := known.get(run.id)) is None:
            mine = known[run.id] = shares(run, calls.get(run.id, ()))
        found += [(moment, share) for share in mine]
    left = [(reason, Share(run, UNALLOCATED, UNALLOCATED, "", Decimal(0))) for reason, run in rows.left]
    return Rows([moment for moment, _ in found], [share for _, share in found], left)


_Shares = dict[str, list[Share]]
"""By execution, found when they are first wanted."""


def _nothing_yet(_facts: Facts) -> _Shares:
    return {}


def _without(old: _Shares, changed: Sequence[Changed]) -> _Shares:
    """Without those of executions that changed, or whose calls did."""
    found = dict(old)
    for _, *both in changed:
        for fact in both:
            if fact is not None:
                found.pop(fact.execucao_ref if isinstance(fact, Call) else fact.id, None)
    return found


def shares(run: Execution, calls: Sequence[Call]) -> list[Share]:
    """One execution's cost; what no worker can be charged for is a share of nobody: nothing is missing."""
    known = {each.worker: each.vertente for each in run.workers if each.worker}
    found = [*_of_calls(run, calls, known), *_of_infra(run)]
    sums = {LLM: _NOTHING, INFRA: _NOTHING}
    for each in found:
        sums[each.parte] += each.valor
    left = cost(run)
    for part, amount in zip(PARTS, run.custo[:-1], strict=True):
        paid, allocated = amount or _NOTHING, sums.get(part, _NOTHING)
        left -= paid
        if paid != allocated:
            found.append(Share(run, UNALLOCATED, UNALLOCATED, part, paid - allocated))
    if left:
        found.append(Share(run, UNALLOCATED, UNALLOCATED, "", left))
    return found


def _of_calls(run: Execution, calls: Sequence[Call], known: dict[str, str]) -> list[Share]:
    sums: dict[str, Decimal] = {}
    for call in calls:
        if call.worker and call.custo is not None:
            sums[call.worker] = sums.get(call.worker, Decimal(0)) + call.custo
    return [
        Share(run, worker, known.get(worker) or UNALLOCATED, LLM, amount) for worker, amount in sums.items()
    ]


def _of_infra(run: Execution) -> list[Share]:
    """By active minutes; the last one takes what rounding leaves."""
    infra = run.custo.infra
    active = [each for each in run.workers if each.worker and _active(each.minutos)]
    if not infra or not active:
        return []
    minutes = sum(each.minutos or 0.0 for each in active)
    shares_of = [Decimal((each.minutos or 0.0) / minutes) for each in active[:-1]]
    parts = [(infra * part).quantize(CENT_OF_A_CENT) for part in shares_of]
    parts.append(infra - sum(parts, _NOTHING))
    return [
        Share(run, each.worker, each.vertente or UNALLOCATED, INFRA, part)
        for each, part in zip(active, parts, strict=True)
    ]


def _active(minutes: float | None) -> bool:
    return minutes is not None and 0 < minutes < inf
