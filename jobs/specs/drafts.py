"""Specs that Epistemologia writes: from a capability's definition, or as far as a pain tells.

The same definition gives the same bytes. A file that is there is never written over.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from jobs.capabilities import Capability
from jobs.specs.reading import MAX_ID
from store.errors import WrongInput

DIRECTORY = "specs"

_BLANK_SIDE = {
    "tipo": "E",
    "nome": "modelo",
    "schema": {
        "title": "Modelo",
        "type": "object",
        "required": ["campo"],
        "properties": {"campo": {"type": "string"}},
    },
}
"""What a person replaces: the shape of a vertente, which says nothing of what is wanted."""


@dataclass(frozen=True)
class Draft:
    """A spec's file as it is to be written."""

    spec_id: str
    texto: str
    completo: bool
    """Whether it says what is to be built; otherwise a person goes on with it."""

    @property
    def arquivo(self) -> str:
        """Its place in the workspace."""
        return f"{DIRECTORY}/{self.spec_id}.yaml"


def spec_id(name: str) -> str:
    """An id of a spec from any name: `python-3.11` gives `python-3-11`."""
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:MAX_ID].strip("-")
    return word if word[:1].isalpha() else f"spec-{word}".strip("-")[:MAX_ID]


def of_capability(capability: Capability) -> Draft:
    """The spec that provides a capability: whole where its definition has a `spec`, else a beginning."""
    nome = _line(capability.nome)
    told, blank = capability.spec, {"vertentes": [_BLANK_SIDE]}
    body: dict[str, Any] = {
        "id": spec_id(capability.nome),
        "titulo": (told or {}).get("titulo") or _line(capability.descricao or capability.nome),
        "descricao": (told or {}).get("descricao") or _about(capability),
        **{name: value for name, value in (told or blank).items() if name not in ("titulo", "descricao")},
        "fornece": [capability.nome],
    }
    if told is not None:
        head = f"Written by Epistemologia from the definition of {nome}."
        return Draft(body["id"], _text([head], body), True)
    lines = [
        f"A beginning: the spec that brings {nome}. Replace `vertentes` by what is to be built,",
        "and say under `schema_tdd` what it must do; `fornece` makes it the answer to what was asked.",
    ]
    return Draft(body["id"], _text(lines, body), False)


def of_pain(item_id: str, told: Mapping[str, Any]) -> Draft:
    """The beginning of a spec that is to end a pain; its id is what makes it the answer."""
    prontuario: Mapping[str, Any] = told.get("prontuario") or {}
    body: dict[str, Any] = {
        "id": spec_id(f"dor-{item_id}"),
        "titulo": _line(str(told.get("sintoma") or item_id)),
        "descricao": "\n".join(
            f"{name}: {', '.join(value) if isinstance(value, list) else value}"
            for name, value in prontuario.items()
            if value and name != "origem"
        ),
        "vertentes": [_BLANK_SIDE],
    }
    lines = [
        "A beginning: the spec that is to end this pain. Replace `vertentes` by what is to be built, and say",
        "under `schema_tdd` what it must do. Keep the id: it is what makes this the answer.",
    ]
    return Draft(body["id"], _text(lines, body), False)


def place(root: Path, draft: Draft) -> bool:
    """Write a draft into the workspace; False where another file has its place, which stays as it is.

    Raises WrongInput where `specs` leads out of the workspace.
    """
    directory = root / DIRECTORY
    if directory.is_symlink():
        raise WrongInput(f"{DIRECTORY} is a link", remedy="make it a directory: specs are written there")
    directory.mkdir(exist_ok=True)
    path, content = root / draft.arquivo, draft.texto.encode()
    temporary = directory / f".{draft.spec_id}-{secrets.token_hex(4)}"
    try:
        temporary.write_bytes(content)
        # A link is made whole or not at all, and never over what is there.
        os.link(temporary, path)
    except FileExistsError:
        return path.is_file() and not path.is_symlink() and path.read_bytes() == content
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    return True


def _about(capability: Capability) -> str:
    criterio = f"Pronta quando: {capability.criterio}" if capability.criterio else ""
    return "\n".join(line for line in (capability.descricao, criterio) if line)


def _line(text: str) -> str:
    return " ".join(text.split())[:120]


def _text(comment: list[str], body: Mapping[str, Any]) -> str:
    head = "".join(f"# {line}\n" for line in comment)
    return head + yaml.safe_dump(dict(body), allow_unicode=True, sort_keys=False, width=100)
