"""Bugs: those that were opened, those whose repair was deployed; releases, with the repairs they needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from store.metrics.bug_rows import UNCLASSIFIED, bug_of, is_of_bug
from store.metrics.bug_stock import Stock, stock
from store.metrics.cutting import DAY, until_now
from store.metrics.facts import Execution, Facts, Item, Moment, Release
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
NO_OPENING, NEGATIVE = "without a time of its opening", "repaired before it was opened"
NOT_HELD = "the repair did not hold"
COHORT_S = 30 * DAY
"""For so long after a release a repair counts for the share of releases that needed one."""


def severity(run: Execution) -> str:
    """Of an execution's bug; what is missing or unknown is unclassified."""
    found = run.bug.severidade if run.bug is not None else ""
    return found if found in SEVERITIES else UNCLASSIFIED


def opened(facts: Facts, query: Query) -> Rows[Execution]:
    """The bugs that were opened in the window, whether or not their repair has begun; each once."""
    known = stock(facts)
    return rows_in(known.dated, until_now(query), [(NO_OPENING, run) for run in known.undated.values()])


def repaired(facts: Facts, query: Query) -> Rows[Execution]:
    """The bugs whose repair was deployed in the window; one that failed afterwards repaired nothing."""
    deployed = kept(facts, "bugs deployed", _all_deployed, ("execucoes",), _other_deployed, of_repairs)
    return counting(rows_in(deployed, until_now(query)), _why_not)


def _all_deployed(facts: Facts) -> Table[Execution]:
    return Table(sorted((each for run in facts.execucoes for each in _deployed(run)), key=order))


def _other_deployed(old: Table[Execution], changed: Sequence[Changed]) -> Table[Execution]:
    changes = net(changed)
    gone = [each for _, before, _ in changes for each in _deployed(before)]
    come = [each for _, _, after in changes for each in _deployed(after)]
    return old.moved(gone, come)


def _deployed(run: Execution | None) -> Sequence[Placed[Execution]]:
    at = run.bug.implantado if run is not None and run.bug is not None else None
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
    """Releases with their repairs, and which one each bug is in."""

    line: Lineage
    """By which they are told."""
    of_bug: dict[str, str]
    """Empty for one that is in none, or in none that is known."""
    opened: dict[str, dict[str, Moment]]
    """When each release's bugs were opened, by the bugs."""
    dated: Table[Released]


def released(facts: Facts, query: Query) -> Rows[Released]:
    """The releases made in the window, with all their repairs to date."""
    return rows_in(_repaired(facts).dated, until_now(query))


def unattributed(facts: Facts, query: Query) -> int:
    """Bugs opened in the window that no release is known for."""
    return sum(not release_of(facts, run) for run in opened(facts, query).rows)


def release_of(facts: Facts, run: Execution) -> str:
    """The release that an opened bug is in; empty where none is known."""
    return _repaired(facts).of_bug[bug_of(run)]


def _repaired(facts: Facts) -> _Repaired:
    def update(old: _Repaired, changed: Sequence[Changed]) -> _Repaired:
        same = lineage(facts) is old.line
        return _repaired_anew(old, stock(facts), changed) if same else _build(facts)

    of = ("releases", "implantacoes", "execucoes", "itens")
    return kept(facts, "releases with repairs", _build, of, update, _of_bugs)


def _of_bugs(fact: object) -> bool:
    return is_of_bug(fact) if isinstance(fact, Item) else of_repairs(fact)


def _release_of(line: Lineage, known: Stock, bug: str) -> str:
    item = known.items.get(bug)
    return line.repaired(known.rows[bug], item.release_ref if item is not None else "")


def _opened(known: Stock, bug: str) -> Moment:
    told = known.rows[bug].bug
    return told.aberto if told is not None else None


def _build(facts: Facts) -> _Repaired:
    line, known = lineage(facts), stock(facts)
    of_bug = {bug: _release_of(line, known, bug) for bug in known.rows}
    repairs: dict[str, dict[str, Moment]] = {}
    for bug, release in of_bug.items():
        if release:
            repairs.setdefault(release, {})[bug] = _opened(known, bug)
    rows = [row for each in facts.releases for row in _released(each, repairs)]
    return _Repaired(line, of_bug, repairs, Table(sorted(rows, key=order)))


def _repaired_anew(old: _Repaired, known: Stock, changed: Sequence[Changed]) -> _Repaired:
    """As of other items and executions alone."""
    of_bug, repairs, touched = dict(old.of_bug), dict(old.opened), set()
    for bug in _bugs_of(changed):
        if release := of_bug.pop(bug, ""):
            repairs[release] = {name: at for name, at in repairs[release].items() if name != bug}
            touched.add(release)
        if bug in known.rows:
            release = of_bug[bug] = _release_of(old.line, known, bug)
            if release:
                repairs[release] = {**repairs.get(release, {}), bug: _opened(known, bug)}
                touched.add(release)
    releases = [old.line.releases[name] for name in touched]
    gone, come = (
        [row for each in releases for row in _released(each, some)] for some in (old.opened, repairs)
    )
    return _Repaired(old.line, of_bug, repairs, old.dated.moved(gone, come))


def _bugs_of(changed: Sequence[Changed]) -> set[str]:
    """The bugs that facts tell of which changed."""
    facts = (fact for _, *both in changed for fact in both if fact is not None)
    return {fact.id if isinstance(fact, Item) else bug_of(fact) for fact in facts}


def _released(release: Release, repairs: Mapping[str, Mapping[str, Moment]]) -> Sequence[Placed[Released]]:
    made = release.criada
    if made is None:
        return ()
    mine = repairs.get(release.id, {}).values()
    soon = any(moment is not None and moment < made + COHORT_S for moment in mine)
    return ((made, release.id, Released(release, len(mine), soon)),)
