"""Where attempts write, and where finished files live for good (design.md, "Files first, references second").

An attempt writes only in a directory named by its token. Finished files are fsynced and renamed to a place
named by their SHA-256; only then may the store refer to them.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from jobs.trees import remove_tree
from store.errors import OficinaError

_OUTCOME = "outcome.json"
_TOKEN = re.compile(r"[A-Za-z0-9]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = re.compile(r"\.[0-9a-f]{16}")
_CHUNK = 1 << 20
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""How what a step may have made is opened: through no link, and not waiting for a pipe's other end."""


class ReferenceRefusedError(OficinaError):
    """A token or a digest that is none: it could lead out of its directory."""


class Attempts:
    """The attempts' directories, one a token."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, token: str) -> Path:
        """The attempt's directory, there or not."""
        if not _TOKEN.fullmatch(token):
            raise ReferenceRefusedError(f"{token!r} is not an attempt's token")
        return self.directory / token

    def create(self, token: str) -> Path:
        """The attempt's directory, made for its owner only."""
        path = self.path(token)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def outcome(self, token: str) -> dict[str, Any] | None:
        """The outcome that the attempt made durable, or None; what is no JSON object in its place is none."""
        try:
            with os.fdopen(os.open(self.path(token) / _OUTCOME, _PLAIN), "rb") as file:
                document = json.loads(file.read())
        except (OSError, ValueError, RecursionError):
            return None
        return document if isinstance(document, dict) else None

    def discard(self, token: str) -> None:
        """Remove the attempt's directory with all that is in it (never following links)."""
        with suppress(OSError):
            remove_tree(self.path(token))

    def tokens(self) -> Iterator[str]:
        """The tokens of all directories that are left."""
        if self.directory.is_dir():
            yield from sorted(path.name for path in self.directory.iterdir() if _TOKEN.fullmatch(path.name))


def write_outcome(attempt: Path, outcome: Mapping[str, Any]) -> None:
    """Make an attempt's outcome durable: either all of it is there afterwards or nothing."""
    data = json.dumps(outcome, ensure_ascii=False, allow_nan=False).encode()
    _write_durably(attempt / _OUTCOME, data, 0o600)


class Objects:
    """Files named by their SHA-256, immutable once they are there."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, sha256: str) -> Path:
        """Where the object is, there or not."""
        if not _SHA256.fullmatch(sha256):
            raise ReferenceRefusedError(f"{sha256!r} is not a SHA-256")
        return self.directory / sha256[:2] / sha256[2:]

    def put_file(self, source: Path) -> str:
        """Keep a copy of a regular file (links are refused); returns its SHA-256."""
        descriptor = os.open(source, _PLAIN)
        with os.fdopen(descriptor, "rb") as file:
            return self._put(iter(lambda: file.read(_CHUNK), b""))

    def put_bytes(self, data: bytes) -> str:
        """Keep some bytes; returns their SHA-256."""
        return self._put(iter((data,)))

    def read(self, sha256: str, limit: int | None = None) -> bytes:
        """The object's first `limit` bytes (all by default).

        Raises FileNotFoundError, or another OSError for a link or what is no file: neither is followed, and a
        pipe in its place does not block.
        """
        descriptor = os.open(self.path(sha256), _PLAIN)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not a plain file", sha256)
            return file.read(-1 if limit is None else limit)

    def sweep(self) -> int:
        """Remove what writers that are gone have left unfinished; returns how many files.

        Whoever writes holds a lock on its file, in whatever process: what can be locked is nobody's. Only
        plain files in this very directory are touched.
        """
        try:
            directory = os.open(self.directory, _PLAIN | os.O_DIRECTORY)
        except OSError:
            return 0
        try:
            names = [name for name in os.listdir(directory) if _UNFINISHED.fullmatch(name)]  # noqa: PTH208
            return sum(_remove_if_nobodys(name, directory) for name in names)
        finally:
            os.close(directory)

    def _put(self, chunks: Iterator[bytes]) -> str:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        file, temporary = self._unfinished()
        try:
            with file:
                for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
                return self._keep(temporary, digest.hexdigest())
        finally:
            temporary.unlink(missing_ok=True)

    def _unfinished(self) -> tuple[BinaryIO, Path]:
        """A new file to write, locked until it is closed, so that `sweep` leaves it alone."""
        while True:
            temporary = self.directory / f".{secrets.token_hex(8)}"
            file = _private_file(temporary, 0o400)
            with suppress(OSError):  # where nothing can be locked, nothing is swept either
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:
                return file, temporary
            # It was swept between its making and its lock.
            file.close()

    def _keep(self, temporary: Path, sha256: str) -> str:
        path = self.path(sha256)
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            temporary.rename(path)
            sync_directory(path.parent)
            sync_directory(self.directory)
        return sha256


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with _private_file(temporary, mode) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_directory(path.parent)


def _remove_if_nobodys(name: str, directory: int) -> bool:
    try:
        descriptor = os.open(name, _PLAIN, dir_fd=directory)
    except OSError:
        return False
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(name, dir_fd=directory)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _private_file(path: Path, mode: int) -> BinaryIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    return os.fdopen(descriptor, "wb")
