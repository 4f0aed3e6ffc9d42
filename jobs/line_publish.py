"""The immutable model that the line publishes: at most twenty times a second (less with very many items), and
only when something changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from store.database import Commit, Database
from store.views.actors import ActorFacts
from store.views.fold import Progress, ReadFold
from store.views.model import HealthRow, LineState, ReadModel
from store.views.sprint import SprintView

Listener = Callable[[ReadModel], None]
_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 0.4
_PAUSE_AN_ITEM_S = 4e-6
"""Each model makes the screen look through all of its rows: with many, it is given more time between them."""
_JOBS_PAUSE_S = 0.3
"""How often the jobs' own times are told where nothing else is: a dispatcher may run hundreds of times a
second.
"""


class SprintSource(Protocol):
    """What keeps the views of the open sprints (`jobs.line_sprints`)."""

    def take(self, commit: Commit) -> None: ...

    def views(self) -> tuple[SprintView, ...]: ...


class Publisher:
    """Folds commits into a model and hands it to whoever listens. The line's thread writes; any thread may
    read.
    """

    def __init__(self, workspace: str) -> None:
        self._fold = ReadFold(workspace=workspace)
        self._listeners: tuple[Listener, ...] = ()
        self._progress: Callable[[], Mapping[str, Progress]] = dict
        self._actors: Callable[[], Sequence[ActorFacts]] = tuple
        self._health: Callable[[], tuple[HealthRow, ...]] = tuple
        self._sprints: SprintSource | None = None
        self._on_state: Callable[[LineState, LineState], None] = lambda _, __: None
        self._timer: asyncio.TimerHandle | None = None
        self._jobs_timer: asyncio.TimerHandle | None = None
        self._state = LineState()
        self._last = float("-inf")
        self.model = ReadModel(workspace=workspace)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each model from now on, in the line's thread; returns what ends it."""
        self._listeners = (*self._listeners, listener)

        def end() -> None:
            self._listeners = tuple(one for one in self._listeners if one is not listener)

        return end

    def watch(self, progress: Callable[[], Mapping[str, Progress]]) -> None:
        """Where the running steps' reports come from, by item id."""
        self._progress = progress

    def watch_actors(self, actors: Callable[[], Sequence[ActorFacts]]) -> None:
        """Where the actors and their jobs' states come from."""
        self._actors = actors

    def watch_health(self, health: Callable[[], tuple[HealthRow, ...]]) -> None:
        """Where the checks of the workspace's health come from."""
        self._health = health

    def watch_sprints(self, sprints: SprintSource) -> None:
        """Where the open sprints' views come from; from now on it is told of each commit."""
        self._sprints = sprints
        self.changed()

    def watch_state(self, on_state: Callable[[LineState, LineState], None]) -> None:
        """Call it with what the line was and is, whenever that changes."""
        self._on_state = on_state

    def load(self, db: Database) -> None:
        """Fold everything that is there."""
        self._fold.load(db)
        self.say(carregado=True)

    def apply(self, commit: Commit) -> None:
        """Fold one commit; the model follows soon."""
        if self._fold.apply(commit):
            if self._sprints is not None:
                self._sprints.take(commit)
            self.changed()

    def say(self, **state: Any) -> None:
        """Change what the model says of the line itself."""
        before, changed = self._state, replace(self._state, **state)
        if changed != before:
            self._state = changed
            self._on_state(before, changed)
            self.publish()

    @property
    def state(self) -> LineState:
        return self._state

    def changed(self) -> None:
        """Publish as soon as the pace allows."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._last + self._pause_s()), self.publish)

    def jobs_changed(self) -> None:
        """A job ran, was paused or goes on: publish a little later, if no model does before."""
        if self._jobs_timer is None:
            self._jobs_timer = asyncio.get_running_loop().call_later(_JOBS_PAUSE_S, self._publish_jobs)

    def _publish_jobs(self) -> None:
        self._jobs_timer = None
        self.changed()

    def _pause_s(self) -> float:
        """Seconds between two models: 0.05 up to 12,500 items, 0.4 from 100,000 on."""
        return min(_LONGEST_PAUSE_S, max(_PAUSE_S, len(self.model.itens) * _PAUSE_AN_ITEM_S))

    def publish(self) -> None:
        """Publish now. A listener's error is its own: the others still hear."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._jobs_timer is not None:
            self._jobs_timer.cancel()
            self._jobs_timer = None
        self._last = asyncio.get_running_loop().time()
        self.model = self._fold.publish(
            linha=self._state,
            progresso=self._progress(),
            atores=self._actors(),
            saude=self._health(),
            sprints=self._sprints.views() if self._sprints is not None else (),
        )
        for listener in self._listeners:
            _tell(listener, self.model)


def _tell(listener: Listener, model: ReadModel) -> None:
    try:
        listener(model)
    except Exception as error:  # noqa: BLE001 (a screen that is closing must not stop the line)
        asyncio.get_running_loop().call_exception_handler(
            {"message": "a listener failed", "exception": error}
        )
