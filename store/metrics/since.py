"""Figures as there was anything: nothing is told from before it, and series are in the figure's own unit.

What every family's page goes through: a count of 0 is told of a bucket in which something could have been
counted, and a rate a day or a week is one in each of its buckets too, however long they are. Where there
never was anything a count is no 0: of a figure of no documents neither value nor parts are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from store.metrics.cutting import cut, trend
from store.metrics.facts import Facts
from store.metrics.model import Figure, Page, Point, Query
from store.metrics.periods import Bucketing, Window
from store.metrics.presence import lived

RATES: Mapping[str, int] = {
    "objetivos_dia": 1,
    "deploys_dia": 1,
    "dora_frequencia": 1,
    "specs_semana": 7,
    "releases_semana": 7,
}
"""Figures that count over calendar time, with the days that their unit is long; their points count."""


def since_anything(page: Page, facts: Facts, query: Query) -> Page:
    """The page with its figures so."""
    spans, ever = _lived(facts, query), lived(facts, query) is not None
    figures = tuple(_so(figure if ever else _never(figure), spans, query) for figure in page.figuras)
    return page if figures == page.figuras else replace(page, figuras=figures)


def _lived(facts: Facts, query: Query) -> Mapping[str, Window | None]:
    """Of each bucket up to now the part in which there was anything; None where there was nothing in it."""
    window = lived(facts, query)
    found: dict[str, Window | None] = {}
    for bucket in cut(query):
        if window is None or bucket.fim <= window.inicio:
            found[bucket.chave] = None
        else:
            found[bucket.chave] = Window(max(bucket.inicio, window.inicio), min(bucket.fim, window.fim))
    return found


NOTHING_YET = "The first work fills it."


def _never(figure: Figure) -> Figure:
    """A figure, where there never was anything that it could count."""
    if figure.n:
        return figure
    unknown = tuple(replace(part, valor=None) for part in figure.partes)
    vazio = figure.vazio or NOTHING_YET
    return replace(figure, valor=None, partes=unknown, estado="none", vazio=vazio)


def _so(figure: Figure, spans: Mapping[str, Window | None], query: Query) -> Figure:
    days = RATES.get(figure.chave)
    serie = tuple(_point(point, spans.get(point.corte, _ELSEWHERE), days, query) for point in figure.serie)
    return figure if serie == figure.serie else replace(figure, serie=serie, tendencia=trend(serie))


_ELSEWHERE = Window(0.0, 0.0)
"""Of a point that is none of the query's buckets."""


def _point(point: Point, span: Window | None, days: int | None, query: Query) -> Point:
    if span is None:
        return point if point.n or point.valor is None else replace(point, valor=None)
    if days is None or span is _ELSEWHERE:
        return point
    known = len(Bucketing("dia", query.cortes.fuso).buckets(span))
    return replace(point, valor=point.n * days / known if known else None)
