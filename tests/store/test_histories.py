"""Generated histories: whole, by a seed, plausible, and never mixed with real work."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from factories import World, backlog_item

from store.clock import FakeClock, parse_time
from store.contracts import Contracts
from store.database import Database
from store.documents import complete
from store.errors import StoreReadOnly, WrongState
from store.histories.book import Book
from store.histories.chance import Chance
from store.histories.weeks import history
from store.histories.writing import is_generated, write_history
from store.metrics.asking import Ask, to_query
from store.metrics.fold import MetricsFold
from store.metrics.load import loads
from store.metrics.restoring import rebuild

NOW = parse_time("2026-03-04T18:00:00.000000Z").timestamp()
REFERENCES = {
    "execucoes": {"backlog_item_ref": "backlog_items", "release_ref": "releases"},
    "releases": {"execucao_ref": "execucoes", "substitui_release": "releases"},
    "implantacoes": {"release_ref": "releases", "execucao_ref": "execucoes"},
    "decisoes": {"item_ref": "backlog_items"},
    "uso_llm": {"execucao_id": "execucoes"},
    "backlog_items": {"pai": "backlog_items", "execucao_ref": "execucoes"},
    "tasks": {"item_ref": "backlog_items"},
}


@pytest.fixture(scope="module")
def book() -> Book:
    return history(7, 60, NOW)


def times_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [time for each in value.values() for time in times_in(each)]
    if isinstance(value, list):
        return [time for each in value for time in times_in(each)]
    return [value] if isinstance(value, str) and len(value) == 27 and value.endswith("Z") else []


def test_the_same_seed_makes_the_same_history_and_another_one_another(book: Book) -> None:
    assert history(7, 60, NOW).documents == book.documents
    assert history(8, 60, NOW).documents != book.documents


def test_nothing_of_it_lies_in_the_future_and_every_document_is_whole(book: Book) -> None:
    for collection, docs in book.documents.items():
        for doc in docs:
            complete(collection, doc)
            late = [time for time in times_in(doc) if datetime.fromisoformat(time).timestamp() > NOW + 1]
            assert not late, (collection, doc)
    assert all(moment <= NOW for moment, _ in book.events)


def test_references_lead_to_documents(book: Book) -> None:
    ids = {collection: {doc["id"] for doc in docs} for collection, docs in book.documents.items()}
    for collection, fields in REFERENCES.items():
        for doc in book.documents[collection]:
            for field, target in fields.items():
                assert not doc.get(field) or doc[field] in ids[target], (collection, field, doc)


def test_it_has_the_rhythm_the_failures_and_the_misjudgement_of_work(book: Book) -> None:
    days = Counter(datetime.fromisoformat(doc["criada_em"]).weekday() for doc in book.documents["specs"])
    assert sum(days[day] for day in range(5)) > 5 * (days[5] + days[6])
    executions = book.documents["execucoes"]
    ends = Counter(doc.get("status", "em_andamento") for doc in executions)
    assert ends["concluido"] > ends["rejeitado"] > 0
    ratios = [
        doc["realizado"]["horas"]["total"] / doc["estimado"]["horas"]["total"]
        for doc in executions
        if doc.get("status") == "concluido"
    ]
    assert 1.0 < median(ratios) < 1.6
    assert min(ratios) < 0.9
    assert max(ratios) > 1.8
    assert {doc["tipo"] for doc in book.documents["backlog_items"]} >= {
        "orcar_spec",
        "entrevistar_dor",
        "aprovar_orcamento",
        "desenvolvimento",
        "corrigir_bug",
        "implantar",
        "validar_implantacao",
    }
    assert len(book.documents["sprints"]) >= 4


def test_a_history_that_ends_early_has_work_under_way() -> None:
    open_now = Counter(
        item["status"] for seed in range(6) for item in history(seed, 20, NOW).documents["backlog_items"]
    )
    assert open_now["Pendente"] > 0
    assert open_now["Bloqueado"] > 0


def test_it_is_written_once_into_a_store_that_is_only_looked_at_then(tmp_path: Path, book: Book) -> None:
    counts = write_history(tmp_path, history(7, 20, NOW))
    clock = FakeClock()
    db = Database.open(tmp_path, by="test", clock=clock)
    assert is_generated(db)
    assert db.count("backlog_items") == counts["backlog_items"] > 0
    assert "generated history" in db.readonly_reason
    with pytest.raises(StoreReadOnly, match="only looked at"), db.transaction():
        pass
    facts = rebuild(db).facts()
    assert facts.gerado
    assert len(facts.execucoes) == counts["execucoes"]
    events = list(db.history())
    assert [event["ts"] for event in events] == sorted(event["ts"] for event in events)
    assert events[0]["ts"] < "2026-02-2"
    db.close()
    with pytest.raises(WrongState, match="holds a generated history already"):
        write_history(tmp_path, book)


def test_a_store_with_work_of_its_own_takes_none(tmp_path: Path, book: Book) -> None:
    world = World(tmp_path)
    with world.db.transaction() as tx:
        tx.insert("backlog_items", backlog_item())
    world.close()
    with pytest.raises(WrongState, match=r"work of its own \(backlog_items\): a history is not mixed"):
        write_history(tmp_path, book)
    world.reopen()
    assert world.db.count("backlog_items") == 1
    assert not is_generated(world.db)
    world.close()


def test_an_empty_history_is_marked_all_the_same(tmp_path: Path) -> None:
    assert write_history(tmp_path, Book(Chance(1), NOW)) == {}
    db = Database.open(tmp_path, by="test", clock=FakeClock())
    assert is_generated(db)
    db.close()


def test_people_answer_when_they_work() -> None:
    chance = Chance(3)
    friday_night = parse_time("2026-02-27T23:30:00.000000Z").timestamp()
    answers = [chance.answered(friday_night, 2.0) for _ in range(300)]
    assert min(answers) >= friday_night
    days = Counter(datetime.fromtimestamp(each, UTC).weekday() for each in answers)
    assert days[0] > days[5] + days[6]


def test_choices_follow_their_weights() -> None:
    chance = Chance(5)
    drawn = Counter(chance.weighed({"a": 0.9, "b": 0.1}) for _ in range(2000))
    assert 1700 < drawn["a"] < 1900
    assert chance.weighed({"a": 0.0, "b": 0.0}) == "b"
    counts = [chance.count(3.0) for _ in range(2000)]
    assert 2.8 < sum(counts) / len(counts) < 3.2


@pytest.mark.parametrize("seed", [1, 5, 12])
def test_items_keep_their_contracts_and_answers_are_options_of_them(seed: int) -> None:
    contracts = Contracts.load(Path(__file__).parents[2] / "seeds" / "contracts.yaml")
    documents = history(seed, 30, NOW).documents
    for collection, docs in documents.items():
        for doc in docs:
            complete(collection, doc)
    for item in documents["backlog_items"]:
        contract = contracts[item["tipo"]]
        contract.check_context(item["contexto"])
        if item.get("resultado") is not None:
            contract.check_result(item["resultado"])
        else:
            assert item["humano"] or item["status"] != "Concluido", item
        assert (contract.consumidor, contract.humano) == (item["ator"], item["humano"]), item
        assert contract.takes(item["produtor"]), item
    for decision in documents["decisoes"]:
        answer = contracts[decision["tipo"]].answer(decision["opcao"])
        assert decision["motivo"] or answer.motivo != "obrigatorio", decision


@pytest.mark.parametrize(("seed", "dias"), [(5, 90), (2, 20), (9, 1)])
def test_it_ends_in_the_midst_of_work_however_long_it_is(seed: int, dias: int) -> None:
    fold = MetricsFold()
    for name, docs in history(seed, dias, NOW).documents.items():
        for doc in docs:
            fold.put(name, doc["id"], doc)
    facts = fold.facts()
    under_way = [item for item in facts.itens if item.iniciado is not None and item.encerrado is None]
    assert Counter(item.status for item in under_way) >= Counter(
        {"Bloqueado": 4, "EmProcessamento": 6, "Pendente": 3}
    )
    assert sum(item.humano and item.status == "Pendente" and not item.retido for item in facts.itens) >= 9
    (sprint,) = [each.sprint_id for each in facts.sprints if each.estado == "aberta"]
    mine = [task for task in facts.tasks if task.sprint_id == sprint]
    done = sum(task.fim == "concluida" for task in mine)
    assert (done >= 8, len(mine) - done >= 10, sum(task.puxada for task in mine) >= 2) == (True,) * 3
    asked = [item for item in facts.itens if item.tipo == "decidir_pull" and item.status == "Pendente"]
    assert all(item.criado is not None and NOW - item.criado < 10 * 86_400 for item in asked)
    pulls = [each for each in facts.decisoes if each.tipo == "decidir_pull"]
    assert pulls
    assert all(each.espera_s is not None and each.espera_s > 0 for each in pulls)
    query = to_query(Ask("kpis", periodo="30d"), NOW, "UTC")
    assert sum(each.minutos for each in loads(facts, query)) > 0
    if dias == 90:
        priced = [each for each in facts.execucoes if each.calibrado[0] is not None]
        assert len(priced) > 50
        assert all(each.horas.total.estimado != each.calibrado[0] for each in priced)
