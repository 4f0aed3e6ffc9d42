"""What of a workspace a command names, as it is on the disk: what is approved of it, or why it can't be.

A link is never followed: whoever may write where it leads would change what was approved without a trace.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jobs.signing import key_places
from jobs.trees import TooDeepError, plain_walk
from store.commands import PRIVATE

MAX_FILES, MAX_BYTES, MAX_DEPTH = 5_000, 64 << 20, 32
"""What a program may consist of, so that all of it can be approved."""

_WHOLE_BYTES = 64 << 10
_KEY = b"PRIVATE KEY-----"
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class Place:
    """What of the workspace a command names: what is approved of it, and why it can't be (empty: it can)."""

    text: str
    problem: str = ""

    @property
    def sha256(self) -> str:
        """The digest of what is approved."""
        return digest(self.text)


def digest(text: str) -> str:
    """What an approved text is recognised by, as SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def place_of(root: Path, name: str) -> Place:
    """Look at a file or directory of the workspace as it is now: of a small text all is approved, of all else
    digests and sizes. What is not there can be approved as such.
    """
    problem = _way_problem(root, name)
    path = root / name
    if not problem and not os.path.lexists(path):
        return Place("is not there")
    try:
        return _refused(problem) if problem else _look(path, name)
    except OSError as error:
        return _refused(f"{name} can't be read: {error.strerror}")


def _refused(problem: str) -> Place:
    return Place(f"can't be approved: {problem}", problem)


def _way_problem(root: Path, name: str) -> str:
    """Why a path can't be followed; empty when it can. A link can lead elsewhere without a trace."""
    if os.path.realpath(root / name) != str(Path(os.path.realpath(root), os.path.normpath(name))):
        return f"{name} leads through a link"
    if Path(os.path.normpath(name)).parts[:1] == (PRIVATE,):
        return f"{name} is in the store"
    return ""


def _look(path: Path, name: str) -> Place:
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode):
        return _tree(path, name)
    if not stat.S_ISREG(found.st_mode):
        return _refused(f"{name} is no plain file")
    if found.st_size > MAX_BYTES:
        return _refused(f"{name} has {found.st_size} bytes and is too large to be approved")
    content = _read(path)
    if len(content) > _WHOLE_BYTES or _KEY in content:
        return Place(_digest(content))
    try:
        return Place(content.decode())
    except UnicodeDecodeError:
        return Place(_digest(content))


def _tree(directory: Path, name: str) -> Place:
    lines, size = [], 0
    try:
        for path in plain_walk(directory, depth=MAX_DEPTH, entries=MAX_FILES):
            inside, found = path.relative_to(directory).as_posix(), path.lstat()
            size += found.st_size
            if size > MAX_BYTES:
                raise TooDeepError
            if not inside.isprintable():
                # A line of its own in a name would stand for a file that is not there.
                return _refused(f"{name} holds a file whose name can't be shown: {inside!a}")
            if not stat.S_ISREG(found.st_mode):
                what = "a link" if stat.S_ISLNK(found.st_mode) else "no plain file"
                return _refused(f"{name}/{inside} is {what}")
            lines.append(f"{inside} {_digest(_read(path))}")
    except TooDeepError:
        return _refused(_too_large(directory))
    return Place("\n".join(lines))


def _too_large(path: Path) -> str:
    return f"{path.name} is too large to be approved: over {MAX_FILES} files or {MAX_BYTES >> 20} MB"


def _read(path: Path) -> bytes:
    with os.fdopen(os.open(path, _PLAIN), "rb") as file:
        return file.read(MAX_BYTES + 1)


def _digest(content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()} {len(content)} bytes"


def private_places(root: Path, key: str) -> list[Path]:
    """What is never handed to a program: the store, and whatever releases are signed with."""
    return [Path(os.path.realpath(root / PRIVATE)), *key_places(root, key)]


def private_problem(path: Path, private: Iterable[Path]) -> str:
    """Why a path can't be handed to a program: it is, holds or lies in what is private. Empty when it can."""
    real = Path(os.path.realpath(path))
    for place in private:
        if real.is_relative_to(place) or place.is_relative_to(real):
            what = "the store" if place.name == PRIVATE else "a signing key"
            return f"holds {what}, which is never handed to a program"
    return ""


def program_place(root: Path, name: str, private: Iterable[Path]) -> Place:
    """The same as `place_of` for what is handed to a program; what is private is not even read."""
    problem = private_problem(root / name, private)
    return _refused(f"{name} {problem}") if problem else place_of(root, name)
