"""Epistemologia specifies: a spec of its own for a capability, which then goes through the whole line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.actors.reading import Doc
from jobs.capabilities import Capability
from jobs.protocol import Completion, StepContext, StepSpec
from jobs.specs.adding import add_version, known_specs
from store.backlog import Claim
from store.database import Transaction


def prepare(context: StepContext, item: Mapping[str, Any]) -> Doc:
    """The definition as it was approved when the line began, and what its spec is checked against."""
    capabilities: Mapping[str, Capability] = context.config["definitions"].capabilities
    found = capabilities.get(str(item["contexto"].get("recurso") or ""))
    known = known_specs(context.db, context.workspace.root)
    return {
        "item": item["id"],
        "contexto": item["contexto"],
        "capacidade": found.to_document() if found is not None else None,
        "conhecidas": [{**vars(each), "depende_de": list(each.depende_de)} for each in known.values()],
        "capacidades": sorted(capabilities),
        "workspace": str(context.workspace.root),
    }


def apply(tx: Transaction, context: StepContext, claim: Claim, outcome: Doc) -> Completion:
    """Add the version and have it priced; or leave the draft to a person."""
    item = claim.item
    if outcome["versao"] is None:
        return Completion({"rascunho": outcome["rascunho"]}, [_for_a_person(item["contexto"], outcome)])
    added = add_version(tx, outcome["versao"], context.backlog, context.clock, pai=item["id"])
    return Completion(
        {"spec_ref": added.spec_ref, "spec_versao": added.versao, "rascunho": outcome["rascunho"]}
    )


def _for_a_person(contexto: Mapping[str, Any], outcome: Mapping[str, Any]) -> Doc:
    kept = ("recurso", "criterio_sucesso", "sintoma", "motivo")
    asked: Doc = {name: contexto[name] for name in kept if contexto.get(name)}
    asked |= {name: outcome[name] for name in ("rascunho", "spec_ref")} | {"porque": outcome["motivo"]}
    child: Doc = {"tipo": "escrever_spec", "chave": "escrever", "contexto": asked}
    if not contexto.get("recurso"):
        child["titulo"] = f"Write a spec: {contexto.get('sintoma') or outcome['spec_ref']}"
    return child


ESPECIFICAR = StepSpec("especificar", "process", "jobs.steps.specifying:run", prepare, apply)
