"""The snapshot: every document up to one transaction, in a file that stock TinyDB opens."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from store.errors import StoreCorrupt, StoreError, StoreReadOnly
from store.journal.files import SNAPSHOT, open_private, written_aside
from store.journal.lines import (
    FORMAT,
    Document,
    decode,
    encode,
    format_number,
    is_checksum,
    is_number,
    is_numbers,
)
from store.journal.state import Rows

_AROUND = 32
"""Bytes of a line that are not its document's, at most."""
_ZERO = b'"crc":"00000000"'
_BUFFER = 1 << 20
_LONGEST_HEAD = 1 << 16
LONGEST_LINE = 64 << 20
"""Bytes of a document that is written or read: a line without end must not become one text in memory."""


@dataclass(frozen=True)
class Snapshot:
    """What the file says: tables up to `seq`, the seed of the segment after it, next free numbers."""

    seq: int = 0
    chain: int = 0
    tables: dict[str, Rows] = field(default_factory=dict)
    next_numbers: dict[str, int] = field(default_factory=dict)
    schemas: dict[str, int] | None = None


def read_snapshot(directory: Path) -> Snapshot | None:
    """The snapshot in `directory`, documents still encoded; None when there is none.

    Raises StoreCorrupt for damage, StoreReadOnly for a newer format.
    """
    path = directory / SNAPSHOT
    try:
        file = os.fdopen(open_private(path, os.O_RDONLY), "rb", buffering=_BUFFER)
    except FileNotFoundError:
        return None
    with file:
        head = file.readline(_LONGEST_HEAD)
        meta = read_head(head, str(path))
        lines = _checked(
            file, head.replace(b'"crc":"%s"' % meta["crc"].encode(), _ZERO), meta["crc"], str(path)
        )
        tables = _read_tables(lines, str(path))
    return Snapshot(meta["seq"], int(meta["chain"], 16), tables, meta["next"], meta["schemas"])


def snapshot_seq(directory: Path) -> int:
    """The last transaction in the snapshot, by its first line; 0 without one. Raises as `read_head`."""
    path = directory / SNAPSHOT
    try:
        file = os.fdopen(open_private(path, os.O_RDONLY), "rb")
    except FileNotFoundError:
        return 0
    with file:
        return int(read_head(file.readline(_LONGEST_HEAD), str(path))["seq"])


def read_head(head: bytes, name: str) -> Document:
    """The fields of the first line; `name` is the file's, for what goes wrong."""
    try:
        meta = decode(head.rstrip(b",\n") + b"}")["_meta"]["1"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise StoreCorrupt(f"{name}: byte 0: the header can't be read") from None
    number = format_number(meta) if isinstance(meta, dict) else None
    if number is None:
        raise StoreCorrupt(f"{name}: byte 0: not a snapshot of oficina")
    if number > 1:
        raise StoreReadOnly(
            f"{name}: a newer oficina wrote this (format {meta['format']}; this one reads {FORMAT})"
        )
    if meta.keys() != {"format", "seq", "chain", "next", "schemas", "crc"}:
        raise StoreCorrupt(f"{name}: byte 0: the header has other fields than it should")
    texts = is_checksum(meta["chain"]) and is_checksum(meta["crc"])
    if not (texts and is_number(meta["seq"]) and is_numbers(meta["next"]) and is_numbers(meta["schemas"])):
        raise StoreCorrupt(f"{name}: byte 0: the header's fields are not what they should be")
    return dict(meta)


def _checked(file: BinaryIO, head: bytes, claimed: str, name: str) -> Iterator[bytes]:
    """The lines after the first; StoreCorrupt at the end when they don't add up to the claimed checksum."""
    checksum = zlib.crc32(head)
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise StoreCorrupt(f"{name}: a line is longer than {LONGEST_LINE >> 20} MB")
        checksum = zlib.crc32(line, checksum)
        yield line
    if f"{checksum:08x}" != claimed:
        raise StoreCorrupt(f"{name}: the checksum does not match")


def _read_tables(lines: Iterator[bytes], name: str) -> dict[str, Rows]:
    """Tables from lines of `"table":{`, `"number":{document},` and `}`, as `write_snapshot` lays them out."""
    tables: dict[str, Rows] = {}
    rows: Rows = {}
    try:
        for line in lines:
            key, colon, rest = line.partition(b":")
            if not colon:
                continue
            if rest == b"{\n":
                rows = tables[_table(key, name)] = {}
            elif rest != b"{}}\n":
                rows[int(key[1:-1])] = rest[:-2] if rest.endswith(b",\n") else rest[:-1]
    except (ValueError, RecursionError):
        # Damage shows here first; the checksum, which would say the same, comes at the end.
        raise StoreCorrupt(f"{name}: the checksum does not match") from None
    return tables


def _table(key: bytes, name: str) -> str:
    table = decode(key)
    if not isinstance(table, str):
        raise StoreCorrupt(f"{name}: {table!r:.40} is no table")
    return table


def write_snapshot(directory: Path, snapshot: Snapshot) -> None:
    """Write the snapshot aside, durable; the caller installs it (`files.install`)."""
    with written_aside(directory / SNAPSHOT) as file:
        head = _head(snapshot, "00000000")
        checksum = zlib.crc32(head)
        file.write(head)
        for part in _parts(snapshot.tables):
            checksum = zlib.crc32(part, checksum)
            file.write(part)
        file.seek(0)
        file.write(_head(snapshot, f"{checksum:08x}"))


def _head(snapshot: Snapshot, checksum: str) -> bytes:
    meta = {
        "format": FORMAT,
        "seq": snapshot.seq,
        "chain": f"{snapshot.chain:08x}",
        "next": snapshot.next_numbers,
        "schemas": snapshot.schemas or {},
        "crc": checksum,
    }
    return b'{"_meta":{"1":%b},\n' % encode(meta)


def _parts(tables: dict[str, Rows]) -> Iterator[bytes]:
    """The text after the first line, in pieces: one document a line, by number."""
    filled = {name: rows for name, rows in sorted(tables.items()) if rows}
    for name, rows in filled.items():
        yield b"%b:{\n" % encode(name)
        last = max(rows)
        for number in sorted(rows):
            if len(rows[number]) > LONGEST_LINE - _AROUND:
                size = f"{LONGEST_LINE >> 20} MB"
                raise StoreError(f"{name} {number} is larger than {size}: nothing is compacted")
            yield b'"%d":%b%b' % (number, rows[number], b"\n" if number == last else b",\n")
        yield b"},\n"
    # TinyDB's default table, empty, so that no table needs to know whether it is the last.
    yield b'"_default":{}}\n'
