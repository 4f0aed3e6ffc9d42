"""The arguments of `oficina sprint` and `oficina task`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Add = Callable[[str, str, str], argparse.ArgumentParser]
"""Adds a command: its name, what runs it, and what it does."""


def add_sprint_commands(command: Add) -> None:
    """`new`, `open`, `edit`, `show`, `close` and `list` of `oficina sprint`."""
    begin = command("open", "sprint.open_", "open the sprint that a file defines, with its tasks")
    begin.add_argument("file", type=Path, metavar="FILE")
    new = command("new", "sprint.new", "open a sprint without tasks")
    new.add_argument("id", metavar="ID", help="its id, as in S023")
    edit = command("edit", "sprint.edit", "say anew what an open sprint is about, and its limits")
    edit.add_argument("sprint", metavar="SPRINT", nargs="?", help="without it, the one that is open")
    for each in (new, edit):
        _add_facts(each)
    show = command("show", "sprint.show", "show a sprint's tree, and where each task stands")
    show.add_argument("sprint", metavar="SPRINT", nargs="?", help="without it, the one that is open")
    close = command("close", "sprint.close", "close a sprint; say what becomes of what is left in it")
    close.add_argument("sprint", metavar="SPRINT", nargs="?", help="without it, the one that is open")
    for word, text in (
        ("carry", "carry this task or child over"),
        ("return", "return it to the backlog"),
        ("cancel", "cancel it (wants --reason)"),
    ):
        close.add_argument(f"--{word}", action="append", metavar="WHAT", help=f"{text}; repeatable")
    close.add_argument("--rest", choices=("carry", "return", "cancel"), help="what becomes of all others")
    close.add_argument("--to", default="", metavar="SPRINT", help="which open sprint is carried over to")
    close.add_argument("--reason", default="", help="why")
    close.add_argument("--preview", action="store_true", help="only say what it would do")
    command("list", "sprint.listing", "list the sprints")


def _add_facts(command: argparse.ArgumentParser) -> None:
    """What a sprint's file says of it; a single - is none, or no limit."""
    for name, metavar, text in (
        ("titulo", "TEXT", "what it is about, in a line"),
        ("objetivo", "TEXT", "what is to be there at its end"),
        ("agrupador", "WHAT", "Saga, Épico, Feature or Ciclo Epistemológico"),
        ("inicio", "DAY", "as in 2025-12-17"),
        ("fim", "DAY", "as in 2025-12-31"),
        ("wip", "N", "tasks that may be under way at once"),
        ("limite-filhos", "N", "children that one task pulls by itself"),
        ("limite-profundidade", "N", "levels of the tree that children are pulled to by themselves"),
        ("orcamento", "R$", "what it may cost"),
        ("horas-dia", "H", "hours of work a day, for the forecast"),
    ):
        command.add_argument(f"--{name}", metavar=metavar, help=text)
    command.add_argument(
        "--auto-iniciar", choices=("yes", "no"), help="whether its tasks start by themselves"
    )


def add_task_commands(command: Add) -> None:
    """`add`, `edit`, `start`, `done`, `block`, `cancel` and `move` of `oficina task`."""
    add = command("add", "task.add", "add a task: a person's, or one that carries an item")
    add.add_argument("titulo", metavar="TITLE", nargs="?", help="of a person's task")
    add.add_argument("--item", metavar="ITEM", help="carry this item of the backlog: BKL-0042, or only 42")
    add.add_argument("--under", metavar="TASK", help="as a subtask of this one")
    edit = command("edit", "task.edit", "say anew what a task is about, who does it, what it waits for")
    edit.add_argument("--titulo", metavar="TEXT", help="of a person's task")
    for each in (add, edit):
        each.add_argument("--who", metavar="NAME", help="the person or MS that does it")
        each.add_argument("--hours", metavar="H", help="a person's task's estimate")
        each.add_argument("--cost", metavar="R$", help="as in 120.00")
    add.add_argument("--auto", action="store_true", help="it starts by itself once it waits for nothing")
    edit.add_argument(
        "--auto", choices=("yes", "no"), help="whether it starts by itself once it waits for nothing"
    )
    start = command("start", "task.start", "start a task, or go on with one that was blocked")
    done = command("done", "task.done", "conclude a task; its children come in, or are asked about")
    done.add_argument("--result", metavar="TEXT", help="a person's task's result")
    done.add_argument(
        "--attach", action="append", type=Path, metavar="FILE", help="with the result; repeatable"
    )
    done.add_argument("--hours", type=float, metavar="H", help="what a person worked on it")
    done.add_argument(
        "--pull",
        choices=("yes", "no", "ask"),
        help="answer what is asked about its children, or leave it in the inbox (default: ask in a terminal)",
    )
    block = command("block", "task.block", "say why a person can't go on with a task")
    cancel = command(
        "cancel", "task.cancel", "give a task up, with its item; or a child that no task has (BKL-0042)"
    )
    move = command("move", "task.move", "move a task, or change what it waits for")
    move.add_argument("--under", metavar="TASK", help="as a subtask of this one")
    move.add_argument("--root", action="store_true", help="under no other task")
    move.add_argument("--to", metavar="SPRINT", help="into this open sprint")
    for each in (edit, move):
        each.add_argument("--before", metavar="TASK", help="before this sibling")
    for each in (add, edit, move):
        each.add_argument(
            "--depends",
            action="append",
            metavar="WHAT",
            help="what it waits for: T01 or BKL-0007; repeatable; a single - is nothing",
        )
    for each in (block, cancel):
        each.add_argument("--reason", required=True, help="why")
    for each in (edit, start, done, block, cancel, move):
        each.add_argument("task", metavar="TASK", help="as in T01, 1, T01.2 or S022/T01")
    for each in (add, edit, start, done, block, cancel, move):
        each.add_argument("--sprint", metavar="SPRINT", help="without it, the one that is open")
