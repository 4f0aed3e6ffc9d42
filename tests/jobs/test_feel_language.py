"""FEEL: reading, evaluating and typing expressions and unary tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobs.feel import nodes
from jobs.feel.builtins import FUNCTIONS
from jobs.feel.checker import Checker, Typed
from jobs.feel.errors import FeelError, OutOfRange
from jobs.feel.evaluator import evaluate_expression, evaluate_tests
from jobs.feel.lexer import MAX_LENGTH
from jobs.feel.parser import MAX_DEPTH, MAX_NESTING, parse_expression, parse_unary_tests
from jobs.feel.table import plain

SCOPE: dict[str, Any] = {
    "x": Decimal(5),
    "valor total": Decimal(10),
    "a-b": Decimal(2),
    "nome": "ana",
    "vip": True,
}
SCOPE["nada"] = None
TYPES = {
    "x": Typed("number"),
    "valor total": Typed("number"),
    "nome": Typed("string"),
    "vip": Typed("boolean"),
    "nada": Typed("number", nullable=True),
}


def value(text: str) -> Any:
    return evaluate_expression(parse_expression(text, SCOPE), SCOPE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2 ** 2", 4),
        ("2 ** 3 ** 2", 64),
        ("10 - 3 - 2", 5),
        ("1.5e2", 150),
        (".5", Decimal("0.5")),
        ("--x", 5),
        ("valor  total / 4", Decimal("2.5")),
        ("x - a-b", 3),
        ("1 / 3", Decimal("0.3333333333333333333333333333333333")),
        ("sum([1, 2, x])", 8),
        ("sum(1, 2)", 3),
        ("min(3, x)", 3),
        ("max([3, x])", 5),
        ("mean(1, 2)", Decimal("1.5")),
        ("count([1, null, 3])", 3),
        ("count([])", 0),
        ("abs(-x)", 5),
        ("floor(-1.5)", -2),
        ("ceiling(1.2)", 2),
        ("decimal(2.345, 2)", Decimal("2.34")),
        ("round half up(2.345, 2)", Decimal("2.35")),
        ("string length(nome)", 3),
        ("if x > 3 then 1 else 2", 1),
        ("if null then 1 else 2", 2),
        ("1 /* um */ + // dois\n 1", 2),
    ],
)
def test_numbers(text: str, expected: Any) -> None:
    assert value(text) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a" + "b"', "ab"),
        ('"\\"\\n\\t\\r\\\\ \\u00e9 \\U01F600"', '"\n\t\r\\ é \U0001f600'),
        ("upper case(nome)", "ANA"),
        ('lower case("Á")', "á"),
        ('min("b", "a")', "a"),
        ('max("b", "a")', "b"),
        ('contains(nome, "n")', True),
        ('starts with(nome, "n")', False),
        ('ends with(nome, "a")', True),
        ("x between 5 and 6", True),
        ("x between 6 and nada", False),
        ("x in (1..5)", False),
        ("x in [1..5]", True),
        ("x in ]5..6[", False),
        ("x in (1, [4..5), > 4)", True),
        ("x in < 5", False),
        ("x in 5", True),
        ("x in [4, 5]", True),
        ("x in []", False),
        ("x in (]1..2], 3)", False),
        ("x != 5", False),
        ("nome > nome", False),
        ("vip and x = 5", True),
        ("vip = false or x < 1", False),
        ("not(vip)", False),
        ("null = null", True),
        ("nada = 1", False),
        ("nada != 1", True),
    ],
)
def test_texts_and_truths(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        "0 ** -1",
        "(0 - 8) ** 0.5",
        '1 + "a"',
        "-nome",
        "nada < 1",
        "nada between 1 and 2",
        'x = "5"',
        "vip < vip",
        "true and nada",
        "false or null",
        "not(1)",
        "min([])",
        'min(1, "a")',
        "sum([1, null])",
        'abs("a")',
        "abs(1, 2)",
        "decimal(1, 2.5)",
        "contains(nome, 1)",
        "outro",
    ],
)
def test_what_makes_no_sense_is_null(text: str) -> None:
    node = parse_expression(text, [*SCOPE, "outro"])
    assert evaluate_expression(node, SCOPE) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true and true and null", None),
        ("null and false", False),
        ("null or true", True),
        ("false and 9 ** 9999 > 1", False),
        ("true or 9 ** 9999 > 1", True),
    ],
)
def test_three_valued_logic_stops_when_decided(text: str, expected: bool | None) -> None:
    assert value(text) is expected


@pytest.mark.parametrize("text", ["9 ** 9999", "9e6144 * 10", "decimal(1e30, 10)", "sum(9e6144, 9e6144)"])
def test_arithmetic_out_of_range_raises(text: str) -> None:
    with pytest.raises(OutOfRange, match="34-digit"):
        value(text)


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("-", 1, True),
        ("", 1, True),
        ("  ", None, True),
        ("< 5", 4, True),
        ("5", 5, True),
        ('"a", "b"', "b", True),
        ("not(< 5, [7..9))", 8, False),
        ("not(< 5, [7..9))", 9, True),
        ("]1..5[", 1, False),
        ("(1..3), > 9", 2, True),
        ("[1, 2, 3]", 3, True),
        ("(1 + 2)", 3, True),
        ("-3", -3, True),
        ("? * 2 > 8", 5, True),
        ("? > 1 and ? < 3, 9", 9, True),
        ("not(? = 1) and (? < 3)", 2, True),
        ("not(true)", False, True),
        ("null", None, True),
        ("< 5", None, None),
        ("not(< 5)", None, None),
        ("[1..5]", None, None),
        ("? / 0", 1, None),
        ("x, 7", 5, True),
    ],
)
def test_unary_tests(text: str, given: Any, expected: bool | None) -> None:
    scalar = Decimal(given) if isinstance(given, int) and not isinstance(given, bool) else given
    assert evaluate_tests(parse_unary_tests(text, SCOPE), SCOPE, scalar) is expected


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("x +", 3, "expected a value, found the end"),
        ("x 5", 2, "expected the end, found number '5'"),
        ("(x", 2, "expected ), found the end"),
        ('"aberto', 0, "no closing quote"),
        ('"\\q"', 1, r"unknown escape \\q"),
        ('"\\ud800"', 1, "is not a character"),
        ('"\\UFFFFFF"', 1, "is not a character"),
        ("x # 1", 2, "'#' has no meaning here"),
        ("foo", 0, 'unknown name foo (a text needs quotes: "foo")'),
        ("nomme", 0, "did you mean nome?"),
        ("minn(1)", 0, "unknown function minn (did you mean min?)"),
        ("1 < 2 < 3", 6, "comparisons do not chain"),
        ("1 in 2 in 3", 7, "comparisons do not chain"),
        ("x between 1 or 2", 12, "expected and"),
        ("if x then 1", 11, "expected else"),
        ("1e7000", 0, "too large or too small"),
        ("[1..2", 2, "expected ]"),
        ("a\x00", 1, "a control character"),
        ("min(1", 5, "expected )"),
    ],
)
def test_errors_name_the_character(text: str, position: int, problem: str) -> None:
    with pytest.raises(FeelError) as caught:
        parse_expression(text, SCOPE)
    assert caught.value.position == position
    assert problem.replace(r"\\", "\\") in str(caught.value)
    assert f"character {position + 1}:" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("< 5,", 4),
        ("[1..", 4),
        ("not(< 5", 7),
        ("not(? = 1) ad", 11),
        ("[]", 0),
        ("]1", 2),
        ("1 2", 2),
    ],
)
def test_errors_in_unary_tests(text: str, position: int) -> None:
    with pytest.raises(FeelError) as caught:
        parse_unary_tests(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("(" * (MAX_NESTING + 1) + "1", "nested more than"),
        ("(" * 3000, "nested more than"),
        ("if " * 1000, "nested more than"),
        ("not(" * 900, "nested more than"),
        ("x in (" * 600, "nested more than"),
        ("-" * 3900 + "1", "operations inside one another"),
        ("+".join(["1"] * (MAX_DEPTH + 1)), "operations inside one another"),
        ("1" * (MAX_LENGTH + 1), "longer than"),
    ],
    ids=lambda value: value[:12],
)
def test_deep_and_huge_text_is_refused(text: str, problem: str) -> None:
    for parse in (parse_expression, parse_unary_tests):
        with pytest.raises(FeelError, match=problem) as caught:
            parse(text, SCOPE)
        assert len(str(caught.value)) < 250


def test_the_deepest_allowed_tree_is_evaluated() -> None:
    assert value("+".join(["1"] * MAX_DEPTH)) == MAX_DEPTH
    assert value("(" * (MAX_NESTING - 1) + "1" + ")" * (MAX_NESTING - 1)) == 1
    assert value(" or ".join(["vip = false"] * 200)) is False


def test_trees_are_equal_whatever_their_spacing_and_immutable() -> None:
    tree = parse_expression("x+1", SCOPE)
    assert tree == parse_expression("  x  +  1 ", SCOPE)
    assert hash(tree) == hash(parse_expression("x +1", SCOPE))
    with pytest.raises(AttributeError):
        tree.operator = "-"  # type: ignore[misc, union-attr]


def test_what_a_tree_depends_on() -> None:
    tests = parse_unary_tests("< x, [1..valor total], ? > 1", SCOPE)
    assert nodes.names(tests) == {"x", "valor total"}
    assert nodes.uses_input_value(tests)
    assert not nodes.is_constant(tests)
    assert nodes.is_constant(parse_expression("1 + 2"))


def typed(text: str, column: Typed | None = None) -> Typed:
    return Checker(text, TYPES, column).expression(parse_expression(text, TYPES))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", Typed("number")),
        ('"a" + nome', Typed("string")),
        ("null", Typed("null", nullable=True)),
        ("1 / 0", Typed("null", nullable=True)),
        ("x / 2", Typed("number")),
        ("x / valor total", Typed("number", nullable=True)),
        ("x ** 2", Typed("number", nullable=True)),
        ("nada + 1", Typed("number", nullable=True)),
        ("nada > 1", Typed("boolean", nullable=True)),
        ("nada = 1", Typed("boolean")),
        ("x between 1 and nada", Typed("boolean", nullable=True)),
        ("x in (1, > nada)", Typed("boolean", nullable=True)),
        ("x in [1..nada]", Typed("boolean", nullable=True)),
        ("vip and nada > 1", Typed("boolean", nullable=True)),
        ("if vip then 1 else null", Typed("number", nullable=True)),
        ("-nada", Typed("number", nullable=True)),
        ("min(x, nada)", Typed("number", nullable=True)),
        ("sum([])", Typed("null", nullable=True)),
        ("count(x, nada)", Typed("number")),
        ("count([])", Typed("number")),
        ("max(nome, nome)", Typed("string")),
        ("decimal(x, 2)", Typed("number")),
        ("not(vip)", Typed("boolean")),
        ('contains(nome, "a")', Typed("boolean")),
    ],
)
def test_types(text: str, expected: Typed) -> None:
    assert typed(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('x = "a"', "a number is compared with a string"),
        ("vip < vip", "a boolean has no order"),
        ("null < null", "a null has no order"),
        ('x + "a"', "+ needs a string here, and this is a number"),
        ("x * vip", "* needs a number here, and this is a boolean"),
        ("-nome", "a number is needed here, and this is a string"),
        ("x and vip", "a boolean is needed here"),
        ("? > 1", "? stands for a column's value"),
        ("[1, 2]", "a list is no single value"),
        ('if vip then 1 else "a"', "this is a string, and what it goes with is a number"),
        ("abs(1, x)", "abs takes 1 values, and has 2"),
        ("decimal(x, 2.5)", "decimal places are a whole number from 0 to 30"),
        ("decimal(x, 31)", "decimal places"),
        ("decimal(x, x)", "decimal places"),
        ("sum(nome)", "sum needs numbers, and has a string"),
        ("min(vip, true)", "true and false have no order"),
        ("x > 9 ** 9999", "34-digit"),
        ('x in (1, "a")', "a number is compared with a string"),
    ],
)
def test_type_errors(text: str, problem: str) -> None:
    with pytest.raises(FeelError) as caught:
        typed(text)
    assert problem in str(caught.value)


def test_a_cell_needs_a_column() -> None:
    with pytest.raises(ValueError, match="column"):
        Checker("", TYPES).cell(parse_unary_tests("1"))


def test_cells_are_typed_against_their_column() -> None:
    with pytest.raises(
        FeelError, match="this is a boolean \\(write \\? where a condition speaks of its column"
    ):
        Checker("x > 1", TYPES, Typed("number")).cell(parse_unary_tests("x > 1", TYPES))
    Checker("", TYPES, Typed("number")).cell(parse_unary_tests("< x, [1..5], ? * 2 > 1", TYPES))
    with pytest.raises(FeelError, match="a boolean is needed"):
        Checker("? + 1", TYPES, Typed("number")).cell(parse_unary_tests("? + 1", TYPES))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (Decimal("1E+2"), "100"),
        (Decimal("1E+40"), "1e+40"),
        ('a"b\\\n\t\r\x01\U000e0001', '"a\\"b\\\\\\n\\t\\r\\u0001\\U0e0001"'),
    ],
)
def test_plain_values(given: Any, expected: str) -> None:
    assert plain(given) == expected
    if given is not None:
        assert evaluate_expression(parse_expression(expected), {}) == given


def test_every_function_has_a_python_form() -> None:
    from jobs.feel.python_expression import _TEMPLATES

    assert FUNCTIONS.keys() == _TEMPLATES.keys() | {"not", "min", "max", "sum", "mean", "count"}
