"""check, export and repair: for the owner who wants to know, to take it along, or has edited it by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from journal_kit import SMALL, journal, memory, open_small, pairs, put_pairs, reopened_pairs

from store.database import Database, Report, check, export, repair
from store.errors import StoreBusy, StoreCorrupt, StoreError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with a snapshot, event and archive segments, and three journal segments."""
    path = tmp_path / "store"
    db = open_small(path, segment_bytes=500)
    put_pairs(db, 1, 4)
    with db.transaction() as tx:
        tx.archive("itens", "ITM-0002", {"tipo": "t"})
        tx.archive("notas", "NOT-0002", {"tipo": "n"})
    Database.compact(path, collections=SMALL)
    put_pairs(db, 5, 9)
    db.close()
    assert len(list(path.glob("journal-*"))) >= 3
    return path


def _check(path: Path) -> Report:
    return check(path, collections=SMALL)


def _repair(path: Path) -> list[str]:
    return repair(path, collections=SMALL)


def _numbers(path: Path) -> list[int]:
    db = open_small(path)
    numbers = [item["n"] for item in db.all("itens")]
    db.close()
    return numbers


def test_a_whole_store(path: Path, tmp_path: Path) -> None:
    report = _check(path)
    assert report.ok
    assert (report.seq, report.events, report.archived, report.notes) == (10, 4, 2, [])
    assert report.documents == {"arquivados": 2, "itens": 8, "notas": 8}
    with pytest.raises(StoreError, match="there is no store here"):
        _check(tmp_path / "nowhere")
    assert _repair(path) == []
    assert not list(path.glob("before-repair-*"))


def test_check_names_every_problem(path: Path) -> None:
    for name in ("events-000000000001.jsonl", "archive-000000000001.jsonl"):
        file = path / name
        file.write_bytes(file.read_bytes().replace(b'"seq":', b'"seq" :', 1))
    journal(path).write_bytes(b"x\n")
    report = _check(path)
    assert not report.ok
    assert len(report.problems) == 3
    assert all(str(path) in problem for problem in report.problems)


def test_check_compares_documents_with_their_place(path: Path) -> None:
    db = open_small(path)
    with db.transaction() as tx:
        tx.put_number("itens", 1, {"id": "ITM-0007"})
    db.storage.replica.state.next_numbers["notas"] = 1
    db.close()
    assert _check(path).problems == ["itens: document 1 says that it is ITM-0007"]


def test_check_finds_a_segment_without_its_end(path: Path) -> None:
    file = path / "events-000000000001.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    assert _check(path).problems == [f"{file}: the end marker is missing or wrong"]
    assert _repair(path)[-2] == "events-000000000001.jsonl: sealed anew, 0 lines could not be read"
    assert _check(path).ok
    header = file.read_bytes().splitlines(keepends=True)[0]
    file.write_bytes(header)
    assert not _check(path).ok
    _repair(path)
    assert not file.exists()


def test_export_is_plain_json(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    counts = export(path, out, collections=SMALL)
    assert counts == {"itens": 8, "notas": 8, "eventos": 9, "arquivados": 2}
    db = open_small(path)
    read = {file.stem: json.loads(file.read_text()) for file in out.iterdir()}
    assert read["itens"] == list(db.all("itens"))
    assert read["eventos"] == list(db.history())
    assert read["arquivados"] == [db.archived("ITM-0002"), db.archived("NOT-0002")]
    assert len((out / "itens.json").read_text().splitlines()) == 10, "one document a line"
    db.close()
    with pytest.raises(StoreError, match="is not empty"):
        export(path, out, collections=SMALL)


def test_export_of_an_empty_store(tmp_path: Path) -> None:
    open_small(tmp_path / "store").close()
    export(tmp_path / "store", tmp_path / "out", collections=SMALL)
    assert json.loads((tmp_path / "out" / "itens.json").read_text()) == []


def test_export_misses_no_archived_document(path: Path, tmp_path: Path) -> None:
    (path / "archive-000000000001.jsonl").unlink()
    with pytest.raises(StoreError, match="the archived document ITM-0002 is missing"):
        export(path, tmp_path / "out", collections=SMALL)


def test_a_document_that_was_edited_by_hand_is_sealed_anew(path: Path) -> None:
    file = min(path.glob("journal-*"))
    original = file.read_bytes()
    file.write_bytes(original.replace(b'"n":5,"texto":"', b'"n":50,"texto":"editado '))
    with pytest.raises(StoreCorrupt, match="oficina store repair"):
        open_small(path)
    done = _repair(path)
    kept = path / "before-repair-0"
    assert done == [
        "the journal was sealed anew from transaction 6 on",
        f"the files as they were are in {kept}",
    ]
    assert b"editado" in (kept / file.name).read_bytes()
    assert _check(path).ok
    assert _numbers(path) == [1, 3, 4, 50, 6, 7, 8, 9]
    db = open_small(path)
    put_pairs(db, 10, 10)
    assert [event["n_"] for event in db.history()] == list(range(1, 11))
    db.close()


def test_what_follows_an_unreadable_line_is_set_aside(path: Path) -> None:
    files = sorted(path.glob("journal-*"))
    lines = files[1].read_bytes().splitlines(keepends=True)
    files[1].write_bytes(b"".join([lines[0], b"{rabisco\n", *lines[2:]]))
    base = int(files[1].stem.split("-")[1])
    done = _repair(path)
    assert done[0] == f"{files[1].name}: transactions from {base} on can't be read, set aside"
    assert [line for line in done if "does not follow on" in line]
    assert {file.name for file in (path / "before-repair-0").iterdir()} >= {file.name for file in files}
    assert _check(path).ok
    assert _numbers(path) == [n for n in range(1, base - 1) if n != 2]


def test_a_line_that_was_removed_ends_what_can_be_kept(path: Path) -> None:
    file = min(path.glob("journal-*"))
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert "where 6 belongs" in _repair(path)[0]
    assert _numbers(path) == [1, 3, 4]


def test_an_edited_snapshot_is_sealed_anew(path: Path) -> None:
    file = path / "snapshot.json"
    file.write_bytes(file.read_bytes().replace(b'"n":3', b'"n":33'))
    done = _repair(path)
    assert done[0] == "snapshot.json: sealed anew, with 8 documents"
    assert _numbers(path)[:3] == [1, 33, 4]
    assert _check(path).ok
    file.write_bytes(file.read_bytes().replace(b'"n":33', b'"n":,'))
    before = {each.name for each in path.iterdir()}
    with pytest.raises(StoreCorrupt, match=r"line \d+ column"):
        _repair(path)
    assert {each.name for each in path.iterdir()} == before


def test_a_snapshot_alone_becomes_a_store_again(path: Path) -> None:
    for file in path.glob("journal-*"):
        file.unlink()
    assert "before-repair-0" in _repair(path)[-1]
    assert _numbers(path) == [1, 3, 4]
    db = open_small(path)
    put_pairs(db, 5, 5)
    db.close()
    assert _numbers(path) == [1, 3, 4, 5]


def test_damaged_events_keep_what_can_be_read(path: Path) -> None:
    file = path / "events-000000000001.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:2], b"\xff\n", *lines[3:]]))
    done = _repair(path)
    assert "events-000000000001.jsonl: sealed anew, 1 lines could not be read" in done
    assert _check(path).ok
    db = open_small(path)
    assert [event["n_"] for event in db.history()] == [1, 3, 4, 5, 6, 7, 8, 9]
    db.close()


def test_nobody_else_may_be_at_it(path: Path) -> None:
    import fcntl

    journal(path).write_bytes(b"x\n")
    with (path / "compact.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreBusy, match="compacting"):
            _repair(path)


def test_a_torn_tail_is_nothing_to_repair(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store")
    put_pairs(db, 1, 2)
    before = memory(db)
    assert pairs(db) == [1, 2]
    db.close()
    with journal(tmp_path / "store").open("ab") as file:
        file.write(b'{"seq":3')
    assert _repair(tmp_path / "store") == []
    assert reopened_pairs(tmp_path / "store")[0] == [1, 2]
    db = open_small(tmp_path / "store")
    assert memory(db) == before
    db.close()
