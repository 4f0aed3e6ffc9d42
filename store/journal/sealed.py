"""Reading files of sealed lines forwards or backwards: all lines, or only those that hold a text."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from store.errors import StoreCorrupt
from store.journal.files import JOURNAL, open_private, segment_path, written_aside
from store.journal.lines import (
    FORMAT,
    SEAL_LENGTH,
    Document,
    claimed_checksum,
    encode,
    end_marker,
    is_checksum,
    is_number,
    is_numbers,
    seal,
    unseal,
)
from store.journal.records import flaw
from store.journal.segment import LONGEST_HEADER


class SealedFile:
    """A journal, event or archive segment, up to where it is known to be whole; it may be unlinked."""

    def __init__(self, path: Path, size: int | None = None) -> None:
        """`size` in bytes; the whole file when it is None. FileNotFoundError when it is not there."""
        self.path = path
        descriptor = open_private(path, os.O_RDONLY)
        try:
            self._map = mmap.mmap(descriptor, size or 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise StoreCorrupt(f"{path}: byte 0: the file is empty") from None
        except OSError as reason:
            said = f"{os.fstat(descriptor).st_size >> 20} MB can't be read: {reason.strerror}"
            raise StoreCorrupt(f"{path}: {said}") from None
        finally:
            os.close(descriptor)
        self._start = self._map.find(b"\n", 0, LONGEST_HEADER) + 1
        header = unseal(self._map[: self._start], 0)
        if header is None or not _is_header(header[0]):
            raise StoreCorrupt(f"{path}: byte 0: the header can't be read")
        if self._map[-1:] != b"\n":
            # Also so that nobody looks for the end of a line in a file without one.
            raise StoreCorrupt(f"{path}: byte {len(self._map)}: the last line has no end")
        self.kind = str(header[0].get("kind", JOURNAL))
        self.base = int(header[0]["base"])
        self.schemas: dict[str, int] = header[0].get("schemas", {})
        """The schema numbers that a journal segment's documents were written under."""
        self._seed = int(header[0]["seed"], 16)

    def lines(
        self, needle: bytes = b"\n", *, backwards: bool = False, upto: int | None = None
    ) -> Iterator[Document]:
        """The lines that hold `needle`, without header and end marker; StoreCorrupt at a damaged one.

        `upto` leaves out what is after the line of that transaction, and looks at few of those lines.
        """
        last = len(self._map) if upto is None else self._end_of(upto)
        at = last if backwards else self._start
        while True:
            hit = self._map.rfind(needle, self._start, at) if backwards else self._map.find(needle, at, last)
            if hit < 0:
                return
            start = self._map.rfind(b"\n", 0, hit) + 1
            end = self._map.find(b"\n", hit) + 1
            at = start if backwards else end
            line = self._line(start, end)
            if "end" not in line:
                yield line

    def _end_of(self, seq: int) -> int:
        """The byte after the last line of transactions up to `seq`; lines are in their order."""
        low, high = self._start, len(self._map)
        while low < high:
            start = self._map.rfind(b"\n", 0, (low + high) // 2) + 1
            end = self._map.find(b"\n", start) + 1
            line = self._line(start, end)
            if "end" not in line and line["seq"] <= seq:
                low = end
            else:
                high = start
        return low

    def last_line(self, seq: int) -> tuple[Document, int] | None:
        """The last line of transactions up to `seq`, and its checksum; None when there is none here."""
        end = self._end_of(seq)
        if end <= self._start:
            return None
        start = self._map.rfind(b"\n", 0, end - 1) + 1
        checksum = claimed_checksum(self._map[end - SEAL_LENGTH : end])
        return (self._line(start, end), checksum or 0)

    def _line(self, start: int, end: int) -> Document:
        previous: int | None = self._seed
        if start > self._start:
            previous = claimed_checksum(self._map[start - SEAL_LENGTH : start])
        found = None if previous is None else unseal(self._map[start:end], previous)
        if found is None:
            raise StoreCorrupt(f"{self.path}: byte {start}: the line is damaged")
        line = found[0]
        if wrong := "" if "end" in line else flaw(line):
            raise StoreCorrupt(f"{self.path}: byte {start}: {wrong}")
        return line

    @property
    def end(self) -> int | None:
        """The transaction before which a closed segment ends; None when the last line is no end marker."""
        start = self._map.rfind(b"\n", 0, len(self._map) - 1) + 1
        return self._line(start, len(self._map)).get("end") if start >= self._start else None

    def close(self) -> None:
        """Unmap; idempotent."""
        self._map.close()


def _is_header(header: Document) -> bool:
    texts = is_checksum(header.get("seed")) and type(header.get("kind", JOURNAL)) is str
    return texts and is_number(header.get("base")) and is_numbers(header.get("schemas", {}))


def write_segment(directory: Path, kind: str, base: int, end: int, lines: Iterable[Document]) -> Path:
    """Write an event or archive segment of transactions in [`base`, `end`) aside; the caller installs it."""
    path = segment_path(directory, kind, base)
    with written_aside(path) as file:
        header = {"format": FORMAT, "kind": kind, "base": base, "seed": "00000000"}
        file.write(seal(encode(header)[:-1], 0)[0])
        chain = 0
        for each in lines:
            line, chain = seal(encode(each)[:-1], chain)
            file.write(line)
        file.write(seal(end_marker(end), chain)[0])
    return path
