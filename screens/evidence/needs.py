"""What an item needs and waits for: capabilities and dependencies, each with a sign and a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.content import Content

from screens.evidence.layout import BAD, DIM, GOOD, WARN, Field, field, paragraph, span, table, words
from screens.evidence.shapes import texts
from screens.evidence.values import at
from store.views.model import Document, ItemDetail

_STATES: dict[str, tuple[str, str, str]] = {
    "resolvida": ("✓", "there", GOOD),
    "aberta": ("…", "waiting", WARN),
    "quebrada": ("✗", "will not come", BAD),
    "dispensada": ("–", "done without", DIM),
}
_CAPABILITY = "cap:"


def state(dependency: Document) -> Content:
    """A dependency's state as a sign and a word."""
    name = str(dependency.get("estado", ""))
    sign, word, style = _STATES.get(name, ("?", name or "unknown", DIM))
    return span(f"{sign} {word}", style)


def needs(detail: ItemDetail) -> list[Field]:
    """Two fields: the capabilities that the spec needs, and what else the item depends on."""
    bound = _by_capability(detail)
    others = [entry for entry in detail.dependencias if entry not in bound.values()]
    capabilities = [_capability(name, bound.get(name), detail) for name in _wanted(detail, bound)]
    return [
        field("Needs", *(capabilities or [span("nothing besides Python", DIM)])),
        field("Depends on", *([_named(entry) for entry in others] or [span("nothing", DIM)])),
    ]


def _by_capability(detail: ItemDetail) -> dict[str, Document]:
    """The dependencies that stand for a capability, by its name: `cap:` ones, and gap items."""
    named = {str(item.get("id", "")): at(item, "contexto", "recurso") for item in detail.saga}
    found: dict[str, Document] = {}
    for entry in detail.dependencias:
        ref = str(entry.get("ref", ""))
        name = ref.removeprefix(_CAPABILITY) if is_capability(entry) else named.get(ref)
        if name:
            found[str(name)] = entry
    return found


def _wanted(detail: ItemDetail, bound: Mapping[str, Document]) -> list[str]:
    """Every capability by name: those of the price, and those that the item waits for besides."""
    priced = texts(at(detail.recursos, "dependencias", "recursos"))
    gaps = texts(at(detail.recursos, "dependencias", "gaps_infra"))
    return list(dict.fromkeys([*priced, *gaps, *bound]))


def _capability(name: str, dependency: Document | None, detail: ItemDetail) -> Content:
    """A capability as it stands now where the item waits for it, else as its probe found it when priced."""
    if dependency is not None:
        return words(span(name), state(dependency))
    missing = name in texts(at(detail.recursos, "dependencias", "gaps_infra"))
    return words(span(name), span("✗ missing", BAD) if missing else span("✓ there", GOOD))


def is_capability(dependency: Document) -> bool:
    return str(dependency.get("ref", "")).startswith(_CAPABILITY) or dependency.get("tipo") in (
        "capacidade",
        "cap",
    )


def _named(dependency: Document) -> Content:
    ref = str(dependency.get("ref", "")).removeprefix(_CAPABILITY).removeprefix("spec:")
    return words(span(dependency.get("titulo") or ref), state(dependency))


def listed(dependencies: Iterable[Document], width: int) -> list[Content]:
    """Every dependency on a line with its detail beneath, for the item's page."""
    entries = list(dependencies)
    if not entries:
        return [span("It depends on nothing.", DIM)]
    rows = [[state(entry), span(entry.get("ref", "")), span(entry.get("titulo", ""))] for entry in entries]
    lines: list[Content] = []
    for row, entry in zip(table(rows, width, grow=2), entries, strict=True):
        lines.append(row)
        if entry.get("detalhe"):
            lines += paragraph(entry["detalhe"], width, indent=4, style=DIM)
    return lines
