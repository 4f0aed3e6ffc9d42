"""What finished work teaches: a factor beside the raw estimate, and how far P80 lies above P50.

Implements "Estimate calibration" of metrics.md. It learns from raw estimates only, or the correction would
feed itself, and a factor is applied only where it would have done better on the newest work.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from store.metrics.statistics import percentile
from store.metrics.wording import told

ENOUGH = 5
"""Below so many finished executions there is no history."""
ENOUGH_FOR_FACTOR = 30
WINDOW = 200
"""Executions: the newest ones that are learnt from."""
GATE = 0.95
_LOW, _HIGH = math.log(0.25), math.log(4)
_OLDEST = 0.7
_FIXED_K = 5.0


class Ponto(NamedTuple):
    """One finished amount: its group (worker and vertente), raw estimate and actual, in the same unit."""

    grupo: str
    bruto: float
    real: float
    execucao: str = ""
    """The execution that it is of; points without one are each an execution of their own."""


@dataclass(frozen=True)
class Calibration:
    """Factors by group, and the spread of what was left; see `fit`."""

    n: int = 0
    """Finished executions behind it; below 5 it counts as no history."""
    aplicada: bool = False
    """Whether the gate let the factors through."""
    logs: Mapping[str, float] = field(default_factory=dict)
    comum: float = 0.0
    q80: float = 0.0
    pontos: Mapping[str, int] = field(default_factory=dict)
    """How many points each group has."""
    erros: tuple[float, float] | None = None
    """Median |ln| of the newest 30 %, raw and with the factors learnt from the others; None untested."""

    @property
    def tem_historico(self) -> bool:
        """Whether there is enough history for a P80."""
        return self.n >= ENOUGH

    def fator(self, grupo: str) -> float:
        """What the raw estimate of a group is multiplied with; 1 where the gate is closed."""
        return math.exp(self.logs.get(grupo, self.comum)) if self.aplicada else 1.0

    def p80(self, sem_historico: float) -> float:
        """P80 over P50, at least 1; `sem_historico` is the constant while there is no history."""
        return max(1.0, math.exp(self.q80)) if self.tem_historico else sem_historico

    @property
    def motivo(self) -> str:
        """Why the factors are not applied, in words; empty where they are."""
        if self.aplicada:
            return ""
        if self.erros is None:
            return f"{ENOUGH_FOR_FACTOR} finished executions are needed, there are {self.n}"
        raw, learnt = (math.exp(each) for each in self.erros)
        return f"it would not do better: off by × {told(learnt, 2)} with it, by × {told(raw, 2)} without"


def fit(pontos: Sequence[Ponto]) -> Calibration:
    """Learn from finished amounts, oldest first; those without estimate or actual are left out."""
    usable = [
        each if each.execucao else each._replace(execucao=f"#{place}")
        for place, each in enumerate(pontos)
        if teaches(each)
    ]
    runs = list(dict.fromkeys(each.execucao for each in usable))[-WINDOW:]
    kept = set(runs)
    usable = [each for each in usable if each.execucao in kept]
    if len(runs) < ENOUGH:
        return Calibration(len(runs))
    xs = [(each.grupo, math.log(each.real / each.bruto)) for each in usable]
    errors = _errors(usable, xs, runs) if len(runs) >= ENOUGH_FOR_FACTOR else None
    applied = errors is not None and errors[1] <= GATE * errors[0]
    logs, common = _factors(xs) if applied else ({}, 0.0)
    residuals = [x - logs.get(grupo, common) for grupo, x in xs]
    q80 = percentile(residuals, 80) or 0.0
    counts = Counter(grupo for grupo, _ in xs)
    return Calibration(len(runs), applied, logs, common, q80, dict(counts), errors)


def teaches(ponto: Ponto) -> bool:
    """Whether an amount has both, the estimate and the actual."""
    return _positive(ponto.bruto) and _positive(ponto.real)


def _positive(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _errors(
    pontos: Sequence[Ponto], xs: Sequence[tuple[str, float]], runs: Sequence[str]
) -> tuple[float, float]:
    """The gate's trial: how far off the newest 30 % are, raw, and with what the oldest 70 % teach."""
    old = set(runs[: round(len(runs) * _OLDEST)])
    seen = [x for ponto, x in zip(pontos, xs, strict=True) if ponto.execucao in old]
    newest = [x for ponto, x in zip(pontos, xs, strict=True) if ponto.execucao not in old]
    logs, common = _factors(seen)
    raw = statistics.median(abs(x) for _, x in newest)
    return raw, statistics.median(abs(x - logs.get(grupo, common)) for grupo, x in newest)


def _factors(xs: Sequence[tuple[str, float]]) -> tuple[dict[str, float], float]:
    """ln of the factor by group, shrunk towards the common one by how little its group has to say."""
    groups: dict[str, list[float]] = defaultdict(list)
    for grupo, x in xs:
        groups[grupo].append(x)
    total = len(xs)
    mean = statistics.fmean(x for _, x in xs)
    common = mean * total / (total + 5)
    k = _shrinkage(groups, mean, total)
    logs = {}
    for grupo, values in groups.items():
        weight = 0.0 if math.isinf(k) else len(values) / (len(values) + k)
        logs[grupo] = _clipped(weight * statistics.fmean(values) + (1 - weight) * common)
    return logs, _clipped(common)


def _shrinkage(groups: Mapping[str, Sequence[float]], mean: float, total: int) -> float:
    """k = variance within groups over variance between them; infinite where they don't differ."""
    if len(groups) < 2 or total - len(groups) < 5:
        return _FIXED_K
    means = {grupo: statistics.fmean(values) for grupo, values in groups.items()}
    within = sum((x - means[grupo]) ** 2 for grupo, values in groups.items() for x in values)
    within /= total - len(groups)
    between = sum(len(values) * (means[grupo] - mean) ** 2 for grupo, values in groups.items())
    divisor = total - sum(len(values) ** 2 for values in groups.values()) / total
    tau = max(0.0, (between - (len(groups) - 1) * within) / divisor)
    return within / tau if tau > 0 else math.inf


def _clipped(value: float) -> float:
    return min(max(value, _LOW), _HIGH)
