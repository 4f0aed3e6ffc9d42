"""Vertentes: structures and decisions, inline or by file, and what is wrong with them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from spec_files import FRETE, PEDIDO, frete, loaded, pedido, problems, write

from jobs.specs.cells import feel_cell, feel_cells
from jobs.specs.reading import read_spec

SCHEMA: dict[str, Any] = PEDIDO["vertentes"][0]["schema"]
TABLE: dict[str, Any] = FRETE["vertentes"][0]["tabela"]
DMN = Path(__file__).parents[2] / "seeds" / "demo" / "specs" / "dmn" / "0004-simpletable-U.dmn"


def first(**fields: Any) -> dict[str, Any]:
    """The structure spec with its first vertente replaced."""
    return pedido(lambda data: data.update(vertentes=[fields]))


@pytest.mark.parametrize(("tipo", "word"), [("P", "process"), ("I", "interface"), ("C", "integration")])
def test_a_vertente_without_a_worker_is_refused_by_name(tmp_path: Path, tipo: str, word: str) -> None:
    assert problems(tmp_path, first(tipo=tipo, nome="x")) == [
        f"specs/spec.yaml:4: vertentes[0].tipo: vertente {tipo} ({word}) has no worker yet"
        " (vertentes with a worker: E, D)"
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tipo": "X"}, "vertentes[0].tipo: no such vertente: X (known: D, E)"),
        ({"tipo": "e"}, "vertentes[0].tipo: no such vertente: e (did you mean E?)"),
        ({"nome": "a"}, "vertentes[0]: the field tipo is missing"),
        ({"tipo": "E"}, "the field schema is missing (add a JSON Schema as `schema: …`, or name its file"),
        ({"tipo": "D"}, "the field tabela is missing (add a decision table as `tabela: …`, or name its file"),
        ({"tipo": "E", "schema": SCHEMA, "arquivo": "x.json"}, "schema and arquivo are both given"),
        ({"tipo": "E", "schema": SCHEMA, "tabla": 1}, "vertentes[0].tabla: unknown key tabla"),
        (
            {"tipo": "E", "schema": SCHEMA, "nome": "Modelo X"},
            "vertentes[0].nome: not a name for code: Modelo X",
        ),
        (
            {"tipo": "E", "arquivo": "no.json"},
            "vertentes[0].arquivo: no.json does not exist (name a file that is",
        ),
        (
            {"tipo": "E", "arquivo": "/etc/passwd"},
            "not a relative path: /etc/passwd (relative to the spec, with /)",
        ),
        ({"tipo": "E", "arquivo": "..\\x"}, "not a relative path: ..\\x"),
        ({"tipo": "E", "arquivo": 7}, "vertentes[0].arquivo: expected text, not a number"),
        (
            {"tipo": "E", "arquivo": "../../out.json"},
            "vertentes[0].arquivo: the path leaves the workspace: ../../out.json (keep the file beside",
        ),
        ({"tipo": "E", "arquivo": "."}, "vertentes[0].arquivo: . is not a file (name a file that is there)"),
        ({"tipo": "E", "arquivo": "a\x00b"}, "vertentes[0].arquivo: has the character U+0000"),
        (
            {"tipo": "D", "tabela": TABLE, "decisao": "x"},
            "only a DMN file has decisions to choose from (remove it)",
        ),
    ],
)
def test_a_wrong_vertente(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    said = problems(tmp_path, first(**fields))
    assert any(message in line for line in said), said


def test_two_vertentes_of_one_name(tmp_path: Path) -> None:
    vertente = {"tipo": "E", "nome": "x", "schema": SCHEMA}
    assert problems(tmp_path, pedido(lambda data: data.update(vertentes=[vertente, vertente]))) == [
        "specs/spec.yaml:26: vertentes[1].nome: two vertentes are named x (name them apart)"
    ]


def test_too_many_vertentes(tmp_path: Path) -> None:
    many = [{"tipo": "E", "nome": f"v{n}", "schema": SCHEMA} for n in range(21)]
    [said] = problems(tmp_path, pedido(lambda data: data.update(vertentes=many)))
    assert "vertentes: too many (at most 20 in a spec; make it two)" in said


def test_a_schema_in_a_file_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(SCHEMA), "specs/esquemas/pedido.json")
    spec = loaded(tmp_path, first(tipo="E", nome="x", arquivo="esquemas/pedido.json"))
    [vertente] = spec.vertentes
    assert vertente.arquivo == "specs/esquemas/pedido.json"
    assert list(spec.arquivos) == ["specs/spec.yaml", "specs/esquemas/pedido.json"]
    write(tmp_path, yaml.safe_dump(SCHEMA, sort_keys=False), "specs/p.yaml")
    assert (
        loaded(tmp_path, first(tipo="E", nome="x", arquivo="p.yaml")).vertentes[0].campos == vertente.campos
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"type": "object",\n "x": }', "specs/p.json:2: not JSON: Expecting value (check its commas)"),
        ('{"a": 1, "a": 2}', "specs/p.json: the key a is there twice (correct it in the file)"),
        ('{"a": NaN}', "specs/p.json: NaN is not a JSON number (correct it in the file)"),
        ("[" * 100_000, "specs/p.json: nested too deeply (at most 64 levels)"),
        ("[" * 100 + "]" * 100, "specs/p.json: nested too deeply (at most 64 levels)"),
        (b"\xff", "specs/p.json: not UTF-8 text (save the file as UTF-8)"),
        (
            '{\n\t"type": "objct"}',
            "specs/p.json:2: type: not a JSON Schema: no such type: objct (did you mean object?)",
        ),
        ('{"type": "objct", "x": "\\/\\ud83d\\ude00"}', "not a JSON Schema: no such type: objct"),
    ],
)
def test_a_wrong_json_file_is_named(tmp_path: Path, content: str | bytes, message: str) -> None:
    write(tmp_path, content, "specs/p.json")
    [said] = problems(tmp_path, first(tipo="E", nome="x", arquivo="p.json"))
    assert message in said


def test_a_link_that_leaves_the_workspace_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps(SCHEMA))
    root = tmp_path / "shop"
    write(root, first(tipo="E", nome="x", arquivo="link.json"))
    (root / "specs" / "link.json").symlink_to(outside)
    _, [said] = read_spec(root / "specs" / "spec.yaml", root)
    assert str(said) == (
        "specs/spec.yaml:6: vertentes[0].arquivo: the path leaves the workspace: link.json"
        " (keep the file beside the spec)"
    )
    (root / "specs" / "other.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    _, [said] = read_spec(root / "specs" / "other.yaml", root)
    assert str(said) == (
        "specs/other.yaml: the file is a link that leaves the workspace (copy it into the workspace)"
    )


def test_a_spec_outside_the_workspace_brings_the_files_beside_it(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(SCHEMA), "loose/p.json")
    path = write(tmp_path, first(tipo="E", nome="x", arquivo="p.json"), "loose/pedido.yaml")
    (tmp_path / "shop").mkdir()
    spec, wrong = read_spec(path, tmp_path / "shop")
    assert wrong == []
    assert spec is not None
    assert list(spec.arquivos) == ["../loose/pedido.yaml", "../loose/p.json"]


def test_a_device_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    write(tmp_path, first(tipo="E", nome="x", arquivo="../pipe.json"))
    [said] = problems(tmp_path, first(tipo="E", nome="x", arquivo="../pipe.json"))
    assert "../pipe.json is not a file" in said


def test_an_unreadable_and_a_large_file(tmp_path: Path) -> None:
    write(tmp_path, b" " * 3_000_000, "specs/big.json")
    [said] = problems(tmp_path, first(tipo="E", nome="x", arquivo="big.json"))
    assert "big.json is too large (at most 2 MB)" in said
    [said] = problems(tmp_path, first(tipo="E", nome="x", arquivo="a" * 300))
    assert "cannot be read: File name too long" in said


def test_a_table_in_a_file_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, yaml.safe_dump(TABLE), "specs/t.yaml")
    spec = loaded(
        tmp_path, frete(lambda data: data.update(vertentes=[{"tipo": "D", "nome": "t", "arquivo": "t.yaml"}]))
    )
    assert spec.vertentes[0].campos == ["peso", "regiao"]
    write(tmp_path, yaml.safe_dump({**TABLE, "hit": "UNIQ"}), "specs/t.yaml")
    [said] = problems(tmp_path, first(tipo="D", nome="t", arquivo="t.yaml"))
    assert said.startswith("specs/t.yaml:")
    assert "hit: UNIQ is no hit" in said
    [said] = problems(tmp_path, first(tipo="D", nome="t", arquivo="no.yaml"))
    assert "no.yaml does not exist" in said


def test_a_public_dmn_file_goes_in(tmp_path: Path) -> None:
    write(tmp_path, DMN.read_bytes(), "specs/t.dmn")
    [vertente] = loaded(tmp_path, first(tipo="D", nome="t", arquivo="t.dmn")).vertentes
    assert vertente.campos == ["Age", "RiskCategory", "isAffordable"]
    named = first(tipo="D", nome="t", arquivo="t.dmn", decisao="Approval Status")
    assert loaded(tmp_path, named).vertentes[0].campos == vertente.campos
    [said] = problems(tmp_path, first(tipo="D", nome="t", arquivo="t.dmn", decisao="Aproval Status"))
    assert "decisao: no such decision: Aproval Status (did you mean Approval Status?)" in said
    [said] = problems(tmp_path, first(tipo="D", nome="t", arquivo="no.dmn"))
    assert "no.dmn does not exist" in said


def test_a_dmn_file_with_several_decisions_wants_a_name(tmp_path: Path) -> None:
    text = DMN.read_text()
    start, end = text.index("<decision "), text.index("</decision>") + len("</decision>")
    second = text[start:end].replace("Approval Status", "Second").replace('id="_', 'id="_2')
    write(tmp_path, text[:end] + second + text[end:], "specs/t.dmn")
    [said] = problems(tmp_path, first(tipo="D", nome="t", arquivo="t.dmn"))
    assert "the field decisao is missing (the file has several; name one of Approval Status, Second)" in said


def test_a_file_that_is_no_dmn(tmp_path: Path) -> None:
    write(tmp_path, "<x/>", "specs/t.dmn")
    [said] = problems(tmp_path, first(tipo="D", nome="t", arquivo="t.dmn"))
    assert said.startswith("specs/t.dmn:1: not DMN")


def test_cells_as_people_write_them() -> None:
    assert feel_cell("norte", "string") == '"norte"'
    assert feel_cell(["norte", "sul"], "string") == '"norte", "sul"'
    assert feel_cell('"norte","sul"', "string") == '"norte","sul"'
    assert feel_cell('not("norte")', "string") == 'not("norte")'
    assert feel_cell(None, "string") == "-"
    assert feel_cell(" - ", "string") == " - "
    assert feel_cell(True, "boolean") == "true"
    assert feel_cell(False, "boolean") == "false"
    assert feel_cell(5, "number") == "5"
    assert feel_cell(0.0000001, "number") == "0.0000001"
    assert feel_cell([1, 2.5], "number") == "1, 2.5"
    assert feel_cell("<= 5", "number") == "<= 5"
    odd: list[Any] = [{"a": 1}]
    assert feel_cell(odd, "string") is odd
    assert feel_cell('a "b', "number") == 'a "b'


def test_what_has_no_shape_of_a_table_is_left_for_its_reader() -> None:
    for odd in (None, [], {"regras": 1}, {"regras": [1]}, {"regras": [{"se": 1}], "entradas": 2}):
        assert feel_cells(odd) == odd
    assert feel_cells({"regras": [{"se": ["a", "b"]}], "entradas": [1]}) == {
        "regras": [{"se": ["a", "b"]}],
        "entradas": [1],
    }
