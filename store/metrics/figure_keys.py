"""The keys of all figures: what `metas:` of oficina.yaml may name. Nothing is loaded for them."""

from __future__ import annotations

import re

FIGURES = frozenset(
    (
        "deriva_precisao",
        "deriva_precisao_maquina",
        "desvio_geral",
        "esforco_deploy",
        "esforco_dev",
        "esforco_geral",
        "esforco_teste",
        "maquina_deploy",
        "maquina_dev",
        "maquina_geral",
        "maquina_teste",
        "pred25",
        "pred25_maquina",
        "tendencia_precisao",
        "tendencia_precisao_maquina",
        "variancia",
        "variancia_maquina",
        "chamadas_api",
        "cpu_horas",
        "cpu_usada",
        "ram_gb_horas",
        "ram_usada",
        "storage_mb",
        "storage_usado",
        "tokens_llm",
        "tokens_usados",
        "custo_em_curso",
        "custo_release",
        "custo_spec",
        "custo_total",
        "custo_worker",
        "precisao_custo",
        "bugs",
        "bugs_abertos",
        "bugs_criticos",
        "cobertura",
        "cobertura_no_plano",
        "mttr",
        "releases_com_reparo",
        "retrabalho",
        "sucesso_primeira",
        "ciclo_deploy",
        "ciclo_dev",
        "ciclo_teste",
        "cycle_time",
        "deploys_dia",
        "deploys_falhos",
        "dias_deploy_semana",
        "lead_time",
        "releases_semana",
        "specs_semana",
        "backlog_gaps",
        "bloqueios_abertos",
        "capacidades_adicionadas",
        "gaps_por_tipo",
        "indice_gaps",
        "taxa_gaps",
        "tempo_desbloqueio",
        "sucesso_worker",
        "tempo_vertente",
        "tentativas_worker",
        "tokens_worker",
        "checkpoint",
        "duracao_media",
        "itens_concluidos",
        "itens_enfileirados",
        "itens_falhos",
        "latencia_fila",
        "objetivos_dia",
        "orcamento_erro",
        "orcamento_erro_sucesso",
        "recuperacao",
        "resposta",
        "sucesso",
        "uptime",
        "vazao",
        "aprovacao",
        "aprovacao_aberta",
        "aprovacao_aprovar_orcamento",
        "aprovacao_aprovar_release",
        "aprovacao_decidir_pull",
        "aprovacao_validar_implantacao",
        "fluxo_ciclo",
        "fluxo_eficiencia",
        "fluxo_liquido",
        "fluxo_retornos",
        "fluxo_vazao",
        "fluxo_wip",
        "previsao_14d",
        "previsao_30d",
        "previsao_7d",
        "previsao_acerto",
        "previsao_crescente",
        "previsao_fixa",
        "dora_falha",
        "dora_frequencia",
        "dora_lead_time",
        "dora_recuperacao",
        "dora_retrabalho",
        "custo_resultado",
        "desperdicio",
        "gasto",
        "calibracao_erro_maquina",
        "calibracao_erro_pessoas",
        "calibracao_maquina",
        "calibracao_mostrado_maquina",
        "calibracao_mostrado_pessoas",
        "calibracao_p80",
        "calibracao_pessoas",
        "espera",
        "gargalo_1",
        "gargalo_2",
        "gargalo_3",
        "recomendacoes",
    )
)
"""Those that every workspace has."""
BANDS = frozenset(
    (
        "cpu_horas",
        "esforco_deploy",
        "esforco_dev",
        "esforco_geral",
        "esforco_teste",
        "maquina_deploy",
        "maquina_dev",
        "maquina_geral",
        "maquina_teste",
        "precisao_custo",
        "ram_gb_horas",
        "storage_mb",
        "tokens_llm",
    )
)
"""Ratios that are good around 1: their target is a factor either way."""
SHARES = frozenset(
    (
        "calibracao_p80",
        "cobertura",
        "cobertura_no_plano",
        "desperdicio",
        "dora_falha",
        "dora_retrabalho",
        "fluxo_eficiencia",
        "mudanca_concluidas",
        "mudanca_primeira",
        "pred25",
        "pred25_maquina",
        "previsao_acerto",
        "releases_com_reparo",
        "sucesso",
        "sucesso_primeira",
        "sucesso_worker",
        "taxa_gaps",
        "uptime",
    )
)
"""Their unit is a share, from 0 to 1."""
BUDGETS = {"orcamento_erro": "uptime", "orcamento_erro_sucesso": "sucesso"}
"""What follows from another figure's target, and from which."""
_SHARED = "mudanca_tentativas_"
_MADE = re.compile(r"mudanca_[A-Za-z0-9_]{1,80}")
"""Those of what the analyser compares: actors, types, workers."""


def is_figure(key: str) -> bool:
    """Whether a figure has this key, or can have it."""
    return key in FIGURES or _MADE.fullmatch(key) is not None


def wrong_target(key: str, value: float) -> tuple[str, str] | None:
    """Why a figure's value can't be held against a number, and what would be right; None where it can."""
    if key in BUDGETS:
        return (
            f"it follows from the target of {BUDGETS[key]}",
            f"set {BUDGETS[key]}, as in {BUDGETS[key]}: 0.995",
        )
    if (key in SHARES or key.startswith(_SHARED)) and not 0 <= value <= 1:
        right = f"{value / 100:g} is {value:g} %" if 1 < value <= 100 else "0.9 is 90 %"
        return f"a share is from 0 to 1, not {value:g}", right
    if key in BANDS and value < 1:
        right = f"{1 / value:.4g} is {value:g} to {1 / value:.4g}" if value > 0 else "1.25 is 0.8 to 1.25"
        return f"it is a factor either way, from 1 up, not {value:g}", right
    return None
