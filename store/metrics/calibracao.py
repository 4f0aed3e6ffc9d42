"""Calibration: what finished work teaches of estimates, whether it is applied, and what it makes better.

The same points and the same fit as pricing: the last 200 concluded executions by when they were deployed,
whatever period is looked at. People's hours and machine seconds are apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from store.metrics.calibration import ENOUGH_FOR_FACTOR, GATE, WINDOW, Calibration, Ponto, fit
from store.metrics.cutting import between, newest, points, trend, until_now, without_zeros
from store.metrics.facts import Amount, Execution, Facts
from store.metrics.keeping import kept
from store.metrics.model import Chart, Figure, Mark, Page, Part, Query, Series, State
from store.metrics.own_targets import own_targets
from store.metrics.statistics import median, ratio, wilson

SERIES = {"pessoas": "People's hours", "maquina": "Machine seconds"}
SHORT = {"pessoas": "People", "maquina": "Machine"}
MOST_GROUPS = 20
PROMISED = 0.80
_FILLED = f"{ENOUGH_FOR_FACTOR} concluded executions with estimate and actual open the gate."


@dataclass(frozen=True, slots=True)
class _Known:
    """Concluded executions that teach, by when they were deployed, and all concluded ones by their end."""

    taught: Sequence[Execution]
    taught_at: Sequence[float]
    ended: Sequence[Execution]
    ended_at: Sequence[float]


def page(facts: Facts, query: Query) -> Page:
    """Each series' factor and gate, and how well P80 and the calibrated estimates held."""
    known = kept(facts, "calibration", _known, ("execucoes",))
    fits = {serie: fit(points_until(known, serie, query.agora)) for serie in SERIES}
    inside = known.ended[between(known.ended_at, until_now(query))]
    return Page(
        "calibracao",
        "Calibration",
        own_targets(
            (
                *(_factor(serie, fits[serie], known, query) for serie in SERIES),
                *(_error(serie, fits[serie]) for serie in SERIES),
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
    return fit(points_until(kept(facts, "calibration", _known, ("execucoes",)), serie, now))


def _known(facts: Facts) -> _Known:
    ended = sorted(
        (each for each in facts.execucoes if each.status == "concluido" and each.encerrada is not None),
        key=lambda each: each.encerrada or 0.0,
    )
    taught = sorted(
        (each for each in facts.execucoes if each.amostras and each.fases[2][1] is not None), key=_deployed
    )
    return _Known(
        taught, [_deployed(each) for each in taught], ended, [each.encerrada or 0.0 for each in ended]
    )


def _deployed(execution: Execution) -> float:
    return execution.fases[2][1] or 0.0


def points_until(known: _Known, serie: str, now: float) -> list[Ponto]:
    """A series' points of the last 200 executions that had been deployed by a moment, oldest first."""
    count = sum(moment <= now for moment in known.taught_at)
    return [
        Ponto(each.grupo, each.bruto, each.real, execution.id)
        for execution in known.taught[max(count - WINDOW, 0) : count]
        for each in execution.amostras
        if each.serie == serie
    ]


def told(serie: str, learnt: Calibration) -> str:
    """Whether a series' factor is applied to prices, and why not."""
    name = SERIES[serie]
    if learnt.aplicada:
        return f"{name}: prices are multiplied by what {learnt.n} finished executions taught."
    return f"{name}: no factor is applied, {learnt.motivo}."


def _factor(serie: str, learnt: Calibration, known: _Known, query: Query) -> Figure:
    """What an estimate of a group that nobody has seen yet is multiplied with; 1 while the gate is closed."""
    recent = [
        (_deployed(each), each.id)
        for each in known.taught
        if _deployed(each) <= query.agora and any(one.serie == serie for one in each.amostras)
    ]
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
        itens=newest(recent[-WINDOW:]),
        vazio="" if learnt.tem_historico else "Five concluded executions with estimate and actual fill it.",
    )


def _error(serie: str, learnt: Calibration) -> Figure:
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
        vazio="" if learnt.erros else _FILLED,
    )


def _gate_state(learnt: Calibration) -> State:
    """Good where the factor helps or nothing is to be corrected; watch: off by a quarter, and no help."""
    if learnt.erros is None:
        return "none"
    return "good" if learnt.aplicada or learnt.erros[0] <= math.log(1.25) else "watch"


def _limit(inside: Sequence[Execution], query: Query) -> Figure:
    """The share of concluded executions that cost at most their P80: about 80 % should."""
    rows = [each for each in inside if each.custo.total is not None and each.custo_p80 is not None]
    within = [(each.custo.total or 0) <= (each.custo_p80 or 0) for each in rows]
    interval = wilson(sum(within), len(within))
    at = [each.encerrada or 0.0 for each in rows]
    serie = points(query, at, within, lambda some: ratio(sum(some), len(some)))
    outside = interval is not None and not interval[0] <= PROMISED <= interval[1]
    return Figure(
        "calibracao_p80",
        "Cost within the approved P80",
        "%",
        ratio(sum(within), len(within)),
        len(rows),
        without_zeros({"without a cost or a P80": len(inside) - len(rows)}),
        partes=(Part("95 % from", interval[0], "%"), Part("95 % to", interval[1], "%")) if interval else (),
        serie=serie,
        tendencia=trend(serie),
        meta="about 80 %",
        linha=PROMISED,
        estado="none" if len(rows) < 5 else "watch" if outside else "good",
        itens=newest([(moment, each.id) for moment, each in zip(at, rows, strict=True)]),
        vazio="" if rows else "Executions that end with a cost and an approved price fill it.",
    )


def _corrected(serie: str, place: int, inside: Sequence[Execution], query: Query) -> Figure:
    """How far the calibrated estimates were off that were really shown, beside the raw ones."""
    rows = [(each, pair) for each in inside if (pair := _pair(each, place)) is not None]
    logs = [abs(math.log(pair[0] / pair[2])) for _, pair in rows]
    raw = median([abs(math.log(pair[0] / pair[1])) for _, pair in rows])
    at = [each.encerrada or 0.0 for each, _ in rows]
    serie_points = points(query, at, logs, lambda some: math.exp(median(some) or 0.0) if some else None)
    value = median(logs)
    return Figure(
        f"calibracao_mostrado_{serie}",
        f"{SHORT[serie]}: calibrated ones were off by",
        "×",
        None if value is None else math.exp(value),
        len(rows),
        without_zeros({"estimated without a factor": len(inside) - len(rows)}),
        partes=(Part("their raw estimates", None if raw is None else math.exp(raw), "×"),) if rows else (),
        serie=serie_points,
        tendencia=trend(serie_points),
        meta="less than raw",
        estado="none" if value is None or raw is None or len(rows) < 5 else "good" if value < raw else "bad",
        itens=newest([(moment, each.id) for moment, (each, _) in zip(at, rows, strict=True)]),
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


def _cloud(serie: str, learnt: Calibration, known: _Known, query: Query) -> Chart:
    """Actual over raw estimate of each point, by when its execution was deployed."""
    found = points_until(known, serie, query.agora)
    at = {each.id: moment for each, moment in zip(known.taught, known.taught_at, strict=True)}
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
