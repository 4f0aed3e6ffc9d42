"""Schema numbers: old documents are upgraded, new ones make an old program view-only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from journal_kit import SMALL, journal, memory, open_small, pairs, put_pairs

from store.collections import COLLECTIONS, Collection
from store.database import Database, check
from store.errors import StoreCorrupt, StoreReadOnly
from store.journal.lines import seal


def _renamed(item: dict[str, Any]) -> dict[str, Any]:
    return {("numero" if name == "n" else name): value for name, value in item.items()}


def _doubled(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "numero": item["numero"] * 2, "status": "novo"}


SECOND = {**SMALL, "itens": replace(SMALL["itens"], schema=2, upgrades={1: _renamed})}
THIRD = {**SMALL, "itens": replace(SMALL["itens"], schema=3, upgrades={1: _renamed, 2: _doubled})}


@pytest.mark.parametrize("compacted", [False, True])
def test_documents_of_an_older_schema_are_upgraded(tmp_path: Path, compacted: bool) -> None:
    path = tmp_path / "store"
    old = open_small(path)
    put_pairs(old, 1, 3)
    old.close()
    if compacted:
        Database.compact(path, collections=SMALL)
    before = journal(path).read_bytes()
    new = open_small(path, collections=THIRD)
    assert [item["numero"] for item in new.all("itens")] == [2, 4, 6]
    assert len(new.find("itens", "status", "novo")) == 3, "the index knows the upgraded documents"
    assert journal(path).read_bytes() == before, "looking changes nothing"
    with new.transaction() as tx:
        tx.put("itens", {**tx.get("itens", "ITM-0001"), "numero": 100})
    again = open_small(path, collections=THIRD)
    assert [item["numero"] for item in again.all("itens")] == [100, 4, 6]
    assert memory(again) == memory(new)
    Database.compact(path, collections=THIRD)
    again.close()
    new.close()
    last = open_small(path, collections=THIRD)
    assert [item["numero"] for item in last.all("itens")] == [100, 4, 6]
    assert check(path, collections=THIRD).ok
    last.close()


def test_a_running_older_program_becomes_view_only(tmp_path: Path) -> None:
    path = tmp_path / "store"
    old = open_small(path)
    put_pairs(old, 1, 2)
    new = open_small(path, collections=SECOND)
    put_pairs(old, 3, 3)
    assert [item["numero"] for item in new.all("itens")] == [1, 2, 3]
    with new.transaction() as tx:
        tx.insert("itens", {"numero": 4})
    assert old.count("itens") == 4
    assert old.readonly_reason == "written by a newer oficina: itens has schema 2, this program knows 1"
    with pytest.raises(StoreReadOnly, match="itens has schema 2"), old.transaction():
        pass
    with pytest.raises(StoreReadOnly, match="itens has schema 2"):
        Database.compact(path, collections=SMALL)
    with new.transaction() as tx:
        tx.insert("itens", {"numero": 5})
    assert old.count("itens") == 5, "it still sees what happens"
    Database.compact(path, collections=SECOND)
    late = open_small(path)
    assert late.readonly_reason.startswith("written by a newer oficina")
    assert late.get("itens", "ITM-0004") == {"numero": 4, "id": "ITM-0004"}
    assert check(path, collections=SMALL).notes == [late.readonly_reason]
    for database in (old, new, late):
        database.close()


def test_the_first_transaction_of_an_older_program_after_a_newer_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    old, new = open_small(path), open_small(path, collections=SECOND)
    with new.transaction() as tx:
        tx.insert("itens", {"numero": 1})
    with pytest.raises(StoreReadOnly, match="itens has schema 2"):
        put_pairs(old, 1, 1)
    assert new.count("itens") == 1
    old.close()
    new.close()


def test_collections_that_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "store"
    more = {**SMALL, "outras": Collection("outras", "OUT", 4)}
    old = open_small(path)
    put_pairs(old, 1, 1)
    old.close()
    new = open_small(path, collections=more)
    with new.transaction() as tx:
        assert tx.insert("outras", {}) == "OUT-0001"
    assert pairs(new) == [1]
    new.close()
    old = open_small(path)
    assert old.readonly_reason == "written by a newer oficina: outras has schema 4, this program knows none"
    old.close()


def test_an_upgrade_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "store"
    old = open_small(path)
    put_pairs(old, 1, 1)
    old.close()
    broken = {**SMALL, "itens": replace(SMALL["itens"], schema=3, upgrades={1: _renamed})}
    with pytest.raises(StoreCorrupt, match="itens: this program has no upgrade from schema 2"):
        open_small(path, collections=broken)


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    put_pairs(db, 1, 1)
    Database.compact(path, collections=SMALL)
    db.close()
    file = journal(path)
    base = int(file.stem.split("-")[1])
    for target, text in (
        (file, seal(b'{"format":"oficina-store/2","base":%d' % base, 0)[0]),
        (path / "snapshot.json", b'{"_meta":{"1":{"format":"oficina-store/2"}},\n'),
    ):
        target.write_bytes(text)
        with pytest.raises(
            StoreReadOnly, match=r"a newer oficina wrote this \(format oficina-store/2; this one reads"
        ):
            open_small(path)
        assert target.read_bytes() == text
    for text in (
        b'{"_meta":{"1":{"format":"outro"}},\n',
        b'{"_meta":{"1":3}},\n',
        b"[]",
        b'{"_meta":{"1":{"format":"oficina-store/1"}},\n',
    ):
        (path / "snapshot.json").write_bytes(text)
        with pytest.raises(StoreCorrupt, match="byte 0"):
            open_small(path)


def test_a_document_that_its_queue_cannot_take(tmp_path: Path) -> None:
    path = tmp_path / "store"
    strict = {
        **SMALL,
        "itens": replace(
            SMALL["itens"], queue=replace(SMALL["itens"].queue, group=lambda item: item["grupo"])
        ),
    }
    db = open_small(path, collections=strict)
    from store.errors import StoreError

    with pytest.raises(StoreError, match="lacks what its queue needs: KeyError"), db.transaction() as tx:
        tx.insert("itens", {"status": "s"})
    assert db.find("itens", "status", "s") == []
    db.close()
    loose = open_small(path)
    put_pairs(loose, 1, 1)
    loose.close()
    with pytest.raises(StoreCorrupt, match=r"can't be read: itens 1: it has no 'grupo'"):
        open_small(path, collections=strict)


def test_the_collections_of_oficina() -> None:
    assert all(name == collection.name for name, collection in COLLECTIONS.items())
    prefixes = [collection.prefix for collection in COLLECTIONS.values()]
    assert len(set(prefixes)) == len(prefixes)
    assert COLLECTIONS["execucoes"].ordered == (
        "concluido_em",
        "timestamps.deploy_fim_at",
        "precisao.geral",
    )
