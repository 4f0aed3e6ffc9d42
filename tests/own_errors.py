"""Where the product says of itself that it is broken, which no test should find: one look for all of them.

An error that nobody expected is one line on the terminal (`app/crash.py`), its traceback in the log of the
workspace or of the user; a job of the line that failed is an event of it, too, and a step that failed so is
an attempt's error.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

SIGNS = ("Traceback (most recent call last)", "internal error: ", '"event":"exception"', '"linha.error"')
"""On the terminal, in a record of the log, in a transaction of the journal."""

_LAST = 4 << 20
"""Bytes of a file's end that are looked at: somebody may have made it without end."""


def own_errors(*said: str, workspaces: Iterable[Path] = (), state: Path | None = None) -> list[str]:
    """What was found, each with some of what is around it; nothing where all is well.

    `said` is what was written on terminals, `workspaces` are those whose log, journal and history are looked
    at, `state` is what processes had as `XDG_STATE_HOME`, where that is not this process's.
    """
    state = state or Path(os.environ["XDG_STATE_HOME"])
    places = [state / "oficina" / "logs"]
    for root in workspaces:
        places += [root / ".oficina" / "logs", root / ".oficina" / "store"]
    texts = [*(("said", text) for text in said), *_files(places)]
    return [f"{where}: {_around(text, sign)}" for where, text in texts for sign in SIGNS if sign in text]


def _files(places: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for place in places:
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if (text := _end_of(path)) is not None:
                yield str(path), text


def _end_of(path: Path) -> str | None:
    """The end of a regular file; what else is there is a trap, and nothing that the product wrote."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LAST))
        return file.read(_LAST).decode(errors="replace")


def _around(text: str, sign: str) -> str:
    at = text.index(sign)
    return text[max(0, at - 200) : at + 1500]
