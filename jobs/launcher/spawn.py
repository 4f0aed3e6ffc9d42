"""Starting a keeper and waiting for it, without an event loop: for steps, probes and trials."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from jobs.launcher.orders import KEEPER_LOST, Order, RunReport, keeper_argv, named_environment

_CHUNK = 1 << 16


class Stop:
    """Ends a run on demand: call it with the reason, also from a signal handler, before or while it runs."""

    def __init__(self) -> None:
        self.reason = ""
        self._keeper: int | None = None

    def __call__(self, reason: str) -> None:
        """The first reason counts; the run's report has it as `killed_for`."""
        if not self.reason:
            self.reason = reason
            self._tell()

    def watch(self, keeper: int | None) -> None:
        """From now on the keeper behind this pipe is told; None when it has ended."""
        self._keeper = keeper
        if self.reason:
            self._tell()

    def _tell(self) -> None:
        if self._keeper is not None:
            with suppress(OSError):
                os.write(self._keeper, json.dumps({"kill": self.reason}).encode() + b"\n")


def run_order(
    order: Order,
    *,
    level: str = "",
    on_line: Callable[[str, str], None] | None = None,
    stop: Stop | None = None,
) -> RunReport:
    """Run one child to its end, under a keeper that goes when this process goes.

    `on_line` gets (`out` or `err`, line) as the child writes, unless the order names a file for it. Whatever
    interrupts the wait ends the child's tree first; `stop` ends it in order.
    """
    keeper = subprocess.Popen(
        keeper_argv(sys.executable),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=named_environment(),
        cwd=Path("/"),
        start_new_session=True,
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    try:
        _send_go(keeper.stdin, order)
        if stop is not None:
            stop.watch(keeper.stdin.fileno())
        end = _follow(keeper.stdout, on_line or _ignore)
    finally:
        if stop is not None:
            stop.watch(None)
        # Closing the pipe ends the tree where it still lives; what it still says must not hold it up.
        keeper.stdin.close()
        while keeper.stdout.read(_CHUNK):
            pass
        keeper.wait()
        keeper.stdout.close()
    return RunReport.from_end(end, level)


def _send_go(stdin: IO[bytes], order: Order) -> None:
    try:
        stdin.write(json.dumps({"go": order.document()}).encode() + b"\n")
        stdin.flush()
    except BrokenPipeError:
        return


def _follow(stdout: IO[bytes], on_line: Callable[[str, str], None]) -> dict[str, object]:
    for line in stdout:
        message = json.loads(line)
        if "end" in message:
            end: dict[str, object] = message["end"]
            return end
        for name in ("out", "err"):
            if name in message:
                on_line(name, message[name])
    return dict(KEEPER_LOST)


def _ignore(_name: str, _line: str) -> None:
    """For callers that don't look at the output."""
