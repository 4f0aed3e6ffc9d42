"""What can still be read of damaged event and archive segments, whose lines don't build on one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from store.journal.checking import Report, check_segment, history_gaps
from store.journal.files import ARCHIVE, EVENTS, segment_bases, segment_path
from store.journal.lines import Document
from store.journal.records import flaw
from store.journal.salvage import EDITED, Damage, checksums, is_good, read_object, read_rows, refuse_newer


@dataclass(frozen=True)
class NewSegment:
    """An event or archive segment that is to be written: the transactions in [`base`, `end`)."""

    kind: str
    base: int
    end: int
    lines: list[Document] = field(default_factory=list)


class SegmentSalvage:
    """The damaged segments of what the snapshot holds, written anew with the lines that can be kept.

    Those from transaction `first` on are only removed: the journal holds what they do.
    """

    def __init__(self, directory: Path, first: int, *, accept_edits: bool) -> None:
        self._directory, self._first, self._accept = directory, first, accept_edits
        self.damage: list[Damage] = []
        self.segments: list[NewSegment] = []
        self.removed: list[str] = []
        for kind in (EVENTS, ARCHIVE):
            for base in segment_bases(directory, kind):
                if any(check_segment(directory, kind, base, Report())):
                    self._read(kind, base) if base < first else self._remove(kind, base)
        for gone, following in history_gaps(directory):
            name = segment_path(directory, EVENTS, gone).name
            problem = f"missing: the history of {gone} to {following - 1} is gone"
            self.damage.append(Damage(name, 0, problem, "an empty one takes its place"))
            self.segments.append(NewSegment(EVENTS, gone, following))

    def _remove(self, kind: str, base: int) -> None:
        name = segment_path(self._directory, kind, base).name
        self.damage.append(Damage(name, 0, "damaged, and the journal still holds what it does", "set aside"))
        self.removed.append(name)

    def _read(self, kind: str, base: int) -> None:
        path = segment_path(self._directory, kind, base)
        header, *rows = read_rows(path) or [b""]
        refuse_newer(read_object(header) or {}, path)
        if not is_good(header, [0]):
            self.damage.append(Damage(path.name, 1, "the header is damaged", "written anew"))
        lines, end = self._lines(kind, base, path.name, rows)
        if end is None:
            self.damage.append(Damage(path.name, 0, "the end marker is missing or wrong", "written anew"))
            end = self._end(kind, base, lines)
        if lines or kind == EVENTS:
            self.segments.append(NewSegment(kind, base, end, lines))
        else:
            self.removed.append(path.name)

    def _lines(self, kind: str, base: int, name: str, rows: list[bytes]) -> tuple[list[Document], int | None]:
        kept: list[Document] = []
        end, previous, last = None, {0}, base - 1
        for number, row in enumerate(rows, 2):
            line, good = read_object(row), is_good(row, previous)
            previous = checksums(row, previous)
            if line is not None and type(line.get("end")) is int and good:
                end = line["end"]
            elif line is None or "end" in line or not _fits(line, kind, last):
                self.damage.append(Damage(name, number, "it can't be read", "set aside"))
            elif good or self._accept:
                kept.append(line)
                last = line["seq"]
                if not good:
                    self.damage.append(Damage(name, number, _transaction(line), "taken as it is"))
            else:
                self.damage.append(Damage(name, number, _transaction(line), "set aside"))
        return kept, end if end is not None and end > last else None

    def _end(self, kind: str, base: int, lines: list[Document]) -> int:
        """Where a segment without an end marker ended: where the next begins."""
        if kind == ARCHIVE:
            return max([base, *(int(line["seq"]) for line in lines)]) + 1
        following = [each for each in segment_bases(self._directory, kind) if each > base]
        return min([*following, self._first])


def _transaction(line: Document) -> str:
    return f"transaction {line['seq']}: {EDITED}"


def _fits(line: Document, kind: str, last: int) -> bool:
    """Whether a line is what readers of such a segment expect, and in its place."""
    holds = "document" if kind == ARCHIVE else "events"
    return holds in line and not flaw(line) and bool(line["seq"] >= last)
