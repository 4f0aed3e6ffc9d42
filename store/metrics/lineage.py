"""Which release an execution belongs to, which one a repair repairs, and which one that goes back to."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from store.metrics.facts import Execution, Facts, Release
from store.metrics.keeping import Changed, kept

RUNS = "execucoes"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Releases by id, the release of each deployment, the releases of each spec by when they were made."""

    releases: Mapping[str, Release]
    release_of_deployment: Mapping[str, str]
    of_spec: Mapping[str, tuple[list[float], list[Release]]]
    repairs: frozenset[str]
    """The releases that an execution of `corrigir_bug` made."""

    def repaired(self, run: Execution, about: str = "") -> str:
        """The release whose bug an execution repairs; empty where it repairs none, or none that is known.

        That of the deployment which caused the bug, else the one that its own release takes the place of,
        else the one that its item is about, else the newest one of its spec when the bug was opened.
        """
        if run.bug is None:
            return ""
        caused = self.release_of_deployment.get(run.bug.causadora, "")
        own = self.releases.get(run.release_ref)
        found = caused or (own.substitui if own else "") or about
        return found if found in self.releases else self._newest(run, own)

    def _newest(self, run: Execution, own: Release | None) -> str:
        opened = run.bug.aberto if run.bug is not None else None
        times, releases = self.of_spec.get(run.spec_ref, ([], []))
        if opened is None or not times:
            return ""
        before = releases[: bisect_right(times, opened)]
        return next((each.id for each in reversed(before) if each is not own), "")

    def made_by(self, run: Execution | None) -> str:
        """The known release that is a repair because an execution made it; empty where it makes none one."""
        found = run.release_ref if run is not None and run.bug is not None else ""
        return found if found in self.releases else ""

    def root(self, release_id: str) -> str:
        """The release that a chain of repairs began with."""
        seen = {release_id}
        while release_id in self.repairs:
            before = self.releases[release_id].substitui
            if before in seen or before not in self.releases:
                break
            seen.add(before)
            release_id = before
        return release_id

    def charged(self, run: Execution) -> str:
        """The release that an execution's cost is part of: its own, or the one that its repair goes back to.

        Empty where it came to no release.
        """
        found = self.repaired(run) if run.bug is not None else ""
        return self.root(found or run.release_ref)


def lineage(facts: Facts) -> Lineage:
    """Of all that is known."""

    def update(old: Lineage, changed: Sequence[Changed]) -> Lineage:
        """The same, where executions alone changed, and none makes another release a repair."""
        of_runs = all(each.campo == RUNS for each in changed)
        same = of_runs and all(old.made_by(each.antes) == old.made_by(each.depois) for each in changed)
        return old if same else _build(facts)

    return kept(facts, "lineage", _build, ("releases", "implantacoes", RUNS), update, of_repairs)


def of_repairs(fact: object) -> bool:
    """Whether a fact is no execution, or one that repairs a bug: no other makes a release a repair."""
    return not isinstance(fact, Execution) or fact.bug is not None


def _build(facts: Facts) -> Lineage:
    releases = {each.id: each for each in facts.releases}
    of_spec: dict[str, list[Release]] = defaultdict(list)
    for each in facts.releases:
        if each.criada is not None:
            of_spec[each.spec_ref].append(each)
    ordered = {
        spec: sorted(some, key=lambda each: (each.criada or 0.0, each.id)) for spec, some in of_spec.items()
    }
    return Lineage(
        releases,
        {each.id: each.release_ref for each in facts.implantacoes},
        {spec: ([each.criada or 0.0 for each in some], some) for spec, some in ordered.items()},
        frozenset(
            run.release_ref for run in facts.execucoes if run.bug is not None and run.release_ref in releases
        ),
    )
