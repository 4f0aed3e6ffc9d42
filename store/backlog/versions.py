"""A new version of a spec voids what was under way for the older ones."""

from __future__ import annotations

from store.backlog.endings import finish
from store.backlog.gaps import new_capability, request_probe, save_capability
from store.backlog.operation import Operation
from store.backlog.outcomes import SPEC, capability, latest_version, living_gaps
from store.backlog.ports import Doc
from store.documents.item import UNSETTLED, Status


def supersede(op: Operation, spec_ref: str, versao: int) -> list[str]:
    """Cancel the older versions' items (but those that their contract keeps); returns their ids."""
    older = [item for item in op.items_by("spec_ref", spec_ref) if _is_void(op, item, versao)]
    for item in older:
        if item["status"] in UNSETTLED:
            finish(op, item, Status.CANCELADO, motivo=f"{spec_ref} has a new version: {versao}")
    _keep_providers(op, spec_ref)
    return [item["id"] for item in older]


def _is_void(op: Operation, item: Doc, versao: int) -> bool:
    if item["status"] not in UNSETTLED or item["spec_versao"] is None or item["spec_versao"] >= versao:
        return False
    contract = op.contract(item)
    if contract.interno or contract.versao_nova == "mantem":
        return False
    return not (contract.versao_nova == "termina" and item["status"] == Status.EM_PROCESSAMENTO)


def _keep_providers(op: Operation, spec_ref: str) -> None:
    """Capabilities know which specs provide them, by the specs' latest versions."""
    latest = latest_version(op, spec_ref)
    provided = set(latest["fornece"]) if latest is not None else set()
    ever = {nome for version in op.tx.find("specs", "spec_ref", spec_ref) for nome in version["fornece"]}
    for nome in sorted(ever):
        found = capability(op, nome) or new_capability(nome)
        known = spec_ref in found["fornecida_por"]
        if known == (nome in provided):
            continue
        if known:
            found["fornecida_por"].remove(spec_ref)
            for gap in living_gaps(op, nome):
                op.later("exhausted", gap["id"])
        else:
            found["fornecida_por"].append(spec_ref)
        save_capability(op, found)


def validate_spec(op: Operation, item: Doc) -> None:
    """The item's spec version is deployed and validated: who waits for the spec, or for what it provides,
    goes on.
    """
    version = next(
        (
            doc
            for doc in op.tx.find("specs", "spec_ref", item["spec_ref"])
            if doc["versao"] == item["spec_versao"]
        ),
        None,
    )
    if version is None:
        return
    version.update(validada_em=op.now, validada_por=item["id"])
    op.tx.put("specs", version)
    op.event("spec.validada", item, versao=item["spec_versao"])
    op.later("outcome", SPEC + item["spec_ref"])
    for nome in version["fornece"]:
        if next(living_gaps(op, nome), None) is not None:
            request_probe(op, nome)


def asked_for(op: Operation, spec_ref: str) -> list[Doc]:
    """The open items of people that the new version answers, oldest first."""
    found = [item for item in op.items_by("spec_ref", spec_ref) if _waits_for_version(op, item)]
    latest = latest_version(op, spec_ref)
    for nome in latest["fornece"] if latest else ():
        found += [item for item in op.items_by("contexto.recurso", nome) if _waits_for_version(op, item)]
    return list({item["id"]: item for item in found}.values())


def _waits_for_version(op: Operation, item: Doc) -> bool:
    return bool(
        item["humano"] and item["status"] == Status.PENDENTE and op.contract(item).versao_nova == "mantem"
    )
