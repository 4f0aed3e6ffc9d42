"""What is well sealed and still no store: pieces of another one, lines of anything, files without end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from journal_kit import SMALL, journal, open_small, pairs, put_pairs, python

from store.clock import FakeClock
from store.database import Database, check
from store.errors import StoreCorrupt, StoreError
from store.journal.files import segment_path
from store.journal.lines import claimed_checksum, seal
from store.journal.sealed import SealedFile
from store.journal.snapshot import Snapshot, write_snapshot


def rotated(path: Path, text: str) -> Path:
    """A store with two segments, the second of them from transaction 6 on."""
    db = open_small(path)
    put_pairs(db, 1, 5, text)
    db.storage.replica.log.rotate()
    put_pairs(db, 6, 8, text)
    db.close()
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return rotated(tmp_path / "store", "mine")


def refused(path: Path, match: str) -> None:
    """No one opens, checks or compacts it, and each names the file in one line."""
    for readonly in (True, False):
        with pytest.raises(StoreCorrupt, match=match) as reason:
            open_small(path, readonly=readonly).close()
        assert str(reason.value).isprintable()
    assert any(str(path) in problem for problem in check(path, collections=SMALL).problems)


# -- the chain between segments


@pytest.mark.parametrize("kept", [True, False], ids=["active", "closed"])
def test_a_segment_of_another_store_is_refused(path: Path, tmp_path: Path, *, kept: bool) -> None:
    """Closed by the other store or not: nothing of it is taken in, nor merged."""
    other = rotated(tmp_path / "other", "theirs")
    if not kept:
        db = open_small(other)
        db.storage.replica.log.rotate()
        db.close()
    for file in sorted(other.glob("journal-*"))[1:]:
        shutil.copy(file, path)
    refused(path, r"journal-000000000006\.jsonl: byte 0: does not continue the segment before it")
    with pytest.raises(StoreCorrupt, match="does not continue the segment before it"):
        Database.compact(path, collections=SMALL)
    assert not (path / "snapshot.json").exists()


def test_an_empty_segment_of_another_store_is_not_merged_before(path: Path, tmp_path: Path) -> None:
    """Compaction does not enter the active one: but a snapshot that it does not continue opens no more."""
    for name in ("store", "other"):
        db = (
            open_small(tmp_path / name) if name == "store" else open_small(rotated(tmp_path / name, "theirs"))
        )
        db.storage.replica.log.rotate()
        db.close()
    shutil.copy(journal(tmp_path / "other"), path)
    assert journal(path).name == "journal-000000000009.jsonl"
    with pytest.raises(StoreCorrupt, match=r"000009\.jsonl: byte 0: does not continue the segment before it"):
        Database.compact(path, collections=SMALL)
    assert not (path / "snapshot.json").exists()


def test_a_running_process_refuses_it_too(path: Path, tmp_path: Path) -> None:
    db = open_small(path)
    writer = open_small(path)
    writer.storage.replica.log.rotate()
    writer.close()
    other = open_small(rotated(tmp_path / "other", "theirs"))
    other.storage.replica.log.rotate()
    other.close()
    shutil.copy(journal(tmp_path / "other"), path)
    with pytest.raises(StoreCorrupt, match="does not continue the segment before it"):
        db.refresh()
    db.close()


def test_what_comes_between_is_no_break(path: Path) -> None:
    """A reader that was a segment behind, an interrupted rotation, and a snapshot in the middle."""
    reader = open_small(path, readonly=True)
    db = open_small(path)
    db.storage.replica.log.rotate()
    put_pairs(db, 9, 9)
    assert pairs(reader) == pairs(db)
    db.storage.replica.log.rotate()
    db.close()
    journal(path).unlink()
    again = open_small(path)
    assert again.recovered == ["segment 10 created after an interrupted rotation"]
    put_pairs(again, 10, 10)
    kept = {file.name: file.read_bytes() for file in sorted(path.glob("journal-*"))[:-1]}
    Database.compact(path, collections=SMALL)
    for name, raw in kept.items():
        (path / name).write_bytes(raw)
    put_pairs(again, 11, 11)
    assert pairs(reader) == pairs(again) == list(range(1, 12))
    for each in (reader, again):
        each.close()


# -- what is sealed, and no transaction

LINES = [
    b'{"seq":9,"put":{"itens":{"1":5}}',
    b'{"seq":9,"put":5',
    b'{"seq":9,"put":{"itens":{"x":{}}}',
    b'{"seq":9,"put":{"itens":{"":{}}}',
    b'{"seq":9,"put":{"itens":{"%s":{}}}' % (b"9" * 30),
    b'{"seq":9,"put":{"_meta":{"1":{}}}',
    b'{"seq":9,"put":{"notas":{"1":{"a":NaN}}}',
    b'{"seq":9,"put":{"notas":{"1":{"a":"\\ud800"}}}',
    b'{"seq":9,"put":{"itens":{"1":{"grupo":"a"}}}',
    b'{"seq":9,"put":{"itens":{"1":{"id":"ITM-0001","grupo":"a","em":5}}}',
    b'{"seq":9,"archive":{"itens":[]}',
    b'{"seq":9,"events":7',
    b'{"seq":9,"ts":"","by":"","events":[7]',
    b'{"seq":9,"ts":"","by":"","events":[{"seq":"x"}]',
    b'{"seq":9,"events":[]',
    b'{"seq":9,"next":{"itens":"x"}',
    b'{"seq":9,"del":{"itens":"x"}',
    b'{"seq":9,"del":{"itens":["x"]}',
    b'{"seq":9,"del":[]',
    b'{"seq":9,"ok":"x"',
    b'{"seq":9,"ts":5',
    b'{"seq":true',
    b'{"put":{}',
    b'{"end":"x"',
    b'{"end":9,"x":1',
]


@pytest.mark.parametrize("body", LINES)
def test_a_sealed_line_that_is_no_transaction(path: Path, body: bytes) -> None:
    file = journal(path)
    running = open_small(path, readonly=True)
    raw = file.read_bytes()
    file.write_bytes(raw + seal(body, claimed_checksum(raw) or 0)[0])
    refused(path, "store")
    with pytest.raises(StoreCorrupt):
        running.refresh()
    running.close()


ROWS = [b"5", b"[]", b"{}x", b"nonsense", b'{"a":"\\ud800"}', b"[" * 5000, b'{"grupo":"a"}', b'"\xff"']


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("table", ["itens", "sem_nome"])
def test_a_row_of_a_sealed_snapshot_that_is_no_document(path: Path, table: str, row: bytes) -> None:
    if (table, row) == ("sem_nome", b'{"grupo":"a"}'):
        return  # A table without a queue takes any document.
    Database.compact(path, collections=SMALL)
    sealed_snapshot(path, {table: {1: row}})
    refused(path, table)


def sealed_snapshot(path: Path, tables: dict[str, dict[int, bytes]]) -> None:
    """Put a snapshot of these rows in the place of the store's own."""
    meta = json.loads((path / "snapshot.json").read_bytes())["_meta"]["1"]
    snapshot = Snapshot(meta["seq"], int(meta["chain"], 16), tables, meta["next"], meta["schemas"])
    write_snapshot(path, snapshot)
    (path / "snapshot.json.tmp").rename(path / "snapshot.json")


@pytest.mark.parametrize("field", ["tipo", "status", "id"])
def test_an_item_without_what_every_reader_needs(tmp_path: Path, field: str) -> None:
    item = dict.fromkeys(("tipo", "status", "titulo", "ator", "criado_em"), "x") | {"id": "BKL-0001"}
    store = tmp_path / "store"
    Database.open(store, by="t", clock=FakeClock()).close()
    raw = journal(store).read_bytes()
    for document, good in ((item, True), ({**item, field: 5}, False)):
        put = json.dumps({"seq": 1, "put": {"backlog_items": {"1": document}}}).encode()[:-1]
        journal(store).write_bytes(raw + seal(put, 0)[0])
        said = check(store).problems
        assert [f"{store}: a document that can't be read: backlog_items 1" in each for each in said] == [
            True
        ][good:], said


@pytest.mark.parametrize("line", [b'{"seq":"x"', b'{"seq":1,"events":5', b'{"seq":1,"document":5', b'{"a":1'])
def test_a_sealed_line_of_an_event_segment_that_is_none(path: Path, line: bytes) -> None:
    Database.compact(path, collections=SMALL)
    file = segment_path(path, "events", 1)
    header = file.read_bytes().splitlines(keepends=True)[0]
    file.write_bytes(header + seal(line, 0)[0])
    assert any(str(file) in problem for problem in check(path, collections=SMALL).problems)
    db = open_small(path, readonly=True)
    with pytest.raises(StoreCorrupt, match="a line"):
        list(db.history())
    db.close()


@pytest.mark.parametrize("field", ["base", "seed", "kind", "schemas"])
def test_a_sealed_header_of_an_event_segment_that_is_none(tmp_path: Path, field: str) -> None:
    file = tmp_path / "events-000000000001.jsonl"
    header = {"format": "oficina-store/1", "kind": "events", "base": 1, "seed": "0" * 8, field: []}
    file.write_bytes(seal(json.dumps(header).encode()[:-1], 0)[0])
    with pytest.raises(StoreCorrupt, match="the header can't be read"):
        SealedFile(file)


# -- files without end


def stretched(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(64 << 30)


def stretched_to_a_newline(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(64 << 30)
        opened.write(b"\n")


def stretched_after_a_bad_line(file: Path) -> None:
    with file.open("ab") as opened:
        opened.write(b"texto\n")
    stretched(file)


_LOOKS = """
    import resource
    from pathlib import Path
    from journal_kit import SMALL, open_small
    from store.database import check
    from store.errors import StoreCorrupt
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    path = Path(sys.argv[1])
    for readonly in (True, False):
        try:
            db = open_small(path, readonly=readonly)
            list(db.history())
        except StoreCorrupt as reason:
            print(reason)
    print(*check(path, collections=SMALL).problems, sep="\\n")
"""


@pytest.mark.parametrize("kind", ["journal", "events"])
@pytest.mark.parametrize("stretch", [stretched, stretched_to_a_newline, stretched_after_a_bad_line])
def test_a_file_without_end_is_named_and_not_read(
    path: Path, kind: str, stretch: Callable[[Path], None]
) -> None:
    Database.compact(path, collections=SMALL)
    file = max(path.glob(f"{kind}-*"))
    stretch(file)
    with python(_LOOKS, path, covered=False) as child:
        out, error = child.communicate()
    assert error == ""
    assert [line.startswith(f"{file}: ") for line in out.splitlines()] == [True] * 3, out
    assert not list(path.glob("torn-*"))


def test_a_line_is_read_whole_however_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.journal.log._BLOCK", 100)
    store = rotated(tmp_path / "store", "long " * 100)
    db = open_small(store)
    assert pairs(db) == list(range(1, 9))
    assert db.recovered == []
    db.close()


def test_no_line_is_written_that_could_not_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = open_small(path)
    monkeypatch.setattr("store.journal.log.LONGEST_LINE", 1000)
    with pytest.raises(StoreError, match="nothing changed: one transaction of more than"):
        put_pairs(db, 9, 9, "x" * 1000)
    put_pairs(db, 9, 9)
    db.close()
    again = open_small(path)
    assert pairs(again) == list(range(1, 10))
    again.close()


@pytest.mark.parametrize(
    "document", [{"tipo": "x"}, {"status": "Pendente"}, {"tipo": 1, "status": "Pendente"}]
)
def test_what_could_not_be_read_again_is_not_written(tmp_path: Path, document: dict[str, object]) -> None:
    with_items = Database.open(tmp_path / "store", by="t", clock=FakeClock(), durable=False)
    with pytest.raises(StoreError), with_items.transaction() as tx:
        tx.insert("backlog_items", document)
    with pytest.raises(StoreError), with_items.transaction() as tx:
        tx.put_number("backlog_items", 7, {"id": "BKL-0009", "tipo": "x", "status": "Pendente"})
    assert (with_items.seq, with_items.count("backlog_items")) == (0, 0)
    with_items.close()
    Database.open(tmp_path / "store", by="t", clock=FakeClock(), durable=False).close()
