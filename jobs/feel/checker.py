"""Finds the type of every expression before it ever runs, so that a mixed-up cell is refused with its reason.

What passes has one kind of value and a known answer to "can it be null?"; the compiler builds on both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from jobs.feel import nodes
from jobs.feel.builtins import FUNCTIONS, MAX_SCALE, Function, valid_scale
from jobs.feel.errors import FeelError, OutOfRange
from jobs.feel.evaluator import evaluate_expression
from jobs.feel.semantics import Value

Kind = Literal["number", "string", "boolean", "null"]


@dataclass(frozen=True)
class Typed:
    """An expression's kind of value, and whether it can be null instead."""

    kind: Kind
    nullable: bool = False


NULL = Typed("null", nullable=True)
_BOOLEAN = Typed("boolean")


def constant(node: nodes.Expression) -> Value:
    """The value of an expression without inputs; raises OutOfRange."""
    return evaluate_expression(node, {})


class Checker:
    """Types expressions of one source text; raises FeelError where they don't fit together.

    `scope` gives each input's type; `column` is the type of `?`, None where there is no column.
    """

    def __init__(self, text: str, scope: Mapping[str, Typed], column: Typed | None = None) -> None:
        self._text, self._scope, self._column = text, scope, column

    def expression(self, node: nodes.Expression) -> Typed:
        """The type of `node`."""
        found = _RULES[type(node)](self, node)
        if not nodes.is_constant(node) or isinstance(node, nodes.ListOf):
            return found
        try:
            return NULL if constant(node) is None else Typed(found.kind)
        except OutOfRange as error:
            raise self._wrong(node, str(error)) from None

    def cell(self, tests: nodes.UnaryTests) -> None:
        """A condition cell against its column."""
        if self._column is None:
            raise ValueError("a cell stands in a column")
        for test in tests.tests:
            self._test(test, self._column)

    def _test(self, test: nodes.Test, value: Typed) -> bool:
        """Check one test; whether it can be null."""
        if isinstance(test, nodes.ConditionTest):
            return self._of_kind(test.expression, "boolean").nullable
        if isinstance(test, nodes.CompareTest):
            operand = self.expression(test.operand)
            if test.operator == "=" and operand.kind == "boolean" != value.kind:
                remedy = "write ? where a condition speaks of its column"
                raise self._wrong(test, f"a {value.kind} is needed here, and this is a boolean", remedy)
            return self._compared(test, test.operator, value, operand).nullable
        ends = [self._compared(test, "<", value, self.expression(end)) for end in (test.low, test.high)]
        return any(end.nullable for end in ends)

    def _compared(
        self, node: nodes.Node, operator: nodes.ComparisonOperator, left: Typed, right: Typed
    ) -> Typed:
        equality = operator in ("=", "!=")
        if left.kind != right.kind and not (equality and "null" in (left.kind, right.kind)):
            raise self._wrong(node, f"a {left.kind} is compared with a {right.kind}")
        if equality:
            return _BOOLEAN
        if left.kind in ("boolean", "null"):
            raise self._wrong(node, f"a {left.kind} has no order", remedy="use = or !=")
        return Typed("boolean", left.nullable or right.nullable)

    def literal(self, node: nodes.Literal) -> Typed:
        if node.value is None:
            return NULL
        if isinstance(node.value, bool):
            return _BOOLEAN
        return Typed("string" if isinstance(node.value, str) else "number")

    def name(self, node: nodes.Name) -> Typed:
        return self._scope[node.name]

    def input_value(self, node: nodes.InputValue) -> Typed:
        if self._column is None:
            raise self._wrong(node, "? stands for a column's value, and this is no condition")
        return self._column

    def list_of(self, node: nodes.ListOf) -> Typed:
        raise self._wrong(
            node, "a list is no single value", remedy="lists go after in, or into min, max, sum"
        )

    def negative(self, node: nodes.Negative) -> Typed:
        return self._of_kind(node.operand, "number")

    def arithmetic(self, node: nodes.Arithmetic) -> Typed:
        left, right = self.expression(node.left), self.expression(node.right)
        kind: Kind = "string" if node.operator == "+" and "string" in (left.kind, right.kind) else "number"
        for part, typed in ((node.left, left), (node.right, right)):
            if typed.kind not in (kind, "null"):
                raise self._wrong(part, f"{node.operator} needs a {kind} here, and this is a {typed.kind}")
        return Typed(kind, left.nullable or right.nullable or self._may_fail(node))

    def _may_fail(self, node: nodes.Arithmetic) -> bool:
        """Whether the operator itself can give null: by a zero, or by a root of a negative number."""
        if node.operator == "/":
            return not nodes.is_constant(node.right) or not constant(node.right)
        return node.operator == "**"

    def comparison(self, node: nodes.Comparison) -> Typed:
        return self._compared(node, node.operator, self.expression(node.left), self.expression(node.right))

    def logic(self, node: nodes.Logic) -> Typed:
        parts = [self._of_kind(operand, "boolean") for operand in node.operands]
        return Typed("boolean", any(part.nullable for part in parts))

    def between(self, node: nodes.Between) -> Typed:
        value = self.expression(node.value)
        ends = [self._compared(node, "<=", value, self.expression(end)) for end in (node.low, node.high)]
        return Typed("boolean", any(end.nullable for end in ends))

    def membership(self, node: nodes.Membership) -> Typed:
        value = self.expression(node.value)
        found = [self._test(test, value) for test in node.tests]
        return Typed("boolean", any(found))

    def conditional(self, node: nodes.Conditional) -> Typed:
        self._of_kind(node.condition, "boolean")
        return self._united([node.chosen, node.otherwise])

    def call(self, node: nodes.Call) -> Typed:
        function = FUNCTIONS[node.function]
        if function.shape == "list":
            return self._call_on_list(node, function)
        if len(node.arguments) != len(function.kinds):
            wanted = len(function.kinds)
            raise self._wrong(node, f"{function.name} takes {wanted} values, and has {len(node.arguments)}")
        parts = [
            self._of_kind(argument, kind)
            for argument, kind in zip(node.arguments, function.kinds, strict=True)
            if kind is not None
        ]
        if function.name in ("decimal", "round half up"):
            self._check_scale(node.arguments[1])
        return Typed(function.result or parts[0].kind, any(part.nullable for part in parts))

    def _check_scale(self, node: nodes.Expression) -> None:
        scale = constant(node) if nodes.is_constant(node) else None
        if not (isinstance(scale, Decimal) and valid_scale(scale)):
            raise self._wrong(node, f"decimal places are a whole number from 0 to {MAX_SCALE}")

    def _call_on_list(self, node: nodes.Call, function: Function) -> Typed:
        items = list_items(node)
        if not items:
            return Typed("number") if function.name == "count" else NULL
        united = self._united(items)
        wanted = function.kinds[0]
        if wanted is not None and united.kind not in (wanted, "null"):
            raise self._wrong(node, f"{function.name} needs numbers, and has a {united.kind}")
        if function.name == "count":
            return Typed("number")
        if wanted is None and united.kind == "boolean":
            raise self._wrong(node, "true and false have no order")
        return Typed(function.result or united.kind, united.nullable)

    def _united(self, parts: list[nodes.Expression]) -> Typed:
        """The one type of several alternatives."""
        found = [(part, self.expression(part)) for part in parts]
        kinds = [typed.kind for _, typed in found if typed.kind != "null"]
        for part, typed in found:
            if typed.kind not in (*kinds[:1], "null"):
                raise self._wrong(part, f"this is a {typed.kind}, and what it goes with is a {kinds[0]}")
        return Typed(kinds[0] if kinds else "null", any(typed.nullable for _, typed in found))

    def _of_kind(self, node: nodes.Expression, kind: Kind) -> Typed:
        found = self.expression(node)
        if found.kind not in (kind, "null"):
            raise self._wrong(node, f"a {kind} is needed here, and this is a {found.kind}")
        return Typed(kind, found.nullable)

    def _wrong(self, node: nodes.Node, problem: str, remedy: str = "") -> FeelError:
        return FeelError(problem, self._text, node.position, remedy=remedy)


def list_items(node: nodes.Call) -> list[nodes.Expression]:
    """The values that a function of a list works on, written as one list or as arguments."""
    if len(node.arguments) == 1 and isinstance(node.arguments[0], nodes.ListOf):
        return list(node.arguments[0].items)
    return list(node.arguments)


_RULES: dict[type[nodes.Node], Callable[[Checker, Any], Typed]] = {
    nodes.Literal: Checker.literal,
    nodes.Name: Checker.name,
    nodes.InputValue: Checker.input_value,
    nodes.ListOf: Checker.list_of,
    nodes.Negative: Checker.negative,
    nodes.Arithmetic: Checker.arithmetic,
    nodes.Comparison: Checker.comparison,
    nodes.Logic: Checker.logic,
    nodes.Between: Checker.between,
    nodes.Membership: Checker.membership,
    nodes.Conditional: Checker.conditional,
    nodes.Call: Checker.call,
}
