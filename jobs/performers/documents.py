"""The document that every performer gets, whoever it is (docs/performers.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.actors.reading import NotThere, version
from jobs.performers.shapes import PROTOCOL
from jobs.protocol import StepContext
from store.backlog import Claim
from store.budgets import budget_left
from store.contracts import Contract

Doc = dict[str, Any]

_ITEM = ("id", "tipo", "titulo", "contexto", "prioridade", "spec_ref", "spec_versao", "saga_id", "request_id")
_ATTEMPT = ("numero", "inicio", "fim", "fim_motivo", "motivo", "erro")
_SPEC = ("spec_ref", "versao", "titulo", "sha256", "arquivo", "arquivos")


def input_document(
    context: StepContext, claim: Claim, material: Mapping[str, Any], trabalho: Path, prazo_s: float | None
) -> Doc:
    """What a performer is handed for a claim (`seeds/schemas/performer-input.json`).

    `material` is what the step's own `prepare` gathered; `trabalho` is the attempt's directory, `prazo_s` the
    seconds that the attempt may take.
    """
    item = claim.item
    contract = context.backlog.rules.book.of(item)
    return {
        "protocolo": PROTOCOL,
        "item": {name: item[name] for name in _ITEM} | {"tentativa": claim.tentativa},
        "contrato": _contract(contract),
        "spec": _spec(context, item),
        "tentativas": [{name: each[name] for name in _ATTEMPT} for each in item["tentativas"][:-1]],
        "recado": str(item.get("recado", "")),
        "orcamento": budget_left(context.db, item) if contract.abre_execucao else None,
        "workspace": {"trabalho": str(trabalho), "spec": "", "testes": "", "anterior": ""},
        "limites": {"prazo_s": prazo_s, "turnos": None},
        "material": dict(material),
    }


def _contract(contract: Contract) -> Doc:
    return {
        "tipo": contract.tipo,
        "versao": contract.versao,
        "descricao": contract.descricao,
        "contexto": contract.contexto,
        "resultado": contract.resultado,
        "gera": [follow.tipo for follow in contract.gera],
    }


def _spec(context: StepContext, item: Mapping[str, Any]) -> Doc | None:
    """The version that the item is about; None where it is about none."""
    if not item["spec_ref"]:
        return None
    try:
        found = version(context.db, item["spec_ref"], item["spec_versao"])
    except NotThere:
        return None
    return {name: found[name] for name in _SPEC}
