"""kill -9 at random: the skeleton line comes to the same end as undisturbed, and nothing is left behind.

`OFICINA_KILLS` says how often (15), `OFICINA_SEED` repeats a run.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from line_factory import Paths
from skeleton_line import CONTRACTS
from tally import ORPHANS, REPEATED, TWICE, Tally

from jobs.launcher import procfs
from store.backlog import Backlog
from store.clock import RandomTokens, SystemClock
from store.database import Database

KILLS = int(os.environ.get("OFICINA_KILLS", "15"))
SEED = int(os.environ.get("OFICINA_SEED", str(random.SystemRandom().randrange(1 << 30))))
SCRIPT = Path(__file__).with_name("skeleton_line.py")
LIMIT_S = 60.0
TOGETHER = 3
TALLY = Tally()


class Skeleton:
    """One workspace, and the process that runs its line while it is alive."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root = root
        # Children inherit it: it finds all that belongs to this run, wherever it went.
        self.mark = f"TMPDIR={root}".encode()
        self.pid = 0
        self._starter: subprocess.Popen[str] | None = None

    def _script(self, *options: str) -> subprocess.Popen[str]:
        env = {**os.environ, "TMPDIR": str(self.root)}
        # What is killed could not report its coverage anyway.
        env.pop("COVERAGE_PROCESS_CONFIG", None)
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), str(self.root), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )

    def start(self) -> None:
        """Start the line in a process of its own."""
        self._starter = self._starter or self._script("--again")
        assert self._starter.stdin is not None
        self._starter.stdin.write("\n")
        self._starter.stdin.flush()
        self.pid = int(self._said("started").split()[1])

    def wait_ready(self) -> None:
        self._said("ready")

    def _said(self, word: str) -> str:
        assert self._starter is not None
        assert self._starter.stdout is not None
        for line in self._starter.stdout:
            if line.startswith(word):
                return line
        raise AssertionError(f"the line never said {word}")

    def kill(self) -> None:
        """kill -9, and wait until nothing of it is left."""
        os.kill(self.pid, signal.SIGKILL)
        with TALLY.holds(ORPHANS):
            wait_until(lambda: not self.left())

    def close(self) -> None:
        if self._starter is not None:
            self._starter.communicate()
            self._starter = None

    def children(self) -> list[procfs.Stat]:
        """Everything below the line's process: keepers and steps."""
        return [stat for stat in procfs.descendants(self.pid) if not stat.zombie]

    def left(self) -> list[int]:
        """Processes of this run that live."""
        starter = self._starter.pid if self._starter else 0
        alive = [stat.pid for stat in procfs.all_stats() if not stat.zombie and stat.pid != starter]
        return [pid for pid in alive if self._ours(pid)]

    def _ours(self, pid: int) -> bool:
        try:
            return self.mark in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False

    def produce(self, n: int) -> None:
        """Another process's commit: one more saga."""
        db = Database.open(Paths(self.root).store, by="driver", clock=SystemClock())
        try:
            backlog = Backlog(db, CONTRACTS, SystemClock(), RandomTokens(), random.Random())
            backlog.produzir(
                {"tipo": "pedir", "contexto": {"n": n}, "chave": f"pedido-{n}"}, produtor="humano"
            )
        finally:
            db.close()

    @property
    def ledger(self) -> list[int]:
        """What was delivered, in order."""
        path = self.root / "alvo" / "ledger"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def items(self) -> list[dict[str, Any]]:
        db = Database.open(Paths(self.root).store, by="driver", clock=SystemClock(), readonly=True)
        try:
            return list(db.all("backlog_items"))
        finally:
            db.close()

    def finish(self) -> None:
        """Run undisturbed until everything is done."""
        self.close()
        (self.root / "finish").touch()
        process = self._script()
        process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0
        wait_until(lambda: not self.left())


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def saga_ends(items: list[dict[str, Any]]) -> dict[int, Counter[tuple[Any, ...]]]:
    """What came of each saga, without what may differ: ids, times, attempts, the questions about losses."""
    ends: dict[int, Counter[tuple[Any, ...]]] = {}
    for item in items:
        if not asked(item):
            n = item["contexto"]["n"]
            result = {
                name: value for name, value in (item["resultado"] or {}).items() if (name, value) != ("n", n)
            }
            end = (item["tipo"], item["chave"].rpartition(":")[2], item["status"], *sorted(result.items()))
            ends.setdefault(n, Counter())[end[:1] + end[2:] if item["tipo"] == "pedir" else end] += 1
    return ends


def asked(item: dict[str, Any]) -> bool:
    """Whether it is a question that losses raised, and not work."""
    return bool(item["tipo"].startswith("resolver_"))


@pytest.mark.slow
def test_random_kills_change_nothing_in_the_end(tmp_path: Path) -> None:
    sys.stdout.write(f"\n{KILLS} kills, seed {SEED}\n")
    undisturbed, killed = Skeleton(tmp_path / "undisturbed"), Skeleton(tmp_path / "killed")
    undisturbed.produce(0)
    undisturbed.finish()
    wanted = saga_ends(undisturbed.items())[0]

    with TALLY.told("looks at a killed line"):
        sagas = kill_at_random(killed, random.Random(SEED))
        killed.finish()
        judge(killed, sagas, wanted)
    items = killed.items()
    ends = Counter(one["fim_motivo"] for item in items for one in item["tentativas"])
    sys.stdout.write(f"{sagas} sagas, {len(items)} items, attempts: {dict(ends)}\n")
    assert ends["perdido"] or KILLS < 15, "the kills hit nothing"


def judge(killed: Skeleton, sagas: int, wanted: Counter[tuple[Any, ...]]) -> None:
    """Each saga came to an undisturbed one's end, by work and effects that were done once."""
    items = killed.items()
    assert saga_ends(items) == dict.fromkeys(range(sagas), wanted)
    with TALLY.holds(REPEATED, sagas):
        assert sorted(killed.ledger) == list(range(sagas)), "an effect was lost or repeated"
    with TALLY.holds(TWICE, len(items)):
        assert not list((killed.root / "travas").glob("overlap-*")), "an item was worked on twice at once"
        for item in items:
            if not asked(item):
                check_attempts(item)
    assert list(Paths(killed.root).attempts.iterdir()) == []


def kill_at_random(skeleton: Skeleton, rng: random.Random) -> int:
    """Kill the line, now and then a keeper or a step of it first; returns how many sagas it has then."""
    produced = 0
    for _ in range(KILLS):
        # Few at a time, so that the kills find work of every kind, effects above all.
        while produced - len(skeleton.ledger) < TOGETHER:
            skeleton.produce(produced)
            produced += 1
        begun = time.monotonic()
        skeleton.start()
        if rng.random() < 0.1:
            time.sleep(rng.random() * 0.2)  # somewhere while it starts
        else:
            skeleton.wait_ready()
            # A busy machine is slow at everything: what it took to start says how long a step takes.
            time.sleep(rng.random() * 4 * (time.monotonic() - begun))
        if rng.random() < 0.2:
            kill_one_child(skeleton, rng)
            time.sleep(rng.random() * 0.1)
        skeleton.kill()
    return produced


def kill_one_child(skeleton: Skeleton, rng: random.Random) -> None:
    children = skeleton.children()
    if children:
        chosen = rng.choice(children)
        try:
            os.kill(chosen.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def check_attempts(item: dict[str, Any]) -> None:
    """One attempt after the other, each with its end, and exactly one of them handed in the result."""
    attempts = item["tentativas"]
    assert all(one["fim"] for one in attempts)
    assert [one["numero"] for one in attempts] == list(range(1, len(attempts) + 1))
    assert all(before["fim"] <= after["inicio"] for before, after in pairwise(attempts))
    assert len({one["token"] for one in attempts}) == len(attempts)
    assert sum(one["fim_motivo"] == "concluido" for one in attempts) == 1
