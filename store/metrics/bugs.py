"""Bugs: those that were opened, those whose repair was deployed, those still open; releases with repairs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from store.metrics.cutting import DAY, between, until_now
from store.metrics.facts import Execution, Facts, Item, Release
from store.metrics.keeping import kept
from store.metrics.lineage import lineage, of_repairs
from store.metrics.measures import Rows
from store.metrics.model import Query
from store.metrics.populations import is_running

SEVERITIES: Mapping[str, str] = {
    "critico": "critical",
    "alto": "high",
    "medio": "medium",
    "baixo": "low",
    "sem_classificacao": "unclassified",
}
UNCLASSIFIED = "sem_classificacao"
NO_OPENING, NEGATIVE = "without a time of its opening", "repaired before it was opened"
NOT_HELD = "the repair did not hold"
COHORT_S = 30 * DAY
"""For so long after a release a repair counts for the share of releases that needed one."""


def severity(run: Execution) -> str:
    """Of an execution's bug; what is missing or unknown is unclassified."""
    found = run.bug.severidade if run.bug is not None else ""
    return found if found in SEVERITIES else UNCLASSIFIED


def opened(facts: Facts, query: Query) -> Rows[Execution]:
    """The bugs that were opened in the window."""
    times, runs, undated = kept(
        facts, "bugs opened", partial(_by, "aberto"), ("execucoes",), matters=of_repairs
    )
    found = between(times, until_now(query))
    return Rows(times[found], runs[found], [(NO_OPENING, run) for run in undated])


def repaired(facts: Facts, query: Query) -> Rows[Execution]:
    """The bugs whose repair was deployed in the window; one that failed afterwards repaired nothing."""
    times, runs, _ = kept(
        facts, "bugs deployed", partial(_by, "implantado"), ("execucoes",), matters=of_repairs
    )
    found = between(times, until_now(query))
    return Rows(times[found], runs[found]).counting(_why_not)


def repair_hours(run: Execution) -> float:
    """From a bug's opening to its deployed repair."""
    bug = run.bug
    if bug is None or bug.aberto is None or bug.implantado is None:
        return 0.0
    return (bug.implantado - bug.aberto) / 3600


def _why_not(run: Execution) -> str:
    if run.bug is None or run.bug.aberto is None:
        return NO_OPENING
    if repair_hours(run) < 0:
        return NEGATIVE
    return NOT_HELD if run.status in ("falhou", "rejeitado", "cancelado") else ""


def _by(field: str, facts: Facts) -> tuple[list[float], list[Execution], list[Execution]]:
    """Executions of bugs by one of the bug's moments, and those without it."""
    bugs = [run for run in facts.execucoes if run.bug is not None]
    dated = sorted(
        ((moment, run.id, run) for run in bugs if (moment := getattr(run.bug, field)) is not None),
        key=lambda found: found[:2],
    )
    undated = [run for run in bugs if getattr(run.bug, field) is None]
    return [found[0] for found in dated], [found[2] for found in dated], undated


class OpenBug(NamedTuple):
    """A bug that no deployed repair ended yet."""

    item_id: str
    aberto: float | None


def still_open(facts: Facts) -> list[OpenBug]:
    """Bugs whose item is open, or whose execution runs and has no deployed repair; oldest first."""
    found: dict[str, float | None] = {
        item.id: item.criado
        for item in kept(facts, "open bug items", _open_items, ("itens",), matters=_is_bug)
    }
    for run in facts.execucoes:
        if run.bug is None:
            continue
        if run.bug.implantado is not None:
            found.pop(run.item_ref, None)
        elif is_running(run):
            found[run.item_ref or run.id] = run.bug.aberto
    return sorted(
        (OpenBug(item_id, moment) for item_id, moment in found.items()),
        key=lambda bug: (bug.aberto is None, bug.aberto or 0.0, bug.item_id),
    )


def _is_bug(item: Item) -> bool:
    return item.tipo == "corrigir_bug"


def _open_items(facts: Facts) -> list[Item]:
    return [item for item in facts.itens if item.tipo == "corrigir_bug" and item.encerrado is None]


class Released(NamedTuple):
    """A release, the repairs that it needed, and whether the first one came within 30 days."""

    release: Release
    reparos: int
    em_trinta_dias: bool


def released(facts: Facts, query: Query) -> Rows[Released]:
    """The releases made in the window, with all their repairs to date."""
    of = ("releases", "implantacoes", "execucoes")
    times, rows = kept(facts, "releases with repairs", _released, of, matters=of_repairs)
    found = between(times, until_now(query))
    return Rows(times[found], rows[found])


def unattributed(facts: Facts, query: Query) -> int:
    """Bugs opened in the window that no release is known for."""
    line = lineage(facts)
    return sum(not line.repaired(run) for run in opened(facts, query).rows)


def _released(facts: Facts) -> tuple[list[float], list[Released]]:
    line = lineage(facts)
    repairs: dict[str, list[float | None]] = {}
    for run in facts.execucoes:
        if run.bug is not None and (release := line.repaired(run)):
            repairs.setdefault(release, []).append(run.bug.aberto)
    dated = sorted(
        ((each.criada, each.id, each) for each in facts.releases if each.criada is not None),
        key=lambda found: found[:2],
    )
    rows = [
        Released(each, len(mine), any(moment is not None and moment < made + COHORT_S for moment in mine))
        for made, _, each in dated
        for mine in (repairs.get(each.id, []),)
    ]
    return [found[0] for found in dated], rows
