"""Reading what untrusted code left behind: plain files only, of bounded size, never through a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_PRINTED_BYTES = 64 << 20


class UnreadableError(Exception):
    """The file is missing, no plain file, or too large; the message says which."""


def read_plain(directory: Path, name: str, limit: int) -> bytes:
    """The bytes of `directory/name`, at most `limit` of them; raises UnreadableError.

    The directory itself may have been replaced by a link, the file by a link, a pipe or a device: none is
    followed, and opening never blocks.
    """
    try:
        parent = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableError(f"{directory.name} is not a directory") from error
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    except FileNotFoundError as error:
        raise UnreadableError(f"{name} is missing") from error
    except OSError as error:
        raise UnreadableError(f"{name} is not a plain file") from error
    finally:
        os.close(parent)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UnreadableError(f"{name} is not a plain file")
        with os.fdopen(handle, "rb", closefd=False) as stream:
            content = stream.read(limit + 1)
    finally:
        os.close(handle)
    if len(content) > limit:
        raise UnreadableError(f"{name} is larger than {limit >> 20} MB")
    return content


def plain_text(text: str, limit: int) -> str:
    """At most `limit` characters, control characters other than line ends made visible as U+FFFD."""
    kept = text[:limit]
    return "".join(char if char == "\n" or char.isprintable() else "\ufffd" for char in kept)


def printed_end(path: Path, shown: int) -> str:
    """The last `shown` characters of what a run printed; why there is nothing to read where there isn't."""
    try:
        text = read_plain(path.parent, path.name, _PRINTED_BYTES).decode(errors="replace")
    except UnreadableError as error:
        return str(error)
    return plain_text(text[-shown:], shown)
