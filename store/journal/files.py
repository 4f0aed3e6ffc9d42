"""The store's files: their names, how they are created privately, and what makes a name durable."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from store.errors import StoreCorrupt

SNAPSHOT = "snapshot.json"
METRICS = "metrics.jsonl"
"""What `store.metrics` keeps beside the snapshot: derived from it, and left out of all that holds data."""
LOCK = "lock"
COMPACT_LOCK = "compact.lock"
JOURNAL, EVENTS, ARCHIVE = "journal", "events", "archive"

_CAREFULLY = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_NO_FILE = (errno.ELOOP, errno.ENXIO, errno.EISDIR)
_FILE_MODE, _DIRECTORY_MODE = 0o600, 0o700


def segment_path(directory: Path, kind: str, base: int) -> Path:
    """The file of the segment of `kind` whose first transaction is `base`."""
    return directory / f"{kind}-{base:012d}.jsonl"


def segment_bases(directory: Path, kind: str) -> list[int]:
    """The bases of all segments of `kind` there are, ascending."""
    pattern = re.compile(kind + r"-(\d{12})\.jsonl")
    with os.scandir(directory) as entries:
        return sorted(int(match[1]) for entry in entries if (match := pattern.fullmatch(entry.name)))


def make_directory(directory: Path) -> None:
    """Create the directory, for its owner alone, with the parents it needs."""
    directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)


def open_private(path: Path, flags: int) -> int:
    """`os.open` for a plain file that only its owner may read, never through a link.

    A store may have come from somebody else: what is none of it (a link, a pipe that would be waited for, a
    device without end) raises StoreCorrupt, and nothing is waited for.
    """
    try:
        descriptor = os.open(path, flags | _CAREFULLY, _FILE_MODE)
    except OSError as error:
        if error.errno in _NO_FILE:
            raise StoreCorrupt(_not_plain(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise StoreCorrupt(_not_plain(path))
    return descriptor


def _not_plain(path: Path) -> str:
    return f"{path}: a link, a pipe, a device or a directory, where a store has a plain file"


def read_plain(path: Path) -> bytes:
    """All of a file. Raises FileNotFoundError, and StoreCorrupt as `open_private`."""
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        return file.read()


def sync_directory(directory: Path) -> None:
    """Make the names in `directory` durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def written_aside(path: Path) -> Iterator[BinaryIO]:
    """A new file under a temporary name: durable when the block ends, gone when it raises.

    The caller renames it with `install`, so that a file under its real name is always whole.
    """
    aside = aside_path(path)
    descriptor = open_private(aside, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def install(path: Path) -> None:
    """Give a file that was written aside its real name; durable after `sync_directory`."""
    os.rename(aside_path(path), path)  # noqa: PTH104 - the crash tests stop the process at each call of os


def aside_path(path: Path) -> Path:
    """Where `written_aside` writes."""
    return path.with_name(path.name + ".tmp")


def read_all(descriptor: int, start: int, end: int) -> bytes:
    """The bytes of a file from `start` up to `end`, fewer only where the file ends before."""
    parts, at = [], start
    while at < end and (part := os.pread(descriptor, end - at, at)):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def write_all(descriptor: int, data: bytes, start: int) -> None:
    """Write all of `data` at `start`; OSError when the disk does not take it."""
    done = 0
    while done < len(data):
        done += os.pwrite(descriptor, data[done:] if done else data, start + done)
