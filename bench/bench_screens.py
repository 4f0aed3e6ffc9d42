"""The screens: first frame against a bare Textual app, 100,000 rows, a key while the line is busy, idle CPU.

Wanted: first frame at most 1.15 times the bare one's; a refresh, a filter keystroke, a sort of 100,000 rows
under 50 ms; the screen's loop late by less than 50 ms (p99) while commits come in; idle CPU under 2 %.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from bench.screens_app import MARK
from bench.screens_line import FoldingLine
from bench.terminal import Terminal

ROWS = 100_000
STARTS, REPEATS, KEYS = 15, 15, 40
LAG_SECONDS, IDLE_SECONDS = 6.0, 10.0
FRAME = "Overview"


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def first_frame() -> None:
    """Process start to first frame, the three apps in turn so that the machine's mood hits all alike."""
    apps = {
        "bare Textual": (["-m", "bench.screens_app", "bare"], MARK),
        "oficina, empty": (["-m", "bench.screens_app", "still", "0"], FRAME),
        f"oficina, {ROWS:,} items": (["-m", "bench.screens_app", "still", str(ROWS)], FRAME),
    }
    taken: dict[str, list[float]] = {name: [] for name in apps}
    for _ in range(STARTS):
        for name, (arguments, mark) in apps.items():
            with Terminal(arguments) as terminal:
                taken[name].append(terminal.wait_for(mark))
    bare = taken["bare Textual"]
    for name, times in taken.items():
        middle, best = median(times), min(times)
        print(
            f"first frame  {name:<24} {middle * 1000:5.0f} ms p50 {middle / median(bare):5.2f}×   "
            f"{best * 1000:5.0f} ms best {best / min(bare):5.2f}×   n={len(times)}"
        )


async def _timed(work: Callable[[], Any], pilot: Any) -> float:
    """Seconds that the screen's loop is taken by `work` and by drawing what came of it."""
    start = time.perf_counter()
    work()
    pilot.app.screen.query_one("#items").render_lines(pilot.app.screen.query_one("#items").size.region)
    taken = time.perf_counter() - start
    await pilot.pause()
    return taken


class Backlog:
    """The Backlog screen of a running app, driven from inside its loop."""

    def __init__(self, pilot: Any, line: FoldingLine) -> None:
        self.pilot, self.line, self.screen = pilot, line, pilot.app.screen
        self.costs: dict[str, list[float]] = {}

    async def time(self, name: str, work: Callable[[], Any]) -> None:
        self.costs.setdefault(name, []).append(await _timed(work, self.pilot))

    async def refresh(self, name: str) -> None:
        """A commit of another process arrives."""
        self.line.commit()
        model = self.line.fold.publish(linha=self.line.model().linha)
        self.screen.pace.free_at = 0.0
        await self.time(name, lambda: self.screen.show_model(model))

    async def type(self, text: str) -> None:
        """The filter's text becomes `text`."""
        from textual.widgets import Input

        changed = Input.Changed(self.screen.query_one("#filter", Input), text)
        await self.time("filter keystroke", lambda: self.screen._filter_changed(changed))


async def many_rows() -> None:
    """What each change of a backlog of 100,000 rows costs the screen's loop."""
    from app import collector
    from app.tui import OficinaApp
    from screens.settings import ScreenSettings

    line: Any = FoldingLine(ROWS)
    collector.settle()  # as the app does on a terminal
    app = OficinaApp(lambda: line, settings=ScreenSettings(prompt="inbox"))
    async with app.run_test(size=(120, 40)) as pilot:
        while app.port is None:
            await pilot.pause(0.01)
        await pilot.press("3")
        backlog = Backlog(pilot, line)
        for _ in range(REPEATS):
            await backlog.refresh("refresh")
        for _ in range(REPEATS):
            for text in ("r", "re", "reg", "status:pend", "status:pend 77", ""):
                await backlog.type(text)
        for _ in range(REPEATS):
            await backlog.time("sort", backlog.screen.action_sort)
            await backlog.time("turn around", backlog.screen.action_reverse)
        backlog.screen._sort_by("titulo", descending=False)
        for _ in range(REPEATS):
            await backlog.refresh("refresh, sorted by title")
    costs = backlog.costs
    for name, times in costs.items():
        worst = percentile(times, 0.95) * 1000
        middle = median(times) * 1000
        print(f"{ROWS:,} rows  {name:<26} {middle:6.1f} ms p50  {worst:6.1f} ms p95   n={len(times)}")


async def loop_lag() -> None:
    """How late the screen's loop is while a line folds 200 commits a second and publishes 20 times."""
    from app import collector
    from app.tui import OficinaApp
    from screens.settings import ScreenSettings

    late: list[float] = []

    def factory() -> Any:
        line = FoldingLine(ROWS, busy=True)
        collector.settle()  # as the app does on a terminal
        return line

    app = OficinaApp(factory, settings=ScreenSettings(prompt="inbox"))
    async with app.run_test(size=(120, 40)) as pilot:
        while app.port is None:
            await pilot.pause(0.01)
        await pilot.press("3")
        end = time.perf_counter() + LAG_SECONDS
        while time.perf_counter() < end:
            start = time.perf_counter()
            await asyncio.sleep(0.005)
            late.append(time.perf_counter() - start - 0.005)
    print(
        f"loop lag     backlog of {ROWS:,}, 200 commits/s   {percentile(late, 0.5) * 1000:5.1f} ms p50  "
        f"{percentile(late, 0.99) * 1000:5.1f} ms p99   n={len(late)}"
    )


def key_latency() -> None:
    """From a key to the first thing drawn after it, on a terminal, over 100,000 rows."""
    with Terminal(["-m", "bench.screens_app", "still", str(ROWS)]) as terminal:
        terminal.wait_for(FRAME)
        terminal.drain(6.0)
        terminal.press(b"3")
        terminal.drain(1.0)
        times = [terminal.press(key) for _ in range(KEYS // 4) for key in (b"G", b"k", b"g", b"j")]
    print(
        f"key to frame {ROWS:,} rows, a terminal              {median(times) * 1000:5.1f} ms p50  "
        f"{percentile(times, 0.99) * 1000:5.1f} ms p99   n={len(times)}"
    )


def idle() -> None:
    """CPU of an app that shows a loaded Overview and does nothing."""
    with Terminal(["-m", "bench.screens_app", "still", "1000"]) as terminal:
        terminal.wait_for(FRAME)
        terminal.drain(3.0)
        before, start = terminal.cpu_seconds(), time.monotonic()
        terminal.drain(IDLE_SECONDS)
        share = (terminal.cpu_seconds() - before) / (time.monotonic() - start)
    print(
        f"idle CPU     Overview, loaded                      {share * 100:5.2f} %   over {IDLE_SECONDS:.0f} s"
    )


def main() -> None:
    first_frame()
    asyncio.run(many_rows())
    asyncio.run(loop_lag())
    key_latency()
    idle()


if __name__ == "__main__":
    main()
