"""What finished work teaches: a factor beside the raw estimate, and how far P80 lies above P50.

Implements "Estimate calibration" of metrics.md. It learns from raw estimates only, or the correction would
feed itself, and a factor is applied only where it would have done better on the newest work.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ENOUGH = 5
"""Below so many finished executions there is no history."""

ENOUGH_FOR_FACTOR = 30
WINDOW = 200
GATE = 0.95
_LOW, _HIGH = math.log(0.25), math.log(4)


@dataclass(frozen=True)
class Ponto:
    """One finished amount: its group (worker and vertente), raw estimate and actual, in the same unit."""

    grupo: str
    bruto: float
    real: float


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


def fit(pontos: Sequence[Ponto]) -> Calibration:
    """Learn from finished amounts, oldest first; those without estimate or actual are left out."""
    usable = [ponto for ponto in pontos if ponto.bruto > 0 and ponto.real > 0][-WINDOW:]
    if len(usable) < ENOUGH:
        return Calibration(len(usable))
    xs = [(ponto.grupo, math.log(ponto.real / ponto.bruto)) for ponto in usable]
    applied = len(xs) >= ENOUGH_FOR_FACTOR and _gate(xs)
    logs, common = _factors(xs) if applied else ({}, 0.0)
    residuals = [x - logs.get(grupo, common) for grupo, x in xs]
    return Calibration(len(xs), applied, logs, common, percentile(residuals, 0.8))


def percentile(values: Sequence[float], p: float) -> float:
    """By linear interpolation between the two nearest ranks."""
    ordered = sorted(values)
    position = p * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def _gate(xs: Sequence[tuple[str, float]]) -> bool:
    """Would factors learnt from the oldest 70 % have helped with the newest 30 %?"""
    cut = round(len(xs) * 0.7)
    logs, common = _factors(xs[:cut])
    newest = xs[cut:]
    with_factor = statistics.median(abs(x - logs.get(grupo, common)) for grupo, x in newest)
    without = statistics.median(abs(x) for _, x in newest)
    return with_factor <= GATE * without


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
        return 5.0
    means = {grupo: statistics.fmean(values) for grupo, values in groups.items()}
    within = sum((x - means[grupo]) ** 2 for grupo, values in groups.items() for x in values)
    within /= total - len(groups)
    between = sum(len(values) * (means[grupo] - mean) ** 2 for grupo, values in groups.items())
    divisor = total - sum(len(values) ** 2 for values in groups.values()) / total
    tau = max(0.0, (between - (len(groups) - 1) * within) / divisor)
    return within / tau if tau > 0 else math.inf


def _clipped(value: float) -> float:
    return min(max(value, _LOW), _HIGH)
