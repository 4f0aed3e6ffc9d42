"""Forecasts: when what is open is done, how many are done by when, and whether such forecasts were right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from store.metrics.backtest import PastWeek, backtest
from store.metrics.burnup import sprint_burn_up
from store.metrics.cutting import between, newest, until_now
from store.metrics.facts import Facts
from store.metrics.flow import Flow, flow_of
from store.metrics.forecast import Forecast, Outlook, Reach, forecast
from store.metrics.history import item_records, today_of
from store.metrics.measures import MOST_IDS
from store.metrics.model import Chart, Figure, Mark, Page, Part, Point, Query, Series, State
from store.metrics.montecarlo import CAP, CONFIDENCE
from store.metrics.own_targets import own_targets
from store.metrics.periods import Window
from store.metrics.statistics import wilson
from store.metrics.wording import share, told

PROMISED = 0.85
MOST_SPRINTS = 3
MOST_DAYS = 120


def page(facts: Facts, query: Query) -> Page:
    """Of everything that is open; the open sprints' burn-ups with the forecast of each."""
    made = forecast(facts, None, query)
    flow = flow_of(facts)
    tested = backtest(item_records(facts), until_now(query), today_of(query), query.cortes.fuso)
    left, drawn = _open(flow), _done_on(flow, made.historia.dias, query)
    weeks = _done_on(flow, [day for each in tested for day in _days_of(each)], query)
    sprints = sorted(
        (each for each in facts.sprints if each.encerrada is None),
        key=lambda each: each.aberta or 0.0,
        reverse=True,
    )[:MOST_SPRINTS]
    return Page(
        "previsao",
        "Forecast",
        own_targets(
            (
                *(_done(made, outlook, key, left) for key, outlook in _outlooks(made)),
                *(_reached(made, reach, drawn) for reach in made.quantos),
                _kept(tested, weeks),
            ),
            query,
        ),
        (
            chances(made),
            *(sprint_burn_up(facts, each.sprint_id, query) for each in sprints),
            past_days(made),
            _weeks(tested),
        ),
        notas=notes(made),
        gerado=facts.gerado,
    )


def _days_of(week: PastWeek) -> tuple[date, date]:
    """Its first and its last day."""
    monday = date.fromisoformat(f"{week.semana}-1")
    return monday, monday + timedelta(days=6)


def _outlooks(made: Forecast) -> tuple[tuple[str, Outlook | None], ...]:
    return ("previsao_fixa", made.fixo), ("previsao_crescente", made.crescente)


def _open(flow: Flow) -> tuple[str, ...]:
    """What is left to do, the newest first."""
    left = [(item.criado or 0.0, item.id) for item in flow.open if not item.retido]
    return newest(left)


def _done_on(flow: Flow, days: Sequence[date], query: Query) -> tuple[str, ...]:
    """What was done on days that follow each other, the newest first."""
    if not days:
        return ()
    first, after = query.cortes.midnight(days[0]), query.cortes.midnight(days[-1] + timedelta(days=1))
    found = between(flow.done_at, Window(first, after))
    return tuple(item.id for item in reversed(flow.done[found][-MOST_IDS:]))


def _done(made: Forecast, outlook: Outlook | None, key: str, left: tuple[str, ...]) -> Figure:
    """Days until nothing is left, at 85 %; the other confidences beside it."""
    name = "fixed scope" if key == "previsao_fixa" else "growing scope"
    days = outlook.dias if outlook else {}
    trials = len(outlook.quando.dias) if outlook else 0
    return Figure(
        key,
        f"All {made.unidade} done, {name}, p85",
        "days",
        days.get(85),
        made.restam,
        partes=(
            *(Part(f"p{p}", days.get(p), "days") for p in CONFIDENCE),
            *([Part(f"by {made.prazo}", outlook.no_prazo, "%")] if outlook and made.prazo else []),
            Part("trials", trials, ""),
        )
        if outlook
        else (),
        itens=left,
        vazio=made.vazio or ("" if outlook and outlook.converge else never(name)),
    )


def never(name: str) -> str:
    """What is said of a forecast without an end."""
    return f"Does not converge with a {name}: more than 5 % of the trials take over {CAP} days."


def _reached(made: Forecast, reach: Reach, drawn: tuple[str, ...]) -> Figure:
    return Figure(
        f"previsao_{reach.dias}d",
        f"Done in {reach.dias} days, at least, p85",
        "",
        reach.feitos.get(85),
        sum(made.historia.feitos),
        partes=tuple(Part(f"p{p}", reach.feitos.get(p), "") for p in CONFIDENCE),
        itens=drawn,
    )


def _kept(tested: Sequence[PastWeek], done: tuple[str, ...]) -> Figure:
    """The share of past weeks that reached their own p85 forecast: about 85 % of them should."""
    kept = sum(each.kept for each in tested)
    interval = wilson(kept, len(tested))
    return Figure(
        "previsao_acerto",
        "Weeks that reached their p85 forecast",
        "%",
        kept / len(tested) if tested else None,
        len(tested),
        partes=((Part("95 % from", interval[0], "%"), Part("95 % to", interval[1], "%")) if interval else ()),
        serie=tuple(Point(each.semana, float(each.kept), 1) for each in tested),
        meta="about 85 %",
        linha=PROMISED,
        estado=_trust(interval, len(tested)),
        itens=done,
        vazio="" if tested else "A whole week after 14 days of history fills it.",
    )


def _trust(interval: tuple[float, float] | None, n: int) -> State:
    """Bad only where 85 % is out of reach of what was seen; below 5 weeks nothing is said."""
    if interval is None or n < 5:
        return "none"
    return "bad" if interval[1] < PROMISED else "good"


def chances(made: Forecast) -> Chart:
    """P(by date): the share of trials that is done by each day, for both scopes."""
    outlooks = [outlook for _, outlook in _outlooks(made) if outlook is not None and outlook.converge]
    last = max((outlook.dias[95] or 1 for outlook in outlooks), default=0)
    step = max(1, -(-last // MOST_DAYS))
    days = range(0, last + step, step)
    trials = max((len(outlook.quando.dias) for outlook in outlooks), default=0)
    return Chart(
        "previsao_chances",
        "P(done by a day)",
        "line",
        "%",
        tuple(
            Series(outlook.nome, tuple(outlook.quando.within(day) for day in days)) for outlook in outlooks
        ),
        tuple(_date(made, day) for day in days) if outlooks else (),
        (Mark(0.5, "p50"), Mark(PROMISED, "p85")),
        nota=f"{told(trials, 0)} trials that draw from the last {len(made.historia.dias)} whole days.",
        vazio="" if outlooks else made.vazio or never("scope that grows as it did"),
    )


def _date(made: Forecast, days: int) -> str:
    return (date.fromisoformat(made.hoje) + timedelta(days=days)).isoformat()


def past_days(made: Forecast) -> Chart:
    """The days that are drawn from."""
    past = made.historia
    return Chart(
        "previsao_dias",
        "What is drawn from",
        "bar",
        "",
        (Series("done", past.feitos), Series("came", past.chegadas)) if past.dias else (),
        tuple(day.isoformat() for day in past.dias),
        nota="Whole local days; days without anything count.",
        vazio="" if past.dias else "The first whole day fills it.",
    )


def _weeks(tested: Sequence[PastWeek]) -> Chart:
    return Chart(
        "previsao_semanas",
        "What was forecast for a week, and what came",
        "line",
        "",
        (
            Series("done", tuple(float(each.feitos) for each in tested)),
            Series("p85: at least", tuple(float(each.p85) for each in tested)),
            Series("p50: at least", tuple(float(each.p50) for each in tested)),
        )
        if tested
        else (),
        tuple(each.semana for each in tested),
        nota="Each week is forecast from the days before it, by exact convolution.",
        vazio="" if tested else "A whole week after 14 days of history fills it.",
    )


def notes(made: Forecast) -> tuple[str, ...]:
    """The dates, in words."""
    if made.vazio:
        return (made.vazio,)
    one = made.restam == 1
    found = [
        f"1 {made.unidade.removesuffix('s')} is open." if one else f"{made.restam} {made.unidade} are open."
    ]
    for _, outlook in _outlooks(made):
        if outlook is None or not outlook.converge:
            found.append(never(outlook.nome if outlook else "fixed scope"))
            continue
        dates = ", ".join(f"{p} %: {outlook.datas[p]}" for p in CONFIDENCE if outlook.datas[p])
        promise = "" if outlook.no_prazo is None else f"; {share(outlook.no_prazo)} by {made.prazo}"
        found.append(f"Done, {outlook.nome}: {dates}{promise}.")
    return tuple(found)
