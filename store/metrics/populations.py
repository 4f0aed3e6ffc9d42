"""Which executions are in a figure: the ended ones by when they ended, and what they are grouped by.

metrics.md, section 0, "Population": accuracy, lead and cycle time are of those that were concluded; cost,
tokens and success rates are of every one that ended. Running ones are in neither.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple, TypeVar

from store.metrics.cutting import until_now
from store.metrics.facts import Execution, Facts, Run
from store.metrics.keeping import Changed, kept, net
from store.metrics.measures import Rows
from store.metrics.model import Query
from store.metrics.sifting import counting, rows_in
from store.metrics.tables import Placed, Table, order

CONCLUDED, RUNNING = "concluido", "em_andamento"
DECIDED = (CONCLUDED, "falhou")
"""How executions end that say whether work succeeds; any other end says something else."""
ENDS: Mapping[str, str] = {"falhou": "failed", "rejeitado": "rejected", "cancelado": "cancelled"}
"""The other ends, in the words that a figure leaves them out with."""
NO_END = "without a time of its end"
SEVERAL = "several"

T = TypeVar("T")


def ended(facts: Facts, query: Query) -> Rows[Execution]:
    """Every execution that ended in the window, oldest first; those without a time of their end are left."""
    known = _known(facts)
    return rows_in(known.dated, until_now(query), [(NO_END, row) for row in known.undated])


def ended_before(facts: Facts, moment: float) -> Sequence[Execution]:
    """Every execution that ended before a moment."""
    known = _known(facts).dated
    return known.rows[: bisect_left(known.times, moment)]


def ended_last(facts: Facts) -> float | None:
    """When the newest one ended."""
    return next(iter(_known(facts).dated.times[-1:]), None)


class _Ended(NamedTuple):
    """Executions that ended, those with a time of their end and those without."""

    dated: Table[Execution]
    undated: list[Execution]


def _known(facts: Facts) -> _Ended:
    return kept(facts, "executions ended", _ended, ("execucoes",), _moved)


def _ended(facts: Facts) -> _Ended:
    dated = (each for run in facts.execucoes for each in _placed(run))
    return _Ended(Table(sorted(dated, key=order)), list(filter(_undated, facts.execucoes)))


def _moved(old: _Ended, changed: Sequence[Changed]) -> _Ended:
    """As of other executions."""
    changes = net(changed)
    gone = [each for _, before, _ in changes for each in _placed(before)]
    come = [each for _, _, after in changes for each in _placed(after)]
    undated = {run.id: run for run in old.undated}
    for _, before, after in changes:
        if before is not None:
            undated.pop(before.id, None)
        if after is not None and _undated(after):
            undated[after.id] = after
    return _Ended(old.dated.moved(gone, come), list(undated.values()))


def _placed(run: Execution | None) -> Iterable[Placed[Execution]]:
    if run is None or run.encerrada is None or is_running(run):
        return ()
    return ((run.encerrada, run.id, run),)


def _undated(run: Execution) -> bool:
    return run.encerrada is None and not is_running(run)


def is_running(run: Execution) -> bool:
    """Whether an execution is under way; one that says nothing of its status, and of no end, is."""
    return run.status == RUNNING or (not run.status and run.encerrada is None)


def concluded(rows: Rows[Execution]) -> Rows[Execution]:
    """Those that were concluded; the others are left out by how they ended."""
    return counting(rows, not_concluded)


def not_concluded(run: Execution) -> str:
    """How an execution ended, where that is why it has no accuracy; empty where it was concluded."""
    return "" if run.status == CONCLUDED else ENDS.get(run.status) or run.status or "without a status"


def kind(execution: Execution) -> str:
    """The type of work that an execution does."""
    return "corrigir_bug" if execution.bug is not None else "desenvolvimento"


def sole(names: Iterable[str], none: str) -> str:
    """The one name, or that there are several or none: an execution is in one group only."""
    found = set(filter(None, names))
    return SEVERAL if len(found) > 1 else found.pop() if found else none


_WORKER: Callable[[Run], str] = attrgetter("worker")
_VERTENTE: Callable[[Run], str] = attrgetter("vertente")


def _worker(run: Execution) -> str:
    return sole(map(_WORKER, run.workers), "no worker")


def _vertente(run: Execution) -> str:
    return sole(map(_VERTENTE, run.workers), "no vertente")


GROUPS: Mapping[str, Callable[[Execution], str]] = {
    "tipo": kind,
    "worker": _worker,
    "vertente": _vertente,
    "spec": lambda run: run.spec_ref or "no spec",
    "release": lambda run: run.release_ref or "no release",
}
"""What executions can be grouped by."""


def execution_id(execution: Execution) -> str:
    return execution.id


@lru_cache(maxsize=128)
def of_execution(
    key: Callable[[Execution], str] | None, execution_of: Callable[[T], Execution]
) -> Callable[[T], str] | None:
    """A key of executions, as a key of rows that each have one: the same every time, for the same two."""
    return None if key is None else lambda row: key(execution_of(row))
