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
from store.metrics.behind import behind
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
    chance, now = Random(seed), NOW + seed * 43_200.0
    return [
        _told(each.page(facts, to_query(ask, now, "America/Sao_Paulo", primeiro=NOW - DAYS * 86_400)))
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
    ids = [doc["id"] for _, doc in documents]
    for number, fold in enumerate(_changes(documents, Random(seed))):
        facts = fold.facts()
        alone = replace(facts, indices={})
        assert _pages(facts, number) == _pages(alone, number)
        assert behind(facts, ids) == behind(alone, ids)


@pytest.mark.parametrize("fuso", ["America/Santiago", "UTC"])
def test_buckets_of_each_length_after_each_other_are_those_of_the_facts_alone(
    documents: list[tuple[str, dict[str, Any]]], fuso: str
) -> None:
    """Santiago puts the clock forward on 2026-09-06; an earlier period comes after a later one."""
    chance = Random(6)
    for number, fold in enumerate(_changes(documents, chance)):
        facts, now = fold.facts(), NOW + number * 43_200.0
        alone = replace(facts, indices={})
        for ask in (
            Ask("analise", periodo="4d", corte="dia"),
            Ask("analise", periodo="9d", ate=PAST, corte=chance.choice(("dia", "semana", "mes"))),
            *(Ask("analise", periodo="tudo", corte=each) for each in ("dia", "semana", "mes")),
        ):
            query = to_query(ask, now, fuso, primeiro=NOW - DAYS * 86_400)
            page = FAMILIES["analise"].page
            carried, anew = page(facts, query), page(replace(alone, indices={}), query)
            assert _told(carried) == _told(anew), ask
            assert carried.graficos == anew.graficos, ask


def test_executions_that_change_alone_are_charged_as_in_the_facts_alone(
    documents: list[tuple[str, dict[str, Any]]],
) -> None:
    """No release, deployment or repair changes with them: the charges of others are not looked at."""
    fold, chance = MetricsFold(), Random(4)
    for name, doc in documents:
        fold.put(name, doc["id"], doc)
    runs = [doc for name, doc in documents if name == "execucoes" and not doc.get("bug")]
    for number in range(4):
        alone = replace(fold.facts(), indices={})
        for name in ("custo", "qualidade", "dora"):
            ask = to_query(Ask(name, periodo="tudo"), NOW, "UTC", primeiro=NOW - DAYS * 86_400)
            page = FAMILIES[name].page
            assert _told(page(fold.facts(), ask)) == _told(page(alone, ask)), (number, name)
        for doc in chance.sample(runs, 7):
            status = chance.choice(("concluido", "falhou", "em_andamento"))
            custo = {"total": f"{chance.randrange(1, 90)}.00", "llm": "1.00"}
            fold.put(
                "execucoes",
                doc["id"],
                {**doc, "status": status, "realizado": {**doc["realizado"], "custo": custo}},
            )


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


def test_of_too_many_changes_the_older_half_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.metrics.fold.MOST_CHANGES", 4)
    fold = MetricsFold()
    earlier = _items(fold, "a")
    assert _ids(earlier) == ["a"]
    assert _ids(_items(fold, "bb", "ccc")) == ["a", "bb", "ccc"]
    facts = _items(fold, "dddd", "eeeee", "ffffff")
    assert _known(facts) == ["created"], "asked for since the oldest change that is known"
    assert _ids(facts) == ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"]
    assert _ids(replace(earlier, indices={AT: earlier.indices[AT]})) == ["a"]
    facts = _items(fold, *(name * 7 for name in "abcdef"))
    assert not _known(facts)
    assert len(_ids(facts)) == 12


def _known(facts: Facts) -> list[str]:
    carried = facts.indices[AT]
    assert isinstance(carried, tuple)
    assert isinstance(carried[0], keeping.Keeping)
    return list(carried[0].known)


def test_a_bug_from_its_opening_to_its_repair_is_told_as_of_the_facts_alone(
    documents: list[tuple[str, dict[str, Any]]],
) -> None:
    """It is opened, begun, released, loses its execution, is cancelled, becomes other work, and is gone."""
    fold = MetricsFold()
    for name, doc in documents:
        fold.put(name, doc["id"], doc)
    specs = [doc for name, doc in documents if name == "releases"]
    opened = {"id": "BKL-9", "tipo": "corrigir_bug", "status": "Pendente", "spec_ref": specs[0]["spec_ref"]}
    opened |= {
        "criado_em": "2026-09-10T00:00:00.000000Z",
        "contexto": {"severidade": "critico", "release_ref": specs[0]["id"]},
    }
    begun = {"id": "EXE-9", "backlog_item_ref": "BKL-9", "status": "em_andamento", "bug": {}}
    steps: list[tuple[str, str, dict[str, Any] | None]] = [
        ("backlog_items", "BKL-9", opened),
        ("execucoes", "EXE-9", begun),
        ("execucoes", "EXE-9", {**begun, "release_ref": "REL-9"}),
        ("releases", "REL-9", {"id": "REL-9", "substitui_release": specs[1]["id"]}),
        ("execucoes", "EXE-9", {**begun, "backlog_item_ref": "BKL-8"}),
        ("execucoes", "EXE-9", None),
        ("backlog_items", "BKL-9", {**opened, "status": "Cancelado", "concluido_em": opened["criado_em"]}),
        ("backlog_items", "BKL-9", {**opened, "tipo": "desenvolvimento"}),
        ("backlog_items", "BKL-9", None),
    ]
    counted = []
    for collection, document_id, put in (("releases", specs[0]["id"], specs[0]), *steps):
        if put is None:
            fold.drop(collection, document_id)
        else:
            fold.put(collection, document_id, put)
        facts, pages = fold.facts(), []
        for known in (facts, replace(facts, indices={})):
            for ask in (Ask("qualidade", periodo="tudo", por="release"), Ask("dora", periodo="tudo")):
                query = to_query(ask, NOW, "UTC", primeiro=NOW - DAYS * 86_400)
                pages.append(_told(FAMILIES[ask.familia].page(known, query)))
        assert pages[:2] == pages[2:], (collection, put)
        counted.append(next(each.n for each in pages[0].figuras if each.chave == "bugs_criticos"))
    before = counted[0]
    assert counted == [before, *[before + 1] * 2, *[before + 1] * 2, *[before + 1] * 3, before, before]
