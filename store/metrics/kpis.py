"""The KPIs that the seeds name: how fast the line takes work up, how much it does, whether it stays up.

Those of code (its own coverage, critical bugs) are in Quality. Targets are the seeds' own, missed at the
bound.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from store.metrics import cards, charting, reliability
from store.metrics.facts import Execution, Facts, Item
from store.metrics.measures import Measure, figures
from store.metrics.model import Chart, Figure, Mark, Page, Part, Query, Value
from store.metrics.populations import CONCLUDED, DECIDED, ENDS, ended, execution_id, kind
from store.metrics.queueing import ANSWERED, WAITS, high, highs, item_of, middle, recoveries
from store.metrics.shares import interval, share
from store.metrics.sifting import counting
from store.metrics.statistics import NEEDED, median, percentile_sorted, shown_percentile
from store.metrics.tables import column
from store.metrics.targets import over, own_target, under
from store.metrics.uptime import uptime

CHAVE, TITULO = "kpis", "KPIs"
ACTOR, TYPE = "ator", "tipo"
GROUPS = (ACTOR, TYPE)
_ITEM_KEYS: dict[str, Callable[[Item], str]] = {
    ACTOR: lambda item: item.ator or "no actor",
    TYPE: lambda item: item.tipo or "no type",
}

LATENCY_FILL = "Twenty items that machines began fill it."
LATENCY = high(WAITS, "latencia_fila", "Queue to start, p95", LATENCY_FILL, under(5.0, "s"))
ANSWER = high(
    ANSWERED,
    "resposta",
    "An actor's answer, p95",
    "Twenty attempts that gave an answer fill it.",
    under(5.0, "s"),
)
RECOVERY = middle(
    "recuperacao",
    "Lost work taken up again, median",
    "Work whose process died, and that was taken up again, fills it.",
    under(30.0, "s"),
)


def page(facts: Facts, query: Query) -> Page:
    """Every KPI, the error budget, and the counts that the line exposes."""
    line = uptime(facts, query.agora)
    key = _ITEM_KEYS.get(query.por)
    by_item: Callable[[Any], str] | None = None if key is None else lambda row: key(item_of(row))
    latency, waited = highs(facts, WAITS, LATENCY, query, key, line)
    found = [
        *latency,
        cards.throughput(facts, query),
        _checkpoint(facts, query),
        *_success(facts, query),
        *figures(RECOVERY, recoveries(facts, query), query, by_item),
        *highs(facts, ANSWERED, ANSWER, query, key)[0],
        *cards.goals(facts, query, key),
        reliability.uptime_figure(line, query),
        *reliability.budgets(facts, line, query),
        *cards.exposed(facts, query, key),
    ]
    return Page(CHAVE, TITULO, tuple(found), _charts(query, found, waited), GROUPS, gerado=facts.gerado)


# Saves


def _checkpoint(facts: Facts, query: Query) -> Figure:
    """p95 of one save, of the last ones that the line's process made; they have no moment, so no series."""
    ordered = sorted(facts.gravacoes_ms)
    value, n = shown_percentile(ordered, 95), len(ordered)
    target = own_target(query.metas, "checkpoint", under(500.0, "ms")) or under(500.0, "ms")
    return Figure(
        "checkpoint",
        "One save, p95",
        "ms",
        value,
        n,
        partes=(
            Part("median", median(ordered), "ms", n),
            Part("longest", percentile_sorted(ordered, 100), "ms", n),
        ),
        meta=target.words,
        linha=target.line,
        estado=target.state(value),
        vazio="" if value is not None else "Twenty saves of the process that runs the line fill it.",
        precisa=NEEDED[95],
    )


# Success


def _success(facts: Facts, query: Query) -> list[Figure]:
    rows = counting(ended(facts, query), _undecided)
    return figures(SUCCESS, rows, query, kind if query.por == TYPE else None)


def _undecided(run: Execution) -> str:
    """How an execution ended that was neither concluded nor failed: those are left out."""
    if run.status in DECIDED:
        return ""
    return ENDS.get(run.status) or run.status or "without a status"


def _is_concluded(run: Execution) -> bool:
    return run.status == CONCLUDED


def _succeeded(rows: Sequence[Execution]) -> int:
    return sum(column(rows, _is_concluded))


SUCCESS: Measure[Execution] = Measure(
    chave="sucesso",
    nome="Concluded, of concluded and failed",
    unidade="%",
    of=lambda rows: share(_succeeded(rows), len(rows)),
    ident=execution_id,
    vazio="Executions that were concluded or failed fill it.",
    parts=lambda rows: interval(_succeeded(rows), len(rows)),
    target=over(0.9, "%"),
)


# Charts


def _charts(query: Query, found: Sequence[Figure], waited: Sequence[float]) -> tuple[Chart, ...]:
    totals = {each.chave: each for each in found if not each.grupo}
    return (
        charting.over_time(
            "kpis_latencia",
            "Queue to start",
            "line",
            query,
            [("p95", totals["latencia_fila"])],
            marcas=(Mark(5.0, "target"),),
        ),
        charting.over_time(
            "kpis_objetivos",
            "Items that machines concluded",
            "bar",
            query,
            [("concluded", totals["objetivos_dia"])],
        ),
        charting.over_time(
            "kpis_sucesso",
            "Executions that were concluded",
            "line",
            query,
            [("concluded", totals["sucesso"])],
            marcas=(Mark(0.9, "target"),),
        ),
        charting.over_time(
            "kpis_uptime",
            "The line ran while it was wanted",
            "line",
            query,
            [("ran", totals["uptime"])],
            marcas=(Mark(0.999, "target"),),
        ),
        charting.histogram(
            "kpis_esperas",
            "Seconds in the queue",
            "s",
            _usual(waited, totals["latencia_fila"].valor),
            LATENCY_FILL,
            low=0.0,
        ),
    )


def _usual(ordered: Sequence[float], p95: Value) -> Sequence[float]:
    """Without the longest twentieth, which would leave the rest one class."""
    return ordered if p95 is None else ordered[: bisect_right(ordered, float(p95))]
