"""The Sprint screen's way to the line (`screens.sprint_port.SprintPort`)."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from app import sprint_forms as forms
from app.attachments import keep_file
from app.commands.decisions import person
from app.sprint_words import code
from jobs.attempts import Objects
from jobs.line_core import Core
from jobs.line_sprints import LineSprints
from jobs.workspace import Workspace
from store.errors import WrongInput, WrongState
from store.sprint.closing import Fate, Left
from store.sprint.concluding import Concluded
from store.sprint.reading import reading, sprint_rows, view_of
from store.sprint.recipe import load_plan
from store.sprint.service import Sprints
from store.sprint.tasks import TASKS, the_sprint
from store.views.model import Document
from store.views.sprint import SprintRow, SprintView
from store.views.task import TaskDetail

Result = TypeVar("Result")
Told = Mapping[str, str]

_SAYS_SPRINT = re.compile(r"^sprint\s*:", re.MULTILINE)
_MOST_FILES, _MOST_BYTES = 2_000, 1 << 20
"""Files of a workspace that are looked at for recipes, and how large each may be."""


class Ask(Protocol):
    """Has something done in the line's thread."""

    async def __call__(self, work: Callable[[Core], Result]) -> Result: ...


class LocalSprints:
    """Over the line of this process; another process's commits are seen, and may come in between."""

    def __init__(self, ask: Ask, change: Ask, workspace: Workspace) -> None:
        self._ask, self._change_line, self._workspace = ask, change, workspace

    async def _change(self, work: Callable[[Sprints], Result]) -> Result:
        return await self._change_line(lambda core: work(Sprints(core.backlog)))

    async def listing(self) -> Sequence[SprintRow]:
        return await self._ask(lambda core: sprint_rows(core.backlog))

    async def view(self, sprint_id: str) -> SprintView:
        return await self._ask(lambda core: view_of(core.backlog, sprint_id))

    async def document(self, sprint_id: str) -> Document:
        return await self._ask(lambda core: the_sprint(reading(core.backlog), sprint_id))

    async def task(self, sprint_id: str, codigo: str) -> TaskDetail:
        return await self._ask(lambda core: _detail(core, sprint_id, codigo))

    async def start(self, sprint_id: str, codigo: str) -> None:
        await self._change(lambda sprints: sprints.iniciar_task(sprint_id, codigo, person()))

    async def conclude(self, sprint_id: str, codigo: str, told: Told) -> Concluded:
        """Files are kept in a thread of their own before the line refers to them."""
        result: dict[str, Any] = {}
        if told.get("resultado", "").strip():
            result["texto"] = told["resultado"].strip()
        hours = forms.hours(told.get("horas", ""))
        if hours is not None:
            result["horas"] = hours
        root, objects = self._workspace.paths.root, Objects(self._workspace.paths.objects)
        files = forms.paths(told.get("anexos", ""), root)
        kept = [await asyncio.to_thread(keep_file, objects, path) for path in files]
        return await self._change(
            lambda sprints: sprints.concluir_task(sprint_id, codigo, result or None, kept, quem=person())
        )

    async def add(self, sprint_id: str, told: Told) -> str:
        new = forms.new_task(told)
        if new["titulo"] and new["item"]:
            raise WrongInput("a task has a title, or carries an item: leave one of them empty")
        if not new["titulo"] and not new["item"]:
            raise WrongInput("a task needs a title, or an item that it carries")
        task = await self._change(lambda sprints: sprints.adicionar_task(sprint_id, **new, quem=person()))
        return str(task["codigo"])

    async def edit(self, sprint_id: str, codigo: str, told: Told) -> None:
        fields = forms.changed_task(told)
        await self._change(lambda sprints: sprints.editar_task(sprint_id, codigo, **fields, quem=person()))

    async def move(self, sprint_id: str, codigo: str, told: Told) -> str:
        para, pai = told.get("para", "").strip() or sprint_id, code(told.get("pai", ""))
        antes_de = code(told.get("antes_de", ""))
        return await self._change(lambda sprints: _move(sprints, (sprint_id, codigo), para, pai, antes_de))

    async def place(self, sprint_id: str, codigo: str, antes_de: str) -> None:
        await self._change(lambda sprints: sprints.ordenar_task(sprint_id, codigo, antes_de, person()))

    async def block(self, sprint_id: str, codigo: str, motivo: str) -> None:
        await self._change(lambda sprints: sprints.bloquear_task(sprint_id, codigo, motivo, person()))

    async def cancel(self, sprint_id: str, codigo: str, motivo: str) -> None:
        await self._change(lambda sprints: sprints.cancelar_task(sprint_id, codigo, motivo, person()))

    async def pull(self, sprint_id: str, item_id: str, pai: str) -> str:
        def pull(core: Core) -> str:
            item = core.backlog.transferir_para_sprint(item_id, sprint_id, pai or None, quem=person())
            return str(item["tarefa"]).rpartition("/")[2]

        return await self._change_line(pull)

    async def left(self, sprint_id: str) -> Sequence[Left]:
        return await self._ask(lambda core: Sprints(core.backlog).restos(sprint_id))

    async def close(self, sprint_id: str, fates: Mapping[str, Fate], para: str) -> None:
        await self._change(
            lambda sprints: sprints.encerrar(sprint_id, fates, para=para.strip(), quem=person())
        )

    async def recipes(self) -> Sequence[str]:
        return await asyncio.to_thread(recipes_in, self._workspace.paths.root)

    async def open_recipe(self, path: str) -> str:
        root = self._workspace.paths.root
        try:
            plan = await asyncio.to_thread(load_plan, root / Path(path.strip()).expanduser(), root)
            sprint = await self._change(lambda sprints: sprints.abrir(plan, person()))
        except WrongInput as error:
            raise _within(error, root) from None
        return str(sprint["sprint_id"])

    async def create(self, told: Told) -> str:
        fields, sprint_id = forms.sprint_fields(told), told.get("sprint_id", "").strip()
        titulo = fields.pop("titulo", "")
        await self._change(lambda sprints: sprints.criar(sprint_id, titulo, quem=person(), **fields))
        return sprint_id

    async def edit_sprint(self, sprint_id: str, told: Told) -> None:
        fields = forms.sprint_fields(told)
        await self._change(lambda sprints: sprints.editar_sprint(sprint_id, quem=person(), **fields))


def _move(sprints: Sprints, task: tuple[str, str], para: str, pai: str, antes_de: str) -> str:
    """Move and place in one transaction; what is there already is not moved: its code stays."""
    sprint_id, codigo = task
    with sprints.backlog.db.transaction() as tx:
        if (para, pai) != (sprint_id, codigo.rpartition(".")[0]):
            moved = sprints.mover_task(sprint_id, codigo, pai=pai, para=para, quem=person(), tx=tx)
            sprint_id, codigo = moved["sprint_id"], moved["codigo"]
        elif not antes_de:
            raise WrongState(f"{codigo} is there already")
        if antes_de:
            sprints.ordenar_task(sprint_id, codigo, antes_de, person(), tx)
    return f"{sprint_id}/{codigo}"


def _within(error: WrongInput, root: Path) -> WrongInput:
    """The same, its file named as a path from the workspace: there is little room on screen."""
    file = error.file.removeprefix(f"{root}{os.sep}")
    return WrongInput(error.problem, file=file, line=error.line, path=error.path, remedy=error.remedy)


def recipes_in(root: Path) -> list[str]:
    """The YAML files of a workspace that say `sprint:`, as paths from its root; none that are hidden."""
    found = []
    for path in islice(_yaml_files(root), _MOST_FILES):
        try:
            if path.stat().st_size <= _MOST_BYTES and _SAYS_SPRINT.search(path.read_text(encoding="utf-8")):
                found.append(path.relative_to(root).as_posix())
        except (OSError, UnicodeDecodeError):
            continue
    return sorted(found)


def _yaml_files(root: Path) -> Iterator[Path]:
    for directory, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        yield from (Path(directory, name) for name in names if name.endswith((".yaml", ".yml")))


def _detail(core: Core, sprint_id: str, codigo: str) -> TaskDetail:
    found = core.db.find(TASKS, "chave", f"{sprint_id}/{codigo}")
    if not found:
        raise WrongInput(f"{sprint_id} has no task {codigo}")
    (task,) = found
    return TaskDetail(task, core.db.get("backlog_items", task["item_ref"]) if task["item_ref"] else None)


def watch_sprints(core: Core) -> None:
    """Have the models carry the open sprints."""
    LineSprints.begin(core)
