"""The demo's line in a process of its own, to be killed: one process a line of standard input.

`python demo_line.py DIRECTORY` imports everything once, then for each line starts a process that goes on with
the demo in that directory until it is idle, and says `started PID`; after it has ended, `ended STATUS`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.commands.headless import run_line
from app.wiring import enter
from jobs.policy import SEED


def go_on(directory: Path) -> int:
    """As `oficina demo --headless`: run the demo that is there until only what is a person's is left."""
    return run_line(enter(directory), policy=SEED, until_idle=True)


def serve(directory: Path) -> None:
    """Start a process for each line of standard input; whoever asked kills it."""
    for _ in sys.stdin:
        pid = os.fork()  # this process has one thread and no loop
        if pid == 0:
            os.setsid()
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, 0)
            os.dup2(nothing, 1)
            os._exit(go_on(directory))
        sys.stdout.write(f"started {pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"ended {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
