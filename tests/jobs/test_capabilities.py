"""Capability definitions and the gaps of a spec."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from factories import World
from spec_files import frete, loaded

from jobs.actors.pricing import prepare
from jobs.capabilities import Capability, identificar_gaps, load_capabilities
from store.errors import WrongInput


def test_the_seeds_are_read_and_their_python_is_ours() -> None:
    found = load_capabilities()
    assert {"python-3.11", "bubblewrap", "chave-assinatura"} <= set(found)
    assert found["python-3.11"].sonda_argv[0] == sys.executable
    assert found["chave-assinatura"].instalar_argv[0] == "sh"
    assert found["git"].instalar_argv == []


def test_the_probes_tell_what_is_there(tmp_path: Path) -> None:
    found = load_capabilities()

    def passes(nome: str) -> bool:
        return subprocess.run(found[nome].sonda_argv, cwd=tmp_path, capture_output=True).returncode == 0

    assert passes("python-3.11")
    assert not passes("chave-assinatura")
    (tmp_path / "chaves").mkdir()
    (tmp_path / "chaves" / "assinatura.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    assert not passes("chave-assinatura"), "a text that looks like a key is none"


def test_a_price_probes_what_was_approved_not_what_the_file_says_since(tmp_path: Path) -> None:
    own = tmp_path / "capabilities.yaml"
    own.write_text("capacidades: {selo: {descricao: um selo, sonda: [test, -e, selo], alternativas: [a]}}")
    approved = load_capabilities(own)
    own.write_text("capacidades: {selo: {descricao: um selo, sonda: [rm, -rf, /]}}")
    world = World(tmp_path / "store")
    world.add_spec()
    actors = SimpleNamespace(performer_of=lambda tipo: f"who does {tipo}")
    context: Any = SimpleNamespace(
        db=world.db,
        backlog=world.backlog,
        workspace=SimpleNamespace(definition=lambda _: own, root=tmp_path),
        config={"definitions": SimpleNamespace(capabilities=approved, actors=actors)},
    )
    document = json.loads(json.dumps(prepare(context, world.claim("orcar_spec").item)))
    world.close()
    given = {each["nome"]: Capability.from_document(each) for each in document["capacidades"]}
    assert given == approved
    assert given["selo"].sonda_argv == ["test", "-e", "selo"]
    assert document["performer"] == "who does desenvolvimento"


def test_a_name_that_would_be_more_than_a_line_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "capabilities.yaml"
    own.write_text('capacidades: {"a\\nvertentes: []": {descricao: a, sonda: [ls]}}')
    with pytest.raises(WrongInput, match=r"a capability's name has the character U\+000A"):
        load_capabilities(own)


def test_gaps_are_needs_whose_probe_did_not_pass(tmp_path: Path) -> None:
    needs = {"recursos": ["git", "chave-assinatura", "bubblewrap"]}
    spec = loaded(tmp_path, frete(lambda data: data.update(runtime=needs)))
    results = {"git": True, "chave-assinatura": (False, "no such file")}
    missing, unknown = identificar_gaps(spec, load_capabilities(), results)
    assert (missing.recurso, missing.tipo_recurso, missing.detalhe) == (
        "chave-assinatura",
        "credencial",
        "no such file",
    )
    assert (unknown.recurso, unknown.detalhe) == ("bubblewrap", "not probed")
    assert missing.contexto("frete") == {
        "sintoma": "Falta chave-assinatura: chave privada Ed25519 que assina o que sai daqui,"
        " em chaves/assinatura.pem",
        "frequencia": "Sempre que spec usa chave-assinatura",
        "afetados": ["frete"],
        "impacto": "Spec bloqueada",
        "tentativas": ["assinar à mão no portal", "contratar assinatura remota"],
        "criterio_sucesso": "chaves/assinatura.pem existe e é uma chave privada Ed25519 em PEM",
        "recurso": "chave-assinatura",
        "tipo_recurso": "credencial",
    }


def test_a_workspace_adds_and_replaces(tmp_path: Path) -> None:
    own = tmp_path / "capabilities.yaml"
    own.write_text(
        "capacidades:\n  git: {descricao: x, sonda: [true]}\n  impressora: {descricao: y, sonda: [lpstat]}\n"
    )
    with pytest.raises(
        WrongInput, match=r"capabilities.yaml:2: capacidades.git.sonda\[0\]: expected text, not true"
    ):
        load_capabilities(own)
    own.write_text(own.read_text().replace("[true]", '["true"]'))
    found = load_capabilities(own)
    assert found["git"].sonda == ("true",)
    assert found["impressora"].criterio == ""
    own.write_text("{}")
    assert set(load_capabilities(own)) == set(load_capabilities())


def test_a_definition_without_a_criterion_has_its_probe_as_one(tmp_path: Path) -> None:
    own = tmp_path / "capabilities.yaml"
    own.write_text("capacidades: {impressora: {descricao: y, sonda: [lpstat]}}\n")
    spec = loaded(tmp_path, frete(lambda data: data.update(runtime={"recursos": ["impressora"]})))
    [gap] = identificar_gaps(spec, load_capabilities(own), {"impressora": False})
    assert (gap.criterio, gap.tipo_recurso) == ("A sonda de impressora passa", "ferramenta")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("capacidade: {}", "c.yaml:1: capacidade: unknown key capacidade (did you mean capacidades?)"),
        ("capacidades: {a: {sonda: [x]}}", "capacidades.a: the field descricao is missing (say what it is)"),
        (
            "capacidades: {a: {descricao: x}}",
            "the field sonda is missing (a command that succeeds when it is there",
        ),
        (
            "capacidades: {a: {descricao: x, sonda: ls -l}}",
            "capacidades.a.sonda: expected a list of words, not one",
        ),
        (
            "capacidades: {a: {descricao: x, sonda: [ls], prazo_s: 0}}",
            "prazo_s: not a number from 0.1 to 3600: 0",
        ),
        (
            "capacidades: {a: {descricao: x, sonda: [ls], instala: [x]}}",
            "unknown key instala (did you mean instalar?)",
        ),
        ("capacidades: {a: 3}", "capacidades.a: expected keys with values, not a number"),
    ],
)
def test_a_wrong_definition_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(WrongInput) as caught:
        load_capabilities(path)
    assert message in str(caught.value)
