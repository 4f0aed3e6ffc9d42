"""`make torture`: everything that is done to the store and the line to break them, with its figures.

Two lanes run beside each other, since it is sized for two cores. What a part printed is in the directory that
is named at the end. `python tests/torture NAME…` runs only the parts that are named.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SEED = int(os.environ.get("OFICINA_SEED", str(random.SystemRandom().randrange(1 << 30))))
PYTEST = ("-m", "pytest", "-n0", "-q", "-s")
MEMORY = "/dev/shm"
IN_MEMORY = {"TMPDIR": MEMORY} if os.access(MEMORY, os.W_OK) else {}
"""Where what is tested is the order of writes, and not a disk's speed."""
HOSTILE = (
    "tests/app/test_hostile_workspace.py",
    "tests/app/test_hostile_text.py",
    "tests/app/test_vanished_terminal.py",
    "tests/app/test_tui_terminal.py",
    "tests/jobs/test_comando_hostile.py",
    "tests/jobs/test_hostile_trees.py",
    "tests/jobs/test_workspace_hostile.py",
    "tests/jobs/test_spec_hostile.py",
)


@dataclass(frozen=True)
class Part:
    """One thing that is done, as arguments of Python and environment."""

    name: str
    about: str
    arguments: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)


LANES: tuple[tuple[Part, ...], ...] = (
    (
        Part(
            "demo-kills-1",
            "500 kills of whole runs of the demo, with compactions",
            (str(HERE / "demo_kills.py"), "500", str(SEED)),
        ),
        Part(
            "line-kills",
            "500 kills of a line whose effects are counted",
            (*PYTEST, "tests/jobs/test_line_kill.py"),
            {"OFICINA_KILLS": "500"},
        ),
        Part(
            "load",
            "100,000 items and 1,000,000 events: a day of 50 actors, drawn over its 24 hours",
            (str(HERE / "load.py"), "100000", "1000000", str(SEED)),
        ),
    ),
    (
        Part(
            "demo-kills-2",
            "500 kills more, by another seed",
            (str(HERE / "demo_kills.py"), "500", str(SEED + 1)),
        ),
        Part("mutants", "mutants of the store, each to be caught", (str(HERE / "store_mutants.py"),)),
        Part(
            "store",
            "1,000 kills of the store, death at each call, 25,000 states after a power loss, every bit",
            (*PYTEST, "tests/store", "-k", "journal"),
            {"OFICINA_STORE_KILLS": "1000", "OFICINA_STORE_STATES": "25000", **IN_MEMORY},
        ),
        Part(
            "rivals",
            "processes that fight for a workspace, sleep through a take-over, are upgraded under way",
            (*PYTEST, "tests/jobs/test_line_rivals.py", "tests/jobs/test_line_upgraded.py"),
            {"OFICINA_RIVALS": "10"},
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
            (*PYTEST, "tests/torture/test_fuzz_definitions.py"),
            {"OFICINA_FUZZ": "1000"},
        ),
        Part(
            "simulation",
            "10,000 seeds of several processes whose steps are interleaved",
            (*PYTEST, "tests/torture/test_simulated_line.py"),
            {"OFICINA_SEEDS": "10000"},
        ),
    ),
)


def run(part: Part, logs: Path) -> bool:
    """Run one part to its end and say how it went."""
    begin = time.monotonic()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OFICINA_SEED": str(SEED), **part.env}
    log = logs / f"{part.name}.txt"
    with log.open("wb") as file:
        done = subprocess.run(
            [sys.executable, *part.arguments],
            cwd=ROOT,
            env=env,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    verdict = "ok" if done.returncode == 0 else "FAILED"
    took = f"{time.monotonic() - begin:.0f} s"
    print(
        f"{part.name:14} {verdict:7} {took:>7}  {part.about}\n{'':24}  {lines[-1] if lines else ''}",
        flush=True,
    )
    return done.returncode == 0


def main(names: list[str]) -> int:
    """Run the lanes beside each other; 1 when a part failed."""
    logs = Path(tempfile.mkdtemp(prefix="oficina-torture-"))
    print(f"seed {SEED}; what the parts print is in {logs}", flush=True)
    lanes = [[part for part in lane if not names or part.name in names] for lane in LANES]
    with ThreadPoolExecutor(len(lanes)) as pool:
        results = list(pool.map(lambda lane: [run(part, logs) for part in lane], lanes))
    return 0 if all(all(lane) for lane in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
