"""What a step is: the agreement between the line, which has the store, and the work, which has none.

A step's three functions run in three places. `prepare` reads what the work needs, in the line's thread. The
entry does the work: inline in the line's loop when it costs nothing, else in a process of its own, with
nothing but its input document and its channel. `apply` turns the durable outcome into the item's result,
inside the one transaction that concludes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, Unpack

from jobs.launcher.orders import DEFAULT_LIMITS, Limits, RunReport
from jobs.performers.spawner import SpawnOptions
from jobs.sandbox import Level
from store.clock import Clock, TokenSource

if TYPE_CHECKING:
    from store.backlog import Backlog, Claim
    from store.contracts import Contracts
    from store.database import Database, Transaction

__all__ = [
    "Blocked",
    "Completion",
    "End",
    "Failed",
    "LinePaths",
    "RunReport",
    "Spawn",
    "StepContext",
    "StepSpec",
]


class LinePaths(Protocol):
    """Where the line finds things in a workspace."""

    @property
    def root(self) -> Path: ...
    @property
    def store(self) -> Path: ...
    @property
    def attempts(self) -> Path: ...
    @property
    def objects(self) -> Path: ...
    @property
    def releases(self) -> Path: ...
    @property
    def line_lock(self) -> Path: ...


class Spawn(Protocol):
    """Runs one command in a sandbox to its end (`Channel.spawn`, `Spawner`)."""

    def __call__(
        self, argv: Sequence[str], *, writable: Sequence[Path], **options: Unpack[SpawnOptions]
    ) -> RunReport: ...


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step's functions in the line's thread may use."""

    db: Database
    backlog: Backlog
    contracts: Contracts
    clock: Clock
    workspace: Any
    config: Mapping[str, Any]
    sandbox_level: Level
    tokens: TokenSource


@dataclass(frozen=True, slots=True)
class Completion:
    """The step is done: its result and the items it produces."""

    resultado: dict[str, Any]
    filhos: Sequence[dict[str, Any]] = ()
    artefatos: Mapping[str, Any] = field(default_factory=dict)
    """The files that the item made: `{sha256, tamanho}` by path."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The work found that it must wait."""

    depende_de: Sequence[str]
    motivo: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed after all."""

    motivo: str
    erro: str = ""


End = Completion | Blocked | Failed


@dataclass(frozen=True, slots=True)
class StepSpec:
    """How one type of item is worked on.

    `entry` is `package.module:function`: `run(input, channel) -> outcome` for a process step, `run(input) ->
    outcome` for an inline one, which must take no time to speak of.
    """

    tipo: str
    where: Literal["inline", "process"]
    entry: str
    prepare: Callable[[StepContext, Mapping[str, Any]], dict[str, Any]]
    """The step's input as a JSON-able document, from the claimed item."""
    apply: Callable[[Transaction, StepContext, Claim, dict[str, Any]], End]
    """Inside the concluding transaction: what the outcome means. An OficinaError fails the attempt."""
    on_message: Callable[[Transaction, StepContext, Claim, Mapping[str, Any]], dict[str, Any]] | None = None
    """Inside a transaction of its own: what the child must have committed first; its reply goes back."""
    limits: Limits = DEFAULT_LIMITS
    grace_s: float = 0.0
    """Seconds between SIGTERM and the end of its process, where that is ended on demand."""
