"""Sprints and tasks within one operation: found by their names, written with their history and event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.documents import complete
from store.errors import WrongInput, WrongState
from store.sprint import codes
from store.views.sprint import WORDS
from store.yamlfile import did_you_mean, nearest

SPRINTS, TASKS = "sprints", "tasks"
DONE = "concluida"


def find_sprint(op: Operation, sprint_id: str) -> Doc | None:
    """The sprint of that name."""
    return next(iter(op.tx.find(SPRINTS, "sprint_id", sprint_id)), None)


def the_sprint(op: Operation, sprint_id: str) -> Doc:
    """The sprint of that name, or WrongInput that names the nearest."""
    found = find_sprint(op, sprint_id)
    if found is None:
        known = [doc["sprint_id"] for doc in op.rules.store.all(SPRINTS)]
        remedy = did_you_mean(sprint_id, known) if known else "`oficina sprint open FILE` opens one"
        raise WrongInput(f"there is no sprint {sprint_id}", remedy=remedy)
    return found


def open_sprint(op: Operation, sprint_id: str) -> Doc:
    """The same, of a sprint that is not closed; WrongState."""
    found = the_sprint(op, sprint_id)
    if found["estado"] != "aberta":
        raise WrongState(f"{sprint_id} is closed, since {found['encerrada_em'][:10]}")
    return found


def find_task(op: Operation, chave: str) -> Doc | None:
    """The task `S022/T01`."""
    return next(iter(op.tx.find(TASKS, "chave", chave)), None)


def the_task(op: Operation, sprint_id: str, codigo: str) -> Doc:
    """A sprint's task, or WrongInput that names the nearest."""
    found = find_task(op, codes.key(sprint_id, codigo))
    if found is None:
        the_sprint(op, sprint_id)
        known = [task["codigo"] for task in tasks_of(op, sprint_id)]
        near = nearest(codigo, known)
        lists = f"`oficina sprint show {sprint_id}` lists them"
        if not near and known and codes.CODE.fullmatch(codigo):
            lists = f"the nearest is {codes.nearest_to(codigo, known)}; {lists}"
        remedy = f"did you mean {near}?" if near else lists
        raise WrongInput(f"{sprint_id} has no task {codigo}", remedy=remedy)
    return found


def tasks_of(op: Operation, sprint_id: str, made: Sequence[Doc] = ()) -> list[Doc]:
    """Every task that a sprint ever had. `made` are those that the operation has made, and not changed since:
    a task may pull thousands, which need not be read back.
    """
    if not made:
        return op.tx.find(TASKS, "sprint_id", sprint_id)
    known = {task["id"]: task for task in made}
    ids = op.tx.ids_by(TASKS, "sprint_id", sprint_id)
    found = (known[each] if each in known else op.tx.get(TASKS, each) for each in ids)
    return [task for task in found if task is not None]


def children(op: Operation, sprint_id: str, pai: str) -> list[Doc]:
    """The tasks right under another one (or the roots, where `pai` is empty), ended or not."""
    return op.tx.find(TASKS, "sob", codes.key(sprint_id, pai))


def open_children(op: Operation, task: Doc) -> list[Doc]:
    """Its subtasks that have not ended."""
    return [each for each in children(op, task["sprint_id"], task["codigo"]) if not each["fim"]]


def carrier(op: Operation, item_id: str) -> Doc | None:
    """The task that carries an item now."""
    found = op.tx.find(TASKS, "item_ref", item_id)
    return next((task for task in found if task["fim"] in ("", DONE)), None)


def follow(op: Operation, task: Doc) -> Doc:
    """The task that goes on with it, where it was carried over or moved."""
    while task["levada_para"]:
        found = find_task(op, task["levada_para"])
        assert found is not None, task["levada_para"]
        task = found
    return task


def origins(op: Operation, task: Doc) -> Iterator[str]:
    """The `chave` of the task, and of those that it goes on with."""
    yield task["chave"]
    while task["veio_de"]:
        found = find_task(op, task["veio_de"])
        assert found is not None, task["veio_de"]
        task = found
        yield task["chave"]


def how_ended(op: Operation, task: Doc) -> str:
    """How a task ended, in words: `cancelled`, `carried over: it goes on as S023/T01`; else empty."""
    if not task["fim"]:
        return ""
    where = f": it goes on as {follow(op, task)['chave']}" if task["levada_para"] else ""
    return f"{WORDS[task['fim']]}{where}"


def next_number(op: Operation, sprint_id: str, pai: str) -> int:
    """The number of the next task under `pai`: one more than any that was ever there."""
    taken = (codes.numbers(task["codigo"])[-1] for task in children(op, sprint_id, pai))
    return max(taken, default=0) + 1


def is_free(op: Operation, sprint_id: str, codigo: str) -> bool:
    """Whether it is a code, and no task of the sprint ever had it."""
    return bool(codes.CODE.fullmatch(codigo)) and find_task(op, codes.key(sprint_id, codigo)) is None


def gerar_codigo_subtask(op: Operation, sprint_id: str, pai: str) -> str:
    """T01 → T01.1, T01.2, …; T01.1 → T01.1.1 (section 3.3); a code is never given twice.

    WrongState where there is no room below `pai`.
    """
    found = codes.child(pai, next_number(op, sprint_id, pai))
    if not codes.CODE.fullmatch(found):
        raise WrongState(f"there is no room below {pai or sprint_id}: {found} is no code")
    return found


def create(op: Operation, task: Doc, **dados: Any) -> Doc:
    """Insert a task (its `codigo`, `sprint_id` and what is not a default); returns it complete."""
    sprint_id, codigo = task["sprint_id"], task["codigo"]
    pai = codes.parent(codigo)
    whole: Doc = complete(
        TASKS,
        {
            **task,
            "chave": codes.key(sprint_id, codigo),
            "sob": codes.key(sprint_id, pai),
            "pai": pai,
            "criada_em": op.now,
            "historico": [_entry(op, "criada", dados)],
        },
    )
    op.tx.insert(TASKS, whole)
    event(op, "task.criada", whole, **dados)
    return whole


def save(op: Operation, task: Doc, oque: str, **dados: Any) -> None:
    """Write a task back with what was done to it, and its event `task.<oque>`."""
    task["historico"].append(_entry(op, oque, dados))
    op.tx.put(TASKS, complete(TASKS, task))
    event(op, f"task.{oque}", task, **dados)


def end(op: Operation, task: Doc, fim: str, oque: str, motivo: str = "", **dados: Any) -> None:
    """A task ends: it is under way no more, and starts no more."""
    task.update(fim=fim, encerrada_em=op.now, encerrada_por=op.quem, motivo=motivo)
    task.update(em_curso=None, espera_auto=None)
    save(op, task, oque, motivo=motivo, **dados)


def withdraw(op: Operation, task_id: str, motivo: str) -> None:
    """A task that should not have come about ends; its code is not given to another."""
    task = op.tx.get(TASKS, task_id)
    if task is not None:
        end(op, task, "cancelada", "retirada", motivo)


def save_sprint(op: Operation, sprint: Doc, oque: str, **dados: Any) -> None:
    """Write a sprint back with what was done to it, and its event `sprint.<oque>`."""
    sprint["historico"].append(_entry(op, oque, dados))
    whole = complete(SPRINTS, sprint)
    if sprint["id"]:
        op.tx.put(SPRINTS, whole)
    else:
        sprint["id"] = op.tx.insert(SPRINTS, whole)
    op.tx.event({"tipo": f"sprint.{oque}", "quem": op.quem, "sprint_id": sprint["sprint_id"], **_said(dados)})


def event(op: Operation, tipo: str, task: Doc, **dados: Any) -> None:
    """Write an event about a task, and about its item where it carries one."""
    found: Doc = {"tipo": tipo, "quem": op.quem, "sprint_id": task["sprint_id"], "task": task["codigo"]}
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    if item is not None:
        found |= {"item_id": item["id"], "saga_id": item["saga_id"], "request_id": item["request_id"]}
    op.tx.event({**found, **_said(dados)})


def in_order(tasks: Iterable[Doc]) -> list[Doc]:
    """Tasks of one sprint as their tree shows them: each before its subtasks, siblings by their place."""
    known = {task["codigo"]: task for task in tasks}
    places: dict[str, tuple[tuple[float, int], ...]] = {"": ()}

    def place(codigo: str) -> tuple[tuple[float, int], ...]:
        found = places.get(codigo)
        if found is None:
            pai, _, number = codigo.rpartition(".")
            ordem = known[codigo]["ordem"] if codigo in known else 0
            found = places[codigo] = (*place(pai), (ordem, int(number.removeprefix("T"))))
        return found

    return sorted(known.values(), key=lambda task: place(task["codigo"]))


def _entry(op: Operation, oque: str, dados: Doc) -> Doc:
    return {"em": op.now, "quem": op.quem, "oque": oque, "dados": _said(dados)}


def _said(dados: Doc) -> Doc:
    return {name: value for name, value in dados.items() if value not in (None, "", [], {})}
