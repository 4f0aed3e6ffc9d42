"""Frozen versions of a spec: its files, content-addressed and immutable (design.md, "Content binding")."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Mapping
from typing import Any, Protocol

from jobs.specs.model import Spec
from jobs.specs.reading import parse_spec
from jobs.specs.sources import FrozenSource
from store.errors import WrongInput


class ObjectStore(Protocol):
    """Where files live by their SHA-256 (`jobs.attempts.Objects`)."""

    def put_bytes(self, data: bytes) -> str: ...

    def read(self, sha256: str) -> bytes: ...


def freeze(spec: Spec, objects: ObjectStore) -> dict[str, Any]:
    """Keep every file of the spec, and return what the `specs` document says of it.

    `id`, `versao` and `criada_em` are added when the version is stored. `sha256` is the version's digest: two
    specs with the same files have the same one. `tamanho` is in bytes.
    """
    arquivos = {name: objects.put_bytes(content) for name, content in sorted(spec.arquivos.items())}
    return {
        "spec_ref": spec.id,
        "titulo": spec.titulo,
        "sha256": digest(spec.arquivo, arquivos),
        "arquivo": spec.arquivo,
        "arquivos": arquivos,
        "tamanho": sum(len(content) for content in spec.arquivos.values()),
        "prioridade": spec.prioridade,
        "vertentes": [{"tipo": vertente.tipo, "nome": vertente.nome} for vertente in spec.vertentes],
        "depende_de": list(spec.depende_de),
        "fornece": list(spec.fornece),
        "estrategia_cobertura": spec.tdd.criterio,
        "cobertura_planejada_pct": spec.tdd.cobertura,
    }


def digest(arquivo: str, arquivos: Mapping[str, str]) -> str:
    """The digest of a version: of its files' digests, and their names as the spec knows them."""
    start = posixpath.dirname(arquivo) or "."
    names = {"" if name == arquivo else posixpath.relpath(name, start): sha for name, sha in arquivos.items()}
    listing = json.dumps(sorted(names.items()), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(listing.encode()).hexdigest()


def read_version(objects: ObjectStore, documento: Mapping[str, Any]) -> Spec:
    """The spec of a frozen version, exactly as it was added.

    Raises:
        WrongInput: an object is gone or damaged, or this oficina no longer reads the spec.
    """
    spec, problems = parse_spec(FrozenSource(documento["arquivo"], read_files(objects, documento)))
    if spec is None:
        raise problems[0]
    return spec


def read_files(objects: ObjectStore, documento: Mapping[str, Any]) -> dict[str, bytes]:
    """The bytes of every file of a frozen version, by path; see `read_version` for errors."""
    found = {}
    for name, sha256 in documento["arquivos"].items():
        try:
            content = objects.read(sha256)
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise WrongInput("the frozen file is gone or damaged", file=name, remedy="add the spec again")
        found[name] = content
    return found
