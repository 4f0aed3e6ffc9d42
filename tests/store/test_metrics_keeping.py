"""Indices that are carried over from commit to commit give the pages that facts alone give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from store.histories.weeks import history
from store.metrics import keeping
from store.metrics.asking import Ask, to_query
from store.metrics.facts import Facts
from store.metrics.families import FAMILIES
from store.metrics.fold import MetricsFold
from store.metrics.keeping import AT, at, by_moment, kept
from store.metrics.model import Figure, Page

NOW = 1_790_000_000.0
DAYS = 20
PAST = "2026-09-15"
STATUSES = ("concluido", "falhou", "em_andamento", "cancelado", "")


@pytest.fixture(scope="module")
def documents() -> list[tuple[str, dict[str, Any]]]:
    book = history(3, DAYS, NOW, 2.0)
    return [(name, doc) for name, docs in book.documents.items() for doc in docs]


def _told(page: Page) -> Page:
    """Without the order of documents of the same moment, which facts don't promise."""
    return replace(page, figuras=tuple(map(_unordered, page.figuras)), graficos=())


def _unordered(figure: Figure) -> Figure:
    return replace(figure, itens=tuple(sorted(figure.itens)))


def _pages(facts: Facts, seed: int) -> list[Page]:
    """Every family, of few days up to now or before and of all, the latter also by one of its groups."""
    chance = Random(seed)
    return [
        _told(each.page(facts, to_query(ask, NOW, "America/Sao_Paulo", primeiro=NOW - DAYS * 86_400)))
        for name, each in FAMILIES.items()
        for ask in (
            chance.choice((Ask(name, periodo="9d"), Ask(name, periodo="9d", ate=PAST))),
            Ask(name, periodo="tudo", por=chance.choice(each.grupos or ("",))),
        )
    ]


def _changes(documents: list[tuple[str, dict[str, Any]]], chance: Random) -> Iterator[MetricsFold]:
    """A fold after each of several rounds of documents that came, changed and went."""
    fold = MetricsFold()
    come = [each for each in documents if chance.random() < 0.7]
    for name, doc in come:
        fold.put(name, doc["id"], doc)
    yield fold
    for _ in range(3):
        for name, doc in chance.sample(documents, 60):
            wrong = {"status": "Falhou", "concluido_em": None, "iniciado_em": None, "fim": None}
            fold.put(name, doc["id"], chance.choice([doc, {**doc, **wrong}]))
        for name, doc in chance.sample([each for each in documents if each[0] == "execucoes"], 9):
            # Again and again, and at moments that others have as well.
            for day in chance.choices(range(1, 4), k=2):
                at_once = {"concluido_em": f"2026-09-{day:02d}T00:00:00.000000Z"}
                fold.put(name, doc["id"], {**doc, **at_once, "status": chance.choice(STATUSES)})
        for name, doc in chance.sample(documents, 20):
            fold.drop(name, doc["id"])
        yield fold


@pytest.mark.parametrize("seed", [1, 2])
def test_carried_indices_give_the_pages_of_the_facts_alone(
    documents: list[tuple[str, dict[str, Any]]], seed: int
) -> None:
    for number, fold in enumerate(_changes(documents, Random(seed))):
        facts = fold.facts()
        assert _pages(facts, number) == _pages(replace(facts, indices={}), number)


def _items(fold: MetricsFold, *names: str) -> Facts:
    for name in names:
        moment = f"2026-01-{len(name):02d}T00:00:00.000000Z"
        fold.put("backlog_items", name, {"id": name, "criado_em": moment})
    return fold.facts()


_CREATED = at(lambda item: item.criado)


def _ids(facts: Facts) -> list[str]:
    return [each.id for each in by_moment(facts, "created", "itens", _CREATED).rows]


def test_earlier_facts_keep_what_they_were() -> None:
    fold = MetricsFold()
    first = _items(fold, "a", "ccc")
    assert _ids(first) == ["a", "ccc"]
    second = _items(fold, "bb")
    assert _ids(second) == ["a", "bb", "ccc"]
    assert _ids(replace(first, indices={AT: first.indices[AT]})) == ["a", "ccc"]
    fold.drop("backlog_items", "a")
    assert _ids(fold.facts()) == ["bb", "ccc"]
    assert _ids(second) == ["a", "bb", "ccc"]


def test_only_what_matters_is_built_anew() -> None:
    fold, built = MetricsFold(), []

    def build(facts: Facts) -> int:
        built.append(facts.seq)
        return len(facts.itens)

    def asked(facts: Facts) -> int:
        return kept(facts, "how many", build, ("itens",), matters=lambda item: item.id != "x")

    assert [asked(_items(fold, "a")), asked(_items(fold, "x")), asked(_items(fold, "bb"))] == [1, 1, 3]
    fold.put("releases", "r", {"id": "r"})
    assert asked(fold.facts()) == 3
    assert len(built) == 2


def test_after_too_many_changes_everything_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.metrics.fold.MOST_CHANGES", 2)
    fold = MetricsFold()
    assert _ids(_items(fold, "a")) == ["a"]
    facts = _items(fold, "bb", "ccc", "dddd")
    carried = facts.indices[AT]
    assert isinstance(carried, tuple)
    assert isinstance(carried[0], keeping.Keeping)
    assert not carried[0].known
    assert _ids(facts) == ["a", "bb", "ccc", "dddd"]


def test_when_work_began_is_looked_for_anew_after_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.metrics.velocidade._MOST_SINCE", 2)
    fold = MetricsFold()
    ended = {"status": "concluido", "concluido_em": "2026-09-20T10:00:00.000000Z"}
    fold.put("execucoes", "e", {"id": "e", "backlog_item_ref": "i1", **ended})

    def cycle(hour: int, *names: str) -> object:
        for name in names:
            began = f"2026-09-20T{hour:02d}:00:00.000000Z"
            fold.put("backlog_items", name, {"id": name, "iniciado_em": began})
        asked = to_query(Ask("velocidade", periodo="9d"), NOW, "America/Sao_Paulo")
        page = FAMILIES["velocidade"].page(fold.facts(), asked)
        return next(each.valor for each in page.figuras if each.chave == "cycle_time")

    assert cycle(4, "i1") == 6
    assert cycle(5, "i1") == 5
    assert cycle(6, "i1", "i2", "i3") == 4
    fold.drop("backlog_items", "i1")
    assert cycle(7, "i2") is None
