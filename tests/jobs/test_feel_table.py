"""Decision tables from YAML: reading, refusing wrong input in place, and every hit policy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobs.feel import HitPolicy, InvalidInput, NoRule, RuleConflict, Table, evaluate, table_from_yaml
from jobs.feel.build import MAX_COLUMNS, MAX_RULES
from jobs.feel.decide import fixed_rank
from jobs.feel.table_yaml import read_table_yaml
from store.errors import WrongInput
from store.yamlfile import load_yaml

FREIGHT = """
hit: UNIQUE
entradas:
  - {nome: peso kg, tipo: number, min: 0, max: 100}
  - {nome: regiao, tipo: string, valores: [norte, sul]}
  - {nome: vip, tipo: boolean}
saidas:
  - {nome: faixa, tipo: string, valores: [gratis, caro]}
  - {nome: taxa, tipo: number}
regras:
  - {se: ['-', '-', true], entao: ['"gratis"', 0]}
  - {se: ['<= 5', '"norte"', false], entao: ['"caro"', 10.50], nota: leve}
  - {se: ['> 5', '"norte"', false], entao: ['if peso kg > 50 then "caro" else "gratis"', 'peso kg * 2']}
  - {se: [null, '"sul"', false], entao: ['"caro"', 99.9]}
"""


def freight(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = load_yaml(FREIGHT).data
    return {**data, **changes}


def table(**changes: Any) -> Table:
    return table_from_yaml(freight(**changes), nome="frete")


def small(hit: str, rules: list[Any], **more: Any) -> Table:
    data = {
        "hit": hit,
        "entradas": [{"nome": "n", "tipo": "integer"}],
        "saidas": [{"nome": "r", "tipo": "number", **more.pop("saida", {})}],
        "regras": [{"se": [se], "entao": [entao]} for se, entao in rules],
        **more,
    }
    return table_from_yaml(data)


def test_reads_what_the_yaml_says() -> None:
    found = table()
    assert (found.nome, found.hit) == ("frete", HitPolicy.UNIQUE)
    assert [cell.text for cell in found.regras[0].se] == ["-", "-", "true"]
    assert [result.text for result in found.regras[1].entao] == ['"caro"', "10.5"]
    assert found.regras[1].nota == "leve"
    assert found.entradas[0].minimo == 0
    assert found.entradas[0].described == "number, from 0, up to 100"
    assert found.entradas[1].described == 'string, one of "norte", "sul"'


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ((8, "norte", False), {"faixa": "gratis", "taxa": Decimal(16)}),
        ((5.0, "norte", False), {"faixa": "caro", "taxa": Decimal("10.5")}),
        ((Decimal("0.1"), "sul", False), {"faixa": "caro", "taxa": Decimal("99.9")}),
        ((100, "sul", True), {"faixa": "gratis", "taxa": Decimal(0)}),
    ],
)
def test_evaluates(inputs: tuple[Any, ...], expected: dict[str, Any]) -> None:
    assert evaluate(table(), dict(zip(["peso kg", "regiao", "vip"], inputs, strict=True))) == expected


@pytest.mark.parametrize(
    ("change", "campo", "problem"),
    [
        ({"peso kg": -1}, "peso kg", "less than 0"),
        ({"peso kg": 101}, "peso kg", "more than 100"),
        ({"peso kg": "8"}, "peso kg", "not a number"),
        ({"peso kg": float("nan")}, "peso kg", "not a number"),
        ({"peso kg": Decimal("1E+6145")}, "peso kg", "too large"),
        ({"peso kg": None}, "peso kg", "no value"),
        ({"regiao": "lua"}, "regiao", "not one of the allowed values"),
        ({"regiao": 3}, "regiao", "not a text"),
        ({"vip": 1}, "vip", "not true or false"),
        ({"sobra": 1}, "sobra", "no such input"),
    ],
)
def test_refuses_inputs_by_name(change: dict[str, Any], campo: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught:
        evaluate(table(), {"peso kg": 1, "regiao": "sul", "vip": True, **change})
    assert caught.value.campo == campo
    assert str(caught.value).startswith(f"{campo}: ")


def test_whole_numbers_optional_and_allowed_by_a_test() -> None:
    data = {
        "entradas": [
            {"nome": "n", "tipo": "integer", "opcional": True},
            {"nome": "m", "tipo": "number", "permitido": "(0..1), 5"},
        ],
        "saidas": [{"nome": "r", "tipo": "boolean"}],
        "regras": [{"se": ["null", "-"], "entao": ["true"]}, {"se": [">= 0", "-"], "entao": ["m = 5"]}],
    }
    found = table_from_yaml(data)
    assert evaluate(found, {"m": 5}) == {"r": True}
    assert evaluate(found, {"n": 2.0, "m": 0.5}) == {"r": False}
    assert found.entradas[0].described == "integer, or null"
    assert found.entradas[1].described == "number, (0..1), 5"
    with pytest.raises(InvalidInput, match="not a whole number"):
        evaluate(found, {"n": 1.5, "m": 5})
    with pytest.raises(InvalidInput, match=r"not allowed by \(0\.\.1\), 5"):
        evaluate(found, {"n": 1, "m": 1})


RULES = [("> 1", 10), ("> 2", 30), ("> 3", 20)]


@pytest.mark.parametrize(
    ("hit", "more", "given", "expected"),
    [
        ("UNIQUE", {}, 2, {"r": 10}),
        ("FIRST", {}, 4, {"r": 10}),
        ("ANY", {}, 2, {"r": 10}),
        ("PRIORITY", {"saida": {"valores": [20, 30, 10]}}, 4, {"r": 20}),
        ("OUTPUT ORDER", {"saida": {"valores": [20, 30, 10]}}, 4, [{"r": 20}, {"r": 30}, {"r": 10}]),
        ("RULE ORDER", {}, 4, [{"r": 10}, {"r": 30}, {"r": 20}]),
        ("COLLECT", {}, 3, [{"r": 10}, {"r": 30}]),
        ("COLLECT", {}, 1, []),
        ("COLLECT", {"agregacao": "SUM"}, 4, {"r": 60}),
        ("COLLECT", {"agregacao": "MIN"}, 4, {"r": 10}),
        ("COLLECT", {"agregacao": "max"}, 4, {"r": 30}),
        ("COLLECT", {"agregacao": "COUNT"}, 4, {"r": 3}),
        ("COLLECT", {"agregacao": "COUNT"}, 1, {"r": 0}),
        ("COLLECT", {"agregacao": "SUM", "saida": {"padrao": 7}}, 1, {"r": 7}),
        ("COLLECT", {"saida": {"padrao": 7}}, 1, [{"r": 7}]),
        ("first", {"saida": {"padrao": 7}}, 1, {"r": 7}),
    ],
)
def test_hit_policies(hit: str, more: dict[str, Any], given: int, expected: Any) -> None:
    assert evaluate(small(hit, RULES, **more), {"n": given}) == expected


@pytest.mark.parametrize("hit", ["UNIQUE", "ANY"])
def test_forbidden_matches_name_their_rules(hit: str) -> None:
    with pytest.raises(RuleConflict, match="rules 1, 2 match") as caught:
        evaluate(small(hit, RULES), {"n": 3})
    assert caught.value.rules == (1, 2)


def test_any_accepts_equal_results_however_computed() -> None:
    assert evaluate(small("ANY", [("> 1", "n + 1"), ("> 2", "1 + n")]), {"n": 3}) == {"r": 4}


@pytest.mark.parametrize("more", [{"hit": "UNIQUE"}, {"hit": "COLLECT", "agregacao": "SUM"}])
def test_no_rule(more: dict[str, Any]) -> None:
    with pytest.raises(NoRule, match="no rule matches"):
        evaluate(small(more.pop("hit"), RULES, **more), {"n": 0})


def test_a_default_for_some_outputs_leaves_the_others_null() -> None:
    data = freight(saidas=[{"nome": "a", "tipo": "number", "padrao": 1}, {"nome": "b", "tipo": "number"}])
    data["regras"] = [{"se": [5, "-", "-"], "entao": [1, 2]}]
    assert evaluate(table_from_yaml(data), {"peso kg": 1, "regiao": "sul", "vip": True}) == {
        "a": 1,
        "b": None,
    }


def test_null_outputs_go_last_and_computed_ones_have_no_fixed_rank() -> None:
    rules = [("> 1", "null"), ("> 2", 20), ("> 3", "if n > 9 then 20 else 30")]
    found = small("OUTPUT ORDER", rules, saida={"valores": [30, 20]})
    assert evaluate(found, {"n": 4}) == [{"r": 30}, {"r": 20}, {"r": None}]
    assert [fixed_rank(found, rule) for rule in range(3)] == [(2,), (1,), None]


def test_only_ordered_outputs_make_the_rank() -> None:
    data = freight(hit="PRIORITY")
    found = table_from_yaml(data)
    assert [fixed_rank(found, rule) for rule in range(4)] == [(0,), (1,), None, (1,)]
    data["regras"][2]["entao"][0] = '"gratis"'
    assert fixed_rank(table_from_yaml(data), 2) == (0,)


WRONG = [
    ({"hit": "UNIC"}, "hit: UNIC is no hit (one of UNIQUE"),
    ({"hit": 3}, "hit: 3 is no hit"),
    ({"agregacao": "SUM"}, "agregacao: only COLLECT has an agregacao (hit: COLLECT)"),
    ({"regra": []}, "regra: unknown key regra (did you mean regras?)"),
    ({"entradas": []}, "entradas: a table has 1 to 50 entradas, and this one has 0"),
    ({"entradas": {}}, "entradas: a list is needed here"),
    ({"saidas": [3]}, "saidas[0]: a mapping is needed here (with nome, tipo)"),
    ({"saidas": [{"nome": "a"}]}, "saidas[0]: tipo is missing (add tipo)"),
    ({"saidas": [{"nome": "a", "tipo": "date"}]}, "saidas[0].tipo: date is no type (one of number"),
    ({"saidas": [{"nome": "a", "tipo": "integer"}]}, "saidas[0].tipo: integer is no type"),
    ({"saidas": [{"nome": 3, "tipo": "number"}]}, "saidas[0].nome: a text is needed here"),
    ({"saidas": [{"nome": "if", "tipo": "number"}]}, "saidas[0].nome: if is a word of FEEL's own"),
    ({"saidas": [{"nome": "a\n", "tipo": "number"}]}, "saidas[0].nome: 'a\\n' is no name"),
    ({"saidas": [{"nome": "a  b", "tipo": "number"}]}, "saidas[0].nome: 'a  b' is no name"),
    ({"saidas": [{"nome": "a" * 101, "tipo": "number"}]}, "is no name"),
    ({"saidas": [{"nome": "a", "tipo": "number"}] * 2}, "saidas[1].nome: the name a is there twice"),
    ({"nome": "a\x1b[31m"}, "nome: a control character"),
    ({"nome": None}, "nome: a text is needed here"),
]
WRONG_INPUTS = [
    ({"tipo": "number", "minimo": 3, "maximo": 1}, "minimo: minimo is more than maximo"),
    ({"tipo": "number", "minimo": 3, "min": 1}, "min: min is minimo (give one of them)"),
    ({"tipo": "number", "min": "3"}, "min: a number is needed here"),
    ({"tipo": "number", "max": True}, "max: a number is needed here"),
    ({"tipo": "string", "min": 3}, "entradas[0]: only a number has minimo and maximo"),
    ({"tipo": "number", "valores": [1, 1.0]}, "valores[1]: 1.0 is there twice"),
    ({"tipo": "number", "valores": ["a"]}, 'valores[0]: "a" is not a number'),
    ({"tipo": "number", "valores": [[1]]}, "valores[0]: a number, a text, true or false is needed here"),
    ({"tipo": "number", "valores": [1], "permitido": "> 0"}, "permitido does not go with valores"),
    ({"tipo": "number", "permitido": "> n"}, "permitido: > n: character 3: unknown name n"),
    ({"tipo": "number", "opcional": "sim"}, "opcional: true or false is needed here"),
    ({"tipo": "number", "minimum": 1}, "minimum: unknown key minimum (did you mean minimo?)"),
]
WRONG_RULES = [
    ({"se": ["-"], "entao": [1]}, "regras[0].se: 1 cells for 2 columns (- accepts any value)"),
    ({"se": ["-", "-"], "entao": []}, "regras[0].entao: 0 cells for 1 columns"),
    ({"se": ["-", "-"]}, "regras[0]: entao is missing"),
    ({"se": ["<", "-"], "entao": [1]}, "regras[0].se[0]: <: character 2: expected a value, found the end"),
    ({"se": ["sul", "-"], "entao": [1]}, 'unknown name sul (a text needs quotes: "sul")'),
    (
        {"se": ['"a"', "-"], "entao": [1]},
        'regras[0].se[0]: "a": character 1: a number is compared with a string',
    ),
    ({"se": ["-", [1]], "entao": [1]}, "regras[0].se[1]: a number, a text, true or false is needed here"),
    ({"se": ["-", "-"], "entao": ["1 +"]}, "regras[0].entao[0]: 1 +: character 4: expected a value"),
    ({"se": ["-", "-"], "entao": ['"a"']}, "regras[0].entao[0]: r is a number, and this is a string"),
    ({"se": ["-", "-"], "entao": [9]}, "regras[0].entao[0]: 9 is not one of r's valores: 1, 2"),
    ({"se": ["-", "-"], "entao": ["a"]}, "regras[0].entao[0]: r has valores, and this is computed"),
    ({"se": ["-", "-"], "entao": [1], "nota": "a\x07"}, "regras[0].nota: a control character"),
]


@pytest.mark.parametrize(("change", "problem"), WRONG)
def test_wrong_tables(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(WrongInput) as caught:
        table(**change)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("column", "problem"), WRONG_INPUTS)
def test_wrong_inputs(column: dict[str, Any], problem: str) -> None:
    with pytest.raises(WrongInput) as caught:
        table(entradas=[{"nome": "a", **column}])
    assert problem in str(caught.value)


@pytest.mark.parametrize(("rule", "problem"), WRONG_RULES)
def test_wrong_rules(rule: dict[str, Any], problem: str) -> None:
    data = {
        "entradas": [{"nome": "a", "tipo": "number"}, {"nome": "b", "tipo": "number"}],
        "saidas": [{"nome": "r", "tipo": "number", "valores": [1, 2]}],
        "regras": [rule],
    }
    with pytest.raises(WrongInput) as caught:
        table_from_yaml(data)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"hit": "PRIORITY"}, "hit: PRIORITY needs an order of outputs (give one output its valores"),
        (
            {"hit": "COLLECT", "agregacao": "SUM", "saida": {"tipo": "string"}},
            "SUM needs an output of numbers",
        ),
        ({"hit": "COLLECT", "agregacao": "COUNT", "saida": {"padrao": 0}}, "COUNT without a match is 0"),
        ({"hit": "FIRST", "saida": {"padrao": "n"}}, "a default is a fixed value"),
    ],
)
def test_wrong_policies(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(WrongInput) as caught:
        small(changes.pop("hit"), RULES, **changes)
    assert problem in str(caught.value)


def test_an_aggregation_has_one_output() -> None:
    with pytest.raises(WrongInput, match="SUM needs a single output"):
        table(hit="COLLECT", agregacao="SUM")


@pytest.mark.parametrize(("count", "key"), [(MAX_RULES + 1, "regras"), (MAX_COLUMNS + 1, "saidas")])
def test_tables_of_absurd_size(count: int, key: str) -> None:
    with pytest.raises(WrongInput, match=f"{key}: a table has 1 to"):
        table(**{key: [freight()[key][0]] * count})


def test_errors_name_file_line_and_path() -> None:
    doc = load_yaml(
        "spec:\n  tabela:" + FREIGHT.replace("\n", "\n    ").replace("'> 5'", "'> five'"), file="frete.yaml"
    )
    with pytest.raises(WrongInput) as caught:
        table_from_yaml(doc.data["spec"]["tabela"], doc, path=("spec", "tabela"))
    line = next(at for at, text in enumerate(FREIGHT.splitlines(), 2) if "'> 5'" in text)
    assert str(caught.value).startswith(
        f"frete.yaml:{line}: spec.tabela.regras[2].se[0]: > five: character 3"
    )


def test_everything_that_can_be_told_of_a_table_is_told_at_once() -> None:
    good = freight()
    rules = [
        {**good["regras"][0], "se": ["-"]},
        {**good["regras"][1], "se": ["<", "-", "-"]},
        *good["regras"][2:],
    ]
    read, problems = read_table_yaml(freight(hit="UNIK", regras=rules, nota="x"))
    assert read is None
    assert [problem.path for problem in problems] == ["nota", "hit", "regras[0].se", "regras[1].se[0]"]
    columns = [{"nome": "a", "tipo": "text"}, {"nome": "b", "tipo": "number", "mim": 1}, good["entradas"][2]]
    _, problems = read_table_yaml(freight(entradas=columns, regras=rules))
    assert [problem.path for problem in problems] == ["entradas[0].tipo", "entradas[1].mim", "regras[0].se"]
    _, problems = read_table_yaml(freight(saidas=[*good["saidas"], good["saidas"][0]]))
    assert [problem.path for problem in problems] == [
        "saidas[2].nome",
        *(f"regras[{at}].entao" for at in range(4)),
    ]


def test_a_policy_that_is_not_known_is_not_held_against_the_rest() -> None:
    _, problems = read_table_yaml(freight(hit="COLECT", agregacao="SUM"))
    assert [problem.path for problem in problems] == ["hit"]
