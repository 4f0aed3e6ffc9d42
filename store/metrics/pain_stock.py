"""Gaps that are open: how many at each local midnight, and whether as many are closed as opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from store.metrics import charting
from store.metrics.cutting import between, counts, cut, labels, partial, trend, until_now, within
from store.metrics.facts import Capability, Facts
from store.metrics.measures import MOST_IDS, Rows
from store.metrics.model import Chart, Figure, Part, Point, Query, Series
from store.metrics.pains import Gaps, only, open_at, stock
from store.metrics.periods import Bucketing, Window
from store.metrics.presence import lived
from store.metrics.statistics import ratio
from store.metrics.targets import at_least, own_target

MISSED = "Specs that need what is not there fill it."
KEEPS_UP = at_least(1.0)
"""As many closed as opened: below it they pile up."""
MOST_DAYS = 400
"""Days of a window up to which the stock is drawn day by day; longer ones are drawn by bucket."""


def stocks(facts: Facts, gaps: Gaps, query: Query, kinds: Sequence[str]) -> list[Figure]:
    """How many are open at the end of each bucket and now; all, then each kind."""
    return [
        _stock(facts, gaps, query, ""),
        *(_stock(facts, only(gaps, kind), query, kind) for kind in kinds),
    ]


def _stock(facts: Facts, gaps: Gaps, query: Query, grupo: str) -> Figure:
    end = until_now(query).fim
    found = open_at(gaps, end)
    value = len(found) if lived(facts, query) is not None else None
    ends = ((bucket, within(bucket, query).fim) for bucket in cut(query))
    serie = tuple(
        Point(bucket.chave, stock(gaps, moment), stock(gaps, moment), partial(bucket, query))
        for bucket, moment in ends
    )
    oldest = (end - found[0].aberto) / 86_400 if found else None
    return Figure(
        "backlog_gaps",
        "Gaps open",
        "",
        value,
        len(found),
        excluidos={"without a moment": len(gaps.undated)} if gaps.undated else {},
        partes=(Part("age of the oldest", oldest, "days"),),
        serie=serie,
        tendencia=trend(serie),
        itens=tuple(gap.item.id for gap in reversed(found))[:MOST_IDS],
        grupo=grupo,
        vazio=MISSED if value is None else "",
    )


def indices(gaps: Gaps, query: Query, kinds: Sequence[str]) -> list[Figure]:
    """Closed over opened: all, then each kind."""
    return [_index(gaps, query, ""), *(_index(only(gaps, kind), query, kind) for kind in kinds)]


def _index(gaps: Gaps, query: Query, grupo: str) -> Figure:
    window = until_now(query)
    opened, closed = (
        gaps.opened[between(gaps.opened_at, window)],
        gaps.closed[between(gaps.closed_at, window)],
    )
    value = ratio(len(closed), len(opened))
    new, over = counts(gaps.opened_at, query), counts(gaps.closed_at, query)
    serie = tuple(
        Point(
            bucket.chave,
            ratio(over[at], new[at]),
            len(_either(gaps, within(bucket, query))),
            partial(bucket, query),
        )
        for at, bucket in enumerate(cut(query))
    )
    either = _either(gaps, window)
    target = own_target(query.metas, "indice_gaps", KEEPS_UP) or KEEPS_UP
    return Figure(
        "indice_gaps",
        "Gaps closed / opened",
        "×",
        value,
        len(either),
        partes=(Part("closed", len(closed), ""), Part("opened", len(opened), "")),
        serie=serie,
        tendencia=trend(serie),
        meta=target.words,
        linha=target.line,
        estado=target.state(value),
        itens=either[:MOST_IDS],
        grupo=grupo,
        vazio="Gaps that are opened in the period fill it." if value is None else "",
    )


def _either(gaps: Gaps, window: Window) -> tuple[str, ...]:
    """The gaps that were opened or closed in a window, each once."""
    closed = gaps.closed[between(gaps.closed_at, window)]
    opened = gaps.opened[between(gaps.opened_at, window)]
    return tuple(dict.fromkeys(gap.item.id for gap in (*reversed(closed), *reversed(opened))))


def chart(facts: Facts, gaps: Gaps, query: Query) -> Chart:
    """The stock at each local midnight, and as it is now."""
    window = lived(facts, query)
    days = Bucketing(
        "dia" if query.janela.seconds <= MOST_DAYS * 86_400 else query.cortes.corte, query.cortes.fuso
    )
    by_day = replace(query, cortes=days)
    ys = tuple(float(stock(gaps, within(bucket, by_day).fim)) for bucket in cut(by_day))
    if window is None or not gaps.opened:
        return Chart("gaps_estoque", "Gaps open at each midnight", "line", "", (), vazio=MISSED)
    return Chart(
        "gaps_estoque", "Gaps open at each midnight", "line", "", (Series("open", ys),), labels(by_day)
    )


def months(query: Query, added: Rows[Capability]) -> Chart:
    """Capabilities that came, by calendar month."""
    by_month = replace(query, cortes=Bucketing("mes", query.cortes.fuso))
    found = {"added": counts(added.times, by_month)}
    vazio = "" if any(found["added"]) else "Capabilities whose probe passes for the first time fill it."
    return replace(
        charting.layers("gaps_capacidades", "Capabilities added, by month", "", by_month, found, vazio),
        tipo="bar",
    )
