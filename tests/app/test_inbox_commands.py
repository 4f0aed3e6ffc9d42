"""`decisions`, `decide` and `undo`: what waits is named, and so is how it is answered."""

from __future__ import annotations

import fcntl
import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.times import LocalTime
from jobs.workspace import SEEDS
from store.backlog import Backlog
from store.clock import RandomTokens, SystemClock
from store.contracts import Contracts
from store.database import Database


def ask(shop: Path) -> str:
    """Produce a decision about frete as the line would."""
    clock = SystemClock()
    db = Database.open(shop / ".oficina" / "store", by="test", clock=clock)
    backlog = Backlog(db, Contracts.load(SEEDS / "contracts.yaml"), clock, RandomTokens(), random.Random(1))
    contexto = {"spec_ref": "frete", "spec_versao": 1, "motivo": "the price is wrong"}
    try:
        return backlog.produzir({"tipo": "ajustar_spec", "contexto": contexto}, produtor="MS_Produto")
    finally:
        db.close()


@contextmanager
def line_running(shop: Path) -> Iterator[None]:
    """The lock that whoever runs the line holds for life."""
    descriptor = os.open(shop / ".oficina" / "line.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def test_work_that_waits_for_a_line_is_said(shop: Path, oficina) -> None:
    assert oficina("decisions").out == "Nothing waits for you.\n"
    oficina("spec", "add", "specs/frete.yaml")
    said = "Nothing waits for you; 1 item waits for a line: start `oficina`.\n"
    assert oficina("decisions").out == said
    with line_running(shop):
        assert oficina("decisions").out == "Nothing waits for you.\n"
    assert oficina("decisions").out == said


def test_decisions_name_the_spec(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    asked = ask(shop)
    head, row, more = oficina("decisions").out.splitlines()
    assert head.split() == ["id", "tipo", "spec", "titulo", "waits", "options"]
    assert re.match(rf"{asked} +ajustar_spec +frete +", row)
    assert more == "1 item waits for a line: start `oficina`."


def test_the_options_say_what_else_answers_it(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    said = oficina("decide", ask(shop))
    assert said.code == 0
    assert "Edit its file and add it again; the new version answers this." in said.out
    assert re.search(r"(?m)^desistir +give up +wanted +", said.out)


def test_a_missing_reason_names_the_option_that_gives_it(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    asked = ask(shop)
    said = oficina("decide", asked, "desistir")
    assert said.code == 2
    assert f'desistir needs a reason (say why: `oficina decide {asked} desistir --reason "…"`)' in said.err
    assert "has no option nope" in oficina("decide", asked, "nope").err


def test_whoever_comes_too_late_is_told_who_was_faster(shop: Path, oficina, monkeypatch) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    asked = ask(shop)
    monkeypatch.setattr("app.commands.decisions.person", lambda: "ana")
    monkeypatch.setattr(SystemClock, "now", lambda _: "2999-01-05T02:30:00.000000Z")
    oficina("decide", asked, "desistir", "--reason", "no")
    said = oficina("decide", asked, "desistir", "--reason", "yes")
    assert said.code == 2
    assert said.err == (f"oficina: {asked} was decided by ana at 2999-01-04 23:30:00: desistir («no»)\n")


def test_a_snoozed_decision_is_not_in_the_inbox_until_its_time(shop: Path, oficina, monkeypatch) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    asked = ask(shop)
    assert "write 15m, 2h, 3d or a time such as 14:30" in oficina("snooze", asked, "soon").err
    said = oficina("snooze", asked.removeprefix("BKL-000"), "2h")
    assert re.fullmatch(rf"{asked}: .* asks again at \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\n", said.out)
    assert asked not in oficina("decisions").out
    monkeypatch.setattr(SystemClock, "now", lambda _: "2999-01-05T02:30:00.000000Z")
    assert asked in oficina("decisions").out
    oficina("decide", asked, "desistir", "--reason", "no")
    said = oficina("snooze", asked, "2h")
    assert (said.code, "was decided by" in said.err) == (2, True)
    assert "is not decided by a person" in oficina("snooze", "1", "2h").err


def test_a_decision_and_its_undoing_as_json_have_no_undo_record(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    number = str(int(ask(shop).removeprefix("BKL-")))
    decided = oficina("decide", number, "desistir", "--reason", "no", "--json").json
    assert (decided["opcao"], decided["estado"]) == ("desistir", "tomada")
    assert "desfaz" not in decided
    undone = oficina("undo", "1", "--json").json
    assert (undone["id"], undone["estado"]) == (decided["id"], "desfeita")
    assert "desfaz" not in undone


def test_undo_names_the_nearest_decision(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    assert "no decision DEC-0009 (there is none yet)" in oficina("undo", "9").err
    asked = ask(shop)
    decided = oficina("decide", asked, "desistir", "--reason", "no").out
    assert "`oficina undo DEC-0001` takes it back" in decided
    assert "no decision DEC-0009 (the nearest is DEC-0001)" in oficina("undo", "9").err
    assert oficina("undo", "DEC-0001").out.startswith("DEC-0001 is taken back")


def test_times_are_the_workspaces(shop: Path, oficina, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LocalTime("America/Sao_Paulo")("2026-01-05T02:30:00.000000Z") == "2026-01-04 23:30:00"
    assert LocalTime("Asia/Tokyo").clock("2026-01-05T02:30:00.000000Z") == "11:30:00"
    assert LocalTime("UTC")("") == ""
    monkeypatch.setattr(SystemClock, "now", lambda _: "2026-01-05T02:30:00.000000Z")
    oficina("spec", "add", "specs/frete.yaml")
    for words in (("items",), ("items", "1"), ("events",), ("spec", "show", "frete")):
        assert "2026-01-04 23:30:00" in oficina(*words).out
