"""PROMETHEUS installs a capability: the owner decided on its command, the probe says whether it helped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.actors.reading import Doc
from jobs.actors.signing import CAPABILITY
from jobs.capabilities import Capability
from jobs.protocol import Completion, StepContext, StepSpec
from jobs.secrets import masker_of
from store.backlog import Claim
from store.database import Transaction

_LONGEST_OUTPUT = 8_000


def prepare(context: StepContext, item: Mapping[str, Any]) -> Doc:
    """The definition as it was approved when the line began, and the command that was decided on."""
    capabilities: Mapping[str, Capability] = context.config["definitions"].capabilities
    found = capabilities.get(item["contexto"]["recurso"])
    if found is not None and found.nome == CAPABILITY and "key_begun" in context.config:
        context.config["key_begun"](found.prazo_instalar_s)
    return {
        "capacidade": found.to_document() if found is not None else None,
        "comando": item["contexto"]["comando"],
        "workspace": str(context.workspace.root),
        "secrets": context.config.get("secrets", {}),
        "aprovados": context.config.get("approved", {}),
    }


def apply(tx: Transaction, context: StepContext, claim: Claim, outcome: Doc) -> Completion:
    """Keep what it said. That its gap's work has ended is what asks for the probe."""
    mask, contexto = masker_of(context.config), claim.item["contexto"]
    said = mask(outcome["detalhe"])
    context.backlog.registrar_instalacao(
        contexto["recurso"], outcome["instalada"], said, item_ref=claim.item["id"], tx=tx
    )
    if contexto["recurso"] == CAPABILITY and "key_made" in context.config:
        context.config["key_made"](made=outcome["instalada"])
    saida = mask(outcome["saida"])[-_LONGEST_OUTPUT:]
    return Completion({"instalada": outcome["instalada"], "detalhe": said, "saida": saida})


INSTALAR_CAPACIDADE = StepSpec("instalar_capacidade", "process", "jobs.steps.installing:run", prepare, apply)
