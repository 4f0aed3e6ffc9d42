"""The parser of the command line: wrong usage is one line, and the nearest right word."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

from app.main import EXIT_DONE, EXIT_WRONG, one_line


class Parser(argparse.ArgumentParser):
    """argparse, but wrong usage is one line and the nearest right word."""

    beside: Mapping[str, Parser] = {}
    """Commands below one that has arguments of its own: words that no such argument can be."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        words = list(sys.argv[1:] if args is None else args)
        below = self.beside.get(words[0]) if words else None
        if below is not None:
            return below.parse_known_args(words[1:], namespace)
        return super().parse_known_args(words, namespace)

    def error(self, message: str) -> None:  # type: ignore[override]
        hint = f"see {self.prog} --help"
        if "invalid choice: '" in message:
            wrong = message.split("invalid choice: '", 1)[1].split("'", 1)[0]
            message, hint = self._wrong_choice(message, wrong, hint)
        self.exit(EXIT_WRONG, f"{self.prog}: {one_line(message)} ({hint})\n")

    def _wrong_choice(self, message: str, wrong: str, hint: str) -> tuple[str, str]:
        """What to say of a wrong word: an option's values are all named, of the commands the nearest."""
        from difflib import get_close_matches

        from app.naming import one_of

        choosing = [action for action in self._actions if action.choices]
        for action in choosing:
            if action.option_strings and message.startswith(f"argument {'/'.join(action.option_strings)}:"):
                values = [str(choice) for choice in action.choices or ()]
                return f"{action.option_strings[-1]}: no such value: {wrong}", one_of(wrong, values)
        known = [
            str(choice) for action in choosing if not action.option_strings for choice in action.choices or ()
        ]
        near = get_close_matches(wrong, known, n=1)
        return f"no such command: {wrong}", f"did you mean {near[0]}?" if near else hint


class Version(argparse.Action):
    """The installed version, looked up only when it is asked for: that takes longer than a whole command."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(f"oficina {_version()}\n")
        parser.exit(EXIT_DONE)


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("oficina")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def add_command(
    commands: argparse._SubParsersAction[Parser],
    name: str,
    run: str,
    text: str,
    *,
    json: bool = True,
) -> Parser:
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    if json:
        command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return command


def add_group(
    commands: argparse._SubParsersAction[Parser], name: str, text: str
) -> argparse._SubParsersAction[Parser]:
    group = commands.add_parser(name, help=text, description=text)
    return group.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
