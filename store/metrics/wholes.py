"""What specs and releases cost altogether, as of all that is known, by when their last execution ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from store.metrics.cutting import Span
from store.metrics.facts import Execution
from store.metrics.measures import Rows
from store.metrics.sifting import rows_in, sifted
from store.metrics.tables import Placed, Table, order


class Whole(NamedTuple):
    """What several executions cost together: those of a spec, or of a release."""

    nome: str
    custo: Decimal
    execucoes: Sequence[Execution]
    """Those of it that ended, oldest first; of a past window, those that ended in it."""


class Pile(NamedTuple):
    """Executions of which nobody asked yet what they cost together."""

    nome: str
    execucoes: tuple[Execution, ...]


class Wholes(NamedTuple):
    """All of them."""

    runs: dict[str, tuple[Execution, ...]]
    """The executions of each that ended and have a cost, oldest first."""
    dated: Table[Pile]
    heap: bool
    """Whether the one without a name is no whole, but a heap: it is not among those with a date."""


Named = tuple[str, Execution]
"""What an execution's cost is part of, and the execution."""


def gather(named: Iterable[Named], *, heap: bool) -> Wholes:
    """Of executions that ended and have a cost, oldest first."""
    runs: dict[str, list[Execution]] = {}
    for name, run in named:
        runs.setdefault(name, []).append(run)
    known = {name: tuple(some) for name, some in runs.items()}
    dated = [each for name, some in known.items() for each in _placed(name, some, heap=heap)]
    return Wholes(known, Table(sorted(dated, key=order)), heap)


def regather(old: Wholes, gone: Sequence[Named], come: Sequence[Named]) -> Wholes:
    """Without some executions and with others."""
    runs = dict(old.runs)
    for name, run in gone:
        runs[name] = tuple(each for each in runs[name] if each.id != run.id)
    for name, run in come:
        runs[name] = tuple(sorted((*runs.get(name, ()), run), key=_order))
    touched = {name for name, _ in (*gone, *come)}
    dated = old.dated.moved(
        [each for name in touched for each in _placed(name, old.runs.get(name, ()), heap=old.heap)],
        [each for name in touched for each in _placed(name, runs[name], heap=old.heap)],
    )
    for name in touched:
        if not runs[name]:
            del runs[name]
    return Wholes(runs, dated, old.heap)


def _order(run: Execution) -> tuple[float, str]:
    return run.encerrada or 0.0, run.id


def _placed(name: str, runs: tuple[Execution, ...], *, heap: bool) -> Sequence[Placed[Pile]]:
    if not runs or (heap and not name):
        return ()
    return ((runs[-1].encerrada or 0.0, name, Pile(name, runs)),)


def wholes_in(known: Wholes, window: Span, left: Sequence[tuple[str, Whole]]) -> Rows[Whole]:
    """Those whose last execution ended in a window, with what they cost."""
    found = sifted(rows_in(known.dated, window), wholes_in, _whole, _lost)
    return Rows(found.times, found.rows, left)


def _whole(pile: Pile) -> Iterable[tuple[str, Whole]]:
    return (("", Whole(pile.nome, cost_of(pile.execucoes), pile.execucoes)),)


def _lost(pile: Pile) -> Whole:
    return Whole(pile.nome, Decimal(0), pile.execucoes)


def cost(run: Execution) -> Decimal:
    """In R$; 0 where it is not known."""
    return run.custo.total or Decimal(0)


def cost_of(runs: Iterable[Execution]) -> Decimal:
    """What executions cost together."""
    return sum(map(cost, runs), Decimal(0))
