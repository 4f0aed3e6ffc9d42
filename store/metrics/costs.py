"""What work cost, by spec, by release and by worker: the same R$, divided three ways without a rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import inf
from typing import Any, NamedTuple

from store.metrics.cutting import until_now
from store.metrics.facts import Call, Execution, Facts
from store.metrics.keeping import Changed, kept, net
from store.metrics.lineage import Lineage, lineage
from store.metrics.measures import Rows, rows_of
from store.metrics.model import Query
from store.metrics.money import CENT_OF_A_CENT
from store.metrics.populations import ended_before, is_running
from store.metrics.sifting import counting, rows_in
from store.metrics.tables import Placed, Table
from store.metrics.wholes import Named, Whole, Wholes, cost, cost_of, gather, regather

NOT_MEASURED = "without a cost"
NO_RELEASE, UNALLOCATED = "no release", "not allocated"
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


def priced(rows: Rows[Execution]) -> Rows[Execution]:
    """Those whose cost is known."""
    return counting(rows, _unpriced)


def _unpriced(run: Execution) -> str:
    return NOT_MEASURED if run.custo.total is None else ""


def by_spec(facts: Facts, rows: Rows[Execution], query: Query) -> Rows[Whole]:
    """Each spec that had an execution end in the window, with all that it cost until the window's end."""

    def update(old: Wholes, changed: Sequence[Changed]) -> Wholes:
        changes = net(changed)
        return regather(
            old,
            [(run.spec_ref, run) for each in changes for run in _that_cost(each.antes)],
            [(run.spec_ref, run) for each in changes for run in _that_cost(each.depois)],
        )

    def build(some: Facts) -> Wholes:
        return gather(map(_of_spec, _costly(some)), heap=False)

    known = kept(facts, "cost by spec", build, ("execucoes",), update)
    if _is_all(facts, query):
        return rows_in(known.dated, until_now(query), _left(rows))
    return _wholes(rows, map(_of_spec, rows.rows), known, query)


def by_release(
    facts: Facts, rows: Rows[Execution], query: Query
) -> tuple[Rows[Whole], tuple[Execution, ...]]:
    """Likewise each release, with its repairs; and the executions of the window that came to none.

    No release is a heap, not one thing: what it cost before the window is not this window's.
    """
    known = kept(
        facts, "cost by release", _charged, _RELEASED, lambda old, changed: _recharged(old, changed, facts)
    )
    window = until_now(query)
    loose = tuple(run for run in known.wholes.runs.get("", ()) if run.encerrada in window)
    if _is_all(facts, query):
        return rows_in(known.wholes.dated, window, _left(rows)), loose
    named = ((name, run) for run in rows.rows if (name := known.names[run.id]))
    return _wholes(rows, named, known.wholes, query), loose


_RELEASED = ("execucoes", "releases", "implantacoes")


def _costly(facts: Facts) -> list[Execution]:
    """All executions that ended and have a cost, oldest first."""
    return [run for run in ended_before(facts, inf) if run.custo.total is not None]


def _that_cost(run: Execution | None) -> Sequence[Execution]:
    """An execution, where it ended and has a cost."""
    over = run is not None and run.encerrada is not None and not is_running(run)
    return (run,) if run is not None and over and run.custo.total is not None else ()


def _of_spec(run: Execution) -> Named:
    return run.spec_ref, run


class _Charged(NamedTuple):
    """Releases' costs, and what each execution is charged to."""

    names: dict[str, str]
    runs: dict[str, Execution]
    wholes: Wholes
    line: Lineage
    """That they are charged by."""


def _charges(facts: Facts) -> list[Named]:
    charged = lineage(facts).charged
    return [(charged(run), run) for run in _costly(facts)]


def _charged(facts: Facts) -> _Charged:
    named = _charges(facts)
    return _Charged(
        {run.id: name for name, run in named},
        {run.id: run for _, run in named},
        gather(named, heap=True),
        lineage(facts),
    )


def _recharged(old: _Charged, changed: Sequence[Changed], facts: Facts) -> _Charged:
    """As of other executions; where releases or deployments changed, those of any can be another's."""
    line = lineage(facts)
    if line is not old.line:
        return _charged_anew(old, _charges(facts), line)
    names, runs = dict(old.names), dict(old.runs)
    changes = net([each for each in changed if each.campo == "execucoes"])
    gone = [(names.pop(run.id), runs.pop(run.id)) for each in changes for run in _that_cost(each.antes)]
    come = [(line.charged(run), run) for each in changes for run in _that_cost(each.depois)]
    names |= {run.id: name for name, run in come}
    runs |= {run.id: run for _, run in come}
    return _Charged(names, runs, regather(old.wholes, gone, come), line)


def _charged_anew(old: _Charged, named: Sequence[Named], line: Lineage) -> _Charged:
    """As of other charges."""
    names, runs = {run.id: name for name, run in named}, {run.id: run for _, run in named}
    gone = [
        (old.names[each], run)
        for each, run in old.runs.items()
        if runs.get(each) is not run or names[each] != old.names[each]
    ]
    come = [
        (name, run) for name, run in named if old.runs.get(run.id) is not run or old.names[run.id] != name
    ]
    return _Charged(names, runs, regather(old.wholes, gone, come), line)


def _is_all(facts: Facts, query: Query) -> bool:
    """Whether nothing ended after the window."""
    return len(ended_before(facts, until_now(query).fim)) == len(ended_before(facts, inf))


def _left(rows: Rows[Execution]) -> list[tuple[str, Whole]]:
    return [(reason, Whole("", Decimal(0), (run,))) for reason, run in rows.left]


def _sum(runs: Sequence[Execution], until: float) -> Decimal:
    """What those cost that ended before a moment."""
    return cost_of(run for run in runs if (run.encerrada or 0.0) < until)


def _wholes(rows: Rows[Execution], named: Iterable[Named], known: Wholes, query: Query) -> Rows[Whole]:
    """A row a name, at the moment of its last execution."""
    until = until_now(query).fim
    mine: dict[str, list[Execution]] = {}
    for name, run in named:
        mine.setdefault(name, []).append(run)
    return rows_of(
        (
            (runs[-1].encerrada or 0.0, Whole(name, _sum(known.runs[name], until), tuple(runs)))
            for name, runs in mine.items()
        ),
        _left(rows),
    )


def by_worker(facts: Facts, rows: Rows[Execution], query: Query) -> Rows[Share]:
    """Each execution's cost in shares that add up to it: calls by worker, infra by minutes of its runs."""
    known = kept(facts, "cost shares", _shared, ("execucoes", "chamadas"), _shared_anew)
    left = [(reason, Share(run, UNALLOCATED, UNALLOCATED, "", Decimal(0))) for reason, run in rows.left]
    return rows_in(known.dated, until_now(query), left)


class _Shared(NamedTuple):
    """The shares of all executions, and what they are made of."""

    runs: dict[str, Execution]
    calls: dict[str, tuple[Call, ...]]
    dated: Table[Share]


def _shared(facts: Facts) -> _Shared:
    runs = {run.id: run for run in _costly(facts)}
    calls: dict[str, list[Call]] = {}
    for call in facts.chamadas:
        calls.setdefault(call.execucao_ref, []).append(call)
    known = {name: tuple(sorted(some, key=_call_id)) for name, some in calls.items()}
    return _Shared(
        runs, known, Table([each for run in runs.values() for each in _placed(run, known.get(run.id, ()))])
    )


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
            runs.update((run.id, run) for run in _that_cost(after))
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


def _of(known: Sequence[Any], name: str) -> list[Placed[Share]]:
    runs, calls = known[0], known[1]
    return _placed(runs[name], calls.get(name, ())) if name in runs else []


def _placed(run: Execution, calls: Sequence[Call]) -> list[Placed[Share]]:
    return [(run.encerrada or 0.0, run.id, share) for share in shares(run, calls)]


def _call_id(call: Call) -> str:
    return call.id


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
