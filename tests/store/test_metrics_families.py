"""What holds of every family: nothing comes of nothing, groups add up, wrong input is left out and told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flow_facts import DAY, at, blocked, bug, decision, deployment, execution, facts, item, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.facts import (
    Call,
    Capability,
    Execution,
    Facts,
    LineSpan,
    Pair,
    Parts,
    Phases,
    Price,
    Release,
    Run,
)
from store.metrics.families import FAMILIES, Family
from store.metrics.measures import REST
from store.metrics.model import Chart, Figure, Page, Query
from store.metrics.periods import Bucketing, Window
from store.metrics.targets import Target, at_least, at_most, over, under, within

MINE = ("precisao", "recursos", "custo", "qualidade", "velocidade", "gaps", "workers", "kpis")
ADDED_UP = ("custo_total", "custo_worker", "bugs", "gaps_por_tipo", "itens_enfileirados", "itens_concluidos")
each_family = pytest.mark.parametrize("family", [FAMILIES[name] for name in MINE], ids=MINE)


def money(text: str) -> Decimal:
    return Decimal(text)


def full(number: int, ended: float, **fields: Any) -> Execution:
    """An execution in which everything was estimated and measured."""
    phases = Phases(Pair(2.0, 1.0), Pair(1.0, 1.0), Pair(0.5, 0.5), Pair(3.5, 2.5))
    worker = Run(
        f"WORKER_{number % 3}", f"v{number % 2}", None, ended, 5.0, 100.0, 1 + number % 2, number % 2 == 0
    )
    made: dict[str, Any] = {
        "spec_ref": f"spec-{number % 30}",
        "release_ref": f"REL-{number}",
        "horas": phases,
        "maquina_s": phases,
        "tokens": Pair(100.0, 90.0),
        "cpu_horas": Pair(0.1, 0.2),
        "ram_gb_horas": Pair(0.1, 0.2),
        "storage_mb": Pair(3.0, 2.0),
        "apis": {"viacep": Pair(2.0, 1.0)},
        "custo": Parts(money("5.00"), money("1.00"), money("0.30"), None, money("6.30")),
        "custo_estimado": Parts(money("4.00"), money("1.00"), None, None, money("5.00")),
        "custo_p80": money("7.00"),
        "cobertura": Pair(85.0, 80.0),
        "linhas": (85, 100),
        "primeira": number % 4 > 0,
        "workers": (worker,),
    }
    return execution(number, ended, **{**made, **fields})


def history(count: int = 40) -> Facts:
    """A little of everything over four weeks."""
    days = [28 * number / count for number in range(count)]
    runs = [full(number, at(day)) for number, day in enumerate(days)]
    runs[3] = replace(runs[3], status="falhou")
    runs[4] = replace(runs[4], bug=bug(at(days[4]) - DAY, at(days[4])))
    missing = {"tipo": "entrevistar_dor", "produtor": "PROMETHEUS", "tipo_recurso": "servico"}
    return facts(
        execucoes=runs,
        itens=[
            *(
                item(number, at(day) - 90, started=at(day) - 60, done=at(day))
                for number, day in enumerate(days)
            ),
            item(900, at(2), bloqueios=(blocked(at(2), at(3)),), recurso="fila", **missing),
        ],
        decisoes=[decision(1, at(3), 4.0)],
        releases=[
            Release(f"REL-{n}", f"spec-{n % 30}", f"EXE-{n:04d}", "aprovada", at(d), "")
            for n, d in enumerate(days)
        ],
        implantacoes=[deployment(number, at(day)) for number, day in enumerate(days)],
        chamadas=[
            Call(f"USO-{n}", f"EXE-{n:04d}", f"WORKER_{n % 3}", "dev", "m", at(d), 1, 100, money("1.00"))
            for n, d in enumerate(days)
        ],
        precos=[
            Price(f"RES-{n}", f"spec-{n % 30}", 1, at(d), ("fila",) if n % 3 == 0 else (), None, None)
            for n, d in enumerate(days)
        ],
        capacidades=[Capability("CAP-1", "fila", "servico", at(20))],
        linhas=[LineSpan(at(0), at(27), em_ordem=True)],
        gravacoes_ms=[float(number) for number in range(30)],
    )


def values(page: Page) -> Iterator[float]:
    """Every number that a page tells."""
    for figure in page.figuras:
        told = [
            figure.valor,
            figure.tendencia,
            *(part.valor for part in figure.partes),
            *(p.valor for p in figure.serie),
        ]
        yield from (float(each) for each in told if each is not None)
    for chart in page.graficos:
        yield from (y for series in chart.series for y in series.ys if y is not None)


def without_value(chart: Chart) -> bool:
    return not any(y is not None for series in chart.series for y in series.ys)


# The registry


def test_the_eight_come_first_in_the_order_of_their_tabs() -> None:
    assert tuple(FAMILIES)[: len(MINE)] == MINE


def test_keys_are_unique_over_all_families() -> None:
    known = history()
    keys = [figure.chave for family in FAMILIES.values() for figure in family.page(known, query(28)).figuras]
    assert len(keys) == len(set(keys))
    charts = [chart.chave for family in FAMILIES.values() for chart in family.page(known, query(28)).graficos]
    assert len(charts) == len(set(charts))


@each_family
def test_a_page_is_what_its_family_says(family: Family) -> None:
    page = family.page(history(), query(28))
    assert (page.chave, page.titulo, page.grupos) == (family.chave, family.titulo, family.grupos)
    assert family.page(replace(history(), gerado=True), query(28)).gerado


# Nothing comes of nothing


@each_family
@pytest.mark.parametrize(
    "known", [Facts(), facts(execucoes=[full(1, at(40))], itens=[item(1, at(40), done=at(41))])]
)
def test_no_value_comes_from_no_data(family: Family, known: Facts) -> None:
    page = family.page(known, query(28))
    assert [each.chave for each in page.figuras if each.valor is not None] == []
    assert [each.chave for each in page.figuras if each.n] == []
    assert all(each.vazio for each in page.figuras)
    assert all(each.vazio for each in page.graficos if without_value(each))
    assert {each.estado for each in page.figuras} == {"none"}


@each_family
def test_a_full_history_fills_everything(family: Family) -> None:
    page = family.page(history(), query(28))
    empty = [each.chave for each in page.figuras if each.valor is None]
    # Five at work at once is rare; success has its own budget only where somebody wants 99 %.
    assert set(empty) <= {"vazao", "recuperacao", "custo_em_curso"}
    assert all(not each.vazio for each in page.figuras if each.valor is not None)
    assert all(without_value(each) == bool(each.vazio) for each in page.graficos)


@each_family
def test_one_item_is_enough_for_what_needs_no_more(family: Family) -> None:
    page = family.page(facts(execucoes=[full(1, at(3))], itens=[item(1, at(3))]), query(28))
    assert all(math.isfinite(each) for each in values(page))


# Series and groups


@each_family
def test_every_series_has_every_bucket_and_marks_what_is_not_over(family: Family) -> None:
    now = at(26)
    for figure in family.page(history(), query(28, now=now)).figuras:
        if figure.serie:
            assert [each.corte for each in figure.serie] == ["2026-W02", "2026-W03", "2026-W04", "2026-W05"]
            assert [each.parcial for each in figure.serie] == [False, False, False, True]


@each_family
def test_every_group_comes_after_its_total_and_counts_add_up(family: Family) -> None:
    for por in family.grupos:
        page = family.page(history(), query(28, por=por))
        names = {each.grupo for each in page.figuras}
        assert len(names) > 1
        totals: dict[str, Figure] = {}
        for figure in page.figuras:
            if not figure.grupo:
                totals[figure.chave] = figure
            assert figure.chave in totals  # the total first
        for chave in ADDED_UP:
            groups = [each for each in page.figuras if each.chave == chave and each.grupo]
            if groups:
                assert sum(Decimal(str(each.valor)) for each in groups) == Decimal(str(totals[chave].valor))


def test_more_groups_than_anybody_reads_have_a_rest() -> None:
    page = FAMILIES["precisao"].page(history(), query(28, por="spec"))
    names = [each.grupo for each in page.figuras if each.chave == "esforco_geral"]
    assert (len(names), names[-1]) == (21, REST)


@each_family
def test_each_figure_names_the_documents_behind_it_newest_first(family: Family) -> None:
    page = family.page(history(), query(28))
    for figure in page.figuras:
        assert len(set(figure.itens)) == len(figure.itens)
        if figure.n and figure.chave not in ("checkpoint", "uptime", "orcamento_erro"):
            assert figure.itens, figure.chave


# Wrong input: it is left out and told, and never breaks a page

LATE, NEVER = at(20), None
WRONG: dict[str, dict[str, Any]] = {
    "closes before it opens": {
        "execucoes": [
            full(1, at(3), spec_criada=LATE, criada=LATE, fases=((LATE, at(1)),) * 3, bug=bug(LATE, at(1)))
        ],
        "itens": [item(1, LATE, started=at(10), done=at(5), bloqueios=(blocked(LATE, at(1)),), devido=LATE)],
        "linhas": [LineSpan(LATE, at(1), em_ordem=False)],
        "implantacoes": [deployment(1, at(1), inicio=LATE)],
    },
    "no moments": {
        "execucoes": [
            full(1, at(3), spec_criada=NEVER, criada=NEVER, fases=((NEVER, NEVER),) * 3, bug=bug())
        ],
        "itens": [replace(item(1, NEVER, started=NEVER), bloqueios=(blocked(at(1), NEVER),), devido=NEVER)],
        "releases": [Release("REL-1", "", "", "", NEVER, "")],
        "implantacoes": [deployment(1, NEVER)],
        "precos": [Price("RES-1", "", 1, NEVER, ("x",), None, None)],
        "capacidades": [Capability("CAP-1", "x", "", NEVER)],
        "chamadas": [Call("USO-1", "", "", "", "", NEVER, 1, 5, None)],
        "linhas": [LineSpan(NEVER, NEVER, em_ordem=False)],
    },
    "estimates of nothing": {
        "execucoes": [
            full(
                1,
                at(3),
                horas=Phases(*[Pair(1.0, 0.0)] * 4),
                maquina_s=Phases(*[Pair(1.0, -2.0)] * 4),
                tokens=Pair(5.0, 0.0),
                custo_estimado=Parts(*[money("0.00")] * 5),
                cobertura=Pair(5.0, 0.0),
            )
        ],
    },
    "endless ratios": {
        "execucoes": [
            full(
                number,
                at(3),
                horas=Phases(*[Pair(1e308, large)] * 4),
                maquina_s=Phases(*[Pair(math.inf, 1.0)] * 4),
                tokens=Pair(math.nan, 1.0),
                cpu_horas=Pair(1.0, 5e-324),
                ram_gb_horas=Pair(5e-324, 1.0),
                cobertura=Pair(math.nan, math.inf),
                workers=(Run("A", "v", None, at(3), 1e308, 1e308, 1, passou_primeira=True),),
            )
            for number, large in enumerate((1e-308, 1.0, 1e308) * 3)
        ],
    },
    "all failed": {
        "execucoes": [full(number, at(3), status="falhou", primeira=False) for number in range(9)],
        "itens": [item(number, at(1), started=at(2), done=at(3), status="Falhou") for number in range(9)],
        "implantacoes": [deployment(number, at(3), status="falhou") for number in range(9)],
    },
    "unknown words": {
        "execucoes": [
            full(1, at(3), status="perdeu-se", bug=bug(at(1))),
            full(2, at(3), status="", workers=()),
        ],
        "itens": [item(1, at(1), status="Perdido", tipo="", ator="")],
        "implantacoes": [deployment(1, at(3), status="?", ambiente="?")],
    },
    "nothing took anything": {
        "execucoes": [
            full(
                n,
                at(3),
                horas=Phases(*[Pair(0.0, 1.0)] * 4),
                maquina_s=Phases(*[Pair(0.0, 1.0)] * 4),
                tokens=Pair(0.0, 1.0),
                custo=Parts(*[money("0.00")] * 5),
            )
            for n in range(9)
        ],
    },
}


@each_family
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_input_breaks_no_page_and_makes_no_number_that_is_none(
    family: Family, wrong: dict[str, Any]
) -> None:
    for por in ("", *family.grupos):
        page = family.page(facts(**wrong), query(28, por=por))
        assert all(math.isfinite(each) for each in values(page))
        assert all(each.valor is not None or each.vazio for each in page.figuras)


@each_family
@pytest.mark.parametrize(
    "asked", [query(0), query(-7), query(7, since=14)], ids=["empty", "past", "reversed"]
)
def test_an_empty_period_is_empty(family: Family, asked: Query) -> None:
    page = family.page(history(), asked)
    assert all(math.isfinite(each) for each in values(page))
    assert not any(each.serie for each in page.figuras)


@each_family
@pytest.mark.parametrize(
    ("zone", "since", "days"),
    [
        ("America/New_York", "2026-03-06T00:00:00", 4),  # a day of 23 hours
        ("Europe/Lisbon", "2026-10-23T00:00:00", 4),  # one of 25
        ("Asia/Kathmandu", "2020-12-26T00:00:00", 12),  # week 53
        ("America/Sao_Paulo", "2018-11-02T00:00:00", 4),  # a day that begins at one o'clock
    ],
)
def test_days_of_a_zone_are_all_there_and_none_twice(
    family: Family, zone: str, since: str, days: int
) -> None:
    start = datetime.fromisoformat(since).replace(tzinfo=UTC).timestamp()
    cut = Bucketing("dia", zone)
    end = start + days * DAY
    runs = [full(number, start + number * DAY / 4) for number in range(4 * days)]
    page = family.page(facts(execucoes=runs), Query(Window(start, end), end, cut))
    for figure in page.figuras:
        keys = [each.corte for each in figure.serie]
        assert keys == sorted(set(keys))
    if family.chave == "precisao":
        effort = page.figuras[0]
        assert sum(each.n for each in effort.serie) == effort.n == 4 * days


# Properties


@given(
    st.lists(
        st.tuples(st.floats(0, 30), st.none() | st.floats(-5, 1e6), st.none() | st.floats(-5, 1e6)),
        max_size=25,
    )
)
@settings(max_examples=30, deadline=None)
def test_every_execution_is_in_the_figure_or_left_out(
    made: list[tuple[float, float | None, float | None]],
) -> None:
    runs = [
        full(n, at(day), horas=Phases(total=Pair(real, plan))) for n, (day, real, plan) in enumerate(made)
    ]
    asked = query(28)
    page = FAMILIES["precisao"].page(facts(execucoes=runs), asked)
    effort = page.figuras[0]
    inside = sum(each.encerrada in asked.janela for each in runs)
    assert effort.n + sum(effort.excluidos.values()) == inside
    assert sum(each.n for each in effort.serie) == effort.n
    assert all(math.isfinite(each) for each in values(page))


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_percentiles_are_in_order(hours: list[float]) -> None:
    runs = [full(n, at(9), spec_criada=at(9) - each * 3600) for n, each in enumerate(hours)]
    lead = FAMILIES["velocidade"].page(facts(execucoes=runs), query(28))
    marks = next(each for each in lead.graficos if each.chave == "velocidade_lead").marcas
    assert [mark.valor for mark in marks] == sorted(mark.valor for mark in marks)
    assert [mark.nome for mark in marks] == ["p50", "p85", "p95"][
        : 1 + (len(hours) >= 7) + (len(hours) >= 20)
    ]


# Targets


@pytest.mark.parametrize(
    ("target", "words", "states"),
    [
        (at_least(20_000, unidade="/day"), "at least 20000/day", {}),
        (at_most(0.00012, unidade="h"), "at most 0.00012 h", {}),
        (at_most(12.5, unidade="R$"), "at most R$ 12.50", {}),
        (at_least(1, unidade="days"), "at least 1 day", {}),
        (
            within(1.25, 2),
            "0.8 to 1.25",
            {0.8: "good", 1.25: "good", 0.5: "watch", 2.0: "watch", 0.49: "bad", 2.1: "bad"},
        ),
        (at_most(1.5, 2), "at most 1.5", {1.5: "good", 1.51: "watch", 2: "watch", 2.01: "bad"}),
        (at_least(0.75, 0.53, "%"), "at least 75 %", {0.75: "good", 0.6: "watch", 0.5: "bad"}),
        (under(5, "s"), "under 5 s", {4.99: "good", 5: "bad"}),
        (over(100, "/day"), "over 100/day", {101: "good", 100: "bad"}),
    ],
)
def test_targets(target: Target, words: str, states: dict[float, str]) -> None:
    assert target.words == words
    assert {value: target.state(value) for value in states} == states
    assert target.state(None) == "none"


def test_an_own_target_moves_the_good_bound_and_never_makes_it_worse_than_bad() -> None:
    assert at_most(1.5, 2).set_to(3.0) == at_most(3.0, 3.0)
    assert at_least(0.75, 0.53).set_to(0.4) == at_least(0.4, 0.4)
    assert within(1.25, 2).set_to(0.5) == within(1.25, 2)
    assert at_most(1.5).set_to(math.nan) == at_most(1.5)
    assert at_most(1.5).set_to(None) == at_most(1.5)
