"""Evaluates FEEL trees against values, with null and three-valued logic as DMN 1.3 has them (10.3.2).

Evaluation never fails on a value's type (that gives None); it raises only OutOfRange, from arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from jobs.feel import nodes, semantics
from jobs.feel.builtins import FUNCTIONS
from jobs.feel.semantics import Value


def evaluate_expression(
    node: nodes.Expression, scope: Mapping[str, nodes.Scalar], value: nodes.Scalar = None
) -> Value:
    """The value of an expression; names come from `scope` (an absent one is null), `?` is `value`."""
    return _Evaluation(scope, value).of(node)


def evaluate_tests(
    tests: nodes.UnaryTests, scope: Mapping[str, nodes.Scalar], value: nodes.Scalar
) -> bool | None:
    """Whether a cell accepts `value`: true, false, or None where FEEL says null. Only true makes a match."""
    if tests.any_value:
        return True
    result = _Evaluation(scope, value).any_test(tests.tests, value)
    return semantics.negated(result) if tests.negated else result


class _Evaluation:
    """One evaluation: the scope and the column's value."""

    def __init__(self, scope: Mapping[str, nodes.Scalar], value: nodes.Scalar) -> None:
        self._scope, self._value = scope, value

    def of(self, node: nodes.Expression) -> Value:
        return _EVALUATE[type(node)](self, node)

    def any_test(self, tests: tuple[nodes.Test, ...], value: Value) -> bool | None:
        return semantics.any_of(self._holds(test, value) for test in tests)

    def _holds(self, test: nodes.Test, value: Value) -> bool | None:
        if isinstance(test, nodes.CompareTest):
            return semantics.compare(test.operator, value, self.of(test.operand))
        if isinstance(test, nodes.IntervalTest):
            return self._inside(test, value)
        found = self.of(test.expression)
        return found if isinstance(found, bool) else None

    def _inside(self, test: nodes.IntervalTest, value: Value) -> bool | None:
        above: nodes.ComparisonOperator = "<=" if test.low_closed else "<"
        below: nodes.ComparisonOperator = "<=" if test.high_closed else "<"
        return self._ordered(test.low, above, value, below, test.high)

    def _ordered(
        self,
        low: nodes.Expression,
        above: nodes.ComparisonOperator,
        value: Value,
        below: nodes.ComparisonOperator,
        high: nodes.Expression,
    ) -> bool | None:
        """`low above value below high`, the upper end only looked at when the lower one doesn't decide."""
        first = semantics.compare(above, self.of(low), value)
        if first is False:
            return False
        return semantics.all_of((first, semantics.compare(below, value, self.of(high))))

    def literal(self, node: nodes.Literal) -> Value:
        return node.value

    def name(self, node: nodes.Name) -> Value:
        return self._scope.get(node.name)

    def input_value(self, _node: nodes.InputValue) -> Value:
        return self._value

    def list_of(self, node: nodes.ListOf) -> Value:
        return tuple(self.of(item) for item in node.items)

    def negative(self, node: nodes.Negative) -> Value:
        return semantics.negative(self.of(node.operand))

    def arithmetic(self, node: nodes.Arithmetic) -> Value:
        return semantics.arithmetic(node.operator, self.of(node.left), self.of(node.right))

    def comparison(self, node: nodes.Comparison) -> Value:
        return semantics.compare(node.operator, self.of(node.left), self.of(node.right))

    def logic(self, node: nodes.Logic) -> Value:
        parts = (self.of(operand) for operand in node.operands)
        return semantics.all_of(parts) if node.operator == "and" else semantics.any_of(parts)

    def between(self, node: nodes.Between) -> Value:
        return self._ordered(node.low, "<=", self.of(node.value), "<=", node.high)

    def membership(self, node: nodes.Membership) -> Value:
        return self.any_test(node.tests, self.of(node.value))

    def conditional(self, node: nodes.Conditional) -> Value:
        return self.of(node.chosen if self.of(node.condition) is True else node.otherwise)

    def call(self, node: nodes.Call) -> Value:
        return FUNCTIONS[node.function].call([self.of(argument) for argument in node.arguments])


_EVALUATE: dict[type[nodes.Node], Callable[[_Evaluation, Any], Value]] = {
    nodes.Literal: _Evaluation.literal,
    nodes.Name: _Evaluation.name,
    nodes.InputValue: _Evaluation.input_value,
    nodes.ListOf: _Evaluation.list_of,
    nodes.Negative: _Evaluation.negative,
    nodes.Arithmetic: _Evaluation.arithmetic,
    nodes.Comparison: _Evaluation.comparison,
    nodes.Logic: _Evaluation.logic,
    nodes.Between: _Evaluation.between,
    nodes.Membership: _Evaluation.membership,
    nodes.Conditional: _Evaluation.conditional,
    nodes.Call: _Evaluation.call,
}


def number(value: int | float | Decimal) -> Decimal:
    """A Python number as FEEL's: a float becomes the decimal that it prints as."""
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)
