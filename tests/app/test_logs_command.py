"""`oficina logs`, and what becomes of errors that nobody expected."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import crash
from app.commands import logs as logs_command
from app.opening import Opening
from jobs.logs.files import LogFile, numbered
from jobs.logs.logbook import Logbook
from store.clock import SystemClock, add_seconds

CLI = "from app.main import cli; cli()"


def log_of(shop: Path) -> Path:
    return shop / ".oficina" / "logs"


def write(shop: Path, event: str, level: str = "info", ago_s: float = 0.0, **fields: Any) -> None:
    """A record of some seconds ago."""
    ts = add_seconds(SystemClock().now(), -ago_s)
    book = Logbook.of(log_of(shop), process="test")
    getattr(book.logger, level)(event, ts=ts, **fields)
    book.close()


def events(said: Any) -> list[str]:
    return [json.loads(line)["event"] for line in said.out.splitlines()]


def test_what_a_command_commits_is_logged_and_shown(shop: Path, oficina) -> None:
    assert oficina("logs").out == "Nothing was logged yet.\n"
    oficina("spec", "add", "specs/frete.yaml")
    said = oficina("logs")
    assert said.code == 0
    lines = said.out.splitlines()
    assert [line.split()[3] for line in lines] == ["item.criado", "spec.congelada"]
    assert "BKL-0001" in lines[0]
    assert "process=spec" in lines[0]
    record = json.loads(oficina("logs", "--json", "--limit", "1").out)
    assert (record["event"], record["spec_ref"], record["process"]) == ("spec.congelada", "frete", "spec")
    assert (log_of(shop) / "oficina.jsonl").stat().st_mode & 0o777 == 0o600


def test_records_are_chosen_by_item_saga_level_and_time(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    saga = oficina("items", "1", "--json").json["saga_id"]
    write(shop, "old", "error", ago_s=7200, item="BKL-0001", saga_id=saga)
    write(shop, "bad", "warning", item="BKL-0001")
    committed = ["item.criado", "spec.congelada"]
    assert events(oficina("logs", "--item", "1", "--json")) == [*committed, "old", "bad"]
    assert events(oficina("logs", "--saga", saga, "--json")) == [*committed, "old"]
    assert events(oficina("logs", "--level", "warning", "--json")) == ["old", "bad"]
    assert events(oficina("logs", "--level", "warning", "--since", "90m", "--json")) == ["bad"]
    assert events(oficina("logs", "--level", "error", "--since", "2020-01-01", "--json")) == ["old"]
    assert oficina("logs", "--level", "critical").out == "Nothing like that was logged.\n"
    assert oficina("logs", "--level", "critical", "--json").out == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--since", "2 fortnights"), "--since: not a time: 2 fortnights (write 30m, 2h, 1d, or a time"),
        (("--since", "999999999w"), "--since: not a time: 999999999w"),
        (("--since", "2999-01-01"), "--since: 2999-01-01 has not come yet"),
        (("--limit", "-1"), "--limit: not a number of records: -1"),
        (("--limit", "many"), "argument --limit: invalid int value: 'many'"),
        (("--level", "loud"), "--level: no such value: loud"),
        (("--item", "BKL-0099"), "no item BKL-0099 (the nearest is BKL-0001)"),
        (("--item", "pedido"), "no item pedido (an id is written as in BKL-0001)"),
        (("--saga", "none"), "no saga none (`oficina items ITEM` says an item's saga)"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_wrong_words_are_one_line_and_exit_2(words: tuple[str, str], told: str, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    said = oficina("logs", *words)
    assert said.code == 2
    assert told in said.err
    assert said.err.count("\n") == 1


@pytest.mark.usefixtures("shop")
def test_the_beginning_of_a_saga_names_it(oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    saga = oficina("items", "1", "--json").json["saga_id"]
    assert f"did you mean {saga}?" in oficina("logs", "--saga", saga[:6]).err
    assert oficina("logs", "--item", "1", "--level", "error").out == "Nothing like that was logged.\n"


def test_the_log_is_read_also_where_the_store_is_damaged(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    journal = next((shop / ".oficina" / "store").glob("journal-*.jsonl"))
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 1
    journal.write_bytes(content)
    assert oficina("logs", "--item", "77").out == "Nothing like that was logged.\n"
    assert "item.criado" in oficina("logs", "--item", "1").out


def test_hostile_records_do_not_steer_the_terminal(shop: Path, oficina) -> None:
    write(
        shop,
        "evil\x1b[2J",
        "error",
        item="BKL-0001\x9b5n",
        note="a\nb\u202e" + "x" * 900,
        exception="Traceback:\n  \x1b]0;PWNED\x07",
        deep={"a": ["\x1b"]},
    )
    path = log_of(shop) / "oficina.jsonl"
    with path.open("ab") as file:
        file.write(b'{"ts":5,"level":["x"],"event":{"a":1},"stderr":7}\n')
    said = oficina("logs")
    assert said.code == 0
    assert [char for char in said.out if not char.isprintable() and char != "\n"] == []
    assert "    exception:\n      Traceback:\n         ]0;PWNED" in said.out
    assert "x" * 250 in said.out
    assert "x" * 350 not in said.out
    raw = oficina("logs", "--json").out
    assert [char for char in raw if not char.isprintable() and char != "\n"] == []
    assert json.loads(raw.splitlines()[0])["event"] == "evil\x1b[2J"


@pytest.fixture
def following(shop: Path) -> Iterator[subprocess.Popen[str]]:
    """`oficina logs --follow --json`, with one record shown already."""
    write(shop, "first")
    process = subprocess.Popen(
        [sys.executable, "-c", CLI, "-C", str(shop), "logs", "--follow", "--json"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "first"
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def test_what_comes_is_followed_through_rotation_until_it_is_interrupted(
    shop: Path, following: subprocess.Popen[str]
) -> None:
    assert following.stdout is not None
    assert following.stderr is not None
    write(shop, "second")
    assert json.loads(following.stdout.readline())["event"] == "second"
    numbered(log_of(shop), 0).rename(numbered(log_of(shop), 1))
    write(shop, "third")
    assert json.loads(following.stdout.readline())["event"] == "third"
    following.send_signal(signal.SIGINT)
    assert following.wait(60) == 0
    assert following.stdout.read() == ""
    assert following.stderr.read() == ""


def test_following_ends_when_nobody_reads_it_any_more(following: subprocess.Popen[str]) -> None:
    assert following.stdout is not None
    assert following.stderr is not None
    following.stdout.close()
    assert following.wait(60) == 0
    assert following.stderr.read() == ""


def test_a_pipe_that_closes_while_it_is_written_to_is_no_error(shop: Path) -> None:
    log = LogFile(log_of(shop))
    line = json.dumps({"ts": "2026-01-05T12:00:00.000000Z", "level": "info", "event": "e", "x": "y" * 500})
    for _ in range(2000):
        log.append(line.encode())
    command = f"{sys.executable} -c '{CLI}' -C {shop} logs --limit 0 | head -n 1"
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr, run.stdout.count("\n")) == (0, "", 1)


def test_following_without_a_descriptor_waits_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs_command, "_TURN_S", 0.0)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not logs_command._unread()


# Errors that nobody expected


def broken(*_: object, **__: object) -> int:
    secret = "hunter" + "2"
    raise ZeroDivisionError(f"seven is {len(secret)}\x1b[31m")


def test_a_bug_in_a_command_is_one_line_a_log_and_exit_1(
    shop: Path, oficina, monkeypatch: pytest.MonkeyPatch
) -> None:
    oficina("items")
    monkeypatch.setattr("app.commands.items.items", broken)
    said = oficina("items")
    path = log_of(shop) / "oficina.jsonl"
    assert said.code == 1
    assert said.err == (
        f"oficina: internal error: ZeroDivisionError: seven is 7 [31m; the traceback is in {path}\n"
    )
    record = json.loads(path.read_text())
    assert (record["level"], record["event"], record["process"]) == ("critical", "exception", "items")
    assert "in broken" in record["exception"]
    assert "hunter2" not in path.read_text()


def test_a_bug_in_a_fresh_workspace_does_not_make_it_a_strangers(
    shop: Path, oficina, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as bug:
        bug.setattr("app.commands.items.items", broken)
        assert oficina("items").code == 1
    assert oficina("doctor").code == 0
    assert oficina("spec", "add", "specs/frete.yaml").code == 0


def test_a_bug_outside_a_workspace_is_kept_in_the_users_own_directory(
    tmp_path: Path, oficina, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.commands.doctor.doctor", broken)
    said = oficina("doctor")
    path = tmp_path / "state" / "oficina" / "logs" / "oficina.jsonl"
    assert (said.code, str(path) in said.err, said.err.count("\n")) == (1, True, 1)
    assert "ZeroDivisionError" in path.read_text()


def test_where_nothing_can_be_written_the_traceback_is_told(
    tmp_path: Path, oficina, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.commands.doctor.doctor", broken)
    said = oficina("doctor")
    assert said.code == 1
    assert said.err.startswith("oficina: Traceback (most recent call last):")
    assert said.err.endswith("internal error: ZeroDivisionError: seven is 7 [31m\n")
    assert "\x1b" not in said.err


def test_a_broken_report_tells_the_traceback_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(crash, "_books", broken)
    told = crash.report(ValueError(), process="x", start=tmp_path)
    assert told.splitlines()[-1] == "internal error: ValueError"
    assert told.splitlines()[0] == "ValueError"


def test_the_secrets_of_a_trusted_workspace_are_hidden_in_what_is_told(
    shop: Path, oficina, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_KEY", "hunter2hunter2")
    config = shop / "oficina.yaml"
    config.write_text(config.read_text() + "secrets: {KEY: {env: DEPLOY_KEY}}\n")
    assert oficina("trust", "--yes").code == 0

    def leak(_: object) -> int:
        raise ValueError("refused: hunter2hunter2")

    monkeypatch.setattr("app.commands.items.items", leak)
    said = oficina("items")
    assert "refused: •••; the traceback is in" in said.err
    assert "hunter2" not in (log_of(shop) / "oficina.jsonl").read_text()


def test_a_log_that_cannot_be_written_is_told_once_and_the_command_goes_on(shop: Path, oficina) -> None:
    oficina("items")
    (log_of(shop) / "oficina.jsonl").mkdir()
    said = oficina("spec", "add", "specs/frete.yaml")
    assert said.code == 0
    assert said.err.count("the log can't be written (Is a directory)") == 1


def test_the_screens_crash_is_kept_where_its_line_logs(shop: Path) -> None:
    opening = Opening(shop, None, "shop")  # type: ignore[arg-type]
    before = opening.crashed(ValueError("early"))
    assert str(log_of(shop) / "oficina.jsonl") in before
    port = opening.port()
    try:
        assert port.model().linha.carregado
        opening.crashed(ValueError("late"))
    finally:
        opening.close()
    told = [json.loads(line) for line in (log_of(shop) / "oficina.jsonl").read_text().splitlines()]
    crashes = [record for record in told if record["event"] == "exception"]
    assert [record["process"] for record in crashes] == ["tui", "tui"]
    assert os.getpid() == crashes[0]["pid"]
    assert {"line.opened", "line.stopped"} <= {record["event"] for record in told}
