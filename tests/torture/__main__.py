"""`make torture`: everything that is done to the store and the line to break them, with its figures.

It is sized for two cores, and has three lanes, since what is killed waits as long as it computes: each takes
the next part, the longest first.
What a part printed is in the directory that is named first; the table at the end adds up what they counted
(`tally`). `python tests/torture NAME…` runs only the parts that are named.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from tally import (  # noqa: E402 (found by then)
    FIGURES,
    HANGS,
    LIVED,
    ORPHANS,
    Skipped,
    Told,
    read,
    read_skipped,
)

LANES = 3
STOP = "stop"
"""A file among the logs that ends the parts that run."""
LIMIT_S = 2400.0
"""All of it takes less: a part that takes so long hangs."""
SEED = int(os.environ.get("OFICINA_SEED", str(random.SystemRandom().randrange(1 << 30))))
PYTEST = ("-m", "pytest", "-n0", "-q", "-s", "-p", "outcomes", f"--hypothesis-seed={SEED}")
MEMORY = Path("/dev/shm")
HOSTILE = (
    "tests/app/test_hostile_workspace.py",
    "tests/app/test_hostile_text.py",
    "tests/app/test_vanished_terminal.py",
    "tests/app/test_tui_terminal.py",
    "tests/jobs/test_comando_hostile.py",
    "tests/jobs/test_hostile_trees.py",
    "tests/jobs/test_line_sandbox.py",
    "tests/jobs/test_sandbox_memory.py",
    "tests/jobs/test_workspace_hostile.py",
    "tests/jobs/test_spec_hostile.py",
)
RIVALS = (
    "tests/jobs/test_line_rivals.py",
    "tests/jobs/test_line_upgraded.py",
    "tests/jobs/test_line_clock.py",
    "tests/app/test_old_stores.py",
)


@dataclass(frozen=True)
class Part:
    """One thing that is done, as arguments of Python and environment."""

    name: str
    about: str
    arguments: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    in_memory: bool = False
    """Where what is tested is the order of writes, and not a disk's speed."""

    def place(self) -> Path:
        """A directory of its own for what it writes; it is also in the environment of all its processes."""
        memory = self.in_memory and os.access(MEMORY, os.W_OK)
        return Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=MEMORY if memory else None))


@dataclass(frozen=True)
class Result:
    """How a part went: whether it ended well, what it counted, and what it did not try."""

    ok: bool
    told: list[Told]
    skipped: list[Skipped] = field(default_factory=list)


PARTS = (
    Part(
        "demo-kills-1",
        "500 kills of whole runs of the demo, with compactions",
        (str(HERE / "demo_kills.py"), "500", str(SEED)),
    ),
    Part(
        "load",
        "100,000 items and 1,000,000 events: a day of 50 actors, drawn over its 24 hours",
        (str(HERE / "load.py"), "100000", "1000000", str(SEED)),
    ),
    Part(
        "demo-kills-2",
        "500 kills more, by another seed",
        (str(HERE / "demo_kills.py"), "500", str(SEED + 1)),
    ),
    Part(
        "line-kills",
        "500 kills of a line whose effects are counted",
        (*PYTEST, "tests/jobs/test_line_kill.py"),
        {"OFICINA_KILLS": "500"},
    ),
    Part(
        "store",
        "1,000 kills of the store, death at each call, 25,000 states after a power loss, every bit",
        (*PYTEST, "tests/store", "-k", "journal"),
        {"OFICINA_STORE_KILLS": "1000", "OFICINA_STORE_STATES": "25000"},
        in_memory=True,
    ),
    Part("mutants", "mutants of the store, each to be caught", (str(HERE / "store_mutants.py"),)),
    Part(
        "simulation",
        "3,000 seeds of several processes whose steps are interleaved",
        (*PYTEST, "tests/torture/test_simulated_line.py"),
        {"OFICINA_SEEDS": "3000"},
    ),
    Part(
        "hostile",
        "every trap in a workspace, hostile programs and trees, terminals that vanish",
        (*PYTEST, *HOSTILE),
        {"OFICINA_TRAPS": "all"},
    ),
    Part(
        "fuzz",
        "1,000 examples a parser of what others write",
        (*PYTEST, "tests/torture/test_fuzz_definitions.py", "tests/jobs/test_spec_fuzz.py"),
        {"OFICINA_FUZZ": "1000"},
    ),
    Part(
        "rivals",
        "processes that fight, sleep through a take-over, are upgraded; clocks that jump; old stores",
        (*PYTEST, *RIVALS),
        {"OFICINA_RIVALS": "10"},
    ),
)
"""The longest first: what is short fills the lanes at the end."""


def run(part: Part, logs: Path) -> Result:
    """Run one part to its end and say how it went."""
    begin, place = time.monotonic(), part.place()
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests"), str(HERE)))
    own = {"PYTHONPATH": path, "OFICINA_SEED": str(SEED), "TMPDIR": str(place)}
    log = logs / f"{part.name}.txt"
    with log.open("wb") as file:
        child = subprocess.Popen(
            [sys.executable, *part.arguments],
            cwd=ROOT,
            env={**os.environ, **own, **part.env},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        ended = _wait(child, logs)
    left = _left(f"TMPDIR={place}".encode())
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(place, ignore_errors=True)
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = next((line for line in reversed(lines) if not line.startswith("tally: ")), "")
    ok = ended and child.returncode == 0 and not left
    took = f"{time.monotonic() - begin:.0f} s"
    print(
        f"{part.name:14} {'ok' if ok else 'FAILED':7} {took:>7}  {part.about}\n{'':24}  {last}",
        flush=True,
    )
    whole = [Told(HANGS, int(not ended), 1, "parts"), Told(ORPHANS, len(left), 1, "parts")]
    return Result(ok, read(lines) + whole, read_skipped(lines))


def _wait(child: subprocess.Popen[bytes], logs: Path) -> bool:
    """Whether it ended by itself in time; what hangs, or is not wanted any more, is killed."""
    deadline = time.monotonic() + LIMIT_S
    while child.poll() is None:
        if time.monotonic() > deadline or (logs / STOP).exists():
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return False
        time.sleep(0.2)
    return True


def _left(mark: bytes, time_limit_s: float = 10.0) -> list[int]:
    """The processes of a part that are still there some seconds after its end."""
    deadline = time.monotonic() + time_limit_s
    while (left := [int(path.name) for path in Path("/proc").glob("[0-9]*") if _has(path, mark)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.1)
    return left


def _has(process: Path, mark: bytes) -> bool:
    try:
        return mark in (process / "environ").read_bytes() and b") Z " not in (process / "stat").read_bytes()
    except OSError:
        return False


def print_figures(results: list[Result], minutes: float) -> int:
    """The table of what must be 0: what was there, of how much that was looked at. Returns the sum found."""
    told = [each for result in results for each in result.told]
    total = 0
    print("\nfound  looked at")
    for figure in FIGURES:
        looked: Counter[str] = Counter()
        for each in told:
            if each.figure == figure:
                looked[each.what] += each.looked
        found = sum(each.found for each in told if each.figure == figure)
        total += found
        what = ", ".join(f"{many:,} {name}" for name, many in looked.items())
        print(f"{found if looked else '—':>5}  {figure}: {what or 'not looked at'}")
    lived = [each for each in told if each.figure == LIVED]
    if lived:
        many = sum(each.looked for each in lived)
        print(f"mutants caught: {many - sum(each.found for each in lived)} of {many}")
    print(f"minutes: {minutes:.1f}")
    return total


def print_skipped(results: list[Result]) -> int:
    """What was not tried here, a line a reason; returns how many tests that were."""
    many: Counter[str] = Counter()
    for result in results:
        for each in result.skipped:
            many[each.why] += each.many
    for why, tests in many.items():
        print(f"skipped: {tests:,} {'test' if tests == 1 else 'tests'}: {why}")
    return many.total()


def ending(well: bool, skipped: int, seed: int, logs: Path) -> str:
    """The last line. What was skipped may have had something in it: that all is well is not said of it."""
    if not well:
        return f"NOT well: seed {seed}, see {logs}"
    if skipped:
        return (
            f"all that was tried is well; {skipped:,} {'test was' if skipped == 1 else 'tests were'} skipped"
        )
    return "all is well"


def main(names: list[str]) -> int:
    """Run the parts in lanes beside each other; 1 when one failed, or counted what must not be there."""
    known = [part.name for part in PARTS]
    if unknown := sorted({*names} - {*known}):
        print(f"no part is called {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    begin = time.monotonic()
    logs = Path(tempfile.mkdtemp(prefix="oficina-torture-"))
    print(f"seed {SEED}; what the parts print is in {logs}", flush=True)
    parts = [part for part in PARTS if not names or part.name in names]
    with ThreadPoolExecutor(LANES) as pool:
        going = [pool.submit(run, part, logs) for part in parts]
        try:
            results = [each.result() for each in going]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            (logs / STOP).touch()
            raise
    found = print_figures(results, (time.monotonic() - begin) / 60)
    well = all(result.ok for result in results) and not found
    print(ending(well, print_skipped(results), SEED, logs))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
