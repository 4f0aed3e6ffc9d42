"""How much is made: specs and releases a week, deployments a day, days with a deployment a week.

Rates count calendar time from the first day on which there was anything. The points that are made here count
what falls into each bucket; `store.metrics.since` makes rates of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf

from store.metrics.cutting import between, counts, cut, partial, until_now
from store.metrics.facts import Deployment, Execution, Facts, Release
from store.metrics.incidents import PRODUCTION, production
from store.metrics.keeping import kept
from store.metrics.measures import MOST_IDS, Measure, Rows, rows_of
from store.metrics.model import Figure, Part, Point, Query
from store.metrics.periods import Bucketing
from store.metrics.populations import CONCLUDED, ended_before, execution_id
from store.metrics.presence import calendar_days, counter, lived
from store.metrics.statistics import median
from store.metrics.targets import at_least, own_target

SPLIT: Mapping[str, str] = {"aprovada": "approved", "rejeitada": "rejected", "devolvida": "rejected"}
"""A release's status in three words, any other being pending; one that was returned is not approved."""
PENDING = "pending"
DEPLOY_DAYS = at_least(3, 1, "days")
"""A median of three days a week with a deployment is the top band of DevLake, one the next."""


def rate(facts: Facts, query: Query, days: float) -> Callable[[Sequence[object]], float | None]:
    """How many in so many days, over the calendar days in which there was anything; None where never."""
    known = calendar_days(facts, query)

    def of(rows: Sequence[object]) -> float | None:
        return len(rows) * days / known if known else None

    return of


# Specs


def first_concluded(facts: Facts, query: Query) -> Rows[Execution]:
    """The first concluded execution of each spec, by when; later ones of the spec don't count again."""
    times, runs = kept(facts, "specs concluded", _first_concluded, ("execucoes",))
    found = between(times, until_now(query))
    return Rows(times[found], runs[found])


def _first_concluded(facts: Facts) -> tuple[list[float], list[Execution]]:
    first: dict[str, Execution] = {}
    for run in ended_before(facts, inf):
        if run.status == CONCLUDED and run.spec_ref:
            first.setdefault(run.spec_ref, run)
    return [run.encerrada or 0.0 for run in first.values()], list(first.values())


def specs(facts: Facts, query: Query) -> Measure[Execution]:
    """Distinct specs a week."""
    return Measure(
        chave="specs_semana",
        nome="Specs first concluded",
        unidade="/week",
        of=rate(facts, query, 7),
        bucket=len,
        ident=execution_id,
        vazio="Work that is concluded fills it.",
        parts=lambda rows: (Part("specs", len(rows), ""),),
    )


# Releases


def made(facts: Facts, query: Query) -> Rows[Release]:
    """The releases of the window."""
    times, releases = kept(facts, "releases by time", _by_time, ("releases",))
    found = between(times, until_now(query))
    undated = [("without a moment", each) for each in facts.releases if each.criada is None]
    return Rows(times[found], releases[found], undated)


def _by_time(facts: Facts) -> tuple[list[float], list[Release]]:
    found = rows_of((each.criada, each) for each in facts.releases if each.criada is not None)
    return list(found.times), list(found.rows)


def outcome(release: Release) -> str:
    """`approved`, `rejected` or `pending`."""
    return SPLIT.get(release.status, PENDING)


def releases(facts: Facts, query: Query) -> Measure[Release]:
    """Releases a week, split by what was decided about them."""

    def parts(rows: Sequence[Release]) -> tuple[Part, ...]:
        sizes = Counter(map(outcome, rows))
        return tuple(Part(name, sizes[name], "") for name in ("approved", "rejected", PENDING))

    return Measure(
        chave="releases_semana",
        nome="Releases",
        unidade="/week",
        of=rate(facts, query, 7),
        bucket=len,
        ident=lambda release: release.id,
        vazio="Releases fill it.",
        parts=parts,
    )


# Deployments


def deployed(facts: Facts, query: Query) -> Rows[Deployment]:
    """Successful deployments to production, by when they ended."""
    known = production(facts)
    found = between(known.at, until_now(query))
    return Rows(known.at[found], known.deploys[found])


def failed(facts: Facts, query: Query) -> Rows[Deployment]:
    """Those that failed."""
    times, rows = kept(facts, "failed deploys", _failed, ("implantacoes",))
    found = between(times, until_now(query))
    return Rows(times[found], rows[found])


def _failed(facts: Facts) -> tuple[list[float], list[Deployment]]:
    found = rows_of(
        (moment, each)
        for each in facts.implantacoes
        if each.status == "falhou" and each.ambiente in PRODUCTION
        for moment in (each.fim if each.fim is not None else each.inicio,)
        if moment is not None
    )
    return list(found.times), list(found.rows)


def deploys(facts: Facts, query: Query) -> Measure[Deployment]:
    """Successful deployments to production a local calendar day."""
    return Measure(
        chave="deploys_dia",
        nome="Deployments to production",
        unidade="/day",
        of=rate(facts, query, 1),
        bucket=len,
        ident=_id,
        vazio="Deployments to production fill it.",
        parts=lambda rows: (
            Part("deployments", len(rows), ""),
            Part("calendar days", calendar_days(facts, query), ""),
        ),
    )


def failures(facts: Facts, query: Query) -> Measure[Deployment]:
    """Failed ones, apart."""
    return Measure(
        chave="deploys_falhos",
        nome="Deployments that failed",
        unidade="",
        of=counter(facts, query),
        ident=_id,
        vazio="Deployments to production fill it.",
    )


def _id(deploy: Deployment) -> str:
    return deploy.id


def _busy_days(times: Sequence[float], by_day: Query) -> list[float]:
    """The beginnings of the local days on which anything was."""
    sizes = counts(times, by_day)
    return [day.inicio for day, size in zip(cut(by_day), sizes, strict=True) if size]


def _weeks(facts: Facts, query: Query, times: Sequence[float]) -> tuple[list[Point], list[float]]:
    """Days a week with anything on them: every week of the window, and those that are whole."""
    zone, window = query.cortes.fuso, lived(facts, query)
    by_week = replace(query, cortes=Bucketing("semana", zone))
    serie: list[Point] = []
    whole: list[float] = []
    busy = _busy_days(times, replace(query, janela=window, cortes=Bucketing("dia", zone))) if window else []
    for week in cut(by_week):
        parcial = partial(week, by_week)
        if window is None or week.fim <= window.inicio:
            serie.append(Point(week.chave, None, 0, parcial))
            continue
        parcial = parcial or week.inicio < window.inicio
        found = bisect_left(busy, week.fim) - bisect_left(busy, week.inicio)
        serie.append(Point(week.chave, found, found, parcial))
        whole += [] if parcial else [float(found)]
    return serie, whole


def deploy_days(facts: Facts, query: Query) -> Figure:
    """Local days with a deployment, the median over whole ISO weeks; a week without one counts 0."""
    rows = deployed(facts, query)
    serie, whole = _weeks(facts, query, rows.times)
    value = median(whole)
    target = own_target(query.metas, "dias_deploy_semana", DEPLOY_DAYS)
    return Figure(
        "dias_deploy_semana",
        "Days with a deployment, median of whole weeks",
        "/week",
        value,
        len(whole),
        meta=target.words if target else "",
        linha=target.line if target else None,
        estado=target.state(value) if target else "none",
        serie=tuple(serie) if query.cortes.corte == "semana" else (),
        itens=tuple(map(_id, reversed(rows.rows[-MOST_IDS:]))),
        vazio="" if value is not None else "A whole week, from Monday to Sunday, fills it.",
    )
