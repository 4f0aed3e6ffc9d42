"""`oficina init` and `oficina trust`: a new workspace; what a workspace defines, and its owner's approval."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from app.definitions import Definitions
from app.invocation import runnable
from app.main import EXIT_DONE, EXIT_WRONG
from app.output import clean, print_json
from app.wiring import configured, find_paths, trust_of
from jobs.named_commands import named_commands
from jobs.trust import Trust, TrustFile
from jobs.workspace import SEEDS, Workspace, init_workspace
from store.clock import RandomTokens, SystemClock
from store.errors import WrongInput


def init(arguments: argparse.Namespace) -> int:
    """Make a workspace, and say what to do next."""
    paths = init_workspace(arguments.dir, RandomTokens())
    print(f"{clean(paths.root)} is a workspace.")
    example = SEEDS / "demo" / "specs" / "frete.yaml"
    print(f"Next: write a spec into its specs/, as {example} is one.")
    print(
        runnable(
            "Then `oficina spec check FILE`, `oficina spec add FILE`, and `oficina` for the screen.",
            paths.root,
        )
    )
    return EXIT_DONE


def trust(arguments: argparse.Namespace) -> int:
    """Show what the workspace defines; with `--yes`, or a yes at the prompt, approve exactly that."""
    workspace = configured(find_paths(arguments).root)
    seen = trust_of(workspace)
    problems = Definitions(seen.own).problems(workspace.paths.root)
    if arguments.json:
        names = [definition.name for definition in seen.definitions]
        commands = named_commands(seen.own.get("capabilities"))
        told = {"trusted": seen.trusted, "definitions": names, "commands": commands}
        print_json(told | {"difference": list(seen.difference), "problems": problems})
        if arguments.yes:
            _refuse_broken(problems)
        return EXIT_DONE if seen.trusted or not arguments.yes else _approve(workspace, seen, quiet=True)
    if seen.trusted:
        what = f"{len(seen.definitions)} approved definitions" if seen.definitions else "nothing to approve"
        print(f"{clean(workspace.paths.root)} is trusted: it has {what}.")
        _say_commands(seen)
        _refuse_broken(problems)
        return EXIT_DONE
    print(f"{clean(workspace.paths.root)} defines what you have not approved:\n")
    for line in seen.difference:
        print(clean(line))
    _say_commands(seen)
    _refuse_broken(problems)
    if not arguments.yes and not _agreed():
        refused = "Not approved: the workspace can only be viewed. `oficina trust --yes` approves it."
        print(runnable(refused, arguments.workspace))
        return EXIT_WRONG
    return _approve(workspace, seen, quiet=False)


def _refuse_broken(problems: Sequence[str]) -> None:
    """What nobody can read nobody can approve: it would be found out only when it is to decide something."""
    if problems:
        more = f"; and {len(problems) - 1} more, which `oficina doctor` names" if problems[1:] else ""
        raise WrongInput(f"{problems[0]}{more}", remedy="mend it, then approve it with `oficina trust`")


def _say_commands(seen: Trust) -> None:
    """What the definitions come to: every command that can run, every spec that can be written."""
    commands = named_commands(seen.own.get("capabilities"))
    if commands:
        print("\nWhat its capabilities may run or write:")
        for line in commands:
            print(f"  {clean(line)}")


def _approve(workspace: Workspace, seen: Trust, *, quiet: bool) -> int:
    TrustFile.default().approve(workspace.paths, workspace.config, SystemClock(), seen)
    if not quiet:
        print("Approved, as it is now. A change is asked about again.")
    return EXIT_DONE


def _agreed() -> bool:
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return input("\nMay it run? Type yes: ").strip().lower() in ("yes", "sim")
