"""Effort in its two amounts, people's hours and machine time, and every figure that is made of one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from store.metrics.facts import Execution, Pair, Phases
from store.metrics.measures import Measure, Rows, nothing
from store.metrics.model import Part
from store.metrics.pairing import (
    Paired,
    accuracy_parts,
    paired,
    paired_id,
    pred25,
    ratio_of_sums,
    ratio_parts,
)
from store.metrics.sifting import counting
from store.metrics.statistics import spread_of_logs, theil_sen
from store.metrics.tables import column
from store.metrics.targets import Target, at_least, at_most, within

EFFORT = within(1.25, 2)
"""People are off by about a factor of two (Jones): beyond it is bad."""
SIP_REACHED = 0.53
"""PRED(25) of 8,252 real tasks: below it is bad."""
PHASES = ("dev", "teste", "deploy")
PHASE_NAMES = ("Development", "Test", "Deployment")
NOT_ENDED, TOOK_NOTHING = "the phase has not ended", "took nothing"
SPREAD_NEEDS, SLOPE_NEEDS = 5, 8
WEEK = 7 * 86_400.0

PartsOf = Callable[[Sequence[Paired]], tuple[Part, ...]]


class Amount(NamedTuple):
    """One of the two amounts of work."""

    prefixo: str
    """Of the keys of its ratios."""
    sufixo: str
    """Of the keys of what is made of them."""
    nome: str
    of: Callable[[Execution], Phases]
    vazio: str


PEOPLE = Amount(
    "esforco",
    "",
    "people's hours",
    lambda run: run.horas,
    "Concluded work that has people's hours both estimated and recorded fills it.",
)
MACHINE = Amount(
    "maquina",
    "_maquina",
    "machine time",
    lambda run: run.maquina_s,
    "Concluded work that has machine time both estimated and measured fills it.",
)


def totals(rows: Rows[Execution], amount: Amount) -> Rows[Paired]:
    """The whole effort of each execution."""
    return paired(rows, _of_place(amount, len(PHASES)))


def phase(rows: Rows[Execution], amount: Amount, place: int) -> Rows[Paired]:
    """The effort of one phase of each execution in which it ended."""
    return paired(counting(rows, _not_ended(place)), _of_place(amount, place))


@cache
def _of_place(amount: Amount, place: int) -> Callable[[Execution], Pair]:
    return lambda run: amount.of(run)[place]


@cache
def _not_ended(place: int) -> Callable[[Execution], str]:
    return lambda run: NOT_ENDED if run.fases[place][1] is None else ""


def positive(pairs: Rows[Paired]) -> Rows[Paired]:
    """Without those that took nothing: their ratio has no logarithm."""
    return counting(pairs, _took_nothing)


def _took_nothing(pair: Paired) -> str:
    return TOOK_NOTHING if pair.real <= 0 else ""


def overall(amount: Amount) -> Measure[Paired]:
    """Σ actual / Σ estimate of the whole effort."""
    parts = accuracy_parts
    return _of(
        amount, f"{amount.prefixo}_geral", f"Effort, {amount.nome}", "×", ratio_of_sums, EFFORT, parts=parts
    )


def of_phase(amount: Amount, place: int) -> Measure[Paired]:
    """Likewise, of one phase."""
    chave, nome = f"{amount.prefixo}_{PHASES[place]}", f"{PHASE_NAMES[place]}, {amount.nome}"
    return _of(amount, chave, nome, "×", ratio_of_sums, EFFORT, parts=ratio_parts)


def close(amount: Amount) -> Measure[Paired]:
    """PRED(25), a share."""
    target = at_least(0.75, SIP_REACHED, "%")
    return _of(amount, f"pred25{amount.sufixo}", f"PRED(25), {amount.nome}", "%", pred25, target)


def spread(amount: Amount) -> Measure[Paired]:
    """exp of the sample deviation of ln(actual/estimate), a factor."""
    target = at_most(1.5, 2)
    return _of(
        amount,
        f"variancia{amount.sufixo}",
        f"Variance, {amount.nome}",
        "×",
        _spread,
        target,
        needs=SPREAD_NEEDS,
    )


def trend_of_error(amount: Amount) -> Measure[Paired]:
    """Whether estimates get better: the slope a week of |ln(actual/estimate)|, below 0 where they do."""
    chave, nome = f"tendencia_precisao{amount.sufixo}", f"Trend of the error, {amount.nome}"
    return _of(
        amount, chave, nome, "/week", _error_slope, at_most(0.0, math.inf), bucket=nothing, needs=SLOPE_NEEDS
    )


def drift(amount: Amount) -> Measure[Paired]:
    """Where estimates go: the slope a week of ln(actual/estimate), above 0 where work takes ever more."""
    chave, nome = f"deriva_precisao{amount.sufixo}", f"Drift, {amount.nome}"
    return _of(amount, chave, nome, "/week", _drift_slope, None, bucket=nothing, needs=SLOPE_NEEDS)


def _of(
    amount: Amount,
    chave: str,
    nome: str,
    unidade: str,
    of: Callable[[Sequence[Paired]], float | None],
    target: Target | None,
    *,
    parts: PartsOf | None = None,
    bucket: Callable[[Sequence[Paired]], float | None] | None = None,
    needs: int = 0,
) -> Measure[Paired]:
    return Measure(
        chave=chave,
        nome=nome,
        unidade=unidade,
        of=of,
        ident=paired_id,
        vazio=amount.vazio,
        parts=parts or (lambda _rows: ()),
        target=target,
        bucket=bucket,
        needs=needs,
    )


def _spread(pairs: Sequence[Paired]) -> float | None:
    return spread_of_logs(column(pairs, log_ratio), needed=SPREAD_NEEDS)


def _error_slope(pairs: Sequence[Paired]) -> float | None:
    return _slope(pairs, column(pairs, error))


def _drift_slope(pairs: Sequence[Paired]) -> float | None:
    return _slope(pairs, column(pairs, log_ratio))


def _slope(pairs: Sequence[Paired], ys: list[float]) -> float | None:
    return theil_sen(column(pairs, weeks), ys, needed=SLOPE_NEEDS)


def weeks(pair: Paired) -> float:
    """When an execution ended, in weeks."""
    return (pair.execution.encerrada or 0.0) / WEEK


def log_ratio(pair: Paired) -> float:
    """ln(actual/estimate); the ratio has to be positive."""
    return math.log(pair.ratio)


def error(pair: Paired) -> float:
    """|ln(actual/estimate)|: 0 is as estimated."""
    return abs(log_ratio(pair))
