"""Why an item is held: nobody can claim it, and it asks nobody. Told from its document alone."""

from __future__ import annotations

from collections.abc import Callable

from store.views.model import Document

HELD = "held"
"""The word for it, in lists and filters, of what would be `Pendente` else."""
OPEN = frozenset({"Bloqueado", "Pendente"})


def is_held(item: Document) -> bool:
    """Whether an item that has not ended is held."""
    return bool(item.get("retido")) and item["status"] in OPEN


def is_left(item: Document) -> bool:
    """Whether it is held since somebody left it in the backlog."""
    return is_held(item) and bool(item.get("deixado"))


def held_because(item: Document, when: Callable[[str], str] | None = None) -> str:
    """Why it is held, and what sets it free; empty where it isn't. `when` tells a time, as UTC by default."""
    if not is_held(item):
        return ""
    if item.get("tarefa"):
        return f"its task {item['tarefa']} is not started"
    if item.get("deixado"):
        by, at = item["deixado"]["por"], (when or utc)(item["deixado"]["em"])
        return f"left in the backlog by {by} on {at}: pull it into a sprint to have it done"
    if item.get("filho_de"):
        return f"it came up in {item['filho_de']}, and no sprint has pulled it"
    return "it is held"


def utc(time: str) -> str:
    """`2026-01-05 12:00 UTC`."""
    return f"{time[:10]} {time[11:16]} UTC"
