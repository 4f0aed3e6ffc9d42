"""What is wrong with a workspace's own files is said in one line: by `doctor`, `trust`, and every command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

RULES = """\
nome: casa
regras:
  - {nome: barato, tipo: aprovar_orcamento, opcao: aprovar}
"""
BROKEN = RULES.replace("opcao: aprovar", "opcao: aprovra")
SAID = "policy.yaml:3: regras[0].opcao: aprovar_orcamento has no option aprovra (did you mean aprovar?)"


def findings(said: Any, what: str) -> list[dict[str, str]]:
    return [each for each in said.json if each["what"] == what]


def switched_on(shop: Path, text: str, name: str = "policy.yaml") -> None:
    (shop / name).write_text(text, "utf-8")
    with (shop / "oficina.yaml").open("a", encoding="utf-8") as config:
        config.write(f"politica: {name}\n")


@pytest.mark.parametrize("name", ["policy.yaml", "regras.yaml"])
def test_a_broken_policy_is_named_by_doctor_and_never_approved(shop: Path, oficina, name: str) -> None:
    switched_on(shop, BROKEN, name)
    said, told = oficina("doctor", "--json"), SAID.replace("policy.yaml", name)
    assert said.code == 1
    (found,) = findings(said, "definitions")
    assert (found["state"], found["found"]) == ("wrong", told)
    for words in (("trust", "--yes"), ("trust", "--yes", "--json"), ("trust",)):
        refused = oficina(*words)
        assert (refused.code, refused.err.count("\n")) == (2, 1)
        assert told in refused.err
    assert oficina("trust", "--json").json["problems"] == [told]
    assert oficina("trust", "--json").json["trusted"] is False
    (shop / name).write_text(RULES, "utf-8")
    assert oficina("trust", "--yes").code == 0
    assert findings(oficina("doctor", "--json"), "definitions") == []


def test_a_policy_that_is_not_switched_on_is_looked_at_as_well(shop: Path, oficina) -> None:
    (shop / "policy.yaml").write_text("regras: 3\n", "utf-8")
    assert [one["found"][:14] for one in findings(oficina("doctor", "--json"), "definitions")] == [
        "policy.yaml:1:"
    ]


def test_one_that_was_approved_by_an_older_oficina_is_said_too(shop: Path, oficina, monkeypatch) -> None:
    switched_on(shop, BROKEN)
    with monkeypatch.context() as older:
        older.setattr("app.definitions.Definitions.problems", lambda *_: [])
        assert oficina("trust", "--yes").code == 0
    again = oficina("trust")
    assert (again.code, SAID in again.err) == (2, True)


def test_rules_that_are_switched_on_but_not_approved_are_said_to_be(shop: Path, oficina) -> None:
    switched_on(shop, RULES)
    said = oficina("policy", "show")
    assert said.code == 2
    assert "policy.yaml: switched on, but not approved, so nothing is decided by it yet" in said.err
    assert "barato" in oficina("policy", "show", "policy.yaml").out
    oficina("trust", "--yes")
    assert "switched on" in oficina("policy", "show").out


def test_wrong_actors_are_no_fault_of_the_store(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    (shop / "actors.yaml").write_text("GENESIS:\n  tipos: {entrevistar_dor: robo}\n", "utf-8")
    told = "actors.yaml:2: GENESIS.tipos.entrevistar_dor: no such value: robo (known: builtin, comando,"
    said = oficina("doctor", "--json")
    assert said.code == 1
    (found,) = findings(said, "definitions")
    assert found["found"].startswith(told)
    assert [one["state"] for one in findings(said, "store")] == ["ok"]
    assert findings(said, "health: store") == []
    assert [one["what"] for one in said.json if one["state"] == "wrong"] == ["definitions"]


def test_a_file_that_cannot_be_read_is_one_line_of_doctor_s(shop: Path, oficina) -> None:
    (shop / "actors.yaml").write_bytes(b"GENESIS:\n  descricao: \xff\n")
    (found,) = findings(oficina("doctor", "--json"), "definitions")
    assert found["found"] == "actors.yaml:2: not UTF-8 text (save the file as UTF-8)"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("theme: lihgt\n", "oficina.yaml:2: theme: no such theme: lihgt (did you mean light?)"),
        ("keymap: {app.qiut: Q}\n", "oficina.yaml:2: keymap.app.qiut: no such command"),
    ],
)
def test_what_is_wrong_for_the_screen_stops_every_command(
    shop: Path, oficina, config: str, said: str
) -> None:
    (shop / "oficina.yaml").write_text(f"id: t000001\n{config}", "utf-8")
    for words in (
        ("items",),
        ("run", "--headless", "--until-idle"),
        ("trust",),
        ("logs",),
    ):
        refused = oficina(*words)
        assert (refused.code, refused.err.count("\n")) == (2, 1), words
        assert said in refused.err, words
    (found,) = findings(oficina("doctor", "--json"), "oficina.yaml")
    assert found["found"].startswith(said)
