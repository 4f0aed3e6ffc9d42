"""The line at work: a thread and an event loop of its own, screen or not (design.md, "Threads and
processes").

Store, scheduler and supervision of children live in the line's thread. Others submit work to it and read
the model that it publishes; nobody waits for a lock or a disk but the line itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from jobs.health import HealthWatch
from jobs.health_files import last_told
from jobs.line_core import Core, LineSetup
from jobs.line_lease import SchedulerLease
from jobs.line_limits import LimitWatch
from jobs.line_publish import Listener, Publisher
from jobs.line_spans import begin_span, end_span
from jobs.line_submit import NotRunningError, Submissions
from jobs.line_upkeep import Upkeep
from jobs.logs.commits import CommitLog
from jobs.logs.line import LineLog
from jobs.policy_actor import PolicyActor
from jobs.probes import Prober
from jobs.sandbox import trial
from store.database import Commit, Database
from store.views.model import ReadModel

__all__ = ["Line", "LineSetup", "NotRunningError"]

Result = TypeVar("Result")
_KILL_S = 10.0


class Line:
    """One process's part in a workspace: it runs the line, or is attached to another process that does."""

    def __init__(self, setup: LineSetup) -> None:
        self.setup = setup
        self._publisher = Publisher(setup.workspace_name)
        self._log = LineLog(setup.log, setup.clock)
        self._lease = SchedulerLease(setup.paths.line_lock, setup.name, setup.clock)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._core: Core | None = None
        self._opened = threading.Event()
        self._ended = threading.Event()
        self._stop: asyncio.Event | None = None
        self._stop_asked = threading.Event()
        self._submissions = Submissions()
        self._grace_s = 0.0
        self._takeover: asyncio.Task[None] | None = None
        self._span = ""
        """The document that says since when this process has run the line."""
        self.failure: BaseException | None = None
        """Why the line ended by itself, where it did."""

    # For other threads

    def start(self) -> None:
        """Begin in a thread of its own and return at once; `model().linha` says how far it is."""
        self._stop_asked.clear()
        self._thread = threading.Thread(target=self._main, name="line", daemon=True)
        self._thread.start()

    def wait_open(self, time_limit_s: float = 30.0) -> None:
        """Wait until the store is open and loaded; raises what went wrong."""
        self._opened.wait(time_limit_s)
        if self.failure is not None:
            raise self.failure
        if self._core is None:
            raise NotRunningError("the line did not open in time")

    def wait_ended(self, time_limit_s: float | None = None) -> bool:
        """Wait until the line has ended, by `stop` or by itself."""
        return self._ended.wait(time_limit_s)

    def stop(self, grace_s: float = 5.0) -> None:
        """Claim nothing more, let the work finish for `grace_s` seconds, end the rest, flush, and return."""
        self._grace_s = grace_s
        self._stop_asked.set()
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._request_stop)
        if self._thread is not None:
            self._thread.join()

    def submit(self, work: Callable[[Core], Result | Awaitable[Result]]) -> Future[Result]:
        """Have `work(core)` done in the line's thread; its result or error comes by the future."""

        def with_core() -> Result | Awaitable[Result]:
            if self._core is None:
                raise NotRunningError("the line is not running")
            return work(self._core)

        return self._submissions.submit(with_core)

    def model(self) -> ReadModel:
        """The latest model; costs nothing."""
        return self._publisher.model

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each new model, in the line's thread; returns what ends it."""
        return self._publisher.subscribe(listener)

    def output(self, item_id: str) -> list[str]:
        """The live output of what runs for an item, oldest first (a bounded tail)."""
        return self._core.output(item_id) if self._core else []

    def stop_process(self) -> None:
        """Stop this process (SIGSTOP), but not in a transaction: all others would wait for it."""
        core = self._core
        if core is None or self._ended.is_set():
            os.kill(os.getpid(), signal.SIGSTOP)
        else:
            core.db.stop_process()

    # In the line's thread

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001 (whoever waits for the line must hear of it)
            self.failure = error
            self._log.failed(error)
        finally:
            self._submissions.refuse_rest()
            self._ended.set()
            self._opened.set()

    def _request_stop(self) -> None:
        if self._stop is not None:
            self._stop.set()

    async def _run(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        if self._stop_asked.is_set():
            return
        setup = self.setup
        # What is not trusted is not changed either: what is decided now would run later.
        db = Database.open(
            setup.paths.store,
            by=setup.name,
            clock=setup.clock,
            durable=setup.durable,
            readonly=not setup.may_run and any(setup.paths.store.glob("journal-*")),
        )
        try:
            core = Core(setup, db, self._publisher)
            core.on_failure = self._stop.set
            end_listening = self._listen(core)
            self._publisher.load(db)
            self._log.opened(db, self._publisher)
            self._core = core
            self._submissions.accept_on(self._loop)
            self._opened.set()
            await self._live(core)
            end_listening()
        finally:
            db.close()
            self._lease.release()
        if core.failure is not None:
            raise core.failure

    def _listen(self, core: Core) -> Callable[[], None]:
        """Fold every commit and wake its consumers, in this thread whoever committed."""
        loop, here = asyncio.get_running_loop(), threading.get_ident()

        def take(commit: Commit) -> None:
            core.publisher.apply(commit)
            core.wake_for(commit)

        def hear(commit: Commit) -> None:
            if threading.get_ident() == here:
                take(commit)
            else:
                loop.call_soon_threadsafe(take, commit)

        core.db.subscribe(CommitLog(self.setup.log, self.setup.paths.objects).take)
        return core.db.subscribe(hear)

    async def _live(self, core: Core) -> None:
        assert self._stop is not None
        viewing = core.db.readonly_reason if self.setup.may_run else self.setup.notice or "not trusted"
        if viewing:
            self._publisher.say(modo="viewing", aviso=viewing)
        upkeep = Upkeep(
            core,
            attached=(lambda: None) if viewing else lambda: self._try_to_run(core),
            overtaken=lambda: self._step_down(core),
        )
        health = HealthWatch(core)
        upkeep.begin()
        health.begin()
        await self._stop.wait()
        try:
            await self._wind_down(core)
        finally:
            await health.end()
            await upkeep.end()
            if core.metrics is not None:
                await core.metrics.end()
            await core.launcher.close()
            self._say_end(core)

    def _try_to_run(self, core: Core) -> None:
        """Take the line over if nobody runs it."""
        if self._takeover is not None:
            return
        if not self._lease.try_acquire():
            titular, desde = self._lease.holder()
            self._publisher.say(modo="attached", titular=titular, desde=desde, aviso=self.setup.notice)
            return
        self._takeover = asyncio.get_running_loop().create_task(self._take_over(core))
        self._takeover.add_done_callback(lambda task: _fail_with(core, task))

    async def _take_over(self, core: Core) -> None:
        level = self.setup.level if self.setup.level is not None else await asyncio.to_thread(trial)
        heard = await asyncio.to_thread(last_told, self.setup.paths.line_lock)
        await core.launcher.start()
        titular, desde = self._lease.holder()
        self._span = begin_span(core.db, self.setup.clock, titular, heard.em)
        core.staff(level)
        assert core.recovery is not None
        core.recovery.recover()
        core.recovery.clean()
        Prober(core).begin()
        PolicyActor.begin(core)
        LimitWatch.begin(core)
        core.begin_paused()
        core.scheduler.start()
        self._publisher.say(
            modo=core.mode, titular=titular, desde=desde, isolamento=level.name, aviso=self.setup.notice
        )

    def _step_down(self, core: Core) -> None:
        """A newer oficina has written in the store: what this one can't write any more it must not hold up.

        The newer one takes the line over, and finds what was at work here as after a death.
        """
        core.stand_down()
        self._lease.release()
        self._publisher.say(modo="viewing", titular="", desde="", aviso=core.db.readonly_reason)

    async def _wind_down(self, core: Core) -> None:
        self._publisher.say(modo="stopping")
        if self._takeover is not None:
            await asyncio.gather(self._takeover, return_exceptions=True)
        core.stop_claiming()
        if core.failure is None:
            await _within(core.settled(), self._grace_s)
        core.end_steps()
        await _within(core.settled(), _KILL_S)
        await core.scheduler.shutdown()
        if self._span and core.failure is None:
            end_span(core.db, self.setup.clock, self._span)

    def _say_end(self, core: Core) -> None:
        """The last word: `failed` with the reason, or `stopped`."""
        if core.failure is not None:
            self._publisher.say(modo="failed", aviso=str(core.failure))
        else:
            self._publisher.say(modo="stopped")
            self._publisher.publish()


def _fail_with(core: Core, task: asyncio.Task[None]) -> None:
    """A task that the line cannot do without took its error along: the line ends for it."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        core.fail(error)


async def _within(waiting: Awaitable[None], time_limit_s: float) -> None:
    try:
        await asyncio.wait_for(waiting, time_limit_s)
    except TimeoutError:
        return
