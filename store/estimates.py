"""What an execution takes over from its price when it begins: what it will be measured against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.backlog.ports import Doc

PHASES = ("dev", "teste", "deploy")


def estimate(price: Mapping[str, Any]) -> Doc:
    """What an execution copies of its price: raw P50 by phase, each amount apart, and what was not estimated
    as None. What calibration made of it stands beside it, as `calibrado`, where it was applied.
    """
    runtime, testing, cost = price.get("runtime", {}), price.get("teste", {}), price.get("custo", {})
    effort, raw = price.get("esforco", {}), price.get("constantes", {}).get("bruto", {})
    raw_cost = raw.get("custo") or {}
    return {
        "horas": _by_phase(raw.get("pessoas_horas") or effort.get("pessoas_horas", {})),
        "maquina_s": _by_phase(raw.get("maquina_s") or effort.get("maquina_s", {})),
        "recursos": {
            "tokens_llm": runtime.get("tokens_llm_estimado"),
            "cpu_horas": raw.get("cpu_horas", runtime.get("cpu_horas")),
            "ram_gb_horas": raw.get("ram_gb_horas", runtime.get("ram_gb_horas")),
            "chamadas_api": runtime.get("apis_externas", {}),
            "storage_mb": runtime.get("storage_mb"),
        },
        "custo": {
            "total": raw_cost.get("total", cost.get("total_p50")),
            "breakdown": {
                name: _p50(part)
                for name, part in (raw_cost.get("breakdown") or cost.get("breakdown", {})).items()
            },
        },
        "custo_p80": cost.get("total_p80"),
        "estrategia_cobertura": testing.get("estrategia_cobertura", ""),
        "cobertura_planejada_pct": testing.get("cobertura_planejada_pct"),
        "grupos": raw.get("grupos", {}),
        "calibrado": _calibrated(price),
    }


def _calibrated(price: Mapping[str, Any]) -> Doc | None:
    """The P50 that was shown, where a factor was applied in it; None where it is the raw one."""
    learnt = price.get("constantes", {}).get("historico", {})
    if not any(each.get("aplicada") for each in learnt.values()):
        return None
    effort = price.get("esforco", {})
    return {
        "horas": _by_phase(effort.get("pessoas_horas", {})),
        "maquina_s": _by_phase(effort.get("maquina_s", {})),
        "custo_total": price.get("custo", {}).get("total_p50"),
        "fatores": {name: each.get("fator", 1.0) for name, each in learnt.items()},
    }


def _by_phase(amounts: Mapping[str, Any]) -> Doc:
    return {name: _p50(amounts.get(name)) for name in (*PHASES, "total")}


def _p50(amount: Any) -> Any:
    return amount.get("p50") if isinstance(amount, Mapping) else amount
