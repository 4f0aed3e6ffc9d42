"""TinyDB's own calls on the journal: answers by index equal scans, its private hooks are as expected."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import Any

import pytest
import tinydb
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_kit import SMALL, memory, open_small, put_pairs
from tinydb import Query, TinyDB, where
from tinydb.operations import delete, increment
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from store.errors import StoreError
from store.journal.indexes import HashIndex, OrderedIndex
from store.journal.lines import encode
from store.journal.plan import candidates
from store.journal.state import State, TableIndexes
from store.journal.storage import JournalStorage

scalars = st.one_of(
    st.sampled_from(["a", "b", "ab", ""]), st.integers(0, 2), st.booleans(), st.sampled_from([0.0, 1.0])
)
values = st.one_of(
    scalars, st.none(), st.lists(st.one_of(scalars, st.lists(scalars)), max_size=3), st.just({"a": 1})
)
documents = st.lists(
    st.fixed_dictionaries(
        {}, optional={"x": values, "y": values, "z": st.one_of(values, st.just({"w": "a"}))}
    ),
    max_size=8,
)


def _leaf(field: Any) -> st.SearchStrategy:
    return st.one_of(
        values.map(lambda value: field == value),
        values.map(lambda value: field != value),
        st.lists(values, max_size=3).map(lambda found: field.one_of(found)),
        st.lists(scalars, max_size=3).map(lambda found: field.any(found)),
        st.lists(scalars, max_size=3).map(lambda found: field.all(found)),
        st.just(field.exists()),
        st.just(field.test(lambda value: value == "a")),
        st.just(field.any(Query().map(str) == "1")),
    )


leaves = st.one_of(
    _leaf(where("x")), _leaf(where("y")), _leaf(where("z")["w"]), _leaf(where("z.w")), st.just(Query().noop())
)
queries = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
        inner.map(lambda one: ~one),
    ),
    max_leaves=4,
)


def _fits(query: Any, document: dict) -> bool:
    """TinyDB's own `all` and `any` raise on a value that is no list: such a document is no match."""
    try:
        return bool(query(document))
    except TypeError:
        return False


@given(
    documents,
    st.lists(st.tuples(st.integers(0, 7), st.fixed_dictionaries({}, optional={"x": values})), max_size=4),
    queries,
)
@settings(deadline=None, max_examples=200)
def test_candidates_of_a_query_hold_all_its_matches(found: list[dict], changes: list, query: Any) -> None:
    indexes = {index.path: index for index in map(HashIndex, ("x", "y", "z.w"))}
    rows: dict[int, dict] = {}
    for number, document in enumerate(found):
        rows[number] = document
        for index in indexes.values():
            index.load(number, document)
    for number, document in changes:
        for index in indexes.values():
            index.change(number, rows.get(number), document)
        rows[number] = document
    numbers = candidates(indexes, query._hash)
    assert (
        numbers is None or {number for number, document in rows.items() if _fits(query, document)} <= numbers
    )


def test_equality_membership_and_their_combinations_use_the_index() -> None:
    index = HashIndex("x")
    for number, value in enumerate(["a", "b", "a", ["a", "c"]]):
        index.change(number, None, {"x": value})
    indexes, x = {index.path: index}, where("x")
    assert candidates(indexes, (x == "b")._hash) == {1}
    assert candidates(indexes, (x.one_of(["b", "c"]))._hash) == {1, 3}
    assert candidates(indexes, ((x == "a") & (where("y") == 1))._hash) == {0, 2, 3}
    assert candidates(indexes, ((x == "a") | (x == "b"))._hash) == {0, 1, 2, 3}
    assert candidates(indexes, ((x == "a") | (where("y") == 1))._hash) is None
    assert candidates(indexes, (~(x == "a"))._hash) is None
    assert candidates(indexes, x.any(["c"])._hash) is None, "texts are looked into by `any`"
    lists = HashIndex("x")
    lists.change(1, None, {"x": ["a", "c"]})
    assert candidates({lists.path: lists}, x.any(["c"])._hash) == {1}


fields = st.one_of(st.none(), st.sampled_from(["a", "b", 1, True, ["a"], ["a", "b"], [], {"recurso": "a"}]))
small_documents = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("status", "depende_de", "contexto", "n", "prazo", "outro"), fields)
)


@given(st.lists(st.tuples(st.integers(1, 3), st.one_of(st.none(), small_documents)), max_size=12))
@settings(deadline=None, max_examples=50)
def test_indexes_that_follow_are_those_that_a_load_builds(changes: list[tuple[int, dict | None]]) -> None:
    collection = dataclasses.replace(
        SMALL["itens"], queue=None, computed={"dobro": lambda item: [item.get("status"), item.get("n")]}
    )
    followed, loaded = State({"itens": collection}), State({"itens": collection})
    followed.build_indexes()
    for number, document in changes:
        raw = None if document is None else encode(document)
        followed.change("itens", number, raw, document)
        loaded.change("itens", number, raw, document)
    loaded.build_indexes()
    assert _filed(followed.indexes["itens"]) == _filed(loaded.indexes["itens"])


def _filed(indexes: TableIndexes) -> list[object]:
    by_value = [
        (index.loose, [sorted(index.numbers(value)) for value in ("a", "b", 1)])
        for index in indexes.by_value.values()
    ]
    return [by_value, [index.between(None, None) for index in indexes.in_order.values()]]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.one_of(st.none(), scalars)), max_size=30),
    st.one_of(st.none(), st.integers(0, 2)),
    st.one_of(st.none(), st.integers(0, 2)),
)
@settings(deadline=None, max_examples=150)
def test_an_ordered_index_answers_what_a_scan_answers(
    changes: list, low: int | None, high: int | None
) -> None:
    index, rows = OrderedIndex("p.q"), {}
    for number, value in changes:
        new = {"p": {"q": value}}
        index.change(number, rows.get(number), new)
        rows[number] = new
        if number % 3 == 0:
            index.between(None, None)
    found = [(isinstance(v, str), v, n) for n, row in rows.items() if (v := row["p"]["q"]) is not None]
    assert index.between(None, None) == [n for _, _, n in sorted(found)]
    numbers = [
        e
        for e in sorted(found)
        if not e[0] and (low is None or e[1] >= low) and (high is None or e[1] <= high)
    ]
    if (low, high) != (None, None):
        assert index.between(low, high) == [n for _, _, n in numbers]
    assert index.between("a", None) == [n for text, v, n in sorted(found) if text and v >= "a"]
    assert index.between(None, "a") == [n for text, v, n in sorted(found) if text and v <= "a"]


# -- the same calls on stock TinyDB and on the journal


def _script(table: Any) -> list[Any]:
    q = Query()
    seen: list[Any] = [table.insert({"status": "p", "k": 1, "depende_de": []})]
    seen.append(
        table.insert_multiple(
            [{"status": "p", "k": 2, "depende_de": [1]}, {"status": "c", "k": 3, "depende_de": [1, 2]}]
        )
    )
    seen.append(table.update({"k": 10}, q.status == "p"))
    seen.append(table.update(increment("k"), doc_ids=[3, 99]))
    seen.append(table.update(delete("k"), q.depende_de.any([2])))
    seen.append(table.update_multiple([({"z": 1}, q.status == "p"), ({"z": 2}, q.status == "c")]))
    seen.append(table.upsert({"nome": "u", "status": "n"}, q.nome == "u"))
    seen.append(table.upsert({"status": "m"}, q.nome == "u"))
    seen.append([dict(d) for d in table.search(q.status.one_of(["p", "m"]))])
    seen.append(
        [table.count(q.status == "p"), table.contains(q.status == "c"), table.contains(doc_id=77), len(table)]
    )
    seen.append([dict(d) for d in table.get(doc_ids=[4, 1])])
    seen.append([table.get(doc_id=99), table.get(q.status == "nada"), dict(table.get(q.status == "c"))])
    seen.append(table.remove(q.status == "c"))
    seen.append(table.remove(doc_ids=[1, 50]))
    seen.append([(d.doc_id, dict(d)) for d in table])
    seen.append(table.insert(Document({"explicit": True}, doc_id=20)))
    seen.append([d.doc_id for d in table.all()])
    table.update({"todos": 1})
    seen.append([dict(d) for d in table])
    return seen


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_ids(each) for name, each in value.items() if name != "id"}
    return type(value)(map(_without_ids, value)) if isinstance(value, list | tuple) else value


def test_a_script_gives_what_stock_tinydb_gives(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store")
    stock = TinyDB(storage=MemoryStorage)
    assert _without_ids(_script(db.table("itens"))) == _script(stock.table("itens"))
    again = open_small(tmp_path / "store")
    assert memory(again) == memory(db)
    again.close()
    db.close()


def test_tables_that_nobody_defined_work_too(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store")
    table = db.table("solta")
    assert table.insert({"a": 1}) == 1
    assert table.search(where("a") == 1) == [{"a": 1, "id": "1"}]
    assert db.tables() == {"solta"}
    table.truncate()
    assert db.tables() == set()
    assert table.insert({"a": 2}) == 2, "a number is not used again"
    db.close()


def test_dropping_tables(tmp_path: Path) -> None:
    db, other = open_small(tmp_path / "store"), open_small(tmp_path / "store")
    put_pairs(db, 1, 2)
    db.drop_table("notas")
    assert other.tables() == {"itens"}
    put_pairs(db, 3, 3)
    db.drop_tables()
    assert other.tables() == set()
    db.close()
    other.close()


def test_results_are_copies_with_their_number(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store")
    put_pairs(db, 1, 1)
    found = db.table("itens").get(doc_id=1)
    found["n"] = 100
    assert found.doc_id == 1
    assert db.get("itens", "ITM-0001")["n"] == 1
    with pytest.raises(RuntimeError, match="You have to pass"):
        db.table("itens").get()
    with pytest.raises(ValueError, match="not a Mapping"):
        db.table("itens").insert(3)
    db.close()


@pytest.mark.parametrize("name", ["_meta", "_default", "", "com espaço", "9x", 'a"b'])
def test_names_that_the_snapshot_could_not_hold_are_refused(tmp_path: Path, name: str) -> None:
    db = open_small(tmp_path / "store")
    with pytest.raises(StoreError, match="can't be a table's name"):
        db.table(name)
    with pytest.raises(StoreError, match="can't be a table's name"), db.transaction() as tx:
        tx.put_number(name, 1, {})
    db.close()


def test_stock_tables_work_over_the_storage(tmp_path: Path) -> None:
    db = open_small(tmp_path / "store")
    put_pairs(db, 1, 1)
    stock = TinyDB(tmp_path / "store", storage=JournalStorage, collections=SMALL)
    assert type(stock.table("itens")) is Table
    stock.table("itens").insert({"status": "stock"})
    stock.table("itens").update({"status": "outro"}, where("status") == "stock")
    assert [item["status"] for item in db.find("itens", "status", "outro")] == ["outro"]
    stock.drop_table("notas")
    assert db.count("notas") == 0
    stock.close()
    db.close()


def test_the_private_hooks_of_tinydb_that_the_tables_use() -> None:
    """Whoever updates tinydb reads here what it must still do."""
    assert tinydb.__version__.startswith("4.9.")
    assert list(inspect.signature(Table._update_table).parameters) == ["self", "updater"]
    assert list(inspect.signature(Table._read_table).parameters) == ["self"]
    assert list(inspect.signature(Table._get_next_id).parameters) == ["self"]
    table = TinyDB(storage=MemoryStorage).table("t")
    called: list[str] = []
    for name in ("_update_table", "_read_table", "_get_next_id"):
        original = getattr(table, name)
        setattr(
            table, name, lambda *a, _name=name, _original=original: (called.append(_name), _original(*a))[1]
        )
    number = table.insert({"a": 1})
    table.update({"a": 2}, doc_ids=[number])
    table.remove(doc_ids=[number])
    assert [row for row in table] == []  # noqa: C416 - list() would ask for the length too
    assert called == [
        "_get_next_id",
        "_read_table",
        "_update_table",
        "_update_table",
        "_update_table",
        "_read_table",
    ]


def test_the_hashes_of_tinydbs_queries() -> None:
    a, b = where("a"), where("b")["c"]
    assert (a == 1)._hash == ("==", ("a",), 1)
    assert (b == "x")._hash == ("==", ("b", "c"), "x")
    assert a.one_of([1, 2])._hash == ("one_of", ("a",), (1, 2))
    assert a.any([1, 2])._hash == ("any", ("a",), (1, 2))
    assert ((a == 1) & (b == 2))._hash == ("and", frozenset([("==", ("a",), 1), ("==", ("b", "c"), 2)]))
    assert ((a == 1) | (b == 2))._hash == ("or", frozenset([("==", ("a",), 1), ("==", ("b", "c"), 2)]))
    assert (a.map(str) == "1")._hash is None
