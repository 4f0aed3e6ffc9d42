"""Records: correlated, masked everywhere, bounded, without locals; and nothing of it stops who logs."""

from __future__ import annotations

import errno
import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from jobs.logs.catching import LogbookHandler, caught
from jobs.logs.correlation import bound_to
from jobs.logs.logbook import LONGEST, MOST, SILENT, Logbook
from jobs.secrets import HIDDEN, Masker
from store.backlog import Claim
from store.clock import FakeClock

NOW = "2026-01-05T12:00:00.000000Z"


def logbook(directory: Path, **changes: Any) -> Logbook:
    book = Logbook.of(directory, process="test", **changes)
    book._clock = FakeClock(NOW)
    return book


def records(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (directory / "oficina.jsonl").read_bytes().splitlines()]


def test_a_record_says_when_how_serious_what_and_who(tmp_path: Path) -> None:
    logbook(tmp_path).logger.bind(item="BKL-0001").info("line.running", level_of="full", none=None, empty="")
    line = (tmp_path / "oficina.jsonl").read_text()
    assert line.startswith('{"ts":"2026-01-05T12:00:00.000000Z","level":"info","event":"line.running",')
    assert json.loads(line) == {
        "ts": NOW,
        "level": "info",
        "event": "line.running",
        "item": "BKL-0001",
        "level_of": "full",
        "pid": os.getpid(),
        "process": "test",
    }


def test_debug_is_not_written(tmp_path: Path) -> None:
    log = logbook(tmp_path)
    log.logger.debug("no")
    log.logger.warning("yes")
    assert [record["event"] for record in records(tmp_path)] == ["yes"]


class Unsayable:
    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


def test_secrets_are_hidden_in_every_field_and_in_tracebacks(tmp_path: Path) -> None:
    log = logbook(tmp_path, mask=Masker(["hunter2\nline two"]))
    try:
        raise ZeroDivisionError("key hunter2")
    except ZeroDivisionError:
        log.logger.exception(
            "said hunter2", deep={"hunter2": ["a line two b", ("hunter2",)]}, who=Path("hunter2")
        )
    text = (tmp_path / "oficina.jsonl").read_text()
    assert "hunter2" not in text
    assert "line two" not in text
    assert text.count(HIDDEN) >= 5


def test_tracebacks_have_no_locals(tmp_path: Path) -> None:
    def fail(password: str) -> None:
        raise ZeroDivisionError(len(password))

    log = logbook(tmp_path)
    try:
        fail("hunter" + "2")
    except ZeroDivisionError as error:
        log.logger.error("exception", exc_info=error)
    (record,) = records(tmp_path)
    assert record["exception"].startswith("Traceback (most recent call last):")
    assert record["exception"].endswith("ZeroDivisionError: 7")
    assert "hunter2" not in json.dumps(record)


def test_any_value_is_logged_within_bounds(tmp_path: Path) -> None:
    deep: dict[str, Any] = {}
    deep["self"] = deep
    log = logbook(tmp_path)
    log.logger.info(
        "all sorts",
        long="a" * (LONGEST * 2),
        many=list(range(MOST * 2)),
        deep=deep,
        unsayable=Unsayable(),
        not_a_number=float("nan"),
        half="\udcff",
        raw=b"bytes",
        numbers=[1, 2.5, True, None],
    )
    (record,) = records(tmp_path)
    assert len(record["long"]) < LONGEST + 10
    assert len(record["many"]) == MOST
    assert record["unsayable"] == "<Unsayable: RuntimeError>"
    assert record["not_a_number"] == "nan"
    assert record["numbers"] == [1, 2.5, True, None]
    assert "RuntimeError" not in record["deep"]


def test_an_outage_is_told_in_the_log_when_it_is_over(tmp_path: Path) -> None:
    told: list[str] = []
    log = logbook(tmp_path / "logs", on_drop=told.append)
    (tmp_path / "logs").touch()
    for _ in range(3):
        log.logger.info("lost")
    assert len(told) == 1
    assert log.problem == told[0]
    (tmp_path / "logs").unlink()
    log.logger.info("back")
    first, second = records(tmp_path / "logs")
    assert first["event"] == "back"
    assert (second["level"], second["event"], second["lines"]) == ("warning", "log.dropped", 3)
    assert log.problem == ""


def test_silence_says_and_loads_nothing() -> None:
    code = (
        "import sys; from jobs.logs.logbook import SILENT\n"
        "SILENT.logger.bind(a=1).info('x', y=2); SILENT.logger.exception('x'); SILENT.close()\n"
        "assert not SILENT.on and SILENT.problem == ''\n"
        "assert 'structlog' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert not SILENT.on


def test_what_is_logged_while_a_claim_is_bound_carries_its_ids(tmp_path: Path) -> None:
    log = logbook(tmp_path)
    log.logger.info("before")
    item = {"id": "BKL-0007", "request_id": "r1", "saga_id": "s1", "ator": "PROMETHEUS"}
    with bound_to(Claim(item, "t1", 2)):
        log.logger.info("within")
    log.logger.info("after")
    before, within, after = records(tmp_path)
    assert {"item", "saga_id", "token"}.isdisjoint({**before, **after})
    ids = {name: within[name] for name in ("item", "request_id", "saga_id", "ator", "token", "attempt")}
    assert ids == {
        "item": "BKL-0007",
        "request_id": "r1",
        "saga_id": "s1",
        "ator": "PROMETHEUS",
        "token": "t1",
        "attempt": 2,
    }


def test_nothing_is_bound_where_nothing_logs() -> None:
    code = (
        "import sys; from jobs.logs.correlation import bound_to; from store.backlog import Claim\n"
        "with bound_to(Claim({'id': 'BKL-0001'}, 't', 1)): pass\n"
        "assert 'structlog' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_standard_librarys_records_go_there_from_warnings_on(tmp_path: Path) -> None:
    log = logbook(tmp_path)
    name = logging.getLogger("oficina.test")
    with caught(log):
        name.info("no")
        name.warning("late by %d s", 9)
        try:
            raise ZeroDivisionError("x")
        except ZeroDivisionError:
            name.exception("a listener failed")
    name.critical("no more")
    warned, failed = records(tmp_path)
    assert (warned["level"], warned["event"], warned["message"]) == ("warning", "message", "late by 9 s")
    assert (failed["level"], failed["event"], failed["logger"]) == ("error", "exception", "oficina.test")
    assert "ZeroDivisionError: x" in failed["exception"]


def test_what_a_thread_dies_of_is_logged_not_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, before = logbook(tmp_path), threading.excepthook

    def die() -> None:
        raise ZeroDivisionError("in a thread")

    def leave() -> None:
        raise SystemExit

    with caught(log):
        for work in (die, leave):
            thread = threading.Thread(target=work, name="worker")
            thread.start()
            thread.join()
    assert threading.excepthook is before
    (record,) = records(tmp_path)
    assert (record["event"], record["thread"]) == ("exception", "worker")
    assert "ZeroDivisionError: in a thread" in record["exception"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("thread", "told"),
    [("textual-input", "terminal.gone"), ("textual-output", "terminal.gone"), ("x", "exception")],
)
def test_a_terminal_that_went_away_is_no_error_of_ours(tmp_path: Path, thread: str, told: str) -> None:
    def finds_it_gone() -> None:
        raise OSError(errno.EIO, "Input/output error")

    with caught(logbook(tmp_path)):
        reader = threading.Thread(target=finds_it_gone, name=thread)
        reader.start()
        reader.join()
    (record,) = records(tmp_path)
    assert record["event"] == told
    assert ("exception" in record) == (told == "exception")


def test_a_record_that_its_library_says_wrongly_is_logged_all_the_same(tmp_path: Path) -> None:
    wrong = logging.LogRecord("oficina.test", 35, "x.py", 1, "%d of them", ("no number",), None)
    LogbookHandler(logbook(tmp_path)).emit(wrong)
    (record,) = records(tmp_path)
    assert (record["level"], record["message"]) == ("warning", "%d of them ('no number',)")


def test_neither_the_version_nor_the_first_frame_waits_for_structlog() -> None:
    code = (
        "import sys, app.main, app.opening, app.commands.tui, app.tui\n"
        "from screens.overview import OverviewScreen\n"
        "assert 'structlog' not in sys.modules, 'structlog'\n"
        "assert not [name for name in sys.modules if name.startswith('jobs.')]"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    version = [sys.executable, "-X", "importtime", "-c", "from app.main import cli; cli()", "--version"]
    run = subprocess.run(version, check=True, capture_output=True, text=True)
    assert run.stdout.startswith("oficina ")
    assert "app.main" in run.stderr
    assert "structlog" not in run.stderr
