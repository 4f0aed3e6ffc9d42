"""What a keeper is told, and what it tells at the end."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

# What a child may know of our environment; everything else is named by whoever starts it.
# COVERAGE_PROCESS_CONFIG lets the tests see what children run.
_PASSED_NAMES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "COVERAGE_PROCESS_CONFIG")


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one tree of processes; None or 0 leaves one open. A broken one ends the whole tree."""

    wall_s: float | None = None
    cpu_s: float | None = None
    memory_mb: int | None = 4096
    """Address space of each single process: an allocation above it fails at once."""
    tree_mb: int | None = 3072
    """Resident memory of the whole tree, sampled."""
    file_mb: int | None = 256
    files: int | None = 1024
    processes: int | None = 256
    output_bytes: int | None = 16 << 20
    """Standard output and standard error together."""
    nice: int = 5
    """Children give way to the line and its screens."""

    def within(self, **changes: Any) -> Limits:
        """The same limits with some changed."""
        return replace(self, **changes)


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Order:
    """One child: what to run, where, with what environment, input and limits."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = DEFAULT_LIMITS
    stdin: str = ""
    interactive: bool = False
    """Keep the child's standard input open for lines sent later."""
    stdout_path: Path | None = None
    """A file that takes what the child writes, instead of the lines being handed over."""
    grace_s: float = 0.0
    """Seconds that the tree has between SIGTERM and its end, where it is ended on demand or for its time."""
    wrapped: bool = False
    """The child is a sandbox around the work: SIGTERM goes to all that is inside. Else it goes to the child
    and its session: who starts sessions of their own tells them.
    """

    def document(self) -> dict[str, Any]:
        """The order as the keeper reads it."""
        return {
            "argv": [str(part) for part in self.argv],
            "cwd": str(self.cwd),
            "env": dict(self.env),
            "limits": asdict(self.limits),
            "stdin": self.stdin,
            "interactive": self.interactive,
            "stdout_path": str(self.stdout_path) if self.stdout_path else None,
            "grace_s": self.grace_s,
            "wrapped": self.wrapped,
        }


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a child's tree ended and what it used.

    `killed_for` is empty or one of `timeout`, `memory`, `cpu`, `processes`, `output`, `parent` (whoever
    started it went away), `keeper` (the keeper itself was killed) or the reason it was ended on demand.
    """

    rc: int
    timed_out: bool = False
    cpu_s: float = 0.0
    peak_rss_mb: float = 0.0
    ram_gb_s: float = 0.0
    wall_s: float = 0.0
    killed_for: str = ""
    level: str = ""
    """The sandbox's level it ran at: `full`, `limits`, or empty for our own steps."""
    error: str = ""
    """Why it could not be started."""
    output_bytes: int = 0
    survivors: int = 0
    """Processes that could not be ended; 0 but for a broken kernel."""

    @property
    def ok(self) -> bool:
        return self.rc == 0 and not self.killed_for

    @classmethod
    def from_end(cls, end: Mapping[str, Any], level: str = "") -> RunReport:
        """The report in a keeper's last message."""
        return cls(**end, timed_out=end["killed_for"] == "timeout", level=level)

    def usage(self) -> dict[str, float]:
        """`{cpu_s, wall_s, peak_rss_mb, ram_gb_s}`."""
        return {
            "cpu_s": self.cpu_s,
            "wall_s": self.wall_s,
            "peak_rss_mb": self.peak_rss_mb,
            "ram_gb_s": self.ram_gb_s,
        }


KEEPER_LOST = {
    "rc": 137,
    "killed_for": "keeper",
    "error": "",
    "survivors": 0,
    "output_bytes": 0,
    "wall_s": 0.0,
    "cpu_s": 0.0,
    "peak_rss_mb": 0.0,
    "ram_gb_s": 0.0,
}
"""The end of a keeper that never told its own."""


def named_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The few variables that children get, with `extra` on top."""
    passed = {name: os.environ[name] for name in _PASSED_NAMES if name in os.environ}
    return passed | {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0"} | dict(extra or {})


def keeper_argv(python: str) -> list[str]:
    """The command that starts a keeper: isolated, without site-packages, our own root last on its path."""
    root = str(Path(__file__).resolve().parents[2])
    start = f"import sys; sys.path.append({root!r}); from jobs.launcher.keeper import main; sys.exit(main())"
    return [python, "-I", "-S", "-c", start]
