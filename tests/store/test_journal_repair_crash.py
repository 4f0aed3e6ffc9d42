"""Death or a power loss during a repair: the store is as damaged as it was, or repaired, and all is kept."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from journal_faults import PowerLoss, die_at
from journal_kit import SMALL, open_small, put_pairs
from tally import HALF, LOST, Tally

from store.database import Database, check
from store.journal.files import METRICS
from store.repairs import plan_repair, repair

STATES = int(os.environ.get("OFICINA_STORE_STATES", "0"))
TALLY = Tally()


def _damaged(path: Path) -> Path:
    """A store with damage in its snapshot, its journal and its events."""
    db = open_small(path, segment_bytes=500)
    put_pairs(db, 1, 4)
    with db.transaction() as tx:
        tx.archive("itens", "ITM-0002", {"tipo": "t"})
    Database.compact(path, collections=SMALL)
    put_pairs(db, 5, 9)
    db.close()
    snapshot, journal = path / "snapshot.json", sorted(path.glob("journal-*"))[1]
    snapshot.write_bytes(snapshot.read_bytes().replace(b'"n":3', b'"n":33', 1))
    for file in (journal, path / "events-000000000001.jsonl"):
        lines = file.read_bytes().splitlines(keepends=True)
        lines[1] = lines[1].replace(b'"seq"', b'"seq', 1)
        file.write_bytes(b"".join(lines))
    (path / METRICS).write_bytes(b"derived\n")
    return path


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _damaged(tmp_path_factory.mktemp("damaged") / "store")


@pytest.fixture(autouse=True)
def _told(request: pytest.FixtureRequest) -> Iterator[None]:
    with TALLY.told(f"states after {request.node.originalname.removeprefix('test_').replace('_', ' ')}"):
        yield


def _fix(path: Path) -> None:
    repair(plan_repair(path, accept_edits=True, collections=SMALL))


def _files(path: Path) -> dict[str, bytes]:
    names = [file for file in path.iterdir() if file.suffix in (".json", ".jsonl") and file.name != METRICS]
    return {file.name: file.read_bytes() for file in names}


def verify(path: Path, before: dict[str, bytes]) -> bool:
    """Nothing that was there is lost; whether the store is repaired: else it is as damaged as it was."""
    copies = [_files(kept) for kept in path.glob("before-repair-*")]
    with TALLY.holds(LOST):
        for name, content in before.items():
            found = [each.get(name) for each in (_files(path), *copies)]
            assert content in found, f"{name} as it was is nowhere"
    with TALLY.holds(HALF):
        whole = check(path, collections=SMALL).ok
        if not whole:
            assert (path / "snapshot.json").read_bytes() == before["snapshot.json"]
            assert all(_files(path)[name] == before[name] for name in before if name.startswith("journal-"))
            _fix(path)
        _as_repaired(path)
    return whole


def _as_repaired(path: Path) -> None:
    database = open_small(path)
    assert [item["n"] for item in database.all("itens")] == [1, 33, 4, 5, 6]
    assert [event["n_"] for event in database.history()] == [2, 3, 4, 5, 6]
    assert (database.archived("ITM-0002") or {})["n"] == 2
    with database.transaction() as tx:
        assert tx.insert("itens", {"n": 10}) == "ITM-0010"
        assert tx.insert("notas", {"n": 10}) == "NOT-0010"
    database.close()
    Database.compact(path, collections=SMALL)
    assert check(path, collections=SMALL).problems == []


def _dying(path: Path, count: int, mode: str) -> str | None:
    """Repair in a child that dies at a call: which one it was (None: it lived)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            plan = plan_repair(path, accept_edits=True, collections=SMALL)

            def say(text: str) -> None:
                os.write(writing, text.encode())

            die_at(count, mode, say)
            repair(plan)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        died = said.read()
    os.waitpid(child, 0)
    return died.removeprefix("@") or None


@pytest.mark.parametrize("mode", ["before", "after"])
def test_death_at_every_call_of_a_repair(tmp_path: Path, damaged: Path, mode: str) -> None:
    before, seen, ends = _files(damaged), set(), set()
    step = 1 if STATES else 3
    count = 1 + ["before", "after"].index(mode) % step
    while True:
        path = shutil.copytree(damaged, tmp_path / f"store-{count}")
        call = _dying(path, count, mode)
        if call is None:
            break
        seen.add(call)
        ends.add(verify(path, before))
        count += step
    sys.stdout.write(f"death {mode} {count // step} calls of a repair\n")
    assert len(seen & {"fsync", "rename", "ftruncate", "unlink"}) >= 3
    assert ends == {True, False}


def test_a_power_loss_during_a_repair(tmp_path: Path, damaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed, states = int(os.environ.get("OFICINA_SEED", str(random.randrange(1 << 30)))), 0
    path = shutil.copytree(damaged, tmp_path / "store")
    before, plan = _files(damaged), plan_repair(path, accept_edits=True, collections=SMALL)
    disk, ends = PowerLoss(path), set()
    disk.settle()
    with monkeypatch.context() as patch:
        disk.install(patch)
        repair(plan)
    chance = random.Random(seed)
    while not states or states < STATES // 25:
        for moment in range(0, len(disk.moments), 1 if STATES else 2):
            # What is certain is the same each time, so it is looked at once; all else is drawn.
            certain = states < 2 * len(disk.moments)
            for dice in (None, chance) if STATES and certain else (chance if moment % 4 else None,):
                target = tmp_path / "state"
                disk.rebuild(moment, target, dice)
                ends.add(verify(target, before))
                shutil.rmtree(target)
                states += 1
    sys.stdout.write(f"power lost in {states} states of a repair, seed {seed}\n")
    assert ends == {True, False}
    disk.close()
