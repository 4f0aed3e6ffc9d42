"""The charts of flow: cumulative flow, cycle times, ages, throughput, arrivals and ends, where time goes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from store.metrics.cutting import DAY, HOUR, counts, cut, labels, partial, until_now
from store.metrics.done import fair_cycle
from store.metrics.facts import Facts, Item
from store.metrics.flow import (
    STAGES,
    Flow,
    ages,
    cumulative,
    flow_of,
    natural_limits,
    reference,
)
from store.metrics.lives import FAILED
from store.metrics.model import Chart, Mark, Query, Series
from store.metrics.periods import Bucket, Bucketing
from store.metrics.sliding import TICKS
from store.metrics.statistics import shown_percentile
from store.metrics.waiting import STATES, WORDS

MOST_DAYS = 400
MOST_POINTS = 2_000
RUN_DAYS = 90
PARTIAL = "* not over yet"
_OPEN = ("Pendente", "Bloqueado", "EmProcessamento")
_AGES = ("up to p50 of its type", "above p50", "above p85")

Lives = Callable[[float], Sequence[int]]
"""Ticks beside `STATES`, of what ended well in the bucket that begins at a moment; nothing where none did."""


def charts(
    facts: Facts,
    query: Query,
    ended: tuple[Sequence[Item], int],
    usual: Mapping[str, Sequence[float]],
    lives: Lives,
) -> tuple[Chart, ...]:
    """All of them, in the order in which they are looked at.

    `ended` is what ended well in the window, by when, and how many of it have a cycle time.
    """
    flow = flow_of(facts)
    return (
        cumulative_flow(flow, query),
        not_done(flow, query, failed_until(facts, query)),
        cycle_scatter(*ended, usual),
        ageing(flow, query, usual),
        run_chart(flow, daily(query), "vazao_dia", "Ended well a day"),
        run_chart(flow, query, "vazao", "Ended well a bucket"),
        arrivals_and_ends(flow, query),
        where_time_goes(lives, query),
    )


def daily(query: Query) -> Query:
    """The last 90 days of a query, by day."""
    window = until_now(query)
    first = max(window.inicio, window.fim - RUN_DAYS * DAY)
    by_day = Bucketing("dia", query.cortes.fuso)
    if window.fim > window.inicio:
        first = by_day.midnight(by_day.day(first))
    return replace(query, janela=replace(window, inicio=first), cortes=by_day)


def days_of(query: Query) -> list[Bucket]:
    """The local days of a window up to now, at most 400: of more, every second, third … and the last."""
    days = Bucketing("dia", query.cortes.fuso).buckets(until_now(query))
    step = -(-len(days) // MOST_DAYS) or 1
    return list(days[::-step][::-1])


def cumulative_flow(flow: Flow, query: Query) -> Chart:
    """At each local day's end, how many had arrived at each stage or a later one."""
    days = days_of(query)
    lines = cumulative(flow.arrivals, flow.leaves, [min(day.fim, query.agora) for day in days])
    columns = list(zip(*lines, strict=True)) if lines else [()] * len(STAGES)
    return Chart(
        "cfd",
        "Cumulative flow",
        "area",
        "",
        tuple(Series(stage, column) for stage, column in zip(STAGES, columns, strict=True)),
        tuple(day.chave + ("*" if day.fim > query.agora else "") for day in days),
        nota="First arrivals; a cancelled item leaves every line.",
        vazio="" if flow.arrivals[0] else "Items fill it.",
    )


def failed_until(facts: Facts, query: Query) -> int:
    """How many items had failed for good by the end of the window."""
    return bisect_left(FAILED.of(facts).times, until_now(query).fim)


def not_done(flow: Flow, query: Query, failed: int) -> Chart:
    """The bands of cumulative flow without what is done, which dwarfs them as time goes on.

    What `failed` for good is not under way, and stays at the stage that it had come to.
    """
    stay = "item that failed for good stays" if failed == 1 else "items that failed for good stay"
    whole = cumulative_flow(flow, query)
    done = [y or 0.0 for y in whole.series[-1].ys]
    return replace(
        whole,
        chave="abertos",
        titulo="Not done, by stage",
        series=tuple(
            Series(each.nome, tuple((y or 0.0) - base for y, base in zip(each.ys, done, strict=True)))
            for each in whole.series[:-1]
        ),
        nota="The bands of cumulative flow above the line of what is done."
        + (f" {failed} {stay} in them." if failed else ""),
    )


def cycle_scatter(done: Sequence[Item], count: int, usual: Mapping[str, Sequence[float]]) -> Chart:
    """Each item by when it ended, with the percentiles of the last 90 days."""
    timed = ((item, took) for item in reversed(done) if (took := fair_cycle(item)) is not None)
    newest = islice(timed, MOST_POINTS if count else 0)
    cloud = list(newest)[::-1]
    hours = [each for _, each in cloud]
    positive, reference = [value for value in hours if value > 0], usual[""]
    marks = [
        Mark(value, f"p{p}") for p in (50, 85, 95) if (value := shown_percentile(reference, p)) is not None
    ]
    left_out = f" The newest {MOST_POINTS} of {count}." if count > len(cloud) else ""
    return Chart(
        "ciclo",
        "Cycle times",
        "scatter",
        "h",
        (
            Series(
                "items",
                tuple(hours),
                tuple(item.concluido or 0.0 for item, _ in cloud),
                tuple(item.id for item, _ in cloud),
            ),
        ),
        marcas=tuple(marks),
        log=bool(positive) and max(positive) > 50 * min(positive),
        eixo_x="ended",
        nota=f"Percentiles of the last 90 days (n={len(reference)}).{left_out}",
        vazio="" if cloud else "Items that a worker starts and ends well fill it.",
    )


def ageing(flow: Flow, query: Query, usual: Mapping[str, Sequence[float]]) -> Chart:
    """What is under way by its status and age, told apart by how its like usually fares."""
    clouds: tuple[list[tuple[float, float, str]], ...] = ([], [], [])
    under_way = ages(flow.open, query.agora)[:MOST_POINTS]
    stages = (*_OPEN, *sorted({item.status for item, _ in under_way} - set(_OPEN)))
    limits: dict[str, tuple[float | None, float | None]] = {}
    for item, age in under_way:
        if item.tipo not in limits:
            limits[item.tipo] = reference(usual, item.tipo)
        place = sum(limit is not None and age > limit for limit in limits[item.tipo])
        clouds[place].append((float(stages.index(item.status)), age, item.id))
    overall = reference(usual, "")
    return Chart(
        "idade",
        "Age of what is under way",
        "scatter",
        "h",
        tuple(
            Series(
                name,
                tuple(age for _, age, _ in cloud),
                tuple(x for x, _, _ in cloud),
                tuple(item_id for _, _, item_id in cloud),
            )
            for name, cloud in zip(_AGES, clouds, strict=True)
        ),
        stages,
        tuple(
            Mark(value, name)
            for value, name in zip(overall, ("p50", "p85"), strict=True)
            if value is not None
        ),
        eixo_x="status",
        nota="Since the first start; blocked time counts.",
        vazio="" if under_way else "Nothing is under way.",
    )


def run_chart(flow: Flow, query: Query, chave: str, titulo: str) -> Chart:
    """How many ended well a bucket, zeros kept, with Wheeler's limits over the complete buckets."""
    buckets, ends = cut(query), counts(flow.done_at, query)
    complete = [
        float(count) for bucket, count in zip(buckets, ends, strict=True) if not partial(bucket, query)
    ]
    limits = natural_limits(complete)
    marks = (
        (Mark(limits.centro, "mean"), Mark(limits.alto, "upper limit"), Mark(limits.baixo, "lower limit"))
        if limits
        else ()
    )
    return Chart(
        chave,
        titulo,
        "bar",
        "",
        (Series("ended well", ends),),
        labels(query),
        marks,
        nota=f"Limits: mean ± 2,66 × mean moving range. {PARTIAL}",
        vazio="" if any(ends) else "Items that end well fill it.",
    )


def arrivals_and_ends(flow: Flow, query: Query) -> Chart:
    """Created and ended well, a bucket each."""
    came, ended = counts(flow.arrivals[0], query), counts(flow.done_at, query)
    return Chart(
        "liquido",
        "Created and ended well",
        "bar",
        "",
        (Series("created", came), Series("ended well", ended)),
        labels(query),
        nota=PARTIAL,
        vazio="" if any(came) or any(ended) else "Items fill it.",
    )


def where_time_goes(lives: Lives, query: Query) -> Chart:
    """Hours of what ended well a bucket, by where they went."""
    found = [lives(bucket.inicio) for bucket in cut(query)]
    hours = [tuple((some[at] if some else 0) / TICKS / HOUR for some in found) for at in range(len(STATES))]
    return Chart(
        "tempo",
        "Where the time goes",
        "stacked",
        "h",
        tuple(Series(WORDS[state], column) for state, column in zip(STATES, hours, strict=True)),
        labels(query),
        nota=f"Of what ended well in each bucket. {PARTIAL}",
        vazio="" if any(found) else "Items that end well fill it.",
    )
