"""Deployments in production and the incidents that they caused (metrics.md, "DORA").

An incident is a `corrigir_bug` that did not come from a release that was never deployed. It is linked to the
deployment that it names, else to the newest successful one of its spec that had finished before it opened.
Where the release that should mend it was rejected, the repair that followed goes on mending it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import NamedTuple, TypeVar

from store.metrics.facts import Bug, Deployment, Execution, Facts, Item, Moment
from store.metrics.keeping import Changed, kept, net

PRODUCTION = frozenset({"", "producao"})
SUCCEEDED = frozenset({"implantada", "validada", "substituida", "revertida", "invalida"})
"""The statuses of a deployment that was in place; `intencao` and `falhou` never were."""
UNDONE = frozenset({"revertida", "invalida"})
"""Taken back, or found not valid: it needed somebody at once."""
_BEFORE_PRODUCTION = frozenset({"aprovar_release", "revisar_codigo", "validar_spec"})
_BUG, _ROLLBACK = "corrigir_bug", "reverter"
_MATTERING = frozenset({_BUG, _ROLLBACK, *_BEFORE_PRODUCTION})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Incident:
    """Something wrong in production."""

    id: str
    """The item that mends it."""
    spec_ref: str
    aberto: float
    resolvido: Moment
    """When the mended version was in production."""
    execucao: str
    causadora: str
    """The deployment that it is linked to; empty where there is none."""
    desistido: bool = False
    """It was given up: nobody mends it."""


@dataclass(frozen=True, slots=True)
class Production:
    """Successful deployments to production by when they finished, and their incidents."""

    deploys: Sequence[Deployment]
    at: Sequence[float]
    incidents: Sequence[Incident]
    by_deploy: Mapping[str, Sequence[Incident]]
    rollbacks: Mapping[str, float]
    """When a deployment was taken back, where that is known."""
    execution_of: Mapping[str, Execution] = field(default_factory=dict)
    first_of: Mapping[str, str] = field(default_factory=dict)
    """By execution, its first successful deployment."""
    recovered_at: Sequence[float] = ()
    recoveries: Sequence[Deployment] = ()
    """Those that failed and are recovered, by when."""
    waiting: Sequence[Deployment] = ()
    """Those that failed and are not."""

    def failed(self, deploy: Deployment) -> bool:
        """It needed somebody at once: an incident, or it was taken back."""
        return deploy.status in UNDONE or bool(self.by_deploy.get(deploy.id))

    def recovered(self, deploy: Deployment) -> Moment:
        """When its failure was over: rolled back, or the last of its incidents mended, whichever came first.

        None while one of them is open.
        """
        mended = [each.resolvido for each in self._standing(deploy)]
        last = None if None in mended else max((each for each in mended if each is not None), default=None)
        moments = (last, self.rollbacks.get(deploy.id))
        after = [each for each in moments if each is not None and each >= (deploy.fim or 0.0)]
        return min(after, default=None)

    def waits(self, deploy: Deployment) -> bool:
        """Whether it failed and is not recovered; one of which every incident was given up does not wait."""
        if not self.failed(deploy) or self.recovered(deploy) is not None:
            return False
        return deploy.status in UNDONE or bool(self._standing(deploy))

    def _standing(self, deploy: Deployment) -> list[Incident]:
        """Its incidents that were mended, or have to be."""
        return [
            each
            for each in self.by_deploy.get(deploy.id, ())
            if not each.desistido or each.resolvido is not None
        ]


def production(facts: Facts) -> Production:
    """Of these facts; made once."""
    return kept(
        facts, "production", _production, ("implantacoes", "execucoes", "itens"), matters=_in_production
    )


def _in_production(fact: Item | Execution | Deployment) -> bool:
    return not isinstance(fact, Item) or fact.tipo in _MATTERING


class _Deployed(NamedTuple):
    """Successful deployments to production by when they finished, and the first of each execution."""

    deploys: Sequence[Deployment]
    at: Sequence[float]
    first_of: Mapping[str, str]


def _deployed(facts: Facts) -> _Deployed:
    deploys = sorted(
        (
            each
            for each in facts.implantacoes
            if each.ambiente in PRODUCTION and each.status in SUCCEEDED and each.fim is not None
        ),
        key=lambda each: each.fim or 0.0,
    )
    first_of = {each.execucao_ref: each.id for each in reversed(deploys) if each.execucao_ref}
    return _Deployed(deploys, [each.fim or 0.0 for each in deploys], first_of)


def _items_by_id(facts: Facts) -> dict[str, Item]:
    """The items that matter to production."""
    return {each.id: each for each in facts.itens if each.tipo in _MATTERING}


def _other_items(old: dict[str, Item], changed: Sequence[Changed]) -> dict[str, Item]:
    return {name: item for name, item in _other_facts(old, changed).items() if _in_production(item)}


_ID: Callable[[Execution], str] = attrgetter("id")


def _by_id(facts: Facts) -> dict[str, Execution]:
    return dict(zip(map(_ID, facts.execucoes), facts.execucoes, strict=True))


def _other_facts(old: dict[str, T], changed: Sequence[Changed]) -> dict[str, T]:
    """With what a commit made of some."""
    found = dict(old)
    for _, before, after in net(changed):
        if after is None:
            found.pop(before.id, None)
        else:
            found[after.id] = after
    return found


def _production(facts: Facts) -> Production:
    deploys, at, first_of = kept(facts, "deployed", _deployed, ("implantacoes",))
    items = kept(facts, "production items", _items_by_id, ("itens",), _other_items, _in_production)
    runs: dict[str, Execution] = kept(facts, "executions by id", _by_id, ("execucoes",), _other_facts)
    executions = {each.item_ref: each for each in facts.execucoes if each.bug is not None}
    linked = link([_incident(repairs, executions) for repairs in _repairs(items)], deploys)
    by_deploy: dict[str, list[Incident]] = {}
    for incident in linked:
        by_deploy.setdefault(incident.causadora, []).append(incident)
    by_deploy.pop("", None)
    known = Production(deploys, at, linked, by_deploy, _rollbacks(items.values(), deploys), runs, first_of)
    over = [(moment, each) for each in filter(known.failed, deploys) if (moment := known.recovered(each))]
    over.sort(key=lambda each: (each[0], each[1].id))
    return replace(
        known,
        recovered_at=[moment for moment, _ in over],
        recoveries=[each for _, each in over],
        waiting=list(filter(known.waits, deploys)),
    )


def _is_before(item: Item | None) -> bool:
    return item is not None and item.tipo in _BEFORE_PRODUCTION


def _repairs(items: Mapping[str, Item]) -> list[list[Item]]:
    """The items that mend each incident: what opened it, then what followed where a release was rejected."""
    bugs = sorted((each for each in items.values() if each.tipo == _BUG), key=_created)
    found: dict[str, list[Item]] = {
        each.id: [each] for each in bugs if each.criado is not None and not _is_before(items.get(each.pai))
    }
    for each in bugs:
        first = _first(each, items)
        if first != each.id and first in found:
            found[first].append(each)
    return list(found.values())


def _created(item: Item) -> tuple[float, str]:
    return item.criado or 0.0, item.id


def _first(item: Item, items: Mapping[str, Item]) -> str:
    """The repair that an item goes on with, through questions that were answered with no; itself without."""
    seen: set[str] = set()
    above: Item | None = item
    while above is not None and above.id not in seen:
        seen.add(above.id)
        if above.tipo == _BUG:
            item = above
        following = items.get(above.pai)
        above = following if above.tipo != _BUG or _is_before(following) else None
    return item.id


def _incident(repairs: Sequence[Item], executions: Mapping[str, Execution]) -> Incident:
    item, own = repairs[0], executions.get(repairs[0].id)
    opened = own.bug.aberto if own is not None and own.bug is not None else None
    mending = [run for each in repairs if (run := executions.get(each.id)) is not None]
    mended = [run for run in mending if run.bug is not None and run.bug.implantado is not None]
    execution = next(iter([*reversed(mended), *reversed(mending)]), None)
    bug = execution.bug if execution is not None and execution.bug is not None else _NO_BUG
    caused = own.bug.causadora if own is not None and own.bug is not None else ""
    return Incident(
        item.id,
        item.spec_ref,
        opened if opened is not None else item.criado or 0.0,
        bug.implantado,
        execution.id if execution is not None else "",
        caused or item.causadora,
        desistido=repairs[-1].status == "Cancelado",
    )


_NO_BUG = Bug("", None, None, None, "")


def link(incidents: Sequence[Incident], deploys: Sequence[Deployment]) -> list[Incident]:
    """Each incident with the deployment that caused it; `deploys` are successful, by when they finished."""
    by_spec: dict[str, list[Deployment]] = {}
    for deploy in deploys:
        by_spec.setdefault(deploy.spec_ref, []).append(deploy)
    known = {deploy.id for deploy in deploys}
    return [_linked(each, by_spec.get(each.spec_ref, []), known) for each in incidents]


def _linked(incident: Incident, deploys: Sequence[Deployment], known: set[str]) -> Incident:
    if incident.causadora in known:
        return incident
    place = bisect_right(deploys, incident.aberto, key=lambda each: each.fim or 0.0)
    cause = deploys[place - 1].id if place else ""
    return replace(incident, causadora=cause)


def _rollbacks(items: Iterable[Item], deploys: Sequence[Deployment]) -> dict[str, float]:
    """By deployment that was taken back: the first `reverter` of its spec that ended after it finished."""
    done: dict[str, list[float]] = {}
    for item in items:
        if item.tipo == _ROLLBACK and item.concluido is not None:
            done.setdefault(item.spec_ref, []).append(item.concluido)
    found = {}
    for deploy in deploys:
        if deploy.status in UNDONE:
            after = [each for each in done.get(deploy.spec_ref, ()) if each >= (deploy.fim or 0.0)]
            if after:
                found[deploy.id] = min(after)
    return found
