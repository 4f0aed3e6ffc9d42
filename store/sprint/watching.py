"""The open sprints as they stand, kept up to date commit by commit: each costs what it changed.

`view_of` reads a sprint whole, which for thousands of tasks takes a good part of a second; whoever shows one
while work goes on needs it many times. Derived from documents only, so that it can be thrown away any time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from store.backlog.broker import Backlog
from store.backlog.endings import PULL
from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.collections import number_of
from store.documents.item import OPEN
from store.sprint.amounts import finish
from store.sprint.holding import undecided
from store.sprint.pulling import children_of, home_of, waiting_children
from store.sprint.reading import child_row, facts_of, left_rows, reading
from store.sprint.tasks import SPRINTS, TASKS, in_order, tasks_of
from store.views.sprint import ChildRow, SprintView, TaskFacts, TaskRow, task_row, view_from

_HIGHEST = 64
"""Ancestors of an item that are looked at: whoever waits for one of them waits for its parts."""


class _Commit(Protocol):
    @property
    def put(self) -> Mapping[str, Mapping[str, Doc]]: ...
    @property
    def deleted(self) -> Mapping[str, Sequence[str]]: ...


class _Kept:
    """What is known of one open sprint, and what of it is to be looked at again."""

    def __init__(self, op: Operation, sprint: Doc) -> None:
        self.sprint = sprint
        self.tasks = {task["codigo"]: task for task in tasks_of(op, sprint["sprint_id"])}
        self.children: dict[str, ChildRow] = {}
        self.stale_tasks: set[str] = set(self.tasks)
        waiting = waiting_children(op, sprint["sprint_id"], self.tasks.values())
        self.stale_children = {child["id"] for child in waiting}
        self._facts: dict[str, TaskFacts] = {}
        self._rows: dict[str, TaskRow] = {}
        self._by_ref: defaultdict[str, set[str]] = defaultdict(set)
        self._refs: dict[str, frozenset[str]] = {}
        self._order: list[str] | None = None
        self.left: tuple[ChildRow, ...] = ()
        self.view: SprintView | None = None

    def put_task(self, task: Doc) -> None:
        codigo, before = task["codigo"], self.tasks.get(task["codigo"])
        if before is None or before["ordem"] != task["ordem"]:
            self._order = None
        self.tasks[codigo] = task
        self.look_again(codigo)

    def look_again(self, codigo: str) -> None:
        """A task is to be looked at again, with those that wait for it."""
        self.stale_tasks |= {codigo, *self._by_ref.get(codigo, ())}

    def put_item(self, refs: Iterable[str]) -> None:
        """What is waited for or carried under one of these names may have changed."""
        for ref in refs:
            for codigo in self._by_ref.get(ref, ()):
                self.look_again(codigo)

    def refresh(self, op: Operation, left: tuple[ChildRow, ...]) -> SprintView:
        """The view, brought up to date; `left` are the children of any sprint that were left behind."""
        if left != self.left:
            self.left, self.view = left, None
        if self.view is not None and not self.stale_tasks and not self.stale_children:
            return self.view
        for codigo in self.stale_tasks:
            self._look_at(op, codigo)
        for item_id in self.stale_children:
            self._look_at_child(op, item_id)
        self.stale_tasks, self.stale_children = set(), set()
        self.view = self._assemble(op)
        return self.view

    def _look_at(self, op: Operation, codigo: str) -> None:
        task = self.tasks[codigo]
        facts = facts_of(op, task)
        self._facts[codigo], self._rows[codigo] = facts, task_row(task, facts)
        refs = frozenset((*task["depende_de"], task["item_ref"], *(wait.ref for wait in facts.espera)))
        before = self._refs.get(codigo, frozenset())
        for ref in before - refs:
            self._by_ref[ref].discard(codigo)
        for ref in refs - before:
            self._by_ref[ref].add(codigo)
        self._refs[codigo] = refs

    def _look_at_child(self, op: Operation, item_id: str) -> None:
        item = op.find_item(item_id)
        home = home_of(op, item) if item is not None and item["filho_de"] else None
        here = home is not None and home["sprint_id"] == self.sprint["sprint_id"]
        if item is not None and here and undecided(item):
            self.children[item_id] = child_row(op, item)
        else:
            self.children.pop(item_id, None)

    def _assemble(self, op: Operation) -> SprintView:
        if self._order is None:
            self._order = [task["codigo"] for task in in_order(self.tasks.values())]
        tasks = [self.tasks[codigo] for codigo in self._order]
        hours = sum(self._facts[task["codigo"]].estimado[0] or 0 for task in tasks if not task["fim"])
        return view_from(
            self.sprint,
            tasks,
            tuple(self._rows[codigo] for codigo in self._order),
            filhos=[self.children[item_id] for item_id in sorted(self.children, key=number_of)],
            deixados=self.left,
            proxima=next((task["codigo"] for task in tasks if self._can_start(task)), ""),
            fim_previsto=finish(self.sprint, op.now, hours) or "",
        )

    def _can_start(self, task: Doc) -> bool:
        facts = self._facts[task["codigo"]]
        alive = not task["item_ref"] or (facts.item or {}).get("status") in OPEN
        return alive and not task["fim"] and not task["iniciada_em"] and not facts.espera


class SprintWatch:
    """Not for several threads: whoever tells it of commits asks it for the views."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog
        self._kept: dict[str, _Kept] | None = None
        self._fewer = False
        self._left: dict[str, ChildRow] | None = None

    @property
    def stale(self) -> bool:
        """Whether something changed since the views were asked for."""
        if self._kept is None or self._fewer or (self._left is None and self._kept):
            return True
        return any(
            kept.view is None or kept.stale_tasks or kept.stale_children for kept in self._kept.values()
        )

    def take(self, commit: _Commit) -> None:
        """Note what a commit may have changed of the open sprints."""
        if self._kept is None:
            return
        op = self._operation()
        for sprint in commit.put.get(SPRINTS, {}).values():
            self._put_sprint(op, sprint)
        if not self._kept:
            self._left = None
            return
        for task in commit.put.get(TASKS, {}).values():
            self._put_task(op, task)
        for item_id, item in commit.put.get("backlog_items", {}).items():
            self._put_item(op, item_id, item)
        for item_id in commit.deleted.get("backlog_items", ()):
            self._changed((item_id,))
            self._look_at_left(item_id, {})
        for execution in commit.put.get("execucoes", {}).values():
            item = op.find_item(str(execution.get("backlog_item_ref") or "")) or {}
            self._stale_task(str(item.get("tarefa") or ""))
        if "specs_recursos" in commit.put:
            self._stale_carried()

    def views(self) -> tuple[SprintView, ...]:
        """Every open sprint, the newest first; one that did not change is the same object as before."""
        op = self._operation()
        if self._kept is None:
            found = op.tx.find(SPRINTS, "estado", "aberta")
            self._kept = {sprint["sprint_id"]: _Kept(op, sprint) for sprint in found}
        self._fewer = False
        if self._left is None:
            self._left = {row.item_ref: row for row in left_rows(op)}
        left = tuple(self._left.values())
        newest_first = sorted(self._kept.values(), key=lambda kept: kept.sprint["aberta_em"], reverse=True)
        return tuple(kept.refresh(op, left) for kept in newest_first)

    def _operation(self) -> Operation:
        return reading(self._backlog)

    def _put_sprint(self, op: Operation, sprint: Doc) -> None:
        assert self._kept is not None
        sprint_id = sprint["sprint_id"]
        if sprint["estado"] != "aberta":
            self._fewer = self._kept.pop(sprint_id, None) is not None or self._fewer
        elif sprint_id in self._kept:
            self._kept[sprint_id].sprint = sprint
            self._kept[sprint_id].view = None
        else:
            self._kept[sprint_id] = _Kept(op, sprint)

    def _put_task(self, op: Operation, task: Doc) -> None:
        assert self._kept is not None
        if task["veio_de"]:
            self._stale_children([child["id"] for child in children_of(op, task)])
        if (own := self._kept.get(task["sprint_id"])) is not None:
            own.put_task(task)
        if task["item_ref"]:
            self._changed((task["item_ref"],))

    def _put_item(self, op: Operation, item_id: str, item: Doc) -> None:
        assert self._kept is not None
        self._changed([item_id, *_ancestors(op, item)])
        self._look_at_left(item_id, item)
        self._stale_task(str(item.get("tarefa") or ""))
        if item["tipo"] == PULL:
            self._stale_children([str(item["contexto"].get("item_ref", ""))])
        if item.get("filho_de"):
            self._stale_children([item_id])

    def _look_at_left(self, item_id: str, item: Doc) -> None:
        """What was left in the backlog is read anew once it, or one that is no more, changes."""
        if self._left is not None and (item.get("deixado") or item_id in self._left):
            self._left = None

    def _changed(self, refs: Sequence[str]) -> None:
        for kept in (self._kept or {}).values():
            kept.put_item(refs)
            kept.stale_children |= kept.children.keys() & set(refs)

    def _stale_task(self, chave: str) -> None:
        sprint_id, _, codigo = chave.partition("/")
        kept = (self._kept or {}).get(sprint_id)
        if kept is not None and codigo in kept.tasks:
            kept.look_again(codigo)

    def _stale_children(self, item_ids: Sequence[str]) -> None:
        """Children may be another sprint's now: each that is kept looks whether they are its own."""
        for kept in (self._kept or {}).values():
            kept.stale_children.update(item_ids)

    def _stale_carried(self) -> None:
        """A price was made: whatever is worked on under it may have an estimate now."""
        for kept in (self._kept or {}).values():
            kept.stale_tasks |= {codigo for codigo, task in kept.tasks.items() if task["item_ref"]}


def _ancestors(op: Operation, item: Doc) -> Iterator[str]:
    for _ in range(_HIGHEST):
        if not item["pai"]:
            return
        yield item["pai"]
        above = op.find_item(item["pai"])
        if above is None:
            return
        item = above
