"""One actor's dispatcher: fills its free slots from its queue, and never waits for the work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from jobs.breakers import Breakers, Guarded
from jobs.breakers import Terms as BreakerTerms
from jobs.launcher.identity import Identity
from jobs.launcher.launcher import Launcher
from jobs.line_finish import Verdict
from jobs.line_steps import StepRunner
from jobs.logs.correlation import bound_to
from jobs.metering import Terms
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
    def retries_of(self, tipo: str) -> Retries | None: ...
    @property
    def performers(self) -> Mapping[str, str]: ...
    @property
    def comandos(self) -> Mapping[str, Any]: ...
    @property
    def disjuntor(self) -> BreakerTerms: ...
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
        breakers: Breakers,
        *,
        freed: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.actor, self._breakers = actor, breakers
        self.steps = {tipo: steps[tipo] for tipo in actor.tipos if tipo in steps}
        self.groups = self._groups(self.steps)
        self._guarded = {
            tipo: Guarded(actor.nome, tipo, actor.performers[tipo], actor.disjuntor) for tipo in self.steps
        }
        self._context, self._launcher, self._runner = context, launcher, runner
        self._freed, self._failed = freed, failed
        self._inline = Identity.own()
        self._all_inline = all(step.where == "inline" for step in self.steps.values())
        self._tasks: set[asyncio.Task[Verdict]] = set()
        self.stopping = False
        self._held = False

    @property
    def busy(self) -> int:
        """How many slots are taken."""
        return len(self._tasks)

    async def dispatch(self) -> float | None:
        """Fill the free slots; returns in how many seconds something comes due (None: nothing known)."""
        loop = asyncio.get_running_loop()
        turn_ends = loop.time() + _TURN_S
        self._held = False
        # What comes due after the last look is due next, also when that moment has passed meanwhile.
        looked = self._context.clock.now()
        while self._claims and self.busy < self.actor.concorrencia and await self._start_next():
            looked = self._context.clock.now()
            if loop.time() >= turn_ends:
                # Others want the loop, too: the screens' commands, the other actors, the children's lines.
                await asyncio.sleep(0)
                turn_ends = loop.time() + _TURN_S
        return self._due_in(looked)

    def hold(self) -> None:
        """Claim nothing more in the run that is under way; `dispatch` begins another one."""
        self._held = True

    @property
    def _claims(self) -> bool:
        return not self.stopping and not self._held

    async def settled(self) -> None:
        """Wait until none of the actor's steps runs any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _start_next(self) -> bool:
        """Start the step that is next, or leave its item behind a decision; False when there is none."""
        trusted = self._trusted()
        if self._all_inline:
            return self._do_inline(trusted)
        db, now = self._context.db, self._context.clock.now()
        item_id = db.peek_ready(ITEMS, self._groups(trusted), now)
        item = db.get(ITEMS, item_id) if item_id else None
        if item is None:
            return False
        step = self.steps[item["tipo"]]
        if step.where == "inline":
            return self._do_inline([step.tipo])
        return await self._do_in_process(step) or self._was_held(item)

    def _trusted(self) -> list[str]:
        """The types whose performer's breaker lets work through."""
        if self._breakers.calm:
            return list(self.steps)
        return [tipo for tipo, guarded in self._guarded.items() if self._breakers.admits(guarded)]

    def _groups(self, tipos: Iterable[str]) -> list[str]:
        return [f"{self.actor.fila}/{tipo}" for tipo in tipos]

    def _was_held(self, item: Mapping[str, Any]) -> bool:
        """Whether the claim left the item behind a decision about its budget: then others may be next."""
        found = self._context.db.get(ITEMS, item["id"]) if self._claims else None
        return found is not None and found["status"] == "Bloqueado"

    def _do_inline(self, tipos: Sequence[str]) -> bool:
        claim = self._claim(tipos, self._inline) if tipos else None
        if claim is None:
            return False
        with bound_to(claim):
            verdict = self._runner.run_inline(claim, self.steps[claim.item["tipo"]])
        self._tell_breaker(claim, verdict)
        return True

    async def _do_in_process(self, step: StepSpec) -> bool:
        # The keeper is there first: its identity is what the lease names.
        kept = await self._launcher.keeper()
        claim = self._claim([step.tipo], kept.identity) if self._claims else None
        if claim is None:
            self._launcher.give_back(kept)
            return False
        performer = self.actor.performers[step.tipo]
        work = self._runner.run_process(
            claim,
            step,
            kept,
            prazo_s=self.actor.prazo_s,
            network=self.actor.rede,
            terms=Terms.of(performer, self.actor.comandos.get(step.tipo)),
        )
        with bound_to(claim):
            # The task takes what is bound now along.
            task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(claim, done))
        return True

    def _claim(self, tipos: Sequence[str], executor: Identity) -> Claim | None:
        claim = self._context.backlog.consumir(
            tipos,
            self.actor.nome,
            Executor(*executor),
            fila=self.actor.fila,
            prazo_s=self.actor.prazo_s,
            custam=[tipo for tipo in tipos if self.actor.performers[tipo] != "builtin"],
        )
        if claim is not None:
            self._breakers.started(self._guarded[claim.item["tipo"]], claim.token)
        return claim

    def _ended(self, claim: Claim, task: asyncio.Task[Verdict]) -> None:
        self._tasks.discard(task)
        try:
            self._tell_breaker(claim, task.result())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 (the line ends for it, whatever it is)
            self._failed(error)
        self._freed()

    def _tell_breaker(self, claim: Claim, verdict: Verdict) -> None:
        motivo = ""
        if verdict == "quebrado":
            item = self._context.db.get(ITEMS, claim.item["id"])
            tries = item["tentativas"] if item else []
            motivo = next((one["motivo"] for one in tries if one["token"] == claim.token), "")
        self._breakers.ended(self._guarded[claim.item["tipo"]], claim.token, verdict, motivo)

    def _due_in(self, looked: str) -> float | None:
        """In how many seconds something comes due that was not yet at the UTC `looked`; None: nothing."""
        if self.stopping or self.busy >= self.actor.concorrencia:
            return None
        now = self._context.clock.now()
        due = self._context.db.next_due(ITEMS, self._groups(self._trusted()), min(looked, now))
        waits = [self._breakers.retry_in(guarded) for guarded in self._guarded.values()]
        if due is not None:
            waits.append(max(0.0, seconds_between(now, due)))
        return min((wait for wait in waits if wait is not None), default=None)
