"""Releases that an attempt has not finished: where they are made, and the end of those that nobody makes."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from jobs.trees import remove_tree

_UNFINISHED = re.compile(r"\.([A-Za-z0-9]{1,64})")


def unfinished_release(releases: Path, token: str) -> Path:
    """Where the attempt of that token makes its release; it is renamed when it is whole."""
    return releases / f".{token}"


def sweep_releases(releases: Path, living: Collection[str]) -> int:
    """Remove the unfinished releases of all attempts but the `living` (tokens); returns how many.

    Never through a link; what is interrupted is done by the next sweep.
    """
    if releases.is_symlink() or not releases.is_dir():
        return 0
    names = [(path, _UNFINISHED.fullmatch(path.name)) for path in releases.iterdir()]
    left = [path for path, found in names if found and found.group(1) not in living]
    for path in left:
        with suppress(OSError):
            remove_tree(path)
    return len(left)
