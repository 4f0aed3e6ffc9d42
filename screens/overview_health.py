"""The workspace's health in one line: ok, or the worst thing with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from screens.evidence.layout import span
from screens.states import State
from store.views.health import worst
from store.views.model import HealthRow

OK = State("✓", "ok", "$text-success")
WORSE = {"warn": State("!", "warning", "$text-warning"), "bad": State("✗", "bad", "$text-error")}
QUIET = "$text-muted"


def health_line(rows: Sequence[HealthRow], width: int) -> Content:
    """`✓ health: ok`, or symbol, word and reason of the worst check; empty before the first look."""
    if not rows:
        return Content("")
    found = worst(rows)
    if found is None:
        return Content.assemble((f"{OK.symbol} ", OK.style), (f"health: {OK.word}", QUIET))
    shown = WORSE.get(found.estado, WORSE["bad"])
    others = sum(row.estado != "ok" for row in rows) - 1
    parts = [
        span(f"{shown.symbol} health: {found.nome} {shown.word}", shown.style),
        span(found.motivo),
        span(found.remedio, QUIET),
        span(f"+{others} more", QUIET) if others else Content(""),
    ]
    line = Content.styled(" · ", QUIET).join([part for part in parts if part.cell_length])
    return line.truncate(width, ellipsis=True)
