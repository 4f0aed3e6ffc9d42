"""What steps look up in the store, with one line for what is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from store.errors import OficinaError

Doc = dict[str, Any]


class Reads(Protocol):
    """A database or a transaction."""

    def get(self, collection: str, document_id: str) -> Doc | None: ...
    def find(self, collection: str, index: str, value: object) -> list[Doc]: ...


class NotThere(OficinaError):
    """Something that the work refers to is not in the store."""


def document(reads: Reads, collection: str, document_id: str) -> Doc:
    """The document, or NotThere that names it."""
    found = reads.get(collection, document_id) if document_id else None
    if found is None:
        raise NotThere(f"there is no {document_id or 'reference'} in {collection}")
    return found


def versions(reads: Reads, spec_ref: str) -> list[Doc]:
    """Every version of a spec, oldest first."""
    return sorted(reads.find("specs", "spec_ref", spec_ref), key=lambda doc: int(doc["versao"]))


def version(reads: Reads, spec_ref: str, versao: int | None = None) -> Doc:
    """A version of a spec, the latest where none is named."""
    for found in reversed(versions(reads, spec_ref)):
        if versao is None or found["versao"] == versao:
            return found
    raise NotThere(f"there is no version {versao or ''} of the spec {spec_ref}".replace("  ", " "))


def price_of(reads: Reads, spec_ref: str, versao: int) -> Doc | None:
    """The newest price of a spec's version, or None."""
    prices = [
        doc for doc in reads.find("specs_recursos", "spec_ref", spec_ref) if doc["spec_versao"] == versao
    ]
    return prices[-1] if prices else None


def releases_of(reads: Reads, spec_ref: str) -> Iterator[Doc]:
    """A spec's releases, newest first."""
    yield from reversed(reads.find("releases", "spec_ref", spec_ref))


def deployments_of(reads: Reads, spec_ref: str) -> Iterator[Doc]:
    """A spec's deployments, newest first."""
    yield from reversed(reads.find("implantacoes", "spec_ref", spec_ref))


def text(contexto: Mapping[str, Any], name: str) -> str:
    """A field of a `contexto` as text, empty where it has none."""
    value = contexto.get(name)
    return str(value) if value is not None else ""
