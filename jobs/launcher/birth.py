"""How a keeper turns an order into a running child: fork, limits, exec. Standard library only.

The keeper has one thread, so forking and running Python before exec is safe here and nowhere else.
"""

from __future__ import annotations

import os
import resource
import signal
from typing import Any

from jobs.launcher.prctl import die_with_parent

CANNOT_START = 127


class Child:
    """A started child: its pid and our ends of its three pipes."""

    def __init__(self, pid: int, stdin: int, stdout: int, stderr: int) -> None:
        self.pid, self.stdin, self.stdout, self.stderr = pid, stdin, stdout, stderr


def start_child(order: dict[str, Any]) -> Child:
    """Start `order["argv"]` in a session of its own, under `order["limits"]`.

    Raises OSError with the reason when the program cannot be executed.
    """
    theirs, ours = _pipes()
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:  # pragma: no cover (the forked side runs no coverage)
        _become(order, theirs, tell)
    os.close(tell)
    for descriptor in theirs:
        os.close(descriptor)
    problem = _read_all(told)
    if problem:
        for descriptor in ours:
            os.close(descriptor)
        raise OSError(problem.decode(errors="replace"))
    for descriptor in ours:
        os.set_blocking(descriptor, False)
    return Child(pid, *ours)


def _pipes() -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    stdin_read, stdin_write = os.pipe()
    stdout_read, stdout_write = os.pipe()
    stderr_read, stderr_write = os.pipe()
    return (stdin_read, stdout_write, stderr_write), (stdin_write, stdout_read, stderr_read)


def _read_all(descriptor: int) -> bytes:
    """Everything until the other end closes; exec closes it, as it is not inheritable."""
    parts = []
    while part := os.read(descriptor, 4096):
        parts.append(part)
    os.close(descriptor)
    return b"".join(parts)


def _become(order: dict[str, Any], pipes: tuple[int, int, int], tell: int) -> None:  # pragma: no cover
    """The child's side; never returns."""
    try:
        os.setsid()
        die_with_parent(signal.SIGKILL)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        for target, descriptor in enumerate(pipes):
            os.dup2(descriptor, target)
        _be_killed_first()
        apply_limits(order["limits"])
        os.chdir(order["cwd"])
        os.execvpe(order["argv"][0], order["argv"], order["env"])
    except BaseException as error:  # noqa: BLE001 (whatever it is, the keeper must hear of it)
        os.write(tell, f"{order['argv'][0]}: {error}".encode())
    os._exit(CANNOT_START)


def _be_killed_first() -> None:  # pragma: no cover (the forked side)
    """When memory runs out, the kernel takes the child, not the line."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("800")
    except OSError:
        pass


def apply_limits(limits: dict[str, Any]) -> None:
    """Set this process's own limits, never above what it already has to live with.

    Keys: `cpu_s`, `memory_mb` (address space of one process), `file_mb`, `files`, `processes` (besides those
    that the user has; not enforced for root), `nice`. A missing or null one is left as it is.
    """
    megabyte = 1 << 20
    _lower(resource.RLIMIT_CORE, 0)
    if limits.get("cpu_s"):
        # The keeper ends the tree at the limit and says why; the kernel's limit is the second fence.
        _lower(resource.RLIMIT_CPU, int(limits["cpu_s"]) + 2)
    if limits.get("memory_mb"):
        _lower(resource.RLIMIT_AS, limits["memory_mb"] * megabyte)
    if limits.get("file_mb"):
        _lower(resource.RLIMIT_FSIZE, limits["file_mb"] * megabyte)
    if limits.get("files"):
        _lower(resource.RLIMIT_NOFILE, limits["files"])
    if limits.get("processes") and os.getuid() != 0:
        # Twice as many, so that the keeper sees the limit broken and says so, where it is fast enough.
        _lower(resource.RLIMIT_NPROC, _threads_of_user() + 2 * limits["processes"])
    if limits.get("nice"):
        os.nice(limits["nice"])


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (wanted, wanted))


def _threads_of_user() -> int:
    """How many threads the user has now: RLIMIT_NPROC counts them all, not those of this tree."""
    count, uid = 0, os.getuid()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            if os.stat(f"/proc/{name}").st_uid == uid:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue
    return count
