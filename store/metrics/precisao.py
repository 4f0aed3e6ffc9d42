"""8.1, accuracy of the budget: actual over estimate, its spread, where it goes, and the overall deviation.

People's hours and machine time are told apart everywhere: no ratio mixes the two. Only executions that were
concluded have an accuracy; the others are counted as left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from store.metrics import charting, effort
from store.metrics.deviation import FACTOR, deviations, run_of
from store.metrics.deviation import MEASURE as DEVIATION
from store.metrics.effort import MACHINE, PEOPLE, PHASE_NAMES, PHASES, Amount
from store.metrics.facts import Execution, Facts
from store.metrics.measures import Rows, figures
from store.metrics.model import Chart, Figure, Mark, Page, Query, Series
from store.metrics.pairing import Paired, execution_of
from store.metrics.populations import GROUPS, concluded, ended, of_execution
from store.metrics.tables import column

CHAVE, TITULO = "precisao", "Accuracy"
AS_ESTIMATED = (Mark(1.0, "as estimated"),)
TREND_POINTS = 25
MOST_POINTS = 1_000


def page(facts: Facts, query: Query) -> Page:
    """Every figure of 8.1, over people's hours and over machine time."""
    rows = concluded(ended(facts, query))
    key = GROUPS.get(query.por)
    people, machine = (
        _of_amount(rows, query, amount, of_execution(key, execution_of)) for amount in (PEOPLE, MACHINE)
    )
    off = deviations(rows)
    overall = figures(DEVIATION, off, query, of_execution(key, run_of))
    return Page(
        CHAVE,
        TITULO,
        (*people.figuras, *machine.figuras, *overall),
        (
            _effort(query, people, machine),
            *(_phases(query, found) for found in (people, machine)),
            *(_cloud(found) for found in (people, machine)),
            charting.histogram(
                "precisao_desvio",
                "Overall deviation of each execution",
                "×",
                column(off.rows, FACTOR),
                DEVIATION.vazio,
                low=1.0,
            ),
        ),
        tuple(GROUPS),
        _notes(rows),
        facts.gerado,
    )


class _Found(NamedTuple):
    """What one amount comes to."""

    amount: Amount
    figuras: tuple[Figure, ...]
    totais: dict[str, Figure]
    """Without groups, by key."""
    pares: Rows[Paired]


def _of_amount(
    rows: Rows[Execution], query: Query, amount: Amount, key: Callable[[Paired], str] | None
) -> _Found:
    pairs = effort.totals(rows, amount)
    logs = effort.positive(pairs)
    found = [
        *figures(effort.overall(amount), pairs, query, key),
        *(
            each
            for place in range(len(PHASES))
            for each in figures(effort.of_phase(amount, place), effort.phase(rows, amount, place), query, key)
        ),
        *figures(effort.close(amount), pairs, query, key),
        *figures(effort.spread(amount), logs, query, key),
        *figures(effort.trend_of_error(amount), logs, query, key),
        *figures(effort.drift(amount), logs, query, key),
    ]
    return _Found(amount, tuple(found), {each.chave: each for each in found if not each.grupo}, logs)


# Charts


def _effort(query: Query, people: _Found, machine: _Found) -> Chart:
    named = [(each.amount.nome, each.totais[f"{each.amount.prefixo}_geral"]) for each in (people, machine)]
    return charting.over_time(
        "precisao_esforco", "Effort, actual over estimate", "line", query, named, marcas=AS_ESTIMATED
    )


def _phases(query: Query, found: _Found) -> Chart:
    prefix = found.amount.prefixo
    named = [
        (name.lower(), found.totais[f"{prefix}_{phase}"])
        for phase, name in zip(PHASES, PHASE_NAMES, strict=True)
    ]
    title = f"Each phase, {found.amount.nome}"
    return charting.over_time(f"precisao_fases_{prefix}", title, "line", query, named, marcas=AS_ESTIMATED)


def _cloud(found: _Found) -> Chart:
    """Each execution's |ln(actual/estimate)| over time, with the line of its trend."""
    pairs = found.pares.rows[-MOST_POINTS:]
    chave, title = f"precisao_erro_{found.amount.prefixo}", f"Error of each estimate, {found.amount.nome}"
    if not pairs:
        return Chart(chave, title, "scatter", "", (), vazio=found.amount.vazio)
    xs = tuple(found.pares.times[-MOST_POINTS:])
    ys = tuple(column(pairs, effort.error))
    each = Series("executions", ys, xs, tuple(pair.execution.id for pair in pairs))
    slope = found.totais[f"tendencia_precisao{found.amount.sufixo}"].valor
    lines = () if slope is None else (_trend_line(xs, ys, float(slope)),)
    return Chart(
        chave,
        title,
        "scatter",
        "",
        (each, *lines),
        nota="|ln(actual/estimate)|: 0 is as estimated, 0,69 is off by a factor of two",
    )


def _trend_line(xs: Sequence[float], ys: Sequence[float], slope: float) -> Series:
    """Through the median of what is left of each point when the slope is taken away."""
    a_second = slope / effort.WEEK
    height = sorted(y - a_second * (x - xs[0]) for x, y in zip(xs, ys, strict=True))[len(ys) // 2]
    step = (xs[-1] - xs[0]) / (TREND_POINTS - 1)
    at = tuple(xs[0] + step * place for place in range(TREND_POINTS))
    return Series("trend", tuple(height + a_second * (x - xs[0]) for x in at), at)


def _notes(rows: Rows[Execution]) -> tuple[str, ...]:
    """How much of the work has no accuracy because it was never concluded."""
    if not rows.left:
        return ()
    reasons = ", ".join(f"{count} {reason}" for reason, count in rows.reasons.items())
    return (f"Only concluded work has an accuracy; left out of every figure: {reasons}.",)
