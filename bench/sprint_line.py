"""A line with a sprint of very many tasks: a real store, and the view that is kept of it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import seeds
from bench.screens_line import LINE, FoldingLine
from store.backlog import Backlog
from store.clock import CountingTokens, SystemClock
from store.contracts import Contracts
from store.database import Database
from store.sprint.service import Sprints
from store.sprint.watching import SprintWatch
from store.views.model import ReadModel
from store.views.sprint import SprintView
from store.views.task import TaskDetail

S = "S022"


class SprintStore:
    """A sprint of `tasks` tasks: one in five is a root that waits for the one before it, the others are under
    it, half of them with an item.
    """

    def __init__(self, directory: Path, tasks: int) -> None:
        clock = SystemClock()
        self.db = Database.open(directory, by="bench", clock=clock, durable=False)
        contracts = Contracts.load(Path(seeds.__file__ or "").parent / "contracts.yaml")
        self.backlog = Backlog(self.db, contracts, clock, CountingTokens(), random.Random(5))
        self.sprints = Sprints(self.backlog)
        self.sprints.criar(S, "Receitas", inicio="2026-01-05", fim="2026-01-16", orcamento="90000.00")
        with self.db.transaction() as tx:
            before = ""
            for index in range(tasks // 5):
                before = self._root(index, before, tx)
        self.watch = SprintWatch(self.backlog)
        self.db.subscribe(self.watch.take)

    def _root(self, index: int, before: str, tx: Any) -> str:
        depends = [before] if before and index % 3 else []
        estimate = {"horas": index % 7 + 1, "custo": "120.00"}
        add = self.sprints.adicionar_task
        root = add(S, titulo=f"Tarefa {index}", depende_de=depends, estimativa=estimate, tx=tx)["codigo"]
        for below in range(4):
            if below % 2:
                add(S, titulo=f"Parte {index}.{below}", pai=root, estimativa=estimate, tx=tx)
            else:
                add(S, item={"tipo": "documentar", "contexto": {"o_que": f"o guia {index}"}}, pai=root, tx=tx)
        return str(root)

    def task(self, codigo: str) -> TaskDetail:
        (found,) = self.db.find("tasks", "chave", f"{S}/{codigo}")
        return TaskDetail(found)


class _Port:
    """`screens.sprint_port.SprintPort` as far as looking needs it."""

    def __init__(self, store: SprintStore) -> None:
        self._store = store

    async def task(self, sprint_id: str, codigo: str) -> TaskDetail:  # noqa: ARG002
        return self._store.task(codigo)


class SprintLine(FoldingLine):
    """So many items, and beside them a sprint of so many tasks."""

    def __init__(self, items: int, directory: Path, tasks: int, *, busy: bool = False) -> None:
        self.store = SprintStore(directory, tasks)
        self.sprints = _Port(self.store)
        super().__init__(items, busy=busy)
        self._model = self.fold.publish(linha=LINE, sprints=self.views())

    def views(self) -> tuple[SprintView, ...]:
        return self.store.watch.views()

    def publish(self) -> ReadModel:
        self._model = self.fold.publish(linha=LINE, sprints=self.views())
        for listener in list(self._listeners):
            listener(self._model)
        return self._model
