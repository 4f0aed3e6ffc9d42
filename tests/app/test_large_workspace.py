"""A workspace after long use, 100,000 items: its screen comes at once, and keys are answered all the time.

What it is measured by is a bare table of Textual's in the same run, with room for a busy machine: these
tests fail when the screen's loop reads, or waits for, what only the line may. `bench/bench_workspace.py` has
the figures.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from bare_app import READY
from timed_terminal import ROOT, TimedTerminal, unmeasured

pytestmark = pytest.mark.slow

ITEMS = 100_000
KEYS = "Gkgj" * 10
OFICINA = ("-c", "import sys; from app.main import main; sys.exit(main(sys.argv[1:]))", "-C")
BARE = str(Path(__file__).with_name("bare_app.py"))
OPENING, LOADED, LISTED = "Opening the store", "running", "100.000 items"
WRITER = """
import sys, time
from pathlib import Path
from store.clock import SystemClock
from store.database import Database

db = Database.open(Path(sys.argv[1]), by="writer", clock=SystemClock())
for number in range(10**9):
    with db.transaction() as tx:
        item = tx.get("backlog_items", f"BKL-{number % 1000 + 50_000}")
        tx.put("backlog_items", {**item, "prioridade": number % 90})
    if not number:
        print("writing", flush=True)
    time.sleep(0.02)
"""


@dataclass(frozen=True)
class Large:
    """The workspace, and where its owner's approvals are."""

    root: Path
    state: Path

    def opened(self) -> TimedTerminal:
        return TimedTerminal(*OFICINA, str(self.root), env={"XDG_STATE_HOME": str(self.state)})


@dataclass(frozen=True)
class Bare:
    """Seconds that a bare table needs, here and now."""

    typical: float
    longest: float

    @property
    def stall(self) -> float:
        """What nothing may take that a key asks for: a second, or more where the machine itself stalls."""
        return max(1.0, 10 * self.longest)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    """All of its items have ended, so that nothing is done; they are in the snapshot, as after a while."""
    made = Large(tmp_path_factory.mktemp("large") / "shop", tmp_path_factory.mktemp("state"))
    command = [sys.executable, str(Path(__file__).with_name("large_shop.py")), str(made.root), str(ITEMS)]
    own = {"PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(made.state)}
    subprocess.run(command, check=True, env=unmeasured() | own)
    return made


@pytest.fixture
def bare() -> Bare:
    with TimedTerminal(BARE) as terminal:
        terminal.wait_for(READY)
        times = [terminal.press(key) for key in KEYS]
    return Bare(median(times), max(times))


@pytest.fixture
def writer(large: Large) -> Iterator[None]:
    """Another process that commits fifty times a second."""
    command = [sys.executable, "-c", WRITER, str(large.root / ".oficina" / "store")]
    process = subprocess.Popen(command, cwd=ROOT, env=unmeasured(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    yield
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_first_frame_waits_for_no_store(large: Large) -> None:
    bare, own = [], []
    for _ in range(3):
        with TimedTerminal(BARE) as terminal:
            bare.append(terminal.wait_for(READY))
        with large.opened() as terminal:
            own.append(terminal.wait_for("Overview"))
            terminal.wait_for(OPENING)
            assert LOADED not in terminal.shown, "it was shown before the store was there"
    assert median(own) < 5 * median(bare)


def test_keys_are_answered_while_the_store_is_loaded(large: Large, bare: Bare) -> None:
    times: list[float] = []
    with large.opened() as terminal:
        terminal.wait_for(OPENING)
        while LOADED not in terminal.shown:
            times += [terminal.press("3"), terminal.press("1")]
    assert len(times) > 2, "so fast that nothing was measured: more items are needed"
    assert max(times) < bare.stall


def test_keys_are_answered_while_another_process_commits(large: Large, bare: Bare, writer: None) -> None:
    with large.opened() as terminal:
        terminal.wait_for(LOADED)
        terminal.press("3")
        terminal.wait_for(LISTED)
        times = [terminal.press(key) for key in KEYS]
    assert median(times) < 15 * bare.typical
    assert max(times) < bare.stall
