"""Times that work took, in exact elapsed hours, and the figures and clouds that are made of them.

No day is added: two moments of the same day are less than a day apart. What lacks a moment, or ends before
it begins, is left out and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from store.metrics.facts import Execution, Moment
from store.metrics.measures import Measure, Rows
from store.metrics.model import Chart, Mark, Part, Series
from store.metrics.sifting import sifted
from store.metrics.statistics import mean, median, shown_percentile
from store.metrics.tables import column

MISSING, NEGATIVE = "without a moment", "ends before it begins"
MOST_POINTS = 1_000
WIDE = 50
"""Largest over smallest value from which on an axis is logarithmic."""


class Took(NamedTuple):
    """How long one execution took."""

    execution: Execution
    horas: float


def took(
    rows: Rows[Execution], span: Callable[[Execution], tuple[Moment, Moment]], missing: str = MISSING
) -> Rows[Took]:
    """The executions that have both moments in order; `span` gives beginning and end in epoch seconds.

    Of rows of a table it is the same function every time.
    """

    def take(run: Execution) -> Iterable[tuple[str, Took]]:
        begin, end = span(run)
        if begin is None or end is None:
            return ((missing, Took(run, 0.0)),)
        return ((NEGATIVE, Took(run, 0.0)),) if end < begin else (("", Took(run, (end - begin) / 3600)),)

    return sifted(rows, (took, span, missing), take, _lost)


def took_now(rows: Rows[Execution], span: Callable[[Execution], tuple[Moment, Moment]]) -> Rows[Took]:
    """Likewise, where `span` depends on other facts than the execution: for one page only."""
    times: list[float] = []
    kept: list[Took] = []
    left = [(reason, Took(run, 0.0)) for reason, run in rows.left]
    for moment, run in zip(rows.times, rows.rows, strict=True):
        begin, end = span(run)
        if begin is None or end is None:
            left.append((MISSING, Took(run, 0.0)))
        elif end < begin:
            left.append((NEGATIVE, Took(run, 0.0)))
        else:
            times.append(moment)
            kept.append(Took(run, (end - begin) / 3600))
    return Rows(times, kept, left)


def _lost(run: Execution) -> Took:
    return Took(run, 0.0)


def of_took(row: Took) -> Execution:
    return row.execution


def hours(rows: Sequence[Took]) -> list[float]:
    """In hours, as they come."""
    return column(rows, _HOURS)


_HOURS: Callable[[Took], float] = itemgetter(1)


def duration(chave: str, nome: str, vazio: str) -> Measure[Took]:
    """The median, with p85 and mean beside it."""
    return Measure(
        chave=chave,
        nome=nome,
        unidade="h",
        of=lambda rows: median(hours(rows)),
        ident=lambda each: each.execution.id,
        vazio=vazio,
        parts=_parts,
    )


def _parts(rows: Sequence[Took]) -> tuple[Part, ...]:
    ordered, n = sorted(hours(rows)), len(rows)
    return (
        Part("p85", shown_percentile(ordered, 85), "h", n),
        Part("mean", mean(ordered), "h", n),
    )


def cloud(chave: str, titulo: str, rows: Rows[Took], vazio: str) -> Chart:
    """A point an execution at its end, with lines at p50, p85 and p95."""
    kept = rows.rows[-MOST_POINTS:]
    if not kept:
        return Chart(chave, titulo, "scatter", "h", (), vazio=vazio)
    ordered = sorted(hours(rows.rows))
    marks = [(f"p{p}", shown_percentile(ordered, p)) for p in (50, 85, 95)]
    positive = [value for value in ordered if value > 0]
    spread = bool(positive) and positive[-1] / positive[0] > WIDE
    points = Series(
        "executions",
        tuple(hours(kept)),
        tuple(rows.times[-MOST_POINTS:]),
        tuple(each.execution.id for each in kept),
    )
    return Chart(
        chave,
        titulo,
        "scatter",
        "h",
        (points,),
        marcas=tuple(Mark(value, name) for name, value in marks if value is not None),
        log=spread and positive[0] == ordered[0],
        nota=f"the newest {MOST_POINTS} of {len(rows.rows)}" if len(rows.rows) > MOST_POINTS else "",
    )
