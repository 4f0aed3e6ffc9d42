"""`execucoes`: one development or bug fix, carried through its release and deployment to its end.

Section 6.3 of prometheus_arquitetura.md as metrics.md section 2 corrects it: two amounts a phase (people's
hours and machine seconds), None where nothing was measured, coverage as strategy and percent, the first
verdict kept.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from store.documents.base import Money, StoredDocument, Time, TimeOrEmpty

Number = float | int


class Fase(StrEnum):
    """The phases that `registrar_execucao` knows."""

    INICIO = "inicio"
    DEV_INICIO = "dev_inicio"
    DEV_FIM = "dev_fim"
    TESTE_INICIO = "teste_inicio"
    TESTE_FIM = "teste_fim"
    DEPLOY_INICIO = "deploy_inicio"
    DEPLOY_FIM = "deploy_fim"
    FIM = "fim"


ExecutionStatus = Literal["em_andamento", "concluido", "falhou", "cancelado", "rejeitado"]


class ByPhase(StoredDocument):
    """One amount a phase."""

    dev: Number | None = None
    teste: Number | None = None
    deploy: Number | None = None
    total: Number | None = None


class Resources(StoredDocument):
    """What was, or will be, used up; None is not measured."""

    tokens_llm: Number | None = None
    cpu_horas: Number | None = None
    ram_gb_horas: Number | None = None
    chamadas_api: dict[str, Number] = Field(default_factory=dict)
    storage_mb: Number | None = None


class CostParts(StoredDocument):
    """R$ by part."""

    pessoas: Money | None = None
    llm: Money | None = None
    infra: Money | None = None
    apis: Money | None = None


class ExecutionCost(StoredDocument):
    """The sum of the parts, in R$."""

    total: Money | None = None
    breakdown: CostParts = Field(default_factory=CostParts)


class Calibrated(StoredDocument):
    """The estimate with what finished executions had taught: the P50 that was shown with the price."""

    horas: ByPhase = Field(default_factory=ByPhase)
    maquina_s: ByPhase = Field(default_factory=ByPhase)
    custo_total: Money | None = None
    fatores: dict[str, Number] = Field(default_factory=dict)
    """Of `pessoas` and `maquina`, over the whole series."""


class Estimated(StoredDocument):
    """Copied from the price at the start: P50, raw from the constants; accuracy and calibration are measured
    on it.
    """

    horas: ByPhase = Field(default_factory=ByPhase)
    maquina_s: ByPhase = Field(default_factory=ByPhase)
    recursos: Resources = Field(default_factory=Resources)
    custo: ExecutionCost = Field(default_factory=ExecutionCost)
    custo_p80: Money | None = None
    estrategia_cobertura: str = ""
    cobertura_planejada_pct: Number | None = None
    grupos: dict[str, Number] = Field(default_factory=dict)
    """Machine seconds by worker and vertente (`WORKER_D/D`), raw; empty where the price had none."""
    calibrado: Calibrated | None = None
    """Beside the raw estimate, where a factor was applied."""


class Actual(StoredDocument):
    """Measured. `horas` and `maquina_s` are active amounts; `relogio_s` is phase end minus start."""

    horas: ByPhase = Field(default_factory=ByPhase)
    maquina_s: ByPhase = Field(default_factory=ByPhase)
    relogio_s: ByPhase = Field(default_factory=ByPhase)
    recursos: Resources = Field(default_factory=Resources)
    custo: ExecutionCost = Field(default_factory=ExecutionCost)
    cobertura_pct: Number | None = None
    linhas_cobertas: int | None = None
    linhas_total: int | None = None
    """Lines that the tests ran through, and lines that there are, as the test report counts them."""
    tentativas_correcao: int = 0
    passou_primeira: bool | None = None
    """The first test verdict, kept whatever comes after."""
    testes_total: int | None = None
    testes_falhos: int | None = None


class ResourceAccuracy(StoredDocument):
    """Actual over estimate."""

    tokens_llm: Number | None = None
    cpu_horas: Number | None = None
    ram_gb_horas: Number | None = None
    storage_mb: Number | None = None
    custo: Number | None = None


class Accuracy(StoredDocument):
    """Ratios, each within one amount; `geral` is the overall deviation, 1 is perfect."""

    horas: ByPhase = Field(default_factory=ByPhase)
    maquina_s: ByPhase = Field(default_factory=ByPhase)
    recursos: ResourceAccuracy = Field(default_factory=ResourceAccuracy)
    geral: Number | None = None


class Timestamps(StoredDocument):
    """When each phase began and ended."""

    spec_criada_at: TimeOrEmpty = ""
    orcamento_aprovado_at: TimeOrEmpty = ""
    dev_inicio_at: TimeOrEmpty = ""
    dev_fim_at: TimeOrEmpty = ""
    teste_inicio_at: TimeOrEmpty = ""
    teste_fim_at: TimeOrEmpty = ""
    deploy_inicio_at: TimeOrEmpty = ""
    deploy_fim_at: TimeOrEmpty = ""
    created_at: Time
    updated_at: Time


class Quality(StoredDocument):
    """Bugs, which are not the same as failed tests."""

    bugs_encontrados: int = 0
    bugs_producao: int = 0
    severidade_bugs: dict[str, int] = Field(default_factory=dict)


class WorkerRun(StoredDocument):
    """One worker's share of the development."""

    worker: str
    vertente: str
    nome: str = ""
    inicio_at: TimeOrEmpty = ""
    fim_at: TimeOrEmpty = ""
    duracao_minutos: Number | None = None
    tokens_consumidos: Number | None = None
    tentativas: int = Field(default=1, ge=1)
    """The first counts."""
    passou_primeira: bool | None = None
    artefatos: list[str] = Field(default_factory=list)
    cpu_s: Number | None = None
    pico_rss_mb: Number | None = None


class BugTimes(StoredDocument):
    """For a `corrigir_bug`: what time to repair is computed from."""

    severidade: Literal["critico", "alto", "medio", "baixo", "sem_classificacao"] = "sem_classificacao"
    aberto_em: TimeOrEmpty = ""
    corrigido_em: TimeOrEmpty = ""
    implantado_em: TimeOrEmpty = ""
    implantacao_causadora: str = ""


class Execution(StoredDocument):
    """An execution as it is stored."""

    id: str = ""
    spec_ref: str
    spec_versao: int | None = None
    release_ref: str = ""
    backlog_item_ref: str
    spec_recursos_ref: str = ""
    saga_id: str
    status: ExecutionStatus = "em_andamento"
    concluido_em: TimeOrEmpty = ""
    """When it ended, however it did."""
    estimado: Estimated = Field(default_factory=Estimated)
    realizado: Actual = Field(default_factory=Actual)
    precisao: Accuracy = Field(default_factory=Accuracy)
    timestamps: Timestamps
    qualidade: Quality = Field(default_factory=Quality)
    workers: list[WorkerRun] = Field(default_factory=list)
    bug: BugTimes | None = None
    tentativa: dict[str, Any] = Field(default_factory=dict)
    """What the attempt that is under way has recorded of the machine: `{fase, maquina_s, cpu_horas,
    ram_gb_horas, infra}`, the phase being the last one that it began."""
