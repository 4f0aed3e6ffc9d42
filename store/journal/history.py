"""The event log: a bounded tail in memory, the rest read from the segments when someone asks for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from store.errors import StoreError
from store.journal.files import EVENTS, JOURNAL, segment_bases, segment_path
from store.journal.lines import Document, encode
from store.journal.sealed import SealedFile

TAIL = 10_000
"""Events kept in memory."""

_TRIES = 8


class Filter:
    """Which events someone asks for; None is any."""

    def __init__(
        self,
        *,
        item: str | None,
        saga: str | None,
        tipo: str | None,
        since_seq: int,
        until_seq: int | None = None,
    ) -> None:
        wanted = {"item_id": item, "saga_id": saga, "tipo": tipo}
        self.fields = {name: value for name, value in wanted.items() if value is not None}
        self.since_seq = since_seq
        self.until_seq = until_seq

    def accepts(self, event: Document) -> bool:
        """Whether an event is asked for."""
        seq = event["seq"]
        if seq <= self.since_seq or (self.until_seq is not None and seq > self.until_seq):
            return False
        return all(event.get(name) == value for name, value in self.fields.items())

    def last(self, upto: int) -> int:
        """The last transaction up to `upto` that may hold what is asked for."""
        return upto if self.until_seq is None else min(upto, self.until_seq)

    @property
    def needle(self) -> bytes:
        """A text that each line with such an event holds: the rarest field's, as `encode` writes it."""
        for name in ("item_id", "saga_id", "tipo"):
            if name in self.fields:
                return b"%b:%b" % (encode(name), encode(self.fields[name]))
        return b'"events":['


def line_events(line: Document) -> list[Document]:
    """The events of a transaction's line, each with its seq, its place there and its time."""
    return [
        {"seq": line["seq"], "n": n, "ts": line["ts"], **event}
        for n, event in enumerate(line.get("events", ()))
    ]


class EventTail:
    """The newest events; `complete_after` is the transaction after which none is missing here."""

    def __init__(self, complete_after: int) -> None:
        self.complete_after = complete_after
        self._events: deque[Document] = deque()

    def add(self, events: list[Document]) -> None:
        """Take the events of the next transaction."""
        self._events.extend(events)
        while len(self._events) > TAIL:
            self.complete_after = self._events.popleft()["seq"]

    def events(self) -> list[Document]:
        """The events after `complete_after`, oldest first."""
        return [event for event in self._events if event["seq"] > self.complete_after]


@dataclass(frozen=True)
class Extent:
    """How far this process has read: to transaction `seq`, ending at byte `size` of segment `base`."""

    directory: Path
    seq: int
    base: int
    size: int


def read_history(
    extent: Extent,
    tail: list[Document],
    complete_after: int,
    wanted: Filter,
    *,
    newest_first: bool,
    limit: int | None,
) -> Iterator[Document]:
    """Events in order of seq and place: from `tail`, and what is older than `complete_after` from the files.

    Documents may not be changed. Raises StoreCorrupt at a damaged line.
    """

    def newest() -> Iterator[Document]:
        yield from filter(wanted.accepts, reversed(tail))
        if wanted.since_seq < complete_after:
            yield from _older(extent, complete_after, wanted, newest_first=True)

    def oldest() -> Iterator[Document]:
        if wanted.since_seq < complete_after:
            yield from _older(extent, complete_after, wanted, newest_first=False)
        yield from filter(wanted.accepts, tail)

    return islice(newest() if newest_first else oldest(), limit)


def _older(extent: Extent, upto: int, wanted: Filter, *, newest_first: bool) -> Iterator[Document]:
    """Events of transactions up to `upto`, from event segments and, where those end, from the journal."""
    upto = wanted.last(upto)
    files = open_segments(extent, (EVENTS, JOURNAL), wanted.since_seq, upto)
    # A compaction that was interrupted leaves journal segments that event segments hold too.
    moved = max((file.end or 0 for file in files if file.kind == EVENTS), default=0)
    try:
        for file in reversed(files) if newest_first else files:
            for line in file.lines(wanted.needle, backwards=newest_first, upto=wanted.until_seq):
                if line["seq"] > upto or (file.kind == JOURNAL and line["seq"] < moved):
                    continue
                events = [event for event in line_events(line) if wanted.accepts(event)]
                yield from reversed(events) if newest_first else events
    finally:
        close_all(files)


def open_segments(extent: Extent, kinds: tuple[str, ...], since_seq: int, upto: int) -> list[SealedFile]:
    """The segments that may hold something of (`since_seq`, `upto`], by kind and base, opened together."""
    for _ in range(_TRIES):
        files: list[SealedFile] = []
        try:
            for kind in kinds:
                bases = segment_bases(extent.directory, kind)
                chosen = _overlapping(bases, since_seq, upto)
                if kind == EVENTS:
                    # The last one always, because it says how far the events have left the journal.
                    chosen = sorted({*chosen, *bases[-1:]})
                for base in chosen:
                    size = extent.size if kind == JOURNAL and base == extent.base else None
                    files.append(SealedFile(segment_path(extent.directory, kind, base), size))
        except FileNotFoundError:
            # Compacted away between the listing and the opening.
            close_all(files)
            continue
        return files
    raise StoreError(f"{extent.directory}: the segments change faster than they can be opened")


def close_all(files: list[SealedFile]) -> None:
    """Close what `open_segments` opened."""
    for file in files:
        file.close()


def _overlapping(bases: list[int], since_seq: int, upto: int) -> list[int]:
    """The segments with transactions in (`since_seq`, `upto`]; each ends where the next begins."""
    ends = (*bases[1:], upto + 2)
    return [base for base, end in zip(bases, ends, strict=False) if base <= upto and end > since_seq + 1]
