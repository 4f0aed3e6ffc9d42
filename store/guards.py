"""Guards of options: what must be so for an answer to be there, and to be chosen (`requer`, `exclui`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from store.backlog.expressions import MISSING, fill, lookup
from store.contracts import Answer

Doc = dict[str, Any]
_NOTHING = (MISSING, None, "", False)


class Reads(Protocol):
    """A store or a transaction."""

    def find(self, collection: str, index: str, value: Any) -> list[Doc]: ...


def sources_of(reads: Reads, item: Mapping[str, Any]) -> dict[str, Any]:
    """What an option's texts, fields and guards are read from: the item, and the capability that it is about."""
    nome = item["contexto"].get("recurso")
    found = reads.find("capacidades", "nome", nome) if nome else []
    return {
        "item": item,
        "contexto": item["contexto"],
        "spec_ref": item["spec_ref"],
        "capacidade": found[0] if found else {},
    }


def is_there(answer: Answer, sources: Mapping[str, Any]) -> bool:
    """Whether the option is shown at all; one that says why it can't be chosen is."""
    if answer.exclui and lookup(answer.exclui, sources) not in _NOTHING:
        return False
    return not answer.requer or bool(answer.senao) or lookup(answer.requer, sources) not in _NOTHING


def why_not(answer: Answer, sources: Mapping[str, Any]) -> str:
    """Why the option can't be chosen now; empty when it can."""
    if answer.requer and lookup(answer.requer, sources) in _NOTHING:
        return fill(answer.senao, sources) if answer.senao else f"it needs {answer.requer}"
    if answer.exclui and lookup(answer.exclui, sources) not in _NOTHING:
        return f"it is not for what has {answer.exclui}"
    return ""
