"""How much of the lead time of developments was waiting for answers: never more than all of it.

Of the developments that were concluded, what their own questions waited for people within their lead time
(from the spec to the end), over these lead times. Questions that wait at the same time wait once; what
waited after a development had ended, and for work that was never concluded, is in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple, TypeVar

from store.metrics.cutting import until_now
from store.metrics.facts import Decision, Execution, Facts
from store.metrics.keeping import Changed, kept, net
from store.metrics.model import Query
from store.metrics.populations import CONCLUDED
from store.metrics.sliding import ticks
from store.metrics.statistics import ratio
from store.metrics.tables import Placed, Table, column, order

TYPES = {
    "aprovar_orcamento": "Budget approval",
    "aprovar_release": "Release approval",
    "validar_implantacao": "Validation of a deployment",
    "decidir_pull": "Pull of a child",
}
ALL = ""
"""All types together."""
_PLACES = (ALL, *TYPES)

T = TypeVar("T", Decision, Execution)
_Wait = tuple[float, float, str]
"""From when to when, and what was asked."""


def usable(decision: Decision) -> bool:
    """Whether an answer says how long a person took."""
    waited = decision.espera_s
    return not decision.politica and not decision.desfeita and waited is not None and waited >= 0


class Shares(NamedTuple):
    """Of a window."""

    n: int
    """Developments that were concluded in it."""
    of_type: Mapping[str, float | None]
    """The share of their lead time that questions of each type waited; of `ALL` as well."""


class _Lead(NamedTuple):
    """A development: ticks from its spec to its end, and those that questions waited, by `_PLACES`."""

    lead: int
    waits: tuple[int, ...]


class _Known(NamedTuple):
    """Answers and concluded developments by what they are part of, by their ids; the latter by their ends."""

    answers: dict[str, dict[str, Decision]]
    runs: dict[str, dict[str, Execution]]
    dated: Table[_Lead]


def lead_shares(facts: Facts, query: Query) -> Shares:
    """Of the developments that were concluded in the window."""
    known = kept(facts, "lead shares", _build, ("decisoes", "execucoes"), _moved, _matters)
    rows = known.dated.within(until_now(query))
    total = sum(column(rows, _LEAD))
    of_type = {tipo: ratio(sum(column(rows, waited)), total) for tipo, waited in _EACH}
    return Shares(len(rows), of_type)


def _waited(place: int) -> Callable[[_Lead], int]:
    return lambda row: row.waits[place]


_LEAD: Callable[[_Lead], int] = itemgetter(0)
_EACH = tuple((tipo, _waited(place)) for place, tipo in enumerate(_PLACES))


def _matters(fact: Decision | Execution) -> bool:
    if isinstance(fact, Decision):
        return fact.tipo in TYPES and usable(fact) and bool(fact.espera_s) and fact.em is not None
    begin, end = fact.spec_criada, fact.encerrada
    well = fact.bug is None and fact.status == CONCLUDED
    return well and begin is not None and end is not None and end > begin


def _part_of(fact: Decision | Execution) -> str:
    """The saga that both belong to, else the spec."""
    return fact.saga_id or fact.spec_ref


def _build(facts: Facts) -> _Known:
    answers, runs = _by_whole(facts.decisoes), _by_whole(facts.execucoes)
    found = [each for whole, some in runs.items() for each in _placed(some, answers.get(whole, {}))]
    return _Known(answers, runs, Table(sorted(found, key=order)))


def _by_whole(facts: Iterable[T]) -> dict[str, dict[str, T]]:
    found: dict[str, dict[str, T]] = {}
    for fact in facts:
        if _matters(fact):
            found.setdefault(_part_of(fact), {})[fact.id] = fact
    return found


def _moved(old: _Known, changed: Sequence[Changed]) -> _Known:
    """As of other answers and executions."""
    found = old._replace(answers=dict(old.answers), runs=dict(old.runs))
    touched: set[str] = set()
    for campo, before, after in net(changed):
        touched |= _other(found.answers if campo == "decisoes" else found.runs, before, after)
    gone, come = ([each for whole in touched for each in _of(known, whole)] for known in (old, found))
    return found._replace(dated=old.dated.moved(gone, come))


def _other(known: dict[str, dict[str, T]], before: T | None, after: T | None) -> set[str]:
    """Put one fact in the place of another; what either is part of."""
    touched = set()
    for fact, come in ((before, False), (after, True)):
        if fact is not None and _matters(fact):
            whole = _part_of(fact)
            touched.add(whole)
            known[whole] = {name: each for name, each in known.get(whole, {}).items() if name != fact.id}
            if come:
                known[whole][fact.id] = fact
    return touched


def _of(known: _Known, whole: str) -> list[Placed[_Lead]]:
    return _placed(known.runs.get(whole, {}), known.answers.get(whole, {}))


def _placed(runs: Mapping[str, Execution], answers: Mapping[str, Decision]) -> list[Placed[_Lead]]:
    waits = sorted(map(_wait, answers.values()))
    found = []
    for run in runs.values():
        begin, end = run.spec_criada or 0.0, run.encerrada or 0.0
        inside = [
            (max(since, begin), min(until, end), tipo)
            for since, until, tipo in waits
            if until > begin and since < end
        ]
        row = _Lead(ticks(end) - ticks(begin), tuple(_covered(inside, tipo) for tipo in _PLACES))
        found.append((end, run.id, row))
    return found


def _wait(answer: Decision) -> _Wait:
    until = answer.em or 0.0
    return until - (answer.espera_s or 0.0), until, answer.tipo


def _covered(waits: Sequence[_Wait], tipo: str) -> int:
    """Ticks that questions of a type (or of any) waited, by when they began to."""
    total, last = 0, 0
    for since, until, name in waits:
        if tipo in (ALL, name) and (end := ticks(until)) > last:
            total += end - max(ticks(since), last)
            last = end
    return total
