"""A sprint as it stands, for whoever looks: read from a store, never written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from store.backlog.broker import Backlog
from store.backlog.endings import PULL, open_question
from store.backlog.operation import Operation
from store.backlog.outcomes import outcome
from store.backlog.ports import Doc, Store
from store.errors import StoreError
from store.sprint import amounts, concluding
from store.sprint.pulling import home_of, left_children, waiting_children
from store.sprint.tasks import SPRINTS, TASKS, in_order, tasks_of, the_sprint
from store.sprint.waiting import item_waits, waits
from store.views.sprint import (
    ChildRow,
    SprintRow,
    SprintView,
    TaskFacts,
    WaitRow,
    sprint_row,
    sprint_view,
)


class Reading:
    """A transaction's reads over a store; it refuses to change anything."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, collection: str, id: str) -> Doc | None:
        return self._store.get(collection, id)

    def find(self, collection: str, index: str, value: Any) -> list[Doc]:
        return self._store.find(collection, index, value)

    def count_by(self, collection: str, index: str, value: Any) -> int:
        return self._store.count_by(collection, index, value)

    def ids_by(self, collection: str, index: str, value: Any) -> list[str]:
        return [doc["id"] for doc in self.find(collection, index, value)]

    def peek_ready(self, collection: str, groups: Iterable[str], now: str) -> str | None:
        self._refuse(collection, *groups, now)

    def insert(self, collection: str, doc: Doc) -> str:
        self._refuse(collection, str(doc.get("id")))

    def put(self, collection: str, doc: Doc) -> None:
        self._refuse(collection, str(doc.get("id")))

    def update(self, collection: str, id: str, fields: Mapping[str, Any]) -> None:
        self._refuse(collection, id, *fields)

    def delete(self, collection: str, id: str) -> None:
        self._refuse(collection, id)

    def event(self, event: Doc) -> None:
        self._refuse(str(event.get("tipo")))

    def after_commit(self, fn: Callable[[], None]) -> None:
        self._refuse(repr(fn))

    def _refuse(self, *what: str) -> NoReturn:
        raise StoreError(f"this only reads: {', '.join(what)}")


def reading(backlog: Backlog) -> Operation:
    """An operation that changes nothing."""
    return Operation(Reading(backlog.db), backlog.rules)


def view_of(backlog: Backlog, sprint_id: str) -> SprintView:
    """A sprint with its tree, what each task waits for, and the children that are not decided about.

    Raises WrongInput for an unknown sprint.
    """
    op = reading(backlog)
    sprint = the_sprint(op, sprint_id)
    tasks = in_order(tasks_of(op, sprint_id))
    facts = {task["codigo"]: facts_of(op, task) for task in tasks}
    children = waiting_children(op, sprint_id, tasks)
    rest = sum(facts[task["codigo"]].estimado[0] or 0 for task in tasks if not task["fim"])
    return sprint_view(
        sprint,
        tasks,
        facts,
        filhos=[child_row(op, each) for each in children],
        deixados=left_rows(op),
        proxima=concluding.proxima_task(op, sprint_id),
        fim_previsto=amounts.finish(sprint, op.now, rest) or "",
    )


def facts_of(op: Operation, task: Doc) -> TaskFacts:
    """What is to be known of a task besides its own document."""
    item_ref = task["item_ref"]
    item = (op.find_item(item_ref) or dict(op.rules.store.stub(item_ref) or {})) if item_ref else None
    waiting: list[WaitRow] = []
    if not task["fim"]:
        waiting = item_waits(op, task) if task["iniciada_em"] else waits(op, task)
    estimate = amounts.estimate(op, task)
    return TaskFacts(
        item=item,
        desfecho=outcome(op, item_ref).estado if item_ref else "",
        espera=tuple(waiting),
        estimado=(estimate.horas, estimate.custo),
        realizado=_actual(op, task),
    )


def _actual(op: Operation, task: Doc) -> tuple[float | None, Decimal | None]:
    """People's hours and R$ of the executions that its items carry; of a person's task what they said."""
    if not task["item_ref"]:
        said = (task["resultado"] or {}).get("horas")
        return (said if isinstance(said, int | float) else None), None
    refs = {item["execucao_ref"] for item in op.items_by("tarefa", task["chave"])} - {""}
    found = [doc["realizado"] for ref in sorted(refs) if (doc := op.tx.get("execucoes", ref)) is not None]
    hours = [each["horas"]["total"] for each in found if each["horas"]["total"] is not None]
    costs = [Decimal(each["custo"]["total"]) for each in found if each["custo"]["total"] is not None]
    return (sum(hours) if hours else None), (sum(costs, Decimal(0)) if costs else None)


def child_row(op: Operation, item: Doc) -> ChildRow:
    """A child that nobody has decided about."""
    question, home = open_question(op, PULL, item["id"]), home_of(op, item)
    return ChildRow(
        item["id"],
        item["tipo"],
        item["titulo"],
        home["codigo"] if home is not None else "",
        item["origem"]["auto_pull"],
        question["id"] if question is not None else "",
    )


def left_rows(op: Operation) -> tuple[ChildRow, ...]:
    """Every child that was left in the backlog, oldest first."""
    return tuple(
        ChildRow(
            item["id"],
            item["tipo"],
            item["titulo"],
            item["filho_de"],
            item["origem"]["auto_pull"],
            "",
            item["deixado"]["por"],
            item["deixado"]["em"],
        )
        for item in left_children(op)
    )


def sprint_rows(backlog: Backlog) -> list[SprintRow]:
    """Every sprint with its progress, the newest first."""
    db = backlog.db
    return [
        sprint_row(sprint, db.find(TASKS, "sprint_id", sprint["sprint_id"]))
        for sprint in reversed(list(db.all(SPRINTS)))
    ]
