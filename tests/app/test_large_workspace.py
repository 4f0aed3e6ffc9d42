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
from typing import Any

import pytest
from bare_app import READY
from timed_terminal import ROOT, TimedTerminal, unmeasured

from app.wiring import enter
from jobs.workspace import init_workspace
from store.clock import RandomTokens, SystemClock
from store.database import Database
from store.documents import complete

pytestmark = pytest.mark.slow

ITEMS, BATCH = 100_000, 2_000
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(made.state))
        paths = init_workspace(made.root, RandomTokens())
        enter(made.root)
    base = ended(SystemClock().now())
    db = Database.open(paths.store, by="test", clock=SystemClock(), durable=False)
    for start in range(0, ITEMS, BATCH):
        with db.transaction() as tx:
            for number in range(start, start + BATCH):
                spec = f"spec_{number % 700:03d}"
                named = {"titulo": f"Develop {spec} part {number}", "spec_ref": spec}
                tx.insert("backlog_items", {**base, **named, "saga_id": f"saga-{number // 8}"})
    db.close()
    Database.compact(paths.store)
    return made


def ended(now: str) -> dict[str, Any]:
    """An item that nobody works on any more."""
    return complete(
        "backlog_items",
        {
            "tipo": "desenvolvimento",
            "titulo": "x",
            "status": "Concluido",
            "ator": "PROMETHEUS",
            "produtor": "MS_Produto",
            "contexto": {"spec_ref": "x", "spec_versao": 1, "spec_recursos_ref": "REC-0001"},
            "saga_id": "s",
            "request_id": "r",
            "contrato_versao": "1-000000000000",
            "criado_em": now,
            "atualizado_em": now,
        },
    )


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
