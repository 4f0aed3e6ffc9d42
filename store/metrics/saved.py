"""The fold's file beside the snapshot: a header, then a fact a line; whatever is wrong with it, it is not
there.

It saves reading the whole history again, and holds nothing that the store does not: it can be deleted at any
time. A file of another store, of other code or format, or a damaged one is left aside and written anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from sys import intern
from typing import Any, BinaryIO

from store.errors import StoreCorrupt
from store.journal.files import METRICS, aside_path, open_private, sync_directory
from store.metrics import facts, learning, reading, values
from store.metrics.coding import KINDS, decoder, values_of

FORMAT = "oficina-metrics/1"
_LONGEST_LINE = 1 << 24
_LONGEST_HEAD = 1 << 16
_ZERO = "00000000"


def _no_number(said: str) -> float:
    raise ValueError(f"{said} is no number")


_decode = json.JSONDecoder(parse_constant=_no_number).decode
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)

Pace = Callable[[], None]
"""Called for each document: it may rest, so that other threads get on, or raise to give up."""


def at_once() -> None:
    """The pace of whoever waits for the result."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What the file holds: facts by collection and id, as of transaction `seq`, whose line has `mark`."""

    seq: int
    mark: str
    known: dict[str, dict[str, Any]]
    generated: Sequence[str]


@cache
def code() -> str:
    """What tells facts of this program from those of another: a digest of what makes them."""
    found = hashlib.sha256()
    for module in (facts, reading, values, learning):
        try:
            found.update(Path(module.__file__ or "").read_bytes())
        except OSError:
            found.update(b"?")
    return found.hexdigest()[:16]


def read_saved(directory: Path, store: str, pace: Pace = at_once) -> Saved | None:
    """What the file in `directory` holds, if it is whole, of this code and of the store that is so named."""
    try:
        with os.fdopen(open_private(directory / METRICS, os.O_RDONLY), "rb", buffering=1 << 20) as file:
            return _read(file, store, pace)
    except (OSError, StoreCorrupt, ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        return None


def _read(file: BinaryIO, store: str, pace: Pace) -> Saved | None:
    raw = file.readline(_LONGEST_HEAD)
    head = json.loads(raw)
    ours = (FORMAT, code(), store)
    if (head["format"], head["code"], head["store"]) != ours:
        return None
    found: dict[str, dict[str, Any]] = {name: {} for name in KINDS}
    checksum, count = zlib.crc32(_head({**head, "crc": _ZERO})), 0
    while line := file.readline(_LONGEST_LINE):
        checksum = zlib.crc32(line, checksum)
        collection, document_id, row = _decode(line.decode())
        found[collection][intern(document_id)] = decoder(collection)(row)
        count += 1
        pace()
    if f"{checksum:08x}" != head["crc"] or count != head["n"]:
        return None
    if type(head["seq"]) is not int or head["seq"] < 0:
        return None
    return Saved(head["seq"], str(head["mark"]), found, [str(each) for each in head["gerado"]])


def write_saved(
    directory: Path,
    store: str,
    seq: int,
    mark: str,
    rows: Mapping[str, Sequence[tuple[str, Any]]],
    generated: Sequence[str],
    pace: Pace = at_once,
) -> bool:
    """Write the file aside, durable, and give it its name; False when another process is at it, or the disk
    refuses: nothing needs it.
    """
    path = directory / METRICS
    try:
        descriptor = open_private(aside_path(path), os.O_RDWR | os.O_CREAT)
    except (OSError, StoreCorrupt):
        return False
    with os.fdopen(descriptor, "w+b", buffering=1 << 20) as file:
        try:
            if not _mine(file, aside_path(path)):
                return False
            head = {"format": FORMAT, "code": code(), "store": store, "seq": seq, "mark": mark}
            head |= {"gerado": list(generated), "n": sum(map(len, rows.values())), "crc": _ZERO}
            _write(file, head, rows, pace)
            os.rename(aside_path(path), path)  # noqa: PTH104 - the crash tests stop the process at each call
            sync_directory(directory)
        except OSError:
            aside_path(path).unlink(missing_ok=True)
            return False
    return True


def _mine(file: BinaryIO, aside: Path) -> bool:
    """Whether nobody else writes: two at once would leave a mixture."""
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it may have given it its name between the opening and the lock.
        mine = os.fstat(file.fileno()).st_ino == aside.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
    return mine


def _write(
    file: BinaryIO, head: dict[str, Any], rows: Mapping[str, Sequence[tuple[str, Any]]], pace: Pace
) -> None:
    file.truncate(0)
    first = _head(head)
    checksum = zlib.crc32(first)
    file.write(first)
    for line in _lines(rows):
        checksum = zlib.crc32(line, checksum)
        file.write(line)
        pace()
    file.seek(0)
    file.write(_head({**head, "crc": f"{checksum:08x}"}))
    file.flush()
    os.fsync(file.fileno())


def _head(head: Mapping[str, Any]) -> bytes:
    return f"{_encoder.encode(head)}\n".encode()


def _lines(rows: Mapping[str, Sequence[tuple[str, Any]]]) -> Iterator[bytes]:
    for collection, facts_of in rows.items():
        of = values_of(collection)
        for document_id, fact in facts_of:
            yield f"{_encoder.encode((collection, document_id, of(fact)))}\n".encode()
