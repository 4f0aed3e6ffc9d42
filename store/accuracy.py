"""Actual over estimate, by metrics.md sections 0 and 1: a ratio stays within one amount, and no data is
None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

PHASES = ("dev", "teste", "deploy", "total")
WEIGHTS = {"esforco": 0.5, "tokens": 0.3, "custo": 0.2}
"""Of the overall deviation; missing terms are dropped and the rest renormalised."""


def accuracy(estimated: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, Any]:
    """The `precisao` of an execution."""
    hours = _by_phase(estimated["horas"], actual["horas"])
    machine = _by_phase(estimated["maquina_s"], actual["maquina_s"])
    resources: dict[str, float | None] = {
        name: ratio(actual["recursos"][name], estimated["recursos"][name])
        for name in ("tokens_llm", "cpu_horas", "ram_gb_horas", "storage_mb")
    }
    resources["custo"] = _cost_ratio(estimated["custo"]["breakdown"], actual["custo"]["breakdown"])
    effort = hours["total"] if hours["total"] is not None else machine["total"]
    terms = {"esforco": effort, "tokens": resources["tokens_llm"], "custo": resources["custo"]}
    return {"horas": hours, "maquina_s": machine, "recursos": resources, "geral": overall_deviation(terms)}


def ratio(actual: Any, estimated: Any) -> float | None:
    """Actual over estimate; None when either is missing or the estimate is not positive."""
    if actual is None or estimated is None or Decimal(str(estimated)) <= 0:
        return None
    return float(Decimal(str(actual)) / Decimal(str(estimated)))


def _cost_ratio(estimated: Mapping[str, Any], actual: Mapping[str, Any]) -> float | None:
    """Over the parts that were measured: people's estimate against machines' actuals means nothing."""
    parts = [part for part, paid in actual.items() if paid is not None and estimated.get(part) is not None]
    if not parts:
        return None
    return ratio(
        sum(Decimal(str(actual[part])) for part in parts),
        sum(Decimal(str(estimated[part])) for part in parts),
    )


def overall_deviation(terms: Mapping[str, float | None]) -> float | None:
    """exp(Σ wᵢ·|ln pᵢ| / Σ wᵢ): 1 is perfect, 2 is off by a factor of two either way; None without data."""
    known = {name: value for name, value in terms.items() if value is not None and value > 0}
    if not known:
        return None
    weighted = sum(WEIGHTS[name] * abs(math.log(value)) for name, value in known.items())
    return math.exp(weighted / sum(WEIGHTS[name] for name in known))


def _by_phase(estimated: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: ratio(actual[name], estimated[name]) for name in PHASES}
