"""`oficina sprint new|open|edit|show|close|list`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app import sprint_forms as forms
from app.commands.decisions import person
from app.invocation import runnable
from app.main import EXIT_DONE
from app.output import clean, figure, print_fields, print_json, print_table
from app.sprint_words import at_work, code, meant, task_line
from app.wiring import Shop, opened
from store.errors import WrongInput
from store.sprint.closing import Action, Fate, Left, consequences
from store.sprint.editing import SPRINT_FIELDS
from store.sprint.reading import sprint_rows, view_of
from store.sprint.recipe import load_plan
from store.views.sprint import WORDS, SprintView, TaskRow, plain, way_on

ACTIONS: dict[str, Action] = {"carry": "levar", "return": "devolver", "cancel": "cancelar"}
_DID = {"levar": "carried over to", "devolver": "returned to the backlog", "cancelar": "cancelled"}


def open_(arguments: argparse.Namespace) -> int:
    """Open the sprint that a file defines: all of it, or nothing."""
    with at_work(arguments) as (shop, sprints):
        plan = load_plan(arguments.file, shop.workspace.paths.root)
        sprint = sprints.abrir(plan, person())
        view = view_of(shop.backlog, sprint["sprint_id"])
    if arguments.json:
        print_json(plain(view))
        return EXIT_DONE
    print(f"{sprint['sprint_id']} is open, with {len(view.tarefas)} tasks: {clean(sprint['titulo'])}")
    _say_next(view, arguments)
    return EXIT_DONE


def new(arguments: argparse.Namespace) -> int:
    """Open a sprint without tasks."""
    fields = forms.sprint_fields(_told(arguments))
    if not fields.get("titulo"):
        raise WrongInput("a sprint needs a title", path="--titulo")
    with at_work(arguments) as (_, sprints):
        sprint = sprints.criar(arguments.id, fields.pop("titulo"), quem=person(), **fields)
    return _say(arguments, sprint, f"{sprint['sprint_id']} is open: {clean(sprint['titulo'])}")


def edit(arguments: argparse.Namespace) -> int:
    """Say anew what an open sprint is about, and its limits."""
    fields = forms.sprint_fields(_told(arguments))
    if not fields:
        raise WrongInput("what is to change?", path="SPRINT", remedy="--titulo TEXT, --wip N, …")
    with at_work(arguments) as (shop, sprints):
        sprint = sprints.editar_sprint(meant(shop, arguments.sprint), quem=person(), **fields)
    return _say(arguments, sprint, f"{sprint['sprint_id']} is changed.")


def _told(arguments: argparse.Namespace) -> dict[str, str]:
    """What was written for each field; a single - is nothing."""
    written = {name: getattr(arguments, name) for name in SPRINT_FIELDS}
    return {name: forms.said(word) for name, word in written.items() if word is not None}


def _say(arguments: argparse.Namespace, sprint: dict[str, Any], said: str) -> int:
    if arguments.json:
        print_json(sprint)
    else:
        print(said)
    return EXIT_DONE


def listing(arguments: argparse.Namespace) -> int:
    """Every sprint with its progress, the newest first."""
    with opened(arguments, readonly=True) as shop:
        found = sprint_rows(shop.backlog)
    if arguments.json:
        print_json([{name: getattr(row, name) for name in row.__slots__} for row in found])
        return EXIT_DONE
    rows = [
        [
            row.sprint_id,
            row.titulo,
            row.agrupador,
            "open" if row.estado == "aberta" else "closed",
            row.inicio,
            row.fim,
            f"{row.feitas}/{row.total}",
        ]
        for row in found
    ]
    none = runnable("No sprint yet: `oficina sprint open FILE` opens one.", arguments.workspace)
    print_table(["sprint", "titulo", "agrupador", "state", "from", "to", "done"], rows, empty=none)
    return EXIT_DONE


def show(arguments: argparse.Namespace) -> int:
    """A sprint's tree: where each task stands, who does it, estimate and actual, what it waits for."""
    with opened(arguments, readonly=True) as shop:
        view = view_of(shop.backlog, meant(shop, arguments.sprint))
    if arguments.json:
        print_json(plain(view))
        return EXIT_DONE
    print_fields(_facts(view))
    print()
    columns = ["task", "titulo", "state", "who", "item", "hours", "R$", "waits for"]
    print_table(columns, [_row(row) for row in view.tarefas], empty="No tasks yet.")
    for child in view.filhos:
        how = f"`oficina decide {child.pergunta}`" if child.pergunta else "when its task is concluded"
        line = f"Not pulled: {child.item_ref} {clean(child.titulo)}, of {child.task}: {how}"
        print(runnable(line, arguments.workspace))
    for row in view.tarefas:
        if row.estado == "pausada":
            line = (
                f"{row.codigo} is paused by {', '.join(wait.told() for wait in row.espera if wait.quebrada)}"
            )
            print(
                runnable(
                    f"{clean(line)}: {way_on(f'{view.sprint.sprint_id}/{row.codigo}', row.espera)}",
                    arguments.workspace,
                )
            )
    _say_left(view, arguments, shop.local)
    _say_next(view, arguments)
    return EXIT_DONE


def _say_left(view: SprintView, arguments: argparse.Namespace, local: Callable[[str], str]) -> None:
    """The children of any sprint that were left in the backlog."""
    if not view.deixados:
        return
    line = "Left in the backlog, held (`oficina task add --item ID` pulls one):"
    print(f"\n{runnable(line, arguments.workspace)}")
    for child in view.deixados:
        by = f"by {clean(child.deixado_por)} on {local(child.deixado_em)}"
        print(f"  {child.item_ref} {clean(child.titulo)}, of {child.task}, {by}")


def _facts(view: SprintView) -> dict[str, object]:
    row = view.sprint
    wip = f"{row.em_curso} of {row.wip}" if row.wip is not None else str(row.em_curso)
    state = "open" if row.estado == "aberta" else "closed"
    return {
        row.sprint_id: view.sprint.titulo,
        "objetivo": view.objetivo,
        "agrupador": row.agrupador,
        "state": f"{state}, {row.feitas} of {row.total} tasks done",
        "planned": f"{row.inicio or '…'} to {row.fim or '…'}" if row.inicio or row.fim else "",
        "under way": wip,
        "cost": _cost(view),
        "left": f"{figure(view.resta_horas, 1)} h" if view.resta_horas else "",
        "done by": view.fim_previsto,
    }


def _cost(view: SprintView) -> str:
    budget = f", budget {figure(view.orcamento, 2)}" if view.orcamento is not None else ""
    return f"R$ {figure(view.realizado_custo, 2)} of {figure(view.estimado_custo, 2)} estimated{budget}"


def _row(row: TaskRow) -> list[object]:
    indent = "  " * (row.nivel - 1)
    waits = ", ".join(wait.ref for wait in row.espera)
    return [
        f"{indent}{row.codigo}",
        row.titulo,
        WORDS[row.estado] + (f": {row.motivo}" if row.motivo else ""),
        row.responsavel,
        row.item_ref,
        _pair(row.realizado_horas, row.estimado_horas, 1),
        _pair(row.realizado_custo, row.estimado_custo, 2),
        waits,
    ]


def _pair(actual: float | Decimal | None, estimate: float | Decimal | None, digits: int) -> str:
    if actual is None and estimate is None:
        return ""
    return f"{figure(actual, digits)}/{figure(estimate, digits)}"


def _say_next(view: SprintView, arguments: argparse.Namespace) -> None:
    row = next((each for each in view.tarefas if each.codigo == view.proxima), None)
    if row is not None:
        line = f"Next: {task_line(row.codigo, row.titulo)}; `oficina task start {row.codigo}` starts it."
        print(runnable(line, arguments.workspace))


def close(arguments: argparse.Namespace) -> int:
    """Close a sprint; what is left in it is carried over, returned or cancelled, each on record."""
    with at_work(arguments) as (shop, sprints):
        sprint_id = meant(shop, arguments.sprint)
        fates = dict(_fates(shop, arguments))
        default = Fate(ACTIONS[arguments.rest], arguments.reason) if arguments.rest else None
        left = sprints.restos(sprint_id)
        if arguments.preview:
            return _preview(arguments, left, fates, default)
        said = sprints.encerrar(sprint_id, fates, padrao=default, para=arguments.to, quem=person())
    if arguments.json:
        print_json({"sprint_id": sprint_id, "restos": said})
        return EXIT_DONE
    print(f"{sprint_id} is closed.")
    held = {each.ref for each in left if each.retido}
    for name, each in said.items():
        why = f": {clean(each['motivo'])}" if each["motivo"] else ""
        stays = ", held until a sprint pulls it" if each["acao"] == "devolver" and name in held else ""
        print(f"  {name} is {' '.join(filter(None, [_DID[each['acao']], each['para']]))}{stays}{why}")
    for line in consequences(left, {name: each["acao"] for name, each in said.items()}, arguments.to):
        print(f"  {line}")
    return EXIT_DONE


def _preview(
    arguments: argparse.Namespace, left: Sequence[Left], fates: Mapping[str, Fate], default: Fate | None
) -> int:
    """What is left, with its fate as far as it is said, and what that does to those that wait."""
    unknown = fates.keys() - {each.ref for each in left}
    if unknown:
        names = ", ".join(each.ref for each in left)
        raise WrongInput(f"{', '.join(sorted(unknown))} is not left over", remedy=f"left: {names}")
    actions = {each.ref: said.acao for each in left if (said := fates.get(each.ref, default))}
    told = consequences(left, actions, arguments.to)
    if arguments.json:
        rows = [{"ref": each.ref, "titulo": each.titulo, "acao": actions.get(each.ref)} for each in left]
        print_json({"restos": rows, "consequencias": told})
        return EXIT_DONE
    for each in left:
        action = actions.get(each.ref)
        where = f" {arguments.to or '… (say --to SPRINT)'}" if action == "levar" else ""
        fate = f"would be {_DID[action]}{where}" if action else "no fate yet"
        print(f"  {each.ref} {clean(each.titulo)}: {fate}")
    for line in told:
        print(f"  {line}")
    print("Nothing is closed: this only shows what would be.")
    return EXIT_DONE


def _fates(shop: Shop, arguments: argparse.Namespace) -> Iterator[tuple[str, Fate]]:
    seen: set[str] = set()
    for word, action in ACTIONS.items():
        for name in getattr(arguments, word) or ():
            ref = name if name.upper().startswith("BKL") else code(name)
            if ref.upper().startswith("BKL"):
                ref = shop.item(ref)["id"]
            if ref in seen:
                raise WrongInput(f"{ref} is named twice", path=f"--{word}")
            seen.add(ref)
            yield ref, Fate(action, arguments.reason)
