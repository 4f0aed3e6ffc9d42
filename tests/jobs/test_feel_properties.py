"""Random tables: compiled code agrees with the evaluator, analysis with brute force, DMN with itself."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from feel_tables import ALL_TEXTS, PROBES, probes, tables
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.feel import InvalidInput, NoRule, OutOfRange, RuleConflict, Table, evaluate, tables_from_dmn
from jobs.feel.analysis import analyse
from jobs.feel.decide import matching_rules, read_inputs, rule_outputs
from jobs.feel.dmn_write import table_to_dmn
from jobs.feel.python_module import compile_table
from jobs.feel.table import HitPolicy

SETTINGS = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def evaluated(table: Table, inputs: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "result", evaluate(table, inputs)
    except InvalidInput as error:
        return "EntradaInvalida", error.campo
    except NoRule:
        return "SemRegra", None
    except RuleConflict:
        return "RegrasEmConflito", None
    except OutOfRange:
        return "arithmetic", None


def run_compiled(module: dict[str, Any], inputs: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "result", module["decidir"](inputs)
    except ArithmeticError:
        return "arithmetic", None
    except ValueError as error:
        return type(error).__name__, getattr(error, "campo", None)


def load(table: Table) -> dict[str, Any]:
    module: dict[str, Any] = {}
    exec(compile(compile_table(table, "a test"), "decisao", "exec"), module)
    return module


@SETTINGS
@given(st.data())
def test_compiled_code_decides_as_the_evaluator_does(data: st.DataObject) -> None:
    table = data.draw(tables())
    module = load(table)
    for _ in range(6):
        inputs = data.draw(probes(table))
        expected, found = evaluated(table, inputs), run_compiled(module, inputs)
        assert found == expected
        assert repr(found) == repr(expected)


def domain(table: Table) -> list[dict[str, Any]]:
    """All combinations of probe values that the table's inputs allow."""
    pools: dict[str, list[Any]] = {
        "number": PROBES,
        "integer": PROBES,
        "string": ALL_TEXTS,
        "boolean": [True, False],
    }
    columns = [
        [value for value in [*pools[column.tipo], None] if column.problem(value) is None]
        for column in table.entradas
    ]
    names = [column.nome for column in table.entradas]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*columns)]


@SETTINGS
@given(tables())
def test_analysis_finds_what_brute_force_finds(table: Table) -> None:
    analysis = analyse(table)
    inputs = domain(table)
    hits = [matching_rules(table, one) for one in inputs]
    for gap in analysis.gaps:
        assert matching_rules(table, read_inputs(table, gap.inputs)) == ()
    for overlap in analysis.overlaps:
        scope = read_inputs(table, overlap.inputs)
        first, second = (rule - 1 for rule in overlap.rules)
        assert {first, second} <= set(matching_rules(table, scope))
        assert table.hit is HitPolicy.UNIQUE or overlap.differ
        assert not overlap.differ or rule_outputs(table, first, scope) != rule_outputs(table, second, scope)
    if analysis.complete:
        assert bool(analysis.gaps) >= any(not one for one in hits)
        if table.hit is HitPolicy.UNIQUE:
            assert bool(analysis.overlaps) >= any(len(one) > 1 for one in hits)
    for dead in analysis.dead:
        for one, found in zip(inputs, hits, strict=True):
            if dead.column or table.hit is HitPolicy.FIRST:
                assert dead.rule - 1 not in found[:1]
            if dead.column:
                assert dead.rule - 1 not in found, one


@SETTINGS
@given(tables(plain_rules=True))
def test_dead_rules_are_all_found(table: Table) -> None:
    analysis = analyse(table)
    if not analysis.complete or table.hit is not HitPolicy.FIRST:
        return
    first = {found[0] + 1 for one in domain(table) if (found := matching_rules(table, one))}
    alive = set(range(1, len(table.regras) + 1)) - {dead.rule for dead in analysis.dead}
    assert first <= alive


@SETTINGS
@given(tables())
def test_dmn_round_trip_keeps_the_table(table: Table) -> None:
    written = table_to_dmn(table)
    assert table_to_dmn(table) == written
    (again,) = tables_from_dmn(written)
    assert table_to_dmn(again) == written
    assert again.regras == table.regras
    for one in domain(table)[:40]:
        assert evaluated(again, one) == evaluated(table, one)


@pytest.mark.parametrize("number", [Decimal("0.1"), 0.1, 1, True])
def test_float_is_the_decimal_that_it_prints_as(number: object) -> None:
    from jobs.feel.decide import to_scalar

    assert to_scalar(number) == (True if number is True else Decimal(str(number)))
