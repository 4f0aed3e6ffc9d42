"""The performance analyser: where time waits, what got worse than in the period before, what can be done.

Hephaestus 3.1, without its score: every figure is hours, a median or a share of counted documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from store.metrics.advice import Advice, Evidence, recommendations
from store.metrics.bottlenecks import (
    BY,
    Place,
    Wait,
    grouped,
    seconds_spent,
    together,
    waiting,
    waits,
)
from store.metrics.changes import Change, compare, compare_shares
from store.metrics.cutting import HOUR, cut, labels, partial, trend
from store.metrics.facts import Facts
from store.metrics.model import Chart, Figure, Page, Part, Point, Query, Series, State
from store.metrics.own_targets import own_targets
from store.metrics.targets import amount
from store.metrics.waiting import STATES, WORDS
from store.metrics.watched import Watched, WatchedShare, amounts, shares

MOST_BARS = 12
MOST_GROUPS = 20
_ITEMS = "Items that live in this period fill it."
_VERDICTS: Mapping[str, State] = {"worse": "bad", "better": "good", "same": "good", "few": "none"}
_Compared = tuple[Watched | WatchedShare, Change]


def page(facts: Facts, query: Query) -> Page:
    """Waiting, by group where one is asked for; changes, the worst first; recommendations as notes."""
    found = waits(facts, query)
    compared = _compared(facts, query)
    states = grouped(waiting(found), "estado")
    evidence = Evidence(facts, query, found, states, [_told(each, change) for each, change in compared])
    advice = recommendations(evidence)
    return Page(
        "analise",
        "Analysis",
        own_targets(
            (
                *_waiting(found, query),
                *_places(found, query),
                *(_change(each, change) for each, change in compared),
                _advised(advice),
            ),
            query,
        ),
        (_bars(found), _by_state(states, query)),
        tuple(BY),
        notas=tuple(each.texto for each in advice)
        or ("Nothing to recommend: no condition of docs/metrics.md is met.",),
        gerado=facts.gerado,
    )


def _waiting(found: Mapping[Place, Wait], query: Query) -> list[Figure]:
    """All waiting, then a figure a group."""
    places = waiting(found)
    figures = [_wait_figure("espera", "Waiting, in all", together(places.values()), query, found)]
    if query.por in BY:
        for name, wait in list(grouped(places, query.por).items())[:MOST_GROUPS]:
            shown = WORDS.get(name, name) if query.por == "estado" else name
            figures.append(_wait_figure("espera", "Waiting, in all", wait, query, {}, shown))
    return figures


def _wait_figure(
    key: str, name: str, wait: Wait, query: Query, whole: Mapping[Place, Wait], group: str = ""
) -> Figure:
    serie = tuple(
        Point(bucket.chave, wait.cortes.get(at, 0.0) / HOUR, wait.n, partial(bucket, query))
        for at, bucket in enumerate(cut(query))
    )
    spent = seconds_spent(whole) if whole else None
    return Figure(
        key,
        name,
        "h",
        wait.segundos / HOUR if wait.n else None,
        wait.n,
        partes=tuple(Part(WORDS[state], getattr(spent, state) / HOUR, "h") for state in STATES)
        if spent
        else (),
        serie=serie,
        tendencia=trend(serie),
        itens=wait.ids,
        grupo=group,
        vazio="" if wait.n else _ITEMS,
    )


def _places(found: Mapping[Place, Wait], query: Query) -> list[Figure]:
    """The three places where most time waits, each with its share of all waiting."""
    places = waiting(found)
    whole = sum(wait.segundos for wait in places.values())
    figures = []
    for rank, (place, wait) in enumerate(list(places.items())[:3], 1):
        figure = _wait_figure(f"gargalo_{rank}", _name(place), wait, query, {})
        share = Part("of all waiting", wait.segundos / whole, "%")
        mean = Part("an item, mean", wait.segundos / HOUR / wait.n, "h", wait.n)
        figures.append(replace(figure, partes=(share, mean)))
    return figures


def _name(place: Place) -> str:
    return f"{place.tipo} of {place.ator or 'no actor'}, {WORDS[place.estado]}"


def _compared(facts: Facts, query: Query) -> list[_Compared]:
    """Everything with documents in either period: worse first, then better, then the others."""
    found: list[_Compared] = [(each, compare(each.antes, each.agora)) for each in amounts(facts, query)]
    found += [
        (each, compare_shares(each.antes, each.agora, lower_is_better=each.menos))
        for each in shares(facts, query)
    ]
    order = ("worse", "better", "same", "few")
    known = [each for each in found if each[1].n_antes or each[1].n_agora]
    return sorted(known, key=lambda each: order.index(each[1].veredito))


def _unit(each: Watched | WatchedShare) -> str:
    return each.unidade if isinstance(each, Watched) else "%"


def _told(each: Watched | WatchedShare, change: Change) -> tuple[str, str, str, Change, str]:
    return each.chave, each.nome, _unit(each), change, each.familia


def _change(each: Watched | WatchedShare, change: Change) -> Figure:
    """Now, beside the period before; the state is what the rule says of the two."""
    unit = _unit(each)
    return Figure(
        f"mudanca_{each.chave}",
        each.nome,
        unit,
        change.agora,
        change.n_agora,
        partes=(
            Part("before", change.antes, unit, change.n_antes),
            Part("now over before", change.fator, "×"),
        ),
        meta="" if change.antes is None else f"{amount(change.antes, unit)} before",
        linha=change.antes,
        estado=_VERDICTS[change.veredito],
        itens=each.itens,
        vazio="" if change.n_agora else "Nothing of it in this period, only in the one before.",
    )


def _advised(advice: Sequence[Advice]) -> Figure:
    return Figure(
        "recomendacoes",
        "Recommendations",
        "",
        len(advice),
        len(advice),
        partes=(),
        itens=tuple(dict.fromkeys(item_id for each in advice for item_id in each.itens))[:500],
    )


def _bars(found: Mapping[Place, Wait]) -> Chart:
    """The places where most time waits."""
    places = list(waiting(found).items())[:MOST_BARS]
    return Chart(
        "gargalos",
        "Where time waits",
        "hbar",
        "h",
        (Series("hours", tuple(wait.segundos / HOUR for _, wait in places)),) if places else (),
        tuple(_name(place) for place, _ in places),
        nota="Of all items that lived in this period, only the time within it.",
        vazio="" if places else _ITEMS,
    )


def _by_state(states: Mapping[str, Wait], query: Query) -> Chart:
    """Waiting hours a bucket, by state."""
    count = len(cut(query))
    return Chart(
        "esperas",
        "Waiting by state",
        "stacked",
        "h",
        tuple(
            Series(WORDS[name], tuple(wait.cortes.get(at, 0.0) / HOUR for at in range(count)))
            for name, wait in states.items()
        ),
        labels(query),
        vazio="" if states else _ITEMS,
    )
