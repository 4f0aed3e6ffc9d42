"""How long answers take: from the moment that a person could decide to the decision (metrics.md, 3).

Those of a policy and those taken back are left out; open ones are listed by age and not mixed in. Official
targets don't exist: each type is held against its own p85 of the window before.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from store.metrics.cutting import HOUR, against, between, trend, until_now, without_zeros
from store.metrics.facts import Decision, Execution, Facts
from store.metrics.flow import flow_of
from store.metrics.keeping import Dated, at
from store.metrics.lives import RUNS_ENDED
from store.metrics.model import Chart, Figure, Part, Query, Series
from store.metrics.periods import Window
from store.metrics.sliding import TICKS, Index, Told, bucket_of, cut_as, numbers, points_of, sums, ticks
from store.metrics.statistics import median, ratio, shown_percentile
from store.metrics.targets import amount

MOST_BARS, MOST_IDS = 12, 500
TYPES = {
    "aprovar_orcamento": "Budget approval",
    "aprovar_release": "Release approval",
    "validar_implantacao": "Validation of a deployment",
    "decidir_pull": "Pull of a child",
}


ANSWERED = Index("approvals", "decisoes", at(lambda each: each.em if each.tipo in TYPES else None))


def figures(facts: Facts, query: Query) -> tuple[Figure, ...]:
    """All types together, each of them, and what is open."""
    window = until_now(query)
    answered = _Answered(
        _newest(ANSWERED.of(facts), window),
        numbers(facts, ANSWERED, ("latency", cut_as(query)), _by_bucket(query), window),
        numbers(facts, ANSWERED, "latency before", _by_type, window.before()),
        _lead_hours(facts, window),
    )
    return (
        _latency(answered, "", "Approval latency, median", query),
        *(_latency(answered, tipo, f"{name}, median", query) for tipo, name in TYPES.items()),
        _open(facts, query),
    )


class _Answered(NamedTuple):
    """The newest answers by type; hours by type and bucket, and those of the window before by type."""

    newest: Mapping[str, Sequence[str]]
    now: Mapping[Hashable, Sequence[float]]
    before: Mapping[Hashable, Sequence[float]]
    lead: float


_ALL = ""
"""All types together."""


def _by_type(_moment: float, decision: Decision) -> Iterable[tuple[Hashable, float]]:
    if usable(decision):
        hours = _hours(decision)
        yield _ALL, hours
        yield decision.tipo, hours


def _by_bucket(query: Query) -> Told:
    """Hours by type, and by type and bucket; what says none by type and reason."""
    bucket = bucket_of(query)

    def told(moment: float, decision: Decision) -> Iterable[tuple[Hashable, float]]:
        if not usable(decision):
            reason = _why_not(decision)
            return ((_ALL, reason), 0.0), ((decision.tipo, reason), 0.0)
        hours, at = _hours(decision), bucket(moment)
        return (_ALL, hours), (decision.tipo, hours), ((_ALL, at), hours), ((decision.tipo, at), hours)

    return told


_REASONS = ("answered by a policy", "taken back", "no waiting time known")


def _why_not(decision: Decision) -> str:
    return _REASONS[0] if decision.politica else _REASONS[1] if decision.desfeita else _REASONS[2]


def usable(decision: Decision) -> bool:
    """Whether an answer says how long a person took."""
    waited = decision.espera_s
    return not decision.politica and not decision.desfeita and waited is not None and waited >= 0


def _hours(decision: Decision) -> float:
    return (decision.espera_s or 0.0) / HOUR


def _latency(answered: _Answered, tipo: str, name: str, query: Query) -> Figure:
    hours = answered.now.get(tipo, ())
    value, usual = median(hours), shown_percentile(answered.before.get(tipo, ()), 85)
    serie = points_of(query, lambda at: answered.now.get((tipo, at), ()), median)
    waited = sum(hours) if hours else None
    return Figure(
        f"aprovacao_{tipo}" if tipo else "aprovacao",
        name,
        "h",
        value,
        len(hours),
        without_zeros({reason: len(answered.now.get((tipo, reason), ())) for reason in _REASONS}),
        partes=(
            Part("p85", shown_percentile(hours, 85), "h", len(hours)),
            Part("waited in all", waited, "h", len(hours)),
            Part("share of lead time", None if waited is None else ratio(waited, answered.lead), "%"),
        ),
        serie=serie,
        tendencia=trend(serie),
        meta=f"at most {amount(usual, 'h')} (p85 before)" if usual is not None else "",
        linha=usual,
        estado=against(value, usual, usual * 2) if usual is not None else "none",
        itens=tuple(answered.newest[tipo]),
        vazio="" if hours else "Answers of a person fill it.",
    )


def _newest(dated: Dated, window: Window) -> dict[str, list[str]]:
    """The ids of the last answers that say how long they took, by type."""
    found: dict[str, list[str]] = {tipo: [] for tipo in (_ALL, *TYPES)}
    for each in reversed(dated.rows[between(dated.times, window)]):
        mine = found[each.tipo]
        if len(mine) < MOST_IDS and usable(each):
            mine.append(each.id)
            if len(found[_ALL]) < MOST_IDS:
                found[_ALL].append(each.id)
    return found


def _lead_hours(facts: Facts, window: Window) -> float:
    """Σ hours from the spec to the end, of executions that ended well in the window."""
    found = sums(facts, RUNS_ENDED, "lead", _lead, window)
    return found[_ALL][0] / TICKS / HOUR if found else 0.0


def _lead(moment: float, run: Execution) -> Iterable[tuple[str, tuple[int]]]:
    if run.status == "concluido" and run.spec_criada is not None and moment > run.spec_criada:
        yield _ALL, (ticks(moment - run.spec_criada),)


def _waiting(facts: Facts, agora: float) -> list[tuple[float, str, str]]:
    """Since when, id and type of each open question of these types that is due, oldest first."""
    return sorted(
        (item.devido, item.id, item.tipo)
        for item in flow_of(facts).open
        if item.tipo in TYPES and item.status == "Pendente" and not item.retido
        if item.devido is not None and item.devido <= agora
    )


def open_by_age(facts: Facts, query: Query) -> Chart:
    """The open questions and how long each waits already, the oldest ones."""
    waiting = _waiting(facts, query.agora)[:MOST_BARS]
    hours = tuple(max(query.agora - since, 0.0) / HOUR for since, _, _ in waiting)
    return Chart(
        "decisoes_abertas",
        "Decisions that wait for you, by age",
        "hbar",
        "h",
        (Series("waits", hours, ids=tuple(item_id for _, item_id, _ in waiting)),) if waiting else (),
        tuple(f"{item_id} {TYPES[tipo]}" for _, item_id, tipo in waiting),
        vazio="" if waiting else "No decision waits for you.",
    )


def _open(facts: Facts, query: Query) -> Figure:
    """Open questions of these types; their waiting goes on, and is in no median."""
    waiting = _waiting(facts, query.agora)
    hours = [max(query.agora - since, 0.0) / HOUR for since, _, _ in waiting]
    return Figure(
        "aprovacao_aberta",
        "Decisions that wait for you",
        "",
        len(waiting),
        len(waiting),
        partes=(
            Part("oldest", hours[0] if hours else None, "h"),
            Part("waited so far, in all", sum(hours) if hours else None, "h"),
        ),
        itens=tuple(item_id for _, item_id, _ in waiting[:500]),
    )
