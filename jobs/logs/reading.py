"""Reads the log across its files, oldest first, and goes on as it grows and is put aside."""

from __future__ import annotations

import fcntl
import json
import math
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from jobs.logs.files import KEPT, numbered
from jobs.logs.logbook import LEVELS
from store.clock import parse_time

Record = dict[str, Any]

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LOCK_S = 0.5
_START = b'{"ts":'
_LONGEST_LINE = 1 << 20
"""Bytes; what is longer no process of ours wrote."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: all that is said must hold. `level` is the least, `since` a UTC text."""

    saga: str = ""
    item: str = ""
    level: str = ""
    since: str = ""

    def fits(self, record: Record) -> bool:
        """Whether a record is asked for."""
        return (
            (not self.saga or record.get("saga_id") == self.saga)
            and (not self.item or record.get("item") == self.item)
            and (not self.level or _rank(record.get("level")) >= LEVELS.index(self.level))
            and (not self.since or str(record.get("ts", "")) >= self.since)
        )


def _rank(level: object) -> int:
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("info")


def parse_line(line: bytes) -> Record | None:
    """A line's record; where a full disk cut one, and another process went on in it, that process's."""
    for start in (0, line.rfind(_START)):
        with suppress(ValueError, RecursionError):
            record = json.loads(line[start:], parse_constant=_finite, parse_float=_finite)
            if isinstance(record, dict):
                return record
    return None


def _finite(text: str) -> float:
    """A number; ValueError for what JSON has none of: it could not be said again."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(text)
    return found


class LogReader:
    """The log of one directory. Close it with `with`."""

    def __init__(self, directory: Path, wanted: Wanted) -> None:
        self._directory, self._wanted = directory, wanted
        self._current: BufferedReader | None = None
        self._leaving: list[BufferedReader] = []
        """Files that were put aside: whoever still writes to one is heard for another turn."""
        self._rest: dict[BufferedReader, bytes] = {}

    def __enter__(self) -> LogReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._close(self._leaving if self._current is None else [*self._leaving, self._current])

    def newest(self, limit: int | None) -> list[Record]:
        """The newest records that fit, at most `limit` of them (None: all), oldest first; `more` goes on
        there.
        """
        found: deque[Record] = deque()
        files = self._open_from(None)
        if not files:
            return []
        *older, current = files
        self._current = current
        for file in (current, *reversed(older)):
            room = None if limit is None else limit - len(found)
            if room == 0 or self._is_older(file):
                break
            found.extendleft(reversed(deque(self._records(file), maxlen=room)))
        if self._is_older(current):
            current.seek(0, os.SEEK_END)
        self._close(older)
        return list(found)

    def more(self) -> Iterator[Record]:
        """What was written since the last time."""
        last, files = self._leaving, self._moved()
        for file in (*last, *files):
            yield from self._records(file)
        self._close(last)

    def _moved(self) -> list[BufferedReader]:
        """The file that was read last, and those that came after it."""
        self._leaving = []
        if self._current is not None and self._is_named(self._current):
            return [self._current]
        files = self._open_from(self._current)
        if self._current is not None:
            files.insert(0, self._current)
        if files:
            *self._leaving, self._current = files
        return files

    def _close(self, files: list[BufferedReader]) -> None:
        for file in files:
            self._rest.pop(file, None)
            file.close()

    def _is_named(self, file: BufferedReader) -> bool:
        with suppress(FileNotFoundError):
            return os.path.samestat(numbered(self._directory, 0).lstat(), os.fstat(file.fileno()))
        return False

    def _is_older(self, file: BufferedReader) -> bool:
        """Whether all of a file was written before what is asked for."""
        if not self._wanted.since:
            return False
        changed = os.fstat(file.fileno()).st_mtime
        return changed < parse_time(self._wanted.since).timestamp() - 1.0

    def _open_from(self, after: BufferedReader | None) -> list[BufferedReader]:
        """The files newer than `after`, oldest first; all of them where it is gone, or none is named."""
        known = os.fstat(after.fileno()) if after is not None else None
        found: list[BufferedReader] = []
        with self._still():
            for number in range(KEPT + 1):
                file = self._opened(numbered(self._directory, number))
                if file is None:
                    continue
                if known is not None and os.path.samestat(os.fstat(file.fileno()), known):
                    file.close()
                    break
                found.insert(0, file)
        return found

    def _opened(self, path: Path) -> BufferedReader | None:
        try:
            return os.fdopen(os.open(path, _READ), "rb")
        except OSError:
            return None

    @contextmanager
    def _still(self) -> Iterator[None]:
        """Nobody renames meanwhile; whoever does so for too long (a stopped process) is not waited for."""
        try:
            directory = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            yield
            return
        try:
            deadline = time.monotonic() + _LOCK_S
            while time.monotonic() < deadline:
                with suppress(OSError):
                    fcntl.flock(directory, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    break
                time.sleep(0.01)
            yield
        finally:
            os.close(directory)

    def _records(self, file: BufferedReader) -> Iterator[Record]:
        """The records from where the file was read to; a line that is not finished waits for its end."""
        while line := file.readline(_LONGEST_LINE):
            whole = self._rest.pop(file, b"") + line
            if not whole.endswith(b"\n"):
                # Of a line that is too long, enough is kept to know that it is, until its end has come.
                self._rest[file] = whole[: _LONGEST_LINE + 1]
                continue
            record = parse_line(whole) if len(whole) <= _LONGEST_LINE else None
            if record is not None and self._wanted.fits(record):
                yield record
