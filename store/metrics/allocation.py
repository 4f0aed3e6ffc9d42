"""What work cost, by worker: each execution's R$ in shares that add up to it, what is nobody's too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import inf
from typing import Any, NamedTuple

from store.metrics.costs import costly, that_cost
from store.metrics.cutting import until_now
from store.metrics.facts import Call, Execution, Facts
from store.metrics.keeping import Changed, kept, net
from store.metrics.measures import Rows
from store.metrics.model import Query
from store.metrics.money import CENT_OF_A_CENT
from store.metrics.sifting import Made, rows_in, sifted
from store.metrics.tables import Placed, Table
from store.metrics.wholes import cost

UNALLOCATED = "not allocated"
PARTS = ("pessoas", "llm", "infra", "apis")
LLM, INFRA = PARTS[1], PARTS[2]
_NOTHING = Decimal(0)


class Share(NamedTuple):
    """One worker's part of what an execution cost."""

    execution: Execution
    worker: str
    vertente: str
    parte: str
    """`llm`, `infra`, `pessoas` or `apis`; empty for what the parts don't say."""
    valor: Decimal


def by_worker(facts: Facts, rows: Rows[Execution], query: Query) -> Rows[Share]:
    """Each execution's cost in shares that add up to it: calls by worker, infra by minutes of its runs."""
    known = kept(facts, "costs to share", _shared, ("execucoes", "chamadas"), _shared_anew)
    found = sifted(rows_in(known.dated, until_now(query)), by_worker, _shares, _share_of_none)
    return Rows(found.times, found.rows, Made(rows.left, _lost_share))


class _Costly(NamedTuple):
    """An execution that has a cost, and its calls in the order of their ids."""

    run: Execution
    calls: tuple[Call, ...]


def _shares(each: _Costly) -> Iterable[tuple[str, Share]]:
    return (("", share) for share in shares(each.run, each.calls))


def _share_of_none(each: _Costly) -> Share:
    return _unshared(each.run)


def _lost_share(each: tuple[str, Execution]) -> tuple[str, Share]:
    return each[0], _unshared(each[1])


def _unshared(run: Execution) -> Share:
    return Share(run, UNALLOCATED, UNALLOCATED, "", _NOTHING)


class _Shared(NamedTuple):
    """What is shared among workers, and what it is made of."""

    runs: dict[str, Execution]
    calls: dict[str, tuple[Call, ...]]
    dated: Table[_Costly]


def _shared(facts: Facts) -> _Shared:
    runs = {run.id: run for run in costly(facts)}
    calls: dict[str, list[Call]] = {}
    for call in facts.chamadas:
        calls.setdefault(call.execucao_ref, []).append(call)
    known = {
        name: tuple(sorted(some, key=_call_id) if len(some) > 1 else some) for name, some in calls.items()
    }
    return _Shared(runs, known, Table([_placed(run, known.get(run.id, ())) for run in runs.values()]))


def _shared_anew(old: _Shared, changed: Sequence[Changed]) -> _Shared:
    """As of other executions and other calls."""
    runs, calls, touched = dict(old.runs), dict(old.calls), set()
    for campo, before, after in net(changed):
        if campo == "chamadas":
            touched |= _recalled(calls, before, after)
        else:
            found = (before if after is None else after).id
            touched.add(found)
            runs.pop(found, None)
            runs.update((run.id, run) for run in that_cost(after))
    return _Shared(
        runs,
        calls,
        old.dated.moved(
            *([each for name in touched for each in _of(some, name)] for some in (old, (runs, calls)))
        ),
    )


def _recalled(calls: dict[str, tuple[Call, ...]], before: Call | None, after: Call | None) -> set[str]:
    """Put another call in the place of one; gives the executions that have other calls now."""
    if before is not None:
        mine = calls.get(before.execucao_ref, ())
        calls[before.execucao_ref] = tuple(each for each in mine if each.id != before.id)
    if after is not None:
        calls[after.execucao_ref] = tuple(sorted((*calls.get(after.execucao_ref, ()), after), key=_call_id))
    return {each.execucao_ref for each in (before, after) if each is not None}


def _of(known: Sequence[Any], name: str) -> list[Placed[_Costly]]:
    runs, calls = known[0], known[1]
    return [_placed(runs[name], calls.get(name, ()))] if name in runs else []


def _placed(run: Execution, calls: tuple[Call, ...]) -> Placed[_Costly]:
    return run.encerrada or 0.0, run.id, _Costly(run, calls)


def _call_id(call: Call) -> str:
    return call.id


def shares(run: Execution, calls: Sequence[Call]) -> list[Share]:
    """One execution's cost; what no worker can be charged for is a share of nobody: nothing is missing."""
    found = [*_of_calls(run, calls), *_of_infra(run)]
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


def _of_calls(run: Execution, calls: Sequence[Call]) -> list[Share]:
    if not calls:
        return []
    known = {each.worker: each.vertente for each in run.workers if each.worker}
    sums: dict[str, Decimal] = {}
    for call in calls:
        if call.worker and call.custo is not None:
            sums[call.worker] = sums.get(call.worker, _NOTHING) + call.custo
    return [
        Share(run, worker, known.get(worker) or UNALLOCATED, LLM, amount) for worker, amount in sums.items()
    ]


def _of_infra(run: Execution) -> list[Share]:
    """By active minutes; the last one takes what rounding leaves."""
    infra = run.custo.infra
    if not infra:
        return []
    active = [each for each in run.workers if each.worker and _active(each.minutos)]
    if not active:
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
