"""Lines that fight for one workspace, as real processes: one runs it, and who wakes late writes nothing.

The simulation has the same by a seed (`tests/torture/simulated_line.py`); here the kernel has its say.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from line_factory import Paths
from skeleton_line import CONTRACTS
from tally import ORPHANS, REPEATED, TWICE, Tally

from jobs.launcher import procfs
from jobs.launcher.identity import Identity, alive
from store.backlog import Backlog
from store.clock import RandomTokens, SystemClock
from store.database import Database, check
from store.errors import StoreBusy

SCRIPT = Path(__file__).with_name("skeleton_line.py")
LIMIT_S = 60.0
ROUNDS = int(os.environ.get("OFICINA_RIVALS", "1"))
TALLY = Tally()


class Rival:
    """One process that wants to run the line."""

    def __init__(self, root: Path) -> None:
        env = {**os.environ, "TMPDIR": str(root)}
        env.pop("COVERAGE_PROCESS_CONFIG", None)
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(root)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, start_new_session=True,
        )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def tree(self) -> list[int]:
        return [self.pid, *(stat.pid for stat in procfs.descendants(self.pid) if not stat.zombie)]

    def signal_all(self, number: signal.Signals) -> None:
        """It and everything below it, as a terminal or a freezer does."""
        for pid in self.tree:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def stands_still(self) -> bool:
        """Whether every thread of it is stopped; one that ended on its way leaves others to be looked at."""
        try:
            return all(b") T " in task.read_bytes() for task in Path("/proc").glob(f"{self.pid}/task/*/stat"))
        except (FileNotFoundError, ProcessLookupError):
            return False

    def lives(self) -> bool:
        """Whether it runs; what it said where it has ended."""
        assert self.process.poll() is None, self.process.communicate()
        return True

    def end(self) -> None:
        self.signal_all(signal.SIGCONT)
        self.signal_all(signal.SIGKILL)
        self.process.communicate()


class Place:
    """A workspace, and the processes in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rivals: list[Rival] = []
        self.ordered = 0
        for name in ("alvo", "travas"):
            (root / name).mkdir(parents=True, exist_ok=True)

    def start(self) -> Rival:
        self.rivals.append(Rival(self.root))
        return self.rivals[-1]

    def order(self, many: int) -> None:
        db = Database.open(Paths(self.root).store, by="driver", clock=SystemClock())
        backlog = Backlog(db, CONTRACTS, SystemClock(), RandomTokens(), random.Random(1))
        for n in range(self.ordered, self.ordered + many):
            backlog.produzir(
                {"tipo": "pedir", "contexto": {"n": n}, "chave": f"pedido-{n}"}, produtor="humano"
            )
        db.close()
        self.ordered += many

    def items(self) -> list[dict[str, Any]]:
        if not list(Paths(self.root).store.glob("journal-*")):
            return []
        db = Database.open(Paths(self.root).store, by="judge", clock=SystemClock(), readonly=True)
        try:
            return [item for item in db.all("backlog_items") if not item["tipo"].startswith("resolver_")]
        finally:
            db.close()

    def at_work(self) -> bool:
        """Whether something is worked on; where all was done before anybody looked, more is ordered."""
        if self.done():
            self.order(1)
        return any(item["status"] == "EmProcessamento" for item in self.items())

    def done(self) -> bool:
        items = self.items()
        return len(items) == 5 * self.ordered and all(item["status"] == "Concluido" for item in items)

    @property
    def delivered(self) -> list[int]:
        path = self.root / "alvo" / "ledger"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def holder(self) -> int:
        """The pid that the lease names; 0 for nobody."""
        try:
            text = Paths(self.root).line_lock.read_text()
            return int(text.partition(":")[2].partition(":")[2].partition('"')[0] or 0)
        except (OSError, ValueError):
            return 0

    def freeze(self, rival: Rival, *, all_of_it: bool) -> None:
        """Stop it outside of a transaction: in one it would hold up everybody, which others test."""
        while True:
            if all_of_it:
                rival.signal_all(signal.SIGSTOP)
            else:
                os.kill(rival.pid, signal.SIGSTOP)
            # In a call of the kernel's it goes on until that returns, perhaps with the lock.
            wait_for(rival.stands_still, "its stop")
            if self._free():
                return
            rival.signal_all(signal.SIGCONT)

    def _free(self) -> bool:
        """Whether nobody is in a transaction; opening may have to wait for one as well."""
        try:
            db = Database.open(Paths(self.root).store, by="looker", clock=SystemClock(), lock_timeout=0.05)
        except StoreBusy:
            return False
        try:
            with db.transaction():
                return True
        except StoreBusy:
            return False
        finally:
            db.close()

    def judge(self) -> None:
        """Every order is delivered once, by items that concluded once; nothing was done twice at a time."""
        wait_for(self.done, "the end of all work")
        with TALLY.holds(REPEATED, self.ordered):
            assert sorted(self.delivered) == list(range(self.ordered)), "an effect was lost or repeated"
        with TALLY.holds(TWICE, 5 * self.ordered):
            self._judge_once()
        assert check(Paths(self.root).store).ok

    def _judge_once(self) -> None:
        assert not list((self.root / "travas").glob("overlap-*")), "worked on twice at once"
        db = Database.open(Paths(self.root).store, by="judge", clock=SystemClock(), readonly=True)
        ends = Counter(
            event["item_id"] for event in db.history(tipo="item.transicao") if event["para"] == "Concluido"
        )
        db.close()
        assert {ends[item["id"]] for item in self.items()} == {1}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "shop")
    with TALLY.told("looks at lines that fought"):
        yield made
        for rival in made.rivals:
            rival.end()
        mark = f"TMPDIR={made.root}".encode()
        with TALLY.holds(ORPHANS):
            wait_for(
                lambda: not [stat.pid for stat in procfs.all_stats() if marked(stat.pid, mark)], "no orphan"
            )


def marked(pid: int, mark: bytes) -> bool:
    try:
        entry = Path(f"/proc/{pid}")
        return mark in (entry / "environ").read_bytes() and b") Z " not in (entry / "stat").read_bytes()
    except OSError:
        return False


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + LIMIT_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} never came"
        time.sleep(0.01)
    return value


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_schedulers_that_fight_for_a_workspace(place: Place, round_: int) -> None:
    """Three start at once; whoever holds the line is killed, and the next one has it."""
    rivals = [place.start() for _ in range(3)]
    place.order(3)
    for _ in range(2):
        holder = wait_for(lambda: next((each for each in rivals if each.pid == place.holder()), None), "one")
        wait_for(place.at_work, "work")
        holder.end()
        rivals.remove(holder)
    place.judge()
    assert place.holder() == rivals[0].pid


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("all_of_it", [True, False])
def test_a_line_that_sleeps_while_its_work_is_taken_over_writes_nothing_when_it_wakes(
    place: Place, round_: int, all_of_it: bool
) -> None:
    """Its lock file is taken from it, as on a disk that forgets locks; its workers sleep too, or go on."""
    old = place.start()
    place.order(4)
    wait_for(place.at_work, "work")
    place.freeze(old, all_of_it=all_of_it)
    Paths(place.root).line_lock.unlink()
    new = place.start()
    wait_for(lambda: new.lives() and place.holder() == new.pid, "the take-over")
    # What the sleeper's living workers hold stays theirs: only when they are gone is it given to another.
    old.signal_all(signal.SIGCONT)
    place.judge()
    assert new.process.poll() is None


def test_a_pid_that_was_recycled_is_another_process() -> None:
    """The same number with another start, and the same start in another boot, are not alive; this one is."""
    child = subprocess.Popen(["sleep", "60"])
    try:
        it = Identity.own()._replace(pid=child.pid, inicio=procfs.start_time(child.pid))
        assert alive(it.document())
        assert not alive(it._replace(inicio=it.inicio - 1).document()), "an earlier one with its number"
        assert not alive(it._replace(boot_id="the boot before").document())
        child.send_signal(signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        assert alive(it.document()), "stopped is not gone"
    finally:
        child.kill()
        child.wait()
    assert not alive(it.document())
