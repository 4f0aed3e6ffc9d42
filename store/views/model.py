"""The immutable model that the line publishes and the screens read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One backlog item as lists show it; times are UTC texts, empty where there is none."""

    id: str
    tipo: str
    titulo: str
    status: str
    prioridade: int
    ator: str
    produtor: str
    saga_id: str
    spec_ref: str
    criado_em: str
    atualizado_em: str
    disponivel_em: str
    iniciado_em: str
    humano: bool
    """True when a person decides it: it belongs to the inbox while it is Pendente."""
    espera_por: tuple[str, ...] = ()
    """What an item that is Bloqueado still waits for, as its dependencies are written."""
    tentativa: int = 0
    espera_desde: str = ""
    """Since when it could be acted on: unblocked, or created; what a decision's waiting is counted from."""
    busca: str = ""
    """Id, type, title, actor, saga and spec in one folded text (no accents or case), for filters."""
    recurso: str = ""
    """The capability that a gap is about, or that is to be brought in."""


@dataclass(frozen=True, slots=True)
class RunningRow:
    """A step that runs now. `fase` and `progresso` come from its own reports, never made up."""

    item_id: str
    tipo: str
    titulo: str
    ator: str
    worker: str
    fase: str
    iniciado_em: str
    estimado_s: float | None
    feito: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the event log."""

    seq: int
    ts: str
    tipo: str
    item_id: str
    texto: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The key figures of Overview; None where there is no data. `n` counts the executions behind them."""

    n: int = 0
    razao_estimativa: float | None = None
    lead_time_h: float | None = None
    custo_por_spec: float | None = None
    espera_por_voce: float | None = None
    """The share of the lead time, from 0 to 1, in which the work waited for the owner."""
    serie_razao: tuple[float, ...] = ()
    """The same figures one execution (or spec) at a time, oldest first: a bounded tail for sparklines."""
    serie_lead_time: tuple[float, ...] = ()
    serie_custo: tuple[float, ...] = ()
    serie_espera: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SpecRow:
    """Where each spec stands, by its latest version."""

    spec_ref: str
    titulo: str
    versao: int
    etapa: str
    item_id: str
    implantada: str = ""


@dataclass(frozen=True, slots=True)
class LineState:
    """Who runs the line, and how."""

    modo: str = "starting"
    """`starting`, `running`, `paused`, `attached` (another runs it), `viewing`, `stopping`, `failed`."""
    titular: str = ""
    """The process that runs the line, as in `tui:4711`."""
    isolamento: str = ""
    """The sandbox's level: `full` or `limits`."""
    aviso: str = ""
    carregado: bool = False
    """False until the store is loaded; lists say so."""


@dataclass(frozen=True, slots=True)
class ReadModel:
    """Everything the screens show, as of one committed `seq`. Never changed after publication."""

    seq: int = 0
    workspace: str = ""
    itens: Sequence[ItemRow] = ()
    """Every item, oldest first."""
    posicao: Mapping[str, int] = field(default_factory=dict)
    """Item id to its index in `itens`."""
    por_status: Mapping[str, int] = field(default_factory=dict)
    decisoes: Sequence[ItemRow] = ()
    """Open decisions, oldest waiting first."""
    rodando: Sequence[RunningRow] = ()
    bloqueados: Sequence[ItemRow] = ()
    falhas: Sequence[ItemRow] = ()
    specs: Sequence[SpecRow] = ()
    eventos: Sequence[EventRow] = ()
    """The last events, newest first (a bounded tail)."""
    figuras: Figures = Figures()
    linha: LineState = LineState()

    def item(self, item_id: str) -> ItemRow | None:
        """The row of an item, or None."""
        index = self.posicao.get(item_id)
        return None if index is None else self.itens[index]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a decision: its key, what it will do, and whether a reason is wanted."""

    nome: str
    tecla: str
    rotulo: str
    efeito: str
    exige_motivo: bool = False
    perigosa: bool = False
    previa: tuple[str, ...] = ()
    """What the answer does to other items, a line each, from a run of it that is thrown away; bounded.

    A line begins with what happens: `releases`, `breaks`, `cancels`, `produces`, `asks`, …; the last one
    may say how many more there are.
    """
    indisponivel: str = ""
    """Why it cannot be chosen now; empty when it can. Screens grey such an option."""


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """All that there is to know of one item, as plain documents read in one consistent view."""

    item: Document
    contrato: Document
    saga: Sequence[Document] = ()
    """Every item of the saga, oldest first."""
    eventos: Sequence[Document] = ()
    """The item's events, oldest first."""
    spec: Document | None = None
    spec_anterior: Document | None = None
    diferenca: Sequence[str] = ()
    """Unified diff from the previous version that was asked about, without markup."""
    recursos: Document | None = None
    """The `specs_recursos` document: the price and its parts."""
    execucao: Document | None = None
    release: Document | None = None
    implantacao: Document | None = None
    decisoes: Sequence[Document] = ()
    """Earlier decisions of the saga, oldest first."""
    dependencias: Sequence[Document] = ()
    """`{ref, tipo, titulo, estado, detalhe}` for each dependency."""
    gerados: Sequence[Document] = ()
    opcoes: Sequence[Option] = ()
    """What can be answered now; empty when nothing is asked."""
    artefatos: Sequence[Document] = ()
    """`{nome, sha256, tamanho}`; their text comes by `LinePort.artifact`."""
    saida: Sequence[str] = ()
    """The live output of what runs, newest last (a bounded tail)."""
