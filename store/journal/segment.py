"""One journal segment: a header, then a line a transaction, then, once it is closed, an end marker."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from store.errors import StoreCorrupt, StoreReadOnly
from store.journal.files import (
    JOURNAL,
    install,
    open_private,
    read_all,
    segment_path,
    sync_directory,
    written_aside,
)
from store.journal.lines import (
    FORMAT,
    encode,
    format_number,
    is_checksum,
    is_numbers,
    seal,
    unseal,
)

LONGEST_HEADER = 1 << 16


@dataclass
class Segment:
    """An open segment: `seed` is the checksum before its first line, `start` where that line begins."""

    path: Path
    descriptor: int
    base: int
    seed: int
    start: int
    schemas: dict[str, int]

    def size(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self.descriptor).st_size

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.descriptor)


def open_segment(directory: Path, base: int, *, readonly: bool) -> Segment:
    """Open segment `base`; StoreCorrupt for a bad header, FileNotFoundError when it is not there."""
    path = segment_path(directory, JOURNAL, base)
    descriptor = open_private(path, os.O_RDONLY if readonly else os.O_RDWR)
    try:
        data = read_all(descriptor, 0, LONGEST_HEADER)
        header = data[: data.find(b"\n") + 1]
        seed, schemas = _read_header(header, base, str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return Segment(path, descriptor, base, seed, len(header), schemas)


def _read_header(line: bytes, base: int, name: str) -> tuple[int, dict[str, int]]:
    found = unseal(line, 0)
    number = format_number(found[0]) if found else None
    if found is None or number is None:
        raise StoreCorrupt(f"{name}: byte 0: the header can't be read")
    header = found[0]
    if number > 1:
        raise StoreReadOnly(
            f"{name}: a newer oficina wrote this (format {header['format']}; this one reads {FORMAT})"
        )
    if header.get("base") != base:
        raise StoreCorrupt(f"{name}: byte 0: the header belongs to segment {header.get('base')!r:.20}")
    if not (is_checksum(header.get("seed")) and is_numbers(header.get("schemas"))):
        raise StoreCorrupt(f"{name}: byte 0: the header's fields are not what they should be")
    return int(header["seed"], 16), header["schemas"]


def create_segment(directory: Path, base: int, seed: int, schemas: Mapping[str, int]) -> None:
    """Make an empty segment, durable with its name: a file of that name always has its header."""
    path = segment_path(directory, JOURNAL, base)
    header = {"format": FORMAT, "base": base, "seed": f"{seed:08x}", "schemas": schemas}
    with written_aside(path) as file:
        file.write(seal(encode(header)[:-1], 0)[0])
    install(path)
    sync_directory(directory)
