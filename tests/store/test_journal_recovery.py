"""The recovery table: what is repaired, what is set aside, what is refused with nothing changed."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from journal_kit import SMALL, journal, open_small, pairs, put_pairs, reopened_pairs

from store.database import Database, check
from store.errors import StoreCorrupt, StoreError
from store.journal.lines import claimed_checksum, seal, unseal
from store.journal.repair_plan import plan_repair

EVERY = bool(os.environ.get("OFICINA_STORE_STATES"))
"""Every bit and every byte, instead of one bit of each byte and each seventh byte."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with six transactions, closed."""
    db = open_small(tmp_path / "store", durable=True)
    put_pairs(db, 1, 6)
    db.close()
    return tmp_path / "store"


def _torn(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted(path.glob("torn-*"))]


def _refused(path: Path, match: str = "store") -> str:
    """The store can't be opened, and not one byte of it changed."""
    before = {file.name: file.read_bytes() for file in path.iterdir() if file.name != "lock"}
    with pytest.raises(StoreCorrupt, match=match) as reason:
        open_small(path).close()
    assert {file.name: file.read_bytes() for file in path.iterdir() if file.name != "lock"} == before
    assert str(path) in str(reason.value)
    return str(reason.value)


def test_truncation_at_every_byte_of_the_last_record(path: Path) -> None:
    file = journal(path)
    raw = file.read_bytes()
    start = raw.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(start, len(raw) + 1):
        file.write_bytes(raw[:cut])
        for torn in path.glob("torn-*"):
            torn.unlink()
        numbers, recovered = reopened_pairs(path)
        whole = cut >= len(raw) - 1
        assert numbers == ([1, 2, 3, 4, 5, 6] if whole else [1, 2, 3, 4, 5])
        assert len(recovered) == (0 if cut in (start, len(raw)) else 1)
        assert _torn(path) == ([] if whole or cut == start else [raw[start:cut]])
        if whole:
            assert file.read_bytes() == raw
        db = open_small(path)
        assert db.recovered == []
        put_pairs(db, 7, 7)
        assert pairs(db)[-1] == 7
        db.close()


def test_truncation_at_every_byte_of_the_journal(path: Path) -> None:
    """What is whole before the cut is there, in order and no more; a cut header is refused."""
    file = journal(path)
    raw = file.read_bytes()
    ends = [place + 1 for place, byte in enumerate(raw) if byte == ord("\n")]
    cuts = range(0, len(raw), 1 if EVERY else 7)
    for cut in cuts:
        file.write_bytes(raw[:cut])
        if cut < ends[0]:
            assert "byte 0" in _refused(path)
            continue
        # A transaction whose newline alone is missing is whole.
        whole = sum(end <= cut + 1 for end in ends) - 1
        assert reopened_pairs(path)[0] == list(range(1, whole + 1))
        for torn in path.glob("torn-*"):
            torn.unlink()
    sys.stdout.write(f"cut at {len(cuts)} bytes\n")


def test_a_damaged_newline_is_put_right(path: Path) -> None:
    file = journal(path)
    raw = file.read_bytes()
    file.write_bytes(raw[:-1] + b"K")
    assert reopened_pairs(path) == (
        [1, 2, 3, 4, 5, 6],
        [f"{file.name}: the newline of transaction 6 restored"],
    )
    assert file.read_bytes() == raw


@pytest.mark.parametrize("length", [2, 512, 5000])
@pytest.mark.parametrize("newline", [b"", b"\n", b'}"\n'])
def test_a_run_of_nuls_is_set_aside(path: Path, length: int, newline: bytes) -> None:
    file = journal(path)
    tail = b'{"seq":7,' + b"\0" * length + newline
    file.write_bytes(file.read_bytes() + tail)
    numbers, recovered = reopened_pairs(path)
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert len(recovered) == 1
    assert f"an unfinished write of {len(tail)} bytes moved to torn-000000000001-" in recovered[0]
    assert _torn(path) == [tail]


def test_several_unsynced_transactions_lose_their_first_block(path: Path) -> None:
    """Nobody was told that any of them was on disk, so all of them may go."""
    file = journal(path)
    raw = file.read_bytes()
    chain = claimed_checksum(raw)
    lines = []
    for seq in (7, 8):
        line, chain = seal(b'{"seq":%d,"ok":6,"put":{"itens":{"%d":{"n":%d}}}' % (seq, seq, seq), chain)
        lines.append(line)
    file.write_bytes(raw + b"\0" * 20 + lines[0][20:] + lines[1])
    assert reopened_pairs(path)[0] == [1, 2, 3, 4, 5, 6]
    assert _torn(path) == [b"\0" * 20 + lines[0][20:] + lines[1]]


def test_a_zeroed_block_in_what_was_acknowledged_is_refused(path: Path) -> None:
    """The next lines say that the lost one had reached the disk: this is no write that was cut off."""
    file = journal(path)
    raw = bytearray(file.read_bytes())
    start = raw.find(b'{"seq":3')
    raw[start + 20 : start + 60] = b"\0" * 40
    file.write_bytes(raw)
    assert "transaction 3 is damaged" in _refused(path)


def test_every_single_bit_flip_is_seen(path: Path) -> None:
    """One bit in every byte of the journal: all six transactions are there, or opening is refused."""
    file = journal(path)
    raw = file.read_bytes()
    db = open_small(path, readonly=True)
    db.close()
    flips = [(offset, bit) for offset in range(len(raw)) for bit in _bits(offset * 5)]
    for offset, bit in flips:
        flipped = bytearray(raw)
        flipped[offset] ^= 1 << bit
        file.write_bytes(flipped)
        try:
            numbers, _ = reopened_pairs(path)
        except StoreCorrupt as reason:
            said = str(reason)
            numbers = None
        if numbers is None:
            assert str(file) in said
            assert file.read_bytes() == flipped
        else:
            assert offset == len(raw) - 1, "only a damaged last newline can be put right"
            assert numbers == [1, 2, 3, 4, 5, 6]
    sys.stdout.write(f"{len(flips)} bits of the journal flipped\n")


def _bits(start: int) -> Sequence[int]:
    return range(8) if EVERY else [start % 8]


def test_every_bit_flip_of_a_snapshot_is_seen(path: Path) -> None:
    Database.compact(path, collections=SMALL)
    file = path / "snapshot.json"
    raw = file.read_bytes()
    flips = [(offset, bit) for offset in range(len(raw)) for bit in _bits(offset * 3)]
    for offset, bit in flips:
        flipped = bytearray(raw)
        flipped[offset] ^= 1 << bit
        file.write_bytes(flipped)
        with pytest.raises(StoreError) as reason:
            open_small(path).close()
        assert str(file) in str(reason.value)
        assert file.read_bytes() == flipped
    sys.stdout.write(f"{len(flips)} bits of the snapshot flipped\n")


def test_lines_removed_swapped_or_edited_are_refused(path: Path) -> None:
    file = journal(path)
    lines = file.read_bytes().splitlines(keepends=True)
    for changed in (
        [*lines[:3], *lines[4:]],
        [*lines[:3], lines[4], lines[3], *lines[5:]],
        [*lines[:3], lines[3].replace(b'"n":3', b'"n":4'), *lines[4:]],
        [*lines[:3], b"\n", *lines[3:]],
        [*lines, b"texto\n"],
        [*lines, b"\n"],
        lines[1:],
        [lines[0].replace(b'"base":1', b'"base":2'), *lines[1:]],
    ):
        file.write_bytes(b"".join(changed))
        _refused(path, match="byte")


def test_a_good_line_with_the_wrong_seq_is_refused(path: Path) -> None:
    file = journal(path)
    raw = file.read_bytes()
    file.write_bytes(raw + seal(b'{"seq":9,"put":{}', claimed_checksum(raw))[0])
    assert "transaction 9 where 7 belongs" in _refused(path)


def test_a_header_of_something_else_is_refused(path: Path) -> None:
    file = journal(path)
    for header in (
        b"",
        b"\n",
        b"{}\n",
        seal(b'{"format":"outro/1"', 0)[0],
        seal(b'{"format":"oficina-store/1","base":7', 0)[0],
    ):
        file.write_bytes(header)
        assert "byte 0" in _refused(path)


def test_missing_pieces_are_refused(path: Path, tmp_path: Path) -> None:
    db = open_small(path)
    db.storage.replica.log.rotate()
    put_pairs(db, 7, 8)
    db.storage.replica.log.rotate()
    put_pairs(db, 9, 9)
    db.close()
    first, middle, _ = sorted(path.glob("journal-*"))
    for missing, said in ((first, "the journal starts at 7"), (middle, "segment 7 ")):
        missing.rename(tmp_path / "gone")
        assert said in _refused(path, match="missing")
        (tmp_path / "gone").rename(missing)
    db = open_small(path)
    assert pairs(db) == list(range(1, 10))
    db.close()


def test_a_snapshot_alone_is_not_a_store(path: Path) -> None:
    Database.compact(path, collections=SMALL)
    journal(path).unlink()
    assert "no journal beside the snapshot" in _refused(path)


def test_a_snapshot_of_another_store_is_refused(path: Path, tmp_path: Path) -> None:
    other = open_small(tmp_path / "other")
    put_pairs(other, 1, 6, text="outra")
    other.close()
    Database.compact(tmp_path / "other", collections=SMALL)
    Database.compact(path, collections=SMALL)
    shutil.copy(tmp_path / "other" / "snapshot.json", path / "snapshot.json")
    assert "does not continue the snapshot" in _refused(path)


def test_a_rotation_that_stopped_before_the_new_segment_goes_on(path: Path) -> None:
    file = journal(path)
    raw = file.read_bytes()
    file.write_bytes(raw + seal(b'{"end":7', claimed_checksum(raw))[0])
    view = open_small(path, readonly=True)
    assert pairs(view) == [1, 2, 3, 4, 5, 6]
    view.close()
    db = open_small(path)
    assert db.recovered == ["segment 7 created after an interrupted rotation"]
    put_pairs(db, 7, 7)
    assert journal(path).name == "journal-000000000007.jsonl"
    db.close()
    assert reopened_pairs(path) == ([1, 2, 3, 4, 5, 6, 7], [])


def test_a_torn_end_marker_is_set_aside(path: Path) -> None:
    file = journal(path)
    file.write_bytes(file.read_bytes() + b'{"end":7,"cr')
    numbers, recovered = reopened_pairs(path)
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert len(recovered) == 1


def test_a_view_leaves_a_torn_tail_where_it_is(path: Path) -> None:
    file = journal(path)
    for tail in (b'{"seq":7,"ts"', b"\0" * 9 + b"\n"):
        raw = file.read_bytes()
        file.write_bytes(raw + tail)
        view = open_small(path, readonly=True)
        assert pairs(view) == [1, 2, 3, 4, 5, 6]
        assert view.recovered == []
        view.close()
        assert file.read_bytes() == raw + tail
        assert check(path, collections=SMALL).notes == [f"{file}: an unfinished write at byte {len(raw)}"]
        file.write_bytes(raw)


def test_a_running_process_recovers_what_another_left(path: Path) -> None:
    db = open_small(path)
    with journal(path).open("ab") as file:
        file.write(b'{"seq":7,"ts"')
    assert pairs(db) == [1, 2, 3, 4, 5, 6], "it may be a write that is under way"
    put_pairs(db, 7, 7)
    assert pairs(db) == list(range(1, 8))
    assert len(db.recovered) == 1
    with journal(path).open("ab") as file:
        file.write(b"\0" * 40 + b"\n")
    assert pairs(db) == list(range(1, 8))
    assert len(db.recovered) == 2, "a line that is no good is believed, and put right, under the lock only"
    db.close()


def test_damage_under_a_running_process_is_refused(path: Path) -> None:
    db = open_small(path)
    with journal(path).open("ab") as file:
        file.write(b"texto\n")
    with pytest.raises(StoreCorrupt, match="transaction 7 is damaged"):
        db.refresh()
    os.truncate(journal(path), 100)
    with pytest.raises(StoreCorrupt, match="shorter than what was read"):
        db.refresh()
    db.close()


def test_torn_files_never_overwrite_each_other(path: Path) -> None:
    for _ in range(3):
        with journal(path).open("ab") as file:
            file.write(b'{"seq"')
        reopened_pairs(path)
    assert _torn(path) == [b'{"seq"'] * 3


def test_a_line_that_is_sealed_but_no_object_is_no_line() -> None:
    line, _ = seal(b'["seq":1', 0)
    assert unseal(line, 0) is None
    assert unseal(b"", 0) is None
    good, _ = seal(b'{"a":1', 5)
    assert unseal(good, 5) is not None
    assert unseal(good, 6) is None


FOREIGN = {
    "a pipe": lambda file: os.mkfifo(file),
    "a link": lambda file: file.symlink_to("/dev/zero"),
    "a directory": lambda file: file.mkdir(),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("name", ["lock", "snapshot.json", "journal"])
@pytest.mark.parametrize("readonly", [True, False])
def test_what_is_no_plain_file_is_neither_followed_nor_waited_for(
    name: str, kind: str, readonly: bool, path: Path
) -> None:
    file = journal(path) if name == "journal" else path / name
    file.unlink(missing_ok=True)
    FOREIGN[kind](file)
    expected = re.escape(f"{file}: a link, a pipe, a device or a directory")
    with pytest.raises(StoreCorrupt, match=expected):
        open_small(path, readonly=readonly).close()
    if name != "lock":
        assert any("a link, a pipe" in problem for problem in check(path, collections=SMALL).problems)
        with pytest.raises(StoreCorrupt, match=expected):
            plan_repair(path, collections=SMALL)
        assert not list(path.glob("before-repair-*"))


def test_every_line_of_a_snapshot_has_an_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.journal.snapshot.LONGEST_LINE", 1 << 12)
    Database.compact(path, collections=SMALL)
    file = path / "snapshot.json"
    file.write_bytes(file.read_bytes().splitlines(keepends=True)[0] + b"x" * (1 << 13))
    assert "snapshot.json: a line is longer than" in _refused(path)


def test_a_document_that_could_not_be_read_again_is_not_compacted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.journal.snapshot.LONGEST_LINE", 40)
    with pytest.raises(StoreError, match="nothing is compacted"):
        Database.compact(path, collections=SMALL)
    monkeypatch.undo()
    open_small(path).close()


def test_a_snapshot_s_first_line_has_an_end(path: Path) -> None:
    with (path / "snapshot.json").open("wb") as file:
        file.truncate(64 << 30)
    with pytest.raises(StoreCorrupt, match="the header can't be read"):
        open_small(path, readonly=True)
