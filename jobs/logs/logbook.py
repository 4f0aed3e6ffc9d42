"""What one process writes into the log of its workspace, as structlog's bound loggers take it.

A record is a flat JSON object: `ts` (UTC), `level`, `event`, what correlates it (`request_id`, `saga_id`,
`item`, `ator`, `token`, `attempt`), `duration_s` where something took time, and the process that wrote it.
structlog is loaded with the first record: it costs a tenth of a second, which neither the first frame nor a
command that changes nothing pays.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jobs.logs.files import LogFile
from jobs.secrets import NOTHING, Masker
from store.clock import Clock, SystemClock

if TYPE_CHECKING:
    from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

LEVELS = ("debug", "info", "warning", "error", "critical")
"""What a record's level may be, the least important first."""

_EMPTIES = (str, list, tuple, dict)
"""Kinds of values that are left out when there is nothing in them."""

DROPPED = "log.dropped"
"""The event that says how many records were lost while nothing could be written."""

LONGEST = 8_000
"""Characters of one text; of a longer one beginning and end are kept."""
MOST, _DEEPEST = 100, 6
"""Elements of a list, and levels of a document."""


class Logbook:
    """A process's way into the log. Nothing here raises: what can't be written is dropped and counted."""

    def __init__(
        self,
        file: LogFile | None,
        *,
        process: str,
        clock: Clock | None = None,
        mask: Masker = NOTHING,
    ) -> None:
        """`process` is how this process is named, as in `tui`; without a file nothing is written at all."""
        self.file, self.process = file, process
        self._clock, self.mask = clock or SystemClock(), mask
        self._logger: FilteringBoundLogger | None = None
        self._pid = os.getpid()

    @classmethod
    def of(
        cls,
        directory: Path,
        *,
        process: str,
        mask: Masker = NOTHING,
        on_drop: Callable[[str], None] = lambda _: None,
    ) -> Logbook:
        """The log in a directory; `on_drop` is told why, once, when it can't be written."""
        return cls(LogFile(directory, on_drop=on_drop), process=process, mask=mask)

    @property
    def on(self) -> bool:
        """Whether anything is written at all."""
        return self.file is not None

    @property
    def problem(self) -> str:
        """Why nothing can be written at the moment; empty while it works."""
        return self.file.problem if self.file else ""

    @property
    def logger(self) -> FilteringBoundLogger:
        """structlog's logger: `logger.info("line.running", level="full")`, `logger.bind(item=…)`."""
        if self._logger is None:
            self._logger = self._made()
        return self._logger

    def close(self) -> None:
        """Give the file back."""
        if self.file is not None:
            self.file.close()

    def _made(self) -> FilteringBoundLogger:
        if self.file is None:
            return cast("FilteringBoundLogger", _Mute())
        import structlog

        logger: FilteringBoundLogger = structlog.wrap_logger(
            _Sink(self.file),
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                self._stamped,
                structlog.processors.format_exc_info,
                self._masked,
                _rendered,
            ],
            wrapper_class=structlog.make_filtering_bound_logger("info"),
            cache_logger_on_first_use=True,
        )
        return logger.bind()

    def _stamped(self, _: WrappedLogger, __: str, record: EventDict) -> EventDict:
        """Time and process; what already happened brings its own time."""
        if "ts" not in record:
            record["ts"] = self._clock.now()
        record["pid"], record["process"] = self._pid, self.process
        return record

    def _masked(self, _: WrappedLogger, __: str, record: EventDict) -> EventDict:
        return {
            name: self._text(value) if type(value) is str else self._plain(value, 0)
            for name, value in record.items()
            if value is not None and not (isinstance(value, _EMPTIES) and not value)
        }

    def _plain(self, value: Any, depth: int) -> Any:
        """A value as JSON can say it, bounded, without secrets."""
        if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and isfinite(value)):
            return value
        if depth < _DEEPEST and isinstance(value, Mapping):
            return {self._text(name): self._plain(each, depth + 1) for name, each in value.items()}
        if depth < _DEEPEST and isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            return [self._plain(each, depth + 1) for each in value[:MOST]]
        return self._text(value)

    def _text(self, value: object) -> str:
        text = self.mask(value if isinstance(value, str) else _said(value))
        if len(text) <= LONGEST:
            return text
        return f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


class _Sink:
    """Where structlog hands the finished lines: the file, whatever their level."""

    def __init__(self, file: LogFile) -> None:
        self._file = file

    def msg(self, line: bytes) -> None:
        """Write a line, and after an outage how many were lost in it."""
        dropped = self._file.append(line)
        if dropped:
            known = json.loads(line)
            record = {name: known[name] for name in ("ts", "pid", "process")}
            self._file.append(
                _rendered(None, "", record | {"level": "warning", "event": DROPPED, "lines": dropped})
            )

    debug = info = warning = error = critical = exception = msg


class _Mute:
    """A logger that says nothing, and loads nothing for it."""

    def bind(self, **_: object) -> _Mute:
        return self

    def msg(self, *_: object, **__: object) -> None:
        """Nothing."""

    log = debug = info = warning = error = critical = exception = msg


def _rendered(_: WrappedLogger | None, __: str, record: EventDict) -> bytes:
    first = {name: record[name] for name in ("ts", "level", "event")}
    return _ENCODER.encode({**first, **record}).encode(errors="replace")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _said(value: object) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 (a value that can't say what it is must not cost the record)
        return f"<{type(value).__name__}: {type(error).__name__}>"


SILENT = Logbook(None, process="")
"""Where no log was handed in."""
