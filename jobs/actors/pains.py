"""GENESIS structures a pain: from PROMETHEUS's own words, or after an interview (mission 1.2, phase 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.actors.reading import Doc
from jobs.prontuario import PERSON, Prontuario, structuring
from jobs.protocol import Completion, StepContext, StepSpec
from store.backlog import Claim
from store.database import Transaction


def prepare(_context: StepContext, item: Mapping[str, Any]) -> Doc:
    """The pain as it was raised."""
    return {"contexto": item["contexto"], "produtor": item["produtor"]}


def structure(document: Doc) -> Doc:
    """`Prontuario.from_contexto`, and what only its person can tell: nobody else is interviewed."""
    prontuario = Prontuario.from_contexto(document["contexto"], document["produtor"])
    return {
        "prontuario": prontuario.to_document(),
        "faltam": prontuario.faltam if document["produtor"] == PERSON else [],
    }


def apply(_tx: Transaction, _context: StepContext, claim: Claim, outcome: Doc) -> Completion:
    """Hand it to the owner, who says how it is to end; or ask its person for what they have not said."""
    contexto = claim.item["contexto"]
    prontuario = Prontuario.from_contexto(contexto, claim.item["produtor"])
    if outcome["faltam"]:
        return Completion({"faltam": outcome["faltam"]}, [_interview(prontuario, contexto)])
    return Completion({"prontuario": outcome["prontuario"]}, [structuring(prontuario, contexto)])


def _interview(prontuario: Prontuario, contexto: Mapping[str, Any]) -> Doc:
    kept = ("recurso", "tipo_recurso", "spec_origem_ref")
    return {
        "tipo": "entrevistar_humano",
        "chave": "entrevista",
        "contexto": {
            **prontuario.campos,
            **{name: contexto[name] for name in kept if contexto.get(name)},
            "faltam": prontuario.faltam,
        },
    }


ENTREVISTAR_DOR = StepSpec("entrevistar_dor", "inline", "jobs.actors.pains:structure", prepare, apply)
