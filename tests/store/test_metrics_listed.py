"""The documents behind a figure are those that it counts, each once."""

from __future__ import annotations

import pytest
from flow_facts import at, facts, figure, item, query

from store.histories.weeks import history
from store.metrics.asking import Ask, to_query
from store.metrics.behind import Behind, behind
from store.metrics.facts import Facts, LineSpan
from store.metrics.families import FAMILIES
from store.metrics.fold import LineTold, MetricsFold
from store.metrics.measures import MOST_IDS, Measure, rows_of
from store.metrics.measures import figure as figure_of_rows
from store.metrics.model import Figure

NOW = 1_790_000_000.0
DAYS = 40


@pytest.fixture(scope="module")
def past() -> Facts:
    fold = MetricsFold()
    for name, documents in history(3, DAYS, NOW, 2.0).documents.items():
        for doc in documents:
            fold.put(name, doc["id"], doc)
    return fold.facts()


def shown(past: Facts, familia: str, chave: str, por: str = "") -> list[Figure]:
    asked = to_query(Ask(familia, periodo="90d", por=por), NOW, "UTC", primeiro=NOW - DAYS * 86_400)
    return [each for each in FAMILIES[familia].page(past, asked).figuras if each.chave == chave]


@pytest.mark.parametrize(
    ("familia", "chave", "por"),
    [
        ("previsao", "previsao_fixa", ""),
        ("previsao", "previsao_crescente", ""),
        ("previsao", "previsao_7d", ""),
        ("fluxo", "fluxo_liquido", "tipo"),
        ("calibracao", "calibracao_maquina", ""),
        ("calibracao", "calibracao_erro_maquina", ""),
        ("gaps", "indice_gaps", "tipo_recurso"),
        ("custo", "custo_worker", "worker"),
        ("dora", "dora_recuperacao", ""),
        ("qualidade", "bugs", "release"),
    ],
)
def test_as_many_are_listed_as_are_counted(past: Facts, familia: str, chave: str, por: str) -> None:
    found = shown(past, familia, chave, por)
    assert found[0].n > 5 or chave in ("previsao_fixa", "previsao_crescente")
    for each in found:
        assert len(each.itens) == len(set(each.itens)) == min(each.n, MOST_IDS), each.grupo
        assert all(row.tipo for row in behind(past, each.itens))


def test_weeks_of_forecasts_lead_to_what_was_done_in_them(past: Facts) -> None:
    (found,) = shown(past, "previsao", "previsao_acerto")
    assert found.n == len(found.serie) > 0
    done = [each.em or 0.0 for each in behind(past, found.itens)]
    assert done == sorted(done, reverse=True)
    assert done[0] - done[-1] <= 7 * 86_400 * found.n


def test_rows_of_the_same_documents_leave_the_older_ones_in_the_list() -> None:
    rows = rows_of((float(at), f"{at // 3}") for at in range(3 * MOST_IDS + 30))
    told: Measure[str] = Measure(chave="x", nome="X", unidade="", of=len, ident=str, vazio="")
    listed = figure_of_rows(told, rows, query(1)).itens
    assert listed == tuple(str(MOST_IDS + 9 - place) for place in range(MOST_IDS))
    few = rows_of((float(at), f"{at % 2}") for at in range(3 * MOST_IDS))
    assert figure_of_rows(told, few, query(1)).itens == ("1", "0")


def test_what_was_created_and_ended_is_one_document() -> None:
    items = [
        item(1, at(-3), started=at(-2), done=at(3)),
        item(2, at(1), started=at(2), done=at(4)),
        item(3, at(1), started=at(2), done=at(9)),
        item(4, at(2)),
        item(5, at(2), done=at(3), status="Cancelado"),
    ]
    found = figure(FAMILIES["fluxo"].page(facts(itens=items), query(14, por="ator")), "fluxo_liquido")
    assert (found.valor, found.n) == (1, 5)
    assert found.itens == ("BKL-0003", "BKL-0002", "BKL-0001", "BKL-0005", "BKL-0004")
    assert [(each.valor, each.n) for each in found.serie] == [(2, 5), (-1, 1)]


def test_what_nobody_knows_the_creation_of_counts_once_as_well() -> None:
    page = FAMILIES["fluxo"].page(facts(itens=[item(1, None, done=at(3)), item(2, at(1))]), query(7))
    found = figure(page, "fluxo_liquido")
    assert (found.valor, found.n, found.itens) == (1, 2, ("BKL-0001", "BKL-0002"))


def test_the_times_that_a_line_ran_are_the_documents_behind_its_uptime() -> None:
    fold = MetricsFold()
    for number, (day, end, well) in enumerate(((1, 2, True), (3, 4, False), (8, 9, True), (12, 0, False))):
        fold.put(
            "linhas",
            f"LIN-{number}",
            {
                "id": f"LIN-{number}",
                "inicio": f"2026-01-{5 + day:02d}T03:00:00.000000Z",
                "fim": f"2026-01-{5 + end:02d}T03:00:00.000000Z" if end else "",
                "em_ordem": well,
            },
        )
    known = fold.facts(LineTold(viva=True))
    page = FAMILIES["kpis"].page(known, query(13, since=3.5))
    for key in ("uptime", "orcamento_erro"):
        found = figure(page, key)
        assert (found.n, found.itens) == (3, ("LIN-3", "LIN-2", "LIN-1"))
    assert behind(known, found.itens) == (
        Behind("LIN-3", "", "linha", "", "", at(12)),
        Behind("LIN-2", "", "linha", "", "em_ordem", at(9)),
        Behind("LIN-1", "", "linha", "", "perdida", at(4)),
    )
    # One that is not heard of any more ends when it last was.
    fold.put("linhas", "LIN-4", {"id": "LIN-4", "inicio": "2026-01-18T03:00:00.000000Z"})
    dead = fold.facts(LineTold(viva=False, ouvida=at(13.5)))
    assert behind(dead, ["LIN-4"]) == (Behind("LIN-4", "", "linha", "", "perdida", at(13.5)),)
    spans = facts(linhas=[LineSpan(at(1), None, False, "LIN-1"), LineSpan(at(5), at(6), True, "LIN-2")])
    listed = figure(FAMILIES["kpis"].page(spans, query(14, since=3)), "uptime").itens
    assert listed == ("LIN-2", "LIN-1"), "one without an end ran until the next one began"
    assert figure(FAMILIES["kpis"].page(spans, query(14, since=5.5)), "uptime").itens == ("LIN-2",)
