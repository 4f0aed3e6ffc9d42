"""The live output of what runs, as it is, and what there is to say when nothing is there."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from screens.evidence.layout import DIM, span
from screens.text import clean
from store.views.model import ItemDetail


def live(detail: ItemDetail, elsewhere: str = "") -> list[Content]:
    """The last lines of output, or why there are none; `elsewhere` is the other process that hears them."""
    if detail.saida:
        return as_lines(detail.saida)
    if elsewhere and detail.item.get("status") == "EmProcessamento":
        told = f"It runs in {clean(elsewhere)}, which shows its output while it runs."
        return [span(told, DIM), span("What is kept of it is here when an attempt has failed.", DIM)]
    if detail.item.get("status") == "EmProcessamento":
        return [span("It runs, and has said nothing yet.", DIM)]
    return [span("Nothing runs: the output of the work appears here while it does.", DIM)]


def as_lines(lines: Sequence[str]) -> list[Content]:
    return [Content(clean(line.rstrip("\n")).expandtabs(4)) for line in lines]
