"""Spec files: what is read from a right one, and the one line that each wrong one ends in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from spec_files import frete, loaded, pedido, problems

from jobs.specs.reading import read_spec


def test_a_decision_is_read_with_its_example(tmp_path: Path) -> None:
    spec = loaded(tmp_path, frete(lambda data: data.update(prioridade=7, descricao="Por peso\ne região.")))
    [vertente] = spec.vertentes
    assert (spec.id, spec.titulo, spec.prioridade, spec.descricao) == (
        "frete",
        "Frete",
        7,
        "Por peso\ne região.",
    )
    assert (vertente.tipo, vertente.nome, vertente.worker) == ("D", "tabela", "WORKER_D")
    assert vertente.campos == ["peso", "regiao"]
    assert vertente.tabela is not None
    assert vertente.tabela.regras[1].se[1].text == '"norte"'
    [example] = spec.exemplos_de("tabela")
    assert (example.nome, example.esperado, example.tem_esperado) == ("leve", 10, True)
    assert spec.vertente("tabela") is vertente
    assert spec.vertente("absent") is None


def test_a_structure_is_read_and_gets_a_title(tmp_path: Path) -> None:
    [vertente] = loaded(tmp_path, pedido()).vertentes
    assert vertente.schema is not None
    assert vertente.schema["title"] == "Modelo"
    assert vertente.campos == ["cliente", "tipo", "parcelas"]
    assert vertente.worker == "WORKER_E"


def test_a_title_of_its_own_is_kept(tmp_path: Path) -> None:
    spec = loaded(
        tmp_path, pedido(lambda data: data["vertentes"][0]["schema"].update(title="Pedido da Loja"))
    )
    assert spec.vertentes[0].schema is not None
    assert spec.vertentes[0].schema["title"] == "Pedido da Loja"


def test_needs_and_load_are_read(tmp_path: Path) -> None:
    spec = loaded(
        tmp_path,
        frete(
            lambda data: data.update(
                requisitos_nao_funcionais={"tps": 20, "usuarios": 200, "pico": "Natal"},
                runtime={
                    "recursos": ["git"],
                    "apis": {"cep": 5},
                    "cpu": 2,
                    "memoria_mb": 512,
                    "containers": 1,
                    "gpu": True,
                },
            )
        ),
    )
    assert (spec.requisitos.tps, spec.requisitos.usuarios, spec.requisitos.pico) == (20, 200, "Natal")
    assert spec.runtime.recursos == ("git",)
    assert spec.runtime.apis == {"cep": 5}
    assert (spec.runtime.cpu, spec.runtime.memoria_mb, spec.runtime.containers, spec.runtime.gpu) == (
        2,
        512,
        1,
        True,
    )


def test_a_peak_can_be_a_number(tmp_path: Path) -> None:
    spec = loaded(tmp_path, frete(lambda data: data.update(requisitos_nao_funcionais={"pico": 300})))
    assert spec.requisitos.pico == 300
    assert spec.requisitos.tps is None


def test_the_name_of_a_vertente_defaults_to_the_id(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["id"] = "frete-2"
        del data["vertentes"][0]["nome"]

    assert loaded(tmp_path, frete(change)).vertentes[0].nome == "frete_2"


def test_markup_in_a_title_is_kept_as_it_is(tmp_path: Path) -> None:
    spec = loaded(tmp_path, frete(lambda data: data.update(titulo="[bold]Frete[/] <b>&amp;</b>")))
    assert spec.titulo == "[bold]Frete[/] <b>&amp;</b>"


TOP = [
    ({"titulo": None}, "specs/spec.yaml:1: the field titulo is missing (say in a line what the owner gets)"),
    ({"titulo": "  "}, "specs/spec.yaml:2: titulo: is empty (say in a line what the owner gets)"),
    ({"titulo": 7}, "specs/spec.yaml:2: titulo: expected text, not a number (put it in quotes)"),
    ({"titulo": "a\x1b[31mb"}, "specs/spec.yaml:2: titulo: has the character U+001B (remove it)"),
    ({"titulo": "a\u202eb"}, "specs/spec.yaml:2: titulo: has the character U+202E (remove it)"),
    ({"titulo": "a\nb"}, "specs/spec.yaml:2: titulo: has the character U+000A (write it on one line)"),
    ({"descricao": "a\x07b"}, "descricao: has the character U+0007 (remove it)"),
    ({"id": None}, "specs/spec.yaml:1: the field id is missing (add `id: …`, a short word of its own)"),
    (
        {"id": "Frete 2"},
        "specs/spec.yaml:1: id: not an id: Frete 2 (small letters, digits, single - and _ between them, at",
    ),
    ({"id": "../x"}, "id: not an id: ../x"),
    ({"id": "a" * 49}, "id: not an id: aaaa"),
    ({"tiutlo": "x"}, "tiutlo: unknown key tiutlo (did you mean titulo?)"),
    ({"zzz": "x"}, "zzz: unknown key zzz (known: depende_de, descricao, "),
    ({"prioridade": "alta"}, "prioridade: not a whole number from -1000 to 1000: alta (for example 0)"),
    ({"prioridade": True}, "prioridade: not a whole number from -1000 to 1000: true"),
    (
        {"vertentes": None},
        "the field vertentes is missing (add a structure (tipo: E) or a decision (tipo: D))",
    ),
    ({"vertentes": []}, "the field vertentes is missing"),
    ({"vertentes": "E"}, "vertentes: expected a list, not text (begin each entry with `- `)"),
    ({"vertentes": ["E"]}, "vertentes[0]: expected keys with values, not text (write it as `key: value`)"),
    ({"depende_de": "pedido"}, "depende_de: expected a list, not text (begin each entry with `- `)"),
    ({"depende_de": [7]}, "depende_de[0]: expected text, not 7 (one word an entry)"),
    ({"depende_de": ["a", "a"]}, "depende_de[1]: a is here twice (keep one of them)"),
    ({"runtime": {"recurso": []}}, "runtime.recurso: unknown key recurso (did you mean recursos?)"),
    ({"runtime": ["git"]}, "runtime: expected keys with values, not a list (write it as `key: value`)"),
    ({"runtime": {"gpu": "sim"}}, "runtime.gpu: expected true or false, not sim (for example false)"),
    ({"runtime": {"cpu": 0}}, "runtime.cpu: not a number from 0.1 to 256: 0 (for example 1)"),
    ({"runtime": {"apis": {"cep": -1}}}, "runtime.apis.cep: not a whole number from 0 to 1000000000: -1"),
    (
        {"requisitos_nao_funcionais": {"pico": [1]}},
        "requisitos_nao_funcionais.pico: expected a number or text, not a list (for example 200)",
    ),
    (
        {"requisitos_nao_funcionais": {"tsp": 1}},
        "requisitos_nao_funcionais.tsp: unknown key tsp (did you mean tps?)",
    ),
    (
        {"schema_tdd": {"criterio": "parwise"}},
        "schema_tdd.criterio: no such value: parwise (did you mean pairwise?)",
    ),
    ({"schema_tdd": {"cobertura": 101}}, "schema_tdd.cobertura: not a whole number from 1 to 100: 101"),
    ({"schema_tdd": []}, "schema_tdd: expected keys with values, not a list"),
]


@pytest.mark.parametrize(("change", "message"), TOP)
def test_a_wrong_field_is_named_with_what_is_right(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    def apply(data: dict[str, Any]) -> None:
        data.update({key: value for key, value in change.items() if value is not None})
        for key, value in change.items():
            if value is None:
                data.pop(key)

    said = problems(tmp_path, frete(apply))
    assert any(message in line for line in said), said
    assert all(line.startswith("specs/spec.yaml") for line in said)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            "id: frete\n  titulo: x",
            "specs/spec.yaml:2: not YAML: mapping values are not allowed in this context",
        ),
        ("- a\n- b", "specs/spec.yaml:1: expected keys with values, not a list (write it as `key: value`)"),
        ("", "specs/spec.yaml: expected keys with values, not nothing (write it as `key: value`)"),
        ("id: a\nid: b", "specs/spec.yaml:2: the key id is here twice (keep one of them)"),
        (b"id: \xff", "specs/spec.yaml:1: not UTF-8 text (save the file as UTF-8)"),
        ("[" * 10_000_000, "specs/spec.yaml is too large"),
        ("a: " + "[" * 900_000, "specs/spec.yaml:1: not YAML"),
        ("a: " + "[" * 100, "specs/spec.yaml:1: nested too deeply (at most 64 levels)"),
    ],
    ids=["indent", "list", "empty", "twice", "utf8", "10MB", "flow", "deep"],
)
def test_what_is_no_spec_at_all(tmp_path: Path, data: str | bytes, message: str) -> None:
    [said] = problems(tmp_path, data)
    assert said.replace("yaml: is", "yaml is").startswith(message)


def test_an_absent_file_and_a_directory(tmp_path: Path) -> None:
    assert [str(p) for p in read_spec(tmp_path / "no.yaml", tmp_path)[1]] == [
        "no.yaml: does not exist (name a file that is there)"
    ]
    (tmp_path / "specs").mkdir()
    assert [str(p) for p in read_spec(tmp_path / "specs", tmp_path)[1]] == [
        "specs: is not a file (name a file that is there)"
    ]


def test_all_problems_of_a_file_are_found_in_its_order(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data.update(titulo=3, prioridade="x", zzz=1)
        data["vertentes"][0]["tipo"] = "X"

    lines = [int(line.split(":")[1]) for line in problems(tmp_path, frete(change))]
    assert len(lines) == 4
    assert lines == sorted(lines)
