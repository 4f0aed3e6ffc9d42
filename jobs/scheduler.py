"""The line's timers: APScheduler on the line's own loop, one job a dispatcher.

A dispatcher drains its queue in each run and says when it is due next; a commit wakes it at once. The
interval is only a safety net. APScheduler drops a wake-up that comes while the job runs, and knows wall
time only: both are mended here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, EVENT_JOB_SUBMITTED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

Work = Callable[[], Awaitable[float | None]]
"""Does what is due, and returns in how many seconds something is due next (None: nothing is known)."""

Problem = Callable[[str, str, str], None]
"""Takes the kind (`late`, `overlap`, `missed`, `error`), the job's name and one line about it."""

_LATE_S = 5.0
_AFTER_ERROR_S = 5.0
_INSTANCES = 3
"""More than the one that we let run: APScheduler counts a run that has just ended until the loop's next
round, and would drop a wake-up that comes right then."""

_KINDS = {EVENT_JOB_MISSED: "missed", EVENT_JOB_MAX_INSTANCES: "overlap", EVENT_JOB_ERROR: "error"}
# A library's last resort is standard error, which belongs to the screens.
logging.getLogger("apscheduler").addHandler(logging.NullHandler())


@dataclass(slots=True)
class JobState:
    """What the screens show of a job; times are monotonic-free wall times, None where there is none."""

    nome: str
    intervalo_s: float
    pausado: bool = False
    rodando: bool = False
    execucoes: int = 0
    ultima: datetime | None = None
    proxima: datetime | None = None


@dataclass(slots=True)
class _Entry:
    state: JobState
    work: Work
    on_pause: Callable[[], None]
    job: Any = None
    again: bool = False
    armed: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Scheduler:
    """Named dispatchers with an interval each. Everything here is called on the line's loop."""

    def __init__(
        self,
        on_problem: Problem,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_change` is called when what `states` says has changed."""
        self._on_problem, self._now, self._on_change = on_problem, now, on_change
        self._entries: dict[str, _Entry] = {}
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": _INSTANCES, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._hear, EVENT_JOB_SUBMITTED | sum(_KINDS))

    def start(self) -> None:
        """Begin; every job added so far runs at once."""
        self._scheduler.start()

    def add(
        self, name: str, work: Work, interval_s: float, *, on_pause: Callable[[], None] = lambda: None
    ) -> None:
        """A dispatcher, run at once and then at least every `interval_s` seconds; `on_pause` has a run that
        is under way end soon.
        """
        entry = _Entry(JobState(name, interval_s), work, on_pause)

        async def run() -> None:
            await self._run(entry)

        entry.job = self._scheduler.add_job(
            run, "interval", seconds=interval_s, id=name, name=name, next_run_time=self._now()
        )
        entry.armed = True
        self._entries[name] = entry

    def wake(self, name: str) -> None:
        """Something is there to do: run the job now, or again if it runs. Cheap when repeated."""
        entry = self._entries[name]
        if entry.state.rodando:
            entry.again = True
        elif not entry.armed and not entry.state.pausado:
            entry.armed = True
            entry.job.modify(next_run_time=self._now())

    def wake_all(self) -> None:
        """After a jump of the clock, or when slots of all kinds may be free."""
        for name, entry in self._entries.items():
            entry.armed = False
            self.wake(name)

    def pause(self, name: str) -> None:
        """Start nothing new for that job until it is resumed."""
        entry = self._entries[name]
        entry.state.pausado = True
        entry.job.pause()
        entry.on_pause()
        self._on_change()

    def resume(self, name: str) -> None:
        """Let the job run again, at once."""
        entry = self._entries[name]
        entry.state.pausado = entry.armed = False
        entry.job.resume()
        self.wake(name)
        self._on_change()

    def run_now(self, name: str) -> None:
        """Run the job once now, paused or not."""
        entry = self._entries[name]
        if not entry.state.pausado:
            self.wake(name)
            return
        task = asyncio.get_running_loop().create_task(self._run(entry))
        entry.tasks.add(task)
        task.add_done_callback(entry.tasks.discard)

    def states(self) -> list[JobState]:
        """Every job as it is now."""
        for entry in self._entries.values():
            entry.state.proxima = entry.job.next_run_time
        return [entry.state for entry in self._entries.values()]

    def pause_all(self) -> None:
        """Start nothing new at all."""
        for name in self._entries:
            self.pause(name)

    async def shutdown(self, time_limit_s: float = 3.0) -> None:
        """End the timers. Jobs on the loop are its tasks: they have had their chance before."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        # APScheduler hands its own shutdown over to the loop: let it come round.
        self._scheduler.shutdown(wait=False)
        deadline = asyncio.get_running_loop().time() + time_limit_s
        while self._scheduler.running and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0)

    async def _run(self, entry: _Entry) -> None:
        entry.armed = False
        if entry.state.rodando:
            # Only the timer comes here: `wake` asks a running job for another round by itself.
            entry.again = True
            self._on_problem("overlap", entry.state.nome, "was still running when it was due again")
            return
        entry.state.rodando = True
        entry.state.execucoes += 1
        entry.state.ultima = self._now()
        due_s: float | None = None
        try:
            entry.again = False
            due_s = await entry.work()
            while entry.again and not entry.state.pausado:
                entry.again = False
                due_s = await entry.work()
        except Exception as error:  # noqa: BLE001 (a dispatcher's error is an event; the others go on)
            due_s = _AFTER_ERROR_S
            self._on_problem("error", entry.state.nome, f"{type(error).__name__}: {error}")
        finally:
            entry.state.rodando = False
            self._rearm(entry, due_s)
            self._on_change()

    def _rearm(self, entry: _Entry, due_s: float | None) -> None:
        if due_s is None or due_s >= entry.state.intervalo_s or entry.state.pausado or entry.armed:
            return
        entry.job.modify(next_run_time=self._now() + timedelta(seconds=max(due_s, 0.0)))

    def _hear(self, event: Any) -> None:
        kind = _KINDS.get(event.code)
        if kind is not None:
            error = getattr(event, "exception", None)
            # Only the shutdown cancels a job, which is in order: a probe that still ran, for example.
            if not isinstance(error, asyncio.CancelledError):
                self._on_problem(kind, event.job_id, str(error or kind))
            return
        late_s = (self._now() - min(event.scheduled_run_times)).total_seconds()
        if late_s > _LATE_S:
            self._on_problem("late", event.job_id, f"started {late_s:.0f} s late")
