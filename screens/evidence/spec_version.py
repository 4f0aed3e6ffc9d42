"""A spec's version: which one is asked about, and how it differs from the one before."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from screens.evidence.layout import BAD, DIM, GOOD, STRONG, Field, field, span, words
from screens.text import clean
from store.views.model import ItemDetail

_MARKS = {"+": GOOD, "-": BAD, "@": DIM}


def version(detail: ItemDetail) -> Field:
    """The version asked about and, in a word, what changed since the one before."""
    number = (detail.spec or {}).get("versao") or detail.item.get("spec_versao")
    if not number:
        return field("Spec")
    return field("Spec", span(f"version {number}", STRONG), _changes(detail))


def _changes(detail: ItemDetail) -> Content:
    if detail.spec_anterior is None:
        return span("the first", DIM)
    added, removed = changed_lines(detail.diferenca)
    before = detail.spec_anterior.get("versao", "")
    return words(span(f"since version {before}", DIM), span(f"+{added}", GOOD), span(f"−{removed}", BAD))


def changed_lines(difference: Sequence[str]) -> tuple[int, int]:
    """How many lines a unified diff adds and removes."""
    body = [line for line in difference if not line.startswith(("+++", "---"))]
    return sum(line.startswith("+") for line in body), sum(line.startswith("-") for line in body)


def difference(lines: Sequence[str]) -> list[Content]:
    """A unified diff, one line each, signs and colours together."""
    return [_diff_line(clean(line.rstrip("\n")).expandtabs(4)) for line in lines]


def _diff_line(line: str) -> Content:
    if line.startswith(("+++", "---")):
        return Content.styled(line, STRONG)
    style = _MARKS.get(line[:1], "")
    return Content.styled(line, style) if style else Content(line)
