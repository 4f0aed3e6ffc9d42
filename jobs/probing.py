"""One probe or one install of a capability: a real command with the machine as it is, within limits.

A sandbox would hide what is asked for, so these commands see every file; they get named variables only, and
the network only where the definition grants it (`rede`). design.md, "A capability has a probe".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jobs.launcher.orders import Limits, Order, RunReport, named_environment
from jobs.launcher.spawn import run_order
from jobs.performers.commands import named_words
from jobs.performers.places import place_of
from jobs.sandbox import Level, offline

TAIL_LINES = 5
_LONGEST_DETAIL = 1_000

PROBE_LIMITS = Limits(processes=64, output_bytes=1 << 20, tree_mb=1024)
"""A probe only looks: what forks without end or prints without end is ended, and has not passed."""
INSTALL_LIMITS = Limits(output_bytes=64 << 20, file_mb=None)


@dataclass(frozen=True, slots=True)
class ProbeCommand:
    """How a capability is probed: exit code 0 within the time limit means that it is there."""

    argv: Sequence[str]
    cwd: Path
    timeout_s: float = 30.0
    env: Mapping[str, str] = field(default_factory=dict)
    interval_s: float | None = None
    """How often it is run; None leaves that to the line."""
    network: bool = False
    """Whether it may reach the network, where that can be kept from it."""
    files: Mapping[str, str] = field(default_factory=dict)
    """What of `cwd` it is made of, each with the SHA-256 that was approved: what changed since is not run."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a command said: whether it passed, and its last words."""

    passou: bool
    detalhe: str


def approval_name(name: str) -> str:
    """Under which name a part of a capability's command is approved."""
    return f"capabilities.yaml: {name}"


def refused(command: ProbeCommand) -> str:
    """Why a command is not run; empty when it can be."""
    for name in dict.fromkeys([*command.files, *named_words(command.argv, command.cwd)]):
        place = place_of(command.cwd, name)
        if place.problem:
            return f"not run: {place.problem}"
        if place.sha256 != command.files.get(name):
            return f"not run: {name} is not what was approved; `oficina trust` shows the difference"
    return ""


def order_of(command: ProbeCommand, level: Level, limits: Limits = PROBE_LIMITS) -> Order:
    """The command as a keeper runs it: no terminal, nothing to read, a session of its own."""
    return Order(
        argv=command.argv if command.network else offline(command.argv, level),
        cwd=command.cwd,
        # Python's caches would change what of the workspace was approved.
        env=named_environment({"PYTHONDONTWRITEBYTECODE": "1", **command.env}),
        limits=limits.within(wall_s=command.timeout_s),
    )


def verdict(report: RunReport, lines: Iterable[str], timeout_s: float) -> ProbeResult:
    """What a command that ended has said; `lines` are the last ones that it wrote."""
    text = "\n".join(list(lines)[-TAIL_LINES:])[-_LONGEST_DETAIL:]
    if report.ok:
        return ProbeResult(True, text)
    if report.timed_out:
        return ProbeResult(False, f"timed out after {timeout_s:g} s\n{text}".strip())
    over = f"ended: over its limit of {report.killed_for}" if report.killed_for else ""
    reason = report.error or over or f"exit code {report.rc}"
    return ProbeResult(False, f"{reason}\n{text}".strip())


def run_now(
    command: ProbeCommand,
    level: Level,
    *,
    limits: Limits = PROBE_LIMITS,
    on_line: Callable[[str], None] = lambda _: None,
) -> ProbeResult:
    """Run a command under a keeper and wait for its end: for steps and commands, never the line's loop."""
    why_not = refused(command)
    if why_not:
        return ProbeResult(False, why_not)
    lines: deque[str] = deque(maxlen=TAIL_LINES)

    def hear(_: str, line: str) -> None:
        lines.append(line)
        on_line(line)

    return verdict(run_order(order_of(command, level, limits), on_line=hear), lines, command.timeout_s)
