"""A sprint is an instance of its definition: opened whole, or not at all."""

from __future__ import annotations

from typing import Any

from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.backlog.produce import read_new
from store.contracts import Contract
from store.documents.sprint import Sprint
from store.errors import CycleRefused, WrongInput, WrongState
from store.sprint import codes
from store.sprint.editing import check_facts
from store.sprint.pulling import take
from store.sprint.recipe import Plan, PlannedTask
from store.sprint.starting import made_for_a_task
from store.sprint.tasks import create, find_sprint, save_sprint
from store.sprint.waiting import refuse_cycle

PERSON = "humano"
_FACTS = ("objetivo", "agrupador", "inicio", "fim", "wip", "limite_filhos", "limite_profundidade")


def open_plan(op: Operation, plan: Plan) -> Doc:
    """Open the sprint that a definition describes; returns its document.

    Raises WrongInput with file and line: a sprint of that id, an item that its contract does not allow, or
    that is not to be had.
    """
    facts = plan.definition
    assert facts.sprint is not None
    if find_sprint(op, facts.sprint) is not None:
        raise plan.doc.error(("sprint",), f"there is a sprint {facts.sprint} already", "give it another id")
    try:
        sprint = new_sprint(
            op,
            facts.sprint,
            facts.titulo,
            **{name: getattr(facts, name) for name in (*_FACTS, "horas_dia", "auto_iniciar")},
            orcamento=money(facts.orcamento),
            receita={"arquivo": next(iter(plan.sha256)), "sha256": plan.sha256},
        )
    except WrongInput as error:
        path = error.path.removeprefix("sprints.")
        raise plan.doc.error((path,) if path else (), error.problem, error.remedy) from None
    for planned in plan.tasks:
        _open_task(op, sprint, planned)
    op.later("start", facts.sprint)
    return sprint


def new_sprint(op: Operation, sprint_id: str, titulo: str, **fields: Any) -> Doc:
    """A sprint without tasks; refuses an id that there is."""
    if not codes.SPRINT.fullmatch(sprint_id):
        raise WrongInput(f"not a sprint's id: {sprint_id}", remedy="a letter, then letters, digits, - and _")
    if find_sprint(op, sprint_id) is not None:
        raise WrongInput(f"there is a sprint {sprint_id} already", remedy="give it another id")
    fresh = Sprint(sprint_id=sprint_id, titulo=titulo, aberta_em=op.now).model_dump(mode="json")
    sprint: Doc = {**fresh, **fields}
    check_facts(sprint)
    save_sprint(op, sprint, "aberta", titulo=titulo)
    return sprint


def money(amount: str | float | None) -> str | None:
    """An amount as it is stored, also of one that was written as a number."""
    return amount if amount is None or isinstance(amount, str) else f"{amount:.2f}"


def _open_task(op: Operation, sprint: Doc, planned: PlannedTask) -> None:
    definition = planned.definition
    for index, novo in enumerate(definition.filhos):
        _check_child(op, planned, index, novo)
    auto = sprint["auto_iniciar"] or definition.auto_iniciar
    said: Doc = {
        "responsavel": definition.responsavel,
        "depende_de": list(planned.depende_de),
        "filhos": [dict(novo) for novo in definition.filhos],
        "espera_auto": sprint["sprint_id"] if auto else None,
    }
    try:
        if definition.item is not None:
            task = take(op, _item(op, definition.item), sprint, planned.codigo, **said)
        else:
            estimate = definition.estimativa
            said["titulo"] = planned.titulo
            if estimate is not None:
                said["estimativa"] = {"horas": estimate.horas, "custo": money(estimate.custo)}
            task = create(op, {**said, "sprint_id": sprint["sprint_id"], "codigo": planned.codigo})
        refuse_cycle(op, task)
    except (WrongInput, WrongState, CycleRefused) as error:
        said_path = error.path if isinstance(error, WrongInput) else ""
        problem = error.problem if isinstance(error, WrongInput) else str(error)
        where = f"{said_path}: {problem}" if said_path else problem
        raise planned.error(where, getattr(error, "remedy", ""), "item") from None


def _item(op: Operation, said: dict[str, Any] | str) -> Doc:
    """The item that a task carries: one of the backlog, or a new one, held from the beginning."""
    if isinstance(said, str):
        return op.item(said)
    return made_for_a_task(op, said)


def _check_child(op: Operation, planned: PlannedTask, index: int, novo: dict[str, Any]) -> None:
    """A child that the recipe foresees must be one that can come: it is produced only later."""
    try:
        new = read_new(novo)
        contract: Contract = op.rules.book.contracts.of_type(new.tipo)
        if not contract.takes(PERSON):
            raise WrongInput(f"{new.tipo} is not produced by a person", path="tipo")
        contract.check_context(new.contexto)
    except WrongInput as error:
        path = (*planned.path, "filhos", index, *([error.path] if error.path else []))
        raise planned.doc.error(path, error.problem, error.remedy) from None
