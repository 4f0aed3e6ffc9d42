"""The read model, folded from committed transactions: each costs what it changed, publishing a list copy."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from operator import is_
from typing import Any, Protocol

from store.collections import COLLECTIONS
from store.views.actors import ActorFacts, ActorFold
from store.views.durations import DurationFold
from store.views.figures import FigureFold
from store.views.model import (
    Document,
    EventRow,
    HealthRow,
    ItemRow,
    LineState,
    ReadModel,
    RuleAnswer,
    RunningRow,
)
from store.views.ordered import OrderedRows
from store.views.rows import event_row, item_row
from store.views.sprint import SprintView
from store.views.standing import StandingFold

EVENTS = 200
"""Events that a model carries."""
ANSWERS = 20
"""Answers of rules that a model carries."""

_FOLDED = tuple(
    name for name in ("specs", "decisoes", "execucoes", "implantacoes", "disjuntores") if name in COLLECTIONS
)
"""The collections besides `backlog_items` that the model is made from; decisions before executions."""


class Commit(Protocol):
    """What a fold needs of `store.database.Commit`."""

    @property
    def seq(self) -> int: ...
    @property
    def put(self) -> Mapping[str, Mapping[str, Document]]: ...
    @property
    def deleted(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def events(self) -> Sequence[Document]: ...


class Source(Protocol):
    """What a fold needs of `store.database.Database`."""

    @property
    def seq(self) -> int: ...
    def reading(self) -> AbstractContextManager[Any]: ...
    def all(self, collection: str) -> Iterable[Document]: ...
    def history(self, *, newest_first: bool = ..., limit: int | None = ...) -> Iterator[Document]: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """What a running step last reported of itself; the line keeps it, the store does not."""

    worker: str = ""
    fase: str = ""
    feito: int | None = None
    total: int | None = None
    usado_pct: int | None = None
    limite: str = ""
    uso: Mapping[str, Any] = field(default_factory=dict)
    """What it has used so far, as it was metered: tokens, cost, turns."""
    medido: bool | None = None
    """False for a performer that can't report its usage."""


class ReadFold:
    """Not for several threads: the line's own thread loads, applies and publishes."""

    def __init__(self, *, workspace: str = "") -> None:
        """`workspace` is the name that the header shows."""
        self._workspace = workspace
        self._reset()

    def _reset(self) -> None:
        self.seq = 0
        self._rows: dict[str, ItemRow] = {}
        self._positions: dict[str, int] = {}
        self._dropped = False
        self._counts: Counter[str] = Counter()
        self._lists = {name: OrderedRows(*rule) for name, rule in _LISTS.items()}
        self._events: deque[EventRow] = deque(maxlen=EVENTS)
        self._figures, self._standing, self._durations = FigureFold(), StandingFold(), DurationFold()
        self._actors = ActorFold()
        self._answers: dict[str, RuleAnswer] = {}
        self._published = ReadModel(workspace=self._workspace)
        self._stale = set(_PARTS)

    # In

    def load(self, db: Source) -> None:
        """Fold everything that a database holds, as of one moment; what was folded before is forgotten."""
        self._reset()
        with db.reading():
            self.seq = db.seq
            for item in db.all("backlog_items"):
                self._put_item(item)
            for collection in _FOLDED:
                for document in db.all(collection):
                    self._put(collection, document["id"], document)
            newest = list(db.history(newest_first=True, limit=EVENTS))
        self._events.extendleft(event_row(event) for event in reversed(newest))

    def apply(self, commit: Commit) -> bool:
        """Fold one commit; False when it was folded already (commits come in order of seq)."""
        if commit.seq <= self.seq:
            return False
        self.seq = commit.seq
        for document in commit.put.get("backlog_items", {}).values():
            self._put_item(document)
        for collection in _FOLDED:
            for document_id, document in commit.put.get(collection, {}).items():
                self._put(collection, document_id, document)
        for document_id in commit.deleted.get("backlog_items", ()):
            self._drop_item(document_id)
        for event in commit.events:
            self._events.appendleft(event_row(event))
            self._stale.add("eventos")
        return True

    def _put_item(self, item: Document) -> None:
        row = item_row(item)
        old = self._rows.get(row.id)
        if old is None:
            self._positions[row.id] = len(self._rows)  # made anew at publication where rows were dropped
            self._stale.add("posicao")
        else:
            self._counts[old.estado] -= 1
        self._rows[row.id] = row
        self._counts[row.estado] += 1
        self._stale |= {"itens", "por_status"}
        self._stale |= {name for name, rows in self._lists.items() if rows.put(row)}
        self._standing.put_item(row)
        self._durations.put_item(item)
        self._actors.put_item(item)
        self._stale.add("specs")

    def _drop_item(self, item_id: str) -> None:
        old = self._rows.pop(item_id, None)
        if old is not None:
            self._counts[old.estado] -= 1
            self._actors.drop_item(item_id)
            self._dropped = True
            self._stale |= {"itens", "por_status", "posicao"}
            self._stale |= {name for name, rows in self._lists.items() if rows.drop(item_id)}

    def _put(self, collection: str, document_id: str, document: Document) -> None:
        if collection == "specs":
            self._standing.put_version(document)
            self._stale.add("specs")
        elif collection == "implantacoes":
            self._standing.put_deployment(document_id, document)
            self._stale.add("specs")
        elif collection == "decisoes":
            self._figures.put_decision(document_id, document)
            self._put_answer(document_id, document)
        elif collection == "disjuntores":
            self._actors.put_breaker(document_id, document)
        else:
            self._figures.put_execution(document_id, document)
            self._stale.add("figuras")

    def _put_answer(self, decision_id: str, decision: Document) -> None:
        """Keep a rule's answer, until a person takes it back."""
        if not decision.get("politica"):
            return
        self._answers.pop(decision_id, None)
        if decision.get("estado", "tomada") == "tomada":
            self._answers[decision_id] = RuleAnswer(
                decision_id,
                decision.get("item_ref") or "",
                decision["politica"],
                decision.get("opcao") or "",
                decision.get("desfazer_ate") or "",
            )
            while len(self._answers) > ANSWERS:
                del self._answers[next(iter(self._answers))]
        self._stale.add("por_regra")

    # Out

    def publish(
        self,
        *,
        linha: LineState,
        progresso: Mapping[str, Progress] | None = None,
        atores: Sequence[ActorFacts] = (),
        saude: tuple[HealthRow, ...] = (),
        sprints: tuple[SprintView, ...] = (),
    ) -> ReadModel:
        """An immutable model as of the last commit; what did not change is taken from the one before.

        `progresso` has what the running steps report, by item; `atores` how each actor's job stands.
        """
        before, stale = self._published, self._stale
        rows = self._actors.rows(atores)
        self._published = ReadModel(
            seq=self.seq,
            workspace=self._workspace,
            itens=list(self._rows.values()) if "itens" in stale else before.itens,
            posicao=self._places() if "posicao" in stale else before.posicao,
            por_status=+self._counts if "por_status" in stale else before.por_status,
            decisoes=self._lists["decisoes"].rows() if "decisoes" in stale else before.decisoes,
            por_regra=tuple(self._answers.values()) if "por_regra" in stale else before.por_regra,
            rodando=self._running(progresso or {}),
            bloqueados=self._lists["bloqueados"].rows() if "bloqueados" in stale else before.bloqueados,
            falhas=self._lists["falhas"].rows() if "falhas" in stale else before.falhas,
            recuos=self._lists["recuos"].rows() if "recuos" in stale else before.recuos,
            atores=before.atores if rows == before.atores else rows,
            specs=self._standing.rows() if "specs" in stale else before.specs,
            eventos=tuple(self._events) if "eventos" in stale else before.eventos,
            figuras=self._figures.figures() if "figuras" in stale else before.figuras,
            linha=linha,
            saude=saude,
            sprints=before.sprints if _same(sprints, before.sprints) else sprints,
        )
        self._stale = set()
        return self._published

    def _places(self) -> dict[str, int]:
        if self._dropped:
            self._positions = {item_id: index for index, item_id in enumerate(self._rows)}
            self._dropped = False
        return dict(self._positions)

    def _running(self, progress: Mapping[str, Progress]) -> tuple[RunningRow, ...]:
        rows = self._lists["rodando"].rows()
        return tuple(self._running_row(row, progress.get(row.id, _NO_PROGRESS)) for row in rows)

    def _running_row(self, row: ItemRow, report: Progress) -> RunningRow:
        return RunningRow(
            item_id=row.id,
            tipo=row.tipo,
            titulo=row.titulo,
            ator=row.ator,
            worker=report.worker,
            fase=report.fase,
            iniciado_em=row.iniciado_em or row.atualizado_em,
            estimado_s=self._durations.expected(row.tipo),
            feito=report.feito,
            total=report.total,
            usado_pct=report.usado_pct,
            limite=report.limite,
            uso=report.uso,
            medido=report.medido,
        )


def _same(sprints: Sequence[SprintView], before: Sequence[SprintView]) -> bool:
    """Whether they are the same objects: looking at all that they say would take longer than to show them."""
    return len(sprints) == len(before) and all(map(is_, sprints, before))


_NO_PROGRESS = Progress()
_LISTS: dict[str, tuple[Callable[[ItemRow], bool], Callable[[ItemRow], str]]] = {
    "decisoes": (lambda row: row.humano and row.status == "Pendente", lambda row: row.espera_desde),
    "rodando": (lambda row: row.status == "EmProcessamento", lambda row: row.iniciado_em),
    "bloqueados": (
        lambda row: row.status == "Bloqueado",
        lambda row: row.bloqueado_em or row.atualizado_em,
    ),
    "falhas": (lambda row: row.status == "Falhou", lambda row: row.atualizado_em),
    "recuos": (
        lambda row: row.status == "Pendente" and row.falhas > 0 and not row.humano,
        lambda row: row.disponivel_em,
    ),
}
"""The lists that a model has besides all items: what belongs to each, and the time that orders it."""
_PARTS = (
    "por_regra",
    "itens",
    "posicao",
    "por_status",
    "decisoes",
    "bloqueados",
    "falhas",
    "recuos",
    "specs",
    "eventos",
    "figuras",
)
"""What a publication makes anew only where it changed."""
