"""Coverage of lines: as it is, and beside what was planned. Of concluded work; a plan of 0 is none."""

from __future__ import annotations

from collections.abc import Sequence

from store.metrics.facts import Execution
from store.metrics.measures import Measure, Rows
from store.metrics.model import Part
from store.metrics.pairing import LARGEST, NO_ACTUAL
from store.metrics.populations import concluded, execution_id
from store.metrics.shares import interval, share
from store.metrics.sifting import counting
from store.metrics.statistics import mean, median, ratio
from store.metrics.tables import column
from store.metrics.targets import at_least

NO_LINES = "without counts of lines"
NO_PLAN, PLAN_OF_NOTHING = "without a planned coverage", "planned coverage of 0 or less"


def covered(rows: Rows[Execution]) -> Rows[Execution]:
    """Concluded work whose test report has lines and covered lines."""
    return counting(concluded(rows), _no_lines)


def planned(rows: Rows[Execution]) -> Rows[Execution]:
    """Concluded work with a measured and a planned percentage."""
    return counting(concluded(rows), _no_plan)


def _no_lines(run: Execution) -> str:
    lines = run.linhas
    return "" if lines is not None and lines[1] > 0 and 0 <= lines[0] <= lines[1] else NO_LINES


def _no_plan(run: Execution) -> str:
    real, plan = run.cobertura
    if real is None or not abs(real) < LARGEST:
        return NO_ACTUAL
    if plan is None or not plan < LARGEST:
        return NO_PLAN
    return "" if plan > 0 and real / plan < LARGEST else PLAN_OF_NOTHING


def _of_lines(rows: Sequence[Execution]) -> float | None:
    return ratio(sum(column(rows, _covered)), sum(column(rows, _lines)))


def _covered(run: Execution) -> int:
    return run.linhas[0] if run.linhas is not None else 0


def _lines(run: Execution) -> int:
    return run.linhas[1] if run.linhas is not None else 0


def _share_of_lines(run: Execution) -> float | None:
    return run.linhas[0] / run.linhas[1] if run.linhas is not None else None


def _coverage_parts(rows: Sequence[Execution]) -> tuple[Part, ...]:
    shares = [each for each in column(rows, _share_of_lines) if each is not None]
    return (Part("mean of the executions", mean(shares), "%", len(shares)),)


COVERAGE: Measure[Execution] = Measure(
    chave="cobertura",
    nome="Coverage of lines",
    unidade="%",
    of=_of_lines,
    ident=execution_id,
    vazio="Concluded work whose test report counts lines fills it.",
    parts=_coverage_parts,
    target=at_least(0.8, unidade="%"),
)


def _against_plan(run: Execution) -> float:
    """Actual over planned percent."""
    real, plan = run.cobertura
    return (real or 0.0) / (plan or 1.0)


def _meeting(rows: Sequence[Execution]) -> int:
    return sum(column(rows, _meets))


def _meets(run: Execution) -> bool:
    return (run.cobertura.real or 0.0) >= (run.cobertura.estimado or 0.0)


def _plan_parts(rows: Sequence[Execution]) -> tuple[Part, ...]:
    ratios = column(rows, _against_plan)
    return (
        Part("actual / planned, median", median(ratios), "×", len(rows)),
        *interval(_meeting(rows), len(rows)),
    )


MEETS_PLAN: Measure[Execution] = Measure(
    chave="cobertura_no_plano",
    nome="Work that reached its planned coverage",
    unidade="%",
    of=lambda rows: share(_meeting(rows), len(rows)),
    ident=execution_id,
    vazio="Concluded work with a planned coverage in percent, and a measured one, fills it.",
    parts=_plan_parts,
)
