"""`sprints` and `tasks`: a finite cycle of work, and its tree (sections M2 and 3.3 of ms_sprint_receitas.md).

A task that carries a backlog item has neither title, state nor estimate of its own: those are the item's.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from store.documents.base import Sha256, StoredDocument, Time, TimeOrEmpty

SPRINT_ID = r"^[A-Za-z][A-Za-z0-9_-]{0,31}$"
TASK_CODE = r"^T[0-9]{2,4}(\.[1-9][0-9]{0,3}){0,15}$"
DATE = r"^(\d{4}-\d{2}-\d{2})?$"

Cost = Annotated[str, Field(pattern=r"^\d+\.\d{2,}$")]
"""R$ that something is to take: exact decimal text, never less than nothing."""

Grouping = Literal["Saga", "Épico", "Feature", "Ciclo Epistemológico"]
TaskEnd = Literal["", "concluida", "cancelada", "devolvida", "levada"]


class HistoryEntry(StoredDocument):
    """One thing that was done to a sprint or a task."""

    em: Time
    quem: str
    oque: str
    dados: dict[str, Any] = Field(default_factory=dict)


class Recipe(StoredDocument):
    """The definition that a sprint is an instance of, as it was when the sprint was opened."""

    arquivo: str
    sha256: dict[str, Sha256]
    """Every file that it was read from."""


class Sprint(StoredDocument):
    """A sprint; `sprint_id` is the one that people give it, `S022`."""

    id: str = ""
    sprint_id: str = Field(pattern=SPRINT_ID)
    titulo: str
    objetivo: str = ""
    agrupador: Grouping = "Feature"
    inicio: str = Field(default="", pattern=DATE)
    fim: str = Field(default="", pattern=DATE)
    """Planned dates, `YYYY-MM-DD`; empty where there are none."""
    estado: Literal["aberta", "encerrada"] = "aberta"
    wip: int | None = Field(default=None, ge=1)
    """Tasks that may be under way at once; None is no limit."""
    limite_filhos: int | None = Field(default=20, ge=0)
    """Children that one task pulls by itself; those beyond are asked about. None is no limit."""
    limite_profundidade: int = Field(default=4, ge=1, le=16)
    """Levels of the tree that children are pulled to by themselves: T01 is one, T01.1 two."""
    orcamento: Cost | None = None
    """What it may cost, in R$; None leaves it to the workspace's limit of a sprint."""
    horas_dia: float | int = Field(default=8, gt=0, le=24)
    """Hours of work a day, for its forecast."""
    auto_iniciar: bool = False
    """Its tasks start by themselves once what they wait for is done: the human's dispatch, in advance."""
    prometido: int = Field(default=0, ge=0)
    """The highest number of a root's code that a question about a child has named."""
    receita: Recipe | None = None
    aberta_em: Time
    encerrada_em: TimeOrEmpty = ""
    encerramento: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """What became at the close of each task (by code) and child (by item) that was left:
    `{acao, motivo, para}`."""
    historico: list[HistoryEntry] = Field(default_factory=list)


class TaskEstimate(StoredDocument):
    """People's hours and R$; None is not estimated."""

    horas: float | int | None = Field(default=None, ge=0)
    custo: Cost | None = None


class Attachment(StoredDocument):
    """A file that came with a result, kept by its content; `tamanho` in bytes."""

    nome: str
    sha256: Sha256
    tamanho: int


class Task(StoredDocument):
    """One task of one sprint. It is never deleted, so that its code is never given to another."""

    id: str = ""
    sprint_id: str = Field(pattern=SPRINT_ID)
    codigo: str = Field(pattern=TASK_CODE)
    chave: str
    """`S022/T01`."""
    sob: str
    """What it is listed under: its parent's `chave`, or its sprint's id with a slash."""
    pai: str = ""
    """Its parent's code; empty for a root."""
    titulo: str = ""
    """A person's task's own; of one with an item, the item's."""
    responsavel: str = ""
    """The MS or the person who does it."""
    item_ref: str = ""
    retido_antes: bool = False
    """Whether its item was held before the task carried it: what it goes back to."""
    puxada: bool = False
    """It came in as a child of its parent's work."""
    depende_de: list[str] = Field(default_factory=list)
    """Codes of this sprint (`T01`), or items (`BKL-0042`)."""
    estimativa: TaskEstimate | None = None
    espera_auto: str | None = None
    """Its sprint's id while it is to start by itself; indexed."""
    em_curso: str | None = None
    """Its sprint's id while it is under way; indexed."""
    ordem: float | int = 0
    """Its place among its siblings, before the number of its code."""
    prometido: int = Field(default=0, ge=0)
    """The highest number of a code that a question about one of its work's children has named."""
    filhos: list[dict[str, Any]] = Field(default_factory=list)
    """Children that its recipe foresees, as `produzir` takes them: they come up when it starts."""
    criada_em: Time
    iniciada_em: TimeOrEmpty = ""
    iniciada_por: str = ""
    encerrada_em: TimeOrEmpty = ""
    encerrada_por: str = ""
    fim: TaskEnd = ""
    bloqueio: str = ""
    """Why a person can't go on with it."""
    resultado: dict[str, Any] | None = None
    """A person's; of a task with an item, the item's."""
    anexos: list[Attachment] = Field(default_factory=list)
    motivo: str = ""
    levada_para: str = ""
    """The `chave` of the task that goes on with it, where it was carried over or moved."""
    veio_de: str = ""
    """The `chave` of the task that it goes on with."""
    historico: list[HistoryEntry] = Field(default_factory=list)
