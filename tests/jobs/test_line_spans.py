"""When the line ran, whether it said goodbye or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from line_factory import Paths, run, setup

from jobs.health_files import jobs_file
from jobs.line_metrics import told_by
from jobs.line_spans import begin_span, end_span
from store.clock import FakeClock, add_seconds
from store.database import Database
from store.errors import StoreFailed

START = "2026-01-05T12:00:00.000000Z"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = Database.open(tmp_path / "store", by="test", clock=FakeClock(), durable=False)
    yield made
    made.close()


def spans(db: Database) -> list[tuple[str, str, bool]]:
    return [(span["inicio"], span["fim"], span["em_ordem"]) for span in db.all("linhas")]


def test_a_line_that_ends_in_order_says_so(db: Database) -> None:
    clock = FakeClock()
    span = begin_span(db, clock, "tui:1", "")
    clock.advance(60)
    end_span(db, clock, span)
    end_span(db, clock, span)
    assert spans(db) == [(START, add_seconds(START, 60), True)]


@pytest.mark.parametrize(
    ("heard", "ended"),
    [
        (add_seconds(START, 30), 30),
        ("", 0),
        ("yesterday", 0),
        (add_seconds(START, -30), 0),
        (add_seconds(START, 999), 100),
    ],
)
def test_one_that_did_not_ended_when_it_was_last_heard_of(db: Database, heard: str, ended: int) -> None:
    clock = FakeClock()
    begin_span(db, clock, "tui:1", "")
    clock.advance(100)
    begin_span(db, clock, "tui:2", heard)
    assert spans(db) == [(START, add_seconds(START, ended), False), (add_seconds(START, 100), "", False)]


def test_a_store_that_takes_nothing_ends_no_line(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    span = begin_span(db, FakeClock(), "tui:1", "")

    def full(*_: Any, **__: Any) -> Any:
        raise StoreFailed("full")

    monkeypatch.setattr(Database, "transaction", full)
    assert begin_span(db, FakeClock(), "tui:2", "") == ""
    end_span(db, FakeClock(), span)


def test_each_run_of_a_line_is_a_span(tmp_path: Path) -> None:
    for _ in range(2):
        line = run([], setup(tmp_path))
        line.stop(0.0)
    db = Database.open(Paths(tmp_path).store, by="test", clock=FakeClock(), durable=False)
    found = list(db.all("linhas"))
    db.close()
    assert [(bool(span["fim"]), span["em_ordem"]) for span in found] == [(True, True)] * 2
    assert all(span["titular"] for span in found)


def test_others_are_told_how_long_saves_take_and_when_the_line_was_heard_of(tmp_path: Path) -> None:
    lock = tmp_path / "line.lock"
    assert told_by(lock) == told_by(tmp_path / "elsewhere" / "line.lock")
    told = {
        "titular": "tui:1",
        "em": "1970-01-01T00:01:00.000000Z",
        "isolamento": "full",
        "isolamento_porque": "",
        "tarefas": [],
    }
    jobs_file(lock).write_text(json.dumps({**told, "gravacoes_ms": [1.5, 2]}))
    assert (told_by(lock).gravacoes_ms, told_by(lock).viva, told_by(lock).ouvida) == ((1.5, 2.0), False, 60.0)
    jobs_file(lock).write_text(json.dumps({**told, "em": "once"}))
    assert (told_by(lock).gravacoes_ms, told_by(lock).ouvida) == ((), None)
