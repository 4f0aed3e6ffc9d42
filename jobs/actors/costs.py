"""What measured work costs, at the prices of the moment: a recorded cost is never repriced."""

from __future__ import annotations

from jobs.pricing.cost import Quantidades, cost_of
from jobs.pricing.numbers import stored
from jobs.pricing.rates import Pricing
from jobs.protocol import StepContext

_HOUR = 3600.0


def infra_cost(
    context: StepContext, cpu_s: float, ram_gb_s: float, storage_mb: float = 0.0
) -> dict[str, str]:
    """R$ of a run: processor seconds, GB seconds of memory, and MB that are kept for a year."""
    pricing: Pricing = context.config["pricing"]
    used = Quantidades(cpu_horas=cpu_s / _HOUR, ram_gb_horas=ram_gb_s / _HOUR, storage_mb=storage_mb)
    return {"infra": stored(cost_of(used, pricing).infra)}
