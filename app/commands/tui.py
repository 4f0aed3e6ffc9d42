"""`oficina` alone: the screen. The line is loaded behind the first frame."""

from __future__ import annotations

import argparse
import sys

from app.opening import Opening
from store.errors import WrongInput


def open_terminal(arguments: argparse.Namespace) -> int:
    """Show the workspace; the exit code is the screen's."""
    if not has_terminal():
        remedy = "`oficina run --headless` runs without one"
        raise WrongInput("the screen needs a terminal", remedy=remedy)
    opening = Opening.of(arguments)
    try:
        return _show(opening)
    finally:
        opening.close()


def _show(opening: Opening) -> int:
    from app import collector

    collector.pause()  # until the line is loaded: the first frame is the quicker for it
    from app.tui import OficinaApp
    from screens.zone import show_times_in

    show_times_in(opening.settings.fuso)

    app = OficinaApp(
        opening.port,
        settings=opening.settings,
        workspace=opening.workspace_name,
        on_crash=opening.crashed,
        stop_process=opening.stop_process,
    )
    app.run()
    return app.return_code or 0


def has_terminal() -> bool:
    """Whether a screen can be shown: every standard stream is there and is a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
