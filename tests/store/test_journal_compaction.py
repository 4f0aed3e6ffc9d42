"""Compaction by another process: a new snapshot, event and archive segments, and nobody who notices."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from pathlib import Path

import pytest
from journal_kit import SMALL, memory, open_small, pairs, put_pairs
from tinydb import TinyDB

from store.clock import FakeClock
from store.database import Commit, Database
from store.errors import StoreCorrupt
from store.journal import compactor


def _names(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir() if "lock" not in file.name)


def test_a_compaction_changes_nothing_that_anybody_reads(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path, segment_bytes=400)
    put_pairs(db, 1, 8)
    with db.transaction() as tx:
        tx.put("itens", {"id": "ITM-0003", "n": 3, "grupo": "g", "status": "s"})
    before = memory(db)
    assert Database.compact(path, collections=SMALL) == 9
    assert _names(path) == ["events-000000000001.jsonl", "journal-000000000010.jsonl", "snapshot.json"]
    assert memory(db) == before
    again = open_small(path)
    assert memory(again) == before
    put_pairs(db, 9, 9)
    assert pairs(again) == list(range(1, 10))
    again.close()
    db.close()


def test_compacting_twice_and_an_empty_store(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    assert Database.compact(path, collections=SMALL) == 0
    assert _names(path) == ["journal-000000000001.jsonl"]
    put_pairs(db, 1, 1)
    assert Database.compact(path, collections=SMALL) == 1
    assert Database.compact(path, collections=SMALL) == 1
    with db.transaction() as tx:
        tx.insert("notas", {"n": 0})
        tx.delete("notas", "NOT-0002")
        tx.put("notas", {"id": "NOT-0001", "n": 1, "mais": True})
    assert Database.compact(path, collections=SMALL) == 2
    events = ["events-000000000001.jsonl", "events-000000000002.jsonl"]
    assert _names(path) == [*events, "journal-000000000003.jsonl", "snapshot.json"]
    db.close()
    again = open_small(path)
    assert pairs(again) == [1]
    again.close()


def test_stock_tinydb_opens_the_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    put_pairs(db, 1, 3)
    with db.transaction() as tx:
        tx.put("itens", {"id": "ITM-0002"})
    Database.compact(path, collections=SMALL)
    stock = TinyDB(path / "snapshot.json", access_mode="r")
    assert [dict(item) for item in stock.table("itens")] == list(db.all("itens"))
    assert len(stock.table("notas")) == 3
    assert len(stock) == 0
    stock.close()
    lines = (path / "snapshot.json").read_text().splitlines()
    assert '"2":{"id":"ITM-0002"},' in lines, "one document a line"
    db.close()


def test_a_process_that_slept_through_compactions_reads_on(tmp_path: Path) -> None:
    path = tmp_path / "store"
    sleeper, worker = open_small(path, segment_bytes=300), open_small(path, segment_bytes=300)
    put_pairs(worker, 1, 2)
    heard: list[Commit] = []
    sleeper.refresh()
    sleeper.subscribe(heard.append)
    put_pairs(worker, 3, 12)
    with worker.transaction() as tx:
        tx.delete("itens", "ITM-0001")
        tx.delete("notas", "NOT-0001")
    Database.compact(path, collections=SMALL)
    put_pairs(worker, 13, 20)
    Database.compact(path, collections=SMALL)
    assert memory(sleeper) == memory(worker)
    [missed] = heard
    assert (missed.seq, missed.by) == (21, "reload")
    assert list(missed.put["itens"]) == [f"ITM-{n:04d}" for n in range(3, 21)]
    assert missed.deleted == {"itens": ["ITM-0001"], "notas": ["NOT-0001"]}
    assert [event["n_"] for event in missed.events] == list(range(3, 21))
    put_pairs(sleeper, 21, 21)
    assert [commit.seq for commit in heard] == [21, 22]
    assert worker.count("itens") == 20
    sleeper.close()
    worker.close()


def test_a_writer_that_slept_through_compactions_writes_on(tmp_path: Path) -> None:
    path = tmp_path / "store"
    sleeper, worker = open_small(path, segment_bytes=300), open_small(path, segment_bytes=300)
    put_pairs(worker, 1, 12)
    Database.compact(path, collections=SMALL)
    put_pairs(sleeper, 13, 13)
    assert pairs(worker) == list(range(1, 14))
    worker.close()
    sleeper.close()


def test_an_open_that_a_compaction_overtakes_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot that was read is old by the time that the journal is listed."""
    path = tmp_path / "store"
    db = open_small(path, segment_bytes=300)
    put_pairs(db, 1, 8)
    from store.journal import replica

    real, overtaken = replica.read_snapshot, []

    def read(directory: Path):
        found = real(directory)
        if not overtaken:
            overtaken.append(True)
            monkeypatch.setattr(replica, "read_snapshot", real)
            Database.compact(path, collections=SMALL)
        return found

    monkeypatch.setattr(replica, "read_snapshot", read)
    again = open_small(path)
    assert overtaken
    assert pairs(again) == list(range(1, 9))
    again.close()
    db.close()


def test_what_wants_to_be_compacted(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path, segment_bytes=1000)
    assert not db.wants_compaction
    n = 0
    while not db.wants_compaction:
        n += 1
        put_pairs(db, n, n)
    assert len(list(path.glob("journal-*"))) >= 2
    Database.compact(path, collections=SMALL)
    assert not db.wants_compaction
    db.close()


def test_only_one_compacts(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    put_pairs(db, 1, 1)
    with (path / "compact.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert Database.compact(path, collections=SMALL) is None
    assert Database.compact(path, collections=SMALL) == 1
    db.close()


def test_damage_is_never_compacted(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path, segment_bytes=300)
    put_pairs(db, 1, 8)
    db.close()
    first = min(path.glob("journal-*"))
    first.write_bytes(first.read_bytes().replace(b'"n":1', b'"n":7'))
    names = _names(path)
    with pytest.raises(StoreCorrupt, match="transaction 1 is damaged"):
        Database.compact(path, collections=SMALL)
    assert [name for name in names if "journal" in name] == [
        name for name in _names(path) if "journal" in name
    ][: len(names)]
    assert not (path / "snapshot.json").exists()


def test_the_compactor_is_a_program(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = Database.open(path, by="test", clock=FakeClock())
    with db.transaction() as tx:
        tx.insert("meta", {"a": 1})
    ran = subprocess.run(
        [sys.executable, "-I", "-m", "store.journal.compactor", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads((path / "snapshot.json").read_text())["meta"] == {"1": {"a": 1, "id": "MET-0001"}}
    db.close()


def test_what_the_compactor_says(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compactor.os, "nice", lambda _: 0)
    monkeypatch.setattr(compactor.signal, "signal", lambda *_: None)
    assert compactor.main([]) == 2
    assert compactor.main([str(tmp_path / "nowhere")]) == 1
    assert compactor.main([str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("usage: python -I -m store.journal.compactor")
    assert "nowhere" in said[1]
    assert said[2] == f"{tmp_path}: there is no store here"


def test_an_archived_document_leaves_a_stub(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db, other = open_small(path), open_small(path)
    put_pairs(db, 1, 3)
    with db.transaction() as tx:
        tx.put("itens", {"id": "ITM-0002", "n": 2, "ultimo": True})
        tx.archive("itens", "ITM-0002", {"tipo": "t", "fim": "Concluido", "saga_id": "s"})
        tx.archive("notas", "NOT-0001", {"tipo": "n", "fim": "", "saga_id": "s"})
    stub = {"id": "ITM-0002", "tipo": "t", "fim": "Concluido", "saga_id": "s"}
    for _ in range(2):
        for database in (db, other):
            assert database.get("itens", "ITM-0002") is None
            assert database.stub("ITM-0002") == stub
            assert database.archived("ITM-0002") == {"id": "ITM-0002", "n": 2, "ultimo": True}
            assert database.archived("NOT-0001") == {"id": "NOT-0001", "n": 1}
            assert database.stub("ITM-0001") is None
            assert database.archived("ITM-0001") is None
        Database.compact(path, collections=SMALL)
    assert (path / "archive-000000000001.jsonl").exists()
    with db.transaction() as tx:
        tx.archive("itens", "ITM-0003", {"tipo": "t"})
    Database.compact(path, collections=SMALL)
    assert db.archived("ITM-0003") == {"id": "ITM-0003", "n": 3, "texto": "olá @ mundo"}
    assert db.archived("ITM-0002")["ultimo"]
    db.close()
    other.close()
