"""Specs against their own tables and examples, against each other, and against the capabilities."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from spec_files import FRETE, frete, loaded, pedido, problems, write

from jobs.specs.adding import check_files
from jobs.specs.checking import KnownSpec, find_cycle
from jobs.specs.examples import field_of
from jobs.specs.validation import schema_errors


def table_spec(**fields: Any) -> dict[str, Any]:
    return frete(lambda data: (data["vertentes"][0]["tabela"].update(fields), data.pop("schema_tdd")))


def tdd(**fields: Any) -> dict[str, Any]:
    return frete(lambda data: data.update(schema_tdd=fields))


def structure_tdd(**fields: Any) -> dict[str, Any]:
    return pedido(lambda data: data.update(schema_tdd=fields))


def rule(index: int, **fields: Any) -> list[dict[str, Any]]:
    rules = [dict(each) for each in FRETE["vertentes"][0]["tabela"]["regras"]]
    rules[index].update(fields)
    return rules


def test_a_table_with_a_gap_names_the_inputs(tmp_path: Path) -> None:
    [said] = problems(tmp_path, table_spec(regras=rule(2, se=["> 7", ["sul"]])))
    assert said.startswith("specs/spec.yaml:21: vertentes[0].tabela.regras: no rule matches peso = ")
    assert 'regiao = "sul"' in said
    assert said.endswith("(add a rule, or narrow the inputs with valores, min and max)")


def test_several_gaps_are_counted(tmp_path: Path) -> None:
    regras = [{"se": ["[1..2]", "norte"], "entao": [1]}, {"se": ["[5..6]", "norte"], "entao": [1]}]
    [said] = problems(tmp_path, table_spec(regras=regras))
    assert ", and " in said
    assert " more such gap" in said


def test_a_table_with_an_overlap_names_rules_and_inputs(tmp_path: Path) -> None:
    [said] = problems(tmp_path, table_spec(regras=rule(2, se=[">= 5", ["sul"]])))
    assert said == (
        "specs/spec.yaml:32: vertentes[0].tabela.regras[2]: rules 1 and 3 both match peso = 5,"
        ' regiao = "sul", which UNIQUE forbids (correct their conditions, or choose the hit policy FIRST)'
    )


def test_the_same_overlap_is_right_under_first(tmp_path: Path) -> None:
    assert problems(tmp_path, table_spec(hit="FIRST", regras=rule(2, se=[">= 5", ["sul"]]))) == []


def test_a_dead_rule_is_named(tmp_path: Path) -> None:
    regras = [{"se": ["-", "-"], "entao": [1]}, {"se": ["> 5", "norte"], "entao": [2]}]
    [said] = problems(tmp_path, table_spec(hit="FIRST", regras=regras))
    assert "regras[1]: rule 2 is never reached" in said
    assert said.endswith("(remove the rule, or correct its conditions)")


def test_gaps_are_right_where_no_match_has_a_result(tmp_path: Path) -> None:
    assert (
        problems(tmp_path, table_spec(hit="COLLECT", agregacao="COUNT", regras=rule(2, se=["> 7", "sul"])))
        == []
    )


def test_a_broken_table_is_named_by_its_cell(tmp_path: Path) -> None:
    [said] = problems(tmp_path, table_spec(regras=rule(1, se=["> > 5", "norte"])))
    assert said.startswith("specs/spec.yaml:")
    assert "vertentes[0].tabela.regras[1].se[0]" in said


LEVE = {"nome": "a", "entrada": {"peso": 2, "regiao": "sul"}, "esperado": 10}


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (
            {"entrada": {"peso": 31, "regiao": "sul"}},
            "exemplos[0].entrada.peso: 31: more than 30 (correct the ex",
        ),
        (
            {"entrada": {"peso": 2, "regiao": "lua"}},
            'entrada.regiao: lua: not one of the allowed values ("norte", "sul")',
        ),
        ({"entrada": {"peso": "2", "regiao": "sul"}}, "entrada.peso: 2: not a number"),
        ({"entrada": {"peso": [2], "regiao": "sul"}}, "entrada.peso: a list: not a number"),
        ({"entrada": {"peso": 2}}, "entrada.regiao: the input is missing"),
        (
            {"entrada": {"peso": 2, "regiao": "sul", "regia": 1}},
            "tabela has no input regia (did you mean regiao?)",
        ),
        ({"entrada": None}, "exemplos[0]: the input is missing (add `entrada: {field: value}`)"),
        ({"entrada": []}, "exemplos[0].entrada: the input is missing"),
        (
            {"esperado": "dez"},
            "esperado.preco: expected a number, not dez (correct the example or the table)",
        ),
        ({"esperado": True}, "expected a number, not true"),
        (
            {"esperado": [10]},
            "exemplos[0].esperado: expected a value for each output, not a list (outputs: preco)",
        ),
        ({"esperado": {"prco": 10}}, "esperado.prco: the table has no output prco (did you mean preco?)"),
        ({"esperado": {}}, "exemplos[0].esperado: the output preco is missing (add `preco: …`)"),
        ({"esperado": None, "invalido": "peso"}, "esperado and invalido are both given (keep one of them)"),
        ({"nome": None}, "exemplos[0]: the field nome is missing (say what the example shows)"),
        ({"vertente": "tabla"}, "exemplos[0].vertente: no such vertente: tabla (did you mean tabela?)"),
        ({"espera": 1}, "exemplos[0].espera: unknown key espera (did you mean esperado?)"),
    ],
)
def test_a_wrong_example_of_a_table(tmp_path: Path, example: dict[str, Any], message: str) -> None:
    said = problems(tmp_path, tdd(exemplos=[{**LEVE, **example}]))
    assert any(message in line for line in said), said
    assert all(line.startswith("specs/spec.yaml:") for line in said)


def without(*keys: str, **fields: Any) -> dict[str, Any]:
    return {key: value for key, value in {**LEVE, **fields}.items() if key not in keys}


def test_an_invalid_input_is_one_that_the_table_refuses(tmp_path: Path) -> None:
    right = without("esperado", entrada={"peso": 31, "regiao": "sul"}, invalido="peso")
    assert problems(tmp_path, tdd(exemplos=[right])) == []
    [said] = problems(tmp_path, tdd(exemplos=[without("esperado", invalido="peso")]))
    assert "exemplos[0].invalido: the table allows 2 (give peso a value that the table refuses)" in said
    [said] = problems(tmp_path, tdd(exemplos=[without("esperado", invalido="pesso")]))
    assert "exemplos[0].invalido: tabela has no field pesso (did you mean peso?)" in said
    [said] = problems(tmp_path, tdd(exemplos=[without("esperado")]))
    assert "the field esperado is missing (add what the table should answer, or `invalido: <input>`)" in said


def test_an_example_that_contradicts_its_table_is_for_the_tests_to_show(tmp_path: Path) -> None:
    assert problems(tmp_path, tdd(exemplos=[{**LEVE, "esperado": 9999}])) == []


def test_a_list_of_results_is_expected_from_a_multiple_hit(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["vertentes"][0]["tabela"].update(hit="RULE ORDER")
        data["schema_tdd"] = {"exemplos": [{**LEVE, "esperado": 10}]}

    [said] = problems(tmp_path, frete(change))
    assert "esperado: expected a list: RULE ORDER gives one result a rule (begin each with `- `)" in said

    def several(data: dict[str, Any]) -> None:
        change(data)
        data["schema_tdd"] = {"exemplos": [{**LEVE, "esperado": [10, {"preco": "x"}]}]}

    [said] = problems(tmp_path, frete(several))
    assert "esperado[1].preco: expected a number, not x" in said

    def right(data: dict[str, Any]) -> None:
        change(data)
        data["schema_tdd"] = {"exemplos": [{**LEVE, "esperado": [10]}]}

    assert problems(tmp_path, frete(right)) == []


def test_outputs_have_allowed_values_and_names(tmp_path: Path) -> None:
    saidas = [{"nome": "preco", "tipo": "number", "valores": [10, 20]}, {"nome": "vip", "tipo": "boolean"}]
    regras = [{"se": ["-", "-"], "entao": [10, True]}]

    def change(data: dict[str, Any], esperado: Any) -> None:
        data["vertentes"][0]["tabela"].update(saidas=saidas, regras=regras)
        data["schema_tdd"] = {"exemplos": [{**LEVE, "esperado": esperado}]}

    [said] = problems(tmp_path, frete(lambda data: change(data, {"preco": 11, "vip": True})))
    assert "esperado.preco: 11 is not one of the output's values (10, 20)" in said
    [said] = problems(tmp_path, frete(lambda data: change(data, 10)))
    assert "esperado: expected a value for each output, not a number (outputs: preco, vip)" in said
    assert problems(tmp_path, frete(lambda data: change(data, {"preco": 20, "vip": False}))) == []


def test_an_aggregate_is_not_bound_to_the_outputs_values(tmp_path: Path) -> None:
    saidas = [{"nome": "preco", "tipo": "number", "valores": [10, 20]}]
    regras = [{"se": ["-", "-"], "entao": [10]}, {"se": ["> 1", "-"], "entao": [20]}]

    def change(data: dict[str, Any]) -> None:
        data["vertentes"][0]["tabela"].update(hit="COLLECT", agregacao="SUM", saidas=saidas, regras=regras)
        data["schema_tdd"] = {"exemplos": [{**LEVE, "esperado": 30}]}

    assert problems(tmp_path, frete(change)) == []


ANA = {"nome": "a", "entrada": {"cliente": "Ana"}}


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ({"entrada": {"cliente": ""}}, "exemplos[0].entrada.cliente: breaks the schema of modelo: '' "),
        (
            {"entrada": {}},
            "exemplos[0].entrada: breaks the schema of modelo: 'cliente' is a required property",
        ),
        (
            {"entrada": {"cliente": "A", "parcelas": 13}},
            "entrada.parcelas: breaks the schema of modelo: 13 is",
        ),
        (
            {"invalido": "parcelas"},
            "exemplos[0].invalido: the schema of modelo accepts this example (give parcelas a",
        ),
        (
            {"entrada": {"cliente": "", "parcelas": 0}, "invalido": "parcelas"},
            "invalido: the schema refuses cliente, parcelas, not only parcelas (make one field wrong",
        ),
        ({"invalido": "clinte"}, "exemplos[0].invalido: modelo has no field clinte (did you mean cliente?)"),
        ({"esperado": 3}, "exemplos[0].esperado: expected fields with values (for example"),
        ({"esperado": {"tpo": 1}}, "exemplos[0].esperado.tpo: modelo has no field tpo (did you mean tipo?)"),
    ],
)
def test_an_example_that_breaks_the_schema(tmp_path: Path, example: dict[str, Any], message: str) -> None:
    said = problems(tmp_path, structure_tdd(exemplos=[{**ANA, **example}]))
    assert any(message in line for line in said), said


@pytest.mark.parametrize(
    ("entrada", "invalido"),
    [({"cliente": "Ana", "parcelas": 13}, "parcelas"), ({"tipo": "normal"}, "cliente")],
)
def test_an_invalid_example_names_its_field(tmp_path: Path, entrada: dict[str, Any], invalido: str) -> None:
    example = {"nome": "a", "entrada": entrada, "invalido": invalido}
    assert problems(tmp_path, structure_tdd(exemplos=[example])) == []
    assert problems(tmp_path, structure_tdd(exemplos=[{**ANA, "esperado": {"tipo": "normal"}}])) == []


def test_the_field_of_an_error() -> None:
    closed = {"additionalProperties": False, "properties": {"a": {}}}
    assert [field_of(error) for error in schema_errors(closed, {"b": 1})] == ["b"]
    assert [field_of(error) for error in schema_errors({"minProperties": 1}, {})] == [""]
    assert [field_of(error) for error in schema_errors({"required": ["a"]}, {})] == ["a"]


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (
            {"peso": [{"nome": "x", "valor": 31}]},
            "classes.peso[0]: 31: more than 30 (correct the value, or say `valida: false`)",
        ),
        (
            {"peso": [{"nome": "x", "valor": 3, "valida": False}]},
            "classes.peso[0]: the table allows 3 (give a value",
        ),
        ({"tabela": {"peso": [{"nome": "x", "valor": 31}]}}, "classes.tabela.peso[0]: 31: more than 30"),
        ({"tabela": {"pes": []}}, "classes.tabela.pes: tabela has no field pes (did you mean peso?)"),
        ({"pesso": []}, "classes.pesso: tabela has no field pesso (did you mean peso?)"),
        (
            {"peso": [{"valor": 3}]},
            "classes.peso[0]: the field nome is missing (give the class a short name)",
        ),
        (
            {"peso": [{"nome": "x"}]},
            "classes.peso[0]: the field valor is missing (add a value that stands for",
        ),
        (
            {"peso": [{"nome": "x", "valor": 1, "invalida": 1}]},
            "peso[0].invalida: unknown key invalida (did you mean valida?)",
        ),
        (
            {"peso": [{"nome": "x", "valor": 1}, {"nome": "x", "valor": 2}]},
            "peso[1].nome: two classes are named x",
        ),
        (
            {"peso": [{"nome": str(n), "valor": 1} for n in range(51)]},
            "classes.peso: has 51 classes (at most 50)",
        ),
        ({"peso": 3}, "classes.peso: expected a list, not a number"),
        ({"peso": [3]}, "classes.peso[0]: expected keys with values, not a number"),
        ([], "schema_tdd.classes: expected keys with values, not a list"),
    ],
)
def test_a_wrong_class_of_a_table(tmp_path: Path, classes: Any, message: str) -> None:
    said = problems(tmp_path, tdd(classes=classes))
    assert any(message in line for line in said), said


@pytest.mark.parametrize(
    ("each", "message"),
    [
        (
            {"nome": "x", "valor": 13},
            "classes.parcelas[0]: breaks the schema: 13 is greater than the maximum of 12",
        ),
        (
            {"nome": "x", "valor": 3, "valida": False},
            "classes.parcelas[0]: the schema accepts 3 (give a value that it",
        ),
    ],
)
def test_a_wrong_class_of_a_structure(tmp_path: Path, each: dict[str, Any], message: str) -> None:
    [said] = problems(tmp_path, structure_tdd(classes={"parcelas": [each]}))
    assert message in said


def test_classes_name_their_vertente_where_there_are_two(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["vertentes"].append(pedido()["vertentes"][0])
        data["schema_tdd"] = {"classes": {"peso": []}, "exemplos": [without("esperado")]}

    said = problems(tmp_path, frete(change))
    assert any("schema_tdd.classes.peso: unknown key peso (known: modelo, tabela)" in line for line in said)
    assert any(
        "exemplos[0]: the field vertente is missing (name one of tabela, modelo)" in line for line in said
    )


def test_two_examples_of_one_name_and_too_many(tmp_path: Path) -> None:
    [said] = problems(tmp_path, tdd(exemplos=[LEVE, LEVE]))
    assert "exemplos[1].nome: two examples are named a (name them apart)" in said
    many = [{**copy.deepcopy(LEVE), "nome": str(n)} for n in range(501)]
    assert any("exemplos: more than 500 examples" in line for line in problems(tmp_path, tdd(exemplos=many)))


def test_examples_are_not_judged_without_their_vertente(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["vertentes"][0]["tabela"]["hit"] = "X"
        data["schema_tdd"] = {"classes": {"zzz": 1}, "exemplos": [{"nome": "a", "entrada": {"zzz": 1}}]}

    [said] = problems(tmp_path, frete(change))
    assert "hit: X is no hit" in said


def test_the_id_of_another_file_is_taken(tmp_path: Path) -> None:
    known = {"frete": KnownSpec("frete", "specs/old.yaml")}
    assert problems(tmp_path, frete(), known) == [
        "specs/spec.yaml:1: id: the id frete is already that of specs/old.yaml (choose another id)"
    ]
    assert problems(tmp_path, frete(), {"frete": KnownSpec("frete", "specs/spec.yaml")}) == []
    assert problems(tmp_path, frete(), {"frete": KnownSpec("frete", "")}) == []


def depends(*refs: str) -> dict[str, Any]:
    return frete(lambda data: data.update(depende_de=list(refs)))


def test_dependencies_that_are_wrong(tmp_path: Path) -> None:
    known = {
        "pedido": KnownSpec("pedido", "p.yaml", ("estoque",)),
        "estoque": KnownSpec("estoque", "e.yaml", ("loja", "frete")),
    }
    assert problems(tmp_path, depends("frete"))[0].endswith(
        "depende_de[0]: cycle: frete → frete (a spec can't depend on itself)"
    )
    [said] = problems(tmp_path, depends("pedio"), known)
    assert said.endswith(
        "depende_de[0]: no such spec: pedio (did you mean pedido? Otherwise add it first, or with this one)"
    )
    [said] = problems(tmp_path, depends("pedido"), known)
    assert said.endswith(
        "depende_de[0]: cycle: frete → pedido → estoque → frete (take one of these dependencies out)"
    )


def test_a_cycle_among_others_is_not_this_spec_s(tmp_path: Path) -> None:
    known = {
        "a": KnownSpec("a", "a.yaml", ("b",)),
        "b": KnownSpec("b", "b.yaml", ("a",)),
    }
    assert find_cycle("frete", "a", known) == []


def test_capabilities_that_are_wrong(tmp_path: Path) -> None:
    data = frete(lambda data: data.update(runtime={"recursos": ["gti", "git"]}, fornece=["git", "zzz"]))
    assert problems(tmp_path, data, capacidades=["git", "python"]) == [
        "specs/spec.yaml:46: runtime.recursos[0]: no such capability: gti (did you mean git?)",
        "specs/spec.yaml:49: fornece[0]: needs the capability that it provides: git (keep one of the two)",
        "specs/spec.yaml:50: fornece[1]: no such capability: zzz (known: git, python)",
    ]


def test_files_may_depend_on_each_other_and_the_later_duplicate_is_wrong(tmp_path: Path) -> None:
    one = write(tmp_path, depends("pedido"), "specs/frete.yaml")
    two = write(tmp_path, pedido(), "specs/pedido.yaml")
    specs, wrong = check_files([one, two, one], tmp_path, {}, None)
    assert wrong == []
    assert [spec.id for spec in specs] == ["frete", "pedido"]
    three = write(tmp_path, frete(), "specs/other.yaml")
    _, wrong = check_files([one, two, three], tmp_path, {}, None)
    assert [str(problem) for problem in wrong] == [
        "specs/other.yaml:1: id: the id frete is already that of specs/frete.yaml (choose another id)"
    ]
    write(tmp_path, pedido(lambda data: data.update(depende_de=["frete"])), "specs/pedido.yaml")
    _, wrong = check_files([one, two], tmp_path, {}, None)
    assert [str(problem).split(": ", 1)[1] for problem in wrong] == [
        "depende_de[0]: cycle: frete → pedido → frete (take one of these dependencies out)",
        "depende_de[0]: cycle: pedido → frete → pedido (take one of these dependencies out)",
    ]


def test_what_does_not_depend_on_each_other_is_said_at_once(tmp_path: Path) -> None:
    data = frete(lambda data: data.update(prioritade=1, prioridade="high", depende_de=["nada", "nada2"]))
    tabela = data["vertentes"][0]["tabela"]
    tabela.update(hit="UNIQ")
    tabela["regras"][1]["se"].append("-")
    tabela["regras"][2]["entao"] = ["10 +"]
    schema = copy.deepcopy(pedido()["vertentes"][0])
    schema["schema"]["properties"]["parcelas"] = {"type": "integr", "minimun": 1}
    schema["schema"]["required"] = ["client"]
    data["vertentes"].append(schema)
    data["schema_tdd"]["exemplos"][0]["esperdo"] = data["schema_tdd"]["exemplos"][0].pop("esperado")
    data["runtime"] = {"recursos": [7, "gti"]}
    path = write(tmp_path, data)
    _, wrong = check_files([path], tmp_path, {}, ["git"])
    assert [problem.path for problem in wrong] == [
        "vertentes[0].tabela.hit",
        "vertentes[0].tabela.regras[1].se",
        "vertentes[0].tabela.regras[2].entao[0]",
        "vertentes[1].schema.required[0]",
        "vertentes[1].schema.properties.parcelas.type",
        "vertentes[1].schema.properties.parcelas.minimun",
        "schema_tdd.exemplos[0].esperdo",
        "prioritade",
        "prioridade",
        "depende_de[0]",
        "depende_de[1]",
        "runtime.recursos[0]",
        "runtime.recursos[1]",
    ]


def test_a_wrong_id_is_said_of_the_id_alone(tmp_path: Path) -> None:
    data = frete(lambda data: (data.update(id="Ruim Spec"), data["vertentes"][0].pop("nome")))
    _, wrong = check_files([write(tmp_path, data)], tmp_path, {}, None)
    assert [problem.path for problem in wrong] == ["id"]


def test_a_spec_that_is_wrong_is_still_there_for_the_one_that_depends_on_it(tmp_path: Path) -> None:
    one = write(tmp_path, depends("pedido"), "specs/frete.yaml")
    two = write(tmp_path, pedido(lambda data: data.update(prioridade="high")), "specs/pedido.yaml")
    specs, wrong = check_files([one, two], tmp_path, {}, None)
    assert [problem.path for problem in wrong] == ["prioridade"]
    assert [spec.id for spec in specs] == ["frete"]
    _, alone = check_files([one], tmp_path, {}, None)
    assert [problem.remedy for problem in alone] == ["add it first, or with this one"]


def test_a_file_that_took_over_an_id_in_the_store_is_right(tmp_path: Path) -> None:
    path = write(tmp_path, frete(), "specs/frete.yaml")
    known = {"frete": KnownSpec("frete", "specs/frete.yaml", ("pedido",))}
    assert check_files([path], tmp_path, known, None)[1] == []
    assert loaded(tmp_path, frete()).id == "frete"
