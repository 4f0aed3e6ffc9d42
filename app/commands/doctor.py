"""`oficina doctor`: what this machine has, what is missing, and how to get it."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from app.definitions import Definitions
from app.invocation import runnable
from app.main import EXIT_DONE, EXIT_FAILED
from app.output import print_json, print_table
from app.screen_config import screen_problems
from app.wiring import opened, trust_of
from jobs.config import CONFIG_NAME, read_config
from jobs.health_outside import health_outside, health_without_store
from jobs.sandbox import Level, trial
from jobs.trust import has_store
from jobs.workspace import Workspace, find_workspace, open_workspace
from store.clock import SystemClock
from store.database import check as check_store
from store.errors import OficinaError, WrongInput
from store.views.model import HealthRow
from store.yamlfile import load_yaml

State = Literal["ok", "warning", "wrong", "missing", "damaged"]
_SYMBOLS = {"ok": "✓", "warning": "!", "wrong": "✗", "missing": "✗", "damaged": "✗"}
_FAILED = ("wrong", "missing", "damaged")
_STATES: dict[str, State] = {"ok": "ok", "warn": "warning", "bad": "wrong"}
_LEAST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, and what would mend it."""

    what: str
    state: State
    found: str
    remedy: str = ""


def doctor(arguments: argparse.Namespace) -> int:
    """Look at everything; exit 1 when something that oficina needs is missing, wrong or damaged."""
    level = trial()
    findings = [_python(), _sandbox(level), *_terminal(), _editor(), *_workspace(arguments, level)]
    if arguments.json:
        print_json([asdict(each) for each in findings])
    else:
        rows = [
            [
                _SYMBOLS[each.state],
                each.state,
                each.what,
                each.found,
                runnable(each.remedy, arguments.workspace),
            ]
            for each in findings
        ]
        print_table(["", "state", "what", "found", "what to do"], rows, empty="")
    return EXIT_FAILED if any(each.state in _FAILED for each in findings) else EXIT_DONE


def _python() -> Finding:
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] < _LEAST_PYTHON:
        return Finding("Python", "missing", found, "install Python 3.11 or newer")
    return Finding("Python", "ok", found)


def _sandbox(level: Level) -> Finding:
    if level.name == "full":
        return Finding("sandbox", "ok", f"full: {level.why}" if level.why else "full")
    remedy = "install bubblewrap (apt install bubblewrap), and allow unprivileged user namespaces"
    return Finding("sandbox", "warning", f"{level.name}: {level.why}", remedy)


def _terminal() -> Iterator[Finding]:
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        yield Finding("terminal", "warning", "none here", "`oficina run --headless` needs none")
        return
    size = shutil.get_terminal_size()
    state: State = "ok" if size.columns >= 80 and size.lines >= 24 else "warning"
    remedy = "" if state == "ok" else "80x24 shows everything; it stays readable down to 40x12"
    yield Finding("terminal", state, f"{os.environ.get('TERM', '?')}, {size.columns}x{size.lines}", remedy)
    encoding = (sys.stdout.encoding or "").lower()
    if "utf" not in encoding:
        yield Finding("encoding", "warning", encoding or "unknown", "set LANG to a UTF-8 locale")


def _editor() -> Finding:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    found = named or next((name for name in ("nano", "vim", "vi") if shutil.which(name)), "")
    if not found:
        return Finding("editor", "warning", "none", "export EDITOR: `e` opens specs in it")
    return Finding("editor", "ok", found)


def _workspace(arguments: argparse.Namespace, level: Level) -> Iterator[Finding]:
    try:
        root = find_workspace(arguments.workspace or Path.cwd()).root
    except OficinaError as error:
        yield Finding("workspace", "warning", runnable(str(error), None), "")
        return
    wrong = _config_problems(root)
    yield from wrong
    try:
        workspace = open_workspace(root)
    except OficinaError as error:
        if not wrong:
            yield Finding("workspace", "wrong", str(error), "")
        return
    yield Finding("workspace", "ok", f"{workspace.name} at {root}")
    yield Finding("time zone", "ok", f"{workspace.config.fuso}: of every time that is shown")
    broken = list(_definitions(workspace))
    yield from broken
    yield _store(workspace)
    for row in _health(arguments, workspace, level, broken=any(one.state == "wrong" for one in broken)):
        yield Finding(f"health: {row.nome}", _STATES[row.estado], row.motivo, row.remedio)


def _definitions(workspace: Workspace) -> Iterator[Finding]:
    """Whether what the workspace defines is approved, and what is wrong with each of its files."""
    try:
        trust = trust_of(workspace)
    except OficinaError as error:
        yield Finding("trust", "wrong", str(error), "make it a plain file that you may read")
        return
    if not trust.trusted:
        yield Finding("trust", "warning", "defines what you have not approved", "`oficina trust`")
    days = workspace.config.effectiveness_after_days
    for problem in Definitions(trust.own, days).problems(workspace.paths.root):
        yield Finding("definitions", "wrong", problem, "mend it, then `oficina trust`")


def _health(
    arguments: argparse.Namespace, workspace: Workspace, level: Level, *, broken: bool
) -> Sequence[HealthRow]:
    """How the workspace and its line are now, as another process sees it; `broken`: no line can be there."""
    paths, now = workspace.paths, SystemClock().now()
    if broken:
        rows = health_without_store(paths, level, now=now, problem="")
        return [row for row in rows if row.nome != "store"]
    if not has_store(paths):
        return health_without_store(paths, level, now=now, problem="")
    try:
        with opened(arguments, readonly=True) as shop:
            actors = shop.definitions.actors.working()
            return health_outside(paths, shop.db, shop.decisions, shop.contracts, actors, level, now=now)
    except OficinaError as error:
        return health_without_store(paths, level, now=now, problem=str(error))


def _config_problems(root: Path) -> list[Finding]:
    """Everything that is wrong with `oficina.yaml`: the line reads it, and the screen."""
    try:
        doc = load_yaml(root / CONFIG_NAME, CONFIG_NAME)
    except WrongInput as error:
        return [Finding(CONFIG_NAME, "wrong", str(error))]
    config, problems = read_config(doc, root)
    problems += screen_problems(doc, theme=config.theme, keymap=config.keymap)
    return [Finding(CONFIG_NAME, "wrong", str(problem)) for problem in problems]


def _store(workspace: Workspace) -> Finding:
    if not any(workspace.paths.store.iterdir()):
        return Finding("store", "ok", "empty")
    try:
        report = check_store(workspace.paths.store)
    except OficinaError as error:
        return Finding("store", "wrong", str(error), "`oficina store check`")
    if report.ok:
        return Finding("store", "ok", f"seq {report.seq}")
    return Finding("store", "damaged", report.problems[0], "`oficina store check`, `oficina store repair`")
