"""Figures: nothing from before there was anything, and series in their figure's unit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flow_facts import deployment, execution, facts, figure, item, part

from store.metrics.families import FAMILIES
from store.metrics.model import Page, Query
from store.metrics.periods import Bucketing, Cut, Window

MONDAY = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
DAY, HOURS = 86_400.0, 18_000.0


def page(familia: str, corte: Cut, days: float, **documents: Any) -> Page:
    """Of three weeks from a Monday on, at so many days after it."""
    query = Query(Window(MONDAY, MONDAY + 21 * DAY), MONDAY + days * DAY, Bucketing(corte, "UTC"))
    return FAMILIES[familia].page(facts(**documents), query)


def values(made: Page, chave: str) -> list[Any]:
    return [point.valor for point in figure(made, chave).serie]


def deployed(*days: float) -> dict[str, Any]:
    """A deployment at each of some days after the Monday; the first item came with the first of them."""
    times = [MONDAY + day * DAY + HOURS for day in days]
    return {
        "itens": [item(1, times[0])],
        "implantacoes": [deployment(number, moment) for number, moment in enumerate(times, 1)],
        "execucoes": [execution(number, moment, criada=moment) for number, moment in enumerate(times, 1)],
    }


@pytest.mark.parametrize(("familia", "chave"), [("velocidade", "deploys_dia"), ("dora", "dora_frequencia")])
def test_a_rate_a_day_is_one_in_each_bucket(familia: str, chave: str) -> None:
    # From Wednesday on: five days of the first week, seven of the second, two and a half of the third.
    known = deployed(2, 2.5, 4, 5, 6, 7, 8, 14, 14.5, 15)
    made = page(familia, "semana", 16.5, **known)
    assert values(made, chave) == [5 / 5, 2 / 7, 3 / 3]
    assert [point.n for point in figure(made, chave).serie] == [5, 2, 3]
    by_day = values(page(familia, "dia", 16.5, **known), chave)
    assert by_day[:5] == [None, None, 2, 0, 1], "before Wednesday there was nothing"


def test_a_rate_a_week_is_one_in_each_bucket_and_the_bars_count() -> None:
    known = deployed(2, 4)
    ends = [MONDAY + day * DAY + HOURS for day in (2, 4, 8)]
    runs = [execution(at, end, criada=end, spec_ref=f"s{at}") for at, end in enumerate(ends, 1)]
    made = page("velocidade", "semana", 14, **{**known, "execucoes": runs})
    assert values(made, "specs_semana") == [2 * 7 / 5, 1.0]
    bars = next(chart for chart in made.graficos if chart.chave == "velocidade_specs")
    assert [list(series.ys) for series in bars.series] == [[2, 1]]
    assert values(page("velocidade", "dia", 14, **{**known, "execucoes": runs}), "specs_semana")[2] == 7


def test_counts_begin_with_the_first_that_there_was() -> None:
    made = page("kpis", "semana", 20, itens=[item(1, MONDAY + 8 * DAY)])
    assert values(made, "itens_enfileirados") == [None, 1, 0]
    assert values(page("qualidade", "semana", 20, itens=[item(1, MONDAY + 8 * DAY)]), "bugs")[0] is None


@pytest.mark.parametrize("familia", list(FAMILIES))
def test_nothing_has_no_trend(familia: str) -> None:
    for found in page(familia, "dia", 20).figuras:
        assert found.tendencia is None, found.chave
        assert all(point.valor is None for point in found.serie), found.chave


@pytest.mark.parametrize("familia", list(FAMILIES))
def test_of_nothing_no_value_is_told(familia: str) -> None:
    for found in page(familia, "semana", 20).figuras:
        assert (found.valor, found.estado) == (None, "none"), found.chave
        assert all(each.valor is None for each in found.partes), found.chave
        assert found.vazio, found.chave


def test_without_a_line_nothing_is_told_of_how_long_it_ran() -> None:
    found = figure(page("kpis", "semana", 20, itens=[item(1, MONDAY)]), "uptime")
    assert part(found, "of all time") is None
