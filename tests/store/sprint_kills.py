"""A process that is killed while its transaction is written, without a process: what is on disk then is
copied, and whoever comes next opens the copy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

Moment = Literal["before", "half", "after"]
MOMENTS: tuple[Moment, ...] = ("before", "half", "after")
"""None of the transaction's line is written, half of it is, or all of it, and nobody was told."""


class Killed(BaseException):
    """Nothing of the program may catch it."""


@contextmanager
def killing(path: Path, moment: Moment, target: Path) -> Iterator[None]:
    """Whatever is committed in the block is its process's last: the store at `path` is left to `target` as it
    was at that moment, and Killed is raised. A block that commits nothing ends as usual.
    """
    real = os.pwrite

    def last(descriptor: int, data: Any, offset: int) -> int:
        text = bytes(data)
        if not text.startswith(b'{"seq":'):
            return real(descriptor, data, offset)
        if moment != "before":
            real(descriptor, text if moment == "after" else text[: len(text) // 2], offset)
        shutil.copytree(path, target)
        os.pwrite = real
        raise Killed

    os.pwrite = last
    try:
        yield
    finally:
        os.pwrite = real
