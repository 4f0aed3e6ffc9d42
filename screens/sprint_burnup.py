"""A small burn-up: what was done, and what there was to do, day by day, as two rows of steps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from textual.content import Content

from screens.evidence.layout import DIM, STRONG, span
from screens.figures import TICKS
from screens.text import clean

Points = Sequence[tuple[str, int, int]]
"""Day, tasks done by its end, tasks that there were by then; only days on which one changed."""


class Steps(NamedTuple):
    """One value a column, each that of the last day that the column stands for."""

    done: tuple[int, ...]
    scope: tuple[int, ...]
    first: str
    last: str


def steps(points: Points, today: str, width: int) -> Steps:
    """The burn-up in at most `width` columns, from its first day to today."""
    if not points or width < 1:
        return Steps((), (), "", "")
    first = points[0][0]
    last = max(today, points[-1][0])
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    columns = min(width, days)
    ends = [_day(first, (index + 1) * days // columns - 1) for index in range(columns)]
    values = [_at(points, end) for end in ends]
    return Steps(tuple(done for done, _ in values), tuple(scope for _, scope in values), first, last)


def _day(first: str, after: int) -> str:
    return (date.fromisoformat(first) + timedelta(days=after)).isoformat()


def _at(points: Points, day: str) -> tuple[int, int]:
    """Done and scope by the end of a day."""
    done = scope = 0
    for when, finished, total in points:
        if when > day:
            break
        done, scope = finished, total
    return done, scope


def ticks(values: Sequence[int], most: int) -> str:
    """Values as heights from none to `most`; nothing is a blank."""
    return "".join(TICKS[max(0, -(-value * len(TICKS) // most) - 1)] if value else " " for value in values)


def burn_up(points: Points, today: str, width: int) -> list[Content]:
    """`scope ▄▄▆▆██ 11` above `done ▁▁▃▃▅▅ 6`, on one scale, and the days covered."""
    room = max(4, width - len("scope  ") - 5)
    found = steps(points, today, room)
    if not found.scope:
        return []
    most = max(1, *found.scope, *found.done)
    return [
        _row("scope", found.scope, most, "$foreground 60%"),
        _row("done", found.done, most, "$text-success"),
        span(f"      {_short(found.first)} to {_short(found.last)}", DIM),
    ]


def _row(name: str, values: Sequence[int], most: int, style: str) -> Content:
    return Content.assemble((f"{name:<5} ", DIM), (ticks(values, most), style), (f" {values[-1]}", STRONG))


def _short(day: str) -> str:
    """`2025-12-17` as `12-17`; what is no date as it is."""
    return clean(day)[5:10] or clean(day)
