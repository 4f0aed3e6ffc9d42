"""Overview's line about the sprint that is worked on: progress, WIP, what is stuck, cost, forecast."""

from __future__ import annotations

from textual.content import Content

from screens import sprint_content as content
from screens.evidence.layout import DIM, STRONG, WARN, bar, span, words
from store.views.sprint import SprintView

BAR = 16


def sprint_line(view: SprintView, others: int, leads_to: str, width: int) -> Content:
    """One line of `width` cells; what there is no room for is left out, the last first. `leads_to` is the key
    of the screen that has all of it.
    """
    row = view.sprint
    share = row.feitas / row.total if row.total else 0.0
    name = words(span("Sprint", DIM), span(row.sprint_id, "bold $text-accent"))
    done = words(span(f"{row.feitas} of {row.total}", STRONG), span("done", DIM))
    stuck = content.stuck(view)
    parts = [
        words(name, bar(share, min(BAR, max(6, width // 10))), done, gap=2),
        content.wip(view),
        span(f"■ {stuck} blocked", WARN) if stuck else None,
        content.cost(view, short=True),
        content.forecast(view),
        span(f"+{len(view.filhos)} to pull", WARN) if view.filhos else None,
        span(f"+{others} open", DIM) if others else None,
    ]
    way = span(leads_to, DIM)
    line = _fitting([part for part in parts if part is not None], width - way.cell_length - 2)
    return line + " " * max(2, width - line.cell_length - way.cell_length) + way


def _fitting(parts: list[Content], room: int) -> Content:
    kept = list(parts)
    while len(kept) > 1 and words(*kept, gap=3).cell_length > room:
        kept.pop()
    return words(*kept, gap=3).truncate(max(room, 1), ellipsis=True)
