"""repair: for the owner who has edited the store by hand, or whose disk lost a part of it."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from journal_kit import NOW, SMALL, journal, memory, open_small, pairs, put_pairs, reopened_pairs

from store.database import Database, check
from store.errors import StoreBusy, StoreCorrupt, StoreError, StoreReadOnly
from store.journal.lines import claimed_checksum, encode, seal
from store.journal.salvage import EDITED
from store.repairs import RepairPlan, plan_repair, repair


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Transactions 1 to 5 in a snapshot, event and archive segments; 6 to 10 in three journal segments."""
    path = tmp_path / "store"
    db = open_small(path, segment_bytes=500)
    put_pairs(db, 1, 4)
    with db.transaction() as tx:
        tx.archive("itens", "ITM-0002", {"tipo": "t"})
        tx.archive("notas", "NOT-0002", {"tipo": "n"})
    Database.compact(path, collections=SMALL)
    put_pairs(db, 5, 9)
    db.close()
    return path


def plan_of(path: Path, *, accept_edits: bool = False) -> RepairPlan:
    """The plan; it changes nothing."""
    before = contents(path)
    try:
        return plan_repair(path, accept_edits=accept_edits, collections=SMALL)
    finally:
        assert contents(path) == before


def repaired(path: Path, *, accept_edits: bool = False) -> list[str]:
    """Plan and repair: what was damaged. The result is sound, what was there is kept, the plan came true."""
    before = contents(path)
    plan = plan_of(path, accept_edits=accept_edits)
    kept = repair(plan)
    assert kept == path / plan.kept
    assert contents(kept) == before
    report = check(path, collections=SMALL)
    assert report.problems == []
    assert (report.seq, report.documents) == (plan.seq, plan.documents)
    assert plan_of(path).ok
    return [str(each) for each in plan.damage]


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir() if file.suffix in (".json", ".jsonl")}


def edit(file: Path, change: Callable[[list[bytes]], object]) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    change(lines)
    file.write_bytes(b"".join(lines))


def state(path: Path) -> tuple[list[int], list[int], list[str]]:
    """Numbers of the items, of the events, and the ids that the next ones get."""
    db = open_small(path)
    numbers, told = [item["n"] for item in db.all("itens")], [event["n_"] for event in db.history()]
    assert told == [event["n_"] for event in db.history(newest_first=True)][::-1]
    assert (db.archived("ITM-0002") or {})["n"] == 2
    with db.transaction() as tx:
        ids = [tx.insert("itens", {"n": 0}), tx.insert("notas", {"n": 0})]
        tx.event({"tipo": "x", "n_": 0})
    db.close()
    Database.compact(path, collections=SMALL)
    db = open_small(path)
    assert [item["n"] for item in db.all("itens")] == [*numbers, 0]
    assert [event["n_"] for event in db.history()] == [*told, 0]
    db.close()
    return numbers, told, ids


def segments(path: Path) -> list[Path]:
    return sorted(path.glob("journal-*"))


def test_a_sound_store_is_left_alone(path: Path, tmp_path: Path) -> None:
    plan = plan_of(path)
    assert (plan.ok, plan.seq, plan.documents["itens"]) == (True, 10, 8)
    assert repair(plan) is None
    assert not list(path.glob("before-repair-*"))
    with pytest.raises(StoreError, match="there is no store here"):
        plan_repair(tmp_path / "nowhere")


def test_an_edited_line_is_taken_only_when_that_is_said(path: Path) -> None:
    file = segments(path)[0]
    original = file.read_bytes()
    file.write_bytes(original.replace(b'"n":5,"texto":"', b'"n":50,"texto":"editado '))
    with pytest.raises(StoreCorrupt, match="oficina store repair"):
        open_small(path)
    plan = plan_of(path)
    assert plan.wants_edits
    assert str(plan.damage[0]) == f"{file.name}:2: transaction 6: {EDITED}; set aside, with all that follows"
    assert plan.documents == {"arquivados": 2, "itens": 3, "notas": 3}
    damage = repaired(path, accept_edits=True)
    assert damage == [f"{file.name}:2: transaction 6: {EDITED}; taken as it is"]
    assert state(path) == ([1, 3, 4, 50, 6, 7, 8, 9], list(range(1, 10)), ["ITM-0010", "NOT-0010"])


def test_what_is_set_aside_keeps_its_ids_and_transactions(path: Path) -> None:
    file = segments(path)[0]
    file.write_bytes(file.read_bytes().replace(b'"n":5,"texto":"', b'"n":50,"texto":"editado '))
    damage = repaired(path)
    assert len(damage) == 3
    assert (
        damage[1]
        == f"{segments(path / 'before-repair-0')[1].name}: does not follow on from what is kept; set aside"
    )
    assert check(path, collections=SMALL).seq == 10, "no transaction gets a number again either"
    assert state(path) == ([1, 3, 4], [1, 2, 3, 4], ["ITM-0010", "NOT-0010"])


def test_what_follows_an_unreadable_line_is_set_aside(path: Path) -> None:
    file = segments(path)[1]
    edit(file, lambda lines: lines.__setitem__(1, lines[1].replace(b'"put"', b'"put', 1)))
    base = int(file.stem.split("-")[1])
    damage = repaired(path, accept_edits=True)
    assert damage[0].startswith(
        f"{file.name}:2: it can't be read, and belongs to transaction {base}; set aside"
    )
    # Not even the ids in the line that can't be read are given again.
    assert state(path) == ([1, 3, *range(4, base - 1)], list(range(1, base - 1)), ["ITM-0010", "NOT-0010"])


def test_the_ids_of_the_very_last_line_are_not_given_again(path: Path) -> None:
    edit(journal(path), lambda lines: lines.__setitem__(-1, lines[-1].replace(b'"put"', b'"put', 1)))
    assert repaired(path)
    assert state(path)[2] == ["ITM-0010", "NOT-0010"]


@pytest.mark.parametrize("how", ["removed", "swapped", "twice", "after the end"])
def test_lines_out_of_their_place_end_what_can_be_kept(path: Path, how: str) -> None:
    for file in segments(path):
        file.unlink()
    db = open_small_again(path)
    put_pairs(db, 5, 9)
    db.close()
    changes: dict[str, Callable[[list[bytes]], object]] = {
        "removed": lambda lines: lines.pop(2),
        "swapped": lambda lines: lines.insert(2, lines.pop(3)),
        "twice": lambda lines: lines.insert(2, lines[1]),
        "after the end": lambda lines: lines.insert(2, seal(b'{"end":7', 0)[0]),
    }
    edit(journal(path), changes[how])
    damage = repaired(path, accept_edits=True)
    assert ("where 7 belongs" if how != "after the end" else "after the end") in damage[-1]
    assert state(path) == ([1, 3, 4, 5], [1, 2, 3, 4, 5], ["ITM-0010", "NOT-0010"])


def open_small_again(path: Path) -> Database:
    """A store that goes on from its snapshot."""
    repair(plan_of(path))
    for kept in (path / "before-repair-0").iterdir():
        kept.unlink()
    (path / "before-repair-0").rmdir()
    return open_small(path)


def test_an_edited_snapshot_is_taken_only_when_that_is_said(path: Path) -> None:
    file = path / "snapshot.json"
    file.write_bytes(file.read_bytes().replace(b'"n":3', b'"n":33'))
    with pytest.raises(StoreCorrupt, match="--accept-edits"):
        plan_of(path)
    assert repaired(path, accept_edits=True) == [f"snapshot.json: {EDITED}; taken as it is, with 8 documents"]
    assert state(path) == ([1, 33, 4, 5, 6, 7, 8, 9], list(range(1, 10)), ["ITM-0010", "NOT-0010"])
    file.write_bytes(file.read_bytes().replace(b'"n":33', b'"n":,'))
    with pytest.raises(StoreCorrupt, match=r"line \d+ column"):
        plan_of(path, accept_edits=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"1":{"n":1', b'"1":5,"11":{"n":1', "not laid out as a snapshot"),
        (b'"itens":{', b'"itens":{"x":{},', "not laid out as a snapshot"),
        (b'"id":"ITM-0001"', b'"id":"ITM-0009"', "document 1 says that it is ITM-0009"),
        (b'"texto":"ol', b'"prioridade":"x","grupo":"g","texto":"ol', "what would be kept"),
        (b'{"_meta":', b'{"_mata":', "not laid out as a snapshot"),
    ],
)
def test_an_edit_that_nothing_could_read_is_refused(path: Path, old: bytes, new: bytes, said: str) -> None:
    file = path / "snapshot.json"
    assert old in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    with pytest.raises(StoreCorrupt, match=said) as refused:
        plan_of(path, accept_edits=True)
    assert "by hand" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_edit_of_a_line_that_nothing_could_read_is_refused(path: Path) -> None:
    file = segments(path)[0]
    original = file.read_bytes()
    for old, new in (
        (b'"put":{', b'"put":[],"pot":{'),
        (b'"events":[', b'"events":[5,'),
        (b'"ts":', b'"tz":'),
    ):
        file.write_bytes(original.replace(old, new, 1))
        with pytest.raises(StoreCorrupt, match="what would be kept"):
            plan_of(path, accept_edits=True)
        assert not plan_of(path).ok, "without it, the line is set aside"


def test_documents_are_held_against_their_models(path: Path) -> None:
    from store.journal.shapes import wrong_shape

    assert wrong_shape("itens", {}) == ""
    line = {"id": "LIN-0001", "titular": "cli", "inicio": NOW, "fim": ""}
    assert wrong_shape("linhas", {**line, "inicio": 5}).startswith("inicio: ")
    assert wrong_shape("linhas", {**line, "sobra": 1}) == wrong_shape("linhas", line)
    assert wrong_shape("linhas", {"id": "LIN-0001"}) == "titular: is missing (add `titular: …`)"


def test_without_a_snapshot_nothing_is_guessed(path: Path) -> None:
    (path / "snapshot.json").unlink()
    with pytest.raises(StoreCorrupt, match=r"the journal starts at transaction 6: .*bring back a copy"):
        plan_of(path, accept_edits=True)


@pytest.mark.parametrize("name", ["journal", "snapshot.json", "events-000000000001.jsonl"])
def test_what_a_newer_program_wrote_is_left_to_it(path: Path, name: str) -> None:
    file = journal(path) if name == "journal" else path / name
    file.write_bytes(file.read_bytes().replace(b"oficina-store/1", b"oficina-store/2", 1))
    edit(segments(path)[0], lambda lines: lines.__setitem__(1, b"x\n"))
    with pytest.raises(StoreReadOnly, match="a newer oficina wrote this"):
        plan_of(path, accept_edits=True)


def test_newer_schemas_are_left_to_the_program_that_has_them(path: Path) -> None:
    header = {"format": "oficina-store/1", "base": 6, "schemas": {"itens": 9}}
    file = segments(path)[0]
    seed = json.loads(file.read_bytes().splitlines()[0])["seed"]
    edit(file, lambda lines: lines.__setitem__(0, seal(encode({**header, "seed": seed})[:-1], 0)[0]))
    edit(file, lambda lines: lines.__setitem__(1, b"x\n"))
    with pytest.raises(StoreReadOnly, match="itens has schema 9"):
        plan_of(path)


@pytest.mark.parametrize(
    "header",
    [b"x\n", b"", b"{}\n", b'{"format":"oficina-store/1","base":9,"seed":"00000000","schemas":{}}\n'],
)
def test_a_segment_without_its_header_is_set_aside(path: Path, header: bytes) -> None:
    edit(segments(path)[0], lambda lines: lines.__setitem__(0, header))
    assert "header" in repaired(path, accept_edits=True)[0]
    assert state(path) == ([1, 3, 4], [1, 2, 3, 4], ["ITM-0010", "NOT-0010"])


def test_an_edited_header_is_an_edit(path: Path) -> None:
    edit(segments(path)[0], lambda lines: lines.__setitem__(0, lines[0].replace(b'{"format"', b'{ "format"')))
    assert plan_of(path).damage[0].line == 1
    assert "the header" in repaired(path, accept_edits=True)[0]
    assert state(path)[0] == [1, 3, 4, 5, 6, 7, 8, 9]


def test_a_segment_of_another_store_is_set_aside(path: Path, tmp_path: Path) -> None:
    db = open_small(tmp_path / "other", segment_bytes=500)
    put_pairs(db, 1, 5)
    Database.compact(tmp_path / "other", collections=SMALL)
    put_pairs(db, 6, 6)
    db.close()
    segments(path)[0].write_bytes(journal(tmp_path / "other").read_bytes())
    assert "does not continue what comes before it" in repaired(path, accept_edits=True)[0]
    assert state(path)[0] == [1, 3, 4]


def test_a_missing_segment_ends_what_can_be_kept(path: Path) -> None:
    segments(path)[1].unlink()
    assert "does not follow on" in repaired(path)[0]
    assert state(path)[2] == ["ITM-0010", "NOT-0010"]


def test_a_snapshot_alone_becomes_a_store_again(path: Path) -> None:
    for file in segments(path):
        file.unlink()
    assert "no journal beside the snapshot" in repaired(path)[0]
    assert state(path) == ([1, 3, 4], [1, 2, 3, 4], ["ITM-0005", "NOT-0005"])


def test_a_next_id_that_was_given_out_already_is_raised(path: Path) -> None:
    file = path / "snapshot.json"
    file.write_bytes(file.read_bytes().replace(b'"itens":5', b'"itens":2'))
    repaired(path, accept_edits=True)
    assert state(path)[2] == ["ITM-0010", "NOT-0010"]


def test_damaged_events_keep_what_can_be_read(path: Path) -> None:
    file = path / "events-000000000001.jsonl"
    edit(file, lambda lines: lines.__setitem__(2, b"\xff\n"))
    plan = plan_of(path)
    assert plan.snapshot is None, "the journal and the snapshot are left as they are"
    # The line after it can't be proven: its checksum goes on from that of the one that is lost.
    assert [(each.line, each.fate) for each in plan.damage] == [(3, "set aside"), (4, "set aside")]
    assert [each.fate.split()[0] for each in plan_of(path, accept_edits=True).damage] == ["set", "taken"]
    repaired(path, accept_edits=True)
    assert state(path) == ([1, 3, 4, 5, 6, 7, 8, 9], [1, 3, 4, 5, 6, 7, 8, 9], ["ITM-0010", "NOT-0010"])


def test_a_sealed_line_that_no_reader_takes_is_set_aside(path: Path) -> None:
    file = path / "events-000000000001.jsonl"

    def without_author(lines: list[bytes]) -> None:
        line = {name: value for name, value in json.loads(lines[2]).items() if name not in ("by", "crc")}
        lines[2] = seal(encode(line)[:-1], claimed_checksum(lines[1]) or 0)[0]

    edit(file, without_author)
    assert repaired(path)[0] == f"{file.name}:3: it can't be read; set aside"
    assert 2 not in state(path)[1]


def test_events_without_an_end_or_a_header_are_written_anew(path: Path) -> None:
    file = path / "events-000000000001.jsonl"
    edit(file, lambda lines: (lines.pop(), lines.__setitem__(0, b"x\n")))
    damage = repaired(path)
    assert [each.split(": ")[1].split(";")[0] for each in damage[:1]] == ["the header is damaged"]
    assert damage[-1].endswith("the end marker is missing or wrong; written anew")
    assert state(path)[1] == list(range(1, 10))


def test_history_that_is_gone_is_told_once(path: Path) -> None:
    (path / "events-000000000001.jsonl").unlink()
    assert "the history of 1 to 5 is gone" in repaired(path)[0]
    assert state(path)[1] == [5, 6, 7, 8, 9]


def test_archived_documents_that_can_be_read_are_kept(path: Path) -> None:
    file = path / "archive-000000000001.jsonl"
    edit(file, lambda lines: (lines.__setitem__(2, b"x\n"), lines.pop()))
    damage = repaired(path)
    assert [each.split("; ")[-1] for each in damage] == ["set aside", "written anew"]
    assert state(path)[0] == [1, 3, 4, 5, 6, 7, 8, 9]
    edit(file, lambda lines: lines.__setitem__(1, b"x\n"))
    repaired(path)
    assert not file.exists()


def test_what_an_interrupted_compaction_left_does_not_stand_for_the_journal(path: Path) -> None:
    kept = {file: file.read_bytes() for file in [*segments(path), path / "snapshot.json"]}
    Database.compact(path, collections=SMALL)
    for file in segments(path):
        file.unlink()
    for file, content in kept.items():
        file.write_bytes(content)
    left = path / "events-000000000006.jsonl"
    edit(left, lambda lines: lines.__setitem__(1, b"x\n"))
    assert "the journal still holds what it does" in repaired(path)[0]
    assert not left.exists()
    assert state(path)[1] == list(range(1, 10))


def test_nobody_else_may_be_at_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal(path).write_bytes(b"x\n")
    plan = plan_of(path)
    with (path / "compact.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreBusy, match="compacting"):
            repair(plan)
    monkeypatch.setattr("store.journal.repairing._LOCK_TIMEOUT", 0.0)
    monkeypatch.setattr("store.journal.repair_plan._LOCK_TIMEOUT", 0.0)
    with (path / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreBusy, match="the store is held by"):
            repair(plan)
        with pytest.raises(StoreBusy, match="the store is held by"):
            plan_of(path)
    assert not list(path.glob("before-repair-*"))


def test_a_plan_is_for_the_files_that_it_has_seen(path: Path) -> None:
    journal(path).write_bytes(b"x\n")
    plan = plan_of(path)
    journal(path).write_bytes(b"y\n")
    before = contents(path)
    with pytest.raises(StoreError, match="files changed since they were looked at"):
        repair(plan)
    assert contents(path) == before
    assert not list(path.glob("before-repair-*"))


def test_a_process_that_has_the_store_open_writes_nothing_into_what_was_replaced(path: Path) -> None:
    db = open_small(path)
    edit(segments(path)[0], lambda lines: lines.__setitem__(1, b"x\n"))
    repaired(path)
    with pytest.raises(StoreCorrupt), db.transaction() as tx:
        tx.insert("itens", {"n": 1})
    db.close()


def test_a_full_disk_replaces_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal(path).write_bytes(b"x\n")
    plan, before = plan_of(path), contents(path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        repair(plan)
    assert contents(path) == before
    assert not list(path.glob("before-repair-*"))


def test_a_torn_tail_is_nothing_to_repair(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    put_pairs(db, 1, 2)
    before = memory(db)
    assert pairs(db) == [1, 2]
    db.close()
    with journal(path).open("ab") as file:
        file.write(b'{"seq":3')
    assert plan_of(path).ok
    assert reopened_pairs(path)[0] == [1, 2]
    db = open_small(path)
    assert memory(db) == before
    db.close()


def test_a_line_that_lacks_only_its_newline_is_kept(path: Path) -> None:
    edit(journal(path), lambda lines: lines.__setitem__(-1, lines[-1][:-1]))
    edit(segments(path)[0], lambda lines: lines.__setitem__(0, lines[0].replace(b'{"format"', b'{ "format"')))
    repaired(path, accept_edits=True)
    assert state(path)[0] == [1, 3, 4, 5, 6, 7, 8, 9]


def test_lines_without_end_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segments(path)[0].write_bytes(b"x" * 5000)
    with monkeypatch.context() as patch:
        patch.setattr("store.journal.salvage.LONGEST_LINE", 4096)
        with pytest.raises(StoreCorrupt, match="line 1 is longer than"):
            plan_of(path)
    with journal(path).open("r+b") as file:
        file.truncate(64 << 30)
    with pytest.raises(StoreCorrupt, match=r"byte \d+: a line is longer than 64 MB; put it right by hand"):
        plan_repair(path, collections=SMALL)


def test_numbers_that_somebody_made_up_use_nothing_up(path: Path) -> None:
    line = {"seq": 10**30, "put": {"itens": {"x": {}, str(10**30): {}}}, "next": {"itens": "y"}, "del": 5}
    edit(segments(path)[0], lambda lines: lines.__setitem__(1, encode(line) + b"\n"))
    repaired(path)
    assert state(path)[2] == ["ITM-0010", "NOT-0010"]


def test_an_end_marker_that_is_lost_is_seen_and_proven_by_the_next_segment(path: Path) -> None:
    file = segments(path)[1]
    edit(file, lambda lines: lines.pop())
    for readonly in (False, True):  # who only looks would take an old state for all there is
        with pytest.raises(StoreCorrupt, match="ends without a word of what follows"):
            open_small(path, readonly=readonly)
    assert repaired(path) == [
        f"{file.name}: the end marker is missing, the next segment proves it; written anew"
    ]
    assert state(path) == ([1, 3, 4, 5, 6, 7, 8, 9], list(range(1, 10)), ["ITM-0010", "NOT-0010"])


def test_a_lost_end_that_nothing_proves_ends_what_can_be_kept(path: Path) -> None:
    file = segments(path)[1]
    edit(file, lambda lines: (lines.pop(), lines.pop()))
    assert "does not follow on" in repaired(path)[0]
    assert state(path)[2] == ["ITM-0010", "NOT-0010"]
