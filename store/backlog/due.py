"""Due times are wall times: when that clock goes back, what was to come in a minute must not take an hour."""

from __future__ import annotations

from collections.abc import Iterator

from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.clock import add_seconds
from store.documents import check
from store.documents.item import Status

BREAKERS = "disjuntores"


def bring_forward(op: Operation, seconds: float) -> list[str]:
    """Let everything that waits for its time come `seconds` earlier; returns the items' ids.

    A clock that went back by so much is what the times were told by: what was to come in a minute still does.
    """
    moved = list(_due_later(op))
    for item in moved:
        item["disponivel_em"] = add_seconds(item["disponivel_em"], -seconds)
        if item["pendente_em"] > op.now:
            item["pendente_em"] = add_seconds(item["pendente_em"], -seconds)
        op.save(item)
    return [item["id"] for item in moved]


def _due_later(op: Operation) -> Iterator[Doc]:
    for item in op.items_by("status", str(Status.PENDENTE)):
        if item["disponivel_em"] > op.now:
            yield item


def bring_breakers_forward(op: Operation, breakers: list[Doc], seconds: float) -> None:
    """The same for performers that are given no work until a time."""
    for breaker in breakers:
        if breaker["tenta_em"] > op.now:
            breaker["tenta_em"] = add_seconds(breaker["tenta_em"], -seconds)
            check(BREAKERS, breaker)
            op.tx.put(BREAKERS, breaker)
