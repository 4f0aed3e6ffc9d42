"""`oficina demo --history 90d`: a workspace with a made-up past, to see its figures; nothing works in it."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

from app.commands.demo import move_aside
from app.commands.tui import has_terminal, open_terminal
from app.invocation import runnable
from app.output import clean
from app.wiring import enter
from jobs.config import CONFIG_NAME
from jobs.health_files import write_jobs
from jobs.workspace import Workspace, init_workspace
from store.clock import RandomTokens, SystemClock, parse_time
from store.database import Database
from store.errors import WrongInput
from store.histories.book import text_of
from store.histories.chance import Chance
from store.histories.weeks import history
from store.histories.writing import is_generated, refuse_work, write_history
from store.views.health import HealthFacts

PLACE = Path("demo-history")
"""Not the demo's own: its work is real."""
SAVES, SAVE_MS = 120, 1.6
"""How many saves its line is said to have made last, and how long half of them took."""
MOST_DAYS = 730


def demo_history(arguments: argparse.Namespace) -> int:
    """Make the workspace where it isn't there yet, write its past, and show it."""
    dias = days_of(arguments.history)
    given: Path = PLACE if arguments.dir == Path("demo") else arguments.dir
    directory = given.absolute()
    if arguments.fresh:
        move_aside(directory)
    if not (directory / CONFIG_NAME).is_file():
        init_workspace(directory, RandomTokens())
    workspace = enter(directory)
    if _holds_a_past(workspace):
        print(f"The generated history is in {clean(directory)}")
        print(
            runnable(
                f"`oficina demo --history {dias}d --dir {shlex.quote(str(given))} --fresh` makes another.",
                None,
            )
        )
    else:
        agora = parse_time(SystemClock().now()).timestamp()
        counts = write_history(workspace.paths.store, history(arguments.seed, dias, agora))
        _tell_saves(workspace, arguments.seed, agora)
        print(f"{counts.get('backlog_items', 0)} items of {dias} made-up days are in {clean(directory)}")
    arguments.workspace = directory
    if arguments.headless or not has_terminal():
        print(runnable(f"`oficina -C {shlex.quote(str(given))} metrics` prints their figures.", None))
        return 0
    return open_terminal(arguments)


def _tell_saves(workspace: Workspace, seed: int, agora: float) -> None:
    """What the line that there never was would have told last of its saves: no document has them."""
    chance = Chance(seed)
    told = HealthFacts(agora=text_of(agora), titular="gerado")
    write_jobs(workspace.paths.line_lock, told, [chance.lognormal(SAVE_MS, 0.5) for _ in range(SAVES)])


def days_of(span: str) -> int:
    """The days of `90d`; WrongInput for what is none."""
    found = re.fullmatch(r"([1-9][0-9]{0,3})d?", span)
    dias = int(found[1]) if found else 0
    if not 1 <= dias <= MOST_DAYS:
        raise WrongInput(
            f"{span} is no history", path="--history", remedy=f"from 1d to {MOST_DAYS}d, as in 90d"
        )
    return dias


def _holds_a_past(workspace: Workspace) -> bool:
    """Whether a history is there already. Raises WrongState where real work is."""
    db = Database.open(workspace.paths.store, by="demo", clock=SystemClock())
    try:
        if is_generated(db):
            return True
        refuse_work(db)
    finally:
        db.close()
    return False
