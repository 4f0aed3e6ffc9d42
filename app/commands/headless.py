"""`oficina run --headless`: the line without a screen, progress as lines, results as a table."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from app.idle import is_idle
from app.invocation import runnable
from app.main import EXIT_DONE, EXIT_FAILED
from app.output import clean
from app.policy_words import rule_line
from app.progress import say_commit
from app.results import gather, print_results, said_unclaimed
from app.times import LocalTime
from app.wiring import enter, find_paths, line_setup, trust_of
from jobs.line import Line, NotRunningError
from jobs.line_pauses import paused_jobs
from jobs.logs.catching import caught
from jobs.policy import Policy
from jobs.workspace import Workspace
from store.errors import StoreReadOnly

_LOOK_S = 0.1
_OPEN_S = 120.0


def run(arguments: argparse.Namespace) -> int:
    """Run the line until it is idle, or until it is told to end; exit 1 when work failed."""
    workspace = enter(find_paths(arguments).root)
    return run_line(
        workspace,
        policy=arguments.policy,
        until_idle=arguments.until_idle,
        timeout_s=arguments.timeout,
        resume=arguments.resume,
    )


def run_line(
    workspace: Workspace,
    *,
    policy: Path | None,
    until_idle: bool,
    timeout_s: float | None = None,
    resume: bool = False,
) -> int:
    """The line of a workspace that its owner trusts, under the file `policy` or the workspace's own rules,
    which are said first. What was paused on screen stays paused, unless it is to `resume`.
    """
    trust_of(workspace).require(workspace.paths.root)
    setup = replace(line_setup(workspace, name="headless", policy=policy), resumes=resume)
    line = Line(setup)
    _say_beginning(workspace, setup.policy)
    with _told_to_end() as told, _stopped_quietly(line), caught(setup.log):
        line.start()
        try:
            line.wait_open(_OPEN_S)
            if viewed := line.submit(lambda core: core.db.readonly_reason).result():
                raise StoreReadOnly(viewed)
            if not resume:
                _say_paused(line.submit(lambda core: paused_jobs(core.db)).result(), workspace.paths.root)
            _say_unclaimed(line.submit(said_unclaimed).result(), workspace.paths.root)
            local = LocalTime(workspace.config.fuso)
            line.submit(lambda core: core.db.subscribe(lambda commit: say_commit(commit, local))).result()
            in_time = _wait(line, told, until_idle=until_idle, timeout_s=timeout_s)
            results = line.submit(gather).result() if not line.wait_ended(0) else None
        except NotRunningError:
            results, in_time = None, False  # it ended by itself, and says why
        finally:
            line.stop(workspace.config.grace_s)
    if line.failure is not None:
        raise line.failure
    if results is not None:
        print_results(results, workspace.paths.root)
    if not in_time:
        print(f"Not idle after {timeout_s:g} s.")
    return EXIT_DONE if in_time and results is not None and not results.failed else EXIT_FAILED


def _say_beginning(workspace: Workspace, policy: Policy | None) -> None:
    print(f"{clean(workspace.name)}: the line runs headless in {clean(workspace.paths.root)}")
    if policy is None:
        waits = runnable("No policy: decisions wait for you (`oficina decide`).", workspace.paths.root)
        print(waits, flush=True)
        return
    print(f"Policy «{clean(policy.nome)}»: what its rules cover is decided, the rest waits for you.")
    for rule in policy.regras:
        print(f"  {clean(rule_line(rule))}")
    print(flush=True)


def _say_paused(jobs: Collection[str], root: Path) -> None:
    if jobs:
        names = ", ".join(sorted(map(clean, jobs)))
        print(
            runnable(f"Paused, and stays so: {names} (`oficina run --headless --resume`).", root), flush=True
        )


def _say_unclaimed(said: str, root: Path) -> None:
    """At once, too: a line that runs on for days prints its results at the end only."""
    if said:
        print(runnable(clean(said), root), flush=True)


def _wait(line: Line, told: threading.Event, *, until_idle: bool, timeout_s: float | None) -> bool:
    """Until idle (where wanted), told to end, or the line ended by itself; False when time ran out."""
    clock, waited = line.setup.clock, 0.0
    began = clock.monotonic()
    quiet = 0
    while not told.wait(_LOOK_S) and not line.wait_ended(0):
        if (now := line.model().linha).modo == "viewing":
            raise StoreReadOnly(now.aviso)  # a newer oficina has written here meanwhile
        waited = clock.monotonic() - began
        if timeout_s is not None and waited >= timeout_s:
            return False
        if until_idle:
            quiet = quiet + 1 if line.submit(is_idle).result() else 0
            if quiet > 1:
                return True
    return True


@contextmanager
def _stopped_quietly(line: Line) -> Iterator[None]:
    """SIGTSTP stops the process, but not in a transaction: all others would wait for it."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        line.stop_process()

    before = signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


@contextmanager
def _told_to_end() -> Iterator[threading.Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set: the line then stops in order."""
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    before = {
        number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
