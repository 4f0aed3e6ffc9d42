"""What work cost, by spec and by release: the same R$, divided two ways without a rest."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import inf
from typing import NamedTuple

from store.metrics.cutting import until_now
from store.metrics.facts import Execution, Facts
from store.metrics.keeping import Changed, kept, net
from store.metrics.lineage import Lineage, lineage
from store.metrics.measures import Rows, rows_of
from store.metrics.model import Query
from store.metrics.populations import ended_before, ended_last, is_running
from store.metrics.sifting import Made, counting
from store.metrics.wholes import Named, Whole, Wholes, cost_of, gather, regather, wholes_in

NOT_MEASURED = "without a cost"
NO_RELEASE = "no release"
_NOTHING = Decimal(0)


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
            [(run.spec_ref, run) for each in changes for run in that_cost(each.antes)],
            [(run.spec_ref, run) for each in changes for run in that_cost(each.depois)],
        )

    def build(some: Facts) -> Wholes:
        return gather(map(_of_spec, costly(some)), heap=False)

    known = kept(facts, "cost by spec", build, ("execucoes",), update)
    if _is_all(facts, query):
        return wholes_in(known, until_now(query), _left(rows))
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
    heap = known.wholes.runs.get("", ())
    loose = heap[bisect_left(heap, window.inicio, key=_end) : bisect_left(heap, window.fim, key=_end)]
    if _is_all(facts, query):
        return wholes_in(known.wholes, window, _left(rows)), loose
    named = ((name, run) for run in rows.rows if (name := known.names[run.id]))
    return _wholes(rows, named, known.wholes, query), loose


_RELEASED = ("execucoes", "releases", "implantacoes")


def costly(facts: Facts) -> list[Execution]:
    """All executions that ended and have a cost, oldest first."""
    return [run for run in ended_before(facts, inf) if run.custo.total is not None]


def _end(run: Execution) -> float:
    return run.encerrada or 0.0


def that_cost(run: Execution | None) -> Sequence[Execution]:
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
    return [(charged(run), run) for run in costly(facts)]


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
    gone = [(names.pop(run.id), runs.pop(run.id)) for each in changes for run in that_cost(each.antes)]
    come = [(line.charged(run), run) for each in changes for run in that_cost(each.depois)]
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
    last = ended_last(facts)
    return last is None or last < until_now(query).fim


def _left(rows: Rows[Execution]) -> Sequence[tuple[str, Whole]]:
    return Made(rows.left, _lost_whole)


def _lost_whole(each: tuple[str, Execution]) -> tuple[str, Whole]:
    return each[0], Whole("", _NOTHING, (each[1],))


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
