"""`especificar`: Epistemologia writes the spec that brings a capability, from its definition.

Input: `{item, contexto, capacidade, conhecidas, capacidades, workspace}`: the item's id and context, the
definition (null for a pain that names none), the specs that are known, and the capabilities' names. Outcome:
`{rascunho, versao, motivo}`: the file, the frozen version, or (null) why a person has to go on with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.capabilities import Capability
from jobs.performers.channel import Channel
from jobs.specs.checking import KnownSpec, check_spec
from jobs.specs.drafts import Draft, of_capability, of_pain, place
from jobs.specs.freezing import freeze
from jobs.specs.reading import read_spec
from store.errors import WrongInput


def run(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Write the file, check it as `spec add` does, and freeze it."""
    root, draft = Path(document["workspace"]), _draft(document)
    channel.progress("write", texto=draft.arquivo)
    if not place(root, draft):
        return _for_a_person(draft, f"{draft.arquivo} is there already and says something else")
    channel.output(f"wrote {draft.arquivo}")
    if not draft.completo:
        return _for_a_person(draft, "its definition does not say what is to be built")
    known = {each["spec_ref"]: KnownSpec(**each) for each in document["conhecidas"]}
    spec, problems = read_spec(root / draft.arquivo, root)
    if spec is not None:
        problems = check_spec(spec, known, document["capacidades"])
    if spec is None or problems:
        return _for_a_person(draft, f"the definition's spec is wrong: {_said(problems)}")
    return {"rascunho": draft.arquivo, "versao": freeze(spec, channel.objects), "motivo": ""}


def _draft(document: dict[str, Any]) -> Draft:
    if document["capacidade"] is None:
        return of_pain(document["item"], document["contexto"])
    return of_capability(Capability.from_document(document["capacidade"]))


def _for_a_person(draft: Draft, why: str) -> dict[str, Any]:
    return {"rascunho": draft.arquivo, "versao": None, "motivo": why, "spec_ref": draft.spec_id}


def _said(problems: list[WrongInput]) -> str:
    return str(problems[0]) if problems else "it can't be read"
