"""What the screen needs before its first frame, and the line that is loaded behind it.

Nothing heavy is imported up to the first frame: `oficina.yaml` is only read by the real reader where it says
something about the screen.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from screens.settings import ScreenSettings
from store.errors import WrongInput
from store.limits import DEFAULT_FUSO

if TYPE_CHECKING:
    from app.port import LocalPort
    from jobs.line import Line
    from screens.port import LinePort

CONFIG_NAME = "oficina.yaml"
_ABOUT_THE_SCREEN = re.compile(r"(?m)^\s*['\"]?(theme|keymap|decisions|undo_s|fuso|\{)")
_NAME = re.compile(r"(?m)^name: *'?([^'\n]*?)'? *$")
_MAX_BYTES = 2 << 20
_OPEN_S = 300.0
_GRACE_S = 10.0
AHEAD_S = 2.0
"""After the line is there: the first screens and keys come before figures that nobody has asked for yet."""


@dataclass
class Opening:
    """One workspace on its way to the screen."""

    root: Path
    settings: ScreenSettings
    workspace_name: str
    grace_s: float = _GRACE_S
    _lines: list[Line] = field(default_factory=list)
    _leaving: ExitStack = field(default_factory=ExitStack)
    _ahead: threading.Timer | None = None

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Opening:
        """The workspace that `-C` names, or the nearest one. Raises WrongInput when there is none."""
        root = _root(arguments.workspace or Path.cwd())
        text = _text(root / CONFIG_NAME)
        name = _NAME.search(text)
        settings = _settings(root) if _ABOUT_THE_SCREEN.search(text) else ScreenSettings(fuso=DEFAULT_FUSO)
        return cls(root, settings, _plain((name.group(1) if name else "") or root.name))

    def crashed(self, error: BaseException) -> str:
        """Keep the traceback of an error that nobody expected; what happened and where that is, in a line."""
        from app.crash import report

        log = self._lines[-1].setup.log if self._lines else None
        return report(error, process="tui", start=self.root, log=log)

    def port(self) -> LinePort:
        """Off the UI thread: open the workspace and start its line; returns when the store is loaded."""
        from app.port import LocalPort
        from app.wiring import enter, line_setup
        from jobs.line import Line
        from jobs.logs.catching import caught
        from store.journal.files import METRICS

        workspace = enter(self.root)
        self.grace_s = workspace.config.grace_s
        setup = line_setup(workspace, name="tui", undo_s=workspace.config.undo_s, tell=False)
        self._leaving.enter_context(caught(setup.log))
        line = Line(setup)
        self._lines.append(line)
        line.start()
        line.wait_open(_OPEN_S)
        port = LocalPort(line, workspace, setup.config["definitions"])
        if (workspace.paths.store / METRICS).is_file():
            self._look_ahead(port)
        return port

    def _look_ahead(self, port: LocalPort) -> None:
        """Figures that were looked at here before are made ready for the next look."""
        self._ahead = threading.Timer(AHEAD_S, port.ready_metrics)
        self._ahead.daemon = True
        self._ahead.start()

    def stop_process(self) -> None:
        """Stop this process when its line holds nothing that others wait for."""
        if self._lines:
            self._lines[-1].stop_process()
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    def close(self) -> None:
        """Stop the line in order, however far it came. Raises what ended it, where it ended by itself."""
        with self._leaving:
            if self._ahead is not None:
                self._ahead.cancel()
            for line in self._lines:
                line.stop(self.grace_s)
                if line.failure is not None:
                    raise line.failure


def _root(start: Path) -> Path:
    start = start.resolve()
    for directory in (start, *start.parents):
        if (directory / CONFIG_NAME).is_file():
            return directory
    raise WrongInput(
        f"no workspace at {start} or above",
        remedy="make one with `oficina init DIR`, or try `oficina demo`",
    )


def _plain(name: str) -> str:
    """A name for the first frame, before anything has checked it: nothing in it can steer the terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MAX_BYTES).decode("utf-8", errors="replace")


def _settings(root: Path) -> ScreenSettings:
    """By the real reader, which says what is wrong with file and line."""
    from app.screen_config import screen_problems
    from jobs.config import load_config
    from store.yamlfile import load_yaml

    config = load_config(root / CONFIG_NAME, root)
    doc = load_yaml(root / CONFIG_NAME, CONFIG_NAME)
    for problem in screen_problems(doc, theme=config.theme, keymap=config.keymap):
        raise problem
    return ScreenSettings(
        theme=config.theme or "dark",
        keys=config.keymap,
        fuso=config.fuso,
        prompt="inbox" if config.prompt == "inbox" else "modal",
        undo_s=config.undo_s,
    )
