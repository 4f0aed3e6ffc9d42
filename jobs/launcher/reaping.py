"""Ending a whole tree of processes, detached ones included, and reaping it. Standard library only."""

from __future__ import annotations

import os
import signal
import time
from collections import deque

from jobs.launcher.procfs import Stat, catches, children, descendants, read_stat, start_time

_ROUND_S = 0.003
_STORM = 64


def signal_process(stat: Stat, number: int) -> bool:
    """Send a signal to exactly that process; False when it is gone (its pid may be someone else's by now)."""
    try:
        handle = os.pidfd_open(stat.pid)
    except ProcessLookupError:
        return False
    except (OSError, AttributeError):
        return _signal_by_pid(stat, number)
    try:
        # The handle names one process for good; the start time says whether it is the one we meant.
        if start_time(stat.pid) != stat.start:
            return False
        signal.pidfd_send_signal(handle, number)
        return True
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        os.close(handle)


def _signal_by_pid(stat: Stat, number: int) -> bool:
    """For systems without pidfd: the window between the check and the signal is as small as can be."""
    if start_time(stat.pid) != stat.start:
        return False
    try:
        os.kill(stat.pid, number)
        return True
    except (ProcessLookupError, PermissionError):
        return False


def ask_to_end(root: int, *, inside: bool) -> bool:
    """Send SIGTERM to a process and those of its session, or (`inside`) to all of its descendants only.

    Returns whether one of them has a handler for it: who has none is ended by it at once, or, as the first
    process of a namespace, never hears of it.
    """
    below = descendants(root, _STORM)
    own = read_stat(root)
    asked = below if inside else [*([own] if own else []), *(each for each in below if each.session == root)]
    listening = [catches(stat.pid, signal.SIGTERM) for stat in asked]
    for stat in asked:
        signal_process(stat, signal.SIGTERM)
    return any(listening)


class Reaper:
    """Waits for children of this process and adds up the CPU seconds of those that ended."""

    def __init__(self) -> None:
        self.cpu_s = 0.0
        self.peak_bytes = 0
        self.statuses: dict[int, int] = {}
        """Wait status of every child that was reaped, by pid."""

    def reap(self) -> bool:
        """Reap whatever ended; True while there are children left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            self.cpu_s += usage.ru_utime + usage.ru_stime
            self.peak_bytes = max(self.peak_bytes, usage.ru_maxrss * 1024)
            self.statuses[pid] = status

    def end_all(self, time_limit_s: float = 10.0) -> int:
        """Kill every descendant until none is left; returns how many outlived the time limit (0 is normal).

        A subreaper without children has no descendants: that is the only proof of the end that holds.
        """
        deadline = time.monotonic() + time_limit_s
        stopped: set[tuple[int, int]] = set()
        while self.reap():
            alive = [stat for stat in descendants(os.getpid(), _STORM) if not stat.zombie]
            if len(alive) >= _STORM:
                _end_storm()
            else:
                _end_calmly(alive, stopped)
            if time.monotonic() > deadline:
                return len(alive)
            time.sleep(_ROUND_S)
        return 0


def _end_calmly(alive: list[Stat], stopped: set[tuple[int, int]]) -> None:
    """Stop all before any is killed: what is stopped starts nothing new while we look."""
    fresh = [stat for stat in alive if (stat.pid, stat.start) not in stopped]
    for stat in fresh:
        signal_process(stat, signal.SIGSTOP)
        stopped.add((stat.pid, stat.start))
    for stat in () if fresh else alive:
        signal_process(stat, signal.SIGKILL)


def _end_storm() -> None:
    """Outrun a fork storm by killing each process as soon as it is found.

    A process that has been sent SIGKILL forks no more, though it may take long to end. Those found are our
    own descendants at that moment, so no pid can be another's.
    """
    waiting = deque(children(os.getpid()))
    while waiting:
        pid = waiting.popleft()
        if kill_first(pid):
            waiting.extend(children(pid))


def kill_first(pid: int) -> bool:
    """Kill one of our descendants and let it die before anything else runs; False when it is gone."""
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    put_first(pid)
    return True


def put_first(pid: int) -> None:
    """Schedule a process (0 is this one) before all others, where we may: a keeper, or what is dying.

    What it forks is scheduled as usual.
    """
    try:
        os.sched_setscheduler(pid, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except (OSError, AttributeError):
        return
