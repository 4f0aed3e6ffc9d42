"""Which executions are in a figure: the ended ones by when they ended, and what they are grouped by.

metrics.md, section 0, "Population": accuracy, lead and cycle time are of those that were concluded; cost,
tokens and success rates are of every one that ended. Running ones are in neither.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from store.metrics.cutting import between, until_now
from store.metrics.facts import Execution, Facts
from store.metrics.keeping import kept
from store.metrics.measures import Rows
from store.metrics.model import Query

CONCLUDED, RUNNING = "concluido", "em_andamento"
ENDS: Mapping[str, str] = {"falhou": "failed", "rejeitado": "rejected", "cancelado": "cancelled"}
"""The other ends, in the words that a figure leaves them out with."""
NO_END = "without a time of its end"
SEVERAL = "several"

T = TypeVar("T")


def ended(facts: Facts, query: Query) -> Rows[Execution]:
    """Every execution that ended in the window, oldest first; those without a time of their end are left."""
    times, rows, undated = kept(facts, "executions ended", _ended, ("execucoes",))
    found = between(times, until_now(query))
    return Rows(times[found], rows[found], [(NO_END, row) for row in undated])


def ended_before(facts: Facts, moment: float) -> Sequence[Execution]:
    """Every execution that ended before a moment."""
    times, rows, _ = kept(facts, "executions ended", _ended, ("execucoes",))
    return rows[: bisect_left(times, moment)]


def _ended(facts: Facts) -> tuple[list[float], list[Execution], list[Execution]]:
    over = [each for each in facts.execucoes if not is_running(each)]
    dated = sorted(
        ((each.encerrada, each.id, each) for each in over if each.encerrada is not None),
        key=lambda found: found[:2],
    )
    undated = [each for each in over if each.encerrada is None]
    return [found[0] for found in dated], [found[2] for found in dated], undated


def is_running(run: Execution) -> bool:
    """Whether an execution is under way; one that says nothing of its status, and of no end, is."""
    return run.status == RUNNING or (not run.status and run.encerrada is None)


def concluded(rows: Rows[Execution]) -> Rows[Execution]:
    """Those that were concluded; the others are left out by how they ended."""
    return rows.counting(not_concluded)


def not_concluded(run: Execution) -> str:
    """How an execution ended, where that is why it has no accuracy; empty where it was concluded."""
    return "" if run.status == CONCLUDED else ENDS.get(run.status) or run.status or "without a status"


def kind(execution: Execution) -> str:
    """The type of work that an execution does."""
    return "corrigir_bug" if execution.bug is not None else "desenvolvimento"


def sole(names: Iterable[str], none: str) -> str:
    """The one name, or that there are several or none: an execution is in one group only."""
    found = {name for name in names if name}
    return SEVERAL if len(found) > 1 else found.pop() if found else none


GROUPS: Mapping[str, Callable[[Execution], str]] = {
    "tipo": kind,
    "worker": lambda run: sole((each.worker for each in run.workers), "no worker"),
    "vertente": lambda run: sole((each.vertente for each in run.workers), "no vertente"),
    "spec": lambda run: run.spec_ref or "no spec",
    "release": lambda run: run.release_ref or "no release",
}
"""What executions can be grouped by."""


def execution_id(execution: Execution) -> str:
    return execution.id


def of_execution(
    key: Callable[[Execution], str] | None, execution_of: Callable[[T], Execution]
) -> Callable[[T], str] | None:
    """A key of executions, as a key of rows that each have one."""
    return None if key is None else lambda row: key(execution_of(row))
