"""GENESIS structures a pain: from PROMETHEUS's own words, without an interview (mission 1.2, phase 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.actors.reading import Doc
from jobs.protocol import Completion, StepContext, StepSpec
from store.backlog import Claim
from store.database import Transaction

_PRONTUARIO = ("sintoma", "frequencia", "afetados", "impacto", "tentativas", "criterio_sucesso")


def prepare(_context: StepContext, item: Mapping[str, Any]) -> Doc:
    """The pain as it was raised."""
    return {"contexto": item["contexto"], "produtor": item["produtor"]}


def structure(document: Doc) -> Doc:
    """`Prontuario.from_contexto`: the six fields, and who raised them."""
    contexto = document["contexto"]
    return {
        "prontuario": {name: contexto.get(name) for name in _PRONTUARIO} | {"origem": document["produtor"]}
    }


def apply(_tx: Transaction, _context: StepContext, claim: Claim, outcome: Doc) -> Completion:
    """Hand it to the owner, who says how the capability is to be brought in."""
    contexto = claim.item["contexto"]
    names = ("recurso", "tipo_recurso", "sintoma", "criterio_sucesso", "afetados")
    asked = {name: contexto[name] for name in names if name in contexto} | {
        "prontuario": outcome["prontuario"]
    }
    return Completion(
        {"prontuario": outcome["prontuario"]},
        [{"tipo": "estruturar_produto", "chave": "estruturar", "contexto": asked}],
    )


ENTREVISTAR_DOR = StepSpec("entrevistar_dor", "inline", "jobs.actors.pains:structure", prepare, apply)
