"""What an item needs and waits for: capabilities and dependencies, each with a sign and a word."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from screens.evidence.layout import BAD, DIM, GOOD, WARN, Field, field, paragraph, span, table, words
from screens.evidence.price import gaps
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
    """Two fields: the capabilities that the spec needs, and what else it depends on."""
    capabilities = [entry for entry in detail.dependencias if is_capability(entry)]
    others = [entry for entry in detail.dependencias if not is_capability(entry)]
    named = [_named(entry) for entry in capabilities] or _probed(detail)
    return [
        field("Needs", *(named or [span("nothing besides Python", DIM)])),
        field("Depends on", *([_named(entry) for entry in others] or [span("nothing", DIM)])),
    ]


def is_capability(dependency: Document) -> bool:
    return str(dependency.get("ref", "")).startswith(_CAPABILITY) or dependency.get("tipo") in (
        "capacidade",
        "cap",
    )


def _named(dependency: Document) -> Content:
    ref = str(dependency.get("ref", "")).removeprefix(_CAPABILITY).removeprefix("spec:")
    return words(span(dependency.get("titulo") or ref), state(dependency))


def _probed(detail: ItemDetail) -> list[Content]:
    """The capabilities that the spec names and the price found, then those that it found missing."""
    wanted = texts(at(detail.spec, "recursos"))
    missing = texts(at(detail.recursos, "dependencias", "gaps_infra"))
    present = [words(span(name), span("✓ there", GOOD)) for name in wanted if name not in missing]
    return [*present, *gaps(detail.recursos)]


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
