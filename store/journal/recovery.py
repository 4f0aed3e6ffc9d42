"""What to do with bytes after the last good line of a journal, once nobody can be writing them any more."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from store.journal.files import open_private, sync_directory, write_all
from store.journal.lines import claimed_checksum, unseal

_NUL_RUN = b"\0\0"


@dataclass(frozen=True)
class Keep:
    """The record is whole, only its newline is missing or damaged: `line` is how it should be."""

    line: bytes


@dataclass(frozen=True)
class SetAside:
    """A write that a crash cut off: nobody was told that it succeeded."""


@dataclass(frozen=True)
class Refuse:
    """Damage to something that may have been acknowledged: change nothing."""


def judge(rest: bytes, chain: int, seq: int) -> Keep | SetAside | Refuse:
    """Judge `rest`, which follows the line with checksum `chain` and doesn't start with a good line `seq`."""
    first, newline, later = rest.partition(b"\n")
    if not newline:
        for guess in (rest + b"\n", rest[:-1] + b"\n"):
            if unseal(guess, chain):
                return Keep(guess)
        return SetAside()
    # A file that was made longer before its blocks were written shows NULs there, which JSON never holds.
    if _NUL_RUN in first and not _was_acknowledged(first, later, seq):
        return SetAside()
    return Refuse()


def _was_acknowledged(first: bytes, later: bytes, seq: int) -> bool:
    """Whether a good line further on says that transaction `seq` had reached the disk."""
    previous = claimed_checksum(first + b"\n")
    for body in later.split(b"\n"):
        line = body + b"\n"
        found = unseal(line, previous) if previous is not None else None
        if found and (found[0].get("ok", 0) >= seq or "end" in found[0]):
            return True
        previous = claimed_checksum(line)
    return False


def set_aside(directory: Path, base: int, offset: int, rest: bytes) -> Path:
    """Keep a copy of what will be cut off from segment `base` at `offset`; durable on return."""
    number = 0
    while True:
        path = directory / f"torn-{base:012d}-{offset}-{number}"
        try:
            descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            break
        except FileExistsError:
            number += 1
    try:
        write_all(descriptor, rest, 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_directory(directory)
    return path
