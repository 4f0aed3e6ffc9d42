"""PROMETHEUS prices: `specs_recursos`, the budget question, and a pain for each gap (mission 1.2, 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.actors.reading import Doc, price_of, version, versions
from jobs.capabilities import Capability
from jobs.protocol import Completion, StepContext, StepSpec
from jobs.secrets import masker_of
from store.backlog import Claim
from store.database import Transaction
from store.documents import complete
from store.metrics.learning import learn


def prepare(context: StepContext, item: Mapping[str, Any]) -> Doc:
    """The version to price, the workspace's own prices where it has any, who will build it, what finished
    executions teach of estimates, and the capabilities.

    Capabilities name commands: they are those that were approved when the line began, not what the file has
    come to say since.
    """
    paths = context.workspace
    definitions = context.config["definitions"]
    capabilities: Mapping[str, Capability] = definitions.capabilities
    return {
        "spec": version(context.db, item["contexto"]["spec_ref"], item["contexto"]["spec_versao"]),
        "pricing": str(paths.definition("pricing") or ""),
        "performer": definitions.actors.performer_of("desenvolvimento"),
        "aprendido": learn(context.db).plain(),
        "capacidades": [each.to_document() for each in capabilities.values()],
        "pedidas": {nome: context.backlog.sonda_pedida(nome) for nome in capabilities},
        "workspace": str(paths.root),
        "secrets": context.config.get("secrets", {}),
        "aprovados": context.config.get("approved", {}),
    }


def apply(tx: Transaction, context: StepContext, claim: Claim, outcome: Doc) -> Completion:
    """Store the price; ask for the budget, behind its gaps and the specs that must be there first."""
    item, contexto = claim.item, claim.item["contexto"]
    mask = masker_of(context.config)
    for sonda in outcome["sondas"]:
        said, pedido = mask(sonda["detalhe"]), sonda.get("pedido")
        context.backlog.registrar_sonda(sonda["nome"], sonda["passou"], said, pedido=pedido, tx=tx)
    recursos = outcome["recursos"] | {
        "spec_item_ref": item["id"],
        "saga_id": item["saga_id"],
        "criado_em": context.clock.now(),
    }
    recursos_ref = tx.insert("specs_recursos", complete("specs_recursos", recursos))
    gaps = [_gap(gap, contexto["spec_ref"]) for gap in outcome["gaps"]]
    budget = _budget(tx, contexto, recursos_ref, recursos, gaps)
    return Completion(
        {
            "spec_recursos_ref": recursos_ref,
            "gaps": [gap["contexto"]["recurso"] for gap in gaps],
            "status": recursos["dependencias"]["status"],
        },
        [*gaps, budget],
    )


def _gap(contexto: Doc, spec_ref: str) -> Doc:
    """One pain a missing capability, whoever needs it; whom it blocks is added as they come to wait."""
    return {
        "tipo": "entrevistar_dor",
        "chave": f"gap:{contexto['recurso']}",
        "contexto": {**contexto, "spec_origem_ref": spec_ref},
    }


def _budget(tx: Transaction, contexto: Doc, recursos_ref: str, recursos: Doc, gaps: list[Doc]) -> Doc:
    custo = recursos["custo"]
    asked: Doc = {
        "spec_ref": contexto["spec_ref"],
        "spec_versao": contexto["spec_versao"],
        "spec_recursos_ref": recursos_ref,
        "custo_p50": custo["total_p50"],
        "custo_p80": custo["total_p80"],
        "gaps": [gap["contexto"]["recurso"] for gap in gaps],
    }
    before = _before(tx, contexto["spec_ref"], contexto["spec_versao"])
    if before:
        asked["anterior"] = before
    specs = recursos["dependencias"]["specs_pre_requisito"]
    return {
        "tipo": "aprovar_orcamento",
        "chave": "orcamento",
        "contexto": asked,
        "depende_de": [f"@{gap['chave']}" for gap in gaps] + [f"spec:{ref}" for ref in specs],
    }


def _before(tx: Transaction, spec_ref: str, versao: int) -> Doc | None:
    """The price of the version before, for the difference that the question shows."""
    older = [doc["versao"] for doc in versions(tx, spec_ref) if doc["versao"] < versao]
    price = price_of(tx, spec_ref, older[-1]) if older else None
    if price is None:
        return None
    return {
        "spec_versao": older[-1],
        "spec_recursos_ref": price["id"],
        "custo_p80": price["custo"]["total_p80"],
    }


ORCAR_SPEC = StepSpec("orcar_spec", "process", "jobs.steps.pricing:run", prepare, apply)
