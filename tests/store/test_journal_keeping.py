"""check and export: for the owner who wants to know, or to take it along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from journal_kit import SMALL, journal, open_small, put_pairs

from store.database import Database, Report, check, export
from store.errors import StoreError
from store.journal.files import ARCHIVE, EVENTS, install
from store.journal.sealed import write_segment


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


def test_a_whole_store(path: Path, tmp_path: Path) -> None:
    report = _check(path)
    assert report.ok
    assert (report.seq, report.events, report.archived, report.notes) == (10, 4, 2, [])
    assert report.documents == {"arquivados": 2, "itens": 8, "notas": 8}
    with pytest.raises(StoreError, match="there is no store here"):
        _check(tmp_path / "nowhere")


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


def test_check_tells_of_history_that_is_gone(path: Path) -> None:
    put_pairs(db := open_small(path), 10, 10)
    db.close()
    Database.compact(path, collections=SMALL)
    put_pairs(db := open_small(path), 11, 11)
    db.close()
    first, second = sorted(path.glob("events-*"))
    kept = {file: file.read_bytes() for file in (first, second)}
    for gone, numbers in ((first, "1 to 5"), (second, "6 to 11")):
        gone.unlink()
        assert _check(path).problems == [f"{gone}: missing: the history of {numbers} is gone"]
        gone.write_bytes(kept[gone])
    assert _check(path).ok


def test_a_compaction_without_events_leaves_no_gap(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    with db.transaction() as tx:
        tx.insert("notas", {"n": 1})
    Database.compact(path, collections=SMALL)
    assert [file.name for file in path.glob("events-*")] == ["events-000000000001.jsonl"]
    assert list(db.history()) == list(db.history(newest_first=True)) == []
    put_pairs(db, 1, 1)
    Database.compact(path, collections=SMALL)
    assert len(list(db.history(since_seq=0))) == 1
    db.close()
    assert _check(path).ok


def test_check_looks_at_the_rest_beside_what_a_newer_program_wrote(path: Path) -> None:
    file = path / "snapshot.json"
    file.write_bytes(file.read_bytes().replace(b"oficina-store/1", b"oficina-store/2", 1))
    events = path / "events-000000000001.jsonl"
    events.write_bytes(events.read_bytes().replace(b'"seq":', b'"seq" :', 1))
    report = _check(path)
    assert len(report.problems) == 2
    assert "a newer oficina wrote this (format oficina-store/2" in report.problems[0]
    assert str(events) in report.problems[1]


def test_check_survives_sealed_lines_that_no_program_of_ours_wrote(path: Path) -> None:
    for kind, line in ((EVENTS, {"x": 1}), (ARCHIVE, {"seq": "x"}), (EVENTS, {"seq": 1, "events": 7})):
        install(write_segment(path, kind, 1, 6, [line]))
        assert any(kind in problem for problem in _check(path).problems)


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
