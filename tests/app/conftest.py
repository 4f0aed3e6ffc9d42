"""A real workspace in a temporary directory, and the command line as its user would call it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.main import main

FRETE = """\
id: frete
titulo: Frete
vertentes:
  - tipo: D
    nome: calcular
    tabela:
      hit: UNIQUE
      entradas:
        - {nome: peso_kg, tipo: number, min: 0, max: 30}
      saidas:
        - {nome: preco, tipo: number}
      regras:
        - {se: ["<= 5"], entao: [10]}
        - {se: ["> 5"], entao: [20]}
schema_tdd:
  criterio: pairwise
  cobertura: 80
  exemplos:
    - {nome: leve, entrada: {peso_kg: 2}, esperado: {preco: 10}}
    - {nome: pesado, entrada: {peso_kg: 9}, esperado: {preco: 20}}
"""


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture(autouse=True, scope="module")
def measuring() -> Iterator[dict[str, str]]:
    """What is taken out of the environment here: with it, what a program and its children run is measured.

    Whole programs run here by the hundred. What they execute is measured by the tests of its own package, and
    measuring it again would take a third of their time; what only a whole line runs, the demo's run tells.
    """
    name = "COVERAGE_PROCESS_CONFIG"
    taken = {name: os.environ[name]} if name in os.environ else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(name, raising=False)
        yield taken


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def oficina(capsys: pytest.CaptureFixture[str]) -> Command:
    """`oficina("items", "--json")`: run a command in this process."""

    def run(*words: str | Path) -> Said:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


@pytest.fixture
def shop(tmp_path: Path, oficina: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new workspace with `specs/frete.yaml`, which is the current directory."""
    root = tmp_path / "shop"
    assert oficina("init", root).code == 0
    (root / "specs" / "frete.yaml").write_text(FRETE, encoding="utf-8")
    monkeypatch.chdir(root)
    return root
