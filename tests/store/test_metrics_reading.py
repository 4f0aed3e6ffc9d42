"""Facts out of documents: what is missing or wrong is None, what is only implausible is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from factories import NOW, backlog_item, execution, model_usage, spec_resources
from hypothesis import given, settings
from hypothesis import strategies as st

from store.clock import add_seconds, parse_time
from store.metrics import values
from store.metrics.facts import Pair
from store.metrics.reading import READERS, call, decision, item, line_span, price
from store.metrics.reading import execution as read_execution

START = parse_time(NOW).timestamp()


def at(seconds: float) -> str:
    return add_seconds(NOW, seconds)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(NOW),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("collection", sorted(READERS))
def test_whatever_is_stored_is_read(collection: str, data: st.DataObject) -> None:
    names = {
        "execucoes": ["realizado", "estimado", "timestamps", "workers", "bug", "spec_versao"],
        "backlog_items": ["tentativas", "bloqueios", "contexto", "origem", "tipo", "criado_em", "filho_de"],
        "specs_recursos": ["dependencias", "custo"],
        "uso_llm": ["custo_informado", "cambio", "tokens_entrada", "ts"],
    }.get(collection, ["em", "inicio", "fim", "estado", "espera_s", "orcamento"])
    doc = {name: data.draw(JUNK) for name in names}
    READERS[collection](doc)
    READERS[collection]({})


def test_an_execution_has_its_pairs_its_parts_and_its_lines() -> None:
    doc = execution(
        realizado={
            "horas": {"dev": 0.75, "total": 0.75},
            "custo": {"total": "45.00", "breakdown": {"pessoas": "45.00"}},
            "recursos": {"chamadas_api": {"correios": 12}},
            "linhas_cobertas": 9,
            "linhas_total": 10,
            "passou_primeira": False,
        },
        estimado={"horas": {"dev": 0.5}, "recursos": {"chamadas_api": {"ibge": 3}}},
    )
    found = read_execution(doc)
    assert found.horas.dev == Pair(0.75, 0.5)
    assert found.horas.total == Pair(0.75, None)
    assert (found.custo.pessoas, found.custo.total, found.custo.llm) == (Decimal(45), Decimal(45), None)
    assert found.apis == {"ibge": Pair(None, 3), "correios": Pair(12, None)}
    assert (found.linhas, found.primeira, found.bug) == ((9, 10), False, None)
    assert read_execution(execution()).linhas is None


def test_the_first_wait_of_an_item() -> None:
    tried = backlog_item(devido_em=at(5), pendente_em=at(90), iniciado_em=at(6))
    assert (item(tried).devido, item(tried).pendente) == (START + 5, START)
    older = backlog_item(pendente_em=at(90), iniciado_em=at(6))
    assert item(older).devido == START, "what it was is not known any more"
    assert item(backlog_item(pendente_em=at(5), iniciado_em=at(6))).devido == START + 5


@pytest.mark.parametrize(
    ("bloqueios", "ready"),
    [
        ([(0, 60)], START + 60),
        ([(0, 60), (60, 80)], START + 80),
        ([(0, 60), (70, 80)], START + 60),
        ([(30, 60)], START),
        ([(0, None)], None),
    ],
)
def test_it_is_something_to_do_when_what_held_it_from_the_start_has_ended(
    bloqueios: list[tuple[int, int | None]], ready: float | None
) -> None:
    episodes = [
        {"bloqueado_em": at(begin), "desbloqueado_em": "" if end is None else at(end)}
        for begin, end in bloqueios
    ]
    assert item(backlog_item(bloqueios=episodes, pendente_em="")).pendente == ready


def test_what_is_held_for_a_task_is_nothing_to_do_yet() -> None:
    held = backlog_item(retido=True, pendente_em="", filho_de="S022/T01")
    assert (item(held).pendente, item(held).retido) == (None, True)
    free = backlog_item(pendente_em=at(500), filho_de="S022/T01")
    assert item(free).pendente == START + 500


def test_an_end_is_kept_as_it_is_also_where_it_came_before_the_start() -> None:
    ended = item(backlog_item(status="Concluido", iniciado_em=at(60), concluido_em=at(30)))
    assert (ended.iniciado, ended.concluido) == (START + 60, START + 30)
    failed = item(backlog_item(status="Falhou", concluido_em=at(30)))
    assert (failed.concluido, failed.encerrado) == (None, START + 30)


def test_gaps_and_bugs_say_what_they_are_about() -> None:
    gap = item(
        backlog_item(
            tipo="entrevistar_dor",
            contexto={"recurso": "chave", "tipo_recurso": "segredo"},
            desfecho="alcancado",
            desfecho_em=at(9),
            atualizado_em=at(99),
        )
    )
    assert (gap.recurso, gap.tipo_recurso, gap.desfecho_em) == ("chave", "segredo", START + 9)
    older = item(backlog_item(tipo="entrevistar_dor", desfecho="perdido", atualizado_em=at(99)))
    assert older.desfecho_em == START + 99
    bug = item(backlog_item(tipo="corrigir_bug", contexto={"severidade": "alto", "release_ref": "REL-0001"}))
    assert (bug.severidade, bug.release_ref, bug.recurso, bug.causadora) == ("alto", "REL-0001", "", "")
    caused = item(backlog_item(tipo="corrigir_bug", contexto={"implantacao_causadora": "IMP-0001"}))
    assert caused.causadora == "IMP-0001"


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ({"custo_informado": "2.00", "custo_calculado": "9.00"}, Decimal("2.00")),
        ({"custo_calculado": "0.10", "moeda": "USD", "cambio": "5.50"}, Decimal("0.5500")),
        ({"custo_calculado": "0.10", "moeda": "USD"}, None),
        ({}, None),
    ],
)
def test_a_call_costs_what_was_frozen(fields: dict[str, str], cost: Decimal | None) -> None:
    assert call(model_usage(**fields)).custo == cost


def test_a_price_a_rules_answer_and_a_span() -> None:
    found = price(spec_resources(dependencias={"status": "bloqueado", "gaps_infra": ["chave"]}))
    assert (found.gaps, found.custo_p80) == (("chave",), Decimal("42.10"))
    answered = decision({"politica": "pequenos", "estado": "desfeita", "espera_s": 3})
    assert (answered.politica, answered.desfeita, answered.espera_s) == ("pequenos", True, 3.0)
    assert line_span({"inicio": NOW, "fim": ""}).fim is None


@pytest.mark.parametrize(
    ("value", "found"),
    [(1, 1.0), (0.5, 0.5), (True, None), (float("nan"), None), (float("inf"), None), ("1", None)],
)
def test_an_amount_is_a_finite_number(value: Any, found: float | None) -> None:
    assert values.amount(value) == found
    assert values.amount(10**400) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [("42.10", Decimal("42.10")), (3, Decimal(3)), ("NaN", None), ("x", None), (True, None), ([], None)],
)
def test_money_is_exact_or_none(value: Any, found: Decimal | None) -> None:
    assert values.money(value) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (NOW, START),
        ("2026-01-05T09:00:00-03:00", START),
        ("2026-01-05T12:00:00", START),
        ("yesterday", None),
        ("", None),
        (5, None),
    ],
)
def test_a_time_is_utc_unless_it_says_otherwise(text: Any, found: float | None) -> None:
    assert values.moment({"em": text}, "em") == found


@pytest.mark.parametrize(
    ("called", "told", "tokens"),
    [
        (None, [0, 0], 0.0),
        (None, [0, 300], 300.0),
        (None, [0, None], None),
        (None, [], None),
        (70, [0, 300], 70.0),
    ],
    ids=[
        "own workers use no model",
        "a performer's own",
        "one says nothing",
        "nobody ran",
        "calls are better",
    ],
)
def test_tokens_are_those_of_the_calls_else_what_every_worker_says(
    called: int | None, told: list[int | None], tokens: float | None
) -> None:
    workers = [{"worker": f"W{place}", "tokens_consumidos": each} for place, each in enumerate(told)]
    doc = {"realizado": {"recursos": {"tokens_llm": called}}, "workers": workers}
    assert read_execution(doc).tokens == Pair(tokens, None)
