"""Calibration: what finished work teaches of estimates, whether it is applied, and what it makes better.

The same points and the same fit as pricing: the last 200 concluded executions by when they were deployed,
whatever period is looked at. People's hours and machine seconds are apart.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from store.metrics.calibration import ENOUGH_FOR_FACTOR, GATE, WINDOW, Calibration, Ponto, fit, teaches
from store.metrics.cutting import points, trend, without_zeros
from store.metrics.facts import Amount, Execution, Facts
from store.metrics.keeping import Changed, kept, net
from store.metrics.measures import MOST_IDS, Rows
from store.metrics.model import Chart, Figure, Mark, Page, Part, Query, Series, State
from store.metrics.own_targets import own_targets
from store.metrics.populations import concluded, ended
from store.metrics.sifting import counting, sifted
from store.metrics.statistics import median, ratio, wilson
from store.metrics.tables import Placed, Table, column, order

SERIES = {"pessoas": "People's hours", "maquina": "Machine seconds"}
SHORT = {"pessoas": "People", "maquina": "Machine"}
MOST_GROUPS = 20
PROMISED = 0.80
UNPRICED, UNCORRECTED = "without a cost or a P80", "estimated without a factor"
_FILLED = f"{ENOUGH_FOR_FACTOR} concluded executions with estimate and actual open the gate."


def page(facts: Facts, query: Query) -> Page:
    """Each series' factor and gate, and how well P80 and the calibrated estimates held."""
    known = _taught(facts)
    fits = {serie: fit(points_until(known, serie, query.agora)) for serie in SERIES}
    inside = concluded(ended(facts, query))
    return Page(
        "calibracao",
        "Calibration",
        own_targets(
            (
                *(_factor(serie, fits[serie], known, query) for serie in SERIES),
                *(_error(serie, fits[serie], known, query) for serie in SERIES),
                _limit(inside, query),
                *(_corrected(serie, place, inside, query) for place, serie in enumerate(SERIES)),
            ),
            query,
        ),
        (
            *(_groups(serie, fits[serie]) for serie in SERIES),
            *(_cloud(serie, fits[serie], known, query) for serie in SERIES),
        ),
        notas=tuple(told(serie, fits[serie]) for serie in SERIES),
        gerado=facts.gerado,
    )


def fit_of(facts: Facts, serie: str, now: float) -> Calibration:
    """What one series teaches as of a moment, for whoever advises on it."""
    return fit(points_until(_taught(facts), serie, now))


def _taught(facts: Facts) -> Table[Execution]:
    """The executions that teach, by when they were deployed."""
    return kept(facts, "calibration", _build, ("execucoes",), _moved)


def _build(facts: Facts) -> Table[Execution]:
    return Table(sorted((each for run in facts.execucoes for each in _placed(run)), key=order))


def _moved(old: Table[Execution], changed: Sequence[Changed]) -> Table[Execution]:
    changes = net(changed)
    return old.moved(
        [each for _, before, _ in changes for each in _placed(before)],
        [each for _, _, after in changes for each in _placed(after)],
    )


def _placed(run: Execution | None) -> Sequence[Placed[Execution]]:
    if run is None or not run.amostras or run.fases[2][1] is None:
        return ()
    return ((run.fases[2][1], run.id, run),)


def points_until(known: Table[Execution], serie: str, now: float) -> list[Ponto]:
    """A series' points of the last 200 executions that had been deployed by a moment, oldest first."""
    count = bisect_right(known.times, now)
    return [
        Ponto(each.grupo, each.bruto, each.real, execution.id)
        for execution in known.rows[max(count - WINDOW, 0) : count]
        for each in execution.amostras
        if each.serie == serie
    ]


def told(serie: str, learnt: Calibration) -> str:
    """Whether a series' factor is applied to prices, and why not."""
    name = SERIES[serie]
    if learnt.aplicada:
        return f"{name}: prices are multiplied by what {learnt.n} finished executions taught."
    return f"{name}: no factor is applied, {learnt.motivo}."


def _factor(serie: str, learnt: Calibration, known: Table[Execution], query: Query) -> Figure:
    """What an estimate of a group that nobody has seen yet is multiplied with; 1 while the gate is closed."""
    return Figure(
        f"calibracao_{serie}",
        f"{SHORT[serie]}: factor on the raw estimate",
        "×",
        learnt.fator("") if learnt.tem_historico else None,
        learnt.n,
        partes=(
            Part("P80 over P50", learnt.p80(1.0) if learnt.tem_historico else None, "×", learnt.n),
            Part("points", sum(learnt.pontos.values()), ""),
        ),
        meta="applied" if learnt.aplicada else "not applied",
        linha=1.0,
        itens=_teachers(serie, known, query),
        vazio="" if learnt.tem_historico else "Five concluded executions with estimate and actual fill it.",
    )


def _teachers(serie: str, known: Table[Execution], query: Query) -> tuple[str, ...]:
    """The executions that a series is learnt from, the newest first."""
    points = points_until(known, serie, query.agora)
    return tuple(dict.fromkeys(each.execucao for each in reversed(points) if teaches(each)))


def _error(serie: str, learnt: Calibration, known: Table[Execution], query: Query) -> Figure:
    """The gate's trial: the newest 30 % as estimated raw, and with what the oldest 70 % teach."""
    raw, tried = (math.exp(each) for each in learnt.erros) if learnt.erros else (None, None)
    return Figure(
        f"calibracao_erro_{serie}",
        f"{SHORT[serie]}: raw estimates are off by",
        "×",
        raw,
        learnt.n,
        partes=(Part("with the factor", tried, "×"),) if learnt.erros else (),
        meta=f"at most {GATE * 100:.0f} % with it",
        estado=_gate_state(learnt),
        itens=_teachers(serie, known, query),
        vazio="" if learnt.erros else _FILLED,
    )


def _gate_state(learnt: Calibration) -> State:
    """Good where the factor helps or nothing is to be corrected; watch: off by a quarter, and no help."""
    if learnt.erros is None:
        return "none"
    return "good" if learnt.aplicada or learnt.erros[0] <= math.log(1.25) else "watch"


def _no_limit(run: Execution) -> str:
    return UNPRICED if run.custo.total is None or run.custo_p80 is None else ""


def _is_within(run: Execution) -> bool:
    return (run.custo.total or 0) <= (run.custo_p80 or 0)


def _limit(inside: Rows[Execution], query: Query) -> Figure:
    """The share of concluded executions that cost at most their P80: about 80 % should."""
    found = counting(inside, _no_limit)
    rows, within = found.rows, column(found.rows, _is_within)
    interval = wilson(sum(within), len(within))
    serie = points(query, found.times, within, lambda some: ratio(sum(some), len(some)))
    outside = interval is not None and not interval[0] <= PROMISED <= interval[1]
    return Figure(
        "calibracao_p80",
        "Cost within the approved P80",
        "%",
        ratio(sum(within), len(within)),
        len(rows),
        without_zeros({UNPRICED: len(inside.rows) - len(rows)}),
        partes=(Part("95 % from", interval[0], "%"), Part("95 % to", interval[1], "%")) if interval else (),
        serie=serie,
        tendencia=trend(serie),
        meta="about 80 %",
        linha=PROMISED,
        estado="none" if len(rows) < 5 else "watch" if outside else "good",
        itens=tuple(run.id for run in reversed(rows[-MOST_IDS:])),
        vazio="" if rows else "Executions that end with a cost and an approved price fill it.",
    )


class _Off(NamedTuple):
    """How far one execution's estimates were off, as |ln|: the calibrated one, and the raw one."""

    execution: Execution
    shown: float
    raw: float


_SHOWN: Callable[[_Off], float] = itemgetter(1)
_RAW: Callable[[_Off], float] = itemgetter(2)


def _no_factor(run: Execution) -> _Off:
    return _Off(run, 0.0, 0.0)


def _off(inside: Rows[Execution], place: int) -> Rows[_Off]:
    """The executions that had a calibrated estimate in a series."""

    def take(run: Execution) -> Sequence[tuple[str, _Off]]:
        pair = _pair(run, place)
        if pair is None:
            return ((UNCORRECTED, _no_factor(run)),)
        return (("", _Off(run, abs(math.log(pair[0] / pair[2])), abs(math.log(pair[0] / pair[1])))),)

    return sifted(inside, (_off, place), take, _no_factor)


def _corrected(serie: str, place: int, inside: Rows[Execution], query: Query) -> Figure:
    """How far the calibrated estimates were off that were really shown, beside the raw ones."""
    found = _off(inside, place)
    rows, logs = found.rows, column(found.rows, _SHOWN)
    raw = median(column(rows, _RAW))
    serie_points = points(
        query, found.times, logs, lambda some: math.exp(median(some) or 0.0) if some else None
    )
    value = median(logs)
    return Figure(
        f"calibracao_mostrado_{serie}",
        f"{SHORT[serie]}: calibrated ones were off by",
        "×",
        None if value is None else math.exp(value),
        len(rows),
        without_zeros({UNCORRECTED: len(inside.rows) - len(rows)}),
        partes=(Part("their raw estimates", None if raw is None else math.exp(raw), "×"),) if rows else (),
        serie=serie_points,
        tendencia=trend(serie_points),
        meta="less than raw",
        estado="none" if value is None or raw is None or len(rows) < 5 else "good" if value < raw else "bad",
        itens=tuple(each.execution.id for each in reversed(rows[-MOST_IDS:])),
        vazio="" if rows else "Executions that were priced with a factor, and ended, fill it.",
    )


def _pair(execution: Execution, place: int) -> tuple[float, float, float] | None:
    """Actual, raw and calibrated of an execution's series; None where one is missing."""
    total = (execution.horas if place == 0 else execution.maquina_s).total
    found: tuple[Amount, ...] = (total.real, total.estimado, execution.calibrado[place])
    known = [each for each in found if each is not None and each > 0]
    return (known[0], known[1], known[2]) if len(known) == 3 else None


def _groups(serie: str, learnt: Calibration) -> Chart:
    """The factor of each group."""
    largest = sorted(learnt.pontos, key=lambda name: (-learnt.pontos[name], name))[:MOST_GROUPS]
    return Chart(
        f"calibracao_grupos_{serie}",
        f"{SERIES[serie]}: factor by group",
        "hbar",
        "×",
        (Series("factor", tuple(learnt.fator(name) for name in largest)),) if largest else (),
        tuple(f"{name} (n={learnt.pontos[name]})" for name in largest),
        (Mark(1.0, "as estimated"),),
        nota="Groups of few points are drawn towards all others." if learnt.aplicada else learnt.motivo,
        vazio="" if largest else "Five concluded executions with estimate and actual fill it.",
    )


def _cloud(serie: str, learnt: Calibration, known: Table[Execution], query: Query) -> Chart:
    """Actual over raw estimate of each point, by when its execution was deployed."""
    found = points_until(known, serie, query.agora)
    count = bisect_right(known.times, query.agora)
    last = slice(max(count - WINDOW, 0), count)
    at = dict(zip(known.ids[last], known.times[last], strict=True))
    return Chart(
        f"calibracao_nuvem_{serie}",
        f"{SERIES[serie]}: actual over raw estimate",
        "scatter",
        "×",
        (
            Series(
                "amounts",
                tuple(each.real / each.bruto for each in found),
                tuple(at[each.execucao] for each in found),
                tuple(each.execucao for each in found),
            ),
        ),
        marcas=(
            Mark(1.0, "as estimated"),
            *((Mark(learnt.fator(""), "factor"),) if learnt.aplicada else ()),
        ),
        log=bool(found),
        eixo_x="deployed",
        vazio="" if found else "Concluded executions with estimate and actual fill it.",
    )
