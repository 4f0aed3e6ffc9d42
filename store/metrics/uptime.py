"""When the line ran, when it was meant to, and what an error budget makes of the difference.

A process that ended in order was stopped by somebody: from then on nothing was wanted of it. One that died
was wanted until the next one began. Good seconds are those that it ran, the total those that it was wanted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from store.metrics.cutting import indexed
from store.metrics.facts import Facts, LineSpan
from store.metrics.periods import Window

Spans = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Uptime:
    """Spans that don't overlap, ascending, with the seconds before each."""

    ran: Spans
    wanted: Spans
    _ran_before: Sequence[float]
    _wanted_before: Sequence[float]
    agora: float
    spans: Sequence[LineSpan] = ()
    """The documents, by when they began; one without an end runs until the next one begins."""

    def documents(self, window: Window) -> tuple[str, ...]:
        """The ids of those that ran in a window, the newest first."""
        ends = [*(each.inicio or 0.0 for each in self.spans[1:]), self.agora]
        inside = (
            each.id
            for each, end in zip(self.spans, ends, strict=False)
            if (each.inicio or 0.0) < window.fim and (end if each.fim is None else each.fim) > window.inicio
        )
        return tuple(inside)[::-1]

    def good(self, window: Window) -> float:
        """Seconds of a window in which it ran."""
        return self.ran_until(window.fim) - self.ran_until(window.inicio)

    def total(self, window: Window) -> float:
        """Seconds of a window in which it was wanted."""
        return _until(self.wanted, self._wanted_before, window.fim) - _until(
            self.wanted, self._wanted_before, window.inicio
        )

    def good_in(self, begin: float, end: float) -> float:
        """Seconds between two moments in which it ran; most lie within one time that it did."""
        place = bisect_right(self.ran, (begin, float("inf"))) - 1
        whole = place >= 0 and end <= self.ran[place][1]
        return end - begin if whole else self.ran_until(end) - self.ran_until(begin)

    @property
    def past(self) -> Hashable:
        """What seconds that have passed depend on: all spans, but not until when the last one goes on."""
        *before, last = self.ran
        return (*before, last[0] if last[1] >= self.agora else last)

    def ran_until(self, moment: float) -> float:
        """Seconds that it ran before a moment."""
        return _until(self.ran, self._ran_before, moment)


def _until(spans: Spans, before: Sequence[float], moment: float) -> float:
    place = bisect_right(spans, (moment, float("inf"))) - 1
    if place < 0:
        return 0.0
    begin, end = spans[place]
    return before[place] + min(moment, end) - begin


def uptime(facts: Facts, agora: float) -> Uptime:
    """Of these facts; a span without an end runs until the next one begins, the last one until now."""
    spans = indexed(facts, "line spans", _dated)
    ran, wanted = _spans(spans, agora)
    return Uptime(ran, wanted, _before(ran), _before(wanted), agora, spans)


def _dated(facts: Facts) -> list[LineSpan]:
    found = [each for each in facts.linhas if each.inicio is not None]
    return sorted(found, key=lambda each: each.inicio or 0.0)


def _spans(lines: Sequence[LineSpan], agora: float) -> tuple[Spans, Spans]:
    ran, wanted = [], []
    for place, line in enumerate(lines):
        begin = line.inicio or 0.0
        following = (lines[place + 1].inicio or 0.0) if place + 1 < len(lines) else None
        end = line.fim if line.fim is not None else following if following is not None else agora
        ran.append((begin, max(begin, end)))
        died = not line.em_ordem and following is not None
        wanted.append((begin, max(begin, end, following or 0.0) if died else max(begin, end)))
    return merged(ran), merged(wanted)


def merged(spans: Spans) -> list[tuple[float, float]]:
    """Spans as they cover time: ascending, none overlapping another, none empty."""
    found: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif end > begin:
            found.append((begin, end))
    return found


def _before(spans: Spans) -> list[float]:
    total, found = 0.0, []
    for begin, end in spans:
        found.append(total)
        total += end - begin
    return found


# Error budgets


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert: the burn that both of two windows have to exceed (SRE Workbook)."""

    queima: float
    longa_s: float
    curta_s: float
    nome: str
    urgente: bool


HOUR, DAY = 3_600.0, 86_400.0
RULES = (
    Rule(14.4, HOUR, 300.0, "1 h and 5 min", urgente=True),
    Rule(6.0, 6 * HOUR, 1_800.0, "6 h and 30 min", urgente=True),
    Rule(1.0, 3 * DAY, 6 * HOUR, "3 d and 6 h", urgente=False),
)
LEAST_TARGET = 0.99
"""Below it no burn can be large: 1/(1 − target) is the most that there is, 10 at 90 %."""


def burn(bad: float, total: float, target: float) -> float | None:
    """How many times faster than allowed the budget of errors is used up: (bad/total) / (1 − target)."""
    return bad / total / (1 - target) if total > 0 and target < 1 else None


def most_burn(target: float) -> float:
    """What it is when everything fails."""
    return 1 / (1 - target)


def has_alerts(target: float) -> bool:
    """Whether alerts on burn say anything at a target."""
    return LEAST_TARGET <= target < 1


def fires(rule: Rule, target: float, long: tuple[float, float], short: tuple[float, float]) -> bool:
    """Whether a rule fires, given bad and total of its two windows.

    Never at low traffic: where one bad unit of the long window would already be more than its budget.
    """
    slow, fast = burn(*long, target), burn(*short, target)
    if slow is None or fast is None or long[1] * (1 - target) < 1:
        return False
    return rule.queima <= most_burn(target) and slow > rule.queima and fast > rule.queima
