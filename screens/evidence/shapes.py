"""Where a figure stands in the documents; each reader gives None or empty where it is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from screens.evidence.values import at
from store.views.model import Document, ItemDetail

Level = Literal["p50", "p80"]


def amount(block: object, name: str, level: Level) -> Any:
    """A P50 or P80 figure of a price's block: `{name: {p50, p80}}`, or a plain figure that is both."""
    value = block.get(name) if isinstance(block, Mapping) else None
    return value.get(level) if isinstance(value, Mapping) else value


def documents(value: object) -> list[Document]:
    """The documents of a list; anything else in it is left out."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [entry for entry in value if isinstance(entry, Mapping)]


def texts(value: object) -> list[str]:
    """A list as texts; a lone value is a list of one."""
    if value is None or value == "":
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [str(entry) for entry in value]
    return [str(value)]


def files(document: Document | None) -> list[tuple[str, str, int | None]]:
    """`(path, sha256, bytes)` of a release's or spec's files, whether stored as a mapping or as a list."""
    block = at(document, "arquivos")
    if isinstance(block, Mapping):
        return [(str(path), *_sum_and_size(value)) for path, value in sorted(block.items())]
    return [
        (str(entry.get("nome") or entry.get("caminho") or ""), *_sum_and_size(entry))
        for entry in documents(block)
    ]


def _sum_and_size(value: object) -> tuple[str, int | None]:
    if isinstance(value, Mapping):
        length = value.get("tamanho")
        return str(value.get("sha256", "")), length if isinstance(length, int) else None
    return str(value), None


def report(detail: ItemDetail) -> Document | None:
    """The test report that belongs to an item: its release's, else that of its own resultado."""
    for document, path in (
        (detail.release, ("testes",)),
        (detail.item, ("resultado", "testes")),
        (detail.item, ("contexto", "testes")),
    ):
        found = at(document, *path)
        if isinstance(found, Mapping):
            return found
    return None


def contexto(detail: ItemDetail) -> Document:
    value = detail.item.get("contexto")
    return value if isinstance(value, Mapping) else {}
