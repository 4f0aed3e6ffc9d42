"""What the metrics need of the documents: small immutable records, times in epoch seconds, hours as hours.

A missing time is None, a missing amount is None and never 0. `reading` makes them from documents, `fold`
keeps them; `Facts` is what every family is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

Amount = float | None
Moment = float | None


class Pair(NamedTuple):
    """An actual and its estimate, in one unit; None where it was not measured or not estimated."""

    real: Amount = None
    estimado: Amount = None


_UNKNOWN = Pair()


class Phases(NamedTuple):
    """One amount a phase."""

    dev: Pair = Pair()
    teste: Pair = Pair()
    deploy: Pair = Pair()
    total: Pair = Pair()


class Parts(NamedTuple):
    """R$ by part."""

    pessoas: Decimal | None = None
    llm: Decimal | None = None
    infra: Decimal | None = None
    apis: Decimal | None = None
    total: Decimal | None = None


class Run(NamedTuple):
    """One worker's run in an execution."""

    worker: str
    vertente: str
    inicio: Moment
    fim: Moment
    minutos: Amount
    tokens: Amount
    tentativas: int
    """From 1."""
    passou_primeira: bool | None


class Sample(NamedTuple):
    """What calibration learns from an execution: one raw estimate and what it took."""

    serie: str
    """`pessoas` (hours) or `maquina` (seconds)."""
    grupo: str
    bruto: float
    real: float


class Bug(NamedTuple):
    """What a `corrigir_bug` repairs."""

    severidade: str
    aberto: Moment
    corrigido: Moment
    implantado: Moment
    causadora: str
    """The deployment that caused it, where it is known."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One document of `execucoes`."""

    id: str
    spec_ref: str
    spec_versao: int | None
    release_ref: str
    item_ref: str
    saga_id: str
    status: str
    """`em_andamento`, `concluido`, `falhou`, `cancelado` or `rejeitado`."""
    criada: Moment
    encerrada: Moment
    """When it ended, however it did."""
    spec_criada: Moment
    aprovada: Moment
    """When its budget was approved."""
    fases: tuple[tuple[Moment, Moment], tuple[Moment, Moment], tuple[Moment, Moment]]
    """First entry and last exit of dev, teste and deploy."""
    horas: Phases
    """People's hours, active."""
    maquina_s: Phases
    """Machine seconds, active."""
    relogio_s: tuple[Amount, Amount, Amount, Amount]
    """Elapsed seconds of dev, teste, deploy and all."""
    tokens: Pair
    cpu_horas: Pair
    ram_gb_horas: Pair
    storage_mb: Pair
    apis: dict[str, Pair]
    """Calls by API."""
    custo: Parts
    custo_estimado: Parts
    custo_p80: Decimal | None
    cobertura: Pair
    """Percent; the estimate is what was planned."""
    linhas: tuple[int, int] | None
    """Lines covered and lines, where the test report has them."""
    primeira: bool | None
    """The first test verdict."""
    testes: tuple[int | None, int | None]
    """How many tests, how many failed."""
    tentativas: int
    """Correction loops in it."""
    workers: tuple[Run, ...]
    bug: Bug | None
    amostras: tuple[Sample, ...] = ()
    """Empty for one that did not end well, or repairs a bug."""
    calibrado: tuple[Amount, Amount] = (None, None)
    """People's hours and machine seconds in all, as calibration had estimated them; None where it had not."""


class Try(NamedTuple):
    """One attempt at an item."""

    inicio: Moment
    fim: Moment
    motivo: str
    """`concluido`, `falhou`, `perdido`, `bloqueou`, `devolvido`, `cancelado`; empty while it runs."""


class Episode(NamedTuple):
    """One time that an item was blocked; `fim` is None while it is."""

    inicio: Moment
    fim: Moment


@dataclass(frozen=True, slots=True)
class Item:
    """One document of `backlog_items`."""

    id: str
    tipo: str
    ator: str
    humano: bool
    status: str
    produtor: str
    spec_ref: str
    saga_id: str
    request_id: str
    pai: str
    tarefa: str
    """The task that it works for, or empty."""
    filho_de: str
    """The task whose work discovered it, or empty."""
    retido: bool
    criado: Moment
    pendente: Moment
    """When it first became something to do."""
    devido: Moment
    """`pendente`, or its due time where that was later: queue latency runs from here."""
    iniciado: Moment
    """First entry to `EmProcessamento`."""
    concluido: Moment
    """When it ended well (`Concluido`, `Pulado`)."""
    encerrado: Moment
    """When it ended, however it did."""
    tentativas: tuple[Try, ...]
    bloqueios: tuple[Episode, ...]
    recurso: str
    tipo_recurso: str
    """Of a gap: what is missing; else empty."""
    auto_pull: bool | None
    """Of a discovered child; None of others."""
    severidade: str = ""
    """Of a `corrigir_bug`, where somebody said it; else empty."""
    release_ref: str = ""
    """The release that it is about, where it is about one."""
    desfecho: str = ""
    """Of a gap: `alcancado` when its capability came, `perdido` when it was given up; else empty."""
    desfecho_em: Moment = None
    """When that was."""
    agendado: bool = False
    """What kept it until `devido` was its due time."""
    horas_estimadas: Amount = None
    """People's hours, where its context says how many."""
    causadora: str = ""
    """Of a `corrigir_bug`: the deployment that caused it, where it is known; else empty."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One document of `decisoes`."""

    id: str
    item_ref: str
    tipo: str
    saga_id: str
    spec_ref: str
    opcao: str
    politica: str
    """The rule that answered; empty for a person."""
    desfeita: bool
    em: Moment
    espera_s: Amount
    """From when it could be answered to the answer."""
    trabalho_s: Amount


@dataclass(frozen=True, slots=True)
class Release:
    """One document of `releases`."""

    id: str
    spec_ref: str
    execucao_ref: str
    status: str
    criada: Moment
    substitui: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """One document of `implantacoes`."""

    id: str
    release_ref: str
    spec_ref: str
    execucao_ref: str
    alvo: str
    ambiente: str
    status: str
    """`intencao`, `implantada`, `falhou`, `substituida`, `revertida`, `validada` or `invalida`."""
    inicio: Moment
    fim: Moment


@dataclass(frozen=True, slots=True)
class Call:
    """One document of `uso_llm`."""

    id: str
    execucao_ref: str
    worker: str
    fase: str
    modelo: str
    em: Moment
    tentativa: int
    tokens: int
    custo: Decimal | None
    """R$, frozen when it was recorded: what the provider reported, else what was computed."""


@dataclass(frozen=True, slots=True)
class Price:
    """One document of `specs_recursos`."""

    id: str
    spec_ref: str
    spec_versao: int
    criada: Moment
    gaps: tuple[str, ...]
    custo_p50: Decimal | None
    custo_p80: Decimal | None
    horas_p50: Amount = None
    """People's hours, as they were estimated."""


@dataclass(frozen=True, slots=True)
class Capability:
    """One document of `capacidades`."""

    id: str
    nome: str
    tipo: str
    adicionada: Moment


@dataclass(frozen=True, slots=True)
class Sprint:
    """One document of `sprints`."""

    id: str
    sprint_id: str
    titulo: str
    estado: str
    inicio: str
    """A day, `2026-11-26`, or empty."""
    fim: str
    aberta: Moment
    encerrada: Moment
    orcamento: Decimal | None
    horas_dia: Amount = None
    """People's hours that are worked a day, in all its lanes (its WIP limit; one without)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One document of `tasks`."""

    id: str
    chave: str
    """`S022/T01`."""
    sprint_id: str
    item_ref: str
    responsavel: str
    puxada: bool
    criada: Moment
    iniciada: Moment
    encerrada: Moment
    fim: str
    """`concluida`, `cancelada`, `devolvida`, `levada`, or empty while it is open."""
    horas: Pair = _UNKNOWN
    """A person's own: the hours of its result, and of its estimate."""


@dataclass(frozen=True, slots=True)
class LineSpan:
    """One time that a process ran the line: from its start to its end, or the last that was heard of it."""

    inicio: Moment
    fim: Moment
    em_ordem: bool
    """It ended in order."""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything, as of one transaction. Tuples are in no promised order."""

    seq: int = 0
    execucoes: tuple[Execution, ...] = ()
    itens: tuple[Item, ...] = ()
    decisoes: tuple[Decision, ...] = ()
    releases: tuple[Release, ...] = ()
    implantacoes: tuple[Deployment, ...] = ()
    chamadas: tuple[Call, ...] = ()
    precos: tuple[Price, ...] = ()
    capacidades: tuple[Capability, ...] = ()
    sprints: tuple[Sprint, ...] = ()
    tasks: tuple[Task, ...] = ()
    linhas: tuple[LineSpan, ...] = ()
    gravacoes_ms: tuple[float, ...] = ()
    """Durations of the last saves of the process that runs the line, in milliseconds."""
    gerado: bool = False
    """A generated history: every page says so."""
    indices: dict[str, object] = field(default_factory=dict, compare=False, repr=False)
    """What families keep for themselves of these facts (sorted copies, sums by day), by their own keys."""
