"""What /proc says of processes: identity, kinship, time and memory. Standard library only.

A process is identified by boot id, pid and start time, never by its pid alone: pids are used again.
"""

from __future__ import annotations

import os
from collections import deque
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Stat(NamedTuple):
    """One line of /proc/PID/stat: CPU in seconds (with waited-for children), memory in bytes."""

    pid: int
    parent: int
    group: int
    session: int
    state: str
    start: int
    """Clock ticks between boot and the process's start."""
    cpu_s: float
    rss_bytes: int

    @property
    def zombie(self) -> bool:
        return self.state in "ZXx"


def boot_id() -> str:
    """The id of this boot; empty where the system does not say."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return ""


def read_stat(pid: int) -> Stat | None:
    """The process's figures, or None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    # The name is in brackets and may hold brackets and blanks itself: count from the last one.
    fields = text[text.rindex(b")") + 2 :].split()
    cpu = sum(int(part) for part in fields[11:15]) / _TICKS
    return Stat(
        pid=pid,
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        state=fields[0].decode(),
        start=int(fields[19]),
        cpu_s=cpu,
        rss_bytes=int(fields[21]) * _PAGE,
    )


def start_time(pid: int) -> int:
    """The process's start in clock ticks since boot, 0 when it is gone."""
    stat = read_stat(pid)
    return stat.start if stat else 0


def is_alive(boot: str, pid: int, start: int) -> bool:
    """True while exactly that process lives: same boot, same pid, same start, and not a zombie."""
    if boot != boot_id():
        return False
    stat = read_stat(pid)
    return stat is not None and stat.start == start and not stat.zombie


def all_stats() -> list[Stat]:
    """Every process that we can see."""
    stats = (read_stat(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return [stat for stat in stats if stat is not None]


def catches(pid: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal; False when there is no such process."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            text = file.read()
    except OSError:
        return False
    caught = text.partition(b"\nSigCgt:")[2].split(maxsplit=1)
    return bool(caught) and bool(int(caught[0], 16) >> (number - 1) & 1)


def descendants(root: int, at_most: int = 1 << 20) -> list[Stat]:
    """The descendants of `root`, zombies too, parents before children, without `root` itself.

    Looks no further once there are `at_most`: in a fork storm, time spent on counting is the storm's.
    """
    found: list[Stat] = []
    waiting = deque([root])
    while waiting and len(found) < at_most:
        for pid in children(waiting.popleft()):
            stat = read_stat(pid)
            if stat is not None:
                found.append(stat)
                waiting.append(pid)
    return found


def children(pid: int) -> list[int]:
    """The pids of a process's children, zombies too; empty when there is no such process."""
    if not _KERNEL_LISTS_CHILDREN:
        return [stat.pid for stat in all_stats() if stat.parent == pid]
    pids: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                pids.extend(int(text) for text in file.read().split())
    except OSError:
        return pids
    return pids


def kernel_lists_children() -> bool:
    """True where /proc names a thread's children (CONFIG_PROC_CHILDREN), which spares a walk over all."""
    return os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children")


_KERNEL_LISTS_CHILDREN = kernel_lists_children()
