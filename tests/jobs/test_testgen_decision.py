"""A decision's tests: expected values from the examples alone; they really fail on a wrong decision."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from worker_support import DECISION_SOURCE, EqClass, Example, Output, bare_spawn, decision_code

from jobs.testing.decision_tests import generate_decision_tests
from jobs.testing.material import GeneratedTests, plan_of
from jobs.testing.report import TestReport
from jobs.testing.runner import run_tests
from store.errors import WrongInput

CLASSES = {
    "peso": [
        EqClass("leve", 1),
        EqClass("limite", 30),
        EqClass("sem regra", 13),
        EqClass("zero", 0, valida=False),
    ],
    "regiao": [
        EqClass("norte", "norte"),
        EqClass("sul", "sul"),
        EqClass("lua", "lua", valida=False),
    ],
}
EXAMPLES = [
    Example("com nome", {"peso": 1.5, "regiao": "sul"}, {"taxa": 13.0}, tem_esperado=True),
    Example("sem nome", {"peso": 2, "regiao": "sul"}, 14, tem_esperado=True),
    Example("livre", {"peso": 3, "regiao": "sul"}),
    Example("pesado", {"peso": 31, "regiao": "sul"}, invalido="peso"),
]


def made(
    examples: list[Example] = EXAMPLES, outputs: tuple[Output, ...] = (Output("taxa"),)
) -> GeneratedTests:
    return generate_decision_tests("frete", ["peso", "regiao"], outputs, CLASSES, examples)


def run(tests: GeneratedTests, tmp_path: Path, source: bytes = DECISION_SOURCE) -> TestReport:
    return run_tests(
        plan_of("frete", [tests]), decision_code(source), ["frete"], bare_spawn(tmp_path), tmp_path / "r"
    )


def test_the_right_decision_passes_them_all(tmp_path: Path) -> None:
    tests = made()
    assert (tests.combinations, tests.invalid, tests.examples, tests.cases) == (6, 2, 4, 12)
    report = run(tests, tmp_path)
    assert report.passou, report.saida
    assert report.cobertura is not None
    assert report.cobertura.percent == 100.0
    assert report.cobertura.ramos_total == 6


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [
        (b"* 2}", b"* 3}", {"com_nome", "sem_nome"}),
        (b'return {"taxa"', b'return {"outra"', {"leve-norte", "livre"}),
        (b"0 <", b"-1 <", {"peso-zero"}),
        (b'raise EntradaInvalida("peso")', b'raise EntradaInvalida("regiao")', {"peso-zero", "pesado"}),
    ],
)
def test_a_wrong_decision_fails_the_tests_that_speak_of_it(
    tmp_path: Path, old: bytes, new: bytes, failing: set[str]
) -> None:
    assert old in DECISION_SOURCE
    report = run(made(), tmp_path, DECISION_SOURCE.replace(old, new))
    failed = {case.nome.partition("[")[2].rstrip("]") for case in report.casos if case.resultado == "falhou"}
    assert failing <= failed
    assert not report.abortado
    assert not report.passou


def test_an_example_that_contradicts_the_decision_is_red(tmp_path: Path) -> None:
    wrong = Example("errado", {"peso": 2, "regiao": "sul"}, {"taxa": "14"}, tem_esperado=True)
    report = run(made([wrong]), tmp_path)
    assert [case.nome for case in report.casos if case.resultado == "falhou"] == ["test_exemplo[errado]"]


@pytest.mark.parametrize(("allowed", "red"), [((12, 70, 36), False), ((12, 70), False), ((12,), True)])
def test_an_output_outside_its_allowed_values_is_red(
    tmp_path: Path, allowed: tuple[int, ...], red: bool
) -> None:
    tests = made([], (Output("taxa", [Decimal(each) for each in allowed]),))
    assert run(tests, tmp_path).passou is not red


def test_an_aggregated_output_is_not_bound_by_its_values() -> None:
    tests = generate_decision_tests(
        "frete", ["peso", "regiao"], [Output("taxa", (1, 2))], CLASSES, [], aggregated=True
    )
    assert b"SAIDAS = {'taxa': None}" in tests.package.files["tests/test_frete_classes.py"]


MULTIPLE = b"""
from decimal import Decimal
EntradaInvalida = SemRegra = ValueError
def decidir(entradas):
    return [{"a": Decimal("1.0"), "b": True}, {"a": Decimal(2), "b": None}]
"""


@pytest.mark.parametrize(
    ("expected", "red"),
    [
        ([{"a": 1, "b": True}, {"a": 2, "b": None}], False),
        ([{"a": 1.0000000001, "b": True}, {"a": 2, "b": None}], False),
        ([{"a": 1.00001, "b": True}, {"a": 2, "b": None}], True),
        ([{"a": 1, "b": 1}, {"a": 2, "b": None}], True),
        ([{"a": 1, "b": True}], True),
        ([{"a": 1}, {"a": 2}], True),
        ({"a": 1, "b": True}, True),
    ],
)
def test_several_hits_are_compared_in_order_and_by_type(tmp_path: Path, expected: Any, red: bool) -> None:
    example = Example("x", {"peso": 1}, expected, tem_esperado=True)
    tests = generate_decision_tests("frete", ["peso"], [Output("a"), Output("b")], {}, [example])
    assert run(tests, tmp_path, MULTIPLE).passou is not red


def test_an_input_that_nothing_speaks_of_is_refused_by_name() -> None:
    with pytest.raises(WrongInput, match="neither a valid class nor an example") as caught:
        generate_decision_tests("f", ["peso", "hora"], [Output("x")], CLASSES, [], file="s.yaml")
    assert caught.value.path == "hora"
    filled = generate_decision_tests(
        "f", ["peso", "hora"], [Output("x")], CLASSES, [Example("e", {"peso": 1, "hora": 2.5})]
    )
    assert b"'hora': Decimal('2.5'), 'regiao'" in filled.package.files["tests/test_f_classes.py"]


def test_only_invalid_classes_need_no_combination() -> None:
    classes = {"peso": [EqClass("zero", 0, valida=False)]}
    tests = generate_decision_tests("f", ["peso"], [Output("x")], classes, [])
    assert (tests.combinations, tests.invalid, tests.pairs_total) == (0, 1, 0)
