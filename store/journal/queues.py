"""Queues over a table: which document of a group comes first, once its due time has come."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, NamedTuple

from store.journal.lines import Document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.collections import QueueSpec

_SLACK = 64
"""Stale entries that a small heap may hold before it is worth building anew."""


class Entry(NamedTuple):
    """A document's place: ready ones go by `order`, others wait for `due` (UTC text; empty: at once)."""

    group: str
    order: tuple[Any, ...]
    due: str


class _Lane:
    """One group's documents: a heap of what is ready, fed by a heap of what waits for its due time."""

    def __init__(self) -> None:
        self.live: dict[int, Entry] = {}
        self._ready: list[tuple[tuple[Any, ...], int]] = []
        self._waiting: list[tuple[str, int]] = []
        self._in_ready: set[int] = set()
        self._latest_ready = ""

    def add(self, number: int, entry: Entry) -> None:
        self.live[number] = entry
        self._in_ready.discard(number)
        heappush(self._waiting, (entry.due, number))
        self._shrink()

    def remove(self, number: int) -> None:
        del self.live[number]
        self._in_ready.discard(number)
        self._shrink()

    def heap_size(self) -> int:
        return len(self._ready) + len(self._waiting)

    def _shrink(self) -> None:
        """Build the heaps anew when stale entries outnumber the live: both stay O(live)."""
        if self.heap_size() > 2 * len(self.live) + _SLACK:
            self._rebuild()

    def _rebuild(self) -> None:
        self._ready, self._in_ready, self._latest_ready = [], set(), ""
        self._waiting = [(entry.due, number) for number, entry in self.live.items()]
        heapify(self._waiting)

    def _promote(self, now: str) -> None:
        # Whoever asks with an earlier time than before (a clock set back) gets the answer of that time.
        if now < self._latest_ready:
            self._rebuild()
        while self._waiting and self._waiting[0][0] <= now:
            due, number = heappop(self._waiting)
            if not self._waits(number, due):
                continue
            self._in_ready.add(number)
            self._latest_ready = max(self._latest_ready, due)
            heappush(self._ready, (self.live[number].order, number))

    def _waits(self, number: int, due: str) -> bool:
        entry = self.live.get(number)
        return entry is not None and entry.due == due and number not in self._in_ready

    def first(self, now: str) -> tuple[tuple[Any, ...], int] | None:
        self._promote(now)
        while self._ready:
            order, number = self._ready[0]
            if number in self._in_ready and self.live[number].order == order:
                return order, number
            heappop(self._ready)
        return None

    def next_due(self, now: str) -> str | None:
        self._promote(now)
        while self._waiting:
            due, number = self._waiting[0]
            if self._waits(number, due):
                return due
            heappop(self._waiting)
        return None

    def ready(self, now: str) -> int:
        self._promote(now)
        return len(self._in_ready)


class Queue:
    """The groups of one table's queue."""

    def __init__(self, spec: QueueSpec) -> None:
        self._spec = spec
        self._lanes: dict[str, _Lane] = {}
        self._groups: dict[int, str] = {}

    def change(self, number: int, new: Document | None) -> None:
        """Follow document `number` to `new`; None is a document that is not there."""
        entry = self._entry(new)
        group = self._groups.get(number)
        if group is not None:
            lane = self._lanes[group]
            if lane.live[number] == entry:
                return
            lane.remove(number)
            if not lane.live:
                del self._lanes[group]
            del self._groups[number]
        if entry is not None:
            self._groups[number] = entry.group
            self._lanes.setdefault(entry.group, _Lane()).add(number, entry)

    def _entry(self, document: Document | None) -> Entry | None:
        if document is None or (group := self._spec.group(document)) is None:
            return None
        due = self._spec.due(document)
        if type(due) is not str:
            raise ValueError(f"{due!r} is no time to wait for")
        return Entry(group, self._spec.order(document), due)

    def first(self, groups: Iterable[str], now: str) -> int | None:
        """The document that comes first of those ready at `now` in any of `groups`."""
        found = [best for lane in self._chosen(groups) if (best := lane.first(now)) is not None]
        return min(found)[1] if found else None

    def next_due(self, groups: Iterable[str], now: str) -> str | None:
        """The earliest due time after `now` in any of `groups`."""
        return min(
            (due for lane in self._chosen(groups) if (due := lane.next_due(now)) is not None), default=None
        )

    def depth(self, group: str, now: str | None) -> int:
        """How many documents of a group are ready at `now`; without it, ready or waiting."""
        lane = self._lanes.get(group)
        if lane is None:
            return 0
        return len(lane.live) if now is None else lane.ready(now)

    def groups(self) -> list[str]:
        """The groups that hold a document, ready or waiting."""
        return list(self._lanes)

    def heap_size(self) -> int:
        """Entries of all heaps, stale ones included; bounded by the live ones."""
        return sum(lane.heap_size() for lane in self._lanes.values())

    def _chosen(self, groups: Iterable[str]) -> list[_Lane]:
        return [lane for group in groups if (lane := self._lanes.get(group)) is not None]
