"""The event log: in order, from memory and every kind of segment, filtered without reading it all."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from journal_kit import SMALL, open_small

from store.database import Database
from store.errors import StoreCorrupt, StoreError
from store.journal import history
from store.journal.sealed import SealedFile


def _write(db: Database, first: int, last: int) -> None:
    for n in range(first, last + 1):
        with db.transaction(by="quem") as tx:
            tx.event(
                {
                    "tipo": "par" if n % 2 == 0 else "ímpar",
                    "item_id": f"ITM-{n % 5:04d}",
                    "saga_id": f"s{n % 3}",
                    "k": n,
                }
            )
            tx.event({"tipo": "segundo", "item_id": "ITM-9999", "saga_id": "x", "k": n})


@pytest.fixture(params=["memory", "journal", "segments"])
def db(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Forty transactions, two events each: in memory, mostly in the journal, or mostly in event segments."""
    path = tmp_path / "store"
    if request.param != "memory":
        monkeypatch.setattr(history, "TAIL", 7)
    database = open_small(path, segment_bytes=600)
    for start in (1, 11, 21, 31):
        _write(database, start, start + 9)
        if request.param == "segments" and start < 31:
            Database.compact(path, collections=SMALL)
    if request.param == "segments":
        assert len(list(path.glob("events-*"))) == 3
    yield database
    database.close()


def _ks(events) -> list[int]:
    return [event["k"] for event in events]


def test_all_events_in_order(db: Database) -> None:
    events = list(db.history())
    assert _ks(events) == [k for n in range(1, 41) for k in (n, n)]
    assert [(event["seq"], event["n"]) for event in events] == [
        (seq, n) for seq in range(1, 41) for n in (0, 1)
    ]
    assert all(event["ts"] == "2026-01-05T12:00:00.000000Z" for event in events)
    assert list(db.history(newest_first=True)) == events[::-1]


WANTED = [
    {},
    {"item": "ITM-0003"},
    {"saga": "s1"},
    {"tipo": "ímpar"},
    {"item": "ITM-0002", "tipo": "par"},
    {"item": "x"},
]
FIELDS = {"item": "item_id", "saga": "saga_id", "tipo": "tipo"}


def test_filters_answer_what_a_scan_answers(db: Database) -> None:
    every = list(db.history())
    for wanted, since_seq in product(WANTED, [0, 9, 20, 36, 37, 38, 39, 40, 99]):
        oldest = [
            event
            for event in every
            if event["seq"] > since_seq
            and all(event[FIELDS[name]] == value for name, value in wanted.items())
        ]
        for newest_first, expected in ((False, oldest), (True, oldest[::-1])):
            assert list(db.history(since_seq=since_seq, newest_first=newest_first, **wanted)) == expected
            assert (
                list(db.history(since_seq=since_seq, newest_first=newest_first, limit=3, **wanted))
                == expected[:3]
            )


def test_a_page_ends_at_its_transaction_wherever_the_events_are(db: Database) -> None:
    every = list(db.history())
    for wanted, until_seq in product(WANTED, [0, 1, 9, 20, 36, 37, 38, 40, 99]):
        older = [
            event
            for event in every
            if event["seq"] <= until_seq
            and all(event[FIELDS[name]] == value for name, value in wanted.items())
        ]
        assert list(db.history(until_seq=until_seq, **wanted)) == older
        assert list(db.history(until_seq=until_seq, newest_first=True, **wanted)) == older[::-1]
        page = list(db.history(until_seq=until_seq, newest_first=True, limit=3, **wanted))
        assert page == older[::-1][:3]
        since = list(db.history(since_seq=10, until_seq=until_seq, **wanted))
        assert since == [event for event in older if event["seq"] > 10]


def test_a_history_shows_what_was_committed_when_it_was_asked_for(db: Database, tmp_path: Path) -> None:
    asked = db.history()
    next(asked)
    _write(db, 41, 45)
    Database.compact(tmp_path / "store", collections=SMALL)
    assert len(list(asked)) == 79
    assert _ks(db.history(since_seq=40, tipo="segundo")) == [41, 42, 43, 44, 45]


def test_what_the_documents_say_is_no_event(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store")
    with db.transaction() as tx:
        tx.insert("itens", {"item_id": "ITM-0001", "events": []})
    with db.transaction() as tx:
        tx.event({"tipo": "t", "item_id": 'ITM-"0001'})
    again = open_small(tmp_path / "store")
    db.storage.replica.tail.complete_after = 2
    db.storage.replica.tail._events.clear()
    assert list(db.history(item="ITM-0001")) == []
    assert len(list(db.history(item='ITM-"0001'))) == 1
    db.close()
    again.close()


def test_damage_in_old_events_is_named(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    _write(db, 1, 5)
    Database.compact(path, collections=SMALL)
    db.close()
    db = open_small(path)
    file = path / "events-000000000001.jsonl"
    raw = file.read_bytes()
    file.write_bytes(raw.replace(b'"k":3', b'"k":4'))
    with pytest.raises(StoreCorrupt, match=r"events-000000000001.jsonl: byte \d+"):
        list(db.history())
    assert _ks(db.history(newest_first=True, limit=4)) == [5, 5, 4, 4]
    for broken in (b"", b"texto", b"texto\n"):
        file.write_bytes(broken)
        with pytest.raises(StoreCorrupt, match="byte 0"):
            SealedFile(file)
    db.close()


def test_segments_that_vanish_while_they_are_opened(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compaction takes the journal away between the listing and the opening: the listing is made again."""
    expected = list(db.history())
    opened = history.SealedFile
    failures = [3]

    def flaky(path: Path, size: int | None = None) -> SealedFile:
        if failures[0]:
            failures[0] -= 1
            raise FileNotFoundError(path)
        return opened(path, size)

    monkeypatch.setattr(history, "SealedFile", flaky)
    assert list(db.history()) == expected
    if db.storage.replica.tail.complete_after:
        failures[0] = 10**6
        with pytest.raises(StoreError, match="faster than they can be opened"):
            list(db.history())
