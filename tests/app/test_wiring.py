"""How a command opens a workspace."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from app.wiring import line_setup, opened, trust_of
from jobs.trust import Trust, TrustFile
from jobs.workspace import Workspace, open_workspace
from store.errors import WrongInput
from store.yamlfile import ReadFile


def test_the_store_of_a_workspace_that_is_not_trusted_is_only_viewed(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    arguments = Namespace(workspace=shop)
    with opened(arguments, readonly=True) as mine:
        assert mine.db.readonly_reason == ""
    (shop / "capabilities.yaml").write_text("capacidades: {a: {descricao: a, sonda: [rm, -rf, /]}}\n")
    journal = next((shop / ".oficina" / "store").glob("journal-*.jsonl"))
    with journal.open("ab") as file:
        file.write(b"a commit that was cut off")
    before = journal.read_bytes()
    with opened(arguments, readonly=True) as viewed:
        assert viewed.db.readonly_reason == "opened for viewing"
        assert viewed.item("BKL-0001")["status"] == "Pendente"
    assert journal.read_bytes() == before
    assert oficina("trust", "--yes").code == 0
    with opened(arguments, readonly=True):
        assert journal.read_bytes() != before


CAPABILITIES = 'capacidades: {a: {descricao: a, sonda: ["PROGRAM"]}}\n'
POLICY = """\
nome: rules
regras: [{nome: one, tipo: aprovar_orcamento, opcao: OPTION, motivo: no}]
"""
ACTORS = "GENESIS: {descricao: WHO, tipos: {entrevistar_dor: builtin, entrevistar_humano: humano}}\n"


def defined(shop: Path, *, program: str, option: str, who: str) -> None:
    """What the workspace defines; its meaning changes with each word."""
    (shop / "capabilities.yaml").write_text(CAPABILITIES.replace("PROGRAM", program))
    (shop / "rules.yaml").write_text(POLICY.replace("OPTION", option))
    (shop / "actors.yaml").write_text(ACTORS.replace("WHO", who))


@pytest.fixture
def swapped(shop: Path, oficina, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace that is approved, and changed by somebody whenever that was checked."""
    config = shop / "oficina.yaml"
    config.write_text(config.read_text() + "politica: rules.yaml\n")
    mine = {"program": "true", "option": "recusar", "who": "mine"}
    defined(shop, **mine)
    assert oficina("trust", "--yes").code == 0
    check = TrustFile.check

    def check_and_swap(self: TrustFile, *arguments: Any) -> Trust:
        defined(shop, **mine)
        found = check(self, *arguments)
        defined(shop, program="evil", option="aprovar", who="evil")
        return found

    monkeypatch.setattr(TrustFile, "check", check_and_swap)
    return open_workspace(shop)


def test_a_line_works_by_the_bytes_that_were_approved(swapped: Workspace) -> None:
    setup = line_setup(swapped, name="test")
    assert setup.may_run
    assert setup.probes["a"].argv == ["true"]
    assert setup.policy is not None
    assert [rule.opcao for rule in setup.policy.regras] == ["recusar"]
    assert {actor.nome: actor.descricao for actor in setup.actors}["GENESIS"] == "mine"
    assert (swapped.paths.root / "rules.yaml").read_text().count("aprovar,") == 1, "it was changed meanwhile"


def test_a_command_works_by_the_bytes_that_were_approved(swapped: Workspace) -> None:
    with opened(Namespace(workspace=swapped.paths.root)) as shop:
        assert shop.definitions.capabilities["a"].sonda == ("true",)
        policy = shop.definitions.policy()
        assert policy is not None
        assert [rule.opcao for rule in policy.regras] == ["recusar"]


def test_a_definition_that_turns_into_a_link_is_not_read(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    defined(shop, program="true", option="recusar", who="mine")
    (shop.parent / "elsewhere.yaml").write_text("GENESIS: {}\n")
    read = ReadFile.read

    def late(path: Path) -> ReadFile:
        path.unlink()
        path.symlink_to(shop.parent / "elsewhere.yaml")
        return read(path)

    monkeypatch.setattr(ReadFile, "read", late)
    with pytest.raises(WrongInput, match=r"actors.yaml: cannot be read"):
        trust_of(open_workspace(shop))
    (shop / "actors.yaml").unlink()
    os.mkfifo(shop / "actors.yaml")
    with pytest.raises(WrongInput, match=r"actors.yaml: no plain file"):
        read(shop / "actors.yaml")
