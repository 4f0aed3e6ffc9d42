"""Bugs: those that were opened, those whose repair was deployed; releases, with the repairs they needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from store.metrics.cutting import DAY, until_now
from store.metrics.facts import Execution, Facts, Moment, Release
from store.metrics.keeping import Changed, kept, net
from store.metrics.lineage import Lineage, lineage, of_repairs
from store.metrics.measures import Rows
from store.metrics.model import Query
from store.metrics.sifting import counting, rows_in
from store.metrics.tables import Placed, Table, order

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


class _Bugs(NamedTuple):
    """Executions of bugs by one of the bug's moments, and those without it."""

    dated: Table[Execution]
    undated: dict[str, Execution]


def opened(facts: Facts, query: Query) -> Rows[Execution]:
    """The bugs that were opened in the window."""
    known = _bugs_by(facts, "bugs opened", _OPENED)
    return rows_in(known.dated, until_now(query), [(NO_OPENING, run) for run in known.undated.values()])


def repaired(facts: Facts, query: Query) -> Rows[Execution]:
    """The bugs whose repair was deployed in the window; one that failed afterwards repaired nothing."""
    known = _bugs_by(facts, "bugs deployed", _DEPLOYED)
    return counting(rows_in(known.dated, until_now(query)), _why_not)


_OPENED: Callable[[Execution], Moment] = attrgetter("bug.aberto")
_DEPLOYED: Callable[[Execution], Moment] = attrgetter("bug.implantado")


def _bugs_by(facts: Facts, key: str, moment: Callable[[Execution], Moment]) -> _Bugs:
    def build(known: Facts) -> _Bugs:
        runs = [run for run in known.execucoes if run.bug is not None]
        dated = [each for run in runs for each in _placed(run, moment)]
        undated = {run.id: run for run in runs if moment(run) is None}
        return _Bugs(Table(sorted(dated, key=order)), undated)

    def update(old: _Bugs, changed: Sequence[Changed]) -> _Bugs:
        undated, changes = dict(old.undated), net(changed)
        for _, before, after in changes:
            if before is not None:
                undated.pop(before.id, None)
            if after is not None and after.bug is not None and moment(after) is None:
                undated[after.id] = after
        gone = [each for _, before, _ in changes for each in _placed(before, moment)]
        come = [each for _, _, after in changes for each in _placed(after, moment)]
        return _Bugs(old.dated.moved(gone, come), undated)

    return kept(facts, key, build, ("execucoes",), update, of_repairs)


def _placed(run: Execution | None, moment: Callable[[Execution], Moment]) -> Sequence[Placed[Execution]]:
    at = moment(run) if run is not None and run.bug is not None else None
    return ((at, run.id, run),) if run is not None and at is not None else ()


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


class Released(NamedTuple):
    """A release, the repairs that it needed, and whether the first one came within 30 days."""

    release: Release
    reparos: int
    em_trinta_dias: bool


class _Repaired(NamedTuple):
    """Releases with their repairs, and which one each bug's execution repairs."""

    line: Lineage
    """By which they are told."""
    of_run: dict[str, str]
    """Empty for one that repairs none."""
    opened: dict[str, dict[str, Moment]]
    """When each release's bugs were opened, by their executions."""
    dated: Table[Released]


def released(facts: Facts, query: Query) -> Rows[Released]:
    """The releases made in the window, with all their repairs to date."""
    return rows_in(_repaired(facts).dated, until_now(query))


def unattributed(facts: Facts, query: Query) -> int:
    """Bugs opened in the window that no release is known for."""
    of_run = _repaired(facts).of_run
    return sum(not of_run[run.id] for run in opened(facts, query).rows)


def _repaired(facts: Facts) -> _Repaired:
    def update(old: _Repaired, changed: Sequence[Changed]) -> _Repaired:
        return _repaired_anew(old, changed) if lineage(facts) is old.line else _build(facts)

    of = ("releases", "implantacoes", "execucoes")
    return kept(facts, "releases with repairs", _build, of, update, of_repairs)


def _build(facts: Facts) -> _Repaired:
    line = lineage(facts)
    of_run = {run.id: line.repaired(run) for run in facts.execucoes if run.bug is not None}
    repairs: dict[str, dict[str, Moment]] = {}
    for run in facts.execucoes:
        if run.bug is not None and of_run[run.id]:
            repairs.setdefault(of_run[run.id], {})[run.id] = run.bug.aberto
    rows = [row for each in facts.releases for row in _released(each, repairs)]
    return _Repaired(line, of_run, repairs, Table(sorted(rows, key=order)))


def _repaired_anew(old: _Repaired, changed: Sequence[Changed]) -> _Repaired:
    """As of other executions alone."""
    of_run, repairs, touched = dict(old.of_run), dict(old.opened), set()
    for _, before, after in net(changed):
        if before is not None and (release := of_run.pop(before.id, "")):
            repairs[release] = {name: at for name, at in repairs[release].items() if name != before.id}
            touched.add(release)
        if after is not None and after.bug is not None:
            release = of_run[after.id] = old.line.repaired(after)
            if release:
                repairs[release] = {**repairs.get(release, {}), after.id: after.bug.aberto}
                touched.add(release)
    releases = [old.line.releases[name] for name in touched]
    gone, come = (
        [row for each in releases for row in _released(each, some)] for some in (old.opened, repairs)
    )
    return _Repaired(old.line, of_run, repairs, old.dated.moved(gone, come))


def _released(release: Release, repairs: Mapping[str, Mapping[str, Moment]]) -> Sequence[Placed[Released]]:
    made = release.criada
    if made is None:
        return ()
    mine = repairs.get(release.id, {}).values()
    soon = any(moment is not None and moment < made + COHORT_S for moment in mine)
    return ((made, release.id, Released(release, len(mine), soon)),)
