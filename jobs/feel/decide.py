"""Applies a decision table to inputs: which rules match, and what the hit policy makes of them.

Implements DMN 1.3, 8.2.8. Results have the shape of every worker's package: a dict of outputs by name for a
single hit, a list of such dicts for a multiple one, and a dict with the one output for an aggregation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias, cast

from jobs.feel import nodes
from jobs.feel.builtins import FUNCTIONS
from jobs.feel.errors import DecisionError, InvalidInput, RuleConflict
from jobs.feel.evaluator import evaluate_expression, evaluate_tests, number
from jobs.feel.nodes import Scalar
from jobs.feel.table import Aggregation, HitPolicy, Input, Rule, Table

Scope: TypeAlias = Mapping[str, Scalar]
Outputs: TypeAlias = dict[str, Scalar]
Decision: TypeAlias = Outputs | list[Outputs]


class NoRule(DecisionError):
    """No rule matches the inputs, and the table has no result for that."""

    def __init__(self, table: str) -> None:
        super().__init__(f"table {table}: no rule matches these inputs")


def evaluate(table: Table, inputs: Mapping[str, object]) -> Decision:
    """The table's decision for inputs by name; numbers may be int, float or Decimal.

    Raises InvalidInput, NoRule, RuleConflict, or OutOfRange.
    """
    scope = read_inputs(table, inputs)
    hits = matching_rules(table, scope)
    if not hits:
        return _without_hits(table)
    return _POLICIES[table.hit](table, scope, hits)


def read_inputs(table: Table, inputs: Mapping[str, object]) -> dict[str, Scalar]:
    """The inputs as FEEL values, each of them allowed; raises InvalidInput for the first that isn't."""
    scope = {column.nome: _read_input(column, inputs.get(column.nome)) for column in table.entradas}
    for name in inputs:
        if name not in scope:
            raise InvalidInput(str(name), "the table has no such input")
    return scope


def _read_input(column: Input, given: object) -> Scalar:
    value = to_scalar(given)
    problem = column.problem(value)
    if problem:
        raise InvalidInput(column.nome, problem)
    return cast(Scalar, value)


def to_scalar(given: object) -> object:
    """A Python value as FEEL's: int and float become Decimal, everything else stays as it is."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return number(given)
    return given


def matching_rules(table: Table, scope: Scope) -> tuple[int, ...]:
    """Indexes (from 0) of the rules whose every cell is true."""
    return tuple(index for index, rule in enumerate(table.regras) if _matches(table, rule, scope))


def _matches(table: Table, rule: Rule, scope: Scope) -> bool:
    return all(
        evaluate_tests(cell.tests, scope, scope[column.nome]) is True
        for column, cell in zip(table.entradas, rule.se, strict=True)
    )


def rule_outputs(table: Table, rule: int, scope: Scope) -> Outputs:
    """What one rule (its index from 0) concludes."""
    return {
        column.nome: cast(Scalar, evaluate_expression(result.expression, scope))
        for column, result in zip(table.saidas, table.regras[rule].entao, strict=True)
    }


def default_outputs(table: Table) -> Outputs:
    """The outputs of a table that has defaults; an output without one is null."""
    return {
        column.nome: cast(Scalar, evaluate_expression(column.padrao.expression, {}))
        if column.padrao
        else None
        for column in table.saidas
    }


def fixed_rank(table: Table, rule: int) -> tuple[int, ...] | None:
    """A rule's place in the order of outputs where it is the same for all inputs, else None."""
    results = zip(table.saidas, table.regras[rule].entao, strict=True)
    ordered = {column.nome: result.expression for column, result in results if column.valores}
    if not all(nodes.is_constant(expression) for expression in ordered.values()):
        return None
    values = {name: cast(Scalar, evaluate_expression(one, {})) for name, one in ordered.items()}
    return priority(table, values)


def priority(table: Table, outputs: Mapping[str, Scalar]) -> tuple[int, ...]:
    """Where the outputs stand in the order of the allowed values; smaller goes first, null last."""
    ordered = [column for column in table.saidas if column.valores]
    return tuple(
        column.valores.index(outputs[column.nome])
        if outputs[column.nome] in column.valores
        else len(column.valores)
        for column in ordered
    )


def _without_hits(table: Table) -> Decision:
    if table.has_default:
        default = default_outputs(table)
        return default if table.hit.single or table.agregacao else [default]
    if table.agregacao is Aggregation.COUNT:
        return {table.saidas[0].nome: Decimal(0)}
    if table.hit.single or table.agregacao:
        raise NoRule(table.nome)
    return []


def _conflict(table: Table, hits: Sequence[int]) -> RuleConflict:
    return RuleConflict(table.nome, tuple(hit + 1 for hit in hits))


def _unique(table: Table, scope: Scope, hits: Sequence[int]) -> Decision:
    results = _rule_order(table, scope, hits)
    if len(results) > 1:
        raise _conflict(table, hits)
    return results[0]


def _any(table: Table, scope: Scope, hits: Sequence[int]) -> Decision:
    results = _rule_order(table, scope, hits)
    if any(result != results[0] for result in results):
        raise _conflict(table, hits)
    return results[0]


def _first(table: Table, scope: Scope, hits: Sequence[int]) -> Decision:
    return rule_outputs(table, hits[0], scope)


def _priority(table: Table, scope: Scope, hits: Sequence[int]) -> Decision:
    return _output_order(table, scope, hits)[0]


def _rule_order(table: Table, scope: Scope, hits: Sequence[int]) -> list[Outputs]:
    return [rule_outputs(table, hit, scope) for hit in hits]


def _output_order(table: Table, scope: Scope, hits: Sequence[int]) -> list[Outputs]:
    return sorted(_rule_order(table, scope, hits), key=lambda outputs: priority(table, outputs))


def _collect(table: Table, scope: Scope, hits: Sequence[int]) -> Decision:
    if table.agregacao is None:
        return _rule_order(table, scope, hits)
    name = table.saidas[0].nome
    if table.agregacao is Aggregation.COUNT:
        return {name: Decimal(len(hits))}
    values = [rule_outputs(table, hit, scope)[name] for hit in hits]
    return {name: FUNCTIONS[table.agregacao.value.lower()].call(values)}


_POLICIES: dict[HitPolicy, Callable[[Table, Scope, Sequence[int]], Decision]] = {
    HitPolicy.UNIQUE: _unique,
    HitPolicy.ANY: _any,
    HitPolicy.FIRST: _first,
    HitPolicy.PRIORITY: _priority,
    HitPolicy.COLLECT: _collect,
    HitPolicy.RULE_ORDER: _rule_order,
    HitPolicy.OUTPUT_ORDER: _output_order,
}
