"""A sprint as its screen and its listing show it: rows of the tree, sums, and a burn-up. Pure functions of
documents and of what was found out about them (`store.sprint.reading` gathers it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from store.views.model import Document
from store.views.search import folded

WORDS = {
    "a_fazer": "to do",
    "espera": "waits",
    "bloqueada": "blocked",
    "pausada": "paused",
    "na_fila": "queued",
    "espera_voce": "waits for you",
    "em_andamento": "under way",
    "pronta": "ready",
    "falhou": "failed",
    "concluida": "done",
    "cancelada": "cancelled",
    "devolvida": "returned",
    "levada": "carried over",
}
"""Every state of a task, and its word, on screen and in the shell."""

CODE = re.compile(r"T[0-9]")
"""How the code of a task begins, and no other name of what is waited for."""

ENDS = frozenset({"concluida", "cancelada", "devolvida", "levada"})


@dataclass(frozen=True, slots=True)
class WaitRow:
    """One thing that a task waits for."""

    ref: str
    """A code of its sprint, `BKL-0042`, `spec:frete` or `cap:assinatura`."""
    titulo: str
    estado: str
    """A task's state, an item's status, or empty."""
    onde: str
    """The task that carries the item (`S022/T01.1`), or that goes on with a task; empty: in the backlog."""
    quebrada: bool
    """It will not come by itself any more."""
    puxavel: bool
    """An open item that no sprint has: it can be pulled."""

    def told(self) -> str:
        """In a line, for whoever asks why the task doesn't start."""
        title = f" «{self.titulo}»" if self.titulo else ""
        return f"{self.ref}{title} ({WORDS.get(self.estado, self.estado) or 'not there'}{self._place()})"

    def _place(self) -> str:
        if not self.onde:
            return ", in the backlog" if self.puxavel else ""
        return f": it goes on as {self.onde}" if self.estado == "levada" else f", carried by {self.onde}"


def carried_to(espera: Iterable[WaitRow]) -> str:
    """The other sprint that what pauses a task has gone to; empty where nothing has."""
    gone = (wait.onde for wait in espera if wait.quebrada and wait.estado == "levada")
    return next((chave.partition("/")[0] for chave in gone), "")


def way_on(chave: str, espera: Sequence[WaitRow]) -> str:
    """The command that gets a task (`S022/T02`) on which waits for something outside of its sprint; empty
    where none is needed.
    """
    if any(wait.quebrada for wait in espera):
        anew = f"`oficina task move {chave} --depends …` has it wait for something else (- for nothing)"
        where = carried_to(espera)
        return f"`oficina task move {chave} --to {where}` takes it there, {anew}" if where else anew
    pull = next((wait.ref for wait in espera if wait.puxavel), "")
    return f"`oficina task add --item {pull}` pulls it" if pull else ""


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What was found out about a task besides its own document."""

    item: Document | None = None
    """The item that it carries, or what is left of one that is archived (`fim`, `titulo`)."""
    desfecho: str = ""
    """What became of the item: `aberta`, `resolvida`, `quebrada`; empty without one."""
    espera: tuple[WaitRow, ...] = ()
    estimado: tuple[float | None, Decimal | None] = (None, None)
    """Hours and R$."""
    realizado: tuple[float | None, Decimal | None] = (None, None)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as the tree shows it; hours are people's, money is R$."""

    codigo: str
    nivel: int
    """Its level in the tree, from 1."""
    titulo: str
    estado: str
    """A key of `WORDS`."""
    responsavel: str
    item_ref: str
    item_status: str
    humano: bool
    """A person's, whether it carries an item or not."""
    puxada: bool
    depende_de: tuple[str, ...]
    espera: tuple[WaitRow, ...]
    estimado_horas: float | None
    estimado_custo: Decimal | None
    realizado_horas: float | None
    realizado_custo: Decimal | None
    iniciada_em: str
    encerrada_em: str
    motivo: str
    """Why it is blocked, cancelled or returned."""
    levada_para: str
    busca: str
    """Code, title, state and actor, folded, for filters."""


@dataclass(frozen=True, slots=True)
class ChildRow:
    """A child that is not decided about: asked already (`pergunta`), or to be when its task concludes. Or one
    that was left in the backlog.
    """

    item_ref: str
    tipo: str
    titulo: str
    task: str
    """The code of the task whose child it is now; of one that was left `S022/T01`, whose work found it."""
    auto_pull: bool
    pergunta: str
    deixado_por: str = ""
    """Who left it in the backlog; empty of one that is to be decided about."""
    deixado_em: str = ""


@dataclass(frozen=True, slots=True)
class SprintRow:
    """A sprint in a list of sprints."""

    sprint_id: str
    titulo: str
    agrupador: str
    estado: str
    inicio: str
    fim: str
    feitas: int
    total: int
    """Tasks that count: those that were not cancelled, returned or carried over."""
    em_curso: int
    wip: int | None


@dataclass(frozen=True, slots=True)
class SprintView:
    """One sprint with its tree."""

    sprint: SprintRow
    objetivo: str
    tarefas: tuple[TaskRow, ...]
    filhos: tuple[ChildRow, ...]
    deixados: tuple[ChildRow, ...]
    """Children of any sprint that were left in the backlog: they can be pulled into this one."""
    proxima: str
    orcamento: Decimal | None
    estimado_custo: Decimal
    realizado_custo: Decimal
    resta_horas: float
    fim_previsto: str
    """The day on which what is left is done, by its estimates; empty where none are known."""
    subida: tuple[tuple[str, int, int], ...] = field(default=())
    """The burn-up: day, tasks done by its end, tasks that there were by then."""


def task_state(task: Document, facts: TaskFacts) -> str:
    """Where a task stands: its end, else what its item (or its person) makes of it."""
    if task["fim"]:
        return str(task["fim"])
    if not task["iniciada_em"]:
        if any(wait.quebrada for wait in facts.espera):
            return "pausada"
        return _unstarted(facts)
    if facts.item is None:
        return "bloqueada" if task["bloqueio"] else "em_andamento"
    return _of_item(facts)


def _unstarted(facts: TaskFacts) -> str:
    """One that only waits for others of its sprint is told apart from one that is blocked."""
    if facts.espera:
        others = all(CODE.match(wait.ref) for wait in facts.espera)
        return "espera" if others else "bloqueada"
    return "falhou" if facts.desfecho == "quebrada" else "a_fazer"


def _of_item(facts: TaskFacts) -> str:
    if facts.desfecho != "aberta":
        return "pronta" if facts.desfecho == "resolvida" else "falhou"
    assert facts.item is not None
    status = facts.item.get("status")
    if status == "Bloqueado":
        return "bloqueada"
    if status == "Pendente":
        return "espera_voce" if facts.item.get("humano") else "na_fila"
    return "em_andamento"


def task_row(task: Document, facts: TaskFacts) -> TaskRow:
    """A task's row."""
    item = facts.item or {}
    estado = task_state(task, facts)
    titulo = str((item.get("titulo") if task["item_ref"] else task["titulo"]) or task["item_ref"])
    return TaskRow(
        codigo=task["codigo"],
        nivel=task["codigo"].count(".") + 1,
        titulo=titulo,
        estado=estado,
        responsavel=task["responsavel"],
        item_ref=task["item_ref"],
        item_status=str(item.get("status") or item.get("fim") or ""),
        humano=not task["item_ref"] or bool(item.get("humano")),
        puxada=task["puxada"],
        depende_de=tuple(task["depende_de"]),
        espera=facts.espera,
        estimado_horas=facts.estimado[0],
        estimado_custo=facts.estimado[1],
        realizado_horas=facts.realizado[0],
        realizado_custo=facts.realizado[1],
        iniciada_em=task["iniciada_em"],
        encerrada_em=task["encerrada_em"],
        motivo=task["bloqueio"] or task["motivo"],
        levada_para=task["levada_para"],
        busca=folded(f"{task['codigo']} {titulo} {estado} {WORDS[estado]} {task['responsavel']}"),
    )


def sprint_row(sprint: Document, tasks: Sequence[Document]) -> SprintRow:
    """A sprint's row, with its progress."""
    counted = [task for task in tasks if task["fim"] in ("", "concluida")]
    return SprintRow(
        sprint_id=sprint["sprint_id"],
        titulo=sprint["titulo"],
        agrupador=sprint["agrupador"],
        estado=sprint["estado"],
        inicio=sprint["inicio"],
        fim=sprint["fim"],
        feitas=sum(task["fim"] == "concluida" for task in counted),
        total=len(counted),
        em_curso=sum(bool(task["em_curso"]) for task in counted),
        wip=sprint["wip"],
    )


def sprint_view(
    sprint: Document,
    tasks: Sequence[Document],
    facts: Mapping[str, TaskFacts],
    *,
    filhos: Iterable[ChildRow] = (),
    deixados: Iterable[ChildRow] = (),
    proxima: str = "",
    fim_previsto: str = "",
) -> SprintView:
    """A sprint with its tree; `tasks` are in the tree's order, `facts` are by code."""
    rows = tuple(task_row(task, facts.get(task["codigo"], TaskFacts())) for task in tasks)
    return view_from(
        sprint, tasks, rows, filhos=filhos, deixados=deixados, proxima=proxima, fim_previsto=fim_previsto
    )


def view_from(
    sprint: Document,
    tasks: Sequence[Document],
    rows: tuple[TaskRow, ...],
    *,
    filhos: Iterable[ChildRow] = (),
    deixados: Iterable[ChildRow] = (),
    proxima: str = "",
    fim_previsto: str = "",
) -> SprintView:
    """The same of rows that are there already, one for each of `tasks`."""
    counted = [row for row in rows if row.estado not in ENDS or row.estado == "concluida"]
    return SprintView(
        sprint=sprint_row(sprint, tasks),
        objetivo=sprint["objetivo"],
        tarefas=rows,
        filhos=tuple(filhos),
        deixados=tuple(deixados),
        proxima=proxima,
        orcamento=None if sprint["orcamento"] is None else Decimal(sprint["orcamento"]),
        estimado_custo=_sum(row.estimado_custo for row in counted),
        realizado_custo=_sum(row.realizado_custo for row in rows),
        resta_horas=float(sum(row.estimado_horas or 0 for row in counted if row.estado not in ENDS)),
        fim_previsto=fim_previsto,
        subida=burn_up(tasks),
    )


def active(sprints: Sequence[SprintView], today: str) -> SprintView | None:
    """The open sprint that is worked on: with tasks under way, else planned for today, else the oldest.

    `sprints` are the newest first, as a model has them.
    """
    oldest_first = list(reversed(sprints))
    under_way = [view for view in oldest_first if view.sprint.em_curso]
    planned = [view for view in oldest_first if view.sprint.inicio <= today <= view.sprint.fim]
    return next(iter((*under_way, *planned, *oldest_first)), None)


def burn_up(tasks: Sequence[Document]) -> tuple[tuple[str, int, int], ...]:
    """Day (UTC), tasks done by its end, tasks that there were by then: a point a day on which one changed."""
    moves: dict[str, list[int]] = {}
    for task in tasks:
        _count(moves, task["criada_em"], 0, 1)
        if task["fim"]:
            done = task["fim"] == "concluida"
            _count(moves, task["encerrada_em"], int(done), 0 if done else -1)
    done = total = 0
    points = []
    for day in sorted(moves):
        done, total = done + moves[day][0], total + moves[day][1]
        points.append((day, done, total))
    return tuple(points)


def _count(moves: dict[str, list[int]], when: str, done: int, total: int) -> None:
    day = moves.setdefault(when[:10], [0, 0])
    day[0], day[1] = day[0] + done, day[1] + total


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal("0.00"))


def plain(view: SprintView) -> dict[str, Any]:
    """The view as plain JSON, money as text."""
    from dataclasses import asdict

    found = asdict(view)
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name != "busca"}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
