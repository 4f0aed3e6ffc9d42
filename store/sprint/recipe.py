"""Recipes: YAML definitions of a sprint's tasks, which may include others (the dish and its components).

    sprint: S022
    titulo: …
    tarefas:
      - {codigo: T01, titulo: …, responsavel: …}
      - {codigo: T02, titulo: …, depende_de: [T01], item: {tipo: …, contexto: {…}}}
      - {codigo: T03, inclui: components/puree.yaml}

An included recipe's tasks come under the task that includes it: its T01 is T03.1. Whatever is wrong is named
with the file and line in which it stands, and nothing is opened.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic import ValidationError as ModelError

from store.documents.base import Money
from store.documents.sprint import DATE, SPRINT_ID, TASK_CODE, Grouping
from store.errors import WrongInput
from store.sprint import codes
from store.sprint.recipe_errors import wrong_recipe
from store.yamlfile import ReadFile, YamlDoc, YamlPath, did_you_mean, load_yaml

MAX_TASKS = 5_000
MAX_FILES = 200


class _Definition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _not_negative(amount: str | float) -> str | float:
    if Decimal(str(amount)) < 0:
        raise ValueError
    return amount


Amount = Annotated[Money | float | int, AfterValidator(_not_negative)]
"""R$, as a number or as a text."""


class Estimate(_Definition):
    """People's hours and R$."""

    horas: float | int | None = Field(default=None, ge=0)
    custo: Amount | None = None


class TaskDefinition(_Definition):
    """One task as it is written."""

    codigo: str | None = Field(default=None, pattern=TASK_CODE)
    """Without one it is the next of its siblings."""
    titulo: str = ""
    responsavel: str = ""
    depende_de: tuple[str, ...] = Field(default=(), strict=False)
    estimativa: Estimate | None = None
    item: dict[str, Any] | str | None = None
    """A new item, as `produzir` takes it, or the id of one of the backlog."""
    filhos: tuple[dict[str, Any], ...] = Field(default=(), strict=False)
    """What its work is known to bring up, as `produzir` takes it."""
    auto_iniciar: bool = False
    tarefas: tuple[Any, ...] = Field(default=(), strict=False)
    inclui: str | None = None
    """Another recipe, as a path from this file."""


class RecipeDefinition(_Definition):
    """A file: a recipe, or a sprint (which has `sprint`)."""

    sprint: str | None = Field(default=None, pattern=SPRINT_ID)
    receita: str = ""
    """The name of a recipe that others include."""
    titulo: str = ""
    objetivo: str = ""
    agrupador: Grouping = "Feature"
    inicio: str = Field(default="", pattern=DATE)
    fim: str = Field(default="", pattern=DATE)
    wip: int | None = Field(default=None, ge=1)
    limite_filhos: int | None = Field(default=20, ge=0)
    limite_profundidade: int = Field(default=4, ge=1, le=16)
    orcamento: Amount | None = None
    horas_dia: float | int = Field(default=8, gt=0, le=24)
    auto_iniciar: bool = False
    tarefas: tuple[Any, ...] = Field(strict=False, min_length=1)


@dataclass(frozen=True)
class PlannedTask:
    """One task of a sprint to be opened, with the place where it was written."""

    codigo: str
    definition: TaskDefinition
    titulo: str
    depende_de: tuple[str, ...]
    doc: YamlDoc
    path: YamlPath

    def error(self, problem: str, remedy: str = "", field_: str = "") -> WrongInput:
        """What is wrong with it, with file and line."""
        return self.doc.error((*self.path, field_) if field_ else self.path, problem, remedy)


@dataclass
class Plan:
    """A sprint as its files define it: facts and tasks, each parent before its subtasks."""

    definition: RecipeDefinition
    doc: YamlDoc
    sha256: dict[str, str] = field(default_factory=dict)
    tasks: list[PlannedTask] = field(default_factory=list)


def load_plan(path: Path, root: Path) -> Plan:
    """Read a sprint's definition, with the recipes that it includes; none of them may lie outside of `root`.

    Raises WrongInput with file and line: what does not parse, unknown keys, duplicate codes, dependencies
    that are nowhere, tasks or files that wait for or include themselves.
    """
    reader = _Reader(root.resolve())
    doc, definition = reader.open(path.absolute(), None)
    if definition.sprint is None:
        raise doc.error((), "this is a recipe, no sprint", "a sprint has `sprint: S022`")
    if not definition.titulo.strip():
        raise doc.error((), "titulo is missing", "what the sprint is about, in a line")
    reader.read(doc, definition, path.absolute(), "", ())
    _check_dependencies(reader.tasks)
    _check_cycles(reader.tasks)
    return Plan(definition, doc, reader.sha256, list(reader.tasks.values()))


class _Reader:
    """Reads files into one list of tasks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tasks: dict[str, PlannedTask] = {}
        self.sha256: dict[str, str] = {}
        self._files = 0

    def open(self, path: Path, by: tuple[YamlDoc, YamlPath] | None) -> tuple[YamlDoc, RecipeDefinition]:
        """A file's document and definition; `by` is where it is included."""
        inside = path.resolve()
        if by is not None and not inside.is_relative_to(self.root):
            raise by[0].error(by[1], f"{path.name} lies outside of {self.root}")
        self._files += 1
        if by is not None and self._files > MAX_FILES:
            raise by[0].error(by[1], f"more than {MAX_FILES} recipes are included")
        try:
            read = ReadFile.read(inside)
        except WrongInput as error:
            if by is None:
                raise WrongInput(error.problem, file=str(path)) from None
            raise by[0].error(by[1], f"{path}: {error.problem}") from None
        name = str(inside.relative_to(self.root)) if inside.is_relative_to(self.root) else str(path)
        self.sha256[name] = hashlib.sha256(read.content).hexdigest()
        doc = load_yaml(read.content, str(path))
        if not isinstance(doc.data, dict):
            raise doc.error((), "a recipe is a mapping", "sprint, titulo, tarefas, …")
        try:
            return doc, RecipeDefinition.model_validate(doc.data)
        except ModelError as error:
            raise wrong_recipe(error, RecipeDefinition, (), doc) from None

    def read(
        self, doc: YamlDoc, recipe: RecipeDefinition, path: Path, under: str, chain: tuple[Path, ...]
    ) -> None:
        """Take over a recipe's tasks under the code `under`; `chain` are the files that include it."""
        self._level(doc, recipe.tarefas, ("tarefas",), under, _Local(under), (*chain, path))

    def _level(
        self,
        doc: YamlDoc,
        written: tuple[Any, ...],
        at: YamlPath,
        under: str,
        local: _Local,
        chain: tuple[Path, ...],
    ) -> None:
        number = 0
        for index, entry in enumerate(written):
            path = (*at, index)
            task = _task(doc, path, entry)
            codigo = self._code(doc, path, task, under, number, local)
            number = max(number, codes.numbers(codigo)[-1])
            self._add(doc, path, task, codigo, local, chain)

    def _code(
        self, doc: YamlDoc, path: YamlPath, task: TaskDefinition, under: str, number: int, local: _Local
    ) -> str:
        """A task's code in the sprint; one that is written derives from its parent's."""
        if task.codigo is None:
            return codes.child(under, number + 1)
        codigo = local.code(task.codigo)
        if codes.parent(codigo) != under:
            right = f"{task_code(under)}.1, .2, …" if under else "T01, T02, …"
            raise doc.error((*path, "codigo"), f"{task.codigo} does not derive from its parent's", right)
        if codigo in self.tasks:
            first = self.tasks[codigo]
            line = first.doc.line((*first.path, "codigo"))
            raise doc.error(
                (*path, "codigo"), f"the code {task.codigo} is here twice", f"first: {first.doc.file}:{line}"
            )
        return codigo

    def _add(
        self,
        doc: YamlDoc,
        path: YamlPath,
        task: TaskDefinition,
        codigo: str,
        local: _Local,
        chain: tuple[Path, ...],
    ) -> None:
        if not codes.CODE.fullmatch(codigo) or len(self.tasks) >= MAX_TASKS:
            raise doc.error(path, f"too many tasks, or too deep: {codigo}", f"at most {MAX_TASKS}, 16 levels")
        included = self._included(doc, path, task, chain)
        titulo = task.titulo or (_name(included[1], included[2]) if included else "")
        if not titulo.strip() and task.item is None:
            raise doc.error(path, "a task needs a titulo, or an item whose title it has")
        wanted = tuple(local.code(ref) if codes.CODE.fullmatch(ref) else ref for ref in task.depende_de)
        self.tasks[codigo] = PlannedTask(codigo, task, titulo, wanted, doc, path)
        self._level(doc, task.tarefas, (*path, "tarefas"), codigo, local, chain)
        if included is not None:
            self.read(included[0], included[1], included[2], codigo, chain)

    def _included(
        self, doc: YamlDoc, path: YamlPath, task: TaskDefinition, chain: tuple[Path, ...]
    ) -> tuple[YamlDoc, RecipeDefinition, Path] | None:
        if task.inclui is None:
            return None
        where = (*path, "inclui")
        if task.tarefas:
            raise doc.error(where, "a task includes a recipe, or has tarefas of its own, not both")
        file = (chain[-1].parent / task.inclui).resolve()
        if file in [each.resolve() for each in chain]:
            names = " → ".join([*(each.name for each in chain), file.name])
            raise doc.error(where, f"the recipe includes itself: {names}")
        inner, recipe = self.open(file, (doc, where))
        return inner, recipe, file


def _name(recipe: RecipeDefinition, path: Path) -> str:
    return recipe.titulo or recipe.receita or path.stem


@dataclass(frozen=True)
class _Local:
    """Codes as a file writes them: those of an included recipe are under the task that includes it."""

    under: str

    def code(self, written: str) -> str:
        if not self.under:
            return written
        return ".".join([self.under, *(str(number) for number in codes.numbers(written))])


def task_code(codigo: str) -> str:
    """How a parent's code is told."""
    return codigo or "T01"


def _task(doc: YamlDoc, path: YamlPath, entry: Any) -> TaskDefinition:
    if not isinstance(entry, dict):
        raise doc.error(path, "a task is a mapping", "codigo, titulo, responsavel, depende_de, item, …")
    try:
        return TaskDefinition.model_validate(entry)
    except ModelError as error:
        raise wrong_recipe(error, TaskDefinition, path, doc) from None


def _check_dependencies(tasks: dict[str, PlannedTask]) -> None:
    for task in tasks.values():
        for index, ref in enumerate(task.depende_de):
            written = task.definition.depende_de[index]
            path = (*task.path, "depende_de", index)
            if codes.CODE.fullmatch(ref) and ref not in tasks:
                raise task.doc.error(path, f"there is no task {written}", did_you_mean(ref, tasks))
            if not codes.CODE.fullmatch(ref) and not codes.ITEM.fullmatch(ref):
                raise task.doc.error(path, f"not a task or an item: {written}", "T01, or BKL-0042")


def _check_cycles(tasks: dict[str, PlannedTask]) -> None:
    """A task's end waits for what it depends on, and for its subtasks."""
    edges = {codigo: list(task.depende_de) for codigo, task in tasks.items()}
    for codigo in tasks:
        if codes.parent(codigo):
            edges[codes.parent(codigo)].append(codigo)
    state: dict[str, Literal["open", "done"]] = {}
    for start in tasks:
        found = _cycle(start, edges, state)
        if found:
            first = tasks[found[0]]
            raise first.error(f"waits for itself: {' → '.join(found)}", field_="depende_de")


def _cycle(start: str, edges: dict[str, list[str]], state: dict[str, Literal["open", "done"]]) -> list[str]:
    """The codes of a cycle that is reached from `start`; empty when there is none."""
    path: list[str] = []
    stack = [iter([start])]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
            if path:
                state[path.pop()] = "done"
        elif state.get(node) == "open":
            return [*path[path.index(node) :], node]
        elif node not in state and node in edges:
            state[node] = "open"
            path.append(node)
            stack.append(iter(edges[node]))
    return []
