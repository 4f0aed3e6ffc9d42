"""Upgrades of a store: death or failure in the middle changes nothing, and whoever is older only looks."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from journal_faults import die_at
from journal_kit import SMALL, memory, open_small, put_pairs, python

from store.database import Database, check
from store.errors import StoreCorrupt, StoreError, StoreReadOnly

FIRST, SIZE = 1, 6
"""The first schema, and the documents of the store that it wrote."""


def _renamed(item: dict[str, Any]) -> dict[str, Any]:
    return {("numero" if name == "n" else name): value for name, value in item.items()}


def _doubled(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "numero": item["numero"] * 2, "status": "novo"}


def _breaks(item: dict[str, Any]) -> dict[str, Any]:
    if item["numero"] == SIZE:
        raise KeyError("what the last one lacks")
    return _doubled(item)


def at(schema: int, *, last: Any = _doubled) -> dict[str, Any]:
    """The program of a schema: 1, 2 or 3."""
    upgrades = {1: _renamed, 2: last}
    known = {number: step for number, step in upgrades.items() if number < schema}
    return {**SMALL, "itens": replace(SMALL["itens"], schema=schema, upgrades=known)}


def written_at(path: Path, schema: int, *, compacted: bool = False) -> None:
    """A store that the program of a schema has left."""
    db = open_small(path, collections=at(schema), segment_bytes=700)
    for number in range(1, SIZE + 1):
        with db.transaction() as tx:
            item = tx.insert("itens", {"n" if schema == FIRST else "numero": number})
            tx.event({"tipo": "criado", "item_id": item})
    db.close()
    if compacted:
        Database.compact(path, collections=at(schema))


def files(path: Path) -> dict[str, bytes]:
    """What is in the store's files, but for the locks."""
    return {file.name: file.read_bytes() for file in path.iterdir() if not file.name.endswith("lock")}


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize("schema", [1, 2])
def test_a_store_of_each_earlier_schema_is_opened_twice(tmp_path: Path, schema: int, compacted: bool) -> None:
    path = tmp_path / "store"
    written_at(path, schema, compacted=compacted)
    wanted = [n * (2 if schema < 3 else 1) for n in range(1, SIZE + 1)]
    before, seen = files(path), []
    for _ in range(2):
        db = open_small(path, collections=at(3))
        assert [item["numero"] for item in db.all("itens")] == wanted
        seen.append(memory(db))
        db.close()
    assert seen[0] == seen[1]
    assert files(path) == before, "looking changes nothing"
    for number in (100, 101):
        db = open_small(path, collections=at(3))
        assert db.recovered == []
        with db.transaction() as tx:
            tx.insert("itens", {"numero": number})
        Database.compact(path, collections=at(3))
        db.close()
    db = open_small(path, collections=at(3))
    assert [item["numero"] for item in db.all("itens")] == [*wanted, 100, 101], "upgraded once, not twice"
    db.close()
    assert check(path, collections=at(3)).ok


def upgrade(path: Path, said: Any = lambda _: None) -> None:
    """Open with the newest program, commit once, and have it compacted: all that an upgrade writes."""
    db = open_small(path, collections=at(3), durable=True)
    with db.transaction() as tx:
        tx.insert("itens", {"numero": 100})
    said(b"committed\n")
    Database.compact(path, collections=at(3))
    db.close()


def dying(path: Path, count: int, mode: str) -> tuple[bool, bool]:
    """Upgrade in a child that dies at its `count`-th call: whether it died, and had committed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            die_at(count, mode, lambda text: os.write(writing, f"@{text}\n".encode()))
            upgrade(path, lambda text: os.write(writing, text))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        words = told.read().split()
    os.waitpid(child, 0)
    return any(word.startswith("@") for word in words), "committed" in words


@pytest.mark.parametrize("mode", ["before", "half", "after"])
def test_death_at_every_write_of_an_upgrade(tmp_path: Path, mode: str) -> None:
    """The older program goes on as if nothing had been, or it only looks; the newer one always goes on."""
    older_went_on = only_looked = 0
    for count in range(1, 100):
        path = tmp_path / f"store-{count}"
        written_at(path, FIRST)
        died, committed = dying(path, count, mode)
        older = open_small(path, collections=at(FIRST))
        if older.readonly_reason:
            only_looked += 1
            with pytest.raises(StoreReadOnly, match="itens has schema 3"), older.transaction():
                pass
        else:
            older_went_on += 1
            assert not committed
            assert [item["n"] for item in older.all("itens")] == list(range(1, SIZE + 1))
        older.close()
        newer = open_small(path, collections=at(3))
        numbers = [item["numero"] for item in newer.all("itens")]
        assert numbers[:SIZE] == [2 * n for n in range(1, SIZE + 1)]
        assert numbers[SIZE:] in ([[100]] if committed else [[], [100]])
        assert len(list(newer.history())) == SIZE
        newer.close()
        upgrade(path)
        assert check(path, collections=at(3)).ok
        if not died:
            break
    else:
        pytest.fail("it never came to its end")
    assert older_went_on
    assert only_looked


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize("schema", [1, 2])
def test_an_upgrade_that_fails_is_one_line_and_changes_nothing(
    tmp_path: Path, schema: int, compacted: bool
) -> None:
    path = tmp_path / "store"
    written_at(path, schema, compacted=compacted)
    before = files(path)
    for use in (
        lambda: open_small(path, collections=at(3, last=_breaks)),
        lambda: open_small(path, collections=at(3, last=_breaks), readonly=True),
    ):
        with pytest.raises(StoreCorrupt, match="itens: ITM-0006 can't be upgraded from schema 2: KeyError"):
            use()
    assert files(path) == before
    older = open_small(path, collections=at(schema))
    assert older.readonly_reason == "", "the program that wrote it goes on"
    put_pairs(older, 50, 50)
    older.close()


def test_a_compaction_whose_upgrade_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store"
    written_at(path, FIRST)
    before = files(path)
    with pytest.raises(StoreError, match="can't be upgraded"):
        Database.compact(path, collections=at(3, last=_breaks))
    assert files(path) == before


_NEWER = """
    from pathlib import Path
    from journal_kit import open_small
    from test_journal_upgrades import at
    database = open_small(Path(sys.argv[1]), by="newer", collections=at(3))
    for number in range(100, 130):
        sys.stdin.readline()
        with database.transaction() as tx:
            tx.insert("itens", {"numero": number})
        print(number, flush=True)
"""


def test_an_older_process_follows_a_newer_one_and_changes_nothing(tmp_path: Path) -> None:
    """Two real processes: the older sees each commit, and neither writes nor compacts from the first on."""
    path = tmp_path / "store"
    written_at(path, FIRST)
    older = open_small(path, collections=at(FIRST))
    heard: list[int] = []
    older.subscribe(lambda commit: heard.append(commit.seq))
    with python(_NEWER, path) as newer:
        assert newer.stdin is not None
        assert newer.stdout is not None
        for count in range(1, 31):
            newer.stdin.write("\n")
            newer.stdin.flush()
            assert int(newer.stdout.readline()) == 99 + count
            with pytest.raises(StoreReadOnly, match="written by a newer oficina"):
                put_pairs(older, 1, 1)
            with pytest.raises(StoreReadOnly, match="written by a newer oficina"):
                Database.compact(path, collections=at(FIRST))
            assert older.count("itens") == SIZE + count
            if count == 10:
                Database.compact(path, collections=at(3))
    assert older.refresh() == 0
    assert heard == sorted(set(heard))
    assert heard[-1] == older.seq
    older.close()
