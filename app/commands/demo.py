"""`oficina demo`: the demo workspace, on screen or (without a terminal) headless under the demo's policy."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from app.commands.tui import has_terminal, open_terminal
from app.invocation import runnable
from app.output import clean
from app.wiring import enter, opened
from jobs.config import CONFIG_NAME
from jobs.policy import SEED
from jobs.workspace import SEEDS, copy_demo
from store.clock import RandomTokens, SystemClock


def demo(arguments: argparse.Namespace) -> int:
    """Make the demo where it isn't there yet, add its specs, and run it."""
    if arguments.history:
        from app.commands.demo_history import demo_history

        return demo_history(arguments)
    directory: Path = arguments.dir.absolute()
    if arguments.fresh:
        move_aside(directory)
    if not (directory / CONFIG_NAME).is_file():
        copy_demo(directory, RandomTokens())
        print(f"The demo workspace is {clean(directory)}")
    else:
        print(f"The demo goes on in {clean(directory)}")
        named = "" if arguments.dir == Path("demo") else f" --dir {shlex.quote(str(arguments.dir))}"
        print(runnable(f"`oficina demo{named} --fresh` begins it again.", None))
    arguments.workspace = directory
    _add_specs(arguments)
    _open_sprint(arguments)
    if arguments.headless or not has_terminal():
        from app.commands.headless import run_line

        return run_line(enter(directory), policy=SEED, until_idle=True)
    return open_terminal(arguments)


def move_aside(directory: Path) -> None:
    """Give what is there another name, by the time."""
    if directory.exists():
        aside = directory.with_name(f"{directory.name}-{SystemClock().now()[:19].replace(':', '')}")
        directory.rename(aside)
        print(f"The old demo is now {clean(aside)}")


def _open_sprint(arguments: argparse.Namespace) -> None:
    """Open the mission's own sprint where the store has none yet."""
    from store.sprint.recipe import load_plan
    from store.sprint.service import Sprints

    with opened(arguments) as shop:
        root = shop.workspace.paths.root
        file = root / "sprints" / "S022.yaml"
        if not shop.db.count("sprints") and file.is_file():
            Sprints(shop.backlog).abrir(load_plan(file, root))


def _add_specs(arguments: argparse.Namespace) -> None:
    """Add the demo's specs that the store doesn't have yet: the others may be under way.

    What else lies beside them is its owner's, or only begun.
    """
    own = {file.name for file in (SEEDS / "demo" / "specs").glob("*.yaml")}
    with opened(arguments) as shop:
        known = {doc["arquivo"] for doc in shop.db.all("specs")}
        files = [file for file in sorted(shop.workspace.paths.specs.glob("*.yaml")) if file.name in own]
        new = [file for file in files if file.relative_to(shop.workspace.paths.root).as_posix() not in known]
        if new:
            shop.add_specs(new)
