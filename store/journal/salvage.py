"""What can still be read of a damaged journal, line by line, with what is wrong; nothing is changed."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from store.collections import Collection
from store.errors import StoreCorrupt, StoreReadOnly
from store.journal.files import JOURNAL, open_private, segment_bases, segment_path
from store.journal.lines import (
    FORMAT,
    SEAL_LENGTH,
    Document,
    claimed_checksum,
    decode,
    end_marker,
    format_number,
    is_checksum,
    is_numbers,
    seal,
    unseal,
)
from store.journal.schemas import Schemas
from store.journal.snapshot import LONGEST_LINE, Snapshot

EDITED = "its checksum is wrong: edited by hand, or damaged (nobody can know which)"
_ID = re.compile(rb'"id":"([A-Z]+)-(\d{4,9})"')
_LARGEST_NUMBER, _LARGEST_SEQ = 10**9, 10**11
"""Above them is no number of ours: what somebody wrote there must not use up all that there are."""


@dataclass(frozen=True)
class Damage:
    """What is wrong with a line of a file (`line` 0: with the file), and what becomes of it."""

    file: str
    line: int
    problem: str
    fate: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.problem}; {self.fate}"


@dataclass
class Part:
    """The good beginning of a journal segment; `following` is the segment that its end marker names."""

    base: int
    seed: int
    schemas: dict[str, int]
    lines: list[Document] = field(default_factory=list)
    edited: list[Document] = field(default_factory=list)
    """Those of `lines` whose checksum was wrong."""
    following: int | None = None


class GivenOut:
    """The greatest transaction and ids that are named in what is set aside: nothing gets them again."""

    def __init__(self, collections: Mapping[str, Collection]) -> None:
        self._tables = {each.prefix.encode(): name for name, each in collections.items()}
        self.seq = 0
        self.numbers: dict[str, int] = {}

    def take(self, row: bytes) -> None:
        """Read a line as far as it can be read."""
        line = read_object(row)
        for prefix, digits in _ID.findall(row):
            if prefix in self._tables:
                self._raise(self._tables[prefix], int(digits))
        if line is None:
            return
        for value in (line.get("seq"), _before(line.get("end")), _before(line.get("base"))):
            if type(value) is int and self.seq < value < _LARGEST_SEQ:
                self.seq = value
        for name in ("put", "archive", "del"):
            for table, numbers in _items(line.get(name)):
                for number in numbers if isinstance(numbers, dict | list) else ():
                    self._raise(table, number)
        for table, number in _items(line.get("next")):
            self._raise(table, _before(number))

    def _raise(self, table: str, number: object) -> None:
        try:
            found = int(number) if isinstance(number, str | int) else 0
        except ValueError:
            return
        if self.numbers.get(table, 0) < found < _LARGEST_NUMBER:
            self.numbers[table] = found


def _before(value: object) -> int | None:
    return value - 1 if type(value) is int else None


def _items(value: object) -> Iterable[tuple[str, object]]:
    return value.items() if isinstance(value, dict) else ()


@dataclass
class Salvaged:
    """The journal up to where it can be followed, what is wrong, and what is named in the rest."""

    parts: list[Part]
    damage: list[Damage]
    given: GivenOut

    @property
    def seq(self) -> int:
        """The last transaction that is kept; 0 when there is none."""
        return max((line["seq"] for part in self.parts for line in part.lines), default=0)


class _Stopped(Exception):
    """From this line of a segment on nothing can be kept."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line, self.problem = line, problem


def read_rows(path: Path) -> list[bytes]:
    """The lines of a file, each with its newline. Raises StoreCorrupt where one has no end."""
    rows: list[bytes] = []
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        while row := file.readline(LONGEST_LINE):
            if len(row) == LONGEST_LINE:
                raise StoreCorrupt(
                    f"{path}: line {len(rows) + 1} is longer than {LONGEST_LINE >> 20} MB; cut the file off"
                    " before it by hand, or bring back a copy"
                )
            rows.append(row)
    return rows


def read_object(row: bytes) -> Document | None:
    """A line without its checksum, whatever that was; None when it is no JSON object."""
    try:
        line = decode(row)
    except (ValueError, RecursionError):
        return None
    return {name: value for name, value in line.items() if name != "crc"} if isinstance(line, dict) else None


def checksums(row: bytes, previous: Iterable[int]) -> set[int]:
    """What the next line may be chained to: the checksum that the line claims, and those that it has."""
    claimed = claimed_checksum(row)
    if claimed is None:
        return set()
    return {claimed, *(zlib.crc32(row[:-SEAL_LENGTH], each) for each in previous)}


def is_good(row: bytes, previous: Iterable[int]) -> bool:
    """Whether a line is as it was sealed after a line with one of these checksums."""
    return any(unseal(row, each) for each in previous)


def refuse_newer(header: Document, path: Path) -> None:
    """StoreReadOnly where a newer oficina wrote a file, whatever else is wrong with it."""
    if (format_number(header) or 0) > 1:
        raise StoreReadOnly(
            f"{path}: a newer oficina wrote this (format {header['format']}; this one reads {FORMAT});"
            " repair it with that one"
        )


class Salvage:
    """One reading of the journal that follows a snapshot."""

    def __init__(self, directory: Path, collections: Mapping[str, Collection], *, accept_edits: bool) -> None:
        self._directory, self._schemas, self._accept = directory, Schemas(collections), accept_edits
        self._found = Salvaged([], [], GivenOut(collections))

    def read(self, snapshot: Snapshot) -> Salvaged:
        """The journal as far as it follows on. Raises StoreReadOnly, and StoreCorrupt as `read_rows`."""
        bases = segment_bases(self._directory, JOURNAL)
        starts = [base for base in bases if base <= snapshot.seq + 1]
        # Before the snapshot nothing is needed, but no number in there is given out again either.
        self._set_aside([base for base in bases if starts and base < starts[-1]], "")
        base = starts[-1] if starts else snapshot.seq + 1
        seeds = {snapshot.chain} if base == snapshot.seq + 1 else None
        while base in bases:
            rows, part = read_rows(segment_path(self._directory, JOURNAL, base)), None
            bases = [each for each in bases if each > base]
            try:
                part = self._header(rows, base, seeds)
                self._found.parts.append(part)
                seeds = self._lines(rows, part)
            except _Stopped as stop:
                self._stop(base, rows, stop)
                break
            if part.following is None and not self._proven(part, seeds, bases):
                break
            base = part.base + len(part.lines)
        self._set_aside([each for each in bases if each >= base], "does not follow on from what is kept")
        return self._found

    def _proven(self, part: Part, seeds: set[int], bases: list[int]) -> bool:
        """Whether the next segment goes on from this one's last line: then only the end marker is lost."""
        following = part.base + len(part.lines)
        rows = read_rows(segment_path(self._directory, JOURNAL, following)) if following in bases else []
        ends = {seal(end_marker(following), seed)[1] for seed in seeds}
        header = read_object(rows[0]) if rows and is_good(rows[0], [0]) else None
        if header is None or header.get("seed") not in {f"{end:08x}" for end in ends}:
            return False
        self._tell(part.base, 0, "the end marker is missing, the next segment proves it", "written anew")
        part.following = following
        seeds.clear()
        seeds.update(ends)
        return True

    def _stop(self, base: int, rows: list[bytes], stop: _Stopped) -> None:
        self._tell(base, stop.line, stop.problem, "set aside, with all that follows")
        for row in rows[stop.line - 1 :]:
            self._found.given.take(row)

    def _set_aside(self, bases: list[int], problem: str) -> None:
        for base in bases:
            for row in read_rows(segment_path(self._directory, JOURNAL, base)):
                refuse_newer(read_object(row) or {}, segment_path(self._directory, JOURNAL, base))
                self._found.given.take(row)
            if problem:
                self._tell(base, 0, problem, "set aside")

    def _tell(self, base: int, line: int, problem: str, fate: str) -> None:
        name = segment_path(self._directory, JOURNAL, base).name
        self._found.damage.append(Damage(name, line, problem, fate))

    def _edit(self, base: int, line: int, what: str) -> None:
        if not self._accept:
            raise _Stopped(line, f"{what}: {EDITED}")
        self._tell(base, line, f"{what}: {EDITED}", "taken as it is")

    def _header(self, rows: list[bytes], base: int, seeds: set[int] | None) -> Part:
        header = read_object(rows[0]) if rows else None
        if header is None:
            raise _Stopped(1, "the header can't be read")
        path = segment_path(self._directory, JOURNAL, base)
        refuse_newer(header, path)
        seed, schemas = header.get("seed"), header.get("schemas")
        if not (format_number(header) and isinstance(seed, str) and is_checksum(seed)):
            raise _Stopped(1, "the header's fields are not what they should be")
        if not isinstance(schemas, dict) or not is_numbers(schemas) or header.get("base") != base:
            raise _Stopped(1, "the header's fields are not what they should be")
        if newer := self._schemas.newer(schemas):
            raise StoreReadOnly(f"{path}: {newer}; repair it with that one")
        if seeds is not None and int(seed, 16) not in seeds:
            raise _Stopped(1, "it does not continue what comes before it")
        if not is_good(rows[0], [0]):
            self._edit(base, 1, "the header")
        return Part(base, int(seed, 16), schemas)

    def _lines(self, rows: list[bytes], part: Part) -> set[int]:
        """Read a segment's lines into `part`; what its successor's seed may be."""
        previous, position = {part.seed}, part.base
        for number, row in enumerate(rows[1:], 2):
            if part.following is not None:
                raise _Stopped(number, "it stands after the end of the segment")
            if not row.endswith(b"\n"):
                row += b"\n"
                if not is_good(row, previous):
                    raise _Stopped(number, "a write that was not finished")
            line = self._line(row, number, position)
            good = is_good(row, previous)
            if not good:
                self._edit(part.base, number, "the end" if "end" in line else f"transaction {position}")
            previous = checksums(row, previous)
            if "end" in line:
                part.following = position
                continue
            part.lines.append(line)
            part.edited += [] if good else [line]
            position += 1
        return previous

    @staticmethod
    def _line(row: bytes, number: int, position: int) -> Document:
        line = read_object(row)
        if line is None:
            raise _Stopped(number, f"it can't be read, and belongs to transaction {position}")
        if "end" in line:
            if line["end"] != position:
                raise _Stopped(number, f"the end of the segment at {line['end']}, where {position} belongs")
        elif type(line.get("seq")) is not int or line["seq"] != position:
            raise _Stopped(number, f"transaction {line.get('seq')} where {position} belongs")
        return line
