"""`e`: the item's spec in the owner's editor; what was changed becomes the spec's next version."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from screens.frame import frame_of
from screens.port import LinePort
from store.errors import OficinaError

Run = Callable[[Sequence[str]], int]
_FALLBACKS = ("nano", "vim", "vi")


def editor_argv(environment: Mapping[str, str], path: str) -> list[str]:
    """The editor's command line for a file: $VISUAL, $EDITOR, or one that is installed; empty for none."""
    named = environment.get("VISUAL") or environment.get("EDITOR")
    argv = (
        shlex.split(named) if named else [found for name in _FALLBACKS if (found := shutil.which(name))][:1]
    )
    return [*argv, path] if argv else []


def run_here(argv: Sequence[str]) -> int:
    """Run a command in this terminal, while the line goes on; its exit code, 127 when it can't be started."""
    try:
        return subprocess.run(argv, check=False).returncode
    except OSError:
        return 127


async def edit_spec(app: App[Any], port: LinePort, item_id: str, run: Run = run_here) -> None:
    """Open the item's spec, then add it as a version if its text changed; says in a line what went wrong."""
    frame = frame_of(app)
    try:
        path = await port.edit_target(item_id)
        argv = editor_argv(os.environ, path)
        if not argv:
            frame.say(
                f"No editor is set: export EDITOR, or edit {path} and run oficina spec add",
                severity="warning",
            )
            return
        before = _content(path)
        with app.suspend():
            code = run(argv)
        if code:
            frame.say(f"{argv[0]} ended with {code}; nothing was added", severity="error")
        elif _content(path) == before:
            frame.say("Nothing was changed")
        else:
            await port.add_spec(path)
            frame.say(f"Added as the next version: {path}")
    except SuspendNotSupported:
        frame.say(
            f"This terminal can't be lent to an editor; edit {path} and run oficina spec add",
            severity="warning",
        )
    except OficinaError as error:
        frame.say(str(error), severity="error")


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
