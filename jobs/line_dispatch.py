"""One actor's dispatcher: fills its free slots from its queue, and never waits for the work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from jobs.launcher.identity import Identity
from jobs.launcher.launcher import Launcher
from jobs.line_steps import StepRunner
from jobs.protocol import StepContext, StepSpec
from store.backlog import Claim, Executor
from store.clock import seconds_between
from store.contracts import Retries

ITEMS = "backlog_items"
_TURN_S = 0.01


class ActorLike(Protocol):
    """What a dispatcher needs to know of an actor (`seeds/actors.yaml`)."""

    @property
    def nome(self) -> str: ...
    @property
    def tipos(self) -> Sequence[str]: ...
    @property
    def fila(self) -> str: ...
    @property
    def concorrencia(self) -> int: ...
    @property
    def intervalo_s(self) -> float: ...
    @property
    def prazo_s(self) -> float | None: ...
    @property
    def retries(self) -> Retries | None: ...
    @property
    def rede(self) -> bool: ...


class Dispatcher:
    """Claims for one actor while there is work and a slot; each claim runs on by itself."""

    def __init__(
        self,
        actor: ActorLike,
        steps: Mapping[str, StepSpec],
        context: StepContext,
        launcher: Launcher,
        runner: StepRunner,
        *,
        freed: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.actor = actor
        self.steps = {tipo: steps[tipo] for tipo in actor.tipos if tipo in steps}
        self.groups = [f"{actor.fila}/{tipo}" for tipo in self.steps]
        self._context, self._launcher, self._runner = context, launcher, runner
        self._freed, self._failed = freed, failed
        self._inline = Identity.own()
        self._all_inline = all(step.where == "inline" for step in self.steps.values())
        self._tasks: set[asyncio.Task[None]] = set()
        self.stopping = False

    @property
    def busy(self) -> int:
        """How many slots are taken."""
        return len(self._tasks)

    async def dispatch(self) -> float | None:
        """Fill the free slots; returns in how many seconds something comes due (None: nothing known)."""
        loop = asyncio.get_running_loop()
        turn_ends = loop.time() + _TURN_S
        while not self.stopping and self.busy < self.actor.concorrencia and await self._start_next():
            if loop.time() >= turn_ends:
                # Others want the loop, too: the screens' commands, the other actors, the children's lines.
                await asyncio.sleep(0)
                turn_ends = loop.time() + _TURN_S
        return self._due_in()

    async def settled(self) -> None:
        """Wait until none of the actor's steps runs any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _start_next(self) -> bool:
        """Start the step that is next; False when there is none."""
        if self._all_inline:
            return self._do_inline(list(self.steps))
        db, now = self._context.db, self._context.clock.now()
        item_id = db.peek_ready(ITEMS, self.groups, now)
        item = db.get(ITEMS, item_id) if item_id else None
        if item is None:
            return False
        step = self.steps[item["tipo"]]
        if step.where == "inline":
            return self._do_inline([step.tipo])
        return await self._do_in_process(step)

    def _do_inline(self, tipos: Sequence[str]) -> bool:
        claim = self._claim(tipos, self._inline)
        if claim is not None:
            self._runner.run_inline(claim, self.steps[claim.item["tipo"]])
        return claim is not None

    async def _do_in_process(self, step: StepSpec) -> bool:
        # The keeper is there first: its identity is what the lease names.
        kept = await self._launcher.keeper()
        claim = None if self.stopping else self._claim([step.tipo], kept.identity)
        if claim is None:
            self._launcher.give_back(kept)
            return False
        work = self._runner.run_process(
            claim, step, kept, prazo_s=self.actor.prazo_s, network=self.actor.rede
        )
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return True

    def _claim(self, tipos: Sequence[str], executor: Identity) -> Claim | None:
        return self._context.backlog.consumir(
            tipos,
            self.actor.nome,
            Executor(*executor),
            fila=self.actor.fila,
            prazo_s=self.actor.prazo_s,
        )

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed(error)
        self._freed()

    def _due_in(self) -> float | None:
        if self.stopping or self.busy >= self.actor.concorrencia:
            return None
        now = self._context.clock.now()
        due = self._context.db.next_due(ITEMS, self.groups, now)
        return None if due is None else max(0.0, seconds_between(now, due))
