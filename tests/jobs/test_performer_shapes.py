"""The performer protocol's schemas hold for real documents, and what breaks them is said with its path."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from comando_support import done, full_only
from jsonschema import Draft202012Validator
from line_factory import setup, started, wait_for

from jobs.attempts import Attempts
from jobs.line import Line
from jobs.performers.shapes import SCHEMAS, check_outcome, outcome_problem, validator
from store.errors import WrongInput

DEFAULT_INPUT: dict[str, Any] = {
    "protocolo": 1,
    "item": {
        "id": "BKL-0001",
        "tipo": "eco",
        "titulo": "Say olá",
        "contexto": {"texto": "olá", "vezes": 2},
        "prioridade": 0,
        "spec_ref": "",
        "spec_versao": None,
        "saga_id": "s",
        "request_id": "r",
        "tentativa": 2,
    },
    "contrato": {"tipo": "eco", "versao": 1, "descricao": "", "contexto": {}, "resultado": {}, "gera": []},
    "spec": None,
    "tentativas": [
        {"numero": 1, "inicio": "", "fim": "", "fim_motivo": "falhou", "motivo": "no paper", "erro": ""}
    ],
    "recado": "use the other tray",
    "orcamento": None,
    "workspace": {"trabalho": "/tmp/x", "spec": "", "testes": "", "anterior": ""},
    "limites": {"prazo_s": 60, "turnos": None},
}


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_each_file_is_a_schema(path: Path) -> None:
    schema = json.loads(path.read_bytes())
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:oficina:{path.stem}:1"


def test_the_example_speaks_the_protocol(tmp_path: Path) -> None:
    validator("input").validate(DEFAULT_INPUT)
    program = SCHEMAS.parent / "examples" / "eco" / "eco.py"
    said = subprocess.run(
        [sys.executable, "-I", str(program)],
        input=json.dumps(DEFAULT_INPUT),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    messages = [json.loads(line) for line in said.stdout.splitlines()]
    for message in messages:
        validator("message").validate(message)
    assert [next(iter(message)) for message in messages] == [
        *("output", "output"),
        *("progress", "progress"),
        *("usage", "outcome"),
    ]
    check_outcome(messages[-1]["outcome"])
    assert (tmp_path / "eco.txt").read_text() == "olá\nolá\n"


def test_what_builtin_hands_in_is_an_outcome_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []
    read = Attempts.outcome

    def keep(self: Attempts, token: str) -> dict[str, Any] | None:
        found = read(self, token)
        seen.extend([found] if found else [])
        return found

    monkeypatch.setattr(Attempts, "outcome", keep)
    line = started(setup(tmp_path))
    try:
        _produce(line)
        wait_for(lambda: line.model().por_status.get("Concluido"))
    finally:
        line.stop(0.0)
    [outcome] = seen
    validator("outcome").validate(outcome)
    assert outcome["material"] == {"resultado": {"n": 4}}


def _produce(line: Line) -> None:
    new = {"tipo": "tarefa", "contexto": {"n": 2}}
    line.submit(lambda core: core.backlog.produzir(new, produtor="humano")).result(60)


def test_an_outcome_that_is_damaged_on_disk_fails_the_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Attempts, "outcome", lambda *_: {"material": {}, "extra": 1})
    line = started(setup(tmp_path))
    try:
        _produce(line)
        wait_for(lambda: line.model().por_status.get("Falhou"))
        [item] = line.submit(lambda core: core.db.find("backlog_items", "tipo", "tarefa")).result(60)
    finally:
        line.stop(0.0)
    assert item["motivo"].startswith("extra: unknown key (known: artefatos, ")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ({}, "an outcome has one of resultado, falha, bloqueado; here is none of them (docs/performers.md)"),
        ({"resultado": {}, "bloqueado": {}}, "here is resultado and bloqueado"),
        ({"resultado": {}, "uso": []}, "uso: [] is not of type 'object' (docs/performers.md)"),
        ({"resultado": {}, "filhos": [{"tipo": 1}]}, "filhos[0].tipo: 1 is not of type 'string'"),
        ({"bloqueado": {"motivo": "m"}}, "bloqueado.depende_de: is missing (docs/performers.md needs it)"),
        ({"resultado": {}, "artefatos": ["a"] * 501}, "artefatos: 501 entries are too many (at most 500)"),
    ],
)
def test_what_is_wrong_with_an_outcome_is_one_line(outcome: dict[str, Any], said: str) -> None:
    assert said in outcome_problem(outcome)
    with pytest.raises(WrongInput):
        check_outcome(outcome)


def test_a_real_message_that_is_refused_breaks_the_schema_too(tmp_path: Path) -> None:
    full_only()
    wrong: list[dict[str, Any]] = [
        {"usage": {"tokens_entrada": -1}},
        {"usage": {"custo": "free"}},
        {"progress": {"feito": 1}},
        {"output": 7},
        {"outcome": {}, "output": ""},
    ]
    assert not any(validator("message").is_valid(message) for message in wrong)
    assert done(tmp_path, "say(output='x')\nend(resultado={})")["status"] == "Concluido"
