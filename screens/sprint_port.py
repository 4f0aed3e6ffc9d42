"""What the Sprint screen needs of the line (`screens.port.LinePort.sprints`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from store.sprint.closing import Fate, Left
    from store.sprint.concluding import Concluded
    from store.views.model import Document
    from store.views.sprint import SprintRow, SprintView
    from store.views.task import TaskDetail

Told = Mapping[str, str]
"""What stands in a form, by the name of its field; empty where nothing was written."""


class SprintPort(Protocol):
    """Each coroutine is done in the line's thread, and raises `store.errors.OficinaError` with one line for
    the user when it is refused. The open sprints come with the model; these are for what it doesn't carry.
    """

    async def listing(self) -> Sequence[SprintRow]:
        """Every sprint, the newest first, closed ones too."""
        ...

    async def view(self, sprint_id: str) -> SprintView:
        """One sprint with its tree."""
        ...

    async def document(self, sprint_id: str) -> Document:
        """A sprint's own document (`sprints`)."""
        ...

    async def task(self, sprint_id: str, codigo: str) -> TaskDetail:
        """Everything of one task."""
        ...

    async def start(self, sprint_id: str, codigo: str) -> None:
        """Start a task; one of a person's that was blocked goes on."""
        ...

    async def conclude(self, sprint_id: str, codigo: str, told: Told) -> Concluded:
        """Conclude a task: `resultado`, `horas`, `anexos` (paths, by commas), where there are any."""
        ...

    async def add(self, sprint_id: str, told: Told) -> str:
        """Add a task: `titulo` or `item`, `responsavel`, `horas`, `custo`, `pai`, `depende_de`; its code."""
        ...

    async def edit(self, sprint_id: str, codigo: str, told: Told) -> None:
        """Change what `told` names of a task: `titulo`, `responsavel`, `horas`, `custo`, `depende_de`."""
        ...

    async def move(self, sprint_id: str, codigo: str, told: Told) -> str:
        """Move a task to `pai` (empty for a root), `para` (another sprint), `antes_de` (a sibling); returns
        what it is called from then on, as in `S022/T01`.
        """
        ...

    async def place(self, sprint_id: str, codigo: str, antes_de: str) -> None:
        """Put a task before a sibling."""
        ...

    async def block(self, sprint_id: str, codigo: str, motivo: str) -> None:
        """A person can't go on with a task."""
        ...

    async def cancel(self, sprint_id: str, codigo: str, motivo: str) -> None:
        """Give a task up, with its item."""
        ...

    async def pull(self, sprint_id: str, item_id: str, pai: str) -> str:
        """Take an item into a sprint, under `pai` where it is not empty; returns its task's code."""
        ...

    async def left(self, sprint_id: str) -> Sequence[Left]:
        """What the close of a sprint must say what becomes of."""
        ...

    async def close(self, sprint_id: str, fates: Mapping[str, Fate], para: str) -> None:
        """Close a sprint; `fates` are by a task's code or a child's item, `para` is carried over to."""
        ...

    async def recipes(self) -> Sequence[str]:
        """The files of the workspace that define a sprint, as paths from its root."""
        ...

    async def open_recipe(self, path: str) -> str:
        """Open the sprint that a file defines; returns its id."""
        ...

    async def create(self, told: Told) -> str:
        """Open a sprint without tasks, from a form; returns its id."""
        ...

    async def edit_sprint(self, sprint_id: str, told: Told) -> None:
        """Change what `told` names of a sprint."""
        ...
