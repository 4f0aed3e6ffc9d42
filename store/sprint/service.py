"""MS_Sprint: what is done to sprints and their tasks, each one transaction (section 3.3).

It consults MS_Backlog and asks it for items; it keeps no copy of what the backlog knows (SSOT-BACKLOG).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Unpack

from store.backlog.broker import PERSON, Backlog
from store.backlog.operation import Operation
from store.backlog.ports import Doc, Transaction
from store.errors import WrongInput, WrongState
from store.sprint import closing, concluding, editing, opening, pulling, starting, tasks
from store.sprint.closing import Fate
from store.sprint.concluding import Concluded
from store.sprint.editing import TaskChange
from store.sprint.recipe import Plan
from store.sprint.waiting import refuse_cycle, title
from store.views.sprint import WORDS


class Sprints:
    """The sprints of one backlog. Every method takes `tx` to join a transaction of the caller's, and raises
    WrongInput for unknown names (the nearest said) and WrongState for what can't be done now.
    """

    def __init__(self, backlog: Backlog) -> None:
        self.backlog = backlog

    @contextmanager
    def _on(self, quem: str, tx: Transaction | None) -> Iterator[Operation]:
        with self.backlog.operation(tx, quem=quem) as op:
            yield op

    # -- sprints

    def abrir(self, plano: Plan, quem: str = PERSON, tx: Transaction | None = None) -> Doc:
        """Open the sprint that a definition describes, with all its tasks; returns its document."""
        with self._on(quem, tx) as op:
            return opening.open_plan(op, plano)

    def criar(
        self, sprint_id: str, titulo: str, *, quem: str = PERSON, tx: Transaction | None = None, **campos: Any
    ) -> Doc:
        """Open a sprint without tasks; `campos` are more of its document's fields (`wip`, `orcamento`, …)."""
        with self._on(quem, tx) as op:
            return opening.new_sprint(op, sprint_id, titulo, **campos)

    def editar_sprint(
        self, sprint_id: str, *, quem: str = PERSON, tx: Transaction | None = None, **campos: Any
    ) -> Doc:
        """Change an open sprint: any of `editing.SPRINT_FIELDS`; returns it."""
        with self._on(quem, tx) as op:
            return editing.edit_sprint(op, sprint_id, campos)

    def restos(self, sprint_id: str) -> list[closing.Left]:
        """What the close of a sprint must say what becomes of: its open tasks, and its undecided children."""
        with self._on(PERSON, None) as op:
            tasks.open_sprint(op, sprint_id)
            open_tasks, children = closing.left_over(op, sprint_id)
            told = [
                closing.Left(
                    task["codigo"],
                    title(op, task),
                    "task",
                    closing.stays_held(op, task),
                    closing.waits_among(open_tasks, task),
                )
                for task in open_tasks
            ]
            return told + [closing.Left(each["id"], each["titulo"], each["tipo"], True) for each in children]

    def encerrar(
        self,
        sprint_id: str,
        destinos: Mapping[str, Fate] | None = None,
        *,
        padrao: Fate | None = None,
        para: str = "",
        quem: str = PERSON,
        tx: Transaction | None = None,
    ) -> dict[str, Doc]:
        """Close a sprint: each open task and undecided child is carried over to `para`, returned or
        cancelled; returns what became of each, as `{acao, motivo, para}`.
        """
        with self._on(quem, tx) as op:
            return closing.close(op, sprint_id, destinos or {}, padrao, para)

    # -- tasks

    def adicionar_task(
        self,
        sprint_id: str,
        *,
        titulo: str = "",
        item: str | Mapping[str, Any] | None = None,
        pai: str = "",
        responsavel: str = "",
        depende_de: Sequence[str] = (),
        estimativa: Mapping[str, Any] | None = None,
        auto_iniciar: bool = False,
        quem: str = PERSON,
        tx: Transaction | None = None,
    ) -> Doc:
        """Add a task: a person's, with a title, or one that carries an item (an id, or what `produzir`
        takes); returns it.
        """
        if bool(titulo) == (item is not None):
            raise WrongInput("a task has a titulo, or carries an item", path="titulo")
        if titulo and not titulo.strip():
            raise WrongInput("a task needs a title", path="titulo")
        with self._on(quem, tx) as op:
            sprint = tasks.open_sprint(op, sprint_id)
            if isinstance(item, Mapping):
                item = str(starting.made_for_a_task(op, item)["id"])
            if item is not None:
                if estimativa is not None:
                    raise WrongInput("the estimate of a task with an item is the item's", path="estimativa")
                task = pulling.transferir(op, op.item(item), sprint_id, pai)
            else:
                self._check_parent(op, sprint_id, pai)
                codigo = tasks.gerar_codigo_subtask(op, sprint_id, pai)
                new = {"sprint_id": sprint_id, "codigo": codigo, "titulo": titulo, "estimativa": estimativa}
                task = tasks.create(op, new)
            task["responsavel"] = responsavel or task["responsavel"]
            task["espera_auto"] = sprint_id if auto_iniciar or sprint["auto_iniciar"] else None
            task["depende_de"] = editing.dependencies(op, sprint_id, depende_de)
            tasks.save(op, task, "adicionada", depende_de=task["depende_de"])
            refuse_cycle(op, task)
            op.later("start", sprint_id)
            return task

    def _check_parent(self, op: Operation, sprint_id: str, pai: str) -> None:
        if pai:
            parent = tasks.the_task(op, sprint_id, pai)
            if parent["fim"] not in ("", tasks.DONE):
                raise WrongState(f"{pai} is {WORDS[parent['fim']]}: nothing is added under it")

    def iniciar_task(
        self, sprint_id: str, codigo: str, quem: str = PERSON, tx: Transaction | None = None
    ) -> Doc:
        """The human's dispatch: start a task; its item can be claimed from now on. Returns the task.

        A person's task that was blocked goes on.
        """
        with self._on(quem, tx) as op:
            task = tasks.the_task(op, sprint_id, codigo)
            starting.start(op, task)
            return task

    def concluir_task(
        self,
        sprint_id: str,
        codigo: str,
        resultado: Mapping[str, Any] | None = None,
        anexos: Sequence[Mapping[str, Any]] = (),
        *,
        quem: str = PERSON,
        tx: Transaction | None = None,
    ) -> Concluded:
        """Conclude a task, consult its children, pull those with `auto_pull` and ask about the others, in one
        transaction (the four steps of section 3.3). `anexos` are `{nome, sha256, tamanho}`.
        """
        with self._on(quem, tx) as op:
            task = tasks.the_task(op, sprint_id, codigo)
            return concluding.conclude(op, task, resultado, anexos)

    def bloquear_task(
        self, sprint_id: str, codigo: str, motivo: str, quem: str = PERSON, tx: Transaction | None = None
    ) -> Doc:
        """A person can't go on with their task, and says why; starting it again goes on with it."""
        with self._on(quem, tx) as op:
            tasks.open_sprint(op, sprint_id)
            task = tasks.the_task(op, sprint_id, codigo)
            if task["item_ref"]:
                raise WrongState(f"{codigo} is blocked and freed by its item, {task['item_ref']}")
            if not motivo.strip():
                raise WrongInput("a reason is needed", path="motivo")
            if task["fim"] or not task["iniciada_em"]:
                raise WrongState(
                    f"{codigo} is {WORDS.get(task['fim'], 'not started')}: there is nothing to block"
                )
            task["bloqueio"] = motivo
            tasks.save(op, task, "bloqueada", motivo=motivo)
            return task

    def cancelar_task(
        self, sprint_id: str, codigo: str, motivo: str, quem: str = PERSON, tx: Transaction | None = None
    ) -> None:
        """Give a task up, with its item; its open subtasks must have ended."""
        with self._on(quem, tx) as op:
            tasks.open_sprint(op, sprint_id)
            task = tasks.the_task(op, sprint_id, codigo)
            below = tasks.open_children(op, task)
            if below:
                names = ", ".join(each["codigo"] for each in tasks.in_order(below))
                raise WrongState(f"{codigo} has open subtasks: {names}")
            closing.cancel(op, task, motivo)

    def editar_task(
        self,
        sprint_id: str,
        codigo: str,
        *,
        quem: str = PERSON,
        tx: Transaction | None = None,
        **campos: Unpack[TaskChange],
    ) -> Doc:
        """Change a task that has not ended: what is named, and only that; returns it."""
        with self._on(quem, tx) as op:
            return editing.edit_task(op, sprint_id, codigo, campos)

    def mover_task(
        self,
        sprint_id: str,
        codigo: str,
        *,
        pai: str | None = None,
        para: str = "",
        quem: str = PERSON,
        tx: Transaction | None = None,
    ) -> Doc:
        """Go on with a task under another parent (`pai`; none for a root) or in another sprint (`para`), with
        its open subtasks; returns the new task: a moved task has another code.
        """
        with self._on(quem, tx) as op:
            task = tasks.the_task(op, sprint_id, codigo)
            return closing.move(op, task, para or sprint_id, pai or "")

    def ordenar_task(
        self, sprint_id: str, codigo: str, antes_de: str, quem: str = PERSON, tx: Transaction | None = None
    ) -> Doc:
        """Put a task before one of its siblings."""
        with self._on(quem, tx) as op:
            tasks.open_sprint(op, sprint_id)
            task = tasks.the_task(op, sprint_id, codigo)
            editing.place(op, task, tasks.the_task(op, sprint_id, antes_de))
            return task

    def alterar_dependencias(
        self,
        sprint_id: str,
        codigo: str,
        depende_de: Sequence[str],
        quem: str = PERSON,
        tx: Transaction | None = None,
    ) -> Doc:
        """Say anew what an unstarted task waits for: codes of its sprint, or items."""
        with self._on(quem, tx) as op:
            tasks.open_sprint(op, sprint_id)
            task = tasks.the_task(op, sprint_id, codigo)
            if task["fim"] or task["iniciada_em"]:
                raise WrongState(f"{codigo} is {tasks.how_ended(op, task) or 'started already'}")
            task["depende_de"] = editing.dependencies(op, sprint_id, depende_de)
            tasks.save(op, task, "dependencias", depende_de=task["depende_de"])
            refuse_cycle(op, task)
            op.later("start", sprint_id)
            return task

    # -- what is asked of it

    def proxima_task(self, sprint_id: str, tx: Transaction | None = None) -> str:
        """The code of the first task, in the tree's order, that can start now; empty when none can."""
        with self._on(PERSON, tx) as op:
            return concluding.proxima_task(op, sprint_id)

    def gerar_codigo_subtask(self, sprint_id: str, task_pai: str, tx: Transaction | None = None) -> str:
        """T01 → T01.1, T01.2, …; the code that the next subtask gets."""
        with self._on(PERSON, tx) as op:
            tasks.the_task(op, sprint_id, task_pai)
            return tasks.gerar_codigo_subtask(op, sprint_id, task_pai)

    def produzir_filho(
        self,
        sprint_id: str,
        codigo: str,
        novo: Mapping[str, Any],
        quem: str = PERSON,
        tx: Transaction | None = None,
    ) -> str:
        """Produce what a person found at a task's work: a child that carries its origin; returns its id."""
        with self._on(quem, tx) as op:
            task = tasks.the_task(op, sprint_id, codigo)
            return starting.bring_up(op, task, dict(novo))
