"""What the screens need of the line; `app` hands in the real one, tests a fake."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from screens.sprint_port import SprintPort
from store.views.events import EventPage, EventQuery, Place
from store.views.model import ItemDetail, ReadModel

if TYPE_CHECKING:
    from store.metrics.asking import Ask
    from store.metrics.behind import Behind
    from store.metrics.model import Chart, Page


class LinePort(Protocol):
    """Commands go to the line and come back when they are committed; nothing here blocks the screen's loop.

    Every coroutine raises `store.errors.OficinaError` with one line for the user when the line refuses.
    """

    @property
    def sprints(self) -> SprintPort:
        """What is done to sprints and their tasks."""
        ...

    def model(self) -> ReadModel:
        """The latest published model; costs nothing."""
        ...

    def subscribe(self, listener: Callable[[ReadModel], None]) -> Callable[[], None]:
        """Call `listener` with each new model, *from the line's thread*; returns what ends it."""
        ...

    async def detail(self, item_id: str) -> ItemDetail:
        """Everything of one item."""
        ...

    async def artifact(self, sha256: str) -> str:
        """The text of an artifact (at most 256 KiB of it), undecodable bytes replaced."""
        ...

    async def decide(
        self, item_id: str, opcao: str, *, motivo: str = "", nota: str = "", trabalho_s: float | None = None
    ) -> str:
        """Answer a decision that was open for `trabalho_s` seconds; returns the id of its document."""
        ...

    async def undo(self, decisao_id: str) -> None:
        """Take a decision back while nothing that it generated was started."""
        ...

    async def snooze(self, item_id: str, until: str) -> None:
        """Let a decision prompt again only at `until` (UTC text)."""
        ...

    async def reprioritize(self, item_id: str, prioridade: int) -> None: ...

    async def pause(self) -> None: ...

    async def resume(self) -> None: ...

    async def pause_actor(self, nome: str) -> None:
        """Let one actor start nothing new; what it does goes on."""
        ...

    async def resume_actor(self, nome: str) -> None:
        """Let one actor go on."""
        ...

    async def run_actor(self, nome: str) -> None:
        """Have one actor look for work now, once also while it is paused."""
        ...

    async def events(self, query: EventQuery, before: Place) -> EventPage:
        """A page of the event log: the newest that fit `query` and are older than `before`."""
        ...

    async def metrics(self, ask: Ask) -> Page:
        """A family of figures with its charts, for a period."""
        ...

    async def burn_up(self, sprint_id: str) -> Chart:
        """What a sprint had to do and what was done, day by day, and where its forecast leads."""
        ...

    async def metric_items(self, ids: Sequence[str]) -> tuple[Behind, ...]:
        """What each of the documents behind a figure is, and the item that it belongs to."""
        ...

    async def add_spec(self, path: str) -> str:
        """Freeze a spec file as a new version and produce its `orcar_spec`; returns the item's id."""
        ...

    async def edit_target(self, item_id: str) -> str:
        """The file that `e` opens in $EDITOR for this item (its spec's), as an absolute path."""
        ...

    async def raise_pain(self, told: Mapping[str, str]) -> str:
        """Raise a person's pain from what stands in an interview's form; returns the item's id.

        The six fields by their names; lists separated by commas, `-` for an empty one.
        """
        ...

    async def answer_interview(self, item_id: str, told: Mapping[str, str]) -> str:
        """Answer an `entrevistar_humano`, likewise; returns the id of what follows."""
        ...

    async def rollback(self, implantacao_id: str) -> str:
        """Deploy the previous version again, on demand; returns the id of the item that does it."""
        ...
