"""What libraries log and what threads die of: into the log too, instead of onto the screen."""

from __future__ import annotations

import asyncio
import errno
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.logs.logbook import Logbook

_OF_THE_SCREEN = ("textual-input", "textual-output")


class LogbookHandler(logging.Handler):
    """Standard logging's records, from warnings on, as records of ours: `event` says what, `logger` who."""

    def __init__(self, log: Logbook) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
            return  # a library calls it an error that its task was ended in order
        self._log.logger.log(
            min(record.levelno, logging.CRITICAL) // 10 * 10,
            "exception" if record.exc_info else "message",
            message=_message(record),
            logger=record.name,
            exc_info=record.exc_info,
        )


def _message(record: logging.LogRecord) -> str:
    """What a library says, also when it says it wrongly: whoever logs is never troubled by it."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 (its arguments are anything)
        return f"{record.msg} {record.args}"


def _terminal_went_away(thread: str, error: BaseException | None) -> bool:
    """Whether a thread of the screen's found its terminal gone, which the program ends for."""
    return thread in _OF_THE_SCREEN and isinstance(error, OSError) and error.errno == errno.EIO


@contextmanager
def caught(log: Logbook) -> Iterator[None]:
    """For the block, what this process logs through the standard library goes there, and threads' errors."""
    handler, before = LogbookHandler(log), threading.excepthook

    def died(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else ""
        if _terminal_went_away(name, args.exc_value):
            log.logger.info("terminal.gone")
        elif args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            log.logger.error("exception", thread=name, exc_info=args.exc_value)

    logging.getLogger().addHandler(handler)
    threading.excepthook = died
    try:
        yield
    finally:
        threading.excepthook = before
        logging.getLogger().removeHandler(handler)
