"""How long answers take: from the moment that a person could decide to the decision (metrics.md, 3).

Those of a policy and those taken back are left out; open ones are listed by age and not mixed in. Official
targets don't exist: each type is held against its own p85 of the window before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from math import inf
from typing import NamedTuple

from store.metrics import wip
from store.metrics.cutting import HOUR, against, between, cut, partial, trend, until_now, without_zeros
from store.metrics.daily import by_day
from store.metrics.facts import Decision, Facts, Item
from store.metrics.flow import flow_of
from store.metrics.keeping import Dated, at
from store.metrics.lead_share import ALL, TYPES, Shares, lead_shares, usable
from store.metrics.model import Chart, Figure, Part, Point, Query, Series
from store.metrics.periods import Window
from store.metrics.sliding import Index
from store.metrics.statistics import median, shown_percentile
from store.metrics.targets import amount

MOST_BARS, MOST_IDS = 12, 500
ANSWERED = Index("approvals", "decisoes", at(lambda each: each.em if each.tipo in TYPES else None))


def figures(facts: Facts, query: Query) -> tuple[Figure, ...]:
    """All types together, each of them, and what is open."""
    window = until_now(query)
    answered = _Answered(
        by_day(facts, ANSWERED, "hours", _day, query),
        _newest(ANSWERED.of(facts), window),
        by_day(facts, ANSWERED, "hours", _day, replace(query, janela=window.before())),
        lead_shares(facts, query),
    )
    return (
        _latency(answered, "", "Approval latency, median", query),
        *(_latency(answered, tipo, f"{name}, median", query) for tipo, name in TYPES.items()),
        _open(facts, query),
    )


class _Day(NamedTuple):
    """What was answered on a day, of one type."""

    hours: Sequence[float]
    """Ascending, of what says how long a person took."""
    left: Counter[str]
    """How many say it not, by reason."""


class _Answered(NamedTuple):
    """Answers by bucket, day and type, likewise those of the window before; and the ids of the newest."""

    days: Sequence[Sequence[Mapping[str, _Day]]]
    newest: Mapping[str, Sequence[str]]
    before: Sequence[Sequence[Mapping[str, _Day]]]
    shares: Shares


def _day(_times: Sequence[float], decisions: Sequence[Decision]) -> dict[str, _Day]:
    hours: dict[str, list[float]] = {}
    left: dict[str, Counter[str]] = {}
    for each in decisions:
        if usable(each):
            hours.setdefault(each.tipo, []).append(_hours(each))
        else:
            left.setdefault(each.tipo, Counter())[_why_not(each)] += 1
    return {tipo: _Day(sorted(hours.get(tipo, ())), left.get(tipo, Counter())) for tipo in {*hours, *left}}


def _of(day: Mapping[str, _Day], tipo: str) -> Iterable[_Day]:
    """What a day has of a type, or of all."""
    return day.values() if tipo == ALL else [day[tipo]] if tipo in day else ()


def _hours_of(days: Iterable[Mapping[str, _Day]], tipo: str) -> list[float]:
    return sorted(chain.from_iterable(each.hours for day in days for each in _of(day, tipo)))


_REASONS = ("answered by a policy", "taken back", "no waiting time known")


def _why_not(decision: Decision) -> str:
    return _REASONS[0] if decision.politica else _REASONS[1] if decision.desfeita else _REASONS[2]


def _hours(decision: Decision) -> float:
    return (decision.espera_s or 0.0) / HOUR


def _latency(answered: _Answered, tipo: str, name: str, query: Query) -> Figure:
    buckets = [_hours_of(days, tipo) for days in answered.days]
    hours = sorted(chain.from_iterable(buckets))
    before = _hours_of(chain.from_iterable(answered.before), tipo)
    value, usual = median(hours), shown_percentile(before, 85)
    serie = tuple(
        Point(bucket.chave, median(some), len(some), partial(bucket, query))
        for bucket, some in zip(cut(query), buckets, strict=True)
    )
    left: Counter[str] = Counter()
    for day in chain.from_iterable(answered.days):
        for each in _of(day, tipo):
            left.update(each.left)
    waited, share = sum(hours) if hours else None, answered.shares.of_type[tipo]
    return Figure(
        f"aprovacao_{tipo}" if tipo else "aprovacao",
        name,
        "h",
        value,
        len(hours),
        without_zeros({reason: left[reason] for reason in _REASONS}),
        partes=(
            Part("p85", shown_percentile(hours, 85), "h", len(hours)),
            Part("waited in all", waited, "h", len(hours)),
            Part("share of lead time", share if hours else None, "%", answered.shares.n),
        ),
        serie=serie,
        tendencia=trend(serie),
        meta=f"at most {amount(usual, 'h')} (p85 before)" if usual is not None else "",
        linha=usual,
        estado=against(value, usual, usual * 2) if usual is not None else "none",
        itens=tuple(answered.newest[tipo]),
        vazio="" if hours else "Answers of a person fill it.",
    )


def _newest(dated: Dated, window: Window) -> dict[str, list[str]]:
    """The ids of the last answers that say how long they took, by type."""
    found: dict[str, list[str]] = {tipo: [] for tipo in (ALL, *TYPES)}
    for each in reversed(dated.rows[between(dated.times, window)]):
        mine = found[each.tipo]
        if len(mine) < MOST_IDS and usable(each):
            mine.append(each.id)
            if len(found[ALL]) < MOST_IDS:
                found[ALL].append(each.id)
    return found


def _waiting(facts: Facts, agora: float) -> list[tuple[float, str, str]]:
    """Since when, id and type of each open question of these types that is due, oldest first."""
    return sorted(
        (item.devido, item.id, item.tipo)
        for item in flow_of(facts).open
        if item.tipo in TYPES and item.status == "Pendente" and not item.retido
        if item.devido is not None and item.devido <= agora
    )


def open_by_age(facts: Facts, query: Query) -> Chart:
    """The open questions and how long each waits already, the oldest ones."""
    waiting = _waiting(facts, query.agora)[:MOST_BARS]
    hours = tuple(max(query.agora - since, 0.0) / HOUR for since, _, _ in waiting)
    return Chart(
        "decisoes_abertas",
        "Decisions that wait for you, by age",
        "hbar",
        "h",
        (Series("waits", hours, ids=tuple(item_id for _, item_id, _ in waiting)),) if waiting else (),
        tuple(f"{item_id} {TYPES[tipo]}" for _, item_id, tipo in waiting),
        vazio="" if waiting else "No decision waits for you.",
    )


def _open(facts: Facts, query: Query) -> Figure:
    """Open questions of these types; their waiting goes on, and is in no median."""
    waiting = _waiting(facts, query.agora)
    hours = [max(query.agora - since, 0.0) / HOUR for since, _, _ in waiting]
    known = wip.stocks(facts, "open questions", _asked, lambda item: item.tipo in TYPES)
    serie = wip.series(query, known.get(ALL, wip.Stock([], [])).at, len(waiting))
    return Figure(
        "aprovacao_aberta",
        "Decisions that wait for you",
        "",
        len(waiting),
        len(waiting),
        partes=(
            Part("oldest", hours[0] if hours else None, "h"),
            Part("waited so far, in all", sum(hours) if hours else None, "h"),
        ),
        serie=serie,
        tendencia=trend(serie),
        itens=tuple(item_id for _, item_id, _ in waiting[:500]),
    )


def _asked(item: Item) -> Sequence[wip.Span]:
    """From when a question was due to its end, without the times that it was blocked."""
    if item.tipo not in TYPES or item.devido is None or item.retido:
        return ()
    since, end = item.devido, inf if item.encerrado is None else item.encerrado
    found: list[wip.Span] = []
    for begin, over in item.bloqueios:
        if begin is not None and since <= begin < end:
            found.append((ALL, since, begin))
            since = end if over is None else min(max(over, begin), end)
    if since < end:
        found.append((ALL, since, end))
    return found
