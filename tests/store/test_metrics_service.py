"""Questions to the metrics of an open store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from factories import backlog_item, line_span, sprint, task

from store.clock import FakeClock
from store.database import Database
from store.errors import WrongInput
from store.journal.files import METRICS
from store.metrics.asking import Ask
from store.metrics.facts import Facts
from store.metrics.families import FAMILIES, Family
from store.metrics.fold import LineTold
from store.metrics.model import Page, Query
from store.metrics.service import FRESH_S, MetricsService, Terms

TERMS = Terms("loja-1", "America/Sao_Paulo")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def db(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    made = Database.open(tmp_path, by="test", clock=clock, durable=False)
    yield made
    made.close()


def opened(db: Database, path: Path, clock: FakeClock, terms: Terms = TERMS) -> MetricsService:
    service = MetricsService(db, path, clock, terms)
    db.subscribe(service.take)
    service.restore()
    return service


def add(db: Database, collection: str = "backlog_items", **fields: Any) -> str:
    make = {"backlog_items": backlog_item, "sprints": sprint, "tasks": task, "linhas": line_span}[collection]
    with db.transaction() as tx:
        return tx.insert(collection, {**make(), **fields})


def a_family(monkeypatch: pytest.MonkeyPatch, *grupos: str) -> list[tuple[Facts, Query]]:
    """A family that counts how often its page is made."""
    made: list[tuple[Facts, Query]] = []

    def page(facts: Facts, query: Query) -> Page:
        made.append((facts, query))
        return Page("contas", "Counts", (), grupos=grupos)

    families = {**FAMILIES, "contas": Family("contas", "Counts", page, grupos)}
    monkeypatch.setattr("store.metrics.families.FAMILIES", families)
    return made


def test_a_page_is_made_once_until_something_changes_or_time_goes_by(
    db: Database, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = a_family(monkeypatch)
    service = opened(db, tmp_path, clock)
    first = service.page(Ask("contas"))
    assert service.page(Ask("contas")) is first
    service.page(Ask("contas", periodo="30d"))
    assert len(made) == 2
    add(db)
    service.page(Ask("contas"))
    assert [len(facts.itens) for facts, _ in made] == [0, 0, 1]
    clock.advance(FRESH_S)
    service.page(Ask("contas"))
    assert len(made) == 4
    for days in range(1, 100):
        service.page(Ask("contas", periodo=f"{days}d"))
    assert len(made) > 100


def test_what_cannot_be_asked_is_told_with_the_nearest(
    db: Database, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = a_family(monkeypatch, "worker", "vertente")
    service = opened(db, tmp_path, clock)
    with pytest.raises(WrongInput, match=r"there is no family conta \(did you mean contas\?\)"):
        service.page(Ask("conta"))
    with pytest.raises(WrongInput, match=r"no groups by workers \(did you mean worker\?\)"):
        service.page(Ask("contas", por="workers"))
    assert not made
    assert service.page(Ask("contas", por="worker")).grupos == ("worker", "vertente")


def test_all_time_begins_with_the_first_item(
    db: Database, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = a_family(monkeypatch)
    add(db, criado_em="2025-11-03T12:00:00.000000Z")
    opened(db, tmp_path, clock).page(Ask("contas", periodo="tudo", corte="mes"))
    [(_, query)] = made
    assert query.cortes.day(query.janela.inicio).isoformat() == "2025-11-03"


def test_a_generated_history_is_told_on_every_page(
    db: Database, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_family(monkeypatch)
    with db.transaction() as tx:
        tx.insert("meta", {"chave": "gerado"})
    assert opened(db, tmp_path, clock).page(Ask("contas")).gerado


def test_commits_before_and_during_the_restore_are_not_lost(
    db: Database, tmp_path: Path, clock: FakeClock
) -> None:
    service = MetricsService(db, tmp_path, clock, TERMS)
    db.subscribe(service.take)
    first = add(db)
    assert not service.restored
    with pytest.raises(RuntimeError):
        service.facts()
    second: list[str] = []

    def meanwhile() -> None:
        if not second:
            second.append(add(db))

    service.restore(pace=meanwhile)
    assert {item.id for item in service.facts().itens} == {first, *second}


def test_it_is_saved_and_the_next_one_begins_from_there(
    db: Database, tmp_path: Path, clock: FakeClock
) -> None:
    add(db)
    service = opened(db, tmp_path, clock)
    assert service.unsaved == db.seq
    assert service.save()
    assert service.unsaved == 0
    add(db)
    assert service.unsaved == 1
    again = opened(db, tmp_path, clock)
    assert again.unsaved == 1
    assert replace(again.facts(), indices={}) == replace(service.facts(), indices={})


def test_a_store_that_is_only_viewed_is_not_written_in(tmp_path: Path, clock: FakeClock) -> None:
    Database.open(tmp_path, by="test", clock=clock, durable=False).close()
    viewed = Database.open(tmp_path, by="test", clock=clock, readonly=True)
    service = opened(viewed, tmp_path, clock)
    assert not service.save()
    assert not (tmp_path / METRICS).exists()
    viewed.close()


def test_what_the_line_tells_comes_with_the_facts(db: Database, tmp_path: Path, clock: FakeClock) -> None:
    told = LineTold((1.0, 2.0), viva=False)
    service = opened(db, tmp_path, clock, replace(TERMS, linha=lambda: told))
    add(db, "linhas")
    facts = service.facts()
    assert facts.gravacoes_ms == (1.0, 2.0)
    assert [span.fim for span in facts.linhas] == [span.inicio for span in facts.linhas]


def test_documents_and_sprints_are_answered_from_the_same_facts(
    db: Database, tmp_path: Path, clock: FakeClock
) -> None:
    item, _ = add(db), add(db, "sprints")
    add(db, "tasks")
    service = opened(db, tmp_path, clock)
    assert [each.tipo for each in service.behind([item])] == ["orcar_spec"]
    assert service.burn_up("S022").series
    with pytest.raises(WrongInput):
        service.burn_up("S9")


def test_many_threads_ask_while_commits_come(db: Database, tmp_path: Path, clock: FakeClock) -> None:
    service = opened(db, tmp_path, clock)
    counts: list[int] = []

    def ask() -> None:
        while not counts or counts[-1] < 30:
            counts.append(len(service.facts().itens))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        add(db)
    for thread in threads:
        thread.join()
    assert counts[-1] == 30
