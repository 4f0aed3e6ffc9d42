"""What a price is made of, computed once: sizes, tests, effort, amounts and money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.pricing.cost import Custo, Quantidades, cost_of
from jobs.pricing.effort import Effort, Historico, builder, by_phase, effort_of
from jobs.pricing.rates import Pricing
from jobs.pricing.size import Tamanho, Testes, size_of, tests_of
from jobs.specs.model import Spec

LEVELS = ("bruto", "p50", "p80")
"""Raw from the constants; with what was learnt; the limit."""


@dataclass(frozen=True)
class Reckoning:
    """All the numbers behind one price; amounts and costs by `bruto`, `p50` and `p80`."""

    sizes: Sequence[Tamanho]
    tests: Sequence[Testes]
    effort: Effort
    amounts: Mapping[str, Quantidades]
    costs: Mapping[str, Custo]
    pricing: Pricing
    historico: Historico
    performers: Mapping[str, str]
    """Who builds each type of vertente."""

    def builder(self, size: Tamanho) -> str:
        """Who builds a vertente, as prices and executions name it."""
        return builder(size, self.performers)

    @property
    def points(self) -> float:
        """The spec's size."""
        return sum(size.pontos for size in self.sizes)

    @property
    def test_count(self) -> int:
        """How many tests will be generated."""
        return sum(each.total for each in self.tests)


def reckon(spec: Spec, pricing: Pricing, historico: Historico, performers: Mapping[str, str]) -> Reckoning:
    """Compute everything; `performers` names who builds each type of vertente."""
    sizes = [size_of(vertente, pricing) for vertente in spec.vertentes]
    tests = tests_of(spec)
    count = sum(each.total for each in tests)
    effort = effort_of(sizes, count, pricing, performers, historico)
    storage = (
        pricing.storage_base_mb
        + sum(size.pontos for size in sizes) * pricing.storage_mb_por_ponto
        + count * pricing.storage_mb_por_teste
    )
    amounts = {which: _amounts(spec, effort, storage, pricing, which) for which in LEVELS}
    costs = {which: cost_of(each, pricing) for which, each in amounts.items()}
    return Reckoning(sizes, tests, effort, amounts, costs, pricing, historico, performers)


def _amounts(spec: Spec, effort: Effort, storage: float, pricing: Pricing, which: str) -> Quantidades:
    seconds = by_phase(effort.maquina, which)["total"]
    gb_seconds = sum(getattr(each, which) * each.ram_mb / 1024 for each in effort.maquina)
    uplift = effort.maquina[0].p80_sobre_p50 if which == "p80" else 1.0
    return Quantidades(
        pessoas_h=by_phase(effort.pessoas, which)["total"],
        tokens=round(effort.tokens * uplift, 1),
        cpu_horas=round(seconds / 3600 * pricing.cpus, 8),
        ram_gb_horas=round(gb_seconds / 3600, 8),
        storage_mb=round(storage * uplift, 6),
        apis=dict(spec.runtime.apis),
    )
