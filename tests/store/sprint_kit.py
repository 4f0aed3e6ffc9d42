"""A world with a sprint: tasks of people, items that tasks carry, children of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from factories import World, new_item

from store.sprint.concluding import Concluded
from store.sprint.reading import view_of
from store.sprint.recipe import load_plan
from store.sprint.service import Sprints
from store.views.sprint import WaitRow

S = "S022"
KINDS = {
    "validar_spec": True,
    "revisar_codigo": True,
    "aprovacao_externa": False,
    "documentar": True,
    "corrigir_bug": False,
}
"""The five kinds of section 3.5, and whether they are pulled without asking."""


class SprintWorld(World):
    """A world whose sprint S022 is open, without tasks."""

    def __init__(self, path: Path, **sprint: Any) -> None:
        super().__init__(path)
        self.sprints.criar(S, "Receitas", **sprint)

    def _open(self) -> None:
        super()._open()
        self.sprints = Sprints(self.backlog)

    def add(self, titulo: str = "", **fields: Any) -> str:
        """Add a task; gives its code."""
        if not titulo and "item" not in fields:
            titulo = "Epistemologia"
        return str(self.sprints.adicionar_task(S, titulo=titulo, **fields)["codigo"])

    def started(self, titulo: str = "", **fields: Any) -> str:
        """Add a task and start it; gives its code."""
        codigo = self.add(titulo, **fields)
        self.start(codigo)
        return codigo

    def start(self, codigo: str) -> dict[str, Any]:
        return self.sprints.iniciar_task(S, codigo)

    def conclude_task(self, codigo: str, **fields: Any) -> Concluded:
        return self.sprints.concluir_task(S, codigo, **fields)

    def child(self, codigo: str, tipo: str = "validar_spec", **fields: Any) -> str:
        """Something of that kind is found at the task's work; gives the item's id."""
        return self.sprints.produzir_filho(S, codigo, new_item(tipo, **fields))

    def task(self, codigo: str, sprint_id: str = S) -> dict[str, Any]:
        (found,) = self.db.find("tasks", "chave", f"{sprint_id}/{codigo}")
        return found

    def tasks(self, sprint_id: str = S) -> dict[str, dict[str, Any]]:
        """Every task of a sprint, by code."""
        return {task["codigo"]: task for task in self.db.find("tasks", "sprint_id", sprint_id)}

    def asked(self, child: str) -> dict[str, Any] | None:
        """The open question about a child."""
        found = [each for each in self.open("decidir_pull") if each["contexto"]["item_ref"] == child]
        assert len(found) <= 1, found
        return found[0] if found else None

    def answer(self, child: str, opcao: str, undo_s: float = 0) -> str:
        """Answer the open question about a child; gives the decision."""
        question = self.asked(child)
        assert question is not None, child
        return self.decide(question["id"], opcao, undo_s=undo_s)

    def open_file(self, path: Path, root: Path | None = None) -> dict[str, Any]:
        return self.sprints.abrir(load_plan(path, root or path.parent))


def waits_of(world: World, sprint_id: str, codigo: str) -> tuple[WaitRow, ...]:
    """What a task waits for, as its sprint's view says it."""
    (row,) = [each for each in view_of(world.backlog, sprint_id).tarefas if each.codigo == codigo]
    return row.espera
