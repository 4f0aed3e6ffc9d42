"""The whole command line, as one tree: every command with its arguments, and what runs it."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from app.parser import Parser, Version, add_command, add_group


def build_parser() -> Parser:
    """The whole command line, as one tree."""
    parser = Parser(prog="oficina", description="Run a software production line from the terminal.")
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    parser.add_argument(
        "-C",
        "--workspace",
        type=Path,
        default=None,
        metavar="DIR",
        help="the workspace (default: here, or the nearest above)",
    )
    parser.set_defaults(run="tui.open_terminal", json=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    _add_workspace_commands(commands)
    _add_spec_commands(commands)
    _add_work_commands(commands)
    _add_sprint_commands(commands)
    _add_metric_commands(commands)
    _add_policy_commands(commands)
    _add_store_commands(commands)
    return parser


def _add_workspace_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    init = add_command(commands, "init", "workspace.init", "make a new workspace", json=False)
    init.add_argument("dir", type=Path, help="the directory to make it in")
    demo = add_command(
        commands, "demo", "demo.demo", "open the demo workspace (headless without a terminal)", json=False
    )
    demo.add_argument("--dir", type=Path, default=Path("demo"), help="where to put it (default: ./demo)")
    demo.add_argument("--headless", action="store_true", help="run without the screen, even in a terminal")
    demo.add_argument("--fresh", action="store_true", help="begin again: the old demo is moved aside")
    demo.add_argument(
        "--history", default="", metavar="SPAN", help="make up a past instead, as in 90d, to see its figures"
    )
    demo.add_argument("--seed", type=int, default=7, metavar="N", help="with --history: another past")
    run = add_command(commands, "run", "headless.run", "run the line without the screen")
    run.add_argument(
        "--headless", action="store_true", required=True, help="say so: the screen is `oficina` alone"
    )
    run.add_argument("--until-idle", action="store_true", help="end when nothing can go on by itself")
    run.add_argument(
        "--policy",
        type=Path,
        default=None,
        metavar="FILE",
        help="decide by these rules; without it decisions wait",
    )
    run.add_argument(
        "--timeout", type=float, default=None, metavar="S", help="give up after S seconds (exit 1)"
    )
    run.add_argument("--resume", action="store_true", help="let go on what was paused on screen")
    trust = add_command(
        commands, "trust", "workspace.trust", "show the commands that this workspace names, and approve them"
    )
    trust.add_argument("--yes", action="store_true", help="approve what is shown")
    add_command(
        commands, "doctor", "doctor.doctor", "say what this machine has, what is missing, and how to get it"
    )


def _add_spec_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    spec = add_group(commands, "spec", "add, show and check specs")
    add = add_command(spec, "add", "spec.add", "freeze spec files as new versions and have them priced")
    add.add_argument("files", type=Path, nargs="+", metavar="FILE")
    show = add_command(spec, "show", "spec.show", "show a spec's versions, its price and where it stands")
    show.add_argument("spec", metavar="SPEC", nargs="?", help="a spec's id; without it, every spec")
    check = add_command(spec, "check", "spec.check", "check spec files without storing anything")
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")


def _add_work_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    items = add_command(commands, "items", "items.items", "list the backlog, or show one item")
    items.add_argument("item", nargs="?", metavar="ITEM", help="show this item: BKL-0042, or only 42")
    items.add_argument(
        "--status", help="only this status; held: what nobody begins until it is pulled, or its task starts"
    )
    items.add_argument("--tipo", help="only this type")
    items.add_argument("--spec", help="only this spec's")
    _add_new_item(items)
    bug = add_group(commands, "bug", "report bugs")
    add = add_command(bug, "add", "bug.add", "report a bug in what was built")
    add.add_argument("feature_ref", metavar="WHERE", help="a spec's id or a release (REL-0003)")
    add.add_argument("erro", metavar="WHAT", help="what is wrong, in a sentence")
    add.add_argument("--severidade", choices=("critico", "alto", "medio", "baixo"), default=None)
    add.add_argument(
        "--stack-trace", type=Path, default=None, metavar="FILE", help="a file with the stack trace"
    )
    _add_pain_commands(commands)
    add_command(commands, "decisions", "decisions.decisions", "list what waits for you")
    decide = add_command(commands, "decide", "decisions.decide", "answer a decision")
    decide.add_argument("item", metavar="ITEM", help="as in BKL-0042, or only 42")
    decide.add_argument("option", metavar="OPTION", nargs="?", help="without it, the options are listed")
    decide.add_argument("--reason", default="", help="why (some options want one)")
    decide.add_argument("--note", default="")
    snooze = add_command(commands, "snooze", "decisions.snooze", "let a decision ask again later", json=False)
    snooze.add_argument("item", metavar="ITEM", help="as in BKL-0042, or only 42")
    snooze.add_argument("until", metavar="WHEN", help="15m, 2h, 3d or a time such as 14:30")
    undo = add_command(commands, "undo", "decisions.undo", "take a decision back while nothing came of it")
    undo.add_argument("decision", metavar="DECISION", help="as in DEC-0007, or only 7")
    rollback = add_command(commands, "rollback", "deploy.rollback", "deploy the previous version again")
    rollback.add_argument(
        "deployment", metavar="DEPLOYMENT", help="as in IMP-0003, or a spec's id: what is live of it"
    )
    events = add_command(commands, "events", "events.events", "print what happened, oldest first")
    events.add_argument("--item", help="only this item's")
    events.add_argument("--saga", help="only this saga's")
    events.add_argument("--tipo", help="only this type of event")
    events.add_argument(
        "--limit", type=int, default=50, help="at most so many, the newest (default: 50; 0 = all)"
    )
    _add_logs(commands)


def _add_logs(commands: argparse._SubParsersAction[Parser]) -> None:
    logs = add_command(
        commands, "logs", "logs.logs", "print what this workspace's processes logged", json=False
    )
    logs.add_argument("--json", action="store_true", help="print the records as JSON, one a line")
    logs.add_argument("--follow", "-f", action="store_true", help="go on with what comes, until ctrl+c")
    logs.add_argument("--item", help="only this item's: BKL-0042, or only 42")
    logs.add_argument("--saga", help="only this saga's")
    logs.add_argument(
        "--level", choices=("info", "warning", "error", "critical"), help="this level, or a more serious one"
    )
    logs.add_argument("--since", metavar="TIME", help="30m, 2h or 1d ago, or a time: 2026-03-09T14:00")
    logs.add_argument(
        "--limit", type=int, default=50, help="begin with so many, the newest (default: 50; 0 = all)"
    )


def _add_new_item(items: Parser) -> None:
    items.epilog = "`oficina items add TIPO` produces a new one."
    text = "produce an item of a type that its contract lets a person produce"
    add = Parser(prog=f"{items.prog} add", description=text)
    add.set_defaults(run="new_item.add")
    add.add_argument("--json", action="store_true", help="print JSON instead of a line")
    add.add_argument("tipo", metavar="TIPO")
    add.add_argument(
        "--contexto", default="{}", metavar="JSON", help="""as in '{"texto": "oi"}', or @FILE (default: {})"""
    )
    add.add_argument("--titulo", help="instead of the contract's")
    add.add_argument("--prioridade", type=int, metavar="N", help="higher goes first (default: 0)")
    add.add_argument("--chave", metavar="KEY", help="of one key there is one item of a type")
    add.add_argument(
        "--depende-de",
        action="append",
        metavar="WHAT",
        help="what it waits for: BKL-0007, spec:ID or cap:NAME; repeatable",
    )
    add.add_argument("--from", dest="de", metavar="SPRINT/TASK", help="found at that task's work: S022/T01")
    add.add_argument(
        "--auto-pull", choices=("yes", "no"), help="with --from: whether the sprint pulls it without asking"
    )
    items.beside = {"add": add}


def _add_sprint_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    from app.sprint_arguments import add_sprint_commands, add_task_commands

    sprint = add_group(commands, "sprint", "open, edit, show and close sprints")
    add_sprint_commands(partial(add_command, sprint))
    task = add_group(commands, "task", "add, edit, start, conclude, block and move a sprint's tasks")
    add_task_commands(partial(add_command, task))


def _add_metric_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    from app.metric_arguments import FIGURES, add_export, add_forecast, add_metrics

    metrics = add_command(commands, "metrics", "metrics.metrics", FIGURES, json=False)
    add_metrics(metrics)
    text = "write every figure's series as CSV, and all of it as JSON"
    export = Parser(prog=f"{metrics.prog} export", description=text)
    add_export(export)
    metrics.beside = {"export": export}
    add_forecast(partial(add_command, commands))


def _add_policy_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    policy = add_group(commands, "policy", "show and try the rules that decide")
    show = add_command(policy, "show", "policy.show", "show the rules of a file, or those that decide here")
    show.add_argument("file", type=Path, metavar="FILE", nargs="?")
    attempt = add_command(
        policy, "try", "policy.try_", "try rules on past decisions: what they would have answered"
    )
    attempt.add_argument(
        "file", type=Path, metavar="FILE", nargs="?", help="without it, those that decide here"
    )
    attempt.add_argument(
        "--since", default=None, metavar="SPAN", help="only so far back, as in 12h, 30d or 4w"
    )


def _add_pain_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    dor = add_group(commands, "dor", "say what hurts, and what is missing")
    add = add_command(dor, "add", "dor.add", "raise a pain; what is missing is asked for")
    add.add_argument("sintoma", metavar="WHAT", nargs="?", help="what hurts, in a sentence")
    add.add_argument("--recurso", metavar="NAME", help="the capability that is missing, where it is one")
    answer = add_command(dor, "answer", "dor.answer", "answer the interview that GENESIS asks for")
    answer.add_argument("item", metavar="ITEM", help="as in BKL-0042, or only 42")
    answer.add_argument("--sintoma", help="what hurts")
    for command in (add, answer):
        command.add_argument("--frequencia", help="how often")
        command.add_argument("--afetados", action="append", metavar="WHO", help="who is affected; repeatable")
        command.add_argument("--impacto", help="what it costs, or keeps you from")
        command.add_argument(
            "--tentativas", action="append", metavar="WHAT", help="what was tried; repeatable"
        )
        command.add_argument("--criterio-sucesso", dest="criterio_sucesso", help="how its end will be known")
    capability = add_group(commands, "capability", "show and probe what specs may need")
    add_command(capability, "list", "capability.listing", "list the capabilities, and what is there of them")
    probe = add_command(capability, "probe", "capability.probe", "run probes now and record what they say")
    probe.add_argument("name", metavar="NAME", nargs="?", help="only this capability's")


def _add_store_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    store = add_group(commands, "store", "check, export, compact and repair the store")
    add_command(store, "check", "store.check", "verify every line of the store; changes nothing")
    export = add_command(store, "export", "store.export", "write every collection as plain JSON", json=False)
    export.add_argument("dir", type=Path, metavar="DIR")
    add_command(store, "compact", "store.compact", "merge closed segments into the snapshot", json=False)
    repair = add_command(
        store, "repair", "store.repair", "show what can be kept of a damaged store; with --yes, repair it"
    )
    repair.add_argument("--yes", action="store_true", help="do what is shown, after keeping copies")
    repair.add_argument(
        "--accept-edits",
        action="store_true",
        help="take lines as they are whose checksum is wrong, but which can be read",
    )
