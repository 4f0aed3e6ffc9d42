"""Analysis: gaps, overlaps and dead rules with inputs, exact where it says so and honest where it isn't."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from jobs.feel import Table, analyse, evaluate, table_from_yaml
from jobs.feel.analysis import MAX_FINDINGS, Analysis, Gap
from jobs.feel.boundaries import MAX_CLASSES, EqClass, boundary_classes
from jobs.feel.domains import MAX_STEPS, cut


def table(inputs: list[Any], rules: list[Any], hit: str = "UNIQUE", output: Any = None, **more: Any) -> Table:
    """Rules are (cell, …, result); inputs are types, or mappings without names."""
    columns = [{"tipo": one} if isinstance(one, str) else one for one in inputs]
    return table_from_yaml(
        {
            "hit": hit,
            "entradas": [{"nome": "abcdefghijklmnop"[at], **one} for at, one in enumerate(columns)],
            "saidas": [output or {"nome": "r", "tipo": "number"}],
            "regras": [{"se": list(cells), "entao": [result]} for *cells, result in rules],
            **more,
        }
    )


def found(*args: Any, **more: Any) -> Analysis:
    return analyse(table(*args, **more))


def test_a_sound_table_has_nothing_to_say() -> None:
    analysis = found(["number", "boolean"], [("< 5", "-", 1), (">= 5", "true", 2), (">= 5", "false", 3)])
    assert analysis == Analysis()
    assert analysis.complete
    assert analysis.problems == []


@pytest.mark.parametrize(
    ("inputs", "rules", "example", "where"),
    [
        (["number"], [("< 5", 1), ("> 5", 2)], {"a": 5}, {"a": "5"}),
        (["number"], [("<= 5", 1), (">= 6", 2)], {"a": Decimal("5.5")}, {"a": "(5..6)"}),
        (["number"], [("<= 0.1", 1), (">= 0.2", 2)], {"a": Decimal("0.15")}, {"a": "(0.1..0.2)"}),
        (["number"], [("<= 5", 1)], {"a": 6}, {"a": "> 5"}),
        (["number"], [("> -5.5", 1)], {"a": -6}, {"a": "< -5.5 or -5.5"}),
        (["number"], [("> 1e30", 1)], {"a": 10**30 - 1}, None),
        (["integer"], [("<= 5", 1), (">= 7", 2)], {"a": 6}, {"a": "(5..7)"}),
        (["string"], [('"x", "outro"', 1)], {"a": "outro_"}, {"a": "any other text"}),
        (["boolean"], [("true", 1)], {"a": False}, {"a": "false"}),
        ([{"tipo": "boolean", "opcional": True}], [("true, false", 1)], {"a": None}, {"a": "null"}),
        ([{"tipo": "number", "permitido": "(0..1)"}], [("< 0.5", 1)], {"a": Decimal("0.5")}, None),
        ([{"tipo": "number", "valores": [1, 2]}], [("< 2", 1)], {"a": 2}, {"a": "2"}),
        (["number", "boolean"], [("? > 1 and ? < 3", "-", 1), ("<= 1", "-", 2)], {"a": 3, "b": True}, None),
        (["number"], [("not(< 1)", 1)], {"a": 0}, {"a": "< 1"}),
        (["number"], [("if ? > 1 then ? < 3 else true", 1)], {"a": 3}, None),
        (["number"], [("? in (1, [2..3)) or ? between 5 and 6", 1)], {"a": 0}, None),
        (["number"], [("3 > ?", 1)], {"a": 3}, None),
        (["number"], [("? < 3 or a > 4", 1)], {"a": 3}, None),
    ],
)
def test_gaps_are_named_with_inputs(inputs: Any, rules: Any, example: Any, where: Any) -> None:
    analysis = found(inputs, rules)
    assert analysis.complete
    assert dict(analysis.gaps[0].inputs) == example
    assert where is None or dict(analysis.gaps[0].where) == where


@pytest.mark.parametrize(
    ("inputs", "rules"),
    [
        (["integer"], [("<= 5", 1), (">= 6", 2)]),
        ([{"tipo": "number", "min": 0, "max": 10}], [("[0..5)", 1), ("[5..10]", 2)]),
        ([{"tipo": "string", "valores": ["x", "y"]}], [('"x"', 1), ('starts with(?, "y")', 2)]),
        ([{"tipo": "number", "permitido": "> 0, -1"}], [("> 0", 1), ("< -0.5", 2)]),
        (["number"], [("? <= 1 or ? >= 3", 1), ("]1..3[", 2)]),
        (["number"], [("5/3, < 5/3", 1), ("> 5/3", 2)]),
    ],
)
def test_no_gap_and_no_overlap_where_there_is_none(inputs: Any, rules: Any) -> None:
    analysis = found(inputs, rules)
    assert analysis == Analysis()


def test_gap_text() -> None:
    gap = found(["number", "boolean"], [("< 5", "-", 1)]).gaps[0]
    assert str(gap) == "no rule matches a = 5, b = true (anywhere in a 5 or > 5)"
    assert str(Gap({"a": Decimal(1)}, {})) == "no rule matches a = 1 (anywhere in all inputs)"


def test_regions_of_a_gap_are_listed_up_to_four() -> None:
    rules = [(f"({n}..{n + 1})", n) for n in range(8)]
    assert found(["number"], rules).gaps[0].where == {"a": "< 0 or 0 or 1 or 2 or …"}


@pytest.mark.parametrize(
    ("hit", "rules", "overlaps"),
    [
        ("UNIQUE", [("<= 5", 1), (">= 5", 2)], ["rules 1 and 2 both match a = 5"]),
        ("UNIQUE", [("<= 5", 1), ("> 5", 2)], []),
        ("ANY", [("<= 5", 1), (">= 5", 2)], ["rules 1 and 2 both match a = 5 with different results"]),
        ("ANY", [("<= 5", 1), (">= 5", 1)], []),
        ("ANY", [("<= 5", "1.0"), (">= 5", 1)], []),
        ("ANY", [("<= 5", "a"), (">= 4", "a + 0")], []),
        ("FIRST", [("<= 5", 1), (">= 5", 2)], []),
    ],
)
def test_overlaps(hit: str, rules: Any, overlaps: list[str]) -> None:
    assert [str(one) for one in found(["number"], rules, hit).overlaps] == overlaps


@pytest.mark.parametrize("result", ["a + 0", "9 ** a"])
def test_results_that_may_differ_are_undecided(result: str) -> None:
    analysis = found([{"tipo": "number", "min": 9000}], [("-", "a"), ("-", result)], "ANY")
    assert analysis.undecided == ["rules 1 and 2: whether their results agree"]


@pytest.mark.parametrize(
    ("hit", "rules", "dead"),
    [
        (
            "UNIQUE",
            [("> 5 ", 1), ("< -1", 2), ("[0..5]", 3)],
            ["rule 2 never matches: its cell for a accepts no"],
        ),
        ("FIRST", [("< 5", 1), (">= 5", 2), ("3", 3)], ["rule 3 is never reached: rules that go before it"]),
        ("FIRST", [("< 5", 1), ("> 5", 2), ("-", 3)], []),
        ("PRIORITY", [("< 3", 1), ("-", 2)], ["rule 1 is never reached"]),
        ("PRIORITY", [("< 3", "if a > 1 then 1 else 2"), ("-", 2)], []),
        ("PRIORITY", [("-", 2), ("2", 2)], ["rule 2 is never reached"]),
        ("COLLECT", [("-", 1), ("2", 1)], []),
    ],
)
def test_dead_rules(hit: str, rules: Any, dead: list[str]) -> None:
    output = {"nome": "r", "tipo": "number", "valores": [2, 1, 3]}
    analysis = found([{"tipo": "number", "min": 0}], rules, hit, output)
    assert len(analysis.dead) == len(dead)
    assert all(str(one).startswith(text) for one, text in zip(analysis.dead, dead, strict=True))


def test_problems_depend_on_what_the_policy_allows() -> None:
    rules = [("< 1", 1), ("> 1", 2)]
    assert found(["number"], rules).problems == ["no rule matches a = 1 (anywhere in a 1)"]
    for more in ({"hit": "COLLECT"}, {"hit": "COLLECT", "agregacao": "COUNT"}, {"hit": "RULE ORDER"}):
        analysis = found(["number"], rules, **more)
        assert (analysis.problems, len(analysis.gaps)) == ([], 1)
    assert found(["number"], rules, "COLLECT", agregacao="SUM").problems
    default = {"nome": "r", "tipo": "number", "padrao": 0}
    assert found(["number"], rules, output=default).problems == []


@pytest.mark.parametrize(
    ("inputs", "cells", "reason"),
    [
        (["number", "number"], ["< b", "-"], "rule 1, a: < b: not analysed, it depends on b too"),
        (["number"], ["? * 2 > 1"], "rule 1, a: ? * 2 > 1: not analysed, it does more with the value"),
        (["number"], ["? > 1 and ? * 2 < 3"], "it does more"),
        (["number"], ["? in (1, > ? * 2)"], "it does more"),
        (["number"], ["? between 0 and ? - 1"], "it does more"),
        (["number"], ["[0..? - 1]"], "it does more"),
        (["string"], ['< "m"'], "it does more"),
        (["string"], ['["a".."m"]'], "it does more"),
        (["string"], ['? > "m"'], "it does more"),
        (["string"], ['? between "a" and "b"'], "it does more"),
        (["string"], ['starts with(?, "a")'], "it does more"),
        ([{"tipo": "string", "permitido": "string length(?) < 3"}], ['"a"'], "what a allows: not analysed"),
    ],
)
def test_what_cannot_be_analysed_is_said(inputs: Any, cells: list[str], reason: str) -> None:
    analysis = found(inputs, [(*cells, 1)])
    assert reason in analysis.undecided[0]
    assert not analysis.complete


def test_an_opaque_rule_hides_no_certain_gap_and_invents_none() -> None:
    rules = [("< 0", "-", 1), ("? * 2 > 1", "true", 2)]
    gaps = found(["number", "boolean"], rules).gaps
    assert [dict(gap.inputs) for gap in gaps] == [{"a": 0, "b": False}]


def test_arithmetic_out_of_range_in_a_cell_is_left_open() -> None:
    analysis = found([{"tipo": "number", "valores": [1, 9999]}], [("9 ** ? > 1", 1)])
    assert analysis.gaps == []


def test_inputs_without_any_allowed_value() -> None:
    analysis = found(
        [{"tipo": "number", "permitido": "> 1, < 0"}, {"tipo": "number", "permitido": "]1..1["}],
        [("-", "-", 1)],
    )
    assert analysis.undecided == ["no value of b is allowed"]


def test_findings_are_listed_up_to_a_limit() -> None:
    rules = [(str(n), n) for n in range(30)]
    pairs = found(["number", "boolean"], [(str(n), "true", n) for n in range(30)])
    assert len(pairs.gaps) == MAX_FINDINGS
    assert pairs.undecided == [f"there are more than {MAX_FINDINGS} gaps"]
    doubled = found(["number"], [*rules, ("-", 1)])
    assert len(doubled.overlaps) == MAX_FINDINGS
    assert doubled.undecided == [f"there are more than {MAX_FINDINGS} overlaps"]
    dead = found(["number"], [("-", 1), *rules], "FIRST")
    assert len(dead.dead) == MAX_FINDINGS


def test_the_search_is_bounded_and_says_so() -> None:
    # Every second column decides, so that no two partial inputs leave the same rules alive.
    rules = [(*("true" if bit == at else "-" for bit in range(14)), at) for at in range(14)]
    rules += [(*("false" if bit == at else "-" for bit in range(14)), at) for at in range(13)]
    whole = analyse(table(["boolean"] * 14, rules, "FIRST"))
    assert (whole.gaps, whole.complete) == ([], True)
    cut_short = analyse(table(["boolean"] * 14, rules[:14], "FIRST"), limit=5)
    assert "the search for gaps was stopped after 5 steps" in cut_short.undecided
    assert "the search for dead rules was stopped after 5 steps" in cut_short.undecided


def test_a_column_of_absurd_size_is_not_analysed() -> None:
    cells = [", ".join(str(1000 * at + n) for n in range(500)) for at in range(4)]
    big = table(["number"], [*((cell, 1) for cell in cells), ("-", 2)], "FIRST")
    assert len(cut(big, 0).regions) == 1
    assert MAX_STEPS < 4001 * 2000
    assert "the column has too many values" in analyse(big).undecided[0]


def test_a_large_table_is_quick() -> None:
    rules = [(f"[{n}..{n + 1})", *["-"] * 4, n) for n in range(200)]
    started = time.process_time()
    analysis = found([{"tipo": "number", "min": 0}, *["boolean"] * 4], rules)
    assert time.process_time() - started < 10
    assert [str(gap) for gap in analysis.gaps] == [
        "no rule matches a = 200, b = true, c = true, d = true, e = true (anywhere in a 200 or > 200)"
    ]


# Classes


def names(classes: list[EqClass], valida: bool) -> list[str]:
    return [one.nome for one in classes if one.valida is valida]


def test_classes_are_the_regions_and_what_lies_outside() -> None:
    found_table = table(
        [
            {"tipo": "number", "min": 0, "max": 10},
            {"tipo": "string", "valores": ["Norte", "são paulo", "são-paulo"]},
            "boolean",
            {"tipo": "integer", "opcional": True},
            "string",
            {"tipo": "number", "valores": [1, 2]},
            "number",
        ],
        [("< -0.5, 5", "-", "-", "> 3", '"x", ""', "-", "-", 1)],
    )
    classes = boundary_classes(found_table)
    assert names(classes["a"], True) == ["0", "entre_0_e_5", "5", "entre_5_e_10", "10"]
    assert names(classes["a"], False) == ["ausente", "tipo_errado", "abaixo_do_minimo", "acima_do_maximo"]
    assert names(classes["b"], True) == ["norte", "sao_paulo", "saomenos_paulo"]
    assert names(classes["b"], False) == ["ausente", "tipo_errado", "fora_dos_valores"]
    assert names(classes["c"], True) == ["verdadeiro", "falso"]
    assert names(classes["d"], True) == ["menor_que_3", "3", "maior_que_3", "nulo"]
    assert names(classes["d"], False) == ["tipo_errado", "fracionario"]
    assert names(classes["e"], True) == ["x", "vazio", "outro_texto"]
    assert names(classes["f"], False) == ["ausente", "tipo_errado", "fora_dos_valores"]
    assert names(classes["g"], True) == ["qualquer_numero"]
    for column in found_table.entradas:
        for one in classes[column.nome]:
            assert (column.problem(one.valor) is None) is one.valida


@pytest.mark.parametrize("limits", [{"min": 1}, {"max": 1}, {}, {"min": 0, "max": 0}])
def test_the_fraction_breaks_only_wholeness(limits: dict[str, int]) -> None:
    found_table = table([{"tipo": "integer", **limits}], [("-", 1)])
    (fraction,) = (one for one in boundary_classes(found_table)["a"] if one.nome == "fracionario")
    assert found_table.entradas[0].problem(fraction.valor) == "not a whole number"


def test_classes_of_a_large_column_are_thinned_and_distinct() -> None:
    rules = [(", ".join(str(n) for n in range(200)), 1)]
    found_table = table(["number"], rules)
    classes = boundary_classes(found_table)["a"]
    assert len(names(classes, True)) == MAX_CLASSES
    assert classes[MAX_CLASSES - 1].valor == 200
    same = table([{"tipo": "string", "valores": ["a b", "a-b", "a_b"]}], [("-", 1)])
    found_names = [one.nome for one in boundary_classes(same)["a"]]
    assert len(set(found_names)) == len(found_names)


def test_every_valid_class_is_decided() -> None:
    found_table = table(["number"], [("< 5", 1), (">= 5", 2)])
    for one in boundary_classes(found_table)["a"]:
        if one.valida:
            assert evaluate(found_table, {"a": one.valor})
