"""A line in fast forward: its loop's time is a fake clock's, which jumps to whatever is due next.

Line, scheduler, upkeep, store and rules are the real ones; what the machine does is simulated: no time passes
while something is done, and a command of the line's takes none (a compaction runs for real, a probe passes).
"""

from __future__ import annotations

import asyncio
import random
import selectors
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor as ThreadPool
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, tzinfo
from typing import Any
from unittest.mock import patch

from jobs.launcher.identity import Identity
from jobs.launcher.orders import Order, RunReport
from store.clock import FakeClock, parse_time

COMPACTOR = "store.journal.compactor"


class _Selector(selectors.DefaultSelector):
    """Where nothing is to be read, what is waited for is there at once, and later."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("nothing is due, ever: the line hangs")
        if not ready and timeout:
            self._clock.advance(timeout)
        return ready


class FastLoop(asyncio.SelectorEventLoop):
    """A loop by a fake clock, in one thread: what others do in threads is done in the same breath."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        super().__init__(_Selector(clock))

    def time(self) -> float:
        return self._clock.monotonic()

    def run_in_executor(  # type: ignore[override]
        self, executor: ThreadPool | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 (it is whoever waits that hears of it)
            done.set_exception(error)
        return done


class _Kept:
    """A child of the line's that takes no time."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self.identity = Identity.own()
        self._note = note

    async def run(self, order: Order, on_line: Callable[[str, str], None], *_: Any) -> RunReport:
        self._note(str(order.argv[-1]))
        if COMPACTOR not in order.argv:
            return RunReport(0)
        done = subprocess.run(order.argv, capture_output=True, text=True, check=False)
        for line in done.stderr.splitlines():
            on_line("err", line)
        return RunReport(done.returncode)


class Children:
    """What stands for the launcher. `ran` has when each command ran, by its last word, in clock seconds."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.ran: dict[str, list[float]] = {}

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def keeper(self) -> _Kept:
        return _Kept(lambda word: self.ran.setdefault(word, []).append(self._clock.monotonic()))


def _machine_time(clock: FakeClock) -> type[datetime]:
    """`datetime` as a module that asks it for the time has it."""

    class Told(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return parse_time(clock.now()).astimezone(tz or UTC)

    return Told


@contextmanager
def machine(clock: FakeClock, pace_s: float) -> Iterator[Children]:
    """Within it, timers go by the clock, and children of the line are simulated.

    Its health is judged, and sagas leave for the archive, every `pace_s` seconds; twice as often there is a
    model, sixty times as often the line looks at what it does by the clock. Fifty times a second is for those
    who wait.
    """
    children, told = Children(clock), _machine_time(clock)
    with ExitStack() as stack:
        for name, value in (
            ("apscheduler.schedulers.base.datetime", told),
            ("jobs.scheduler.datetime", told),
            ("jobs.line_core.Launcher", lambda: children),
            ("jobs.line_upkeep.POLL_S", pace_s / 60),
            ("jobs.health.CHECK_S", pace_s),
            ("jobs.line_upkeep._ARCHIVE_SOON_S", pace_s),
            ("jobs.line_publish._PAUSE_S", pace_s / 2),
            ("jobs.line_publish._LONGEST_PAUSE_S", pace_s / 2),
            ("jobs.line_publish._JOBS_PAUSE_S", pace_s / 2),
        ):
            stack.enter_context(patch(name, value))
        yield children


def run_fast(clock: FakeClock, main: Callable[[], Any]) -> None:
    """Run a coroutine function on a loop of its own by the clock."""
    loop = FastLoop(clock)
    try:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(main())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def drawn(seed: int, n: int, share: float) -> bool:
    """Whether one of `share` of all numbers is drawn; by the seed, the same each time."""
    return random.Random(f"{seed}:{n}").random() < share


def equal_steps(times: Sequence[float], step_s: float) -> bool:
    """Whether moments are `step_s` seconds apart, none left out, none drifting."""
    return all(abs(time - times[0] - place * step_s) <= 1.0 + 1e-6 for place, time in enumerate(times))
