"""Death at any instant: nothing acknowledged is lost, nothing is half there, and the store goes on."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from journal_faults import PowerLoss, die_at
from journal_kit import SMALL, open_small, python
from tally import HALF, LOST, Tally

from store.database import Database, check

KILLS = int(os.environ.get("OFICINA_STORE_KILLS", "8"))
STATES = int(os.environ.get("OFICINA_STORE_STATES", "0"))
"""States of a disk after the power went; 0: two of each moment of one run."""
KEEP = 5
TALLY = Tally()
A_STORE = 40
"""Kills of one store: all that it holds is compared after each, which takes longer the more there is."""


def numbered(database: Database, n: int, pad: str) -> None:
    """Transaction `n`: a counter and its sum, a document, an event, and the end of an older document."""
    with database.transaction() as tx:
        counter = {"id": "NOT-0001", "n": n, "soma": n * (n + 1) // 2}
        tx.insert("notas", counter) if n == 1 else tx.put("notas", counter)
        item = tx.insert("itens", {"n": n, "pad": pad, "grupo": "g"})
        tx.event({"tipo": "feito", "item_id": item, "n_": n})
        if n > KEEP:
            old = f"ITM-{n - KEEP:04d}"
            tx.archive("itens", old, {"fim": "x"}) if n % 2 else tx.delete("itens", old)


def script(path: Path, acknowledged: Callable[[int], None]) -> None:
    """Twelve transactions over several segments, with a compaction half way and one at the end."""
    database = open_small(path, segment_bytes=1500, durable=True)
    start = (database.get("notas", "NOT-0001") or {"n": 0})["n"]
    for n in range(start + 1, start + 13):
        numbered(database, n, "x" * 700 if n % 3 == 0 else "")
        acknowledged(n)
        if n % 6 == 0:
            Database.compact(path, collections=SMALL)
    database.close()


def verify(path: Path, acknowledged: int) -> int:
    """Open after a crash: all up to some n >= acknowledged is there, whole, and the store takes commits."""
    database = open_small(path)
    n = (database.get("notas", "NOT-0001") or {"n": 0})["n"]
    with TALLY.holds(LOST):
        assert n >= acknowledged
    with TALLY.holds(HALF):
        verify_whole(database, n)
    numbered(database, n + 1, "")
    database.close()
    # What an interrupted compaction left must not lead the next one astray.
    Database.compact(path, collections=SMALL)
    again = open_small(path)
    assert again.recovered == []
    assert again.get("notas", "NOT-0001")["n"] == n + 1
    assert [event["n_"] for event in again.history()] == list(range(1, n + 2))
    again.close()
    return n


def verify_whole(database: Database, n: int) -> None:
    """Every transaction up to `n` with all that it did, none after it with anything."""
    assert [item["n"] for item in database.all("itens")] == list(range(max(1, n - KEEP + 1), n + 1))
    assert [event["n_"] for event in database.history()] == list(range(1, n + 1))
    assert [event["n_"] for event in database.history(newest_first=True)] == list(range(n, 0, -1))
    for gone in range(max(1, n - KEEP - 20), n - KEEP + 1):
        document = database.archived(f"ITM-{gone:04d}")
        assert (document or {}).get("n") == (gone if (gone + KEEP) % 2 else None)


def _dying(path: Path, count: int, mode: str) -> tuple[int, str | None]:
    """Run the script in a child that dies at a call: what was acknowledged, and the call (None: it lived)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            die_at(count, mode, lambda text: os.write(writing, f"{text}\n".encode()))
            script(path, lambda n: os.write(writing, b"%d\n" % n))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        lines = said.read().split()
    os.waitpid(child, 0)
    numbers = [int(line) for line in lines if not line.startswith("@")]
    died = [line[1:] for line in lines if line.startswith("@")]
    return max(numbers, default=0), died[0] if died else None


@pytest.fixture(autouse=True)
def _told(request: pytest.FixtureRequest) -> Iterator[None]:
    with TALLY.told(f"states after {request.node.originalname.removeprefix('test_').replace('_', ' ')}"):
        yield


@pytest.mark.parametrize("mode", ["before", "half", "after"])
def test_death_at_every_call_that_changes_the_disk(tmp_path: Path, mode: str) -> None:
    seen: set[str] = set()
    # A part of the calls for each mode in a normal run; all of them when more kills are asked for.
    step = 1 if KILLS > 100 else 3
    count = 1 + ["before", "half", "after"].index(mode) % step
    while True:
        path = tmp_path / f"store-{count}"
        acknowledged, call = _dying(path, count, mode)
        if call is None:
            break
        seen.add(call)
        verify(path, acknowledged)
        count += step
    sys.stdout.write(f"death {mode} {count // step} calls\n")
    assert len(seen & {"pwrite", "fsync", "fdatasync", "rename", "unlink"}) >= 3


def test_a_power_loss_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed, states = int(os.environ.get("OFICINA_SEED", str(random.randrange(1 << 30)))), 0
    path = tmp_path / "store"
    path.mkdir()
    disk = PowerLoss(path)

    def acknowledged(n: int) -> None:
        disk.acknowledged = n
        disk.remember()

    with monkeypatch.context() as patch:
        disk.install(patch)
        script(path, acknowledged)
    chance = random.Random(seed)
    while not states or states < STATES:
        for moment in range(len(disk.moments)):
            # What is certain is the same each time, so it is looked at once; all else is drawn.
            for dice in (None, chance) if states < 2 * len(disk.moments) else (chance,):
                target = tmp_path / "state"
                verify(target, disk.rebuild(moment, target, dice))
                shutil.rmtree(target)
                states += 1
    sys.stdout.write(f"power lost in {states} states, of {len(disk.moments)} moments, seed {seed}\n")
    disk.close()


_ENDLESS = """
    import os
    from pathlib import Path
    from journal_kit import SMALL, open_small
    from store.database import Database
    from test_journal_crash import numbered

    path = Path(sys.argv[1])
    database = open_small(path, segment_bytes=20_000, durable=True)
    n = (database.get("notas", "NOT-0001") or {"n": 0})["n"]
    os.write(1, b"ready\\n")
    while True:
        n += 1
        numbered(database, n, "é" * (60_000 if n % 17 == 0 else 30))
        os.write(1, b"%d\\n" % n)
        if n % 40 == 0:
            Database.compact(path, collections=SMALL)
"""


def test_kill_9_at_random(tmp_path: Path) -> None:
    seed = int(os.environ.get("OFICINA_SEED", str(random.randrange(1 << 30))))
    sys.stdout.write(f"{KILLS} kills, seed {seed}\n")
    chance, acknowledged = random.Random(seed), 0
    for kill in range(KILLS):
        path = tmp_path / f"store-{kill // A_STORE}"
        if kill % A_STORE == 0:
            acknowledged = 0
        with python(_ENDLESS, path) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n", child.stderr.read() if child.stderr else ""
            wanted = chance.randrange(60)
            for line in child.stdout:
                acknowledged = int(line)
                wanted -= 1
                if wanted <= 0:
                    break
            # Not at the acknowledgement itself, but anywhere in the work after it.
            for _ in range(chance.randrange(30_000)):
                pass
            child.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *(int(line) for line in child.stdout if line.endswith("\n"))])
        verify(path, acknowledged)
        if kill % A_STORE == A_STORE - 1 or kill == KILLS - 1:
            assert check(path, collections=SMALL).problems == []
