"""8.7, workers: how long their runs take, how many pass at once, how often they try, what tokens they use.

A row a run, carried by day. No thresholds are published: each is compared with its own 30 days before the
window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from store.metrics import charting
from store.metrics.cells import merged
from store.metrics.cutting import DAY, cut, partial, trend
from store.metrics.daily import by_day
from store.metrics.facts import Execution, Facts, Run
from store.metrics.keeping import Changed, kept, net
from store.metrics.measures import MOST_GROUPS, REST, first_ids
from store.metrics.model import Chart, Figure, Page, Part, Point, Query, Value
from store.metrics.pairing import LARGEST
from store.metrics.periods import Window
from store.metrics.shares import interval, share
from store.metrics.statistics import mean, median, shown_percentile
from store.metrics.tables import Placed, Table, order
from store.metrics.targets import Target, at_least, at_most

CHAVE, TITULO = "workers", "Workers"
ALL, WORKER, VERTENTE = "", "worker", "vertente"
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


class Cell(NamedTuple):
    """Some runs of a day, or of several together."""

    runs: int
    attempts: int
    judged: int
    """Those with a verdict."""
    passed: int
    minutes: Sequence[float]
    """Ascending, of those that have any."""
    tokens: Sequence[float]
    rows: Sequence[Made] = ()
    """Of one day, in order."""


NONE = Cell(0, 0, 0, 0, (), ())
Day = Mapping[str, Mapping[str, Cell]]
"""By what the runs are grouped by: not at all, by worker, by vertente."""


def page(facts: Facts, query: Query) -> Page:
    """Every figure of 8.7, each against the 30 days before."""
    now = _Runs(by_day(facts, FINISHED, "cells", _day, query), _unfinished_of(facts))
    earlier = replace(query, janela=_month_before(query))
    before = _Runs(by_day(facts, FINISHED, "cells", _day, earlier), now.unfinished)
    found: list[Figure] = []
    for shown in _SHOWN:
        figures = [_figure(shown, some, query) for some in now.groups(ALL, shown)]
        known = {some.name: _value(shown, some) for some in before.groups(ALL, shown)}
        if query.por in GROUPS:
            figures += [_figure(shown, some, query) for some in now.groups(query.por, shown)]
            known |= {some.name: _value(shown, some) for some in before.groups(query.por, shown)}
        found += [_targeted(each, *known.get(each.grupo, (None, 0)), query, shown.better) for each in figures]
    return Page(CHAVE, TITULO, tuple(found), _charts(now), GROUPS, gerado=facts.gerado)


def _month_before(query: Query) -> Window:
    return Window(query.janela.inicio - BEFORE_S, min(query.janela.inicio, query.agora))


# Runs by day


class _Finished(NamedTuple):
    """The runs that finished, by when."""

    key: str = "worker runs finished"
    campo: str = "execucoes"

    @staticmethod
    def of(facts: Facts) -> Table[Made]:
        """All of them."""
        return _known(facts).finished

    @staticmethod
    def made(execution: Execution) -> Iterator[tuple[float, Made]]:
        """Those of one execution."""
        return ((moment, made) for moment, _, made in _finished(execution))


FINISHED = _Finished()


def _day(_times: Sequence[float], rows: Sequence[Made]) -> Day:
    workers: dict[str, list[Made]] = {}
    vertentes: dict[str, list[Made]] = {}
    for each in rows:
        workers.setdefault(each.run.worker or "no worker", []).append(each)
        vertentes.setdefault(each.run.vertente or "no vertente", []).append(each)
    found: dict[str, dict[str, Sequence[Made]]] = {
        ALL: {ALL: rows},
        WORKER: dict(workers),
        VERTENTE: dict(vertentes),
    }
    return {by: {name: _cell(some) for name, some in groups.items()} for by, groups in found.items()}


def _cell(rows: Sequence[Made]) -> Cell:
    runs = [each.run for each in rows]
    return Cell(
        len(rows),
        sum([run.tentativas for run in runs]),
        len(rows) - [run.passou_primeira for run in runs].count(None),
        sum(map(at_once, runs)),
        sorted([run.minutos or 0.0 for run in runs if _known_amount(run.minutos)]),
        sorted([run.tokens or 0.0 for run in runs if _known_amount(run.tokens)]),
        rows,
    )


def _known_amount(amount: float | None) -> bool:
    return amount is not None and 0 <= amount < LARGEST


def at_once(run: Run) -> bool:
    """Passed, and needed no second attempt."""
    return run.passou_primeira is True and run.tentativas <= 1


def _together(cells: Sequence[Cell]) -> Cell:
    """Some added up, without their rows."""
    if not cells:
        return NONE
    runs, attempts, judged, passed, minutes, tokens, _ = zip(*cells, strict=True)
    return Cell(sum(runs), sum(attempts), sum(judged), sum(passed), merged(minutes), merged(tokens))


class _Some:
    """The runs of one group: of each bucket its days, and how many of its runs never finished."""

    def __init__(self, name: str, days: Sequence[Sequence[Cell]], unfinished: int) -> None:
        self.name, self.days, self.unfinished = name, days, unfinished

    @cached_property
    def buckets(self) -> Sequence[Cell]:
        """Each bucket."""
        return list(map(_together, self.days))

    @cached_property
    def whole(self) -> Cell:
        """All of them."""
        return _together(self.buckets)


class _Runs:
    """All runs of a window, by bucket and day; and by what they are grouped by those that never finished."""

    def __init__(self, days: Sequence[Sequence[Day]], unfinished: Mapping[str, Counter[str]]) -> None:
        self._days, self.unfinished = days, unfinished
        self._groups: dict[str, Mapping[str, _Some]] = {}

    def groups(self, by: str, shown: _Shown) -> list[_Some]:
        """The largest first, by what of them counts for a measure; the smallest of many together."""
        if by not in self._groups:
            self._groups[by] = self._grouped(by)
        known = self._groups[by].values()
        ordered = sorted(known, key=lambda some: (-shown.n(some.whole), some.name))
        if len(ordered) <= MOST_GROUPS:
            return ordered
        named = {some.name: some for some in ordered[: MOST_GROUPS - 1]}
        others = ordered[MOST_GROUPS - 1 :]
        if REST in named:
            others.append(named[REST])
        return [*{**named, REST: _rest(others)}.values()]

    def _grouped(self, by: str) -> dict[str, _Some]:
        left = self.unfinished[by]
        names = dict.fromkeys([ALL] if by == ALL else left)
        for day in chain.from_iterable(self._days):
            names |= dict.fromkeys(day[by])
        return {
            name: _Some(
                name,
                [[day[by][name] for day in bucket if name in day[by]] for bucket in self._days],
                left[name],
            )
            for name in names
        }


def _rest(others: Sequence[_Some]) -> _Some:
    """Several groups as one: of each day the runs of all of them, in order."""
    buckets = zip(*(some.days for some in others), strict=True)
    days = [[_one(list(chain.from_iterable(bucket)))] for bucket in buckets]
    return _Some(REST, days, sum(some.unfinished for some in others))


def _one(cells: Sequence[Cell]) -> Cell:
    rows = sorted(chain.from_iterable(cell.rows for cell in cells), key=_by_end)
    return _together(cells)._replace(rows=rows)


def _by_end(each: Made) -> tuple[float, str]:
    return each.run.fim or 0.0, each.execution.id


def _unfinished_of(facts: Facts) -> dict[str, Counter[str]]:
    """How many runs never finished, in all, by worker and by vertente: they are left out of every window."""
    rows = [each.run for some in _known(facts).unfinished.values() for each in some]
    return {
        ALL: Counter({ALL: len(rows)} if rows else {}),
        WORKER: Counter(run.worker or "no worker" for run in rows),
        VERTENTE: Counter(run.vertente or "no vertente" for run in rows),
    }


def _known(facts: Facts) -> _AllRuns:
    return kept(facts, "worker runs", _all_runs, ("execucoes",), _moved)


class _AllRuns(NamedTuple):
    """The runs that finished, and by execution those that did not."""

    finished: Table[Made]
    unfinished: dict[str, list[Made]]


def _all_runs(facts: Facts) -> _AllRuns:
    finished = (each for execution in facts.execucoes for each in _finished(execution))
    unfinished = ((execution.id, _unfinished(execution)) for execution in facts.execucoes)
    return _AllRuns(Table(sorted(finished, key=order)), {name: some for name, some in unfinished if some})


def _moved(old: _AllRuns, changed: Sequence[Changed]) -> _AllRuns:
    """As of other executions."""
    changes, unfinished = net(changed), dict(old.unfinished)
    for _, *both in changes:
        for execution in both:
            if execution is not None:
                unfinished[execution.id] = _unfinished(execution)
    gone = {before.id for _, before, after in changes if after is None}
    return _AllRuns(
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


# What each figure is


class _Shown(NamedTuple):
    """A figure."""

    chave: str
    nome: str
    unidade: str
    n: Callable[[Cell], int]
    """How many runs count."""
    counts: Callable[[Run], bool]
    why_not: str
    of: Callable[[Cell], Value]
    parts: Callable[[Cell], tuple[Part, ...]]
    better: Callable[..., Target]


TIME = _Shown(
    "tempo_vertente",
    "Time of a run, median",
    "min",
    lambda cell: len(cell.minutes),
    lambda run: _known_amount(run.minutos),
    UNTIMED,
    lambda cell: median(cell.minutes),
    lambda cell: (
        Part("mean", mean(cell.minutes), "min", len(cell.minutes)),
        Part("p85", shown_percentile(cell.minutes, 85), "min", len(cell.minutes)),
    ),
    at_most,
)
SUCCESS = _Shown(
    "sucesso_worker",
    "Passed at the first attempt",
    "%",
    lambda cell: cell.judged,
    lambda run: run.passou_primeira is not None,
    NO_VERDICT,
    lambda cell: share(cell.passed, cell.judged),
    lambda cell: interval(cell.passed, cell.judged),
    at_least,
)
ATTEMPTS = _Shown(
    "tentativas_worker",
    "Attempts a run",
    "",
    lambda cell: cell.runs,
    lambda _: True,
    "",
    lambda cell: cell.attempts / cell.runs if cell.runs else None,
    lambda cell: (Part("attempts", cell.attempts, "", cell.runs),),
    at_most,
)
TOKENS = _Shown(
    "tokens_worker",
    "Tokens a run, mean",
    "tokens",
    lambda cell: len(cell.tokens),
    lambda run: _known_amount(run.tokens),
    UNCOUNTED,
    lambda cell: mean(cell.tokens),
    lambda cell: (
        Part("median", median(cell.tokens), "tokens", len(cell.tokens)),
        Part("total", sum(cell.tokens) if cell.tokens else None, "tokens", len(cell.tokens)),
    ),
    at_most,
)
_SHOWN = (TIME, SUCCESS, ATTEMPTS, TOKENS)


def _figure(shown: _Shown, some: _Some, query: Query) -> Figure:
    whole = some.whole
    value, n = shown.of(whole), shown.n(whole)
    left = Counter({UNFINISHED: some.unfinished, shown.why_not: whole.runs - n})
    serie = tuple(
        Point(bucket.chave, shown.of(each), shown.n(each), partial(bucket, query))
        for bucket, each in zip(cut(query), some.buckets, strict=True)
    )
    counted = (each.execution.id for each in _newest(some.days) if shown.counts(each.run))
    return Figure(
        shown.chave,
        shown.nome,
        shown.unidade,
        value,
        n,
        excluidos={reason: count for reason, count in left.most_common() if count},
        partes=shown.parts(whole),
        serie=serie,
        tendencia=trend(serie),
        itens=first_ids(counted),
        grupo=some.name,
        vazio=FILLED if value is None else "",
    )


def _newest(days: Sequence[Sequence[Cell]]) -> Iterator[Made]:
    """The runs, the last one first."""
    for bucket in reversed(days):
        for cell in reversed(bucket):
            yield from reversed(cell.rows)


# Against the 30 days before


def _value(shown: _Shown, some: _Some) -> tuple[Value, int]:
    return shown.of(some.whole), shown.n(some.whole)


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


def _charts(now: _Runs) -> tuple[Chart, ...]:
    """A bar a worker and a bar a vertente, whatever the figures are grouped by."""
    charts = []
    for shown in _SHOWN:
        for by in GROUPS:
            bars = [(some.name, _value(shown, some)[0]) for some in now.groups(by, shown)]
            title = f"{shown.nome}, by {by}"
            charts.append(charting.by_name(f"{shown.chave}_{by}", title, shown.unidade, bars, FILLED))
    return tuple(charts)
