"""DORA's five measures of delivery, as dora.dev defines them (metrics.md, "DORA").

They have no targets here and are not for comparing people: the bands of the 2023 report are told as context.
Deployments are counted, not joined rows, so that a rate never exceeds 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

from store.metrics.cutting import (
    DAY,
    HOUR,
    between,
    cut,
    labels,
    newest,
    points,
    trend,
    until_now,
    within,
    without_zeros,
)
from store.metrics.facts import Deployment, Facts
from store.metrics.incidents import Production, production
from store.metrics.model import Chart, Figure, Page, Part, Point, Query, Series
from store.metrics.own_targets import own_targets
from store.metrics.periods import Bucketing
from store.metrics.presence import calendar_days, lived
from store.metrics.statistics import median, percentile, ratio

PROVISIONAL_S = 7 * DAY
_NO_DEPLOYS = "Deployments to production that succeed fill it."
_LEAD_BANDS = (("under a day", 24.0), ("under a week", 168.0), ("under a month", 720.0))
_RECOVERY_BANDS = (("under an hour", 1.0), ("under a day", 24.0), ("under a week", 168.0))
_FAIL_BANDS = (("up to 5 %", 0.05), ("up to 10 %", 0.10), ("up to 15 %", 0.15))
_FREQUENCY_BANDS = (
    ("less than monthly", 1 / 30),
    ("weekly to monthly", 1 / 7),
    ("daily to weekly", 1.0),
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The deployments of the window, and everything that is known of production."""

    query: Query
    known: Production
    deploys: Sequence[Deployment]
    at: Sequence[float]
    failed: Sequence[bool]
    """Beside them: whether each needed somebody at once."""
    days: int
    """Calendar days of the window, from the first on which there was anything."""
    weekly: Sequence[int]
    """Days with a deployment of each whole week since then."""
    provisional: int
    """Deployments of the last 7 days: what they cause may be still to come."""


def page(facts: Facts, query: Query) -> Page:
    """The five, and when deployments were."""
    known = production(facts)
    found = between(known.at, until_now(query))
    deploys, at = known.deploys[found], known.at[found]
    young = sum(moment > query.agora - PROVISIONAL_S for moment in at)
    alive = lived(facts, query)
    weekly = deploy_days(at, replace(query, janela=alive)) if alive is not None else []
    failed = list(map(known.failed, deploys))
    seen = _Seen(query, known, deploys, at, failed, calendar_days(facts, query), weekly, young)
    figures = (_lead_time(seen), _frequency(seen), _fail_rate(seen), _recovery(seen), _rework(seen))
    return Page(
        "dora",
        "DORA",
        own_targets(figures, query),
        _charts(seen, figures[0].serie),
        notas=(*_bands(figures), _CONTEXT, _NO_COMMITS),
        gerado=facts.gerado,
    )


_CONTEXT = "Bands: DORA's 2023 report, as context; DORA warns against targets and against comparing teams."
_NO_COMMITS = "oficina keeps no commits: lead time runs from the end of development (dev_fim_at)."


def _lead_time(seen: _Seen) -> Figure:
    """From the end of development to the first successful deployment of each execution."""
    hours: list[float] = []
    at: list[float] = []
    ids: list[str] = []
    missing = negative = 0
    for deploy in seen.deploys:
        execution = seen.known.execution_of.get(deploy.execucao_ref)
        if seen.known.first_of.get(deploy.execucao_ref, deploy.id) != deploy.id:
            continue
        committed = execution.fases[0][1] if execution else None
        if committed is None:
            missing += 1
        elif (deploy.fim or 0.0) < committed:
            negative += 1
        else:
            hours.append(((deploy.fim or 0.0) - committed) / HOUR)
            at.append(deploy.fim or 0.0)
            ids.append(deploy.id)
    serie = points(seen.query, at, hours, median)
    return Figure(
        "dora_lead_time",
        "Change lead time, median",
        "h",
        median(hours),
        len(hours),
        without_zeros({"no end of development": missing, "deployed before it was developed": negative}),
        partes=(Part("p85", percentile(hours, 85) if len(hours) >= 7 else None, "h"),),
        serie=serie,
        tendencia=trend(serie),
        itens=newest(list(zip(at, ids, strict=True))),
        vazio="" if hours else _NO_DEPLOYS,
    )


def _frequency(seen: _Seen) -> Figure:
    """Successful deployments a calendar day; beside it, days of a week with one."""
    serie = points(seen.query, seen.at, seen.at, len)
    weekly = [float(count) for count in seen.weekly]
    return Figure(
        "dora_frequencia",
        "Deployment frequency",
        "/day",
        ratio(len(seen.deploys), seen.days) if seen.known.deploys else None,
        len(seen.deploys),
        partes=(Part("days of a week with one, median", median(weekly), "days", len(weekly)),),
        serie=serie,
        tendencia=trend(serie),
        itens=_ids(seen.deploys),
        vazio="" if seen.known.deploys else _NO_DEPLOYS,
    )


def deploy_days(at: Sequence[float], query: Query) -> list[int]:
    """On how many local days of each whole week of the window there was a deployment."""
    weeks, window = Bucketing("semana", query.cortes.fuso), until_now(query)
    return [
        len({weeks.day(moment) for moment in at[between(at, week)]})
        for week in weeks.buckets(window)
        if week.inicio >= window.inicio and week.fim <= window.fim
    ]


def _fail_rate(seen: _Seen) -> Figure:
    """The share of deployments that needed somebody at once: an incident, a rollback, a hotfix."""
    failed = list(compress(seen.deploys, seen.failed))
    serie = points(seen.query, seen.at, seen.failed, _share)
    return Figure(
        "dora_falha",
        "Change fail rate",
        "%",
        ratio(len(failed), len(seen.deploys)),
        len(seen.deploys),
        provisorios=seen.provisional,
        partes=(Part("deployments that failed", len(failed), "", len(seen.deploys)),),
        serie=serie,
        tendencia=trend(serie),
        itens=_ids(failed),
        vazio="" if seen.deploys else _NO_DEPLOYS,
    )


def _recovery(seen: _Seen) -> Figure:
    """From the end of a deployment that failed to its recovery, by when it recovered."""
    known, query = seen.known, seen.query
    found = between(known.recovered_at, until_now(query))
    deploys, at = known.recoveries[found], known.recovered_at[found]
    hours = [(moment - (deploy.fim or 0.0)) / HOUR for deploy, moment in zip(deploys, at, strict=True)]
    serie = points(query, at, hours, median)
    waiting = [query.agora - (deploy.fim or 0.0) for deploy in known.waiting]
    return Figure(
        "dora_recuperacao",
        "Failed deployment recovery time, median",
        "h",
        median(hours),
        len(hours),
        provisorios=sum((deploy.fim or 0.0) > query.agora - PROVISIONAL_S for deploy in deploys),
        partes=(
            Part("not recovered yet", len(waiting), "", len(waiting)),
            Part("oldest of them", max(waiting) / HOUR if waiting else None, "h"),
        ),
        serie=serie,
        tendencia=trend(serie),
        itens=newest(list(zip(at, (deploy.id for deploy in deploys), strict=True))),
        vazio="" if hours else "Deployments that failed and were mended or rolled back fill it.",
    )


def _rework(seen: _Seen) -> Figure:
    """The share of deployments that an incident in production caused."""
    mends = {each.execucao for each in seen.known.incidents if each.causadora and each.execucao}
    mending = [deploy.execucao_ref in mends for deploy in seen.deploys]
    unplanned = list(compress(seen.deploys, mending))
    serie = points(seen.query, seen.at, mending, _share)
    return Figure(
        "dora_retrabalho",
        "Deployment rework rate",
        "%",
        ratio(len(unplanned), len(seen.deploys)),
        len(seen.deploys),
        provisorios=seen.provisional,
        partes=(Part("unplanned deployments", len(unplanned), "", len(seen.deploys)),),
        serie=serie,
        tendencia=trend(serie),
        itens=_ids(unplanned),
        vazio="" if seen.deploys else _NO_DEPLOYS,
    )


def _share(some: Sequence[bool]) -> float | None:
    return ratio(sum(some), len(some))


def _ids(deploys: Sequence[Deployment]) -> tuple[str, ...]:
    return newest([(deploy.fim or 0.0, deploy.id) for deploy in deploys])


def _bands(figures: Sequence[Figure]) -> list[str]:
    """In which band of the 2023 report each measure lies."""
    lead, frequency, fail, recovery, _ = figures
    found = []
    for figure, bands, beyond in (
        (lead, _LEAD_BANDS, "more than a month"),
        (frequency, _FREQUENCY_BANDS, "daily or on demand"),
        (fail, _FAIL_BANDS, "over 15 %"),
        (recovery, _RECOVERY_BANDS, "more than a week"),
    ):
        if figure.valor is not None:
            value = float(figure.valor)
            band = next((name for name, most in bands if _under(value, most, figure.unidade)), beyond)
            found.append(f"{figure.nome}: {band} (n={figure.n}).")
    return found


def _under(value: float, most: float, unit: str) -> bool:
    return value <= most if unit == "%" else value < most


def _charts(seen: _Seen, lead: Sequence[Point]) -> tuple[Chart, ...]:
    failing: list[float] = []
    fine: list[float] = []
    for bucket in cut(seen.query):
        some = seen.failed[between(seen.at, within(bucket, seen.query))]
        failed = sum(some)
        failing.append(float(failed))
        fine.append(float(len(some) - failed))
    empty = "" if seen.deploys else _NO_DEPLOYS
    return (
        Chart(
            "dora_implantacoes",
            "Deployments to production",
            "stacked",
            "",
            (Series("fine", tuple(fine)), Series("failed", tuple(failing))),
            labels(seen.query),
            nota="Those of the last 7 days may still turn out to have failed.",
            vazio=empty,
        ),
        Chart(
            "dora_lead",
            "Change lead time, median",
            "line",
            "h",
            (Series("hours", tuple(None if p.valor is None else float(p.valor) for p in lead)),),
            labels(seen.query),
            vazio=empty,
        ),
    )
