"""One child's life as its keeper sees it: start, relay, sample, end, report. Standard library only."""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from jobs.launcher.birth import CANNOT_START, Child, start_child
from jobs.launcher.meter import Meter
from jobs.launcher.prctl import become_subreaper
from jobs.launcher.procfs import children, descendants, start_time
from jobs.launcher.reaping import Reaper, ask_to_end, kill_first, put_first
from jobs.launcher.wire import LineReader, Outbox

_SAMPLE_S = 0.05
_TELL_S = 1.0
"""How often whoever started the child hears what it took so far."""
_BACKLOG_BYTES = 1 << 20
"""Above this much unread output the child has to wait, or its output would pile up here."""
_DRAIN_S = 2.0
_MOST_PROCESSES = 4096
_KILLED = 9
_AT_ONCE = ("", "memory", "cpu", "processes", "output")
"""Ends that leave no time: there is nothing to end, or what runs takes what others need."""


def keep(go: bytes, rest: bytes, stdin: int, stdout: int) -> None:
    """Do what a go line orders; `rest` is what came after it already."""
    # Where we may: a storm of processes must not keep us from noticing it. What we start is not affected.
    put_first(0)
    subreaper = become_subreaper()
    order: dict[str, Any] = json.loads(go)["go"]
    Supervision(order, stdin, Outbox(stdout), pending=rest, subreaper=subreaper).run()


class Supervision:
    """Runs one order to its end; `run` returns when nothing of the child is left."""

    def __init__(
        self, order: dict[str, Any], stdin: int, out: Outbox, *, pending: bytes = b"", subreaper: bool = True
    ) -> None:
        self._order, self._limits = order, order["limits"]
        self._control = LineReader(stdin, longest=1 << 26)
        self._pending, self._subreaper = pending, subreaper
        self._out = out
        self._reaper = Reaper()
        self._meter = Meter(time.monotonic())
        self._killed_for = ""
        self._sink: int | None = None
        self._outputs: dict[str, LineReader] = {}

    def run(self) -> None:
        signal.signal(signal.SIGTERM, lambda *_: self._end("parent"))
        try:
            self._sink = _open_sink(self._order.get("stdout_path"))
            child = start_child(self._order)
        except OSError as error:
            self._report(CANNOT_START, error=str(error))
            return
        started = {"pid": child.pid, "inicio": start_time(child.pid), "subreaper": self._subreaper}
        self._out.put_message({"started": started})
        self._adopt(child)
        self._loop(child)
        self._part(child)
        survivors = self._end_tree(child)
        self._meter.close(time.monotonic(), self._reaper.cpu_s, self._reaper.peak_bytes)
        self._drain()
        self._report(_exit_code(self._reaper.statuses.get(child.pid, _KILLED)), survivors=survivors)

    def _end(self, reason: str) -> None:
        """End the tree at the next turn; the first reason is the one reported."""
        self._killed_for = self._killed_for or reason

    def _part(self, child: Child) -> None:
        """Give a tree that is to be ended its time to say its last words."""
        grace_s = float(self._order.get("grace_s") or 0)
        if self._killed_for in _AT_ONCE or grace_s <= 0:
            return
        if not ask_to_end(child.pid, inside=bool(self._order.get("wrapped"))):
            return
        deadline = time.monotonic() + grace_s
        while (now := time.monotonic()) < deadline and not (self._out.broken or self._flooded):
            self._meter.sample(now, descendants(os.getpid(), _MOST_PROCESSES), self._reaper.cpu_s)
            self._reaper.reap()
            if child.pid in self._reaper.statuses:
                return
            self._turn(min(_SAMPLE_S, deadline - now))

    def _end_tree(self, child: Child) -> int:
        """Nothing of the child is left afterwards; returns how many processes could not be ended."""
        if self._killed_for:
            # With the first process of bubblewrap's namespace the kernel takes all that are in it.
            for pid in (child.pid, *children(child.pid)):
                kill_first(pid)
        return self._reaper.end_all()

    def _adopt(self, child: Child) -> None:
        self._handle = _handle(child.pid)
        self._input = Outbox(child.stdin)
        self._input.put(self._order.get("stdin", "").encode())
        if not self._order.get("interactive"):
            self._input.closing = True
        self._outputs = {
            "out": LineReader(child.stdout),
            "err": LineReader(child.stderr),
        }
        for line in self._pending.split(b"\n"):
            self._obey(line)

    def _loop(self, child: Child) -> None:
        next_sample, next_telling = 0.0, time.monotonic() + _TELL_S
        while not self._killed_for:
            now = time.monotonic()
            if now >= next_sample:
                next_sample = now + _SAMPLE_S
                self._sample(now)
            if now >= next_telling:
                next_telling = now + _TELL_S
                self._out.put_message({"meter": self._meter.report(now)})
            self._reaper.reap()
            if child.pid in self._reaper.statuses:
                # It may have ended for having met the kernel's own limit, in the midst of a storm.
                self._sample(time.monotonic())
                return
            self._turn(max(0.0, next_sample - now))

    def _sample(self, now: float) -> None:
        enough = (self._limits.get("processes") or _MOST_PROCESSES) + 1
        self._meter.sample(now, descendants(os.getpid(), enough), self._reaper.cpu_s)
        self._end(self._meter.broken_limit(now, self._limits))

    def _turn(self, wait_s: float) -> None:
        """Move whatever can be moved within `wait_s` seconds, then return."""
        actions: dict[int, Callable[[], object]] = {}
        with selectors.DefaultSelector() as selector:

            def watch(descriptor: int, event: int, action: Callable[[], object]) -> None:
                selector.register(descriptor, event)
                actions[descriptor] = action

            self._watch(watch)
            for key, _ in selector.select(wait_s):
                actions[key.fd]()
        if self._out.broken:
            self._end("parent")

    def _watch(self, watch: Callable[[int, int, Callable[[], object]], None]) -> None:
        if not self._control.ended:
            watch(self._control.descriptor, selectors.EVENT_READ, self._listen)
        if self._handle is not None:
            watch(self._handle, selectors.EVENT_READ, self._reaper.reap)
        if self._out:
            watch(self._out.descriptor, selectors.EVENT_WRITE, self._out.flush)
        if self._input:
            watch(self._input.descriptor, selectors.EVENT_WRITE, self._input.flush)
        elif self._input.closing and not self._input.broken:
            os.close(self._input.descriptor)
            self._input.broken = True
        if len(self._out) < _BACKLOG_BYTES:
            for name, reader in self._outputs.items():
                if not reader.ended:
                    watch(reader.descriptor, selectors.EVENT_READ, partial(self._relay, name))

    def _listen(self) -> None:
        for line in self._control.read():
            self._obey(line)
        if self._control.ended:
            self._end("parent")

    def _obey(self, line: bytes) -> None:
        if not line:
            return
        message = json.loads(line)
        if "line" in message:
            self._input.put(message["line"].encode() + b"\n")
        elif "close" in message:
            self._input.closing = True
        elif "kill" in message:
            self._end(message["kill"])

    def _relay(self, name: str) -> None:
        for line in self._outputs[name].read():
            if self._sink is not None:
                os.write(self._sink, line + b"\n")
            else:
                self._out.put_message({name: line.decode(errors="replace")})
        if self._flooded:
            self._end("output")

    def _drain(self) -> None:
        """What the child wrote before it ended; every writer is gone, so this comes to the pipes' end."""
        deadline = time.monotonic() + _DRAIN_S
        for name, reader in self._outputs.items():
            while not reader.ended and not self._flooded and time.monotonic() < deadline:
                self._relay(name)
        self._out.flush()

    @property
    def _flooded(self) -> bool:
        limit = self._limits.get("output_bytes")
        return bool(limit) and self._output_bytes() > limit

    def _output_bytes(self) -> int:
        return sum(reader.bytes_read for reader in self._outputs.values())

    def _report(self, code: int, *, error: str = "", survivors: int = 0) -> None:
        end = self._meter.report(time.monotonic()) | {
            "rc": code,
            "killed_for": self._killed_for,
            "error": error,
            "survivors": survivors,
            "output_bytes": self._output_bytes(),
        }
        self._out.put_message({"end": end})
        if not self._out.broken:
            os.set_blocking(self._out.descriptor, True)
            self._out.flush()


def _handle(pid: int) -> int | None:
    """A descriptor that wakes us when the child ends; without one the next sample notices."""
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        return None


def _open_sink(path: str | None) -> int | None:
    """The file that takes the child's output, made anew and never followed through a link."""
    if not path:
        return None
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _exit_code(status: int) -> int:
    """The exit code as a shell says it: 128 and the signal's number where one ended the process."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
