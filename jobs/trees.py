"""Directories that untrusted work filled: walked and removed without recursion, links or long paths.

A tree may be deeper than Python recurses and longer than a path can be; neither may stop whoever cleans up.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

_LONGEST = 3_800
"""Bytes of a directory's path that leave room for a name in it."""


class TooDeepError(Exception):
    """A tree that is deeper, or has more in it, than its reader wants."""


def plain_walk(directory: Path, *, depth: int, entries: int) -> Iterator[Path]:
    """Everything below `directory` but plain directories, links as they are, in a fixed order.

    Raises TooDeepError beyond `depth` levels or `entries` names, directories counted.
    """
    waiting, seen = [(directory, 0)], 0
    while waiting:
        current, level = waiting.pop()
        if level > depth or len(os.fsencode(current)) > _LONGEST:
            raise TooDeepError
        names = []
        with os.scandir(current) as found:
            for entry in found:
                seen += 1
                if seen > entries:
                    raise TooDeepError
                names.append(entry.name)
        below = []
        for path in (current / name for name in sorted(names)):
            if stat.S_ISDIR(path.lstat().st_mode):
                below.append((path, level + 1))
            else:
                yield path
        waiting += reversed(below)


def remove_tree(directory: Path) -> None:
    """Remove a tree, sealed or half-made, never through a link; nothing there is no error.

    Directories are moved up and emptied one by one, so that no path below `directory` has more than two
    parts. Interrupted, it can be done again.
    """
    if directory.is_symlink() or directory.is_file():
        directory.unlink()
        return
    if not directory.exists():
        return
    waiting = [directory]
    emptied: list[Path] = []
    while waiting:
        current = waiting.pop()
        current.chmod(0o700)
        for path in list(current.iterdir()):
            if not stat.S_ISDIR(path.lstat().st_mode):
                path.unlink()
            elif current == directory:
                waiting.append(path)
            else:
                # A directory that is moved must be writable itself.
                path.chmod(0o700)
                waiting.append(path.rename(directory / f".{secrets.token_hex(8)}"))
        emptied.append(current)
    for path in reversed(emptied):
        path.rmdir()
