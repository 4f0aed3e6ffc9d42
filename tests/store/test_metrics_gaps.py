"""8.6: specs with a gap, how long blocks last, and whether gaps pile up; each by hand."""

from __future__ import annotations

from typing import Any

import pytest
from flow_facts import at, blocked, facts, figure, item, part, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.facts import Capability, Item, Price
from store.metrics.gaps import page
from store.metrics.model import Page, Query
from store.metrics.pains import gaps_of, stock


def shown(*items: Item, asked: Query | None = None, **others: Any) -> Page:
    return page(facts(itens=items, **others), asked or query(28))


def price(number: int, spec: str, made: float | None, *gaps: str) -> Price:
    return Price(f"RES-{number}", spec, 1, made, gaps, None, None)


def gap(
    number: int, opened: float | None, resource: str = "fila", kind: str = "servico", **fields: Any
) -> Item:
    return item(
        number,
        opened,
        tipo="entrevistar_dor",
        produtor="PROMETHEUS",
        recurso=resource,
        tipo_recurso=kind,
        **fields,
    )


def capability(name: str, added: float | None, kind: str = "servico") -> Capability:
    return Capability(f"CAP-{name}", name, kind, added)


def test_a_spec_counts_once_however_often_it_was_priced() -> None:
    prices = [
        price(1, "a", at(1), "fila"),
        price(2, "a", at(2)),
        price(3, "b", at(8)),
        price(4, "c", at(9), "fila", "banco"),
        price(5, "d", None, "fila"),
        price(6, "a", at(3), "fila"),
    ]
    found = figure(shown(precos=prices), "taxa_gaps")
    assert (found.valor, found.n, found.excluidos) == (pytest.approx(2 / 3), 3, {"without a moment": 1})
    assert [(each.valor, each.n) for each in found.serie] == [(1.0, 1), (0.5, 2), (None, 0), (None, 0)]
    by_spec = shown(precos=prices, asked=query(28, por="spec"))
    assert figure(by_spec, "taxa_gaps", "b").valor == 0.0


def test_no_price_is_no_rate() -> None:
    found = figure(shown(item(1, at(1))), "taxa_gaps")
    assert (found.valor, found.vazio != "") == (None, True)


def test_each_time_that_an_item_was_blocked_counts() -> None:
    items = [
        item(1, at(0), bloqueios=(blocked(at(1), at(1, 2)), blocked(at(3), at(3, 4)))),
        item(2, at(0), bloqueios=(blocked(at(1), at(1, 12)),)),
        item(3, at(0), bloqueios=(blocked(at(2), at(1)), blocked(None, at(1)))),
        item(4, at(0), bloqueios=(blocked(at(1), at(40)),)),
    ]
    found = figure(shown(*items), "tempo_desbloqueio")
    assert (found.valor, part(found, "median"), found.n) == (6.0, 4.0, 3)
    assert found.excluidos == {"without a moment": 1, "ends before it begins": 1}


def test_blocks_that_last_are_apart_by_age() -> None:
    items = [
        item(1, at(0), bloqueios=(blocked(at(1), at(2)), blocked(at(26), None))),
        item(2, at(0), bloqueios=(blocked(at(20), None),)),
        item(3, at(0), bloqueios=(blocked(at(3), None),), done=at(4), status="Cancelado"),
    ]
    found = figure(shown(*items), "bloqueios_abertos")
    assert (found.valor, part(found, "age of the oldest"), found.itens) == (
        2,
        8 * 24,
        ("BKL-0001", "BKL-0002"),
    )


def test_how_many_were_blocked_at_each_buckets_end() -> None:
    items = [
        item(1, at(0), bloqueios=(blocked(at(1), at(9)), blocked(at(26), None))),
        item(2, at(0), bloqueios=(blocked(at(3), None),), done=at(15), status="Cancelado"),
        item(3, at(0), bloqueios=(blocked(None, at(40)), blocked(at(6), at(5)))),
    ]
    found = figure(shown(*items, asked=query(27.5)), "bloqueios_abertos")
    assert [(each.valor, each.parcial) for each in found.serie] == [
        (2, False),
        (1, False),
        (0, False),
        (1, True),
    ]
    earlier = figure(shown(*items, asked=query(14, now=at(27.5))), "bloqueios_abertos")
    assert ([each.valor for each in earlier.serie], earlier.valor) == ([2, 1], 1)


def test_gaps_are_counted_by_what_is_missing() -> None:
    items = [
        gap(1, at(1)),
        gap(2, at(8), "banco", ""),
        gap(3, at(40)),
        item(4, at(1), tipo="entrevistar_dor", produtor="humano"),
    ]
    found = shown(*items, asked=query(28, por="tipo_recurso"))
    assert figure(found, "gaps_por_tipo").valor == 2
    assert figure(found, "gaps_por_tipo", "não informado").valor == 1
    chart = next(each for each in found.graficos if each.chave == "gaps_tipos")
    assert sorted(zip(chart.rotulos, chart.series[0].ys, strict=True)) == [
        ("não informado", 1.0),
        ("servico", 1.0),
    ]


def test_capabilities_are_counted_by_calendar_month() -> None:
    known = [capability("a", at(1)), capability("b", at(26)), capability("c", at(27)), capability("d", None)]
    found = shown(item(1, at(0)), capacidades=known, asked=query(35))
    assert figure(found, "capacidades_adicionadas").valor == 3
    months = next(each for each in found.graficos if each.chave == "gaps_capacidades")
    # From 5 January to 9 February: the 31st is day 26, the first of February day 27.
    assert (months.rotulos, months.series[0].ys) == (("2026-01*", "2026-02*"), (2.0, 1.0))


def test_a_gap_is_open_until_its_capability_comes_or_it_is_given_up() -> None:
    items = [
        gap(1, at(1), started=at(1), done=at(2)),  # its interview ended; what is missing came on day 10
        gap(2, at(3), "banco", desfecho="perdido", desfecho_em=at(12), done=at(4)),
        gap(3, at(5), "outra", done=at(6)),  # interviewed, and still missing
        gap(4, at(6), "fila2", status="Cancelado", done=at(7)),
        gap(5, None),
    ]
    found = shown(*items, capacidades=[capability("fila", at(10))])
    open_ones = figure(found, "backlog_gaps")
    assert (open_ones.valor, open_ones.itens, open_ones.excluidos) == (
        1,
        ("BKL-0003",),
        {"without a moment": 1},
    )
    assert part(open_ones, "age of the oldest") == 23.0
    # At the end of each week: 1, 2 and 3 are open; then 3 alone.
    assert [each.valor for each in open_ones.serie] == [3, 1, 1, 1]
    midnight = next(each for each in found.graficos if each.chave == "gaps_estoque")
    assert midnight.series[0].ys[:13] == (1, 1, 2, 2, 3, 4, 3, 3, 3, 2, 2, 1, 1)


def test_a_capability_that_was_there_before_closes_no_later_gap() -> None:
    found = shown(gap(1, at(5)), capacidades=[capability("fila", at(2))])
    assert figure(found, "backlog_gaps").valor == 1


def test_the_index_is_closed_over_opened_and_below_one_they_pile_up() -> None:
    items = [gap(n, at(n), f"r{n}") for n in range(1, 5)]
    found = figure(shown(*items, capacidades=[capability("r1", at(9))]), "indice_gaps")
    assert (found.valor, found.estado, found.meta) == (0.25, "bad", "at least 1")
    assert [each.valor for each in found.serie] == [0.0, None, None, None]
    nothing = figure(shown(item(1, at(1))), "indice_gaps")
    assert (nothing.valor, nothing.estado) == (None, "none")


@given(st.lists(st.tuples(st.integers(0, 27), st.none() | st.integers(0, 27)), max_size=20))
@settings(max_examples=40)
def test_the_stock_is_what_was_opened_and_not_closed(spans: list[tuple[int, int | None]]) -> None:
    items = [
        gap(n, at(opened), f"r{n}")
        if closed is None
        else gap(n, at(opened), f"r{n}", desfecho="perdido", desfecho_em=at(closed))
        for n, (opened, closed) in enumerate(spans)
    ]
    known = gaps_of(facts(itens=items))
    for day in (0, 7, 13, 28):
        slow = sum(
            opened <= day and not (closed is not None and opened <= closed <= day) for opened, closed in spans
        )
        assert stock(known, at(day)) == slow


def test_hours_are_hours() -> None:
    run = item(1, at(0), bloqueios=(blocked(at(1), at(1) + 90 * 60),))
    assert figure(shown(run), "tempo_desbloqueio").valor == 1.5
