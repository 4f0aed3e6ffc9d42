"""What is told of a bug: its newest repair, or, before one has begun, what its item says.

A bug is a `corrigir_bug` item from the moment that it is opened (metrics.md, 8.4: bugs count by when they
were opened), so that one whose repair waits, or was cancelled before it began, is one like every other. An
execution that names no item is a bug of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from store.metrics.facts import Bug, Execution, Item
from store.metrics.reading import execution
from store.metrics.tables import Placed

BUG = "corrigir_bug"
UNCLASSIFIED = "sem_classificacao"


def is_of_bug(fact: Item | Execution) -> bool:
    """Whether a fact tells of a bug."""
    return fact.tipo == BUG if isinstance(fact, Item) else fact.bug is not None


def bug_of(run: Execution) -> str:
    """The bug that an execution repairs: its item, or itself where it names none."""
    return run.item_ref or run.id


def made(run: Execution) -> tuple[float, str]:
    """The order of a bug's executions."""
    return run.criada or 0.0, run.id


def row_of(item: Item | None, runs: Iterable[Execution]) -> Execution:
    """The newest execution; of its opening and severity the item tells where it does not. One is there."""
    run = max(runs, key=made, default=None)
    if run is None:
        assert item is not None
        return not_begun(item)
    if run.bug is None or item is None:
        return run
    opened = run.bug.aberto if run.bug.aberto is not None else item.criado
    unknown = run.bug.severidade in ("", UNCLASSIFIED)
    told = run.bug._replace(aberto=opened, severidade=item.severidade if unknown else run.bug.severidade)
    return run if told == run.bug else replace(run, bug=told)


def not_begun(item: Item) -> Execution:
    """The execution of a bug whose repair has not begun: with the item's id, and nothing but the bug."""
    return replace(
        _NOTHING,
        id=item.id,
        spec_ref=item.spec_ref,
        item_ref=item.id,
        saga_id=item.saga_id,
        bug=Bug(item.severidade or UNCLASSIFIED, item.criado, None, None, item.causadora),
    )


_NOTHING = execution({})


def placed(row: Execution) -> Sequence[Placed[Execution]]:
    """A bug by when it was opened; nothing where nobody knows when."""
    moment = row.bug.aberto if row.bug is not None else None
    return () if moment is None else ((moment, row.id, row),)
