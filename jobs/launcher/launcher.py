"""The one place that the line's children come from; it belongs to the line's loop and thread."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jobs.launcher.identity import Identity
from jobs.launcher.orders import KEEPER_LOST, Order, RunReport, keeper_argv, named_environment
from jobs.launcher.procfs import all_stats
from jobs.launcher.reaping import signal_process
from store.errors import OficinaError

_LONGEST_LINE = 1 << 24
_TRIES = 3
_START_S = 30.0
_END_S = 20.0
"""Longer than a keeper takes to give up on a tree that cannot be ended."""
Listener = Callable[[str, str], None]
Measures = Callable[[Mapping[str, float]], None]


def _ignore(_measured: Mapping[str, float]) -> None:
    """Nobody wants to know."""


class NoKeeperError(OficinaError):
    """A child could not even be prepared: this Python does not start."""


class Kept:
    """A keeper that waits for its go, and later the child that it keeps."""

    def __init__(self, process: asyncio.subprocess.Process, identity: Identity) -> None:
        self.identity = identity
        """The keeper's own: it lives until nothing of the child is left."""
        self.child: dict[str, int] = {}
        self._process = process

    def go(self, order: Order) -> None:
        """Start the child; `follow` must be awaited for it to get anywhere."""
        self._send({"go": order.document()})

    def send_line(self, text: str) -> None:
        """Give the child a line on its standard input (dropped when it is gone)."""
        self._send({"line": text})

    def kill(self, reason: str) -> None:
        """End the child's whole tree; `follow` returns with `killed_for` = reason."""
        self._send({"kill": reason})

    def close(self) -> None:
        """Let go of the keeper: one that still waits ends, one with a child ends that first."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    @property
    def usable(self) -> bool:
        return self._process.returncode is None

    async def run(self, order: Order, on_line: Listener, on_measure: Measures = _ignore) -> RunReport:
        """Start the child and follow it to its end; whatever interrupts that ends the child's tree first."""
        try:
            self.go(order)
            return await self.follow(on_line, on_measure)
        finally:
            self.close()
            await self.gone()

    async def follow(self, on_line: Listener, on_measure: Measures = _ignore) -> RunReport:
        """Hand over the child's lines until its tree has ended; returns how.

        `on_measure` hears every second what the tree took so far (`{cpu_s, wall_s, peak_rss_mb, ram_gb_s}`).
        """
        end: dict[str, Any] = dict(KEEPER_LOST)
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            message = json.loads(line)
            if "started" in message:
                self.child = message["started"]
            elif "meter" in message:
                on_measure(message["meter"])
            elif "end" in message:
                end = message["end"]
            else:
                for name, text in message.items():
                    on_line(name, text)
        self.close()
        await self._process.wait()
        if end["killed_for"] == "keeper":
            self._end_strays()
        return RunReport.from_end(end)

    async def gone(self) -> None:
        """Wait for a keeper that was let go of; one that does not end in its time is killed."""
        try:
            await asyncio.wait_for(self._process.wait(), _END_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        stdin = self._process.stdin
        if stdin is not None and not stdin.is_closing():
            stdin.write(json.dumps(message).encode() + b"\n")

    def _end_strays(self) -> None:
        """Someone killed the keeper: its child died with it, but not the rest of the child's session."""
        for stat in all_stats():
            if self.child and stat.session == self.child["pid"]:
                signal_process(stat, 9)


class Launcher:
    """Starts keepers, and has a spare one waiting so that a claim need not wait for Python to start.

    `start` must run in the thread that will live as long as the process: the kernel ties children to threads.
    """

    def __init__(self, *, spares: int = 2, python: str = sys.executable) -> None:
        self._wanted, self._python = spares, python
        self._spares: list[Kept] = []
        self._leaving: list[Kept] = []
        self._starting: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def start(self) -> None:
        """Get the spares ready."""
        self._refill()
        await asyncio.gather(*self._starting, return_exceptions=True)

    async def keeper(self) -> Kept:
        """A keeper that waits for its go: a spare one at once, or else a new one (some 20 ms)."""
        while self._spares:
            kept = self._spares.pop()
            if kept.usable:
                self._refill()
                return kept
        self._refill()
        return await self._wait_for_new()

    async def _wait_for_new(self) -> Kept:
        """Whoever waits may be ended meanwhile: the keeper starts all the same, and becomes a spare one.

        A start that is cancelled half-way leaves a process that nobody knows, or never returns (asyncio waits
        for pipes that were not connected).
        """
        task = asyncio.get_running_loop().create_task(self._start_keeper())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._take_unwanted)
            raise

    def _take_unwanted(self, task: asyncio.Task[Kept]) -> None:
        if not task.cancelled() and task.exception() is None:
            self.give_back(task.result())

    def give_back(self, kept: Kept) -> None:
        """Take back a keeper that got no order after all."""
        if not self._closed and len(self._spares) > self._wanted:
            kept.close()
            return
        self._spares.append(kept)
        if self._closed:
            self.let_go()

    def let_go(self) -> None:
        """Have no spares from now on: no work is to come. Children that run are their callers' to end."""
        self._closed = True
        leaving, self._spares = self._spares, []
        for kept in leaving:
            kept.close()
        self._leaving += leaving

    async def close(self) -> None:
        """Let go of the spares, and wait until they have ended."""
        self.let_go()
        await asyncio.gather(*self._starting, return_exceptions=True)
        self.let_go()
        await asyncio.gather(*(kept.gone() for kept in self._leaving))
        self._leaving.clear()

    def _refill(self) -> None:
        missing = self._wanted - len(self._spares) - len(self._starting)
        for _ in range(0 if self._closed else missing):
            task = asyncio.get_running_loop().create_task(self._add_spare())
            self._starting.add(task)
            task.add_done_callback(self._spare_started)

    def _spare_started(self, task: asyncio.Task[None]) -> None:
        """Whether it worked or not: without a spare, the next claim waits for a keeper and hears of it."""
        self._starting.discard(task)
        if not task.cancelled():
            task.exception()

    async def _add_spare(self) -> None:
        kept = await self._start_keeper()
        self._spares.append(kept)
        if self._closed:
            self.let_go()

    async def _start_keeper(self) -> Kept:
        """A new keeper; one that is killed while it starts is replaced."""
        for _ in range(_TRIES - 1):
            with suppress(NoKeeperError):
                return await self._try_to_start()
        return await self._try_to_start()

    async def _try_to_start(self) -> Kept:
        process = await asyncio.create_subprocess_exec(
            *keeper_argv(self._python),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=named_environment(),
            cwd=Path("/"),
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_S)
        except TimeoutError:
            process.kill()
            line = b""
        if not line:
            raise NoKeeperError(f"{self._python} does not start (it ended with {await process.wait()})")
        ready = json.loads(line)["ready"]
        return Kept(process, Identity(ready["boot_id"], ready["pid"], ready["inicio"]))
