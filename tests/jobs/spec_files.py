"""Writes spec files for tests: a good one of each kind, and variations of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from jobs.specs.adding import check_files
from jobs.specs.checking import KnownSpec, check_spec
from jobs.specs.model import Spec
from jobs.specs.reading import read_spec

FRETE: dict[str, Any] = {
    "id": "frete",
    "titulo": "Frete",
    "vertentes": [
        {
            "tipo": "D",
            "nome": "tabela",
            "tabela": {
                "hit": "UNIQUE",
                "entradas": [
                    {"nome": "peso", "tipo": "number", "min": 0, "max": 30},
                    {"nome": "regiao", "tipo": "string", "valores": ["norte", "sul"]},
                ],
                "saidas": [{"nome": "preco", "tipo": "number"}],
                "regras": [
                    {"se": ["<= 5", "-"], "entao": [10]},
                    {"se": ["> 5", "norte"], "entao": [20]},
                    {"se": ["> 5", ["sul"]], "entao": ["10 + peso"]},
                ],
            },
        }
    ],
    "schema_tdd": {
        "exemplos": [{"nome": "leve", "entrada": {"peso": 2, "regiao": "sul"}, "esperado": 10}],
    },
}

PEDIDO: dict[str, Any] = {
    "id": "pedido",
    "titulo": "Pedido",
    "vertentes": [
        {
            "tipo": "E",
            "nome": "modelo",
            "schema": {
                "type": "object",
                "required": ["cliente"],
                "additionalProperties": False,
                "properties": {
                    "cliente": {"type": "string", "minLength": 1, "maxLength": 10},
                    "tipo": {"type": "string", "enum": ["normal", "expresso"]},
                    "parcelas": {"type": "integer", "minimum": 1, "maximum": 12},
                },
            },
        }
    ],
}


def frete(change: Callable[[dict[str, Any]], object] | None = None) -> dict[str, Any]:
    """The decision spec, changed."""
    return _changed(FRETE, change)


def pedido(change: Callable[[dict[str, Any]], object] | None = None) -> dict[str, Any]:
    """The structure spec, changed."""
    return _changed(PEDIDO, change)


def _changed(base: dict[str, Any], change: Callable[[dict[str, Any]], object] | None) -> dict[str, Any]:
    made = copy.deepcopy(base)
    if change is not None:
        change(made)
    return made


def write(root: Path, data: dict[str, Any] | str | bytes, name: str = "specs/spec.yaml") -> Path:
    """Write a spec file into a workspace."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, dict):
        data = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def problems(
    root: Path,
    data: dict[str, Any] | str | bytes,
    known: dict[str, KnownSpec] | None = None,
    capacidades: list[str] | None = None,
) -> list[str]:
    """Everything that is wrong with a spec file, each as its one line."""
    spec, wrong = read_spec(write(root, data), root)
    if spec is not None:
        wrong = check_spec(spec, known or {}, capacidades)
    said = [str(problem) for problem in wrong]
    assert all("\n" not in line and line.isprintable() for line in said)
    assert all(problem.exit_code == 2 for problem in wrong)
    return said


def loaded(root: Path, data: dict[str, Any] | str) -> Spec:
    """A spec that is right, read."""
    specs, wrong = check_files([write(root, data)], root, {}, None)
    assert wrong == []
    return specs[0]
