"""Children: listed by their origin, pulled by rule, or asked about (P2 and P5; sections 3.2 and 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from store.backlog.endings import PULL, close_question, open_question, question_key
from store.backlog.operation import SYSTEM, Operation
from store.backlog.ports import Doc
from store.backlog.produce import produce
from store.collections import LEFT, number_of
from store.documents import complete
from store.documents.item import OPEN, Status
from store.errors import WrongState
from store.sprint import codes
from store.sprint.amounts import Load, effect_on_sprint, estimate_of_item, load
from store.sprint.holding import hold, undecided
from store.sprint.tasks import (
    DONE,
    SPRINTS,
    TASKS,
    carrier,
    children,
    create,
    find_sprint,
    find_task,
    follow,
    gerar_codigo_subtask,
    is_free,
    next_number,
    open_sprint,
    origins,
    the_task,
)
from store.sprint.waiting import refuse_cycle
from store.views.sprint import WORDS


@dataclass
class Brought:
    """What became of a concluded task's children."""

    puxados: list[Doc] = field(default_factory=list)
    """The new subtasks, in order."""
    pendentes: list[Doc] = field(default_factory=list)
    """The questions (`decidir_pull`) that wait for the owner."""


def listar_filhos(op: Operation, sprint_id: str, task_codigo: str = "") -> list[Doc]:
    """The items that the sprint's (or one task's) work discovered, oldest first, whatever became of them."""
    if task_codigo:
        return op.items_by("filho_de", codes.key(sprint_id, task_codigo))
    return [item for item in op.items_by("origem.sprint_id", sprint_id) if item.get("filho_de")]


def transferir(
    op: Operation,
    item: Doc,
    sprint_id: str,
    task_pai: str = "",
    *,
    puxada: bool = False,
    prometido: str = "",
) -> Doc:
    """Take an item into an open sprint: it is held until its task starts; returns the new task.

    It gets the next code, or the one that its question promised, where that is of this place and still free.
    The transfer and the task are one transaction, that of the operation (TRANSFERENCIA-ATOMICA). Raises
    WrongState for an item that is not to be had, or a parent that has none any more; WrongInput for an
    unknown sprint or parent.
    """
    sprint = open_sprint(op, sprint_id)
    if task_pai:
        parent = the_task(op, sprint_id, task_pai)
        if parent["fim"] not in ("", DONE):
            raise WrongState(f"{task_pai} is {WORDS[parent['fim']]}: nothing is pulled under it")
    if prometido and codes.parent(prometido) == task_pai and is_free(op, sprint_id, prometido):
        return take(op, item, sprint, prometido, puxada=puxada)
    return take(op, item, sprint, gerar_codigo_subtask(op, sprint_id, task_pai), puxada=puxada)


def take(op: Operation, item: Doc, sprint: Doc, codigo: str, *, asked: bool = True, **fields: Any) -> Doc:
    """Have a new task carry an item, which is held from now on; `fields` are more of the task's. `asked` is
    False of what nobody can have been asked about yet.
    """
    _refuse_taken(op, item)
    sprint_id = sprint["sprint_id"]
    task = create(
        op,
        {
            "sprint_id": sprint_id,
            "codigo": codigo,
            "item_ref": item["id"],
            "retido_antes": item["retido"],
            "espera_auto": sprint_id if sprint["auto_iniciar"] else None,
            **fields,
            "responsavel": fields.get("responsavel") or item["ator"],
        },
        item=item["id"],
    )
    hold(op, item, task["chave"])
    op.event("item.transferido", item, sprint_id=sprint_id, task=codigo)
    question = open_question(op, PULL, item["id"]) if asked else None
    if question is not None:
        close_question(op, question, f"{item['id']} is {task['chave']} now")
    # A new task that waits for nothing closes no cycle.
    if task["depende_de"] or item["status"] == Status.BLOQUEADO:
        refuse_cycle(op, task)
    op.later("start", sprint_id)
    return task


def _refuse_taken(op: Operation, item: Doc) -> None:
    if op.contract(item).interno:
        raise WrongState(f"{item['id']} asks about {item['contexto'].get('item_ref', 'an item')}: answer it")
    if item["status"] not in OPEN:
        raise WrongState(f"{item['id']} is {item['status']}: there is nothing to pull")
    if item.get("tarefa"):
        task = carrier(op, item["id"])
        if task is not None:
            raise WrongState(f"{item['id']} is pulled already: it is {task['chave']}")
        raise WrongState(f"{item['id']} goes on by itself with {item['tarefa']}")
    if item["status"] == Status.EM_PROCESSAMENTO:
        raise WrongState(f"{item['id']} is at work already: no sprint starts it")


def bring_in(op: Operation, sprint: Doc, task: Doc) -> Brought:
    """Go through the children of a task that was concluded: pull those with `auto_pull`, as far as the limits
    go, and ask about the others (step 3 of `concluir_task`).
    """
    found, room, asked = Brought(), _Room(op, sprint, task), []
    for child in list(children_of(op, task)):
        why = room.why_not(child)
        if not why:
            # Children are asked about only once their task has ended, so none of them is yet.
            new = take(op, child, sprint, room.next_code(), asked=False, puxada=True)
            found.puxados.append(new)
        else:
            asked.append((child, why))
    if asked:
        about = About(op, sprint, task)
        found.pendentes = [ask(op, child, about, why) for child, why in asked]
        about.keep(op)
    return found


def children_of(op: Operation, task: Doc) -> Iterator[Doc]:
    """A task's children that nobody has decided about, wherever it was when they came up."""
    for chave in origins(op, task):
        yield from (child for child in listar_filhos(op, *codes.split_key(chave)) if undecided(child))


def home_of(op: Operation, child: Doc) -> Doc | None:
    """The task whose child it is now: the one whose work brought it up, wherever that has gone."""
    origin = find_task(op, child["filho_de"])
    return follow(op, origin) if origin is not None else None


def waiting_children(op: Operation, sprint_id: str, tasks: Iterable[Doc]) -> list[Doc]:
    """The children of a sprint's `tasks` (all that it ever had) that nobody has decided about, oldest first:
    also those that came up in another sprint, and none whose task has gone on in another.
    """
    found = {child["id"]: child for child in listar_filhos(op, sprint_id) if undecided(child)}
    for task in tasks:
        if task["veio_de"] and not task["levada_para"]:
            found |= {child["id"]: child for child in children_of(op, task)}
    here = (child for child in found.values() if _is_of(op, child, sprint_id))
    return sorted(here, key=lambda child: number_of(child["id"]))


def left_children(op: Operation) -> list[Doc]:
    """The children of any sprint's work that were left in the backlog, oldest first."""
    return sorted(op.items_by(LEFT, LEFT), key=lambda child: number_of(child["id"]))


def _is_of(op: Operation, child: Doc, sprint_id: str) -> bool:
    home = home_of(op, child)
    return home is not None and home["sprint_id"] == sprint_id


class _Room:
    """How many children a task may still pull by itself, and their codes."""

    def __init__(self, op: Operation, sprint: Doc, task: Doc) -> None:
        self._limit, self._pai = sprint["limite_filhos"], task["codigo"]
        self._deep = codes.depth(self._pai) + 1 > sprint["limite_profundidade"]
        self._levels = sprint["limite_profundidade"]
        self._pulled = sum(each["puxada"] for each in children(op, task["sprint_id"], self._pai))
        self._number = _next_unpromised(op, task, self._pai)

    def why_not(self, child: Doc) -> str:
        """Why a child is asked about instead of pulled; empty where it is pulled."""
        if not child["origem"]["auto_pull"]:
            return "it is not pulled without your answer"
        if self._deep:
            return f"the tree is {self._levels} levels deep already: the sprint's limit"
        if self._limit is not None and self._pulled >= self._limit:
            return f"{self._pai} has pulled {self._pulled} children already: the sprint's limit"
        return ""

    def next_code(self) -> str:
        """The next child's code; it counts as pulled."""
        self._pulled, self._number = self._pulled + 1, self._number + 1
        return codes.child(self._pai, self._number - 1)


class About:
    """What is asked about each child of a task, read once for all of them."""

    def __init__(self, op: Operation, sprint: Doc, task: Doc) -> None:
        self.sprint, self.task = sprint, task
        self.load: Load = load(op, sprint)
        self._home = _home(task)
        self._number = _next_unpromised(op, task if self._home else sprint, self._home)
        self.evidence = _evidence(op, task)

    def next_code(self) -> str:
        """What the next child that is asked about becomes, with those before it pulled."""
        self._number += 1
        return codes.child(self._home, self._number - 1)

    def keep(self, op: Operation) -> None:
        """Have the task (of roots the sprint) know which codes were promised, for whatever comes up later."""
        collection, place = (TASKS, self.task) if self._home else (SPRINTS, self.sprint)
        place["prometido"] = self._number - 1
        op.tx.put(collection, complete(collection, place))


def _next_unpromised(op: Operation, place: Doc, pai: str) -> int:
    """The next number under `pai` that no question has named; `place` is the task `pai`, or the sprint."""
    promised: int = place.get("prometido", 0)
    return max(next_number(op, place["sprint_id"], pai), promised + 1)


def ask(op: Operation, child: Doc, about: About, porque: str) -> Doc:
    """Ask the owner about a child (`decidir_pull`); the open question about it, if there is one already."""
    found = open_question(op, PULL, child["id"])
    if found is not None:
        return found
    task, estimate = about.task, estimate_of_item(op, child)
    contexto = {
        "item_ref": child["id"],
        "item_tipo": child["tipo"],
        "titulo": child["titulo"],
        "motivo": porque,
        "sprint_id": task["sprint_id"],
        "task_codigo": task["codigo"],
        "codigo": about.next_code(),
        "task": about.evidence,
        "origem": child["origem"],
        "estimativa": estimate.document(),
        "efeito": effect_on_sprint(about.sprint, op.now, about.load, estimate),
    }
    novo = {
        "tipo": PULL,
        "contexto": contexto,
        "prioridade": child["prioridade"],
        "spec_ref": child["spec_ref"] or None,
        "spec_versao": child["spec_versao"],
        "saga_id": child["saga_id"],
        "request_id": child["request_id"],
        "chave": question_key(PULL, child["id"]),
    }
    return op.item(produce(op, novo, produtor=SYSTEM))


def _evidence(op: Operation, task: Doc) -> Doc:
    """What the parent's work came to."""
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    found: Doc = {"codigo": task["codigo"], "responsavel": task["responsavel"]}
    if item is None:
        return found | {"titulo": task["titulo"], "resultado": task["resultado"], "anexos": task["anexos"]}
    return found | {
        "titulo": item["titulo"],
        "item_ref": item["id"],
        "resultado": item["resultado"],
        "artefatos": item.get("artefatos") or {},
    }


def answer_pull(op: Operation, child: Doc, question: Doc) -> Doc:
    """The owner pulls: the child becomes a subtask of the task that brought it up, wherever that has gone."""
    asked = question["contexto"]
    origin = find_task(op, codes.key(asked["sprint_id"], asked["task_codigo"]))
    assert origin is not None, asked
    task = follow(op, origin)
    promised = str(asked["codigo"]) if task["sprint_id"] == asked["sprint_id"] else ""
    return transferir(op, child, task["sprint_id"], _home(task), puxada=True, prometido=promised)


def _home(task: Doc) -> str:
    """Under which task its children are pulled: none, once it was given up."""
    return str(task["codigo"]) if task["fim"] in ("", DONE) else ""


def review_child(op: Operation, item_id: str) -> None:
    """A child that comes up after its task has ended, or whose task is given up, is pulled or asked about at
    once.
    """
    child = op.item(item_id)
    task = home_of(op, child)
    if task is None:
        return
    sprint = find_sprint(op, task["sprint_id"])
    if sprint is None or not task["fim"] or not undecided(child):
        return
    room = _Room(op, sprint, task)
    gone = task["fim"] != DONE and f"its task {task['chave']} is {WORDS[task['fim']]}"
    gone = gone or (sprint["estado"] != "aberta" and f"{sprint['sprint_id']} is closed")
    why = gone or room.why_not(child)
    if why:
        about = About(op, sprint, task)
        ask(op, child, about, why)
        about.keep(op)
    else:
        take(op, child, sprint, room.next_code(), puxada=True)
