"""One task of a sprint with all that there is to know of it, as plain documents."""

from __future__ import annotations

from dataclasses import dataclass

from store.views.model import Document


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """A task's document (`tasks`), and the item that it carries, where that is still in the hot set."""

    task: Document
    item: Document | None = None
