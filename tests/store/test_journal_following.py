"""Transactions read again after the fact: what somebody with an earlier state needs to catch up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from journal_kit import SMALL, open_small, put_pairs

from store.collections import Collection
from store.database import Commit, Database
from store.errors import StoreCorrupt


def heard(database: Database) -> list[Commit]:
    """The commits from now on, as a subscriber is told of them."""
    found: list[Commit] = []
    database.subscribe(found.append)
    return found


def plain(commit: Commit) -> tuple[Any, ...]:
    """A commit without who made it."""
    return commit.seq, commit.ts, commit.by, commit.put, commit.deleted, commit.events, commit.archived


def changes(database: Database) -> None:
    """A put, an insert with an event, a delete, an archived document: over several segments."""
    put_pairs(database, 1, 4)
    with database.transaction() as tx:
        tx.put("itens", {"id": "ITM-0001", "n": 10})
    with database.transaction() as tx:
        tx.delete("notas", "NOT-0002")
    with database.transaction() as tx:
        tx.put("itens", {"id": "ITM-0003", "n": 33})
        tx.archive("itens", "ITM-0003", {"fim": "feito"})


@pytest.mark.parametrize("segment_bytes", [1 << 20, 1])
def test_lines_tell_what_subscribers_were_told(tmp_path: Path, segment_bytes: int) -> None:
    database = open_small(tmp_path, segment_bytes=segment_bytes)
    put_pairs(database, 0, 0)
    told, first = heard(database), database.seq
    changes(database)
    for seen in range(first, database.seq + 1):
        found = database.since(seen)
        assert found is not None
        assert [plain(commit) for commit in found] == [plain(one) for one in told if one.seq > seen]
    assert told[-1].archived == {"itens": {"ITM-0003": {"id": "ITM-0003", "n": 33}}}
    assert told[-1].deleted == {"itens": ["ITM-0003"]}
    database.close()


def test_others_are_told_of_what_is_archived_too(tmp_path: Path) -> None:
    database, other = open_small(tmp_path), open_small(tmp_path)
    told = heard(other)
    changes(database)
    other.refresh()
    assert told[-1].archived == {"itens": {"ITM-0003": {"id": "ITM-0003", "n": 33}}}
    database.close()
    other.close()


def test_who_slept_through_a_compaction_is_told_what_was_archived_as_it_was_last(tmp_path: Path) -> None:
    database, other = open_small(tmp_path), open_small(tmp_path)
    told = heard(other)
    with database.transaction() as tx:
        tx.event({"tipo": "começou"})
    Database.compact(tmp_path, collections=SMALL)
    changes(database)
    Database.compact(tmp_path, collections=SMALL)
    other.refresh()
    missed = told[-1]
    assert missed.by == "reload"
    assert missed.archived == {"itens": {"ITM-0003": {"id": "ITM-0003", "n": 33}}}
    database.close()
    other.close()


def test_what_a_compaction_took_away_is_said_to_be_gone(tmp_path: Path) -> None:
    database = open_small(tmp_path)
    changes(database)
    before, mark = database.seq, database.mark(database.seq)
    assert mark
    Database.compact(tmp_path, collections=SMALL)
    assert database.since(before - 1) is None
    assert database.mark(before) == ""
    at_once = database.since(database.seq)
    assert at_once is not None
    assert list(at_once) == []
    put_pairs(database, 5, 5)
    later = database.since(before)
    assert later is not None
    assert [commit.seq for commit in later] == [before + 1]
    database.close()


def test_what_the_store_has_not_come_to_is_not_there(tmp_path: Path) -> None:
    database = open_small(tmp_path)
    changes(database)
    assert database.since(database.seq + 1) is None
    assert database.mark(database.seq + 1) == ""
    assert database.mark(0) == ""
    database.close()


def test_a_mark_tells_stores_apart(tmp_path: Path) -> None:
    one, other = open_small(tmp_path / "a"), open_small(tmp_path / "b")
    put_pairs(one, 1, 3)
    put_pairs(other, 1, 2)
    assert one.mark(2) == other.mark(2)
    put_pairs(other, 4, 4)
    assert one.mark(3) != other.mark(3)
    one.close()
    other.close()


def test_lines_are_read_on_while_a_compaction_takes_their_files_away(tmp_path: Path) -> None:
    database = open_small(tmp_path, segment_bytes=1)
    changes(database)
    found = database.since(0)
    assert found is not None
    Database.compact(tmp_path, collections=SMALL)
    assert [commit.seq for commit in found][-1] >= 7
    database.close()


def test_older_schemas_are_brought_up(tmp_path: Path) -> None:
    database = open_small(tmp_path)
    put_pairs(database, 1, 1)
    database.close()
    newer = {**SMALL, "notas": Collection("notas", "NOT", 2, upgrades={1: lambda doc: {**doc, "nova": True}})}
    database = open_small(tmp_path, collections=newer)
    found = database.since(0)
    assert found is not None
    assert [commit.put["notas"]["NOT-0001"]["nova"] for commit in found] == [True]
    database.close()


@pytest.mark.parametrize("compacted", [False, True])
def test_archived_documents_are_read_from_the_journal_and_from_their_segments(
    tmp_path: Path, compacted: bool
) -> None:
    database = open_small(tmp_path)
    changes(database)
    if compacted:
        Database.compact(tmp_path, collections=SMALL)
    seq = database.seq
    with database.transaction() as tx:
        tx.archive("itens", "ITM-0004", {"fim": "feito"})
    ids = [document["id"] for _, document in database.archived_since(0)]
    assert ids == ["ITM-0003", "ITM-0004"]
    assert [document["id"] for _, document in database.archived_since(seq)] == ["ITM-0004"]
    assert list(database.archived_since(database.seq)) == []
    database.close()


def test_damage_is_told(tmp_path: Path) -> None:
    database = open_small(tmp_path)
    changes(database)
    [segment] = tmp_path.glob("journal-*.jsonl")
    raw = bytearray(segment.read_bytes())
    raw[raw.index(b'"texto"') + 10] ^= 1
    segment.write_bytes(raw)
    found = database.since(0)
    assert found is not None
    with pytest.raises(StoreCorrupt):
        list(found)
    database.close()


def test_the_last_saves_are_timed(tmp_path: Path) -> None:
    database = open_small(tmp_path, durable=True)
    put_pairs(database, 1, 3)
    with database.transaction():
        """Nothing is written, so nothing is saved."""
    assert len(database.saves_ms) == 3
    assert min(database.saves_ms) >= 0
    database.close()
