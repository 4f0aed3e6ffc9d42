"""`oficina store repair`, as whoever damaged a store meets it."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest


@pytest.fixture
def store(shop: Path, oficina) -> Path:
    oficina("spec", "add", "specs/frete.yaml")
    return shop / ".oficina" / "store"


def damage(store: Path, old: bytes = b'"put"', new: bytes = b'"put') -> Path:
    file = max(store.glob("journal-*"))
    assert old in file.read_bytes()
    file.write_bytes(new.join(file.read_bytes().rsplit(old, 1)))
    return file


def test_a_sound_store_is_said_to_be(store: Path, oficina) -> None:
    said = oficina("store", "repair")
    assert (said.code, said.err) == (0, "")
    assert "✓ sound" in said.out
    assert oficina("store", "repair", "--yes", "--json").json["ok"] is True


def test_it_is_shown_then_done(store: Path, oficina) -> None:
    file = damage(store)
    assert "`oficina store repair` shows what can be done" in oficina("store", "check").out
    before = {path.name: path.read_bytes() for path in store.glob("*.json*")}
    said = oficina("store", "repair")
    assert said.code == 1
    assert f"✗ {file.name}:" in said.out
    assert "can't be read" in said.out
    assert "the store would hold: transaction" in said.out
    assert "copied to before-repair-0" in said.out
    assert "run it with --yes: `oficina store repair --yes`" in said.out
    assert {path.name: path.read_bytes() for path in store.glob("*.json*")} == before
    told = oficina("store", "repair", "--json")
    assert (told.code, told.json["ok"], told.json["done"]) == (1, False, False)
    assert told.json["damage"][0]["file"] == file.name
    done = oficina("store", "repair", "--yes")
    assert done.code == 0, done.err
    assert "✓ repaired" in done.out
    assert oficina("store", "check").code == 0
    assert {path.name: path.read_bytes() for path in (store / "before-repair-0").iterdir()} == before
    assert oficina("items").code == 0


def test_edits_are_taken_when_that_is_said(store: Path, oficina) -> None:
    oficina("store", "compact")
    snapshot = store / "snapshot.json"
    snapshot.write_bytes(snapshot.read_bytes().replace(b'"prioridade":', b'"prioridade": ', 1))
    refused = oficina("store", "repair", "--yes")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "--accept-edits" in refused.err
    said = oficina("store", "repair", "--accept-edits")
    assert "`oficina store repair --accept-edits --yes`" in said.out
    broken = snapshot.read_bytes()
    snapshot.write_bytes(broken.replace(b'"status":"', b'"status":"x', 1))
    refused = oficina("store", "repair", "--accept-edits", "--yes")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "backlog_items" in refused.err
    assert "put it right by hand, or bring back a copy" in refused.err
    snapshot.write_bytes(broken)
    assert oficina("store", "repair", "--accept-edits", "--yes").code == 0
    assert oficina("store", "check").code == 0


def test_a_line_that_runs_keeps_it_away(shop: Path, store: Path, oficina) -> None:
    damage(store)
    from jobs.workspace import WorkspacePaths

    lock = WorkspacePaths(shop).line_lock
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for flags in ((), ("--yes",)):
            said = oficina("store", "repair", *flags)
            assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
            assert "runs the line: nothing was done (stop it first)" in said.err
    with (store / "compact.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        said = oficina("store", "repair", "--yes")
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert "another process is compacting the store: nothing was done" in said.err
    assert not list(store.glob("before-repair-*"))


def test_a_store_that_is_not_trusted_is_only_looked_at(shop: Path, store: Path, oficina) -> None:
    damage(store)
    (shop / "policy.yaml").write_text("regras: []")
    assert "run it with --yes" in oficina("store", "repair").out
    assert "not trusted" in oficina("store", "repair", "--yes").err
    assert not list(store.glob("before-repair-*"))


def test_the_doctor_calls_it_damaged(store: Path, oficina) -> None:
    damage(store)
    said = oficina("doctor", "--json")
    found = next(each for each in said.json if each["what"] == "store")
    assert (said.code, found["state"]) == (1, "damaged")
    assert "oficina store repair" in found["remedy"]
