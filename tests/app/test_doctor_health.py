"""`oficina doctor` on how a workspace and its line are."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from jobs.workspace import SEEDS
from store.views import health
from store.yamlfile import load_yaml

CHECKS = ["store", "scheduler", "disk", "sandbox", "breakers", "decisions", "leases", "gaps"]
CHECKS += ["unclaimed", "log"]


def told(said: Any) -> dict[str, dict[str, str]]:
    """The health checks of `doctor --json`, by name."""
    found = {each["what"]: each for each in said.json}
    return {
        what.removeprefix("health: "): each for what, each in found.items() if what.startswith("health: ")
    }


@pytest.mark.usefixtures("shop")
def test_every_check_is_in_json_and_for_people(oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    said = oficina("doctor", "--json")
    found = told(said)
    assert list(found) == CHECKS
    assert all(set(each) == {"what", "state", "found", "remedy"} for each in found.values())
    scheduler = found["scheduler"]
    assert (scheduler["state"], scheduler["found"]) == ("warning", "nobody runs the line; 1 ready for it")
    assert scheduler["remedy"] == "`oficina`, or `oficina run --headless`"
    human = oficina("doctor")
    assert human.code == 0
    assert "health: scheduler  nobody runs the line; 1 ready for it" in human.out


def test_a_fresh_workspace_is_looked_at_without_making_anything(shop: Path, oficina) -> None:
    found = told(oficina("doctor", "--json"))
    assert set(found) == {"store", "disk", "sandbox", "log"}
    assert [path for path in (shop / ".oficina").rglob("*") if path.is_file()] == []
    assert oficina("spec", "add", "specs/frete.yaml").code == 0


def test_what_nobody_knows_any_more_is_said_by_doctor_and_by_a_headless_line(shop: Path, oficina) -> None:
    for name in ("eco.py", "contracts.yaml", "actors.yaml"):
        shutil.copy(SEEDS / "examples" / "eco" / name, shop / name)
    oficina("trust", "--yes")
    (tipo,) = load_yaml((shop / "contracts.yaml").read_text(), "contracts.yaml").data
    assert oficina("items", "add", tipo, "--contexto", '{"texto": "oi"}').code == 0
    for name in ("contracts.yaml", "actors.yaml"):
        (shop / name).unlink()
    oficina("trust", "--yes")
    found = told(oficina("doctor", "--json"))["unclaimed"]
    assert found["state"] == "warning"
    assert found["found"].startswith(f"1 that no actor takes, BKL-0001 ({tipo}) for ")
    said = oficina("run", "--headless", "--until-idle", "--timeout", "60")
    assert said.code == 0
    assert said.out.count(f"Waiting: {found['found']}. To do: {found['remedy']}") == 2


@pytest.mark.usefixtures("shop")
def test_what_is_bad_is_wrong_and_exit_1(oficina, monkeypatch: pytest.MonkeyPatch) -> None:
    oficina("items")
    monkeypatch.setattr(health, "NO_DISK_MB", 1 << 40)
    monkeypatch.setattr(health, "LOW_DISK_MB", 1 << 40)
    said = oficina("doctor", "--json")
    assert said.code == 1
    assert told(said)["disk"]["state"] == "wrong"


def test_a_store_that_cannot_be_opened_is_said_with_what_else_there_is(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    journal = next((shop / ".oficina" / "store").glob("journal-*.jsonl"))
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 1
    journal.write_bytes(content)
    said = oficina("doctor", "--json")
    found = told(said)
    assert said.code == 1
    assert set(found) == {"store", "disk", "sandbox", "log"}
    assert found["store"]["state"] == "wrong"
    assert journal.name in found["store"]["found"]
