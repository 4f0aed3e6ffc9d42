"""What a task waits for before it can start: other tasks, and items of the backlog, each told by name."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from store.backlog.graph import waits_for
from store.backlog.operation import Operation
from store.backlog.outcomes import WAITING, holds, outcome
from store.backlog.ports import Doc
from store.documents.item import OPEN, Status
from store.errors import CycleRefused
from store.sprint import codes
from store.sprint.tasks import DONE, SPRINTS, carrier, find_task, open_children
from store.views.sprint import WaitRow


def waits(op: Operation, task: Doc) -> list[WaitRow]:
    """Everything that an unstarted task still waits for; empty when it can start."""
    found = [wait for ref in task["depende_de"] if (wait := _waits_for(op, task, ref)) is not None]
    return list({wait.ref: wait for wait in (*found, *item_waits(op, task))}.values())


def item_waits(op: Operation, task: Doc) -> list[WaitRow]:
    """What the item of a task, started or not, waits for."""
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    if item is None or item["status"] != Status.BLOQUEADO:
        return []
    states = {ref: item["dependencias"][ref]["estado"] for ref in item["depende_de"]}
    return [_item_wait(op, ref, estado) for ref, estado in states.items() if estado in WAITING]


def _waits_for(op: Operation, task: Doc, ref: str) -> WaitRow | None:
    if not codes.CODE.fullmatch(ref):
        found = outcome(op, ref)
        return None if found.estado == "resolvida" else _item_wait(op, ref, found.estado)
    other = find_task(op, codes.key(task["sprint_id"], ref))
    if other is None:
        return WaitRow(ref, "", "", "", True, False)
    if other["fim"] == DONE:
        return None
    item = op.find_item(other["item_ref"]) if other["item_ref"] else None
    failed = bool(other["fim"]) or (item is not None and outcome(op, item["id"]).estado == "quebrada")
    state = other["fim"] or (str(item["status"]) if item is not None else _own_state(other))
    return WaitRow(ref, title(op, other), state, str(other["levada_para"]), failed, False)


def _own_state(task: Doc) -> str:
    if task["bloqueio"]:
        return "bloqueada"
    return "em_andamento" if task["iniciada_em"] else "a_fazer"


def _item_wait(op: Operation, ref: str, estado: str) -> WaitRow:
    item = op.find_item(ref)
    broken = estado == "quebrada"
    if item is None:
        return WaitRow(ref, "", "", "", broken, False)
    task = carrier(op, ref)
    onde = task["chave"] if task is not None else ""
    return WaitRow(ref, item["titulo"], item["status"], onde, broken, task is None and pullable(op, item))


def pullable(op: Operation, item: Doc) -> bool:
    """Whether an item can be taken into a sprint: open, not at work, no question, and nobody's yet."""
    return (
        item["status"] in OPEN
        and item["status"] != Status.EM_PROCESSAMENTO
        and not op.contract(item).interno
        and not item.get("tarefa")
    )


def title(op: Operation, task: Doc) -> str:
    """A task's title: its item's, also of one that is archived, or a person's task's own."""
    if not task["item_ref"]:
        return str(task["titulo"])
    item = op.find_item(task["item_ref"]) or op.rules.store.stub(task["item_ref"]) or {}
    return str(item.get("titulo", ""))


# -- cycles: a node is the end of a task, its start, or the outcome of an item, a spec or a capability

_Node = tuple[str, str]


def refuse_cycle(op: Operation, task: Doc) -> None:
    """Raise CycleRefused, naming the path, when a task waits for itself: by what it depends on, its subtasks,
    its item and what that waits for.
    """
    for kind in ("start", "end"):
        path = _way_back(op, (kind, task["chave"]))
        if path:
            raise CycleRefused(f"{task['codigo']} would wait for itself: {_told(path)}")


def refuse_cycle_of_item(op: Operation, item: Doc) -> None:
    """The same of an item, as far as tasks are in between: one that it waits for, and that is held until a
    task starts. What items alone wait for is MS_Backlog's to refuse.
    """
    if not op.tx.count_by(SPRINTS, "estado", "aberta"):
        return
    path = _way_back(op, ("item", item["id"]))
    if any(kind != "item" for kind, _ in path):
        raise CycleRefused(f"{item['id']} would wait for itself: {_told(path)}")


def _way_back(op: Operation, start: _Node) -> list[_Node]:
    """The nodes on a way from one back to it, beginning with it; empty when there is none."""
    came_from: dict[_Node, _Node] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for following in _NEXT[node[0]](op, node[1]):
            if following == start:
                return _path(came_from, start, node)
            if following not in came_from:
                came_from[following] = node
                queue.append(following)
    return []


def _path(came_from: dict[_Node, _Node], start: _Node, node: _Node) -> list[_Node]:
    path = [node]
    while node != start:
        node = came_from[node]
        path.append(node)
    return path[::-1]


def _told(path: list[_Node]) -> str:
    names = (codes.split_key(name)[1] if kind != "item" else name for kind, name in path)
    return " → ".join(dict.fromkeys(names))


def _after_end(op: Operation, chave: str) -> Iterator[_Node]:
    task = find_task(op, chave)
    if task is None or task["fim"]:
        return
    yield ("start", chave)
    yield from (("end", each["chave"]) for each in open_children(op, task))
    if task["item_ref"]:
        yield ("item", task["item_ref"])


def _after_start(op: Operation, chave: str) -> Iterator[_Node]:
    task = find_task(op, chave)
    if task is None or task["fim"] or task["iniciada_em"]:
        return
    for ref in task["depende_de"]:
        yield ("end", codes.key(task["sprint_id"], ref)) if codes.CODE.fullmatch(ref) else ("item", ref)
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    if item is not None and item["status"] == Status.BLOQUEADO:
        yield from (("item", ref) for ref in item["depende_de"] if holds(item, ref))


def _after_item(op: Operation, ref: str) -> Iterator[_Node]:
    task = carrier(op, ref) if codes.ITEM.fullmatch(ref) else None
    if task is not None:
        yield ("start", task["chave"])
    yield from (("item", other) for other in waits_for(op, ref))


_NEXT: dict[str, Callable[[Operation, str], Iterator[_Node]]] = {
    "end": _after_end,
    "start": _after_start,
    "item": _after_item,
}
