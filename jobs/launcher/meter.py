"""What a tree of processes uses, sampled, and which of its limits it broke. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jobs.launcher.procfs import Stat

_MEGABYTE = 1 << 20
_GIGABYTE = 1 << 30


class Meter:
    """Adds up samples of one tree: CPU seconds, peak of resident memory, and memory over time."""

    def __init__(self, started: float) -> None:
        self._last, self._started = started, started
        self._rss = 0
        self.cpu_s = 0.0
        self.peak_bytes = 0
        self.gigabyte_seconds = 0.0
        self.processes = 0

    def sample(self, now: float, tree: Iterable[Stat], ended_cpu_s: float) -> None:
        """Take in what is alive at monotonic second `now`; `ended_cpu_s` is the CPU time of the reaped."""
        alive = list(tree)
        self.gigabyte_seconds += self._rss * (now - self._last) / _GIGABYTE
        self._last, self._rss = now, sum(stat.rss_bytes for stat in alive)
        self.peak_bytes = max(self.peak_bytes, self._rss)
        self.processes = len(alive)
        # A process that ends between two samples takes its time with it unless someone waited for it.
        self.cpu_s = max(self.cpu_s, ended_cpu_s + sum(stat.cpu_s for stat in alive))

    def close(self, now: float, ended_cpu_s: float, ended_peak_bytes: int) -> None:
        """Take in the end: the reaped processes' own figures count where no sample saw them."""
        self.sample(now, (), ended_cpu_s)
        self.peak_bytes = max(self.peak_bytes, ended_peak_bytes)

    def wall_s(self, now: float) -> float:
        return now - self._started

    def broken_limit(self, now: float, limits: dict[str, Any]) -> str:
        """The limit that is exceeded (`timeout`, `processes`, `memory`, `cpu`), or empty."""
        checks = (
            ("timeout", self.wall_s(now), limits.get("wall_s")),
            # A storm of processes takes memory too: it is told by its cause.
            ("processes", self.processes, limits.get("processes")),
            ("memory", self._rss / _MEGABYTE, limits.get("tree_mb")),
            ("cpu", self.cpu_s, limits.get("cpu_s")),
        )
        return next((name for name, used, limit in checks if limit and used > limit), "")

    def report(self, now: float) -> dict[str, Any]:
        """`{wall_s, cpu_s, peak_rss_mb, ram_gb_s}`, rounded to what a sample can say."""
        return {
            "wall_s": round(self.wall_s(now), 3),
            "cpu_s": round(self.cpu_s, 3),
            "peak_rss_mb": round(self.peak_bytes / _MEGABYTE, 1),
            "ram_gb_s": round(self.gigabyte_seconds, 4),
        }
