"""Uptime, and what is left of the budget of errors that a target allows."""

from __future__ import annotations

from collections.abc import Callable

from store.metrics.cutting import cut, partial, trend, until_now, within
from store.metrics.facts import Facts
from store.metrics.measures import MOST_IDS
from store.metrics.model import Figure, Part, Point, Query, State
from store.metrics.periods import Bucket, Window
from store.metrics.populations import DECIDED, ended
from store.metrics.statistics import ratio
from store.metrics.targets import over, own_target
from store.metrics.uptime import RULES, Rule, Uptime, burn, fires, has_alerts
from store.metrics.wording import told

UPTIME = over(0.999, "%")
NO_LINE = "A process that runs the line fills it."

Counts = Callable[[Window], tuple[float, float]]
"""Bad and all of a window, in seconds or in executions."""


def uptime_figure(line: Uptime, query: Query) -> Figure:
    """Good seconds over those that the line was wanted."""
    window = until_now(query)
    good, total = line.good(window), line.total(window)
    value = ratio(good, total)
    ran = line.documents(window)
    serie = tuple(_point(line, query, bucket) for bucket in cut(query))
    target = own_target(query.metas, "uptime", UPTIME) or UPTIME
    return Figure(
        "uptime",
        "The line ran while it was wanted",
        "%",
        value,
        len(ran),
        partes=(
            Part("of all time", ratio(good, window.seconds) if line.ran else None, "%"),
            Part("time that it was missing", (total - good) / 60 if total else None, "min"),
        ),
        serie=serie,
        tendencia=trend(serie),
        meta=target.words,
        linha=target.line,
        estado=target.state(value),
        itens=ran[:MOST_IDS],
        vazio="" if value is not None else NO_LINE,
    )


def _point(line: Uptime, query: Query, bucket: Bucket) -> Point:
    span = within(bucket, query)
    total = line.total(span)
    return Point(bucket.chave, ratio(line.good(span), total), int(total > 0), partial(bucket, query))


# Error budgets


def budgets(facts: Facts, line: Uptime, query: Query) -> list[Figure]:
    """Of uptime; of success as well where the workspace wants 99 % or more of it."""
    target = query.metas.get("uptime", UPTIME.good)

    def down(window: Window) -> tuple[float, float]:
        total = line.total(window)
        return total - line.good(window), total

    ran = line.documents(until_now(query))
    found = [_budget("orcamento_erro", "Error budget of uptime", target, down, query, ran)]
    wanted = query.metas.get("sucesso", 0.9)
    if has_alerts(wanted):
        rows, title = ended(facts, query).rows, "Error budget of success"
        decided = tuple(run.id for run in reversed(rows) if run.status in DECIDED)
        found.append(
            _budget("orcamento_erro_sucesso", title, wanted, _failures(facts, query), query, decided)
        )
    return found


def _failures(facts: Facts, query: Query) -> Counts:
    rows = ended(facts, Query(Window(float("-inf"), query.agora), query.agora, query.cortes))
    failed = [moment for moment, run in zip(rows.times, rows.rows, strict=True) if run.status == "falhou"]
    decided = [moment for moment, run in zip(rows.times, rows.rows, strict=True) if run.status in DECIDED]

    def count(window: Window) -> tuple[float, float]:
        return sum(moment in window for moment in failed), sum(moment in window for moment in decided)

    return count


def _budget(
    chave: str, nome: str, target: float, counts: Counts, query: Query, ids: tuple[str, ...]
) -> Figure:
    """The burn over the window: 1 uses the budget up exactly. Alerts look at the last hours and days."""
    window = until_now(query)
    value = burn(*counts(window), target)
    firing = [rule for rule in RULES if has_alerts(target) and _fires(rule, target, counts, query.agora)]
    return Figure(
        chave,
        nome,
        "×",
        value,
        len(ids),
        partes=(
            *(
                Part(f"burn of {_span(seconds)}", burn(*counts(_last(seconds, query.agora)), target), "×")
                for seconds in sorted({each for rule in RULES for each in (rule.curta_s, rule.longa_s)})
            ),
            *(Part(f"alert: over {told(rule.queima)} for {rule.nome}", rule.queima, "×") for rule in firing),
        ),
        meta="at most 1",
        linha=1.0,
        estado=_state(value, firing),
        itens=ids[:MOST_IDS],
        vazio="" if value is not None else NO_LINE,
    )


def _last(seconds: float, agora: float) -> Window:
    return Window(agora - seconds, agora)


def _fires(rule: Rule, target: float, counts: Counts, agora: float) -> bool:
    return fires(rule, target, counts(_last(rule.longa_s, agora)), counts(_last(rule.curta_s, agora)))


def _state(value: float | None, firing: list[Rule]) -> State:
    """Bad where an urgent alert fires, or more than the budget is used up."""
    if value is None:
        return "none"
    if value > 1 or any(rule.urgente for rule in firing):
        return "bad"
    return "watch" if firing else "good"


def _span(seconds: float) -> str:
    size, word = next(
        each for each in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")) if seconds >= each[0]
    )
    return f"the last {seconds / size:g} {word}"
