"""`e`: the item's spec in the owner's editor; what was changed becomes the spec's next version."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from textual.app import App, SuspendNotSupported

from screens.frame import frame_of
from screens.hangup import hung_up
from screens.port import LinePort
from store.errors import OficinaError

Run = Callable[[Sequence[str]], int]
_FALLBACKS = ("nano", "vim", "vi")
_LOOK_S, _GRACE_S = 0.1, 2.0


def editor_argv(environment: Mapping[str, str], path: str) -> list[str]:
    """The editor's command line for a file: $VISUAL, $EDITOR, or one that is installed; empty for none."""
    named = environment.get("VISUAL") or environment.get("EDITOR")
    argv = (
        shlex.split(named) if named else [found for name in _FALLBACKS if (found := shutil.which(name))][:1]
    )
    return [*argv, path] if argv else []


class TerminalGone(Exception):
    """The terminal that was lent to the editor is not there any more: there is no screen to come back to."""


def run_here(argv: Sequence[str]) -> int:
    """Run a command in this terminal, while the line goes on; its exit code, 127 when it can't be started.

    The screen's loop stands still meanwhile, so what would end it is looked after here: a signal ends the
    editor first, a terminal that vanished raises TerminalGone.
    """
    with _told_to_leave() as told:
        try:
            editor = subprocess.Popen(argv)
        except OSError:
            return 127
        while True:
            try:
                return editor.wait(_LOOK_S)
            except subprocess.TimeoutExpired:
                if hung_up(sys.__stdin__):
                    _end(editor)
                    raise TerminalGone from None
                if told.is_set():
                    _end(editor)


def _end(editor: subprocess.Popen[bytes]) -> None:
    editor.terminate()
    try:
        editor.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        editor.kill()
        editor.wait()


@contextmanager
def _told_to_leave() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGHUP set; the loop, which hears of them as well, then leaves."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def edit_spec(
    app: App[Any], port: LinePort, item_id: str, run: Run = run_here, *, again: bool = False
) -> None:
    """Open the item's spec, then add it as a version if its text changed; says in a line what went wrong.

    `again` after a mistake: the text is added also where it is left as it was.
    """
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
            if hung_up(sys.__stdin__) and not app.is_headless:
                raise TerminalGone
        if code:
            frame.say(f"{argv[0]} ended with {code}; nothing was added", severity="error")
        elif _content(path) == before and not again:
            frame.say("Nothing was changed")
        else:
            await _add(app, port, item_id, path, run)
    except TerminalGone:
        app.exit(return_code=128 + signal.SIGHUP)
    except SuspendNotSupported:
        frame.say(
            f"This terminal can't be lent to an editor; edit {path} and run oficina spec add",
            severity="warning",
        )
    except OficinaError as error:
        frame.say(str(error), severity="error")


async def _add(app: App[Any], port: LinePort, item_id: str, path: str, run: Run) -> None:
    """Add the edited file; what is wrong with it stays on screen, with the editor one key away."""
    try:
        await port.add_spec(path)
    except OficinaError as error:
        from screens.dialogs.mistake import MistakeDialog

        def answered(again: bool | None) -> None:
            if again:
                app.run_worker(edit_spec(app, port, item_id, run, again=True), group="edit")

        app.push_screen(MistakeDialog(str(error)), answered)
        return
    frame_of(app).say(f"Added as the next version: {path}")


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
