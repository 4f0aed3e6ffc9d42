"""The end of every operation: look at what it touched until nothing is left to look at, without recursion."""

from __future__ import annotations

from collections.abc import Callable

from store.backlog.gaps import review_abandoned, review_exhausted, review_provider
from store.backlog.operation import Kind, Operation
from store.backlog.questions import ask_about_broken
from store.backlog.unblock import verificar_desbloqueio
from store.sprint.pulling import review_child
from store.sprint.starting import look_at_waiting, start_by_itself


def settle(op: Operation) -> None:
    """Run the checks that the operation asked for, and those that they ask for."""
    while (check := op.next_check()) is not None:
        kind, ref = check
        _CHECKS[kind](op, ref)


def _outcome(op: Operation, ref: str) -> None:
    verificar_desbloqueio(op, ref)
    look_at_waiting(op, ref)


def _ask(op: Operation, item_id: str) -> None:
    ask_about_broken(op, op.item(item_id))


_CHECKS: dict[Kind, Callable[[Operation, str], None]] = {
    "outcome": _outcome,
    "provider": review_provider,
    "exhausted": review_exhausted,
    "left": review_abandoned,
    "ask": _ask,
    "child": review_child,
    "start": start_by_itself,
}
