"""WORKER_D: the package of a table is plain Python that stands alone and is the same every time."""

from __future__ import annotations

import ast
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobs.feel import NoRule, Table, evaluate, table_from_yaml, tables_from_dmn
from jobs.feel.boundaries import boundary_classes
from jobs.feel.parser import MAX_DEPTH, MAX_NESTING
from jobs.feel.python_expression import ExpressionWriter, Names
from jobs.feel.python_module import compile_table, variable_names
from jobs.workers.decisional import MAX_LISTED, generate
from store.yamlfile import load_yaml

FREIGHT = """
nome: frete
entradas:
  - {nome: peso kg, tipo: number, min: 0, max: 1000}
  - {nome: região, tipo: string, valores: [norte, sul, exterior]}
  - {nome: cliente_vip, tipo: boolean}
saidas:
  - {nome: faixa, tipo: string, valores: [gratis, normal, caro]}
  - {nome: taxa, tipo: number}
regras:
  - {se: ['-', '"norte","sul"', true], entao: ['"gratis"', 0]}
  - {se: ['<= 5', '"norte","sul"', false], entao: ['"normal"', 10]}
  - {se: ['> 5', 'not("exterior")', false], entao: ['"caro"', '10 + (peso kg - 5) * 2']}
  - {se: ['-', '"exterior"', '-'], entao: ['"caro"', 99.9], nota: fora do país}
"""


def freight() -> Table:
    return table_from_yaml(load_yaml(FREIGHT).data)


def one_output(hit: str, rules: list[Any], **more: Any) -> Table:
    tipo = more.pop("tipo", "number")
    saida = more.pop("saida", {"tipo": "number"})
    return table_from_yaml(
        {
            "hit": hit,
            "entradas": [{"nome": "n", "tipo": tipo, "opcional": more.pop("opcional", False)}],
            "saidas": [{"nome": "r", **saida}],
            "regras": [{"se": [se], "entao": [entao]} for se, entao in rules],
            **more,
        }
    )


def load(table: Table) -> dict[str, Any]:
    module: dict[str, Any] = {}
    exec(compile_table(table), module)
    return module


def test_the_code_reads_like_a_person_wrote_it() -> None:
    source = compile_table(freight(), "spec frete, version 3")
    assert source.startswith(
        '"""Decision table frete: hit policy UNIQUE.\n\nMade from spec frete, version 3.\n'
    )
    rules = source.split('"""The rules, in order."""\n')[1].split("\n\n\n")[0]
    assert (
        rules
        == """\
    # Rule 1: - | "norte","sul" | true
    if regiao in ("norte", "sul") and cliente_vip:
        return {"faixa": "gratis", "taxa": Decimal("0")}
    # Rule 2: <= 5 | "norte","sul" | false
    if peso_kg <= 5 and regiao in ("norte", "sul") and not cliente_vip:
        return {"faixa": "normal", "taxa": Decimal("10")}
    # Rule 3: > 5 | not("exterior") | false
    if peso_kg > 5 and regiao != "exterior" and not cliente_vip:
        return {"faixa": "caro", "taxa": 10 + (peso_kg - 5) * 2}
    # Rule 4: - | "exterior" | - (fora do país)
    return {"faixa": "caro", "taxa": Decimal("99.9")}"""
    )


def test_no_dependencies_and_no_engine() -> None:
    tree = ast.parse(compile_table(freight()))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert sorted(str(module) for module in modules) == ["__future__", "collections.abc", "decimal", "typing"]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]


def test_every_class_behaves_as_it_says() -> None:
    table = freight()
    module = load(table)
    base = {"peso kg": Decimal(8), "região": "sul", "cliente_vip": False}
    for name, classes in boundary_classes(table).items():
        for one in classes:
            inputs = {**base, name: one.valor}
            if one.valida:
                assert module["decidir"](inputs) == evaluate(table, inputs)
            else:
                with pytest.raises(module["EntradaInvalida"]) as caught:
                    module["decidir"](inputs)
                assert caught.value.campo == name


def test_no_rule_and_conflict_are_errors_of_their_own() -> None:
    gap = load(one_output("UNIQUE", [("< 1", 1), ("> 1", 2)]))
    with pytest.raises(gap["SemRegra"]):
        gap["decidir"]({"n": 1})
    clash = load(one_output("ANY", [("< 1", 1), ("< 2", 2)]))
    with pytest.raises(clash["RegrasEmConflito"]):
        clash["decidir"]({"n": 0})
    assert issubclass(clash["RegrasEmConflito"], ValueError)


@pytest.mark.parametrize(
    ("table", "given", "expected"),
    [
        (one_output("UNIQUE", [("? * 2 > 1", 1)]), 1, {"r": 1}),
        (one_output("RULE ORDER", [("> 1", 1), ("-", 2)]), 2, [{"r": 1}, {"r": 2}]),
        (one_output("COLLECT", [("> 1", 1)], saida={"tipo": "number", "padrao": 3}), 1, [{"r": 3}]),
        (one_output("COLLECT", [("> 1", 1)], agregacao="MAX"), 2, {"r": 1}),
        (one_output("COLLECT", [("> 1", "null")], agregacao="MAX"), 2, {"r": None}),
        (one_output("COLLECT", [("> 1", "null"), ("-", 2)], agregacao="MIN"), 1, {"r": 2}),
        (one_output("COLLECT", [("> 1", '"a"')], agregacao="COUNT", saida={"tipo": "string"}), 1, {"r": 0}),
        (
            one_output("PRIORITY", [("-", 1), ("> 1", 2)], saida={"tipo": "number", "valores": [2, 1]}),
            2,
            {"r": 2},
        ),
        (one_output("FIRST", [("null, [1..2)", 1), ("-", 2)], opcional=True), 1, {"r": 1}),
        (one_output("FIRST", [("-", "1 / n")]), 0, {"r": None}),
        (one_output("FIRST", [("-", "n ** -1")]), 0, {"r": None}),
        (one_output("FIRST", [("-", "(0 - n) ** 0.5")]), 2, {"r": None}),
    ],
)
def test_shapes_of_results(table: Table, given: Any, expected: Any) -> None:
    assert load(table)["decidir"]({"n": given}) == expected == evaluate(table, {"n": given})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("n * (2 + n) - 1", "n * (2 + n) - 1"),
        ("n - (n - 1)", "n - (n - 1)"),
        ("-(n + 1)", "-(n + 1)"),
        ("min(n, 1)", 'min((n, Decimal("1"),))'),
        ("sum([n, 1])", 'sum((n, Decimal("1"),), Decimal(0))'),
        ("mean(n, 1)", 'sum((n, Decimal("1"),), Decimal(0)) / 2'),
        ("count([n])", "Decimal(len((n,)))"),
        ("abs(n + 1)", "abs((n + 1))"),
        ("decimal(n, 2)", 'n.quantize(Decimal("0.01"), ROUND_HALF_EVEN)'),
        ("if n > -1 then n else 0", 'n if n > -1 else Decimal("0")'),
        ("n / 2 + 1 / 3", 'n / 2 + Decimal("0.3333333333333333333333333333333333")'),
        ("if not(n in (1, 2)) then 1 else 2", 'Decimal("1") if n not in (1, 2) else Decimal("2")'),
        ("if n + 1 between 1 and 2 then 1 else 2", None),
        ("if not(not(n = 1)) then 1 else 2", 'Decimal("1") if n == 1 else Decimal("2")'),
        ("if (n > 1) = (n > 2) then 1 else 2", 'Decimal("1") if (n > 1) == (n > 2) else Decimal("2")'),
        ("if 3 = n then 1 else 2", 'Decimal("1") if n == 3 else Decimal("2")'),
        ("if (n > 1) != true then 1 else 2", 'Decimal("1") if not n > 1 else Decimal("2")'),
        ("if n in [] then 1 else 2", 'Decimal("1") if False else Decimal("2")'),
        (
            "if n = null or n < 1 and n > 0 then 1 else 2",
            'Decimal("1") if n is None or n < 1 and n > 0 else Decimal("2")',
        ),
    ],
)
def test_expressions(expression: str, expected: str | None) -> None:
    table = one_output("FIRST", [("-", expression)])
    source = compile_table(table)
    assert expected is None or f'return {{"r": {expected}}}' in source
    for given in (Decimal(-1), Decimal(0), Decimal(1), Decimal("2.5")):
        assert load(table)["decidir"]({"n": given}) == evaluate(table, {"n": given})


CELLS = [f"{low}0..2{high}" for low in "[(]" for high in "])["]
CELLS += [f"{sign} 1" for sign in ("<", "<=", ">", ">=", "=", "!=")]
CELLS += [
    "1, 2",
    "1, > 2",
    "null",
    "? in ([0..1), 2)",
    "? * 2 > 1",
    "? / ? = 1",
    "? between 0 and 1",
    "1 / ? > 0",
]


@pytest.mark.parametrize("cell", [*CELLS, *(f"not({cell})" for cell in CELLS)])
@pytest.mark.parametrize("optional", [False, True])
def test_every_form_of_cell(cell: str, optional: bool) -> None:
    table = one_output("FIRST", [(cell, 1)], opcional=optional)
    module = load(table)
    for given in (None, -1, 0, Decimal("0.5"), 1, Decimal("1.5"), 2, 3):
        if given is None and not optional:
            continue
        try:
            expected: object = evaluate(table, {"n": given})
        except NoRule:
            expected = "SemRegra"
        try:
            found = module["decidir"]({"n": given})
        except module["SemRegra"]:
            found = "SemRegra"
        assert found == expected, (cell, given)


def test_an_expression_outside_a_column_has_no_question_mark() -> None:
    writer = ExpressionWriter(Names({}, {}))
    cell = one_output("FIRST", [("? > 1", 1)]).regras[0].se[0]
    with pytest.raises(ValueError, match="column"):
        writer.cell(cell.tests)
    test = cell.tests.tests[0]
    with pytest.raises(ValueError, match="column"):
        writer.value(test.expression)  # type: ignore[union-attr]  # it is a condition


def test_the_deepest_trees_compile() -> None:
    deep = "(n + " * (MAX_NESTING - 2) + "1" + ")" * (MAX_NESTING - 2)
    wide = " + ".join(["n"] * (MAX_DEPTH - 1))
    lazy = "1 / (" * (MAX_NESTING - 2) + "n" + ")" * (MAX_NESTING - 2)
    chosen = "if n > 1 then 1 else " * (MAX_NESTING - 2) + "2"
    tests = "n in (" * 5 + "n" + ")" * 5
    for expression in (deep, wide, lazy, chosen):
        table = one_output("FIRST", [("-", expression)])
        assert load(table)["decidir"]({"n": 1}) == evaluate(table, {"n": 1})
    with pytest.raises(Exception, match="a number is needed"):
        one_output("FIRST", [("-", tests)])


def test_hostile_names_and_texts_stay_text() -> None:
    evil = 'x"""\nimport os\n#'
    table = table_from_yaml(
        {
            "nome": 'a""" + \\',
            "entradas": [
                {"nome": "class", "tipo": "string", "valores": [evil, "'\""]},
                {"nome": "Decimal", "tipo": "number"},
                {"nome": "decimal", "tipo": "number"},
                {"nome": "min", "tipo": "number"},
                {"nome": "v1", "tipo": "number"},
                {"nome": "日本", "tipo": "boolean"},
            ],
            "saidas": [{"nome": "s'", "tipo": "string"}],
            "regras": [
                {"se": ['"x\\"\\"\\"\\nimport os\\n#"', *["-"] * 5], "entao": ['"\\"\\n"'], "nota": '""" \\'},
                {"se": ["-", "? < min and min > v1", *["-"] * 4], "entao": ["class"]},
            ],
            "hit": "FIRST",
        }
    )
    inputs = {"class": evil, "Decimal": 1, "decimal": 2, "min": 3, "v1": 1, "日本": True}
    assert load(table)["decidir"](inputs) == {"s'": '"\n'} == evaluate(table, inputs)
    assert load(table)["decidir"]({**inputs, "class": "'\""}) == {"s'": "'\""}
    variables = list(variable_names(table).values())
    assert variables == ["class_", "decimal", "decimal_", "min_", "v1_", "entrada"]
    assert "import os" not in [line.strip() for line in compile_table(table).splitlines()]


def test_long_signatures_outputs_and_results_are_broken() -> None:
    names = [f"entrada com um nome longo {at}" for at in range(4)]
    table = table_from_yaml(
        {
            "entradas": [{"nome": name, "tipo": "number"} for name in names],
            "saidas": [{"nome": f"saida com um nome longo {at}", "tipo": "number"} for at in range(4)],
            "regras": [{"se": ["> 1"] * 4, "entao": [f"{names[0]} + {at}" for at in range(4)]}],
            "hit": "COLLECT",
        }
    )
    source = compile_table(table)
    assert max(map(len, source.splitlines())) <= 110
    inputs = dict.fromkeys(names, 2)
    assert load(table)["decidir"](inputs) == evaluate(table, inputs)


def test_optional_and_tested_inputs_are_checked() -> None:
    table = table_from_yaml(
        {
            "entradas": [
                {"nome": "a", "tipo": "integer", "opcional": True, "max": 5},
                {"nome": "b", "tipo": "number", "opcional": True, "permitido": "> 1, null"},
                {"nome": "c", "tipo": "number", "permitido": "not([0..1])"},
            ],
            "saidas": [{"nome": "r", "tipo": "number"}],
            "regras": [
                {"se": ["null", "-", "-"], "entao": [1]},
                {"se": ["< 3, 4", "> 2", "-"], "entao": [2]},
            ],
            "hit": "FIRST",
        }
    )
    module = load(table)
    assert module["decidir"]({"c": 2}) == {"r": 1}
    assert module["decidir"]({"a": 4, "b": 3, "c": 2}) == {"r": 2}
    for wrong in ({"a": 6}, {"a": 1.5}, {"b": 1}, {"c": 0.5}, {"c": None}):
        with pytest.raises(module["EntradaInvalida"]) as caught:
            module["decidir"]({"a": 1, "b": 2, "c": 2, **wrong})
        assert caught.value.campo == next(iter(wrong))


def test_package_files_are_the_same_bytes_every_time() -> None:
    package = generate(freight(), "frete", "spec frete, version 3")
    assert sorted(package.files) == [
        "src/frete/README.md",
        "src/frete/__init__.py",
        "src/frete/decisao.py",
        "src/frete/table.dmn",
    ]
    assert generate(freight(), "frete", "spec frete, version 3").files == package.files
    assert tables_from_dmn(package.files["src/frete/table.dmn"]) == [freight()]
    readme = package.files["src/frete/README.md"].decode()
    assert '- região: string, one of "norte", "sul", "exterior"' in readme
    assert '| 2 | \\<= 5 | "norte","sul" | false | "normal" | 10 |' in readme
    assert "No gap, no forbidden overlap, no dead rule." in readme


def test_the_readme_says_what_the_analysis_found_and_is_bounded() -> None:
    rules = [(str(number), number) for number in range(MAX_LISTED + 1)]
    package = generate(one_output("COLLECT", [*rules, ("? * 2 > 1", 0)], agregacao="SUM"), "soma")
    readme = package.files["src/soma/README.md"].decode()
    assert "2 more rules are in `table.dmn`." in readme
    assert "not analysed" in readme
    assert "Made from" not in readme
    gap = generate(one_output("UNIQUE", [("< 1", 1)]), "lacuna").files["src/lacuna/README.md"].decode()
    assert "- no rule matches n = 1 (anywhere in n 1 or \\> 1)" in gap


def test_the_package_runs_by_itself_in_another_process(tmp_path: Path) -> None:
    generate(freight(), "frete").write_to(tmp_path)
    clash = generate(one_output("UNIQUE", [("< 1", 1), ("< 2", 2)]), "choque")
    clash.write_to(tmp_path)
    program = """
import sys; sys.path.insert(0, "src")
import frete, choque
from frete import decisao
print(frete.decidir({"peso kg": 8, "região": "sul", "cliente_vip": False}))
print(sorted(frete.__all__), choque.RegrasEmConflito.__name__, decisao.decidir is frete.decidir)
"""
    run = subprocess.run([sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert run.stderr == ""
    assert run.stdout.splitlines() == [
        "{'faixa': 'caro', 'taxa': Decimal('16')}",
        "['EntradaInvalida', 'SemRegra', 'decidir'] RegrasEmConflito True",
    ]
