"""The keeper: the process between the line and one child, which no descendant of that child outlives.

It makes itself the subreaper of whatever the child leaves behind, says who it is, and waits for the go. Then
it starts the child, passes lines to and fro, samples what the tree uses, and ends the whole tree when the
child ends, a limit is broken, it is told to, or the line's end of the pipe closes. Standard library only, no
site-packages.

Messages in: `{"go": order}`, `{"line": text}`, `{"close": true}`, `{"kill": reason}`.
Messages out: `{"ready": {boot_id, pid, inicio, subreaper}}`, `{"started": {pid, inicio}}`, `{"out": text}`,
`{"err": text}`, `{"end": {rc, killed_for, error, survivors, output_bytes, wall_s, cpu_s, peak_rss_mb,
ram_gb_s}}`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from jobs.launcher.prctl import become_subreaper
from jobs.launcher.procfs import boot_id, start_time
from jobs.launcher.reaping import put_first
from jobs.launcher.supervision import Supervision
from jobs.launcher.wire import Outbox


def main(stdin: int = 0, stdout: int = 1) -> int:
    """Keep one child; returns the exit code of the keeper itself (0 unless it got no order)."""
    # A terminal's ^C and hang-up are the line's business: it tells us, or its pipe closes.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Where we may: a storm of processes must not keep us from noticing it. What we start is not affected.
    put_first(0)
    _say_ready(stdout)
    first, rest = _first_line(stdin)
    if not first:
        return 1
    order: dict[str, Any] = json.loads(first)["go"]
    for descriptor in (stdin, stdout):
        os.set_blocking(descriptor, False)
    Supervision(order, stdin, Outbox(stdout), pending=rest).run()
    return 0


def _say_ready(stdout: int) -> None:
    pid = os.getpid()
    ready = {
        "boot_id": boot_id(),
        "pid": pid,
        "inicio": start_time(pid),
        "subreaper": become_subreaper(),
    }
    os.write(stdout, json.dumps({"ready": ready}).encode() + b"\n")


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
