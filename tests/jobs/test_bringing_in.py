"""The steps that bring a capability in: what is not run, and what is left to a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from line_factory import setup, started, wait_for
from worker_support import FakeChannel

from jobs.actors.installing import INSTALAR_CAPACIDADE
from jobs.attempts import Objects
from jobs.capabilities import Capability
from jobs.definitions import OwnFiles
from jobs.named_commands import named_commands
from jobs.probing import ProbeCommand
from jobs.sandbox import LIMITS_ONLY
from jobs.steps import installing, specifying
from jobs.workspace import WorkspacePaths

SELO = Capability(
    "selo", "um selo", "ferramenta", ("test", "-e", "selo.txt"), instalar=("sh", "-c", "echo $K; touch s")
)


def channel(tmp_path: Path) -> Any:
    made: Any = FakeChannel(tmp_path / "attempt")
    made.level, made.objects = LIMITS_ONLY, Objects(tmp_path / "objects")
    return made


def install(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    document = {
        "capacidade": SELO.to_document(),
        "comando": SELO.instalar_texto,
        "workspace": str(tmp_path),
        "secrets": {"K": "very-secret-42"},
        "aprovados": {},
    }
    return installing.run(document | changes, channel(tmp_path))


def test_an_install_runs_what_was_decided_on_and_hides_secrets(tmp_path: Path) -> None:
    assert install(tmp_path) == {"instalada": True, "detalhe": "•••", "saida": "•••"}
    assert (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"capacidade": None}, "nothing of that name is defined any more"),
        ({"comando": "rm -rf ."}, "not the one that was decided on"),
        ({"capacidade": {**SELO.to_document(), "instalar": []}}, "not the one that was decided on"),
    ],
)
def test_an_install_that_is_not_what_was_decided_on_is_not_run(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    outcome = install(tmp_path, **changes)
    assert (outcome["instalada"], why in outcome["detalhe"]) == (False, True)
    assert not (tmp_path / "s").exists()


def specify(tmp_path: Path, capability: Capability | None, **changes: Any) -> dict[str, Any]:
    document = {
        "item": "BKL-0007",
        "contexto": {"sintoma": "dói"},
        "capacidade": capability.to_document() if capability else None,
        "conhecidas": [],
        "capacidades": ["selo"],
        "workspace": str(tmp_path),
    }
    return specifying.run(document | changes, channel(tmp_path))


SIDE = {"tipo": "E", "nome": "x", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}


def told(**spec: Any) -> Capability:
    return Capability("selo", "um selo", "ferramenta", ("true",), spec=spec)


def test_a_whole_definition_becomes_a_frozen_version(tmp_path: Path) -> None:
    outcome = specify(tmp_path, told(vertentes=[SIDE]))
    assert (outcome["motivo"], outcome["versao"]["spec_ref"]) == ("", "selo")
    assert outcome["versao"]["fornece"] == ["selo"]
    assert specify(tmp_path, told(vertentes=[SIDE])) == outcome, "a repeated attempt comes to the same"


@pytest.mark.parametrize(
    ("capability", "changes", "why"),
    [
        (None, {}, "does not say what is to be built"),
        (SELO, {}, "does not say what is to be built"),
        (told(vertentes=[{"tipo": "P"}]), {}, "the definition's spec is wrong: specs/selo.yaml"),
        (told(vertentes=[SIDE], depende_de=["nada"]), {}, "no such spec: nada"),
        (
            told(vertentes=[SIDE]),
            {"conhecidas": [{"spec_ref": "selo", "arquivo": "specs/other.yaml", "depende_de": []}]},
            "already that of specs/other.yaml",
        ),
    ],
)
def test_what_the_definition_does_not_tell_is_a_person_s(
    tmp_path: Path, capability: Capability | None, changes: dict[str, Any], why: str
) -> None:
    outcome = specify(tmp_path, capability, **changes)
    assert (outcome["versao"], why in outcome["motivo"]) == (None, True), outcome
    assert (tmp_path / outcome["rascunho"]).is_file()


def test_a_file_that_is_there_is_a_person_s_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "selo.yaml").write_text("id: selo\n")
    outcome = specify(tmp_path, told(vertentes=[SIDE]))
    assert outcome["versao"] is None
    assert "is there already and says something else" in outcome["motivo"]
    assert (tmp_path / "specs" / "selo.yaml").read_text() == "id: selo\n"


def test_what_a_workspace_may_run_is_told_in_short(tmp_path: Path) -> None:
    def told_of() -> list[str]:
        return named_commands(OwnFiles.read(WorkspacePaths(tmp_path), ()).get("capabilities"))

    assert told_of() == []
    (tmp_path / "capabilities.yaml").write_text(
        "capacidades:\n  selo:\n    descricao: x\n    sonda: ['true']\n    rede: true\n"
        "    spec: {vertentes: [{tipo: E}, {tipo: D}]}\n"
    )
    assert told_of() == [
        "capabilities.yaml: selo: probe, with the network: true",
        "capabilities.yaml: selo: spec, when you decide so: 2 vertentes, written into specs/",
    ]
    (tmp_path / "capabilities.yaml").write_text("capacidades: {selo: {}}\n")
    assert told_of() == [], "what cannot be read is not run either"


def test_the_line_runs_no_probe_that_changed(tmp_path: Path) -> None:
    (tmp_path / "look.sh").write_text("exit 0\n")
    changed = ProbeCommand(["sh", "./look.sh"], tmp_path, 20.0, files={"look.sh": "0" * 64})
    line = started(setup(tmp_path / "shop", probes={"selo": changed}))
    try:
        found = wait_for(
            lambda: [
                doc["sonda"]
                for doc in line.submit(lambda core: list(core.db.all("capacidades"))).result(60)
                if doc["sonda"]
            ],
            "its answer",
        )
    finally:
        line.stop(0.0)
    assert (found[0]["passou"], "not what was approved" in found[0]["detalhe"]) == (False, True)


@pytest.mark.parametrize(("recurso", "told"), [("chave-assinatura", [30.0]), ("selo", []), ("gone", [])])
def test_that_a_key_is_being_made_is_on_record_before_its_command_begins(
    tmp_path: Path, recurso: str, told: list[float]
) -> None:
    key = replace(SELO, nome="chave-assinatura", prazo_instalar_s=30.0)
    begun: list[float] = []
    context: Any = SimpleNamespace(
        config={
            "definitions": SimpleNamespace(capabilities={"selo": SELO, key.nome: key}),
            "key_begun": begun.append,
        },
        workspace=WorkspacePaths(tmp_path),
    )
    INSTALAR_CAPACIDADE.prepare(context, {"contexto": {"recurso": recurso, "comando": "x"}})
    assert begun == told
