"""What became of a dependency: an item's end, a spec's validated deployment, a capability's probe.

Section 3 of prometheus_arquitetura.md, with the outcomes that design.md ("Dependencies name an outcome")
rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from store.backlog.operation import ITEMS, Operation
from store.backlog.ports import Doc
from store.collections import AWAITED, HOLDING, awaited, number_of
from store.documents.item import OPEN, UNSETTLED, Status

SPEC, CAPABILITY = "spec:", "cap:"
NEVER_EXISTED = "inexistente"
"""Why an item's reference is broken for ever: ids are given out in order, and a later one means another
item.
"""

REFERENCE = re.compile(r"BKL-[0-9]{4,12}|spec:[^\s:]+|cap:[^\s:]+")

ENDED_WELL = frozenset({Status.CONCLUIDO, Status.PULADO})
WAITING = frozenset(HOLDING)
"""States of a dependency that still hold its item."""


class Outcome(NamedTuple):
    """`aberta`, `resolvida` or `quebrada`, and by what."""

    estado: str
    por: str


def outcome(op: Operation, ref: str) -> Outcome:
    """What became of a dependency, as of now."""
    if ref.startswith(SPEC):
        return spec_outcome(op, ref.removeprefix(SPEC))
    if ref.startswith(CAPABILITY):
        return capability_outcome(op, ref.removeprefix(CAPABILITY))
    return item_outcome(op, ref)


def item_outcome(op: Operation, item_id: str) -> Outcome:
    """An item's end with the ends of its parts; a gap's is its capability's probe. One broken part breaks
    it.
    """
    waits_for, stack, seen = "", [item_id], {item_id}
    while stack:
        current = stack.pop()
        item = op.find_item(current)
        found = _archived(op, current) if item is None else _own_outcome(op, item)
        if found.estado == "quebrada":
            return found
        if found.estado == "aberta":
            waits_for = waits_for or current
        elif item is not None and not is_gap(op, item):
            fresh = [child for child in parts(op, item) if child not in seen]
            seen.update(fresh)
            stack.extend(fresh)
    return Outcome("aberta", waits_for) if waits_for else Outcome("resolvida", item_id)


def _own_outcome(op: Operation, item: Doc) -> Outcome:
    """An item's outcome without its parts."""
    status, item_id = item["status"], item["id"]
    if item["desfecho"]:
        return Outcome("resolvida" if item["desfecho"] == "alcancado" else "quebrada", item_id)
    if status in (Status.FALHOU, Status.CANCELADO):
        return Outcome("quebrada", item_id)
    if is_gap(op, item):
        return Outcome("quebrada" if status == Status.PULADO else "aberta", item_id)
    return Outcome("aberta" if status in OPEN else "resolvida", item_id)


def _archived(op: Operation, item_id: str) -> Outcome:
    stub = op.rules.store.stub(item_id)
    if stub is None:
        return Outcome("quebrada", NEVER_EXISTED)
    return Outcome("resolvida" if stub["fim"] in ENDED_WELL else "quebrada", item_id)


def parts(op: Operation, item: Doc) -> Iterator[str]:
    """The generated items that are part of the item."""
    for child_id in item["items_gerados"]:
        child = op.find_item(child_id)
        if child is not None and child["parte"]:
            yield child_id


def is_gap(op: Operation, item: Doc) -> bool:
    """Whether depending on the item means that a probe passes.

    A pain that names no capability has nothing to probe: it ends as any item does.
    """
    return op.contract(item).desfecho == "sonda" and bool(item["contexto"].get("recurso"))


def spec_outcome(op: Operation, spec_ref: str) -> Outcome:
    """Whether the latest version's deployment was validated; broken when nothing is under way that could
    lead there.
    """
    latest = latest_version(op, spec_ref)
    if latest is None:
        return Outcome("quebrada", f"{SPEC}{spec_ref}")
    name = f"{SPEC}{spec_ref}@{latest['versao']}"
    if latest["validada_em"]:
        return Outcome("resolvida", name)
    alive = next(work_on(op, spec_ref, latest["versao"]), None)
    return Outcome("quebrada", name) if alive is None else Outcome("aberta", alive["id"])


def latest_version(op: Operation, spec_ref: str) -> Doc | None:
    """The newest `specs` document of a spec."""
    return max(op.tx.find("specs", "spec_ref", spec_ref), key=lambda doc: int(doc["versao"]), default=None)


def work_on(op: Operation, spec_ref: str, versao: int) -> Iterator[Doc]:
    """What may still bring a spec's version to its validated deployment: open items, and dead letters."""
    for item in op.items_by("spec_ref", spec_ref):
        if item["status"] in UNSETTLED and item["spec_versao"] == versao and contributes(op, item):
            yield item


def contributes(op: Operation, item: Doc) -> bool:
    """Whether an item is on its spec's way, rather than asked after the end, raised about another item, or
    brought up by a task's work and not started.
    """
    if item.get("filho_de") and item["retido"]:
        return False
    contract = op.contract(item)
    return not (contract.acompanhamento or contract.interno or contract.compartilhado)


def capability_outcome(op: Operation, nome: str) -> Outcome:
    """Whether a capability's probe passed; broken when it failed and no gap works on it."""
    found = capability(op, nome)
    if found is not None and found["sonda"] and found["sonda"]["passou"]:
        return Outcome("resolvida", f"{CAPABILITY}{nome}")
    gap = next(living_gaps(op, nome), None)
    if gap is not None:
        return Outcome("aberta", gap["id"])
    asked = found is not None and found["pedida_em"]
    return Outcome("aberta" if asked else "quebrada", f"{CAPABILITY}{nome}")


def capability(op: Operation, nome: str) -> Doc | None:
    """The `capacidades` document of that name."""
    return next(iter(op.tx.find("capacidades", "nome", nome)), None)


def living_gaps(op: Operation, nome: str) -> Iterator[Doc]:
    """The gaps that still work towards a capability."""
    for item in op.items_by("contexto.recurso", nome):
        if is_gap(op, item) and _own_outcome(op, item).estado == "aberta":
            yield item


def waiting_for(op: Operation, ref: str, *estados: str) -> list[Doc]:
    """The items that a dependency holds, oldest first: all of them, or those for which it has one of these
    states. O(what is found), by the index.
    """
    found: list[Doc] = []
    for estado in estados or HOLDING:
        found += op.items_by(AWAITED, awaited(ref, estado))
    held = [item for item in found if item["status"] == Status.BLOQUEADO and holds(item, ref)]
    return held if len(estados) == 1 else sorted(held, key=lambda item: number_of(item["id"]))


def is_awaited(op: Operation, ref: str) -> bool:
    """Whether a dependency holds anybody; nobody is read for it."""
    return any(op.tx.count_by(ITEMS, AWAITED, awaited(ref, estado)) for estado in HOLDING)


def holds(item: Doc, ref: str) -> bool:
    """Whether that dependency still holds the item."""
    return item["dependencias"][ref]["estado"] in WAITING


def gaps_behind(op: Operation, ref: str) -> Iterator[str]:
    """The ids that may be gaps which a dependency waits for, directly or by a capability's name."""
    if ref.startswith(CAPABILITY):
        yield from [gap["id"] for gap in living_gaps(op, ref.removeprefix(CAPABILITY))]
    elif not ref.startswith(SPEC):
        yield ref


def mark_verifying(op: Operation, item: Doc) -> bool:
    """Say in the open episode whether a probe that could end it is asked for; True when that is new."""
    if item["status"] != Status.BLOQUEADO:
        return False
    asked = any(_is_probed(op, ref) for ref in item["depende_de"] if holds(item, ref))
    episode = item["bloqueios"][-1]
    before, episode["verificando"] = episode["verificando"], asked
    return bool(before != asked)


def _is_probed(op: Operation, ref: str) -> bool:
    nome = ref.removeprefix(CAPABILITY) if ref.startswith(CAPABILITY) else ""
    gap = op.find_item(ref)
    if gap is not None and is_gap(op, gap) and _own_outcome(op, gap).estado == "aberta":
        nome = gap["contexto"]["recurso"]
    found = capability(op, nome) if nome else None
    return bool(found and found["pedida_em"])
