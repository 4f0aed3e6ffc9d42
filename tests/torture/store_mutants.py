"""Mutants of the store: each leaves out one thing that keeps commits, and the store's own tests must notice.

`python tests/torture/store_mutants.py [NAME…]` runs them all, or those that are named, and prints who caught
each; it ends with 1 where one lived. A mutant is a copy of `store/` with one text replaced by another.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from tally import LIVED, tell  # noqa: E402 (found by then)

LIMIT_S = 120
"""A mutant's tests take some ten seconds; what a broken lock keeps waiting is caught as a hang."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S+::(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """`old`, which stands once in `file`, becomes `new`; `tests` are the modules that should notice."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ("crash",)


MUTANTS = (
    Mutant(
        "no fdatasync on commit",
        "log.py",
        "self._fsync(os.fdatasync)",
        "pass",
        ("crash", "disk", "transactions"),
    ),
    Mutant(
        "no fsync of a closed segment",
        "log.py",
        "            self._fsync(os.fsync)\n",
        "",
        ("crash", "disk"),
    ),
    Mutant(
        "a failed sync is forgotten",
        "log.py",
        "self.failed = StoreFailed(f",
        "return StoreFailed(f",
        ("disk",),
    ),
    Mutant(
        "no fsync of directories",
        "files.py",
        "        os.fsync(descriptor)\n    finally:",
        "        pass\n    finally:",
    ),
    Mutant("no fsync of what is written aside", "files.py", "            os.fsync(file.fileno())\n", ""),
    Mutant(
        "no checksum",
        "lines.py",
        "if checksum is None or zlib.crc32(line[:-SEAL_LENGTH], previous) != checksum:",
        "if checksum is None:",
        ("recovery",),
    ),
    Mutant(
        "no chain of checksums",
        "lines.py",
        "checksum = zlib.crc32(body, previous)",
        "checksum = zlib.crc32(body, 0)",
        ("recovery",),
    ),
    Mutant(
        "no chain between segments",
        "log.py",
        "if chain is not None and segment.seed != chain:",
        "if False:",
        ("hostile",),
    ),
    Mutant(
        "what is sealed is believed",
        "records.py",
        'return "a line whose events are none"',
        'return ""',
        ("hostile",),
    ),
    Mutant(
        "a torn tail is not cut off",
        "log.py",
        "        os.ftruncate(segment.descriptor, offset)\n        os.fsync(segment.descriptor)\n"
        "        self.recovered",
        "        self._offset += len(rest)\n        self.recovered",
        ("recovery", "crash"),
    ),
    Mutant(
        "a torn tail is not kept aside",
        "recovery.py",
        "        write_all(descriptor, rest, 0)\n",
        "",
        ("recovery",),
    ),
    Mutant(
        "damage is cut off like a torn tail",
        "recovery.py",
        "    return Refuse()",
        "    return SetAside()",
        ("recovery",),
    ),
    Mutant(
        "a half-written line stays when the disk refuses",
        "log.py",
        "                os.ftruncate(descriptor, self._offset)\n",
        "                pass\n",
        ("disk",),
    ),
    Mutant(
        "ids are used again",
        "state.py",
        "            rows.pop(number, None)",
        "            rows.pop(number, None)\n            self.next_numbers[table] = number",
        ("transactions", "crash"),
    ),
    Mutant(
        "the snapshot's name comes before its events'",
        "compaction.py",
        "    for path in aside:\n        install(path)\n",
        "    install(directory / SNAPSHOT)\n    os.sync()\n"
        "    for path in aside:\n        install(path)\n    return\n",
    ),
    Mutant(
        "journal segments go before the snapshot is there",
        "compaction.py",
        "        write_snapshot(directory, merged)\n",
        "        for base in closed:\n            segment_path(directory, JOURNAL, base).rename("
        "directory / f'gone-{base}')\n        write_snapshot(directory, merged)\n",
    ),
    Mutant(
        "a repair replaces what its copies may not hold yet",
        "repairing.py",
        "        os.fsync(new.fileno())\n",
        "",
        ("repair_crash",),
    ),
    Mutant(
        "a repair gives ids out again",
        "repair_plan.py",
        "max(numbers.get(table, 1), highest + 1)",
        "numbers.get(table, 1)",
        ("repair",),
    ),
    Mutant(
        "no lock between processes",
        "lock.py",
        "fcntl.flock(descriptor, kind | fcntl.LOCK_NB)",
        "pass",
        ("transactions", "processes"),
    ),
    Mutant(
        "others' commits are not read first",
        "storage.py",
        "                self._catch_up(locked=True)\n",
        "",
        ("processes", "transactions"),
    ),
    Mutant(
        "an exception undoes nothing",
        "storage.py",
        "                    transaction.rollback()\n",
        "",
        ("transactions",),
    ),
    Mutant(
        "a snapshot's checksum is not compared",
        "snapshot.py",
        '    if f"{checksum:08x}" != claimed:',
        "    if False:",
        ("recovery",),
    ),
)


def mutate(mutant: Mutant, copy: Path) -> None:
    """Change the copy of the store in `copy`."""
    path = copy / "store" / "journal" / mutant.file
    text = path.read_text()
    assert text.count(mutant.old) == 1, (
        f"{mutant.name}: {mutant.file} has its text {text.count(mutant.old)} times"
    )
    path.write_text(text.replace(mutant.old, mutant.new))


def caught_by(mutant: Mutant | None, tests: tuple[str, ...]) -> str:
    """The first test that fails with the mutant (or without one, for None); empty when all pass."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        copy = Path(name)
        for part in ("store", "tests", "seeds"):
            shutil.copytree(
                ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "__snapshots__")
            )
        shutil.copy(ROOT / "pyproject.toml", copy)
        if mutant is not None:
            mutate(mutant, copy)
        modules = [str(copy / "tests" / "store" / f"test_journal_{each}.py") for each in tests]
        env = {**os.environ, "PYTHONPATH": str(copy), "CI": "1"}
        env.pop("COVERAGE_PROCESS_CONFIG", None)
        command = [sys.executable, "-m", "pytest", "-n0", "-x", "-q", "--no-header", *modules]
        child = subprocess.Popen(
            command,
            cwd=copy,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            said, errors = child.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return "a test that hung"
        finally:
            # Whatever a broken store keeps from ending goes with its test.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if child.returncode == 0:
        return ""
    found = _FAILED.search(said)
    if child.returncode != 1 or found is None:
        raise RuntimeError(f"pytest ended with {child.returncode}:\n{said[-2000:]}{errors[-2000:]}")
    return found[1]


def main(names: list[str]) -> int:
    """Run the mutants; 1 when one lived, or when the store that is tested fails without any."""
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    every = tuple(sorted({test for mutant in chosen for test in mutant.tests}))
    if failing := caught_by(None, every):
        print(f"the store itself fails: {failing}")
        return 1
    lived = 0
    for mutant in chosen:
        begin = time.monotonic()
        found = caught_by(mutant, mutant.tests)
        lived += not found
        print(f"{mutant.name:50} {found or 'LIVED'} ({time.monotonic() - begin:.0f} s)", flush=True)
    tell(LIVED, lived, len(chosen), "mutants of the store")
    print(f"mutants caught {len(chosen) - lived} of {len(chosen)}")
    return int(lived > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
