"""What the frame's tests share: a fake line port, and waiting for conditions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import metric_pages
from models import demo_model, detail_of
from sprint_models import FakeSprints

from screens.overview import OverviewScreen
from store.errors import BacklogError
from store.views.events import EventPage, EventQuery, Place, event_page
from store.views.model import ItemDetail, ReadModel

if TYPE_CHECKING:
    from store.metrics.asking import Ask
    from store.metrics.behind import Behind
    from store.metrics.model import Chart, Page


class FakePort:
    """A line port over a model that tests change; commands are kept in `calls`, refusals can be arranged."""

    def __init__(self, model: ReadModel | None = None) -> None:
        self._model = model or demo_model()
        self._listeners: list[Callable[[ReadModel], None]] = []
        self.details: dict[str, ItemDetail] = {}
        self.artifacts: dict[str, str] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.sprints = FakeSprints()
        self.refuses: str = ""
        self.log: list[dict[str, Any]] = []
        """The whole event log, oldest first, as documents."""
        self.pages: dict[str, Page] = dict(metric_pages.PAGES)
        """The page of each family; one that is not here is empty."""
        self.metrics_gate: asyncio.Event | None = None
        """Pages wait for it, where a test sets one."""

    def model(self) -> ReadModel:
        return self._model

    def subscribe(self, listener: Callable[[ReadModel], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, **changes: Any) -> ReadModel:
        """Publish the model with some fields changed, as the line would after a commit."""
        self._model = replace(self._model, **{"seq": self._model.seq + 1, **changes})
        for listener in list(self._listeners):
            listener(self._model)
        return self._model

    async def detail(self, item_id: str) -> ItemDetail:
        return self.details.get(item_id) or detail_of(self._model, item_id)

    async def artifact(self, sha256: str) -> str:
        return self.artifacts.get(sha256, "")

    async def decide(
        self, item_id: str, opcao: str, *, motivo: str = "", nota: str = "", trabalho_s: float | None = None
    ) -> str:
        self.worked_s = trabalho_s
        return self._call("decide", item_id, opcao, motivo, nota) or "DEC-0001"

    async def undo(self, decisao_id: str) -> None:
        self._call("undo", decisao_id)

    async def snooze(self, item_id: str, until: str) -> None:
        self._call("snooze", item_id, until)

    async def reprioritize(self, item_id: str, prioridade: int) -> None:
        self._call("reprioritize", item_id, prioridade)

    async def pause(self) -> None:
        self._call("pause")

    async def resume(self) -> None:
        self._call("resume")

    async def pause_actor(self, nome: str) -> None:
        self._call("pause_actor", nome)

    async def resume_actor(self, nome: str) -> None:
        self._call("resume_actor", nome)

    async def run_actor(self, nome: str) -> None:
        self._call("run_actor", nome)

    async def events(self, query: EventQuery, before: Place) -> EventPage:
        self._call("events", query, before)
        return event_page(reversed(self.log), query, before)

    async def metrics(self, ask: Ask) -> Page:
        self._call("metrics", ask)
        if self.metrics_gate is not None:
            await self.metrics_gate.wait()
        return self.pages.get(ask.familia) or metric_pages.empty(ask.familia)

    async def burn_up(self, sprint_id: str) -> Chart:
        self._call("burn_up", sprint_id)
        return metric_pages.flow().graficos[1]

    async def metric_items(self, ids: Sequence[str]) -> tuple[Behind, ...]:
        self._call("metric_items", tuple(ids))
        return tuple(metric_pages.BEHIND[each] for each in ids)

    async def add_spec(self, path: str) -> str:
        return self._call("add_spec", path) or "BKL-0100"

    async def edit_target(self, item_id: str) -> str:
        return self._call("edit_target", item_id) or "/tmp/spec.yaml"

    async def raise_pain(self, told: Mapping[str, str]) -> str:
        return self._call("raise_pain", dict(told)) or "BKL-0102"

    async def answer_interview(self, item_id: str, told: Mapping[str, str]) -> str:
        return self._call("answer_interview", item_id, dict(told)) or "BKL-0103"

    async def rollback(self, implantacao_id: str) -> str:
        return self._call("rollback", implantacao_id) or "BKL-0101"

    def _call(self, *call: Any) -> str:
        self.calls.append(call)
        if self.refuses:
            raise BacklogError(self.refuses)
        return ""


async def until(pilot: Any, condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Let the app run until a condition holds; fail when it doesn't in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        await pilot.pause(0.01)


async def loaded(pilot: Any) -> None:
    """Wait until the line is there and its model is shown."""
    await until(pilot, lambda: pilot.app.port is not None and pilot.app.model.seq > 0)
    await filled(pilot)


async def filled(pilot: Any) -> None:
    """Wait until the screen on top shows the model, its panels loaded."""
    screen = pilot.app.screen
    shown = (None, pilot.app.model)
    await until(pilot, lambda: screen.is_mounted and getattr(screen, "_shown", None) in shown)
    if isinstance(screen, OverviewScreen):
        await until(pilot, lambda: screen._shown is not None and screen.focused is not None)
    await pilot.pause()


def run(scenario: Callable[[], Any]) -> None:
    """Run an async scenario in a synchronous test."""
    asyncio.run(scenario())
