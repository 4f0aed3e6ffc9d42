"""From amounts to money: the same function for an estimate and for what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jobs.pricing.numbers import money, shown, stored
from jobs.pricing.rates import Preco, Pricing

CENT_OF_A_CENT = Decimal("0.0001")


@dataclass(frozen=True)
class Quantidades:
    """What costs: people's hours, tokens, processor hours, GB hours of memory, MB kept, calls by API."""

    pessoas_h: float = 0.0
    tokens: float = 0.0
    cpu_horas: float = 0.0
    ram_gb_horas: float = 0.0
    storage_mb: float = 0.0
    apis: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Custo:
    """Money in R$ by part; `sem_preco` names APIs that have no price and are not in the sum."""

    pessoas: Decimal
    llm: Decimal
    infra: Decimal
    apis: Decimal
    sem_preco: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """The sum of the parts."""
        return self.pessoas + self.llm + self.infra + self.apis

    @property
    def breakdown(self) -> dict[str, str]:
        """The parts, as the store keeps them."""
        parts = {"pessoas": self.pessoas, "llm": self.llm, "infra": self.infra, "apis": self.apis}
        return {name: stored(value) for name, value in parts.items()}


def cost_of(quantities: Quantidades, pricing: Pricing) -> Custo:
    """What `quantities` cost in R$, each part exact to a hundredth of a cent."""
    return Custo(
        pessoas=_rounded(_exact(quantities.pessoas_h) * pricing.reais(pricing.hora)),
        llm=_rounded(_exact(quantities.tokens) / 1000 * pricing.reais(pricing.por_mil_tokens)),
        infra=_rounded(infra_of(quantities, pricing)),
        apis=_rounded(apis_of(quantities.apis, pricing)),
        sem_preco=tuple(sorted(set(quantities.apis) - set(pricing.apis))),
    )


def infra_of(quantities: Quantidades, pricing: Pricing) -> Decimal:
    """What machines cost in R$, not rounded: a step of a second is less than a hundredth of a cent."""
    return (
        _exact(quantities.cpu_horas) * pricing.reais(pricing.cpu_hora)
        + _exact(quantities.ram_gb_horas) * pricing.reais(pricing.ram_gb_hora)
        + _exact(quantities.storage_mb) / 1024 * 12 * pricing.reais(pricing.storage_gb_mes)
    )


def apis_of(calls: Mapping[str, int], pricing: Pricing) -> Decimal:
    """What calls by API cost in R$, not rounded; those without a price are not in it."""
    priced = ((number, pricing.apis[name]) for name, number in calls.items() if name in pricing.apis)
    return sum((number * pricing.reais(preco) for number, preco in priced), Decimal(0))


def _exact(value: float) -> Decimal:
    return Decimal(str(value))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT_OF_A_CENT)


def cost_formulas(quantities: Quantidades, pricing: Pricing, custo: Custo) -> list[tuple[str, str, str]]:
    """The four parts of a cost, each as (label, formula with its numbers, value)."""
    infra = (
        f"{shown(quantities.cpu_horas)} CPU h × {_price(pricing.cpu_hora, pricing)}"
        f" + {shown(quantities.ram_gb_horas)} GB h × {_price(pricing.ram_gb_hora, pricing)}"
        f" + {shown(quantities.storage_mb)} MB ÷ 1024 × 12 months × {_price(pricing.storage_gb_mes, pricing)}"
    )
    tokens = f"{shown(quantities.tokens)} tokens ÷ 1000 × {_price(pricing.por_mil_tokens, pricing)}"
    return [
        (
            "People",
            f"{shown(quantities.pessoas_h)} h × {_price(pricing.hora, pricing)}",
            money(custo.pessoas),
        ),
        ("Model", tokens, money(custo.llm)),
        ("Infrastructure", infra, money(custo.infra)),
        ("APIs", _apis_formula(quantities, pricing), money(custo.apis)),
    ]


def _apis_formula(quantities: Quantidades, pricing: Pricing) -> str:
    parts = [
        f"{calls} calls of {name} × {_price(pricing.apis[name], pricing)}"
        if name in pricing.apis
        else f"{calls} calls of {name}: no price, not counted"
        for name, calls in quantities.apis.items()
    ]
    return " + ".join(parts) or "none"


def _price(preco: Preco, pricing: Pricing) -> str:
    if preco.moeda == "BRL":
        return money(preco.valor)
    return f"{money(preco.valor, preco.moeda)} × {shown(pricing.cambio[preco.moeda].taxa)}"


def rate_formulas(pricing: Pricing) -> list[tuple[str, str, str]]:
    """Each exchange rate that prices are in, as (label, day that it is from, value)."""
    fixed = (
        pricing.hora,
        pricing.cpu_hora,
        pricing.ram_gb_hora,
        pricing.storage_gb_mes,
        pricing.por_mil_tokens,
    )
    used = {preco.moeda for preco in (*fixed, *pricing.apis.values())} & set(pricing.cambio)
    return [
        (f"Rate of {moeda}", f"of {pricing.cambio[moeda].em}", money(pricing.cambio[moeda].taxa))
        for moeda in sorted(used)
    ]


def rates_used(pricing: Pricing) -> dict[str, Any]:
    """The exchange rates of a price, so that it is never computed anew with others."""
    return {moeda: {"taxa": str(rate.taxa), "em": rate.em} for moeda, rate in pricing.cambio.items()}
