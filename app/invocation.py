"""Commands in what we print, as they can be typed where the user is: `.venv/bin/oficina -C demo decide 4`."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

NAME = "oficina"
_COMMAND = re.compile(r"`oficina(?=[ `])(?! (?:init|demo|-C)\b)")
_ANYWHERE = re.compile(r"`oficina(?=[ `])")


def runnable(text: str, directory: Path | None) -> str:
    """`text` with each `` `oficina …` `` as it is typed here; `directory` is the workspace that was named."""
    called = program()
    with_directory = _COMMAND.sub(lambda _: f"`{called}{_named(directory)}", text)
    return _ANYWHERE.sub(lambda _: f"`{called}", with_directory) if called != NAME else with_directory


def program() -> str:
    """How this program is called again: by its name where the shell finds it, else by its path."""
    path = Path(sys.argv[0])
    if path.name != NAME or not path.is_file():
        return NAME
    found = shutil.which(NAME)
    if found is not None and Path(found).absolute() == path.absolute():
        return NAME
    return _short(path.absolute())


def _named(directory: Path | None) -> str:
    """` -C DIR`, unless the workspace is found from here without it."""
    if directory is None:
        return ""
    here, root = Path.cwd().resolve(), directory.resolve()
    return "" if root == here else f" -C {_short(root)}"


def _short(path: Path) -> str:
    """Relative where it is below here, quoted for the shell."""
    here = Path.cwd()
    return shlex.quote(os.path.relpath(path, here) if path.is_relative_to(here) else str(path))
