"""`specs_recursos`: the price of a spec version, with every block of section 5 of
prometheus_arquitetura.md.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from store.documents.base import Money, StoredDocument, Time

Number = float | int


class Percentiles(StoredDocument):
    """P50 is the estimate, which accuracy is measured on; P80 is the price and the limit of the work."""

    p50: Number
    p80: Number


class PhaseAmounts(StoredDocument):
    """An amount a phase, in people's hours or in machine seconds."""

    dev: Percentiles
    teste: Percentiles
    deploy: Percentiles
    total: Percentiles


class Runtime(StoredDocument):
    """What the spec needs to run and to be built; None where it is not known, never 0."""

    cpu: Number | None = None
    ram: Number | None = None
    gpu: Number | bool | None = None
    apis_externas: dict[str, Number] = Field(default_factory=dict)
    tokens_llm_estimado: Number | None = None
    containers: Number | None = None
    cpu_horas: Number | None = None
    ram_gb_horas: Number | None = None
    storage_mb: Number | None = None


class Testing(StoredDocument):
    """The tests to come: strategy as text and percent as a number, kept apart."""

    classes_equivalencia: Number
    combinacoes_estimadas: Number
    estrategia_cobertura: str
    cobertura_planejada_pct: Number | None = None
    tempo_execucao_estimado_s: Any = None


class WorkerShare(StoredDocument):
    """Which worker builds which vertente."""

    worker: str
    vertente: str
    nome: str = ""


class Effort(StoredDocument):
    """Two amounts a phase, never mixed in one ratio."""

    pessoas_horas: PhaseAmounts
    maquina_s: PhaseAmounts
    workers: list[WorkerShare] = Field(default_factory=list)


class Cost(StoredDocument):
    """R$ at P50 and P80; `breakdown` has the parts people, llm, infra and APIs."""

    total_p50: Money
    total_p80: Money
    breakdown: dict[str, Any]
    moeda: str = "BRL"


class Needs(StoredDocument):
    """What must be there first."""

    specs_pre_requisito: list[str] = Field(default_factory=list)
    recursos: list[str] = Field(default_factory=list)
    """Every capability that the spec names; `gaps_infra` are those whose probe failed when it was priced."""
    gaps_infra: list[str] = Field(default_factory=list)
    status: Literal["bloqueado", "liberado"]


class SpecResources(StoredDocument):
    """A price; never changed once it is stored. A new version of the spec gets a new one."""

    id: str = ""
    spec_ref: str
    spec_versao: int
    spec_item_ref: str = ""
    """The item that asked for it (`orcar_spec`)."""
    saga_id: str = ""
    criado_em: Time
    runtime: Runtime
    teste: Testing
    carga: dict[str, Any] = Field(default_factory=dict)
    esforco: Effort
    custo: Cost
    tamanho: dict[str, Any] = Field(default_factory=dict)
    dependencias: Needs
    gaps: list[dict[str, Any]] = Field(default_factory=list)
    constantes: dict[str, Any] = Field(default_factory=dict)
    """The rates and constants that it was made with."""
    explicacao: list[list[str]] = Field(default_factory=list)
    """Every part as (label, formula, value), written when it was priced."""
