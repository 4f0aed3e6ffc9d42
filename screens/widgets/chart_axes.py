"""Axes of charts: ranges with round ticks, and labels that fit beneath them. Pure; widths are in cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil, floor, log10

from rich.cells import cell_len

from screens.figure_words import axis_words
from screens.text import clean
from screens.zone import zone

NARROWEST = 1e-9
"""Ranges below this are widened: nothing that is told apart by less has a meaning here."""
WIDEST = 1e15
"""Ranges above this are not drawn: a float's own steps are coarser there."""
DECADES = 15
"""Powers of ten that a logarithmic axis has at most, on either side of 1."""
EPOCH = 1e8
"""Numbers of an x axis from here on are moments in epoch seconds."""
LEAST_NAME = 8
"""Cells that a name may be cut to so that all are said."""
HIDDEN = "▯"
_WEEK, _DAY = re.compile(r"\d{4}-(W\d\d\*?)"), re.compile(r"\d{4}-(\d\d-\d\d\*?)")
_STEPS = (1, 2, 2.5, 5, 10)
_ZERO_SHARE = 0.5
"""Where all values lie above this share of their greatest, the axis need not begin at zero."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, with labels at some of its places."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    @property
    def label_width(self) -> int:
        """Cells of its widest label."""
        return max((cell_len(label) for _, label in self.ticks), default=0)


def value_axis(values: Sequence[float], rows: int, unidade: str, *, zero: bool = False) -> Axis | None:
    """An axis for some finite values in about a tick each three rows; None where they can't be drawn."""
    if not values:
        return None
    low, high = min(values), max(values)
    if zero or (low > 0 and low < high * _ZERO_SHARE):
        low, high = min(low, 0.0), max(high, 0.0)
    if not high - low < WIDEST or max(abs(low), abs(high)) > WIDEST:
        return None
    if high - low < NARROWEST:
        low, high = (0.0, high * 2) if high > NARROWEST else (low - 0.5, high + 0.5)
    step = round_step((high - low) / max(1, min(6, rows // 3)))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    ticks = tuple((at * step, axis_words(at * step, unidade, step)) for at in range(first, last + 1))
    return Axis(first * step, last * step, ticks)


def round_step(least: float) -> float:
    """The least of 1, 2, 2.5 and 5 times a power of ten that is not below `least`."""
    power: float = 10.0 ** floor(log10(least))
    return next((step * power for step in _STEPS if step * power >= least * (1 - 1e-9)), 10 * power)


def log_axis(logs: Sequence[float], unidade: str) -> Axis | None:
    """An axis for log10 values: a tick a decade, and at 2 and 5 where there are few decades."""
    if not logs:
        return None
    low, high = floor(min(logs)), ceil(max(logs))
    high = max(high, low + 1)
    if low < -DECADES or high > DECADES:
        return None
    factors = (1, 2, 5) if high - low <= 2 else (1,)
    places = [
        (power + log10(factor), factor * 10.0**power) for power in range(low, high) for factor in factors
    ]
    places.append((float(high), 10.0**high))
    return Axis(low, high, tuple((at, axis_words(value, unidade)) for at, value in places))


def moment_axis(xs: Sequence[float], width: int) -> Axis | None:
    """An x axis of numbers, or of days where they are moments in epoch seconds."""
    if not xs:
        return None
    dated = min(xs) >= EPOCH
    if not dated:
        return value_axis(xs, width // 4, "")
    low, high = min(xs), max(xs)
    if high > 4e9:
        return None
    if high - low < NARROWEST:
        low, high = low - 43_200, high + 43_200
    count = max(2, min(8, width // 12))
    places = [low + (high - low) * at / (count - 1) for at in range(count)]
    days = [datetime.fromtimestamp(at, zone()).strftime("%m-%d") for at in places]
    said = ["" if day == before else day for before, day in pairwise(["", *days])]
    return Axis(low, high, tuple(zip(places, said, strict=True)))


def category_ticks(
    labels: Sequence[str], width: int, *, to_edge: bool = False
) -> tuple[tuple[float, str], ...]:
    """As many labels as fit under `width` cells, the last one first and surely among them.

    `to_edge`: the last place is the last cell, so that its label has to stand further to the left.
    """
    if not labels or width <= 0:
        return ()
    each = max(1, width // len(labels))
    longest = max(cell_len(label) for label in labels)
    if each > LEAST_NAME and not to_edge and _apart(labels, each - 2):
        return tuple((float(at), clipped(label, each - 2)) for at, label in _backwards(labels) if label)
    room = max(each - 1, min(longest, width // 3, 16))
    stride = max(1, ceil((min(longest, room) + 2) * len(labels) / width))
    places = list(range(len(labels) - 1, -1, -stride))
    if to_edge and stride * width / len(labels) < 1.5 * min(longest, room) + 2:
        del places[1:2]
    return tuple((float(at), clipped(labels[at], room)) for at in places if labels[at])


def _apart(labels: Sequence[str], room: int) -> bool:
    """Whether labels that differ still do when they are cut to so many cells."""
    return len({clipped(label, room) for label in labels}) == len(set(labels))


def _backwards(labels: Sequence[str]) -> list[tuple[int, str]]:
    return list(enumerate(labels))[::-1]


def short_label(text: str) -> str:
    """A bucket's key without what all share: `W48`, `11-26`; anything else cleaned to one cell a sign."""
    for pattern in (_WEEK, _DAY):
        if found := pattern.fullmatch(text):
            return found.group(1)
    return one_cell_each(text)


def one_cell_each(text: str) -> str:
    """Text whose every sign takes one cell, as plotext counts: wider ones are hidden, narrower ones go."""
    flat = clean(text).replace("\n", " ").replace("\t", " ")
    if flat.isascii():
        return flat
    return "".join(char if cell_len(char) == 1 else HIDDEN for char in flat if cell_len(char))


def clipped(text: str, width: int) -> str:
    """At most `width` cells of text that has one a sign."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"
