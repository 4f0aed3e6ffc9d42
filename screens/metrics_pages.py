"""Which page of the metrics is wanted, what is there of it, and when to ask again. No widget here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from store.clock import Clock

if TYPE_CHECKING:
    from store.metrics.asking import Ask
    from store.metrics.model import Page

AGAIN_S = 2.0
"""Seconds between two questions for the same page, at least."""
OLD_S = 60.0
"""Seconds after which a page is asked anew though nothing happened: days and hours go on."""
KEPT = 26
"""Pages kept, so that coming back to a family shows it at once."""


class Pages:
    """Answers may come late and out of order: a newer one is never replaced by an older one."""

    def __init__(self, clock: Callable[[], Clock]) -> None:
        self._clock = clock
        self._kept: OrderedDict[Ask, tuple[int, Page]] = OrderedDict()
        self._asked = 0
        self._seq = self._asked_seq = -1
        self._asked_at = -AGAIN_S
        self._under_way: tuple[int, Ask] | None = None

    def latest(self, ask: Ask) -> Page | None:
        """The newest answer to a question."""
        found = self._kept.get(ask)
        return found[1] if found else None

    def reading(self, ask: Ask) -> bool:
        """Whether an answer to it is awaited."""
        return self._under_way is not None and self._under_way[1] == ask

    def moved(self, seq: int) -> None:
        """The store is at another transaction."""
        self._seq = seq

    def due(self, ask: Ask) -> bool:
        """Whether to ask now: for a page that was never answered at once, else when there is reason to."""
        if self.reading(ask):
            return False
        waited = self._clock().monotonic() - self._asked_at
        if ask not in self._kept:
            return True
        return waited >= OLD_S or (self._seq != self._asked_seq and waited >= AGAIN_S)

    def asking(self, ask: Ask) -> int:
        """A question goes out; returns its number."""
        self._asked += 1
        self._under_way = (self._asked, ask)
        self._asked_seq, self._asked_at = self._seq, self._clock().monotonic()
        return self._asked

    def answered(self, number: int, ask: Ask, page: Page) -> bool:
        """Keep an answer; False where a newer one is there already."""
        self.ended(number)
        if number < self._kept.get(ask, (0, page))[0]:
            return False
        self._kept[ask] = (number, page)
        self._kept.move_to_end(ask)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return True

    def ended(self, number: int) -> None:
        """A question has come to its end, answered or not."""
        if self._under_way is not None and self._under_way[0] == number:
            self._under_way = None
