"""8.5, speed: lead time, cycle time by phase, specs and releases a week, deployments a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from operator import attrgetter
from typing import NamedTuple

from store.metrics import charting, throughput
from store.metrics.durations import Took, cloud, duration, of_took, took, took_now
from store.metrics.effort import PHASE_NAMES, PHASES
from store.metrics.facts import Deployment, Execution, Facts, Item, Moment, Release
from store.metrics.incidents import production
from store.metrics.keeping import Changed, kept
from store.metrics.measures import Measure, Rows, figures, grouped, series
from store.metrics.model import Chart, Figure, Page, Query
from store.metrics.populations import GROUPS, concluded, ended, of_execution
from store.metrics.sifting import counting

CHAVE, TITULO = "velocidade", "Speed"
REPAIR, SKIPPED = "repair of a bug", "phase skipped"
_MOST_SINCE = 2_000
"""Items that changed: of more, all are looked at anew."""
CONCLUDED_FILL = "Work that is concluded fills it."


def page(facts: Facts, query: Query) -> Page:
    """Every figure of 8.5."""
    rows = concluded(ended(facts, query))
    lead = took_now(_developments(rows), _lead(facts))
    found = [*_times(facts, query, rows, lead), *_rates(facts, query)]
    totals = {some[0].chave: some[0] for some in found}
    return Page(
        CHAVE,
        TITULO,
        tuple(each for some in found for each in some),
        (
            cloud("velocidade_lead", "Lead time of each execution", lead, LEAD.vazio),
            _phase_chart(query, totals),
            _bars("specs", "Specs first concluded", query, totals["specs_semana"]),
            _release_chart(facts, query),
            _bars("deploys", "Deployments to production", query, totals["deploys_dia"]),
        ),
        tuple(GROUPS),
        gerado=facts.gerado,
    )


def _times(facts: Facts, query: Query, rows: Rows[Execution], lead: Rows[Took]) -> list[list[Figure]]:
    """Lead time, cycle time and that of each phase, each with its groups."""
    key = of_execution(GROUPS.get(query.por), of_took)
    return [
        figures(LEAD, lead, query, key),
        figures(CYCLE, took_now(rows, _cycle(facts)), query, key),
        *(
            figures(_of_phase(place), took(rows, _phase(place), SKIPPED), query, key)
            for place in range(len(PHASES))
        ),
    ]


def _rates(facts: Facts, query: Query) -> list[list[Figure]]:
    """How much is made; releases and deployments are grouped by spec only."""
    by_spec = query.por == "spec"
    of_release, of_deploy = (_release_spec, _deploy_spec) if by_spec else (None, None)
    return [
        figures(
            throughput.specs(facts, query),
            throughput.first_concluded(facts, query),
            query,
            GROUPS.get(query.por),
        ),
        figures(throughput.releases(facts, query), throughput.made(facts, query), query, of_release),
        figures(throughput.deploys(facts, query), throughput.deployed(facts, query), query, of_deploy),
        [throughput.deploy_days(facts, query)],
        figures(throughput.failures(facts, query), throughput.failed(facts, query), query, of_deploy),
    ]


def _release_spec(release: Release) -> str:
    return release.spec_ref


def _deploy_spec(deploy: Deployment) -> str:
    return deploy.spec_ref


# Lead and cycle time


LEAD = duration(
    "lead_time",
    "Lead time, median",
    "Work that is concluded, from its spec to its first deployment in production, fills it.",
)
CYCLE = duration("cycle_time", "Cycle time, median", CONCLUDED_FILL)


def _developments(rows: Rows[Execution]) -> Rows[Execution]:
    """Without repairs: what they are made of was specified long before there was a bug."""
    return counting(rows, _is_repair)


def _is_repair(run: Execution) -> str:
    return REPAIR if run.bug is not None else ""


def _lead(facts: Facts) -> Callable[[Execution], tuple[Moment, Moment]]:
    """From the creation of the spec to the end of the first successful deployment in production.

    Where no deployment names the execution, its deployment phase says when that was.
    """
    first = kept(facts, "first deploy", _first_deploys, ("implantacoes",))
    return lambda run: (run.spec_criada, first.get(run.id, run.fases[2][1]))


def _first_deploys(facts: Facts) -> dict[str, float]:
    found: dict[str, float] = {}
    for deploy in production(facts).deploys:
        if deploy.execucao_ref and deploy.fim is not None:
            found.setdefault(deploy.execucao_ref, deploy.fim)
    return found


def _cycle(facts: Facts) -> Callable[[Execution], tuple[Moment, Moment]]:
    """From the first time that its item was in work (the execution opened, where that is not known)."""
    began, since = kept(facts, "work began", _started, ("itens",), partial(_began, facts))

    def span(run: Execution) -> tuple[Moment, Moment]:
        started = since[run.item_ref] if run.item_ref in since else began.get(run.item_ref)
        return run.criada if started is None else started, run.encerrada

    return span


class _Started(NamedTuple):
    """When work on each item began: of most, and of those that changed since; None where it has not."""

    began: dict[str, Moment]
    since: dict[str, Moment]


_ID: Callable[[Item], str] = attrgetter("id")
_BEGUN: Callable[[Item], Moment] = attrgetter("iniciado")


def _started(facts: Facts) -> _Started:
    items = facts.itens
    return _Started(dict(zip(map(_ID, items), map(_BEGUN, items), strict=True)), {})


def _began(facts: Facts, old: _Started, changed: Sequence[Changed]) -> _Started:
    """Without a copy of all items for each commit."""
    since = dict(old.since)
    for _, before, after in changed:
        since[(before if after is None else after).id] = None if after is None else after.iniciado
    return _Started(old.began, since) if len(since) < _MOST_SINCE else _started(facts)


@cache
def _phase(place: int) -> Callable[[Execution], tuple[Moment, Moment]]:
    return lambda run: run.fases[place]


def _of_phase(place: int) -> Measure[Took]:
    name = PHASE_NAMES[place]
    return duration(f"ciclo_{PHASES[place]}", f"{name}, first entry to last exit, median", CONCLUDED_FILL)


# Charts


def _bars(name: str, titulo: str, query: Query, figure: Figure) -> Chart:
    chart = charting.over_time(f"velocidade_{name}", titulo, "bar", query, [(name, figure)])
    return replace(chart, unidade="")


def _phase_chart(query: Query, totals: Mapping[str, Figure]) -> Chart:
    """The median of each phase, one upon the other."""
    named = [
        (name.lower(), totals[f"ciclo_{phase}"]) for phase, name in zip(PHASES, PHASE_NAMES, strict=True)
    ]
    return charting.over_time(
        "velocidade_fases", "Cycle time, medians of the phases", "stacked", query, named
    )


def _release_chart(facts: Facts, query: Query) -> Chart:
    """Releases by what was decided about them; every one is in one layer."""
    count: Measure[Release] = throughput.releases(facts, query)
    rows = throughput.made(facts, query)
    groups = dict(grouped(rows, throughput.outcome))
    empty: Rows[Release] = Rows((), ())
    found = {
        name: [point.valor for point in series(count, groups.get(name, empty), query)]
        for name in ("approved", "rejected", throughput.PENDING)
    }
    vazio = "" if rows.rows else count.vazio
    return charting.layers("velocidade_releases", "Releases, as they were decided", "", query, found, vazio)
