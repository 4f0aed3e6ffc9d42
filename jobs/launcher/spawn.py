"""Starting a keeper and waiting for it, without an event loop: for steps, probes and trials."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from jobs.launcher.orders import KEEPER_LOST, Order, RunReport, keeper_argv, named_environment


def run_order(
    order: Order, *, level: str = "", on_line: Callable[[str, str], None] | None = None
) -> RunReport:
    """Run one child to its end, under a keeper that goes when this process goes.

    `on_line` gets (`out` or `err`, line) as the child writes, unless the order names a file for it. Whatever
    interrupts the wait ends the child's tree first.
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
        end = _follow(keeper.stdout, on_line or _ignore)
    finally:
        # Closing the pipe ends the tree where it still lives.
        keeper.stdin.close()
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
