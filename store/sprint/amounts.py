"""What tasks are estimated to take, and what one more does to a sprint's cost and finish."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.budgets import price_of
from store.clock import parse_time
from store.money import exact
from store.sprint.tasks import tasks_of


class Amount(NamedTuple):
    """People's hours and R$; None is not known."""

    horas: float | None = None
    custo: Decimal | None = None

    def document(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"horas": self.horas, "custo": None if self.custo is None else exact(self.custo)}


def estimate(op: Operation, task: Doc) -> Amount:
    """A task's estimate: its item's, or a person's task's own."""
    item = op.find_item(task["item_ref"]) if task["item_ref"] else None
    return estimate_of_item(op, item) if item is not None else declared(task["estimativa"])


def estimate_of_item(op: Operation, item: Doc) -> Amount:
    """What its context says (`estimativa`), else the P50 of the price that its work is under."""
    said = item["contexto"].get("estimativa")
    if isinstance(said, Mapping):
        return declared(said)
    contract = op.contract(item)
    if contract.auto_pull is not None and not contract.abre_execucao:
        return Amount()
    contexto = item["contexto"]
    named = item["spec_ref"] or contexto.get("feature_ref") or contexto.get("release_ref")
    price = price_of(op.tx, item) if named else None
    if price is None:
        return Amount()
    hours = price["esforco"]["pessoas_horas"]["total"]["p50"]
    return Amount(hours, Decimal(price["custo"]["total_p50"]))


def declared(said: Mapping[str, Any] | None) -> Amount:
    """An estimate as it is written: `{horas, custo}`."""
    if not said:
        return Amount()
    custo = said.get("custo")
    return Amount(said.get("horas"), None if custo is None else Decimal(str(custo)))


class Load(NamedTuple):
    """Estimates, as far as they are known: what all tasks cost, and the hours of those that are open."""

    custo: Decimal
    horas: float


def load(op: Operation, sprint: Doc) -> Load:
    """What a sprint's tasks are estimated to take."""
    tasks = [task for task in tasks_of(op, sprint["sprint_id"]) if task["fim"] in ("", "concluida")]
    estimates = [(task, estimate(op, task)) for task in tasks]
    hours = (found.horas or 0 for task, found in estimates if not task["fim"])
    costs = (found.custo for _, found in estimates if found.custo is not None)
    return Load(sum(costs, Decimal("0.00")), float(sum(hours)))


def effect_on_sprint(sprint: Doc, now: str, before: Load, more: Amount) -> dict[str, Any]:
    """What a further task does to a sprint: `{custo, horas, fim}`, each `{antes, depois}`.

    `fim` is the day on which the open tasks are done, worked on in as many lanes as the WIP limit allows
    (one where there is none), `horas_dia` a day; None where no hours are known.
    """
    hours = before.horas + (more.horas or 0)
    return {
        "custo": {"antes": exact(before.custo), "depois": exact(before.custo + (more.custo or Decimal(0)))},
        "horas": {"antes": before.horas, "depois": hours},
        "fim": {"antes": finish(sprint, now, before.horas), "depois": finish(sprint, now, hours)},
    }


def finish(sprint: Doc, now: str, horas: float) -> str | None:
    """The day (UTC) on which so many hours of work are done, begun now."""
    if not horas:
        return None
    days = math.ceil(horas / (sprint["horas_dia"] * (sprint["wip"] or 1)))
    return (parse_time(now) + timedelta(days=days - 1)).date().isoformat()
