"""The keeper: the process between the line and one child, which no descendant of that child outlives.

It makes itself the subreaper of whatever the child leaves behind, says who it is, and waits for the go. Then
it starts the child, passes lines to and fro, samples what the tree uses, and ends the whole tree when the
child ends, a limit is broken, it is told to, or the line's end of the pipe closes. Standard library only, no
site-packages.

Messages in: `{"go": order}`, `{"line": text}`, `{"close": true}`, `{"kill": reason}`.
Messages out: `{"ready": {boot_id, pid, inicio}}`, `{"started": {pid, inicio, subreaper}}`, `{"out": text}`,
`{"err": text}`, `{"end": {rc, killed_for, error, survivors, output_bytes, wall_s, cpu_s, peak_rss_mb,
ram_gb_s}}`.
"""

from __future__ import annotations

import os
import signal
import sys

from jobs.launcher.procfs import boot_id, start_time


def main(stdin: int = 0, stdout: int = 1) -> int:
    """Keep one child; returns the exit code of the keeper itself (0 unless it got no order)."""
    # A terminal's ^C and hang-up are the line's business: it tells us, or its pipe closes.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _say_ready(stdout)
    # A claim waits for those words, so the other half of what a keeper needs is imported after them.
    from jobs.launcher.supervision import keep

    first, rest = _first_line(stdin)
    if not first:
        return 1
    for descriptor in (stdin, stdout):
        os.set_blocking(descriptor, False)
    keep(first, rest, stdin, stdout)
    return 0


def _say_ready(stdout: int) -> None:
    pid = os.getpid()
    identity = f'"boot_id":"{boot_id()}","pid":{pid},"inicio":{start_time(pid)}'
    os.write(stdout, b'{"ready":{%b}}\n' % identity.encode())


def _first_line(stdin: int) -> tuple[bytes, bytes]:
    """The go line and what came after it; empty when the pipe closed before."""
    data = b""
    while b"\n" not in data:
        part = os.read(stdin, 1 << 16)
        if not part:
            return b"", b""
        data += part
    first, _, rest = data.partition(b"\n")
    return first, rest


if __name__ == "__main__":
    sys.exit(main())
