"""The command line: parse, then hand over. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

EXIT_DONE, EXIT_FAILED, EXIT_WRONG = 0, 1, 2

Handler = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run `oficina` and return its exit code: 0 done, 1 the work failed, 2 wrong usage or input."""
    from app.arguments import build_parser
    from store.errors import OficinaError

    arguments = build_parser().parse_args(sys.argv[1:] if argv is None else argv)
    try:
        _refuse_half_characters(arguments)
        return _handler(arguments.run)(arguments)
    except OficinaError as error:
        from app.invocation import runnable

        said = runnable(str(error), arguments.workspace)
        print(f"oficina: {one_line(said)}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_FAILED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"oficina: {one_line(f'{where}{error.strerror or error}')}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 (a bug: the log gets the traceback, the user one line)
        return _crashed(error, arguments)


def _crashed(error: Exception, arguments: argparse.Namespace) -> int:
    from app.crash import report

    told = report(
        error,
        process=str(arguments.run).partition(".")[0],
        start=arguments.workspace or Path.cwd(),
    )
    said = "\n".join(one_line(line) for line in told.splitlines())
    print(f"oficina: {said}", file=sys.stderr)
    return EXIT_FAILED


def one_line(text: str) -> str:
    """`text` as one line that cannot move the cursor: control characters become spaces."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _refuse_half_characters(arguments: argparse.Namespace) -> None:
    """Bytes that are no text in the terminal's encoding: no document could hold them."""
    from store.errors import WrongInput

    for name, value in vars(arguments).items():
        if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
            raise WrongInput(
                f"not text: {value}", path=name, remedy="write it in the terminal's own encoding"
            )


def _handler(name: str) -> Handler:
    """`items.show` is the function `show` of `app.commands.items`."""
    module, function = name.rsplit(".", 1)
    handler: Handler = getattr(import_module(f"app.commands.{module}"), function)
    return handler


def cli() -> None:
    """The console script."""
    sys.exit(main())
