"""An error that nobody expected: its traceback goes to the log, and the user reads one line.

Locals are in neither, and secrets are masked. Little is imported before it is needed: what is broken may be
anywhere.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.logs.logbook import Logbook


def report(error: BaseException, *, process: str, start: Path, log: Logbook | None = None) -> str:
    """Write the traceback where it can be found, and say in one line what happened and where that is.

    `start` is where the workspace is looked for; its log is `log` where that is open already. Without a
    workspace the traceback goes to the user's own state directory; where that can't be written either, it is
    in the text.
    """
    text = plainly(error)
    try:
        for book in [log] if log is not None else _books(process, start):
            book.logger.critical("exception", exc_info=error)
            if book.file is not None and not book.problem:
                return f"{book.mask(text)}; the traceback is in {book.file.path}"
    except Exception:  # noqa: BLE001 (it may be the very thing that is broken)
        pass
    return "".join(traceback.format_exception(error)) + text


def plainly(error: BaseException) -> str:
    """What happened, in a line."""
    said = str(error)
    return f"internal error: {type(error).__name__}{': ' if said else ''}{said}"


def _books(process: str, start: Path) -> Iterator[Logbook]:
    """Where the traceback may go, the best place first."""
    from app.wiring import enter, secrets_masker, trust_of
    from jobs.logs.logbook import Logbook
    from jobs.trust import TrustFile
    from jobs.workspace import find_workspace
    from store.errors import OficinaError

    try:
        workspace = enter(find_workspace(start).root)
        mask = secrets_masker(workspace, trust_of(workspace))
        yield Logbook.of(workspace.paths.logs, process=process, mask=mask)
    except OficinaError:
        pass
    yield Logbook.of(TrustFile.default().path.with_name("logs"), process=process)
