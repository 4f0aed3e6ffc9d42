"""precificar(): every block of the mission's section 5.1, from the spec's real size, each part explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.capabilities import Gap
from jobs.pricing.cost import Custo, Quantidades, rates_used
from jobs.pricing.effort import Historico, Parcela, by_phase
from jobs.pricing.explanation import explanation
from jobs.pricing.numbers import stored
from jobs.pricing.rates import Pricing
from jobs.pricing.reckoning import Reckoning, reckon
from jobs.specs.model import Spec
from store.metrics.calibration import Calibration

BUILTIN = {"E": "builtin", "D": "builtin"}
TPS, USUARIOS, PICO = 10, 50, "não definido"
"""The mission's defaults for a spec that names no load (5.1, CARGA)."""


def precificar(
    spec: Spec,
    pricing: Pricing,
    history: Historico | None = None,
    *,
    versao: int = 0,
    gaps: Sequence[Gap] = (),
    performers: Mapping[str, str] = BUILTIN,
) -> dict[str, Any]:
    """The `specs_recursos` document of a spec: what it takes and what it costs, P50 and P80.

    The same spec, pricing and history always give the same document. Hours are people's, `maquina_s` are
    active seconds of machines, money is text in R$; `{p50, p80}` are the estimate and the limit, and the
    numbers of `runtime` are P50. `id`, `criado_em`, `spec_item_ref` and `saga_id` come when it is stored.
    """
    made = reckon(spec, pricing, history or Historico(), performers)
    return {
        "spec_ref": spec.id,
        "spec_versao": versao,
        "runtime": _runtime_block(spec, made.amounts["p50"]),
        "teste": _test_block(spec, made),
        "carga": _load_block(spec),
        "esforco": _effort_block(made),
        "custo": _cost_block(made.costs),
        "tamanho": _size_block(made),
        "dependencias": {
            "specs_pre_requisito": list(spec.depende_de),
            "recursos": list(spec.runtime.recursos),
            "gaps_infra": [gap.recurso for gap in gaps],
            "status": "bloqueado" if gaps else "liberado",
        },
        "gaps": [gap.contexto(spec.id) for gap in gaps],
        "constantes": _constants_block(made),
        "explicacao": [list(row) for row in explanation(made)],
    }


def _size_block(made: Reckoning) -> dict[str, Any]:
    by_type = dict.fromkeys(sorted({size.tipo for size in made.sizes}), 0.0)
    for size in made.sizes:
        by_type[size.tipo] += size.pontos
    return {
        "pontos": made.points,
        "por_vertente": by_type,
        "detalhe": [
            {
                "nome": size.vertente,
                "tipo": size.tipo,
                "worker": made.builder(size),
                "pontos": size.pontos,
                **size.partes,
                "classes_validas": each.validas,
                "classes_invalidas": each.invalidas,
                "combinacoes": each.combinacoes,
                "exemplos": each.exemplos,
                "testes": each.total,
            }
            for size, each in zip(made.sizes, made.tests, strict=True)
        ],
    }


def _runtime_block(spec: Spec, amounts: Quantidades) -> dict[str, Any]:
    return {
        "cpu": spec.runtime.cpu,
        "ram": round(spec.runtime.memoria_mb / 1024, 3),
        "gpu": spec.runtime.gpu,
        "apis_externas": dict(spec.runtime.apis),
        "containers": spec.runtime.containers,
        "tokens_llm_estimado": amounts.tokens,
        "cpu_horas": amounts.cpu_horas,
        "ram_gb_horas": amounts.ram_gb_horas,
        "storage_mb": amounts.storage_mb,
    }


def _test_block(spec: Spec, made: Reckoning) -> dict[str, Any]:
    return {
        "classes_equivalencia": sum(each.classes for each in made.tests),
        "combinacoes_estimadas": sum(each.combinacoes for each in made.tests),
        "estrategia_cobertura": spec.tdd.criterio,
        "cobertura_planejada_pct": spec.tdd.cobertura,
        "tempo_execucao_estimado_s": by_phase(made.effort.maquina, "p50")["teste"],
    }


def _load_block(spec: Spec) -> dict[str, Any]:
    wanted = spec.requisitos
    return {
        "tps_esperado": TPS if wanted.tps is None else wanted.tps,
        "usuarios_simultaneos": USUARIOS if wanted.usuarios is None else wanted.usuarios,
        "pico_estimado": PICO if wanted.pico is None else wanted.pico,
    }


def _effort_block(made: Reckoning) -> dict[str, Any]:
    return {
        "pessoas_horas": _percentiles(made.effort.pessoas),
        "maquina_s": _percentiles(made.effort.maquina),
        "workers": [
            {"worker": made.builder(size), "vertente": size.tipo, "nome": size.vertente}
            for size in made.sizes
        ],
    }


def _percentiles(series: Sequence[Parcela]) -> dict[str, dict[str, float]]:
    p50, p80 = by_phase(series, "p50"), by_phase(series, "p80")
    return {fase: {"p50": p50[fase], "p80": p80[fase]} for fase in p50}


def _cost_block(costs: Mapping[str, Custo]) -> dict[str, Any]:
    p50, p80 = costs["p50"].breakdown, costs["p80"].breakdown
    return {
        "moeda": "BRL",
        "total_p50": stored(costs["p50"].total),
        "total_p80": stored(costs["p80"].total),
        "breakdown": {part: {"p50": p50[part], "p80": p80[part]} for part in p50},
    }


def _raw_block(made: Reckoning) -> dict[str, Any]:
    """The estimate without what was learnt: what an execution is measured and calibration learns on.

    `grupos` are the machine seconds of each worker and vertente.
    """
    effort, amounts, cost = made.effort, made.amounts["bruto"], made.costs["bruto"]
    groups: dict[str, float] = {}
    for each in effort.maquina:
        if "/" in each.grupo:
            groups[each.grupo] = round(groups.get(each.grupo, 0.0) + each.bruto, 6)
    return {
        "pessoas_horas": by_phase(effort.pessoas, "bruto"),
        "maquina_s": by_phase(effort.maquina, "bruto"),
        "grupos": groups,
        "cpu_horas": amounts.cpu_horas,
        "ram_gb_horas": amounts.ram_gb_horas,
        "custo": {"total": stored(cost.total), "breakdown": cost.breakdown},
    }


def _learnt_block(calibration: Calibration, series: Sequence[Parcela]) -> dict[str, Any]:
    """The factor of a whole series, on how many executions it rests, and why it is not applied."""
    raw, p50 = by_phase(series, "bruto")["total"], by_phase(series, "p50")["total"]
    return {
        "n": calibration.n,
        "aplicada": calibration.aplicada,
        "fator": round(p50 / raw, 4) if calibration.aplicada and raw else 1.0,
        "motivo": calibration.motivo,
        "p80_sobre_p50": round(series[0].p80_sobre_p50, 4),
    }


def _constants_block(made: Reckoning) -> dict[str, Any]:
    """What the price was made with: version, rates, raw estimates and what was learnt."""
    limit, effort, learnt = made.amounts["p80"], made.effort, made.historico
    return {
        "pricing_versao": made.pricing.versao,
        "cambio": rates_used(made.pricing),
        "bruto": _raw_block(made),
        "limite": {
            "tokens_llm": limit.tokens,
            "cpu_horas": limit.cpu_horas,
            "ram_gb_horas": limit.ram_gb_horas,
            "storage_mb": limit.storage_mb,
        },
        "historico": {
            "pessoas": _learnt_block(learnt.pessoas, effort.pessoas),
            "maquina": _learnt_block(learnt.maquina, effort.maquina),
        },
        "apis_sem_preco": list(made.costs["p50"].sem_preco),
    }
