"""Actuals beside their estimates, in one unit each; what cannot be compared is left out and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from store.metrics.estimation import is_close, mmre, standardised_accuracy
from store.metrics.facts import Execution, Pair
from store.metrics.measures import Rows
from store.metrics.model import Part
from store.metrics.sifting import sifted
from store.metrics.statistics import median, ratio
from store.metrics.tables import One, column

NEITHER = "neither estimated nor measured"
NO_ESTIMATE, NO_ACTUAL = "without an estimate", "not measured"
BAD_ESTIMATE, BAD_ACTUAL = "estimate of 0 or less", "actual below 0"
ENDLESS = "ratio is not finite"
LARGEST = 1e100
"""Amounts and ratios from here on are none: their sums and squares would not be finite."""


class Paired(NamedTuple):
    """One execution's actual and estimate; the estimate is positive, the actual is not negative."""

    execution: Execution
    real: float
    estimado: float

    @property
    def ratio(self) -> float:
        """Actual over estimate."""
        return self.real / self.estimado


def why_not(pair: Pair) -> str:
    """Why an actual and an estimate cannot be compared; empty when they can."""
    real, estimated = pair
    if real is None or estimated is None:
        return NEITHER if real is estimated else NO_ACTUAL if real is None else NO_ESTIMATE
    if not (abs(real) < LARGEST and abs(estimated) < LARGEST):
        return ENDLESS
    if estimated <= 0:
        return BAD_ESTIMATE
    if real < 0:
        return BAD_ACTUAL
    return "" if real / estimated < LARGEST else ENDLESS


def _usual(real: float, estimated: float) -> bool:
    return 0 < estimated < LARGEST and 0 <= real < LARGEST and real / estimated < LARGEST


def paired(rows: Rows[Execution], of: Callable[[Execution], Pair]) -> Rows[Paired]:
    """The executions whose amount has both an actual and a positive estimate.

    `of` is the same function every time.
    """

    def take(run: Execution) -> tuple[str, Paired]:
        pair = of(run)
        real, estimated = pair
        # Most are in order: what is wrong with the others is asked of them alone.
        if real is None or estimated is None or not _usual(real, estimated):
            return why_not(pair), unpaired(run)
        return "", Paired(run, real, estimated)

    return sifted(rows, (paired, of), One(take), unpaired)


def unpaired(execution: Execution) -> Paired:
    """What stands for an execution that is left out."""
    return Paired(execution, 0.0, 1.0)


def execution_of(pair: Paired) -> Execution:
    return pair.execution


def paired_id(pair: Paired) -> str:
    return pair.execution.id


def ratio_of_sums(pairs: Sequence[Paired]) -> float | None:
    """Σ actual / Σ estimate: what a promised unit used of the budget."""
    return ratio(sum(column(pairs, REAL)), sum(column(pairs, ESTIMATED)))


def median_ratio(pairs: Sequence[Paired]) -> float | None:
    """The middle one of the ratios."""
    return median(ratios(pairs))


def ratios(pairs: Sequence[Paired]) -> list[float]:
    """Actual over estimate of each."""
    return column(pairs, _ratio)


def pred25(pairs: Sequence[Paired]) -> float | None:
    """PRED(25): the share whose estimate is within 25 % of the actual."""
    return sum(column(pairs, _close)) / len(pairs) if pairs else None


def amounts(pairs: Sequence[Paired]) -> list[tuple[float, float]]:
    """Actuals and estimates alone."""
    return column(pairs, _AMOUNTS)


REAL: Callable[[Paired], float] = itemgetter(1)
ESTIMATED: Callable[[Paired], float] = itemgetter(2)
_AMOUNTS: Callable[[Paired], tuple[float, float]] = itemgetter(1, 2)


def _ratio(pair: Paired) -> float:
    return pair[1] / pair[2]


def _close(pair: Paired) -> bool:
    return is_close(pair[1], pair[2])


def ratio_parts(pairs: Sequence[Paired]) -> tuple[Part, ...]:
    """What stands beside a ratio of sums: the median ratio, and how many were close."""
    n = len(pairs)
    return (
        Part("median ratio", median_ratio(pairs), "×", n),
        Part("PRED(25): within 25 % of the actual", pred25(pairs), "%", n),
    )


def accuracy_parts(pairs: Sequence[Paired]) -> tuple[Part, ...]:
    """Likewise, with the mean relative error and what the estimates save over guessing."""
    known = amounts(pairs)
    return (
        *ratio_parts(pairs),
        Part("MMRE: mean relative error", mmre(known), "%", len(pairs)),
        Part("better than guessing", standardised_accuracy(known), "%", len(pairs)),
    )
