"""The look for the product's own errors finds them where the product tells of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from own_errors import own_errors

from app.crash import report
from app.main import main
from jobs.workspace import init_workspace, open_workspace
from store.clock import CountingTokens, SystemClock
from store.database import Database


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return init_workspace(tmp_path / "shop", CountingTokens()).root


def boom() -> RuntimeError:
    try:
        raise RuntimeError("boom")
    except RuntimeError as error:
        return error


def test_what_a_workspace_and_its_terminal_say_of_a_bug_is_found(shop: Path) -> None:
    assert own_errors("all is well", workspaces=[shop]) == []
    told = report(boom(), process="test", start=shop)
    assert "Traceback" not in told
    assert len(own_errors(told)) == 1
    logged = own_errors(workspaces=[shop])
    assert len(logged) == 2  # the record, and the traceback in it
    assert all("boom" in each for each in logged)


def test_without_a_workspace_it_is_in_the_users_own_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report(boom(), process="test", start=tmp_path)
    assert len(own_errors()) == 2
    assert own_errors(state=tmp_path / "another") == []


def test_a_command_that_is_broken_is_found(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise boom()

    monkeypatch.setattr("app.commands.items.items", broken)
    assert main(["-C", str(shop), "items"]) == 1
    said = capsys.readouterr()
    assert own_errors(said.out, said.err)


def test_a_job_of_the_line_that_failed_is_found_in_the_journal(shop: Path) -> None:
    store = open_workspace(shop).paths.store
    db = Database.open(store, by="test", clock=SystemClock())
    for tipo in ("linha.late", "linha.error"):
        found = own_errors(workspaces=[shop])
        assert found == []
        with db.transaction() as tx:
            tx.event({"tipo": tipo, "job": "sondas", "detalhe": "boom", "item_id": ""})
    db.close()
    assert len(own_errors(workspaces=[shop])) == 1


def test_what_stands_in_a_logs_place_is_neither_waited_for_nor_read_whole(shop: Path) -> None:
    logs = shop / ".oficina" / "logs"
    logs.mkdir(exist_ok=True)
    os.mkfifo(logs / "oficina.jsonl")
    (logs / "oficina.jsonl.1").symlink_to("/dev/zero")
    with (logs / "oficina.jsonl.2").open("wb") as file:
        file.truncate(64 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b'{"event":"exception"}')
    assert len(own_errors(workspaces=[shop])) == 1
