"""The apps that `bench_screens` runs on a terminal: a bare Textual one, and oficina over so many items."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

TASKS = 2_000
"""Tasks of the sprint, where there is one."""
MARK = "READY-MARK"
"""What the bare app shows; what oficina shows in its first frame is its mode's name."""


def bare() -> None:
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield Static(MARK)

    Bare().run()


def oficina(count: int, mode: str, store: str = "") -> None:
    """`store` is the directory of a sprint's store, which is made."""
    from app import collector

    collector.pause()  # as the command does
    from app.tui import OficinaApp
    from screens.port import LinePort
    from screens.settings import ScreenSettings

    def line() -> LinePort:
        if mode.startswith("sprint"):
            from bench.sprint_line import SprintLine

            return cast(LinePort, SprintLine(count, Path(store), TASKS, busy=mode.endswith("busy")))
        from bench.screens_line import FoldingLine

        return cast(LinePort, FoldingLine(count, busy=mode == "busy"))

    OficinaApp(line, workspace="bench", settings=ScreenSettings(prompt="inbox")).run()


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare()
    else:
        oficina(int(sys.argv[2]), sys.argv[1], *sys.argv[3:])
