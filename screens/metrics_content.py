"""What Metrics says, as pure functions: the table of figures, the lines around it, what is shown beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from screens.evidence.layout import BAD, DIM, GOOD, STRONG, WARN, flow, paragraph, span, words
from screens.evidence.values import count, number
from screens.figure_words import (
    as_float,
    figure_words,
    part_words,
    slope_words,
    target_words,
    value_words,
)
from screens.figures import sparkline
from screens.states import State
from screens.widgets.columns import Cell, Column
from store.metrics.model import DIM_BELOW, Chart, Figure, Mark, Page, Series

VALUE, CHANGE = 14, 13
COLUMNS = (
    Column("nome", "figure", 14, grow=3, keep=9),
    Column("n", "n", 6, right=True, keep=7),
    Column("valor", "value", VALUE, right=True, keep=8),
    Column("serie", "trend", 8, keep=4, at_least=70),
    Column("tendencia", "change", CHANGE, keep=3, at_least=88),
    Column("meta", "target", 12, grow=1, keep=5, at_least=58),
    Column("estado", "state", 9, keep=6),
)
SPARK = 8
STATES = {
    "good": State("✓", "good", GOOD),
    "watch": State("!", "watch", WARN),
    "bad": State("✗", "bad", BAD),
}
"""How a figure stands against its target."""
TINTS = {"good": "good", "watch": "warn", "bad": "bad"}
PERIODS = {"30d": "30 days", "90d": "90 days", "365d": "a year", "tudo": "all time"}
BUCKETS = {"dia": "day", "semana": "week", "mes": "month"}
STEADY = 0.05
"""Share of its middle value that a figure has to change by, over its series, to rise or fall."""
NOTES, LEVEL = "Notes", "→"
WORDS_FIRST = frozenset({"analise"})
"""Families whose words say more than their charts: what would help, and the key that does it."""


def row_key(figure: Figure) -> str:
    """What a row of the table is known by."""
    return f"{figure.chave}|{figure.grupo}"


# The table


def cells(figure: Figure) -> Sequence[Cell]:
    """One cell a column; a figure of few documents is dimmed, one without a value, too."""
    quiet = "quiet" if figure.n < DIM_BELOW or figure.valor is None else ""
    shown = STATES.get(figure.estado)
    name = f"  {figure.grupo}" if figure.grupo else figure.nome
    return (
        Cell(name, quiet),
        Cell(number(figure.n), "quiet"),
        Cell(figure_words(figure, VALUE), quiet or "strong"),
        Cell(spark(figure), "quiet" if quiet else "primary"),
        Cell(slope(figure), "quiet"),
        Cell(target_words(figure.meta), "quiet"),
        Cell(shown.label if shown else "·", TINTS.get(figure.estado, "quiet")),
    )


def spark(figure: Figure) -> str:
    """The newest complete buckets that have a value, drawn small."""
    values = [as_float(point.valor) for point in figure.serie if not point.parcial]
    known = [value for value in values if value is not None]
    return sparkline(known, SPARK) if len(known) > 1 else ""


def slope(figure: Figure) -> str:
    """An arrow, and what it changes by a bucket where it does; empty where too little is known."""
    if figure.tendencia is None:
        return ""
    sign = arrow(figure)
    return sign if sign == LEVEL else f"{sign} {slope_words(figure.tendencia, figure.unidade, CHANGE - 2)}"


def arrow(figure: Figure) -> str:
    """Up, down, or level: less than a twentieth over the whole series is no change."""
    values = sorted(value for point in figure.serie if (value := as_float(point.valor)) is not None)
    slope = figure.tendencia or 0.0
    middle = abs(values[len(values) // 2]) if values else 0.0
    if not slope or abs(slope) * max(1, len(values) - 1) < STEADY * middle:
        return LEVEL
    return "↗" if slope > 0 else "↘"


# Around it


@dataclass(frozen=True, slots=True)
class Asked:
    """What the line above the table says of what was asked for."""

    periodo: str
    desde: str
    ate: str
    corte: str
    por: str
    gerado: bool = False
    reading: bool = False
    now: bool = False
    """The figures are those of now, though the period is past."""


def summary_line(asked: Asked, keys: Mapping[str, str], width: int) -> Content:
    """Period, bucket and group, each with its key; that it is generated comes first."""
    period = PERIODS.get(asked.periodo, asked.periodo)
    if asked.desde or asked.ate:
        period = f"{asked.desde or 'the first'} to {asked.ate or 'now'}"
    parts = [
        span("! generated history", WARN) if asked.gerado else None,
        _choice(keys.get("period", ""), "", period),
        _choice(keys.get("bucket", ""), "by", BUCKETS[asked.corte]) if asked.corte in BUCKETS else None,
        _choice(keys.get("group", ""), "of each", asked.por) if asked.por else None,
        span("! as of now", WARN) if asked.now else None,
        span("reading …", DIM) if asked.reading else None,
    ]
    return words(*parts, gap=3).truncate(width, ellipsis=True)


def bucket_of(page: Page | None) -> str:
    """How a page's series are cut, by the shape of their keys: `2026-11-26`, `2026-W48`, `2026-11`."""
    key = next((each.serie[0].corte for each in page.figuras if each.serie), "") if page is not None else ""
    return ("semana" if "W" in key else "dia" if key.count("-") == 2 else "mes") if key else ""


def _choice(key: str, before: str, chosen: str) -> Content:
    head = f"{before} " if before else ""
    return Content.assemble((head, DIM), span(chosen, STRONG), (f" {key}" if key else "", DIM))


def detail_lines(figure: Figure, corte: str, width: int) -> list[Content]:
    """What stands beside the figure under the cursor: its parts, who is left out, what may still change."""
    head = f"{figure.nome} · {figure.grupo}" if figure.grupo else figure.nome
    parts: list[Content] = [
        Content.assemble(span(head, STRONG), " ", span(value_words(figure.valor, figure.unidade)))
    ]
    if figure.valor is None:
        parts.append(span(figure.vazio or "nothing to tell yet", DIM))
    parts += [
        Content.assemble((f"{span(part.nome).plain} ", DIM), span(part_words(part))) for part in figure.partes
    ]
    if figure.tendencia is not None:
        told = slope_words(figure.tendencia, figure.unidade)
        parts.append(span(f"{arrow(figure)} {told} a {BUCKETS.get(corte, corte)}", DIM))
    parts += [span(text, style) for text, style in _counts(figure)]
    return flow(parts, width, gap=3)


def _counts(figure: Figure) -> list[tuple[str, str]]:
    """How many are not in it and why, how many are provisional, and what it shall be."""
    told = []
    if figure.excluidos:
        reasons = ", ".join(f"{number(amount)} {reason}" for reason, amount in figure.excluidos.items())
        told.append((f"left out: {reasons}", DIM))
    if figure.provisorios:
        told.append((f"{count(figure.provisorios, 'is', 'are')} provisional", WARN))
    if figure.meta:
        told.append((f"target {target_words(figure.meta)}", DIM))
    return told


def empty_lines(page: Page | None, *, loaded: bool, error: str, title: str, width: int) -> list[Content]:
    """What stands in the table's place: why there is none, and what will fill it."""
    if error:
        return paragraph(error, width, style=BAD)
    if not loaded:
        return [span("Opening the store …", DIM)]
    if page is None:
        return [span(f"Reading {title} …", DIM)]
    return paragraph(f"{page.titulo} has no figures.", width, style=DIM)


# What can be shown below it


@dataclass(frozen=True, slots=True)
class View:
    """A chart, or lines of words; `key` stays while the page is asked anew."""

    key: str
    title: str
    chart: Chart | None = None
    lines: tuple[str, ...] = ()


def views(page: Page, figure: Figure | None) -> tuple[View, ...]:
    """The page's charts, the series of the figure under the cursor, and what the page says in words."""
    found = [View(chart.chave, _titled(chart), chart) for chart in page.graficos]
    if page.notas:
        notes = View(NOTES, NOTES, lines=page.notas)
        found.insert(0 if page.chave in WORDS_FIRST else len(found), notes)
    if figure is not None and figure.serie:
        chart = series_chart(figure)
        found.append(View("figure", _titled(chart), chart))
    return tuple(found)


def _titled(chart: Chart) -> str:
    return f"{chart.titulo} ({chart.unidade})" if chart.unidade else chart.titulo


def series_chart(figure: Figure) -> Chart:
    """A figure's own series as a chart, with its target as a line."""
    name = f"{figure.nome} · {figure.grupo}" if figure.grupo else figure.nome
    values = tuple(as_float(point.valor) for point in figure.serie)
    known = any(value is not None for value in values)
    return Chart(
        chave=f"figure:{row_key(figure)}",
        titulo=name,
        tipo="line",
        unidade=figure.unidade,
        series=(Series(figure.nome, values),),
        rotulos=tuple(f"{point.corte}*" if point.parcial else point.corte for point in figure.serie),
        marcas=(Mark(figure.linha, "target"),) if figure.linha is not None else (),
        vazio="" if known else figure.vazio or "No part of this period has a value.",
    )


def note_lines(lines: Sequence[str], width: int) -> list[Content]:
    """A page's words, each a paragraph of its own."""
    told: list[Content] = []
    for line in lines:
        told += [Content("")] if told else []
        first, *rest = paragraph(line, max(8, width - 2))
        told += [Content.assemble(("• ", DIM)) + first, *(each.pad_left(2) for each in rest)]
    return told
