"""The overall deviation of an execution's estimate: effort, tokens and cost in one factor, 1 is perfect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from store.accuracy import overall_deviation
from store.metrics.facts import Execution, Pair
from store.metrics.measures import Measure, Rows
from store.metrics.pairing import why_not
from store.metrics.sifting import sifted
from store.metrics.statistics import median
from store.metrics.tables import column
from store.metrics.targets import at_most

NOTHING = "nothing to compare"
_NOTHING = Decimal(0)


class Deviation(NamedTuple):
    """One execution's factor."""

    execution: Execution
    fator: float


def deviations(rows: Rows[Execution]) -> Rows[Deviation]:
    """The executions that have at least one of the three ratios."""
    return sifted(rows, deviations, _take, _lost)


def _take(run: Execution) -> Iterable[tuple[str, Deviation]]:
    factor = overall_deviation(terms(run))
    return ((NOTHING, _lost(run)),) if factor is None else (("", Deviation(run, factor)),)


def run_of(each: Deviation) -> Execution:
    return each.execution


def _lost(run: Execution) -> Deviation:
    return Deviation(run, 1.0)


FACTOR: Callable[[Deviation], float] = itemgetter(1)
"""A deviation's factor."""


def terms(run: Execution) -> dict[str, float | None]:
    """Actual over estimate of effort (people's where there is any, else machines'), of tokens, of cost."""
    hours = _ratio(run.horas.total)
    return {
        "esforco": hours if hours is not None else _ratio(run.maquina_s.total),
        "tokens": _ratio(run.tokens),
        "custo": _ratio(cost_pair(run)),
    }


def cost_pair(run: Execution) -> Pair:
    """R$ over the parts that have both: people's estimate against machines' actuals means nothing."""
    real, estimated, both = _NOTHING, _NOTHING, False
    for paid, expected in zip(run.custo[:-1], run.custo_estimado[:-1], strict=True):
        if paid is not None and expected is not None:
            real, estimated, both = real + paid, estimated + expected, True
    if both:
        return Pair(float(real), float(estimated))
    measured, planned = run.custo.total, run.custo_estimado.total
    if measured is not None:
        return Pair(float(measured), None)
    return Pair(None, None if planned is None else float(planned))


def _ratio(pair: Pair) -> float | None:
    real, estimated = pair
    return None if why_not(pair) or real is None or estimated is None else real / estimated


def _median(rows: Sequence[Deviation]) -> float | None:
    return median(column(rows, FACTOR))


MEASURE: Measure[Deviation] = Measure(
    chave="desvio_geral",
    nome="Overall deviation",
    unidade="×",
    of=_median,
    ident=lambda each: each.execution.id,
    vazio="Concluded work whose effort, tokens or cost was estimated and measured fills it.",
    target=at_most(1.25, 2),
)
