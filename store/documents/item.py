"""`backlog_items`: a typed message of MS_Backlog, with its dependencies, attempts and lease."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from store.documents.base import Money, Sha256, StoredDocument, Time, TimeOrEmpty


class Status(StrEnum):
    """Where an item stands; section 3.2 of prometheus_arquitetura.md and the ends that design.md adds."""

    BLOQUEADO = "Bloqueado"
    PENDENTE = "Pendente"
    EM_PROCESSAMENTO = "EmProcessamento"
    CONCLUIDO = "Concluido"
    FALHOU = "Falhou"
    PULADO = "Pulado"
    CANCELADO = "Cancelado"


OPEN = frozenset({Status.BLOQUEADO, Status.PENDENTE, Status.EM_PROCESSAMENTO})
UNSETTLED = OPEN | {Status.FALHOU}
"""Open, or a dead letter: something may still come of it."""

StatusText = Literal["Bloqueado", "Pendente", "EmProcessamento", "Concluido", "Falhou", "Pulado", "Cancelado"]
DependencyState = Literal["aberta", "resolvida", "quebrada", "dispensada"]
AttemptEnd = Literal["concluido", "falhou", "perdido", "bloqueou", "devolvido", "cancelado"]


class Executor(StoredDocument):
    """Who runs an attempt: a process, told from any other by boot, pid and start time."""

    boot_id: str
    pid: int
    inicio: str | int | float


class Lease(StoredDocument):
    """The right to hand in one attempt. `prazo_s` is a monotonic limit, held by whoever supervises."""

    token: str
    executor: Executor
    ator: str
    desde: Time
    prazo_s: float | int | None = None


class Reservation(StoredDocument):
    """Tokens and R$ that a running attempt may use; None is no limit."""

    tokens: int | None = None
    custo: Money | None = None


class Extension(StoredDocument):
    """What a decision added to an item's budget."""

    por: str
    """The question that was answered."""
    em: Time
    tokens: int | None = None
    custo: Money | None = None


class Attempt(StoredDocument):
    """One try at an item; every one is kept, and the next worker is handed the last one's reason."""

    numero: int
    token: str
    ator: str
    executor: Executor
    inicio: Time
    fim: TimeOrEmpty = ""
    fim_motivo: AttemptEnd | None = None
    motivo: str = ""
    erro: str = ""
    saida_ref: str = ""
    uso: dict[str, Any] | None = None
    """What it used: `{cpu_s, wall_s, peak_rss_mb, ram_gb_s}` as its keeper measured, and `{tokens, turnos,
    custo: {llm, infra, apis}, apis, medido}` as it was metered; `chamadas` until an execution takes them."""
    reserva: Reservation | None = None
    """What was left of its budget when it was claimed: held until it ends."""
    medida: bool | None = None
    """Whether its execution knows what it took of the machine; None where nobody asks."""


class Artifact(StoredDocument):
    """A file that an item made, kept by its content; `tamanho` in bytes."""

    sha256: Sha256
    tamanho: int


class Dependency(StoredDocument):
    """What became of one dependency; `resolvida` and `dispensada` are for ever."""

    estado: DependencyState = "aberta"
    por: str = ""
    em: TimeOrEmpty = ""


class Blocking(StoredDocument):
    """One episode of being blocked; `verificando` while a probe that may end it is asked for."""

    bloqueado_em: Time
    motivo: str = ""
    verificando: bool = False
    desbloqueado_em: TimeOrEmpty = ""
    desbloqueado_por: str = ""


class Origin(StoredDocument):
    """Where an item was discovered (section 3.1 of ms_sprint_receitas.md)."""

    tipo: Literal["sprint_task", "manual", "ms_producao"]
    sprint_id: str = ""
    task_codigo: str = ""
    ms_origem: str = ""
    auto_pull: bool = False
    criado_em: TimeOrEmpty = ""


class LeftBehind(StoredDocument):
    """That a discovered child was left in the backlog: held until it is pulled into a sprint."""

    por: str
    """Who decided so."""
    em: Time


class NewItem(StoredDocument):
    """What `produzir` takes; the rest of an item follows from its contract and its parent."""

    tipo: str
    contexto: dict[str, Any] = Field(default_factory=dict)
    titulo: str = ""
    prioridade: int | None = None
    fila: str | None = None
    depende_de: list[str] = Field(default_factory=list)
    chave: str = ""
    spec_ref: str | None = None
    spec_versao: int | None = None
    saga_id: str | None = None
    request_id: str | None = None
    execucao_ref: str | None = None
    disponivel_em: TimeOrEmpty = ""
    retido: bool = False
    origem: Origin | None = None
    auto_pull: bool | None = None
    """Of what a task's work discovers: whether it is pulled without asking, instead of its contract's."""
    filho_de: str | None = None
    tarefa: str | None = None


class BacklogItem(StoredDocument):
    """An item as it is stored."""

    id: str = ""
    tipo: str
    titulo: str
    status: StatusText
    prioridade: int = 0
    fila: str = "padrao"
    ator: str
    humano: bool = False
    retido: bool = False
    produtor: str
    contexto: dict[str, Any] = Field(default_factory=dict)
    resultado: dict[str, Any] | None = None
    artefatos: dict[str, Artifact] = Field(default_factory=dict)
    """The files that it made, by path; older items have none."""
    spec_ref: str = ""
    spec_versao: int | None = None
    saga_id: str
    request_id: str
    pai: str = ""
    parte: bool = False
    """Its parent's contract calls it a part: whoever waits for the parent waits for it too."""
    gap_ref: str = ""
    """The gap (an item whose outcome is a probe) that it works for."""
    chave: str = ""
    depende_de: list[str] = Field(default_factory=list)
    dependencias: dict[str, Dependency] = Field(default_factory=dict)
    items_gerados: list[str] = Field(default_factory=list)
    origem: Origin | None = None
    filho_de: str | None = None
    """The task (`S022/T01`) whose work discovered it, for ever; None of what goes on by itself."""
    tarefa: str | None = None
    """The task that it works for now: the one that carries it, or that its parent works for."""
    deixado: LeftBehind | None = None
    """Of a child that its owner left in the backlog; None once it is pulled, and of all others."""
    contrato_versao: str
    criado_em: Time
    atualizado_em: Time
    disponivel_em: TimeOrEmpty = ""
    pendente_em: TimeOrEmpty = ""
    """When it last became something to do: where queue latency and a decision's wait start."""
    devido_em: TimeOrEmpty = ""
    """What `pendente_em` was when it was first begun: the first wait in the queue runs from here."""
    iniciado_em: TimeOrEmpty = ""
    concluido_em: TimeOrEmpty = ""
    desfecho: Literal["", "alcancado", "perdido"] = ""
    """Latched outcome: a gap's capability came (`alcancado`), or the item was refused (`perdido`)."""
    desfecho_em: TimeOrEmpty = ""
    """When that was; of older items it is not known."""
    bloqueios: list[Blocking] = Field(default_factory=list)
    desbloqueado_em: TimeOrEmpty = ""
    desbloqueado_por: str = ""
    tentativas: list[Attempt] = Field(default_factory=list)
    lease: Lease | None = None
    falhas: int = 0
    """Failed attempts since the last decision to retry."""
    perdas: int = 0
    """Workers lost since the last decision to retry, while their line lived."""
    quedas: int = 0
    """Deaths of the line while one worked on it, since the last decision to retry."""
    voltas: int = 0
    """Times in a row that its work wanted to wait for what had come already, since it last did something
    else."""
    motivo: str = ""
    recado: str = ""
    """A person's note for the next worker, from the last decision to retry; gone when the item concludes."""
    execucao_ref: str = ""
    extensoes: list[Extension] = Field(default_factory=list)
    """What was added to its budget since it was approved."""
    refaz: str = ""
    """The item that it does anew since a roll back to a checkpoint: what that used counts in its budget."""
