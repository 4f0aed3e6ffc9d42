"""8.7, workers: how long their runs take, how many pass at once, how often they try, what tokens they use.

A row a run. No thresholds are published: each is compared with its own 30 days before the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from store.metrics import charting
from store.metrics.cutting import DAY, until_now
from store.metrics.facts import Execution, Facts, Run
from store.metrics.keeping import Changed, kept, net
from store.metrics.measures import Measure, Rows, figure
from store.metrics.model import Chart, Figure, Page, Part, Query, Value
from store.metrics.pairing import LARGEST
from store.metrics.periods import Window
from store.metrics.shares import interval, share
from store.metrics.sifting import counting, rows_in, split
from store.metrics.statistics import mean, median, shown_percentile
from store.metrics.tables import Placed, Table, column, order
from store.metrics.targets import Target, at_least, at_most

CHAVE, TITULO = "workers", "Workers"
WORKER, VERTENTE = "worker", "vertente"
GROUPS = (WORKER, VERTENTE)
BEFORE_S = 30 * DAY
LEAST = 5
"""Runs before and now, below which nothing is compared."""
FILLED = "Work that workers made fills it."
UNFINISHED, UNTIMED, UNCOUNTED = "not finished", "without minutes", "without tokens"
NO_VERDICT = "without a verdict"


class Made(NamedTuple):
    """One worker's run in an execution."""

    execution: Execution
    run: Run


def page(facts: Facts, query: Query) -> Page:
    """Every figure of 8.7, each against the 30 days before."""
    now, before = _runs(facts, until_now(query)), _runs(facts, _month_before(query))
    key = {WORKER: _worker, VERTENTE: _vertente}.get(query.por)
    found = [
        each
        for measure, why_not, better in _MEASURES
        for each in _against_before(
            _figures(measure, counting(now, why_not), query, key),
            _before(measure, counting(before, why_not), key),
            query,
            better,
        )
    ]
    return Page(CHAVE, TITULO, tuple(found), _charts(now), GROUPS, gerado=facts.gerado)


def _month_before(query: Query) -> Window:
    return Window(query.janela.inicio - BEFORE_S, min(query.janela.inicio, query.agora))


def _runs(facts: Facts, window: Window) -> Rows[Made]:
    """The runs that finished in a window; those that never did are left out of every one."""
    known = kept(facts, "worker runs", _all_runs, ("execucoes",), _moved)
    left = [(UNFINISHED, each) for some in known.unfinished.values() for each in some]
    return rows_in(known.finished, window, left)


class _Runs(NamedTuple):
    """The runs that finished, and by execution those that did not."""

    finished: Table[Made]
    unfinished: dict[str, list[Made]]


def _all_runs(facts: Facts) -> _Runs:
    finished = (each for execution in facts.execucoes for each in _finished(execution))
    unfinished = ((execution.id, _unfinished(execution)) for execution in facts.execucoes)
    return _Runs(Table(sorted(finished, key=order)), {name: some for name, some in unfinished if some})


def _moved(old: _Runs, changed: Sequence[Changed]) -> _Runs:
    """As of other executions."""
    changes, unfinished = net(changed), dict(old.unfinished)
    for _, *both in changes:
        for execution in both:
            if execution is not None:
                unfinished[execution.id] = _unfinished(execution)
    gone = {before.id for _, before, after in changes if after is None}
    return _Runs(
        old.finished.moved(
            [each for _, before, _ in changes if before is not None for each in _finished(before)],
            [each for _, _, after in changes if after is not None for each in _finished(after)],
        ),
        {name: some for name, some in unfinished.items() if some and name not in gone},
    )


def _finished(execution: Execution) -> list[Placed[Made]]:
    return [(run.fim, execution.id, Made(execution, run)) for run in execution.workers if run.fim is not None]


def _unfinished(execution: Execution) -> list[Made]:
    return [Made(execution, run) for run in execution.workers if run.fim is None]


def _figures(
    measure: Measure[Made], rows: Rows[Made], query: Query, key: Callable[[Made], str] | None
) -> list[Figure]:
    """The total, then a figure a group."""
    groups = split(rows, key) if key else []
    return [figure(measure, rows, query), *(figure(measure, some, query, name) for name, some in groups)]


def _worker(each: Made) -> str:
    return each.run.worker or "no worker"


def _vertente(each: Made) -> str:
    return each.run.vertente or "no vertente"


# What each figure is


def _minutes(rows: Sequence[Made]) -> list[float]:
    return column(rows, _run_minutes)


def _run_minutes(each: Made) -> float:
    return each.run.minutos or 0.0


def _tokens(rows: Sequence[Made]) -> list[float]:
    return column(rows, _run_tokens)


def _run_tokens(each: Made) -> float:
    return each.run.tokens or 0.0


def _attempts(rows: Sequence[Made]) -> list[int]:
    return column(rows, _run_attempts)


def _run_attempts(each: Made) -> int:
    return each.run.tentativas


def _run_at_once(each: Made) -> bool:
    return at_once(each.run)


def at_once(run: Run) -> bool:
    """Passed, and needed no second attempt."""
    return run.passou_primeira is True and run.tentativas <= 1


def _passed(rows: Sequence[Made]) -> int:
    return sum(column(rows, _run_at_once))


def _measure(
    chave: str,
    nome: str,
    unidade: str,
    of: Callable[[Sequence[Made]], Value],
    parts: Callable[[Sequence[Made]], tuple[Part, ...]],
) -> Measure[Made]:
    return Measure(
        chave=chave,
        nome=nome,
        unidade=unidade,
        of=of,
        ident=lambda each: each.execution.id,
        vazio=FILLED,
        parts=parts,
    )


TIME = _measure(
    "tempo_vertente",
    "Time of a run, median",
    "min",
    lambda rows: median(_minutes(rows)),
    lambda rows: (
        Part("mean", mean(_minutes(rows)), "min", len(rows)),
        Part("p85", shown_percentile(sorted(_minutes(rows)), 85), "min", len(rows)),
    ),
)
SUCCESS = _measure(
    "sucesso_worker",
    "Passed at the first attempt",
    "%",
    lambda rows: share(_passed(rows), len(rows)),
    lambda rows: interval(_passed(rows), len(rows)),
)
ATTEMPTS = _measure(
    "tentativas_worker",
    "Attempts a run",
    "",
    lambda rows: mean(_attempts(rows)),
    lambda rows: (Part("attempts", sum(_attempts(rows)), "", len(rows)),),
)
TOKENS = _measure(
    "tokens_worker",
    "Tokens a run, mean",
    "tokens",
    lambda rows: mean(_tokens(rows)),
    lambda rows: (
        Part("median", median(_tokens(rows)), "tokens", len(rows)),
        Part("total", sum(_tokens(rows)) if rows else None, "tokens", len(rows)),
    ),
)


def _untimed(each: Made) -> str:
    return "" if each.run.minutos is not None and 0 <= each.run.minutos < LARGEST else UNTIMED


def _unjudged(each: Made) -> str:
    return NO_VERDICT if each.run.passou_primeira is None else ""


def _uncounted(each: Made) -> str:
    return "" if each.run.tokens is not None and 0 <= each.run.tokens < LARGEST else UNCOUNTED


def _none(_each: Made) -> str:
    return ""


_MEASURES: tuple[tuple[Measure[Made], Callable[[Made], str], Callable[..., Target]], ...] = (
    (TIME, _untimed, at_most),
    (SUCCESS, _unjudged, at_least),
    (ATTEMPTS, _none, at_most),
    (TOKENS, _uncounted, at_most),
)

# Against the 30 days before


def _before(
    measure: Measure[Made], rows: Rows[Made], key: Callable[[Made], str] | None
) -> dict[str, tuple[Value, int]]:
    """Value and n of the 30 days before, by group; all of them under the empty name."""
    found = {"": (measure.of(rows.rows), len(rows.rows))}
    for name, some in split(rows, key) if key else ():
        found[name] = (measure.of(some.rows), len(some.rows))
    return found


def _against_before(
    found: list[Figure],
    before: dict[str, tuple[Value, int]],
    query: Query,
    better: Callable[..., Target],
) -> list[Figure]:
    """Each figure with its own 30 days before as its target, unless the workspace set one."""
    return [_targeted(each, *before.get(each.grupo, (None, 0)), query, better) for each in found]


def _targeted(figure: Figure, before: Value, n: int, query: Query, better: Callable[..., Target]) -> Figure:
    usual = None
    if before is not None and n >= LEAST and figure.n >= LEAST:
        # Worse than before is to be watched; nothing says how much worse is bad.
        limit = float("inf") if better is at_most else float("-inf")
        usual = better(float(before), limit, figure.unidade, source="30 days before")
    own = query.metas.get(figure.chave)
    target = better(own, None, figure.unidade) if own is not None else usual
    if target is None:
        return figure
    return replace(figure, meta=target.words, linha=target.line, estado=target.state(figure.valor))


# Charts


def _charts(rows: Rows[Made]) -> tuple[Chart, ...]:
    """A bar a worker and a bar a vertente, whatever the figures are grouped by."""
    charts = []
    for measure, why_not, _ in _MEASURES:
        counted = counting(rows, why_not)
        for name, key in ((WORKER, _worker), (VERTENTE, _vertente)):
            bars = [(group, measure.of(some.rows)) for group, some in split(counted, key)]
            title = f"{measure.nome}, by {name}"
            chart = charting.by_name(f"{measure.chave}_{name}", title, measure.unidade, bars, FILLED)
            charts.append(chart)
    return tuple(charts)
