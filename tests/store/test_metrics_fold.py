"""The facts of a store, folded, saved and restored: whichever way, they are the same."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from factories import (
    World,
    backlog_item,
    capability,
    decision,
    deployment,
    execution,
    model_usage,
    release,
    spec_resources,
    sprint,
    task,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from store.backlog.archiving import archive_saga
from store.clock import FakeClock
from store.database import Database
from store.journal.files import METRICS, SNAPSHOT
from store.metrics import restoring, saved
from store.metrics.coding import decoder, values_of
from store.metrics.facts import Facts, Item, LineSpan
from store.metrics.fold import LineTold, MetricsFold
from store.metrics.restoring import rebuild, restore

STORE = "loja-1"
MADE: dict[str, Any] = {
    "backlog_items": backlog_item,
    "execucoes": execution,
    "decisoes": decision,
    "releases": release,
    "implantacoes": deployment,
    "uso_llm": model_usage,
    "specs_recursos": spec_resources,
    "capacidades": capability,
    "sprints": sprint,
    "tasks": task,
}


def open_store(path: Path) -> Database:
    return Database.open(path, by="test", clock=FakeClock(), durable=False)


def plain(facts: Facts) -> dict[str, Any]:
    """Facts without their order and their transaction."""
    found: dict[str, Any] = {"gerado": facts.gerado}
    for name in ("execucoes", "itens", "decisoes", "releases", "implantacoes", "chamadas", "precos"):
        found[name] = sorted(getattr(facts, name), key=lambda fact: fact.id)
    for name in ("capacidades", "sprints", "tasks"):
        found[name] = sorted(getattr(facts, name), key=lambda fact: fact.id)
    return {**found, "linhas": sorted(facts.linhas, key=repr)}


def save(fold: MetricsFold, db: Database, path: Path, store: str = STORE) -> None:
    rows, generated = fold.rows()
    assert saved.write_saved(path, store, fold.seq, db.mark(fold.seq), rows, generated)


def insert(db: Database, collection: str, doc: dict[str, Any]) -> str:
    with db.transaction() as tx:
        return tx.insert(collection, doc)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = open_store(tmp_path)
    yield made
    made.close()


def one_of_each(db: Database) -> None:
    for collection, make in MADE.items():
        doc = make()
        doc.pop("id", None)
        insert(db, collection, doc)
    insert(db, "linhas", {"inicio": "2026-01-05T12:00:00.000000Z", "fim": "", "em_ordem": False})
    insert(db, "meta", {"chave": "gerado"})


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "insert", "put", "put", "delete", "archive", "compact", "save"]),
        st.sampled_from(sorted(MADE)),
        st.integers(0, 30),
    ),
    max_size=40,
)


class Walk:
    """A store that random things happen to, and a fold that is told of each."""

    def __init__(self, path: Path) -> None:
        self.path, self.db = path, open_store(path)
        self.fold = MetricsFold()
        self.db.subscribe(self.fold.apply)

    def do(self, step: str, collection: str, n: int) -> None:
        if step == "insert":
            doc = MADE[collection]()
            doc.pop("id", None)
            insert(self.db, collection, {**doc, "spec_ref": f"spec-{n}"})
        elif step == "compact":
            Database.compact(self.path)
        elif step == "save":
            save(self.fold, self.db, self.path)
        elif ids := [doc["id"] for doc in self.db.all(collection)]:
            self.change(step, collection, ids[n % len(ids)], n)

    def change(self, step: str, collection: str, document_id: str, n: int) -> None:
        with self.db.transaction() as tx:
            doc = tx.get(collection, document_id)
            assert doc is not None
            if step == "delete":
                tx.delete(collection, document_id)
            elif step == "archive":
                tx.put(collection, {**doc, "saga_id": f"last-{n}"})
                tx.archive(collection, document_id, {"tipo": "t", "fim": "Concluido", "saga_id": "s"})
            else:
                tx.put(collection, {**doc, "saga_id": f"saga-{n}", "criada_em": "wrong"})


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_folded_restored_and_rebuilt_facts_are_equal(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    walk = Walk(tmp_path_factory.mktemp("walk"))
    for step in steps:
        walk.do(*step)
    expected = plain(walk.fold.facts())
    restored, _ = restore(walk.db, walk.path, STORE)
    assert plain(restored.facts()) == expected
    assert plain(rebuild(walk.db).facts()) == expected
    assert restored.seq == walk.db.seq
    walk.db.close()


def test_what_is_saved_comes_back_as_it_was(db: Database, tmp_path: Path) -> None:
    one_of_each(db)
    fold, upto = restore(db, tmp_path, STORE)
    assert upto == 0
    save(fold, db, tmp_path)
    again, upto = restore(db, tmp_path, STORE)
    assert upto == db.seq
    assert plain(again.facts()) == plain(fold.facts())
    assert all(map(len, (getattr(again.facts(), name) for name in ("itens", "execucoes", "linhas"))))
    assert again.facts().gerado


def test_only_what_came_after_the_file_is_read(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_of_each(db)
    save(rebuild(db), db, tmp_path)
    later = insert(db, "backlog_items", {**backlog_item(), "spec_ref": "later"})
    monkeypatch.setattr(restoring, "rebuild", lambda *_: pytest.fail("the whole history was read"))
    fold, _ = restore(db, tmp_path, STORE)
    assert later in {item.id for item in fold.facts().itens}


def test_where_lines_are_gone_the_files_archived_facts_are_enough(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_of_each(db)
    with db.transaction() as tx:
        tx.archive("backlog_items", "BKL-0001", {"tipo": "t", "fim": "Concluido", "saga_id": "s"})
    fold = rebuild(db)
    save(fold, db, tmp_path)
    insert(db, "backlog_items", backlog_item())
    Database.compact(tmp_path)
    insert(db, "backlog_items", backlog_item())
    [archive] = tmp_path.glob("archive-*.jsonl")
    archive.unlink()
    monkeypatch.setattr(restoring, "rebuild", lambda *_: pytest.fail("the whole history was read"))
    again, _ = restore(db, tmp_path, STORE)
    assert sorted(item.id for item in again.facts().itens) == ["BKL-0001", "BKL-0002", "BKL-0003"]


def test_a_file_that_lacks_what_was_archived_is_not_believed(db: Database, tmp_path: Path) -> None:
    one_of_each(db)
    with db.transaction() as tx:
        tx.archive("backlog_items", "BKL-0001", {"tipo": "t", "fim": "Concluido", "saga_id": "s"})
    fold = rebuild(db)
    fold.drop("backlog_items", "BKL-0001")
    save(fold, db, tmp_path)
    insert(db, "backlog_items", backlog_item())
    Database.compact(tmp_path)
    again, _ = restore(db, tmp_path, STORE)
    assert "BKL-0001" in {item.id for item in again.facts().itens}


def spoiled(path: Path) -> list[bytes]:
    """Ways in which a file can be wrong."""
    good = (path / METRICS).read_bytes()
    head, _, rest = good.partition(b"\n")
    return [
        b"",
        b"\0" * 100,
        b"[" * 100_000,
        good[: len(good) // 2],
        good.replace(b'"BKL-0001"', b'"BKL-0009"', 1),
        good.replace(b"oficina-metrics/1", b"oficina-metrics/2"),
        good.replace(saved.code().encode(), b"0" * 16),
        good + b"{}\n",
        good + good.splitlines(keepends=True)[-1],
        head + b"\n" + rest.replace(b'["backlog_items"', b'["outras_coisas"'),
        head.replace(b'"seq":', b'"seq":99') + b"\n" + rest,
    ]


def test_a_file_that_is_wrong_is_left_aside(db: Database, tmp_path: Path) -> None:
    one_of_each(db)
    fold = rebuild(db)
    save(fold, db, tmp_path)
    for wrong in spoiled(tmp_path):
        (tmp_path / METRICS).write_bytes(wrong)
        again, upto = restore(db, tmp_path, STORE)
        assert (upto, plain(again.facts())) == (0, plain(fold.facts())), wrong[:80]


ID, HOURS = ([each.name for each in fields(Item)].index(name) for name in ("id", "horas_estimadas"))


def signed(path: Path, place: int, value: Any) -> bytes:
    """The file with another value in each item, and a checksum that says that it is right."""
    head, *lines = path.read_bytes().splitlines(keepends=True)
    rows = [json.loads(line) for line in lines]
    for collection, _, row in rows:
        if collection == "backlog_items":
            row[place] = value
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    first = json.dumps({**json.loads(head), "crc": "0" * 8}, separators=(",", ":")).encode() + b"\n"
    return first.replace(b"0" * 8, f"{zlib.crc32(first + body):08x}".encode()) + body


@pytest.mark.parametrize(
    ("place", "value", "whole"),
    [
        (ID, "BKL-0001", True),
        (ID, 7, False),
        (HOURS, 2, True),
        (HOURS, "soon", False),
        (HOURS, float("inf"), False),
    ],
)
def test_a_file_of_other_values_is_left_aside_whatever_its_checksum_says(
    db: Database, tmp_path: Path, place: int, value: Any, whole: bool
) -> None:
    one_of_each(db)
    fold = rebuild(db)
    save(fold, db, tmp_path)
    (tmp_path / METRICS).write_bytes(signed(tmp_path / METRICS, place, value))
    assert restore(db, tmp_path, STORE)[1] == (fold.seq if whole else 0)


def test_no_field_takes_a_value_of_another_kind(db: Database) -> None:
    one_of_each(db)
    rows, _ = rebuild(db).rows()
    for name, [(_, fact), *_] in ((name, found) for name, found in rows.items() if found):
        row = json.dumps(values_of(name)(fact), default=str)
        assert decoder(name)(json.loads(row)) == fact
        for place in range(len(json.loads(row))):
            other: Any
            for other in ({"x": [1]}, [[{}]]):
                wrong = json.loads(row)
                wrong[place] = other
                with pytest.raises(TypeError):
                    decoder(name)(wrong)


def test_another_stores_file_is_left_aside(db: Database, tmp_path: Path) -> None:
    one_of_each(db)
    other = MetricsFold()
    other.seq = db.seq
    save(other, db, tmp_path, "loja-2")
    assert restore(db, tmp_path, STORE)[1] == 0
    rows, generated = other.rows()
    saved.write_saved(tmp_path, STORE, db.seq, "00000000", rows, generated)
    assert restore(db, tmp_path, STORE)[1] == 0, "the same number, another transaction"
    saved.write_saved(tmp_path, STORE, db.seq + 1, "", rows, generated)
    assert restore(db, tmp_path, STORE)[1] == 0, "the store has not come so far"


def test_a_link_or_a_directory_in_the_files_place_is_none(db: Database, tmp_path: Path) -> None:
    fold = rebuild(db)
    (tmp_path / METRICS).symlink_to(tmp_path / SNAPSHOT)
    assert restore(db, tmp_path, STORE)[1] == 0
    (tmp_path / f"{METRICS}.tmp").mkdir()
    assert not saved.write_saved(tmp_path, STORE, fold.seq, "", *fold.rows())


def test_one_process_writes_at_a_time_and_a_refusing_disk_costs_nothing(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = rebuild(db)

    def meanwhile() -> None:
        assert not saved.write_saved(tmp_path, STORE, 0, "", {}, ())

    insert(db, "capacidades", capability())
    db_fold = rebuild(db)
    assert saved.write_saved(tmp_path, STORE, db_fold.seq, "", *db_fold.rows(), pace=meanwhile)
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("full")))
    assert not saved.write_saved(tmp_path, STORE, fold.seq, "", *fold.rows())
    assert sorted(path.name for path in tmp_path.glob("metrics*")) == [METRICS]


def test_facts_stay_the_same_object_until_one_changes(db: Database, tmp_path: Path) -> None:
    one_of_each(db)
    fold = rebuild(db)
    db.subscribe(fold.apply)
    before = fold.facts()
    insert(db, "gastos", {"chave": "mes:2026-01"})
    assert fold.facts() is before
    assert not fold.changed
    insert(db, "backlog_items", backlog_item())
    after = fold.facts()
    assert after is not before
    assert after.execucoes is before.execucoes
    assert after.seq == db.seq
    assert len(after.itens) == len(before.itens) + 1


def test_a_commit_is_folded_once(db: Database) -> None:
    commits: list[Any] = []
    db.subscribe(commits.append)
    fold = rebuild(db)
    insert(db, "backlog_items", backlog_item())
    assert fold.apply(commits[0])
    assert not fold.apply(commits[0])


def test_a_history_is_generated_until_its_mark_is_gone(db: Database) -> None:
    fold = MetricsFold()
    db.subscribe(fold.apply)
    mark = insert(db, "meta", {"chave": "gerado"})
    assert fold.facts().gerado
    with db.transaction() as tx:
        tx.delete("meta", mark)
    assert not fold.facts().gerado
    insert(db, "meta", {"chave": "pausa"})
    assert not fold.facts().gerado


def test_a_line_that_ended_without_a_word_ended_when_it_was_last_heard_of() -> None:
    fold = MetricsFold()
    fold.put("linhas", "LIN-0001", {"inicio": "2026-01-05T12:00:00.000000Z"})
    fold.put(
        "linhas",
        "LIN-0002",
        {"inicio": "2026-01-05T12:00:00.000000Z", "fim": "2026-01-05T13:00:00.000000Z", "em_ordem": True},
    )
    began = 1767614400.0
    told = LineTold((1.5,), viva=False, ouvida=began + 60)
    facts = fold.facts(told)
    assert facts.gravacoes_ms == (1.5,)
    assert set(facts.linhas) == {
        LineSpan(began, began + 60, em_ordem=False),
        LineSpan(began, began + 3600, em_ordem=True),
    }
    fold.drop("linhas", "LIN-0002")
    assert fold.facts(LineTold(viva=True)).linhas == (LineSpan(began, None, em_ordem=False),)


def test_decisions_that_are_taken_back_and_archived_sagas(tmp_path: Path) -> None:
    world = World(tmp_path)
    fold = MetricsFold()
    world.db.subscribe(fold.apply)
    world.add_spec()
    (budget,) = world.done("orcar_spec", {"tipo": "aprovar_orcamento", "contexto": _FREIGHT})
    answer = world.decide(budget, "aprovar", undo_s=60)
    world.decisions.desfazer(answer, "humano")
    world.backlog.cancelar(budget, "enough")
    ids = [item["id"] for item in world.db.all("backlog_items")]
    assert archive_saga(world.db, world.backlog.rules.book, ids) == len(ids)
    assert {item.id for item in fold.facts().itens} == set(ids)
    assert [each.desfeita for each in fold.facts().decisoes] == [True]
    assert plain(rebuild(world.db).facts()) == plain(fold.facts())
    world.close()


_FREIGHT = {"spec_ref": "frete", "spec_versao": 1, "spec_recursos_ref": "REC-0001"}
