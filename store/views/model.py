"""The immutable model that the line publishes and the screens read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.views.sprint import SprintView

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
    bloqueado_em: str = ""
    """Since when it waits, while it is Bloqueado."""
    quebradas: tuple[str, ...] = ()
    """Those of `espera_por` whose outcome cannot come by itself any more."""
    verificando: bool = False
    """A probe that may set it free has been asked for."""
    alvo: str = ""
    """The other item that a decision is about: a dead letter, or who waits for what will not come."""
    gap_ref: str = ""
    """The gap that it works for."""
    parte_de: str = ""
    """The item that it is a part of: whoever waits for that one waits for this too."""
    motivo: str = ""
    """Why it failed, was given up, or runs again."""
    falhas: int = 0
    """Failed attempts since the last decision to retry."""
    retido: str = ""
    """Why it is held: nobody can claim it, and it asks nobody; empty where it isn't."""

    @property
    def estado(self) -> str:
        """Its status; `held` of what would be Pendente else."""
        return "held" if self.retido and self.status == "Pendente" else self.status


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
    usado_pct: int | None = None
    """The nearest limit of its budget, in percent, from 80 on."""
    limite: str = ""
    """Which limit that is: `custo`, `tokens`, `turnos`."""
    uso: Mapping[str, Any] = field(default_factory=dict)
    """What it has used so far, as it was metered: tokens, cost, turns; empty where nothing was."""
    medido: bool | None = None
    """False for a performer that can't report its usage; None where there is nothing to report."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the event log; `seq` and `n` place it: the transaction, and which of its events it is."""

    seq: int
    ts: str
    tipo: str
    item_id: str
    texto: str
    n: int = 0
    saga_id: str = ""
    ator: str = ""
    spec_ref: str = ""
    apelido: str = ""
    """The other name that it has (`store.event_names`)."""
    busca: str = ""
    """All of it in one folded text (no accents or case), for filters."""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt of an actor that has ended; times are UTC texts, `fim_motivo` says how it ended."""

    item_id: str
    tipo: str
    titulo: str
    numero: int
    inicio: str
    fim: str
    fim_motivo: str
    motivo: str = ""


@dataclass(frozen=True, slots=True)
class BreakerRow:
    """A performer's circuit breaker: `fechado`, `aberto` (nothing is claimed for it) or `meio_aberto`."""

    performer: str
    """`ACTOR/tipo/performer`."""
    estado: str
    falhas: int = 0
    aberto_em: str = ""
    tenta_em: str = ""
    """When it lets one attempt through, to see."""
    motivo: str = ""


@dataclass(frozen=True, slots=True)
class ActorRow:
    """An actor and its job. What it did is counted over the items that are not archived yet."""

    nome: str
    descricao: str = ""
    tipos: tuple[tuple[str, str], ...] = ()
    """Each type that it consumes with what does its step: `builtin`, `comando`, `modelo`, `humano`."""
    estado: str = "idle"
    """`idle`, `working`, `paused`, `open` (its breaker is), `person` (the inbox), `elsewhere` (its job is
    in another process) or `off` (no process runs it)."""
    fila: str = ""
    concorrencia: int = 0
    na_fila: int = 0
    """Items that it claims (a person: decides), those included that wait for their time."""
    em_voo: int = 0
    bloqueados: int = 0
    concluidos: int = 0
    falhas: int = 0
    """Attempts that failed."""
    perdas: int = 0
    """Attempts whose worker was lost."""
    mortas: int = 0
    """Its dead letters."""
    execucoes: int = 0
    """How often its dispatcher has run in this process."""
    ultima: str = ""
    proxima: str = ""
    """When its dispatcher ran last and will run next at the latest; empty where it doesn't."""
    tentativas: tuple[AttemptRow, ...] = ()
    """The attempts that ended last, newest first (a bounded tail)."""
    disjuntores: tuple[BreakerRow, ...] = ()
    """Those of its breakers that are not closed, or have counted failures."""
    mais_tarde: tuple[str, ...] = ()
    """When those of `na_fila` come whose time was still to come as they were written, soonest first."""
    retidos: int = 0
    """Items that are held until somebody starts their task."""
    de_pessoa: int = 0
    """Items of its types that a person decides: they are in the inbox."""


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """A decision that a policy's rule took, and that stands."""

    decisao: str
    item_id: str
    regra: str
    opcao: str
    desfazer_ate: str = ""
    """Until when it can be taken back; empty where that was never so."""


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
    fornece: tuple[str, ...] = ()
    """The capabilities that its latest version brings."""


@dataclass(frozen=True, slots=True)
class LineState:
    """Who runs the line, and how."""

    modo: str = "starting"
    """`starting`, `running`, `paused`, `attached` (another runs it), `viewing`, `stopping`, `failed`."""
    titular: str = ""
    """The process that runs the line, as in `tui:4711`."""
    desde: str = ""
    """Since when it does (UTC text)."""
    isolamento: str = ""
    """The sandbox's level: `full` or `limits`."""
    aviso: str = ""
    carregado: bool = False
    """False until the store is loaded; lists say so."""


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One check of the workspace's health: `estado` is `ok`, `warn` or `bad`."""

    nome: str
    """`store`, `scheduler`, `disk`, `sandbox`, `breakers`, `decisions`, `leases`, `gaps` or `log`."""
    estado: str
    motivo: str = ""
    """What was found, in one line."""
    remedio: str = ""
    """What to do about it; empty where nothing is to be done."""


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
    """How many items there are of each `ItemRow.estado`."""
    decisoes: Sequence[ItemRow] = ()
    """Open decisions, oldest waiting first."""
    por_regra: Sequence[RuleAnswer] = ()
    """The last decisions that rules took, oldest first (a bounded tail)."""
    rodando: Sequence[RunningRow] = ()
    bloqueados: Sequence[ItemRow] = ()
    falhas: Sequence[ItemRow] = ()
    recuos: Sequence[ItemRow] = ()
    """Items that failed and go back to work at `disponivel_em`, soonest first (also when that has come)."""
    atores: Sequence[ActorRow] = ()
    specs: Sequence[SpecRow] = ()
    eventos: Sequence[EventRow] = ()
    """The last events, newest first (a bounded tail)."""
    figuras: Figures = Figures()
    linha: LineState = LineState()
    saude: tuple[HealthRow, ...] = ()
    """Every check of its health, as of a few seconds ago; empty until there was a first look."""
    sprints: tuple[SprintView, ...] = ()
    """The open sprints, the newest first; one that did not change is the same object as before."""

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
class Change:
    """One thing that is otherwise than when the same was asked before; None is not there."""

    sobre: str
    """`custo` (R$, P80), `esforco`, `tamanho`, `vertentes`, `partes` (`<vertente>.regras`), `testes`,
    `casos` (`verde`, `vermelho`), `precisa`, `depende_de`, `versao`, `arquivos` (digests)."""
    nome: str
    antes: Any
    agora: Any


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
    diferenca_release: Sequence[str] = ()
    """The same from the files of the release that was asked about before."""
    anterior: Document | None = None
    """The question of the same kind that was asked before about the spec, and its answer
    (`store.views.earlier.asked_before`)."""
    mudancas: Sequence[Change] = ()
    """What has changed since that question."""
    orcamento: Document | None = None
    """`{aprovado, usado, resta, medido}` of work that has a budget, and `limites`: what is left of those that
    the workspace has, `{mes, sprint}`.
    """
    recursos: Document | None = None
    """The `specs_recursos` document: the price and its parts."""
    execucao: Document | None = None
    release: Document | None = None
    implantacao: Document | None = None
    capacidade: Document | None = None
    """The capability that the item is about, with what the store knows of its definition."""
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
