"""Deployments in production and the incidents that they caused (metrics.md, "DORA").

An incident is a `corrigir_bug` that did not come from a release that was never deployed. It is linked to the
deployment that it names, else to the newest successful one of its spec that had finished before it opened.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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

    def failed(self, deploy: Deployment) -> bool:
        """It needed somebody at once: an incident, or it was taken back."""
        return deploy.status in UNDONE or bool(self.by_deploy.get(deploy.id))

    def recovered(self, deploy: Deployment) -> Moment:
        """When its failure was over: rolled back, or mended, whichever came first after it finished."""
        found = [each.resolvido for each in self.by_deploy.get(deploy.id, ())]
        moments = [*found, self.rollbacks.get(deploy.id)]
        after = [each for each in moments if each is not None and each >= (deploy.fim or 0.0)]
        return min(after, default=None)


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
    open_ = [
        each
        for each in items.values()
        if each.tipo == _BUG and each.criado is not None and not _is_before(items.get(each.pai))
    ]
    linked = link([_incident(item, executions.get(item.id)) for item in open_], deploys)
    by_deploy: dict[str, list[Incident]] = {}
    for incident in linked:
        by_deploy.setdefault(incident.causadora, []).append(incident)
    by_deploy.pop("", None)
    return Production(
        deploys,
        at,
        linked,
        by_deploy,
        _rollbacks(items.values(), deploys),
        runs,
        first_of,
    )


def _is_before(item: Item | None) -> bool:
    return item is not None and item.tipo in _BEFORE_PRODUCTION


def _incident(item: Item, execution: Execution | None) -> Incident:
    bug = execution.bug if execution is not None and execution.bug is not None else _NO_BUG
    return Incident(
        item.id,
        item.spec_ref,
        bug.aberto if bug.aberto is not None else item.criado or 0.0,
        bug.implantado,
        execution.id if execution is not None else "",
        bug.causadora or item.causadora,
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
    return Incident(
        incident.id, incident.spec_ref, incident.aberto, incident.resolvido, incident.execucao, cause
    )


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
