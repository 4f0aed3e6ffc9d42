"""Transactions: all or nothing, in order, durable, and seen by nobody else before their time."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import stat
import threading
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from journal_kit import NOW, SMALL, journal, memory, open_small, pairs, put_pairs

from store.clock import FakeClock
from store.database import Commit, Database
from store.errors import StaleWrite, StoreBusy, StoreError, StoreReadOnly


@pytest.fixture
def db(tmp_path: Path):
    database = open_small(tmp_path / "store", durable=True)
    yield database
    database.close()


def test_ids_are_the_collections_and_set_in_the_document(db: Database) -> None:
    document: dict = {"n": 1}
    with db.transaction() as tx:
        assert tx.insert("itens", document) == "ITM-0001"
        assert tx.insert("notas", {"n": 1}) == "NOT-0001"
    assert document["id"] == "ITM-0001"
    assert db.get("itens", "ITM-0001") == {"n": 1, "id": "ITM-0001"}
    assert tx.seq == db.seq == 1


@pytest.mark.parametrize(
    "wrong", ["ITM-1", "ITM-00001", "NOT-0001", "0001", "ITM-", "ITM-٠٠٠١", "", "ITM-0002"]
)
def test_only_the_exact_id_finds_a_document(db: Database, wrong: str) -> None:
    put_pairs(db, 1, 1)
    assert db.get("itens", wrong) is None


def test_ids_beyond_four_digits(db: Database) -> None:
    with db.transaction() as tx:
        tx.put_number("itens", 12345, {"id": "ITM-12345"})
    assert db.get("itens", "ITM-12345") == {"id": "ITM-12345"}
    with db.transaction() as tx:
        assert tx.insert("itens", {}) == "ITM-12346"


def test_an_exception_undoes_everything(db: Database, tmp_path: Path) -> None:
    put_pairs(db, 1, 3)
    before, size = memory(db), journal(tmp_path / "store").stat().st_size
    called: list[int] = []

    def change_much_then_fail() -> None:
        with db.transaction() as tx:
            tx.put("itens", {"id": "ITM-0001", "status": "outro", "grupo": "g", "prazo": 3})
            tx.delete("itens", "ITM-0002")
            tx.insert("itens", {"n": 9})
            tx.event({"tipo": "nunca"})
            tx.after_commit(lambda: called.append(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_much_then_fail()
    assert memory(db) == before
    assert journal(tmp_path / "store").stat().st_size == size
    assert called == []
    put_pairs(db, 4, 4)
    assert pairs(db) == [1, 2, 3, 4]


def test_reads_in_the_block_see_its_changes(db: Database) -> None:
    put_pairs(db, 1, 1)
    with db.transaction() as tx:
        tx.put("itens", {"id": "ITM-0001", "status": "novo", "grupo": "g"})
        assert [item["id"] for item in tx.find("itens", "status", "novo")] == ["ITM-0001"]
        assert tx.peek_ready("itens", ["g"], "") == "ITM-0001"
        assert db.get("itens", "ITM-0001") == tx.get("itens", "ITM-0001")


def test_what_goes_in_and_out_is_copied(db: Database) -> None:
    document = {"lista": [1]}
    event = {"tipo": "e", "lista": [1]}
    with db.transaction() as tx:
        tx.insert("itens", document)
        tx.event(event)
        document["lista"].append(2)
        event["lista"].append(2)
        tx.get("itens", "ITM-0001")["lista"].append(3)
    db.get("itens", "ITM-0001")["lista"].append(4)
    assert db.get("itens", "ITM-0001")["lista"] == [1]
    assert next(db.history())["lista"] == [1]


@pytest.mark.parametrize("more", [{}, {"lista": [1]}], ids=["flat", "nested"])
def test_an_event_is_the_store_s_from_the_call_on(db: Database, more: dict[str, object]) -> None:
    event = {"tipo": "criado", "item_id": "ITM-0001", "vezes": 1, "livre": True, "quando": None, **more}
    said = copy.deepcopy(event)
    with db.transaction() as tx:
        tx.event(event)
        event.update(tipo="outro", vezes=2)
    event.update(item_id="ITM-0002", novo=1)
    (found,) = db.history()
    assert found == {"seq": 1, "n": 0, "ts": found["ts"], **said}


class Word(StrEnum):
    ONE = "um"


@pytest.mark.parametrize("odd", [{"a": Word.ONE}, {7: "a"}, {Word.ONE: "a"}, {"a": ()}, {"a": {7: 1}}])
def test_an_event_is_in_memory_what_a_reload_gives(tmp_path: Path, odd: dict[Any, object]) -> None:
    def read(database: Database) -> list[tuple[object, type, object, type]]:
        (event,) = database.history()
        return [(key, type(key), value, type(value)) for key, value in event.items()]

    database = open_small(tmp_path)
    with database.transaction() as tx:
        tx.event({"tipo": "e", **odd})
    before = read(database)
    database.close()
    database = open_small(tmp_path)
    assert read(database) == before
    database.close()


def test_fields_are_set_and_the_others_stay(db: Database) -> None:
    fields: dict[str, object] = {"status": "novo", "depende_de": ("ITM-0007",), "contexto": {"lista": [1]}}
    with db.transaction() as tx:
        tx.insert("itens", {"n": 1, "status": "velho", "grupo": "g"})
        tx.update("itens", "ITM-0001", fields)
        fields["contexto"]["lista"].append(2)  # type: ignore[index]
        assert tx.find("itens", "status", "novo") == tx.find("itens", "depende_de", "ITM-0007")
        assert tx.find("itens", "status", "velho") == []
    assert db.get("itens", "ITM-0001") == {
        "id": "ITM-0001",
        "n": 1,
        "grupo": "g",
        "status": "novo",
        "depende_de": ["ITM-0007"],
        "contexto": {"lista": [1]},
    }
    with suppress(ZeroDivisionError), db.transaction() as tx:
        tx.update("itens", "ITM-0001", {"status": "nunca", "grupo": None})
        assert tx.peek_ready("itens", ["g"], NOW) is None
        raise ZeroDivisionError
    assert [each["n"] for each in db.find("itens", "status", "novo")] == [1]
    assert db.peek_ready("itens", ["g"], NOW) == "ITM-0001"


def test_an_update_refuses_what_a_put_refuses(db: Database) -> None:
    put_pairs(db, 1, 1)
    before = memory(db)
    for document_id, fields, said in (
        ("ITM-0002", {"n": 2}, "there is no document ITM-0002"),
        ("ITM-0001", {"id": "ITM-0002"}, "the id of ITM-0001 can't be changed"),
        ("ITM-0001", {"n": float("nan")}, "not a JSON document"),
        ("ITM-0001", {"n": [object()]}, "not a JSON document"),
    ):
        with pytest.raises(StoreError, match=said), db.transaction() as tx:
            tx.update("itens", document_id, fields)
    assert memory(db) == before


def test_documents_pass_through_json(db: Database) -> None:
    with db.transaction() as tx:
        tx.insert("itens", {"par": (1, 2), 7: "chave"})
        assert tx.get("itens", "ITM-0001") == {"par": [1, 2], "7": "chave", "id": "ITM-0001"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, "\ud800", b"x"])
def test_what_json_cannot_say_is_refused(db: Database, value: object) -> None:
    with pytest.raises(StoreError, match="not a JSON document"), db.transaction() as tx:
        tx.insert("itens", {"valor": value})
    assert db.count("itens") == 0
    loop: dict = {}
    loop["self"] = loop
    with pytest.raises(StoreError, match="not a JSON document"), db.transaction() as tx:
        tx.event(loop)


def test_an_empty_transaction_writes_nothing(db: Database, tmp_path: Path) -> None:
    put_pairs(db, 1, 1)
    size = journal(tmp_path / "store").stat().st_size
    called: list[int] = []
    with db.transaction() as tx:
        tx.after_commit(lambda: called.append(1))
    with db.transaction() as unchanged:
        unchanged.put("itens", db.get("itens", "ITM-0001"))
        unchanged.insert("itens", {})
        unchanged.delete("itens", "ITM-0002")
    assert tx.seq is None
    assert unchanged.seq is None
    assert called == [1]
    assert journal(tmp_path / "store").stat().st_size == size


def test_unknown_documents_and_collections_are_named(db: Database) -> None:
    for change in (
        lambda tx: tx.put("itens", {"id": "ITM-0009"}),
        lambda tx: tx.put("itens", {"n": 1}),
        lambda tx: tx.delete("itens", "NOT-0001"),
        lambda tx: tx.archive("itens", "ITM-0009", {}),
    ):
        with pytest.raises(StoreError, match="there is no document"), db.transaction() as tx:
            change(tx)
    with pytest.raises(StoreError, match=r"no collection 'itns' \(there are arquivados, itens, notas\)"):
        db.get("itns", "ITM-0001")
    with pytest.raises(StoreError, match="'nada' is not indexed"):
        db.find("itens", "nada", 1)
    with pytest.raises(StoreError, match="'status' is not kept in order"):
        db.between("itens", "status", 1, 2)
    with pytest.raises(StoreError, match="it has no queue"):
        db.peek_ready("notas", [], "")
    with pytest.raises(StoreError, match="can't be compared"):
        db.between("itens", "prazo", 1, "2")
    with pytest.raises(AttributeError):
        db.nothing  # noqa: B018


def test_a_block_in_the_block_joins_it(db: Database) -> None:
    with db.transaction() as outer:
        outer.insert("itens", {"n": 1})
        with db.transaction() as inner:
            inner.insert("itens", {"n": 2})
    assert inner is outer
    assert db.seq == 1
    assert db.count("itens") == 2


def test_an_inner_block_that_raises_is_undone_alone(db: Database) -> None:
    with db.transaction() as tx:
        tx.insert("itens", {"n": 1})
        tx.event({"tipo": "fica"})
        with suppress(KeyError), db.transaction() as inner:
            inner.insert("itens", {"n": 2})
            inner.put("itens", {"id": "ITM-0001", "n": 100})
            inner.event({"tipo": "some"})
            raise KeyError
    assert [item["n"] for item in db.all("itens")] == [1]
    assert [event["tipo"] for event in db.history()] == ["fica"]
    assert db.storage.replica.state.next_number("itens") == 2


def test_another_task_of_the_same_thread_may_not_join(db: Database) -> None:
    async def scenario() -> str:
        inside, done = asyncio.Event(), asyncio.Event()

        async def holds_it_over_an_await() -> None:
            with db.transaction() as tx:
                tx.insert("itens", {"n": 1})
                inside.set()
                await done.wait()

        async def joins() -> str:
            await inside.wait()
            try:
                with db.transaction():
                    return "joined"
            except StoreError as reason:
                return str(reason)
            finally:
                done.set()

        _, said = await asyncio.gather(holds_it_over_an_await(), joins())
        return said

    assert "the thread and task that opened it" in asyncio.run(scenario())
    assert db.count("itens") == 1


def test_another_thread_may_not_use_a_transaction(db: Database) -> None:
    said: list[str] = []

    def use(tx) -> None:
        try:
            tx.insert("itens", {})
        except StoreError as reason:
            said.append(str(reason))

    with db.transaction() as tx:
        thread = threading.Thread(target=use, args=(tx,))
        thread.start()
        thread.join()
    assert "belongs to the thread" in said[0]
    with pytest.raises(StoreError, match="has ended"):
        tx.insert("itens", {})


def test_another_thread_waits_its_turn_with_a_limit(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store", lock_timeout=0.05)
    said: list[str] = []

    def read() -> None:
        try:
            db.get("itens", "ITM-0001")
        except StoreBusy as reason:
            said.append(str(reason))

    with db.transaction():
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert "another thread holds the store" in said[0]
    db.close()


def test_threads_share_syncs_and_lose_nothing(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store", durable=True)
    seen: list[int] = []
    db.subscribe(lambda commit: seen.append(commit.seq))

    def work() -> None:
        for _ in range(15):
            with db.transaction() as tx:
                tx.insert("itens", {"n": 1})

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.refresh()
    assert db.count("itens") == 90
    assert seen == list(range(1, 91))
    db.close()


def test_subscribers_hear_of_each_commit_once_it_is_on_disk(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Commit] = []
    order: list[str] = []
    db.subscribe(heard.append)
    db.subscribe(lambda _: order.append("told"))
    sync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda fd: (order.append("synced"), sync(fd)))
    with db.transaction(by="alguém") as tx:
        tx.insert("itens", {"n": 1})
        tx.event({"tipo": "criado"})
        tx.event({"tipo": "outro"})
        tx.after_commit(lambda: order.append("after"))
        assert heard == []
    assert order == ["synced", "told", "after"]
    [commit] = heard
    assert commit.put == {"itens": {"ITM-0001": {"n": 1, "id": "ITM-0001"}}}
    assert (commit.seq, commit.by, commit.ts, commit.deleted) == (1, "alguém", FakeClock().now(), {})
    assert [(e["seq"], e["n"], e["ts"], e["tipo"]) for e in commit.events] == [
        (1, 0, commit.ts, "criado"),
        (1, 1, commit.ts, "outro"),
    ]
    with db.transaction() as tx:
        tx.delete("itens", "ITM-0001")
    assert heard[1].deleted == {"itens": ["ITM-0001"]}


def test_a_listener_that_fails_changes_nothing(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[int] = []

    def fail(commit: Commit) -> None:
        raise ValueError("never mind")

    end = db.subscribe(fail)
    db.subscribe(lambda commit: heard.append(commit.seq))
    put_pairs(db, 1, 1)
    end()
    end()
    put_pairs(db, 2, 2)
    assert heard == [1, 2]
    assert caplog.text.count("a listener of the store failed") == 1


def test_a_listener_may_read_and_commit(db: Database) -> None:
    seen: list[tuple[int, int]] = []

    def listen(commit: Commit) -> None:
        seen.append((commit.seq, db.count("itens")))
        if commit.seq == 1:
            put_pairs(db, 2, 2)

    db.subscribe(listen)
    put_pairs(db, 1, 1)
    assert seen == [(1, 1), (2, 2)]


def test_no_commit_falls_between_a_view_and_its_subscription(tmp_path: Path) -> None:
    one, two = open_small(tmp_path / "store"), open_small(tmp_path / "store")
    put_pairs(two, 1, 2)
    heard: list[int] = []
    with one.reading():
        assert one.count("itens") == 2
        one.subscribe(lambda commit: heard.append(commit.seq))
        put_pairs(two, 3, 3)
        assert one.count("itens") == 2
    assert one.refresh() == 1
    assert heard == [3]
    one.close()
    two.close()


def test_processes_see_each_others_commits(tmp_path: Path) -> None:
    one, two = open_small(tmp_path / "store", by="um"), open_small(tmp_path / "store", by="dois")
    heard: list[tuple[str, int]] = []
    one.subscribe(lambda commit: heard.append((commit.by, commit.seq)))
    put_pairs(one, 1, 1)
    put_pairs(two, 2, 2)
    assert pairs(one) == [1, 2]
    with two.transaction() as tx:
        tx.delete("notas", "NOT-0001")
        tx.delete("itens", "ITM-0001")
    assert one.refresh() == 1
    assert one.refresh() == 0
    assert heard == [("um", 1), ("dois", 2), ("dois", 3)]
    assert memory(one) == memory(two)
    one.close()
    two.close()


def test_memory_is_what_a_reload_gives(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store")
    put_pairs(db, 1, 5)
    with db.transaction() as tx:
        tx.put(
            "itens", {"id": "ITM-0002", "status": "s", "grupo": "g", "prazo": 2, "depende_de": ["ITM-0001"]}
        )
        tx.delete("itens", "ITM-0005")
        last = tx.insert("itens", {"n": 0})
        tx.delete("itens", last)
    assert memory(db)["itens", "next"] == 7
    again = open_small(tmp_path / "store")
    assert memory(again) == memory(db)
    db.close()
    again.close()


def test_a_committed_id_is_never_used_again(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    put_pairs(db, 1, 3)
    with db.transaction() as tx:
        tx.delete("itens", "ITM-0003")
    for _ in range(2):
        db.close()
        Database.compact(path, collections=SMALL)
        db = open_small(path)
    with db.transaction() as tx:
        assert tx.insert("itens", {}) == "ITM-0004"
    db.close()


def test_one_line_is_one_transaction_with_contiguous_seq(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store")
    put_pairs(db, 1, 4)
    lines = [json.loads(line) for line in journal(tmp_path / "store").read_bytes().splitlines()]
    assert [line.get("seq") for line in lines] == [None, 1, 2, 3, 4]
    assert lines[0]["format"] == "oficina-store/1"
    db.close()


def test_files_are_private(tmp_path: Path) -> None:
    path = tmp_path / "area" / "store"
    db = open_small(path, segment_bytes=300)
    put_pairs(db, 1, 5)
    Database.compact(path, collections=SMALL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.iterdir()} == {0o600}
    db.close()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        open_small(tmp_path / "store")
    assert not (tmp_path / "elsewhere").exists()


def test_a_view_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with pytest.raises(StoreError, match="there is no store here"):
        open_small(path, readonly=True)
    path.mkdir()
    with pytest.raises(StoreError, match="there is no store here"):
        open_small(path, readonly=True)
    assert list(path.iterdir()) == []
    db = open_small(path)
    put_pairs(db, 1, 2)
    view = open_small(path, readonly=True)
    assert pairs(view) == [1, 2]
    put_pairs(db, 3, 3)
    assert pairs(view) == [1, 2, 3]
    assert view.readonly_reason == "opened for viewing"
    with pytest.raises(StoreReadOnly, match="opened for viewing"), view.transaction():
        pass
    view.close()
    db.close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store")
    db.close()
    db.close()
    with pytest.raises(StoreError, match="closed"):
        db.get("itens", "ITM-0001")
    with open_small(tmp_path / "store") as again:
        assert again.count("itens") == 0


def test_a_forked_process_must_open_the_store_itself(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(StoreError, match="forked"):
        db.count("itens")


def test_the_whole_database_by_tinydbs_contract(tmp_path: Path) -> None:
    one, two = open_small(tmp_path / "store"), open_small(tmp_path / "store")
    assert one.storage.read() is None
    put_pairs(one, 1, 2)
    data = one.storage.read()
    assert data == {
        "itens": {"1": one.get("itens", "ITM-0001"), "2": one.get("itens", "ITM-0002")},
        "notas": data["notas"],
    }
    del data["notas"], data["itens"]["1"]
    data["itens"]["2"]["n"] = 20
    one.storage.write(data)
    assert [item["n"] for item in two.all("itens")] == [20]
    assert two.count("notas") == 0
    stale = one.storage.read()
    put_pairs(two, 9, 9)
    with pytest.raises(StaleWrite):
        one.storage.write(stale)
    one.close()
    two.close()


@pytest.mark.parametrize("step", ["append", "add"])
def test_an_interrupt_in_the_middle_of_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whether the line was written or not, memory says afterwards what the disk says."""
    db = open_small(tmp_path / "store")
    put_pairs(db, 1, 2)
    heard: list[Commit] = []
    db.subscribe(heard.append)
    target = db.storage.replica.log if step == "append" else db.storage.replica.tail

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(target, step, interrupt)
        with pytest.raises(KeyboardInterrupt):
            put_pairs(db, 3, 3)
    expected = [1, 2] if step == "append" else [1, 2, 3]
    assert pairs(db) == expected
    put_pairs(db, 4, 4)
    again = open_small(tmp_path / "store")
    assert memory(again) == memory(db)
    assert pairs(again) == [*expected, 4]
    assert [event["n_"] for commit in heard for event in commit.events] == [*expected[2:], 4]
    assert [item["n"] for commit in heard for item in commit.put["itens"].values()] == [*expected[2:], 4]
    again.close()
    db.close()


def test_an_interrupt_in_the_middle_of_a_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = open_small(tmp_path / "store"), open_small(tmp_path / "store")
    put_pairs(two, 1, 3)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(one.storage.replica.tail, "add", interrupt)
        with pytest.raises(KeyboardInterrupt):
            one.refresh()
    assert pairs(one) == [1, 2, 3]
    assert memory(one) == memory(two)
    one.close()
    two.close()
