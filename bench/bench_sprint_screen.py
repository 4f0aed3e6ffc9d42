"""The Sprint screen with 2,000 tasks beside 100,000 items: opening it, a key, a task that was started.

Wanted: it opens in less than 300 ms and a key is answered in less than 50 ms, also while commits come in.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.bench_screens import percentile
from bench.sprint_line import S, SprintStore
from bench.terminal import Terminal

ITEMS, TASKS = 100_000, 2_000
OPENINGS, ROUNDS, CHANGES = 5, 8, 20
SHOWN = b"Parte 3.1"
"""Stands in the tree's first rows."""
KEYS = (b"j", b"k", b"G", b"g", b"h", b"l", b"\x1b[6~", b"g", b"C", b"E", b"/", b"w", b"\x1b", b"\x1b")


def kept_view() -> None:
    """What the line spends on the view: whole at first, then what one change makes of it."""
    with tempfile.TemporaryDirectory() as directory:
        store = SprintStore(Path(directory) / "store", TASKS)
        start = time.perf_counter()
        store.watch.views()
        first = time.perf_counter() - start
        changes = []
        for index in range(CHANGES):
            store.sprints.adicionar_task(S, titulo=f"Mais {index}")
            start = time.perf_counter()
            store.watch.views()
            changes.append(time.perf_counter() - start)
    print(f"view         {TASKS:,} tasks, read whole                {first * 1000:6.1f} ms   n=1")
    print(
        f"view         {TASKS:,} tasks, a task more               {median(changes) * 1000:6.1f} ms p50  "
        f"{percentile(changes, 0.95) * 1000:6.1f} ms p95   n={len(changes)}"
    )


def opening(mode: str) -> None:
    """From the key to the tree on a terminal, the first time and again; then keys in it."""
    first, again, keys = [], [], []
    for _ in range(OPENINGS):
        with (
            tempfile.TemporaryDirectory() as directory,
            Terminal(["-m", "bench.screens_app", mode, str(ITEMS), f"{directory}/store"]) as terminal,
        ):
            terminal.wait_for("S022")
            terminal.drain(3.0)
            first.append(until(terminal, b"2", SHOWN))
            terminal.drain(0.5)
            terminal.press(b"1")
            terminal.drain(0.5)
            again.append(until(terminal, b"2", SHOWN))
            terminal.drain(0.5)
            keys += [pressed(terminal, key) for _ in range(ROUNDS) for key in KEYS]
    for name, times in (("opened first", first), ("opened again", again), ("key to frame", keys)):
        print(
            f"{name:<12} {TASKS:,} tasks, {ITEMS:,} items, {mode:<12} {median(times) * 1000:6.1f} ms p50  "
            f"{percentile(times, 0.99) * 1000:6.1f} ms p99   n={len(times)}"
        )


def pressed(terminal: Terminal, key: bytes) -> float:
    """Seconds until a key is answered. What follows escape too soon would be one key together with it."""
    taken = terminal.press(key)
    terminal.drain(0.3 if key == b"\x1b" else 0.0)
    return taken


def until(terminal: Terminal, key: bytes, text: bytes) -> float:
    """Seconds from a key until a text is drawn."""
    start, seen = time.monotonic(), b""
    os.write(terminal.fd, key)
    while text not in seen:
        seen += terminal.read(10.0)
    return time.monotonic() - start


def main() -> None:
    kept_view()
    opening("sprint")
    opening("sprint-busy")


if __name__ == "__main__":
    main()
