"""8.6, gaps: how many specs have one, how long they block, which kinds there are, how they pile up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple

from store.metrics import charting, pain_stock, wip
from store.metrics.cutting import HOUR, between, trend, until_now
from store.metrics.facts import Capability, Facts, Item, Price
from store.metrics.keeping import kept
from store.metrics.measures import MOST_IDS, Measure, Rows, figures, grouped, rows_of
from store.metrics.model import Chart, Figure, Page, Part, Query
from store.metrics.pains import UNKNOWN, Gap, Gaps, gaps_of
from store.metrics.presence import counter
from store.metrics.shares import share
from store.metrics.statistics import mean, median, shown_percentile

CHAVE, TITULO = "gaps", "Gaps"
KIND, SPEC = "tipo_recurso", "spec"
GROUPS = (KIND, SPEC)
NO_MOMENT, NEGATIVE = "without a moment", "ends before it begins"
PRICED, BLOCKED = "Specs that were priced fill it.", "Items that were blocked and came free fill it."


def page(facts: Facts, query: Query) -> Page:
    """Every figure of 8.6."""
    gaps, por = gaps_of(facts), query.por
    opened, episodes = _opened(gaps, query), _episodes(facts, query)
    kinds = sorted({gap.tipo for gap in gaps.opened}) if por == KIND else []
    rate = figures(RATE, _priced(facts, query), query, _price_spec if por == SPEC else None)
    added = _capabilities(facts)
    inside = between(added.times, until_now(query))
    new = Rows(added.times[inside], added.rows[inside])
    found = [
        *rate,
        *figures(UNBLOCKING, episodes, query, _episode_spec if por == SPEC else None),
        _still_blocked(facts, query),
        *figures(_count(facts, query), opened, query, _gap_key(por)),
        *figures(_added(facts, query), new, query, _capability_kind if por == KIND else None),
        *pain_stock.stocks(facts, gaps, query, kinds),
        *pain_stock.indices(gaps, query, kinds),
    ]
    return Page(
        CHAVE,
        TITULO,
        tuple(found),
        (
            charting.over_time("gaps_taxa", "Specs with a gap", "line", query, [("specs", rate[0])]),
            pain_stock.chart(facts, gaps, query),
            _kind_chart(opened),
            charting.histogram(
                "gaps_desbloqueio", "Hours until unblocked", "h", _hours(episodes.rows), BLOCKED, low=0.0
            ),
            pain_stock.months(query, added),
        ),
        GROUPS,
        gerado=facts.gerado,
    )


# How many specs have one


def _priced(facts: Facts, query: Query) -> Rows[Price]:
    times, prices = kept(facts, "prices by time", _prices, ("precos",))
    found = between(times, until_now(query))
    undated = [(NO_MOMENT, each) for each in facts.precos if each.criada is None]
    return Rows(times[found], prices[found], undated)


def _prices(facts: Facts) -> tuple[list[float], list[Price]]:
    found = rows_of((each.criada, each) for each in facts.precos if each.criada is not None)
    return list(found.times), list(found.rows)


def _price_spec(price: Price) -> str:
    return price.spec_ref


def _specs(prices: Sequence[Price]) -> int:
    return len({price.spec_ref for price in prices})


def _with_gaps(prices: Sequence[Price]) -> int:
    return len({price.spec_ref for price in prices if price.gaps})


RATE: Measure[Price] = Measure(
    chave="taxa_gaps",
    nome="Specs with a gap",
    unidade="%",
    of=lambda prices: share(_with_gaps(prices), _specs(prices)),
    ident=lambda price: price.id,
    count=_specs,
    vazio=PRICED,
    parts=lambda prices: (Part("with a gap", _with_gaps(prices), ""), Part("priced", _specs(prices), "")),
)


# How long they block


class Blocked(NamedTuple):
    """One time that an item was blocked, and for how many hours."""

    item: Item
    horas: float


def _episodes(facts: Facts, query: Query) -> Rows[Blocked]:
    """The episodes that ended in the window."""
    times, rows, undated = kept(facts, "episodes", _all_episodes, ("itens",), matters=_was_blocked)
    found = between(times, until_now(query))
    inside = Rows(times[found], rows[found], [(NO_MOMENT, each) for each in undated])
    wrong = [(NEGATIVE, each) for each in inside.rows if each.horas < 0]
    right = inside.only(lambda each: each.horas >= 0)
    return Rows(right.times, right.rows, [*inside.left, *wrong])


def _was_blocked(item: Item) -> bool:
    return bool(item.bloqueios)


def _all_episodes(facts: Facts) -> tuple[list[float], list[Blocked], list[Blocked]]:
    dated: list[tuple[float, Blocked]] = []
    undated: list[Blocked] = []
    for item in facts.itens:
        for begin, end in item.bloqueios:
            if begin is None:
                undated.append(Blocked(item, 0.0))
            elif end is not None:
                dated.append((end, Blocked(item, (end - begin) / HOUR)))
    found = rows_of(dated)
    return list(found.times), list(found.rows), undated


def _episode_spec(each: Blocked) -> str:
    return each.item.spec_ref or "no spec"


def _hours(rows: Sequence[Blocked]) -> list[float]:
    return [each.horas for each in rows]


UNBLOCKING: Measure[Blocked] = Measure(
    chave="tempo_desbloqueio",
    nome="Time until unblocked, mean",
    unidade="h",
    of=lambda rows: mean(_hours(rows)),
    ident=lambda each: each.item.id,
    vazio=BLOCKED,
    parts=lambda rows: (
        Part("median", median(_hours(rows)), "h", len(rows)),
        Part("p85", shown_percentile(sorted(_hours(rows)), 85), "h", len(rows)),
    ),
)


def _still_blocked(facts: Facts, query: Query) -> Figure:
    """Episodes that have not ended, apart: how many, and since when the oldest."""
    found = kept(facts, "open episodes", _open_episodes, ("itens",), matters=_was_blocked)
    value = counter(facts, query)(found)
    ages = [(query.agora - begin) / HOUR for begin, _ in found]
    known = wip.stocks(facts, "blocked", _blocked, _was_blocked).get("", wip.Stock([], []))
    serie = wip.series(query, known.at, len(found))
    return Figure(
        "bloqueios_abertos",
        "Blocked now",
        "",
        value,
        len(found),
        partes=(
            Part("age of the oldest", max(ages, default=None), "h"),
            Part("median age", median(ages), "h"),
        ),
        serie=serie,
        tendencia=trend(serie),
        itens=tuple(item.id for _, item in reversed(found))[:MOST_IDS],
        vazio=BLOCKED if value is None else "",
    )


def _blocked(item: Item) -> list[wip.Span]:
    """Each time that it was blocked; one that nothing ended was over when the item was."""
    found: list[wip.Span] = []
    for begin, over in item.bloqueios:
        end = over if over is not None else item.encerrado if item.encerrado is not None else inf
        if begin is not None and begin < end:
            found.append(("", begin, end))
    return found


def _open_episodes(facts: Facts) -> list[tuple[float, Item]]:
    found = [
        (episode.inicio, item)
        for item in facts.itens
        for episode in item.bloqueios
        if item.encerrado is None and episode.fim is None and episode.inicio is not None
    ]
    return sorted(found, key=lambda each: (each[0], each[1].id))


# Which kinds, and what came


def _opened(gaps: Gaps, query: Query) -> Rows[Gap]:
    found = between(gaps.opened_at, until_now(query))
    return Rows(gaps.opened_at[found], gaps.opened[found])


def _gap_key(por: str) -> Callable[[Gap], str] | None:
    if por == KIND:
        return lambda gap: gap.tipo
    return (lambda gap: gap.item.spec_ref or "no spec") if por == SPEC else None


def _gap_id(gap: Gap) -> str:
    return gap.item.id


def _count(facts: Facts, query: Query) -> Measure[Gap]:
    return Measure(
        chave="gaps_por_tipo",
        nome="Gaps opened",
        unidade="",
        of=counter(facts, query),
        ident=_gap_id,
        vazio=pain_stock.MISSED,
    )


def _capabilities(facts: Facts) -> Rows[Capability]:
    return rows_of((each.adicionada, each) for each in facts.capacidades if each.adicionada is not None)


def _capability_kind(each: Capability) -> str:
    return each.tipo or UNKNOWN


def _added(facts: Facts, query: Query) -> Measure[Capability]:
    return Measure(
        chave="capacidades_adicionadas",
        nome="Capabilities added",
        unidade="",
        of=counter(facts, query),
        ident=lambda each: each.id,
        vazio="Capabilities whose probe passes for the first time fill it.",
    )


def _kind_chart(opened: Rows[Gap]) -> Chart:
    rows = [(name, len(some.rows)) for name, some in grouped(opened, lambda gap: gap.tipo)]
    return charting.by_name("gaps_tipos", "Gaps opened, by what is missing", "", rows, pain_stock.MISSED)
