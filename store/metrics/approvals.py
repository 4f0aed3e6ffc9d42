"""How long answers take: from the moment that a person could decide to the decision (metrics.md, 3).

Those of a policy and those taken back are left out; open ones are listed by age and not mixed in. Official
targets don't exist: each type is held against its own p85 of the window before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from store.metrics.cutting import (
    HOUR,
    against,
    between,
    newest,
    points,
    trend,
    until_now,
    without_zeros,
)
from store.metrics.facts import Decision, Facts
from store.metrics.flow import flow_of
from store.metrics.keeping import kept
from store.metrics.model import Chart, Figure, Part, Query, Series
from store.metrics.periods import Window
from store.metrics.statistics import median, percentile, ratio, shown_percentile
from store.metrics.targets import amount

MOST_BARS = 12
TYPES = {
    "aprovar_orcamento": "Budget approval",
    "aprovar_release": "Release approval",
    "validar_implantacao": "Validation of a deployment",
    "decidir_pull": "Pull of a child",
}


def figures(facts: Facts, query: Query) -> tuple[Figure, ...]:
    """All types together, each of them, and what is open."""
    answered = kept(facts, "approvals", _answered, ("decisoes",))
    lead = _lead_hours(facts, until_now(query))
    return (
        _latency(answered, "", "Approval latency, median", query, lead),
        *(_latency(answered, tipo, f"{name}, median", query, lead) for tipo, name in TYPES.items()),
        _open(facts, query),
    )


def _answered(facts: Facts) -> dict[str, tuple[Sequence[float], Sequence[Decision]]]:
    """Answers by type, each by when; all of the types above under the empty text."""
    found = sorted(
        (each for each in facts.decisoes if each.tipo in TYPES and each.em is not None),
        key=lambda each: each.em or 0.0,
    )
    kinds = {tipo: [each for each in found if each.tipo == tipo] for tipo in TYPES}
    return {tipo: ([each.em or 0.0 for each in some], some) for tipo, some in {"": found, **kinds}.items()}


def usable(decision: Decision) -> bool:
    """Whether an answer says how long a person took."""
    waited = decision.espera_s
    return not decision.politica and not decision.desfeita and waited is not None and waited >= 0


def _hours(decision: Decision) -> float:
    return (decision.espera_s or 0.0) / HOUR


def _latency(
    answered: Mapping[str, tuple[Sequence[float], Sequence[Decision]]],
    tipo: str,
    name: str,
    query: Query,
    lead: float,
) -> Figure:
    at, mine = answered[tipo]
    window = until_now(query)
    inside = mine[between(at, window)]
    good = [each for each in inside if usable(each)]
    hours = [_hours(each) for each in good]
    before = [_hours(each) for each in mine[between(at, window.before())] if usable(each)]
    value, usual = median(hours), shown_percentile(sorted(before), 85)
    serie = points(query, [each.em or 0.0 for each in good], hours, median)
    return Figure(
        f"aprovacao_{tipo}" if tipo else "aprovacao",
        name,
        "h",
        value,
        len(hours),
        without_zeros(
            {
                "answered by a policy": sum(bool(each.politica) for each in inside),
                "taken back": sum(each.desfeita and not each.politica for each in inside),
                "no waiting time known": sum(
                    not usable(each) and not each.politica and not each.desfeita for each in inside
                ),
            }
        ),
        partes=(
            Part("p85", percentile(hours, 85) if len(hours) >= 7 else None, "h", len(hours)),
            Part("waited in all", sum(hours) if hours else None, "h", len(hours)),
            Part("share of lead time", ratio(sum(hours), lead) if hours else None, "%"),
        ),
        serie=serie,
        tendencia=trend(serie),
        meta=f"at most {amount(usual, 'h')} (p85 before)" if usual is not None else "",
        linha=usual,
        estado=against(value, usual, usual * 2) if usual is not None else "none",
        itens=newest([(each.em or 0.0, each.id) for each in good]),
        vazio="" if hours else "Answers of a person fill it.",
    )


def _lead_hours(facts: Facts, window: Window) -> float:
    """Σ hours from the spec to the end, of executions that ended well in the window."""
    return sum(
        (each.encerrada - each.spec_criada) / HOUR
        for each in facts.execucoes
        if each.status == "concluido"
        and each.encerrada is not None
        and each.spec_criada is not None
        and each.encerrada in window
        and each.encerrada > each.spec_criada
    )


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
