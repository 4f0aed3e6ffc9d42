"""`oficina task add|edit|start|done|block|move|cancel`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from app import sprint_forms as forms
from app.attachments import keep_file
from app.commands.decisions import person
from app.invocation import runnable
from app.main import EXIT_DONE
from app.naming import whole_id
from app.output import clean, print_fields, print_json
from app.sprint_words import at_work, code, meant, pull_facts, task_line, task_meant
from app.wiring import Shop
from store.errors import WrongInput
from store.sprint.concluding import Concluded, Pending
from store.sprint.editing import TaskChange
from store.sprint.reading import view_of
from store.views.sprint import way_on


def add(arguments: argparse.Namespace) -> int:
    """Add a task: a person's, or one that carries an item of the backlog."""
    with at_work(arguments) as (shop, sprints):
        task = sprints.adicionar_task(
            meant(shop, arguments.sprint),
            titulo=arguments.titulo or "",
            item=shop.item(arguments.item)["id"] if arguments.item else None,
            pai=code(arguments.under or ""),
            responsavel=arguments.who or "",
            depende_de=_refs(arguments.depends),
            estimativa=_estimate(arguments) or None,
            auto_iniciar=arguments.auto,
            quem=person(),
        )
    return _say(arguments, task, f"{task['chave']} is added.")


def _estimate(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was written of a task's estimate; a single - is none."""
    found: dict[str, Any] = {}
    if arguments.hours is not None:
        found["horas"] = forms.hours(forms.said(arguments.hours), "--hours")
    if arguments.cost is not None:
        found["custo"] = forms.money(forms.said(arguments.cost), "--cost")
    return found


def edit(arguments: argparse.Namespace) -> int:
    """Change a task: what is named, and only that."""
    estimate = _estimate(arguments)
    change: TaskChange = {}
    if arguments.titulo is not None:
        change["titulo"] = arguments.titulo
    if arguments.who is not None:
        change["responsavel"] = forms.said(arguments.who)
    if arguments.depends is not None:
        change["depende_de"] = _refs_told(arguments)
    if arguments.before is not None:
        change["antes_de"] = code(arguments.before)
    if arguments.auto is not None:
        change["auto_iniciar"] = arguments.auto == "yes"
    if not change and not estimate:
        remedy = "--titulo, --who, --hours, --cost, --depends, --before or --auto"
        raise WrongInput("what is to change?", path="TASK", remedy=remedy)
    with at_work(arguments) as (shop, sprints), shop.db.transaction() as tx:
        sprint_id, codigo = task_meant(shop, arguments)
        if estimate:
            (before,) = tx.find("tasks", "chave", f"{sprint_id}/{codigo}") or [{}]
            change["estimativa"] = {**(before.get("estimativa") or {}), **estimate}
        task = sprints.editar_task(sprint_id, codigo, quem=person(), tx=tx, **change)
    return _say(arguments, task, f"{task['chave']} is changed.")


def start(arguments: argparse.Namespace) -> int:
    """Start a task: its item can be claimed from now on."""
    with at_work(arguments) as (shop, sprints):
        sprint_id, codigo = task_meant(shop, arguments)
        task = sprints.iniciar_task(sprint_id, codigo, person())
        item = shop.item(task["item_ref"]) if task["item_ref"] else None
    what = f": {item['id']} {clean(item['titulo'])}" if item else f": {clean(task['titulo'])}"
    return _say(arguments, task, f"{task['chave']} is started{what}")


def done(arguments: argparse.Namespace) -> int:
    """Conclude a task; its children come in, or are asked about here, or in the inbox."""
    if arguments.json and arguments.pull is None:
        arguments.pull = "ask"
    with at_work(arguments) as (shop, sprints):
        sprint_id, codigo = task_meant(shop, arguments)
        result: dict[str, Any] = {}
        if arguments.result:
            result["texto"] = arguments.result
        if arguments.hours is not None:
            result["horas"] = arguments.hours
        attached = [keep_file(shop.objects, path) for path in arguments.attach or ()]
        said = sprints.concluir_task(sprint_id, codigo, result or None, attached, quem=person())
        if not arguments.json:
            _tell(sprint_id, said)
        decided = [_pull(shop, arguments, sprint_id, each) for each in said.pendentes]
        following = sprints.proxima_task(sprint_id)
    if arguments.json:
        print_json(_document(sprint_id, said, decided, following))
    elif following:
        print(
            runnable(f"Next: {following}; `oficina task start {following}` starts it.", arguments.workspace)
        )
    return EXIT_DONE


def _tell(sprint_id: str, said: Concluded) -> None:
    print(f"{sprint_id}/{said.codigo} is concluded.")
    for each in said.puxados:
        print(f"Pulled: {task_line(each.codigo, each.titulo, each.item_ref)}")


def _pull(shop: Shop, arguments: argparse.Namespace, sprint_id: str, each: Pending) -> str:
    """Answer the question about a child as the command line, or the terminal, says; empty leaves it open."""
    wanted = arguments.pull or _asked(shop, sprint_id, each)
    if wanted == "ask":
        if not arguments.json:
            line = f"Waits for you: {each.item_ref} {clean(each.titulo)}: `oficina decide {each.pergunta}`"
            print(runnable(line, arguments.workspace))
        return ""
    opcao = "puxar" if wanted == "yes" else "deixar"
    shop.decisions.decidir(each.pergunta, opcao, quem=person(), undo_s=shop.undo_s)
    if not arguments.json:
        task = shop.item(each.item_ref)["tarefa"]
        what = f"Pulled: {task.rpartition('/')[2]}" if task else "Left in the backlog:"
        print(f"{what} {clean(each.titulo)} ({each.item_ref})")
    return opcao


def _asked(shop: Shop, sprint_id: str, each: Pending) -> str:
    """Ask in the terminal; no answer leaves it in the inbox."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return "ask"
    print(f"Pull «{clean(each.titulo)}» into {sprint_id} as {each.codigo}? ({clean(each.motivo)})")
    print_fields(pull_facts(sprint_id, shop.item(each.pergunta)["contexto"]))
    print("não leaves it in the backlog, held: nobody begins it until a sprint pulls it.")
    while True:
        try:
            said = input("[s]im/[n]ão, Enter: later > ").strip().casefold()
        except EOFError:
            said = ""
        if said in ("", "s", "sim", "y", "yes"):
            return "yes" if said else "ask"
        if said in ("n", "não", "nao", "no"):
            return "no"


def _document(sprint_id: str, said: Concluded, decided: list[str], following: str) -> dict[str, Any]:
    pending = [
        {name: getattr(each, name) for name in each.__slots__} | {"decidido": opcao}
        for each, opcao in zip(said.pendentes, decided, strict=True)
    ]
    pulled = [{name: getattr(each, name) for name in each.__slots__} for each in said.puxados]
    return {
        "sprint_id": sprint_id,
        "codigo": said.codigo,
        "puxados": pulled,
        "pendentes": pending,
        "proxima": following,
    }


def block(arguments: argparse.Namespace) -> int:
    """A person can't go on with their task, and says why."""
    with at_work(arguments) as (shop, sprints):
        sprint_id, codigo = task_meant(shop, arguments)
        task = sprints.bloquear_task(sprint_id, codigo, arguments.reason, person())
    said = f"{task['chave']} is blocked; `oficina task start {codigo}` goes on with it."
    return _say(arguments, task, said)


def cancel(arguments: argparse.Namespace) -> int:
    """Give a task up, with its item; or a child that no task has: one that was left in the backlog."""
    with at_work(arguments) as (shop, sprints):
        if arguments.task.upper().startswith("BKL"):
            return _reject(shop, arguments)
        sprint_id, codigo = task_meant(shop, arguments)
        sprints.cancelar_task(sprint_id, codigo, arguments.reason, person())
        (task,) = shop.db.find("tasks", "chave", f"{sprint_id}/{codigo}")
    return _say(arguments, task, f"{task['chave']} is cancelled.")


def _reject(shop: Shop, arguments: argparse.Namespace) -> int:
    item = shop.item(arguments.task)
    if not item.get("filho_de") or item.get("tarefa"):
        where = f": it is {item['tarefa']}" if item.get("tarefa") else ""
        raise WrongInput(f"{item['id']} is no child that waits for a sprint{where}", path="TASK")
    shop.backlog.cancelar(item["id"], arguments.reason, person())
    return _say(arguments, shop.item(item["id"]), f"{item['id']} is cancelled.")


def move(arguments: argparse.Namespace) -> int:
    """Move a task in its tree, to another sprint, before a sibling; or say anew what it waits for."""
    ways = [arguments.under, arguments.root or None, arguments.to, arguments.before, arguments.depends]
    if not any(way is not None for way in ways):
        remedy = "--under TASK, --root, --to SPRINT, --before TASK or --depends WHAT"
        raise WrongInput("where to?", path="TASK", remedy=remedy)
    with at_work(arguments) as (shop, sprints):
        sprint_id, codigo = own, first = task_meant(shop, arguments)
        with shop.db.transaction() as tx:
            task: dict[str, Any] | None = None
            if arguments.under is not None or arguments.root or arguments.to:
                pai, target = code(arguments.under or ""), arguments.to or sprint_id
                task = sprints.mover_task(sprint_id, codigo, pai=pai, para=target, quem=person(), tx=tx)
                sprint_id, codigo = task["sprint_id"], task["codigo"]
            if arguments.before is not None:
                before = code(arguments.before)
                task = sprints.ordenar_task(sprint_id, codigo, before, person(), tx)
            if arguments.depends is not None:
                refs = _refs_told(arguments)
                task = sprints.alterar_dependencias(sprint_id, codigo, refs, person(), tx)
            assert task is not None
        paused = _paused_by(shop, own, first) if task["sprint_id"] != own else []
    said = f"{arguments.task} is {task['chave']} now."
    if paused and not arguments.json:
        print(said)
        said = "\n".join(paused)
    return _say(arguments, task, said)


def _paused_by(shop: Shop, sprint_id: str, codigo: str) -> list[str]:
    """Whoever is paused since a task has gone to another sprint, a line each, with what gets it on."""
    return [
        f"{row.codigo} is paused by {clean(wait.told())}: {way_on(f'{sprint_id}/{row.codigo}', row.espera)}"
        for row in view_of(shop.backlog, sprint_id).tarefas
        for wait in row.espera
        if wait.quebrada and wait.ref == codigo
    ]


def _refs_told(arguments: argparse.Namespace) -> list[str]:
    """What a task is to wait for; a single - is nothing."""
    return [] if arguments.depends == ["-"] else _refs(arguments.depends)


def _refs(words: list[str] | None) -> list[str]:
    return [whole_id(word, "BKL") if word.upper().startswith("BKL") else code(word) for word in words or ()]


def _say(arguments: argparse.Namespace, task: dict[str, Any], said: str) -> int:
    if arguments.json:
        print_json(task)
    else:
        print(runnable(said, arguments.workspace))
    return EXIT_DONE
