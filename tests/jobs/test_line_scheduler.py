"""The line's timers: wake-ups are never lost, trouble is told, and pausing means pausing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from jobs.scheduler import Scheduler

Problems = list[tuple[str, str, str]]


class Moment:
    """A wall clock that can be put forward and back."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


def run(test: Callable[[Scheduler, Problems], Awaitable[None]], clock: Moment | None = None) -> Problems:
    problems: Problems = []

    async def main() -> None:
        def note(kind: str, job: str, text: str) -> None:
            problems.append((kind, job, text))

        scheduler = Scheduler(note, now=clock or Moment())
        try:
            await asyncio.wait_for(test(scheduler, problems), 20)
        finally:
            await scheduler.shutdown()
        await scheduler.shutdown()

    asyncio.run(main())
    return problems


class Job:
    """Counts its runs; `hold` keeps one from ending."""

    def __init__(self, due_s: float | None = None) -> None:
        self.runs, self.due_s = 0, due_s
        self.hold = asyncio.Event()
        self.hold.set()

    async def __call__(self) -> float | None:
        self.runs += 1
        await self.hold.wait()
        return self.due_s

    async def reached(self, runs: int) -> None:
        while self.runs < runs:
            await asyncio.sleep(0.001)


def test_runs_at_once_and_when_woken_however_often() -> None:
    async def check(scheduler: Scheduler, _: Problems) -> None:
        job = Job()
        scheduler.add("a", job, 60.0)
        scheduler.start()
        await job.reached(1)
        for _ in range(10):
            scheduler.wake("a")
        await job.reached(2)
        await asyncio.sleep(0.02)
        assert job.runs == 2
        state = scheduler.states()[0]
        assert (state.nome, state.intervalo_s, state.execucoes, state.rodando) == ("a", 60.0, 2, False)
        assert state.ultima is not None
        assert state.proxima is not None

    assert run(check) == []


def test_a_wake_up_during_a_run_leads_to_another_one() -> None:
    async def check(scheduler: Scheduler, _: Problems) -> None:
        job = Job()
        job.hold.clear()
        scheduler.add("a", job, 60.0)
        scheduler.start()
        await job.reached(1)
        scheduler.wake("a")
        scheduler.run_now("a")
        job.hold.set()
        await job.reached(2)

    run(check)


def test_the_job_says_when_it_is_due_next() -> None:
    async def check(scheduler: Scheduler, _: Problems) -> None:
        soon, late = Job(0.01), Job(120.0)
        scheduler.add("soon", soon, 60.0)
        scheduler.add("late", late, 60.0)
        scheduler.start()
        await soon.reached(4)
        assert late.runs == 1

    run(check)


def test_paused_jobs_run_only_when_told_to() -> None:
    async def check(scheduler: Scheduler, _: Problems) -> None:
        job = Job(0.005)
        scheduler.add("a", job, 60.0)
        scheduler.start()
        await job.reached(1)
        scheduler.pause("a")
        before = job.runs
        scheduler.wake("a")
        await asyncio.sleep(0.02)
        assert job.runs == before
        scheduler.run_now("a")
        await job.reached(before + 1)
        await asyncio.sleep(0.02)
        assert job.runs == before + 1
        scheduler.resume("a")
        await job.reached(before + 2)
        scheduler.pause_all()
        assert scheduler.states()[0].pausado

    run(check)


def test_a_job_that_is_paused_as_it_runs_takes_no_further_round() -> None:
    async def check(scheduler: Scheduler, _: Problems) -> None:
        job = Job()
        job.hold.clear()
        scheduler.add("a", job, 60.0)
        scheduler.start()
        await job.reached(1)
        scheduler.wake("a")
        scheduler.pause("a")
        job.hold.set()
        await asyncio.sleep(0.02)
        assert (job.runs, scheduler.states()[0].rodando) == (1, False)
        scheduler.resume("a")
        await job.reached(2)

    assert run(check) == []


def test_an_error_is_told_and_the_job_goes_on() -> None:
    async def check(scheduler: Scheduler, problems: Problems) -> None:
        async def breaks() -> float | None:
            raise ValueError("broken")

        job = Job()
        scheduler.add("bad", breaks, 60.0)
        scheduler.add("good", job, 60.0)
        scheduler.start()
        while not problems:
            await asyncio.sleep(0.001)
        scheduler.wake("bad")
        while len(problems) < 2:
            await asyncio.sleep(0.001)
        await job.reached(1)

    assert set(run(check)) == {("error", "bad", "ValueError: broken")}


def test_a_job_that_the_shutdown_cancels_is_no_error() -> None:
    async def check(scheduler: Scheduler, _: Problems) -> None:
        job = Job()
        job.hold.clear()
        scheduler.add("sondas", job, 60.0)
        scheduler.start()
        await job.reached(1)
        await scheduler.shutdown()
        while scheduler.states()[0].rodando:
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert run(check) == []


def test_overlaps_and_late_starts_are_told() -> None:
    async def check(scheduler: Scheduler, problems: Problems) -> None:
        job = Job()
        job.hold.clear()
        scheduler.add("slow", job, 0.02)
        scheduler.start()
        while not any(kind == "overlap" for kind, _, _ in problems):
            await asyncio.sleep(0.005)
        job.hold.set()
        await job.reached(2)

    assert {(kind, job) for kind, job, _ in run(check)} == {("overlap", "slow")}
    clock = Moment()

    async def check_late(scheduler: Scheduler, problems: Problems) -> None:
        job = Job()
        clock.shift = timedelta(seconds=-60)
        scheduler.add("late", job, 600.0)
        clock.shift = timedelta()
        scheduler.start()
        await job.reached(1)

    assert [(kind, job) for kind, job, _ in run(check_late, clock)] == [("late", "late")]


def test_after_a_jump_of_the_clock_everything_is_woken() -> None:
    async def check(scheduler: Scheduler, _: Problems) -> None:
        job = Job()
        scheduler.add("a", job, 60.0)
        scheduler.start()
        await job.reached(1)
        scheduler.wake_all()
        await job.reached(2)

    run(check)
