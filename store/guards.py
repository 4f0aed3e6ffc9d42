"""Guards of options: what must be so for one to be there, and to be chosen (`quando`, `exclui`, `requer`)."""

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
    """What an option's texts, fields and guards are read from: the item, and the capability it is about."""
    nome = item["contexto"].get("recurso")
    found = reads.find("capacidades", "nome", nome) if nome else []
    return {
        "item": item,
        "contexto": item["contexto"],
        "spec_ref": item["spec_ref"],
        "capacidade": found[0] if found else {},
    }


def is_there(answer: Answer, sources: Mapping[str, Any]) -> bool:
    """Whether the option is shown at all; it may still say why it can't be chosen."""
    return not _absent(answer, sources)


def why_not(answer: Answer, sources: Mapping[str, Any]) -> str:
    """Why the option can't be chosen now; empty when it can."""
    if answer.requer and lookup(answer.requer, sources) in _NOTHING:
        return fill(answer.senao, sources) if answer.senao else f"it needs {answer.requer}"
    return _absent(answer, sources)


def _absent(answer: Answer, sources: Mapping[str, Any]) -> str:
    """Why the option is not there at all; empty where it is."""
    if answer.quando and lookup(answer.quando, sources) in _NOTHING:
        return f"it is only for what has {answer.quando}"
    if answer.exclui and lookup(answer.exclui, sources) not in _NOTHING:
        return f"it is not for what has {answer.exclui}"
    return ""
