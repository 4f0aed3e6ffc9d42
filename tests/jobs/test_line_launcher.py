"""The launcher: spares, identity before the go, and children that end with their keeper."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import hostile_programs as hostile
import pytest
from line_factory import wait_for

from jobs.launcher import procfs
from jobs.launcher.identity import Identity, alive
from jobs.launcher.launcher import Launcher, NoKeeperError
from jobs.launcher.orders import Limits, Order

Result = TypeVar("Result")


def with_launcher(work: Callable[[Launcher], Awaitable[Result]], spares: int = 1) -> Result:
    async def main() -> Result:
        launcher = Launcher(spares=spares)
        await launcher.start()
        try:
            return await work(launcher)
        finally:
            await launcher.close()

    return asyncio.run(main())


def order(code: str, tmp_path: Path, *, interactive: bool = False) -> Order:
    return Order(argv=hostile.python(code), cwd=tmp_path, limits=Limits(wall_s=20.0), interactive=interactive)


def test_a_spare_keeper_is_at_hand_and_replaced(tmp_path: Path) -> None:
    async def work(launcher: Launcher) -> None:
        first = await launcher.keeper()
        assert alive(first.identity.document())
        assert Identity.read(first.identity.document()) == first.identity
        second = await launcher.keeper()
        assert second.identity != first.identity
        for kept in (first, second):
            kept.close()
            await kept.gone()
            assert not alive(kept.identity.document())

    with_launcher(work)


def test_a_keeper_without_work_goes_back_unless_there_are_enough() -> None:
    async def work(launcher: Launcher) -> None:
        kept = [await launcher.keeper() for _ in range(4)]
        for keeper in kept:
            launcher.give_back(keeper)
        again = await launcher.keeper()
        assert again in kept
        launcher.give_back(again)

    with_launcher(work)


def test_a_spare_that_died_is_not_used() -> None:
    async def work(launcher: Launcher) -> None:
        kept = await launcher.keeper()
        kept.close()
        await kept.gone()
        launcher.give_back(kept)
        another = await launcher.keeper()
        assert another is not kept
        launcher.give_back(another)

    with_launcher(work, spares=0)


def test_lines_go_both_ways(tmp_path: Path) -> None:
    lines: list[tuple[str, str]] = []

    async def work(launcher: Launcher) -> None:
        kept = await launcher.keeper()
        kept.go(order("print(input()); print(input())", tmp_path, interactive=True))

        def hear(name: str, text: str) -> None:
            lines.append((name, text))
            kept.send_line("dois")

        kept.send_line("um")
        report = await kept.follow(hear)
        assert report.ok
        assert kept.child["pid"] > 0
        kept.send_line("nobody hears this")

    with_launcher(work)
    assert lines == [("out", "um"), ("out", "dois")]


def test_kill_ends_the_tree_for_the_reason_given(tmp_path: Path) -> None:
    async def work(launcher: Launcher) -> None:
        kept = await launcher.keeper()
        kept.go(order("print(1, flush=True)\n" + hostile.ENDLESS_LOOP, tmp_path))
        report = await kept.follow(lambda *_: kept.kill("prazo"))
        assert report.killed_for == "prazo"
        assert not report.timed_out

    with_launcher(work)


def test_when_the_keeper_is_killed_nothing_of_the_child_is_left(tmp_path: Path) -> None:
    # The second process leaves the keeper's reach of parent-death signals, but not the child's session.
    code = "import os, time\nif os.fork():\n print(1, flush=True)\ntime.sleep(30)"

    async def work(launcher: Launcher) -> int:
        kept = await launcher.keeper()
        kept.go(order(code, tmp_path))

        def kill(*_: str) -> None:
            stat = procfs.read_stat(kept.identity.pid)
            assert stat is not None
            os.kill(stat.pid, signal.SIGKILL)

        report = await kept.follow(kill)
        assert report.killed_for == "keeper"
        assert not report.ok
        return kept.child["pid"]

    session = with_launcher(work)
    wait_for(lambda: not [one for one in procfs.all_stats() if one.session == session and not one.zombie])


def test_a_keeper_that_stands_still_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.launcher.launcher._END_S", 0.1)

    async def work(launcher: Launcher) -> None:
        kept = await launcher.keeper()
        os.kill(kept.identity.pid, signal.SIGSTOP)
        kept.close()
        await kept.gone()
        assert not alive(kept.identity.document())

    with_launcher(work, spares=0)


def test_a_python_that_never_says_ready_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.launcher.launcher._START_S", 0.1)
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 30\n")
    silent.chmod(0o755)

    async def main() -> None:
        with pytest.raises(NoKeeperError):
            await Launcher(spares=0, python=str(silent)).keeper()

    asyncio.run(main())


def children_of_this_test() -> set[int]:
    return {stat.pid for stat in procfs.descendants(os.getpid()) if not stat.zombie}


def test_who_is_ended_while_a_keeper_starts_leaves_none_behind() -> None:
    async def main() -> None:
        before = children_of_this_test()
        launcher = Launcher(spares=0)
        waits = asyncio.create_task(launcher.keeper())
        while not children_of_this_test() - before:
            await asyncio.sleep(0.001)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        await launcher.close()
        assert not children_of_this_test() - before

    asyncio.run(main())


def test_spares_are_let_go_those_that_still_start_too() -> None:
    async def main() -> None:
        before = children_of_this_test()
        launcher = Launcher(spares=1)
        await launcher.start()
        kept = await launcher.keeper()  # another one is being started instead
        launcher.let_go()
        kept.close()
        await kept.gone()
        await launcher.close()
        assert not children_of_this_test() - before

    asyncio.run(main())


def test_a_python_that_does_not_start_is_an_error() -> None:
    async def main() -> None:
        launcher = Launcher(spares=0, python="/bin/true")
        with pytest.raises(NoKeeperError):
            await launcher.keeper()
        await launcher.close()

    asyncio.run(main())
