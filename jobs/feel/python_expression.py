"""Turns checked FEEL trees into Python expressions that mean the same, null and 34-digit arithmetic
included.

What can't be null becomes plain operators. What can be goes through the few helpers of `python_helpers`,
which the generated module then carries; `Names.helpers` collects the ones it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jobs.feel import nodes
from jobs.feel.checker import Checker, Typed, constant, list_items
from jobs.feel.semantics import Value

# Python's precedence, loosest first; an operand that binds looser than its place gets brackets.
LAMBDA, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, ATOM = range(9)

_SHORT = Decimal(10) ** 15
_INFIX = {"+": ("+", SUM), "-": ("-", SUM), "*": ("*", PRODUCT), "/": ("/", PRODUCT)}
_OPERATOR = {"+": "add", "-": "sub", "*": "mul", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_TEMPLATES: dict[str, str] = {
    "abs": "abs({0})",
    "floor": "{0}.to_integral_value(ROUND_FLOOR)",
    "ceiling": "{0}.to_integral_value(ROUND_CEILING)",
    "decimal": "{0}.quantize({1}, ROUND_HALF_EVEN)",
    "round half up": "{0}.quantize({1}, ROUND_HALF_UP)",
    "string length": "Decimal(len({0}))",
    "upper case": "{0}.upper()",
    "lower case": "{0}.lower()",
    "contains": "({1} in {0})",
    "starts with": "{0}.startswith({1})",
    "ends with": "{0}.endswith({1})",
}


@dataclass(frozen=True)
class Code:
    """A Python expression, how tightly it binds, whether it can be None, its opposite where that is short."""

    text: str
    binds: int = ATOM
    nullable: bool = False
    opposite: str = ""

    def at(self, place: int) -> str:
        """The text, in brackets where it binds looser than `place`."""
        return self.text if self.binds >= place else f"({self.text})"

    @property
    def is_true(self) -> Code:
        """As a condition: what is null is not true."""
        return Code(f"{self.at(SUM)} is True", COMPARE) if self.nullable else self


@dataclass
class Names:
    """The variables that stand for inputs, their types, and what the expressions turned out to need."""

    variables: Mapping[str, str]
    scope: Mapping[str, Typed]
    helpers: set[str] = field(default_factory=set)

    def need(self, *names: str) -> None:
        """Note helpers or imports that the module must have."""
        self.helpers.update(names)


class ExpressionWriter:
    """Writes expressions of one table; `column` is the input that `?` stands for."""

    def __init__(self, names: Names, column: str | None = None) -> None:
        self._names, self._column = names, column
        self._checker = Checker("", names.scope, names.scope[column] if column is not None else None)
        self._bound = 0

    def value(self, node: nodes.Expression) -> Code:
        """The Python expression of `node`."""
        if nodes.is_constant(node) and not isinstance(node, nodes.ListOf):
            return self.literal(constant(node))
        return _WRITE[type(node)](self, node)

    def cell(self, tests: nodes.UnaryTests) -> Code:
        """The condition of one cell, for the column's variable; never null."""
        if self._column is None:
            raise ValueError("a cell stands in a column")
        variable, typed = self._variable(self._column), self._names.scope[self._column]
        if tests.negated:
            return self._negated(self._any_test(variable, typed, tests.tests)).is_true
        parts = self._parts(variable, typed, tests.tests, self._true_test)
        return self._joined([part.is_true for part in parts], "or")

    def _true_test(self, value: Code, test: nodes.Test) -> Code:
        """One test where only true counts: a null value is ruled out first, in plain operators."""
        operands = [one for one in nodes.children(test) if not nodes.is_constant(one)]
        if not value.nullable or operands or isinstance(test, nodes.ConditionTest):
            return self._one_test(value, test)
        if isinstance(test, nodes.CompareTest) and test.operator in ("=", "!="):
            return self._one_test(value, test)
        known = self._one_test(Code(value.text), test)
        return Code(f"{value.text} is not None and {known.text}", AND)

    def literal(self, value: Value) -> Code:
        """A constant as a value of its own."""
        if isinstance(value, Decimal):
            self._names.need("Decimal")
            return Code(f'Decimal("{value}")')
        text = python_text(value) if isinstance(value, str) else repr(value)
        return Code(text, nullable=value is None)

    def _operand(self, node: nodes.Expression) -> Code:
        """A constant number beside something that isn't one: a short whole one needs no Decimal."""
        value = constant(node) if nodes.is_constant(node) else None
        if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < _SHORT:
            return Code(str(int(value)), ATOM if value >= 0 else SIGN)
        return self.value(node)

    def _variable(self, name: str) -> Code:
        return Code(self._names.variables[name], nullable=self._names.scope[name].nullable)

    def _null_safe(self, function: str, *arguments: Code) -> Code:
        self._names.need("_null_safe")
        if function.startswith("operator."):
            self._names.need("operator")
        given = ", ".join(argument.at(LAMBDA) for argument in arguments)
        return Code(f"_null_safe({function}, {given})", nullable=True)

    def _lazily(self, helper: str, parts: Sequence[Code]) -> Code:
        self._names.need(helper)
        return Code(f"{helper}({', '.join(f'lambda: {part.text}' for part in parts)})", nullable=True)

    # Leaves and arithmetic

    def name(self, node: nodes.Name) -> Code:
        return self._variable(node.name)

    def input_value(self, _node: nodes.InputValue) -> Code:
        if self._column is None:
            raise ValueError("? outside a column")
        return self._variable(self._column)

    def negative(self, node: nodes.Negative) -> Code:
        operand = self.value(node.operand)
        if operand.nullable:
            return self._null_safe("operator.neg", operand)
        return Code(f"-{operand.at(SIGN)}", SIGN)

    def arithmetic(self, node: nodes.Arithmetic) -> Code:
        nullable = self._checker.expression(node).nullable
        if node.operator == "**" or (node.operator == "/" and nullable):
            helper = "_power" if node.operator == "**" else "_divide"
            self._names.need(helper, "_null_safe")
            return self._null_safe(helper, self.value(node.left), self.value(node.right))
        if nullable:
            function = f"operator.{_OPERATOR[node.operator]}"
            return self._null_safe(function, self.value(node.left), self.value(node.right))
        sign, binds = _INFIX[node.operator]
        left, right = self._operand(node.left), self._operand(node.right)
        return Code(f"{left.at(binds)} {sign} {right.at(binds + 1)}", binds)

    # Comparison and logic

    def comparison(self, node: nodes.Comparison) -> Code:
        return self._compared(node.operator, self._operand(node.left), node.left, node.right)

    def _compared(
        self,
        operator: nodes.ComparisonOperator,
        left: Code,
        left_node: nodes.Expression | None,
        right_node: nodes.Expression,
    ) -> Code:
        """`left operator right`; `left_node` only says whether the left side is a constant."""
        if operator in ("=", "!="):
            return self._equality(operator, left, left_node, right_node)
        right = self._operand(right_node)
        if left.nullable or right.nullable:
            return self._null_safe(f"operator.{_OPERATOR[operator]}", left, self.value(right_node))
        return Code(f"{left.at(SUM)} {operator} {right.at(SUM)}", COMPARE)

    def _equality(
        self,
        operator: nodes.ComparisonOperator,
        left: Code,
        left_node: nodes.Expression | None,
        right_node: nodes.Expression,
    ) -> Code:
        """Equality is never null: null equals null and nothing else, as None does."""
        if left_node is not None and nodes.is_constant(left_node) and not nodes.is_constant(right_node):
            return self._equality(operator, self.value(right_node), None, left_node)
        value = constant(right_node) if nodes.is_constant(right_node) else ...
        if value is None or isinstance(value, bool):
            return self._identity(operator, left, value)
        sides, sign = (left.at(SUM), self._operand(right_node).at(SUM)), "==" if operator == "=" else "!="
        opposite = "!=" if operator == "=" else "=="
        return Code(f" {sign} ".join(sides), COMPARE, opposite=f" {opposite} ".join(sides))

    def _identity(self, operator: nodes.ComparisonOperator, left: Code, value: bool | None) -> Code:
        if isinstance(value, bool) and not left.nullable:
            wanted = value if operator == "=" else not value
            return left if wanted else Code(f"not {left.at(NOT)}", NOT)
        sign = "is" if operator == "=" else "is not"
        return Code(f"{left.at(SUM)} {sign} {value!r}", COMPARE)

    def logic(self, node: nodes.Logic) -> Code:
        parts = [self.value(operand) for operand in node.operands]
        return self._joined(parts, node.operator)

    def _joined(self, parts: Sequence[Code], word: nodes.LogicOperator) -> Code:
        if len(parts) == 1:
            return parts[0]
        if any(part.nullable for part in parts):
            return self._lazily("_all_of" if word == "and" else "_any_of", parts)
        binds = AND if word == "and" else OR
        return Code(f" {word} ".join(part.at(binds + 1) for part in parts), binds)

    def _negated(self, code: Code) -> Code:
        if code.nullable:
            return self._null_safe("operator.not_", code)
        if code.opposite:
            return Code(code.opposite, COMPARE, opposite=code.text)
        return Code(f"not {code.at(NOT)}", NOT)

    def between(self, node: nodes.Between) -> Code:
        test = nodes.IntervalTest(node.low, True, node.high, True)
        return self._tested(node.value, (test,))

    def membership(self, node: nodes.Membership) -> Code:
        return self._tested(node.value, node.tests)

    def _tested(self, value: nodes.Expression, tests: Sequence[nodes.Test]) -> Code:
        """Tests of a value, which is computed once."""
        code, typed = self.value(value), self._checker.expression(value)
        if isinstance(value, nodes.Name | nodes.InputValue):
            return self._any_test(code, typed, tests)
        self._bound += 1
        inner = self._any_test(Code(f"v{self._bound}", nullable=typed.nullable), typed, tests)
        self._bound -= 1
        return Code(f"(lambda v{self._bound + 1}: {inner.text})({code.text})", nullable=inner.nullable)

    def _any_test(self, value: Code, typed: Typed, tests: Sequence[nodes.Test]) -> Code:
        if not tests:
            return Code("False")
        return self._joined(self._parts(value, typed, tests, self._one_test), "or")

    def _parts(
        self,
        value: Code,
        typed: Typed,
        tests: Sequence[nodes.Test],
        write: Callable[[Code, nodes.Test], Code],
    ) -> list[Code]:
        """Each test by itself, but neighbouring equalities as one `in`."""
        parts: list[Code] = []
        equals: list[nodes.Expression] = []
        for test in tests:
            if _is_equality(test) and typed.kind in ("number", "string"):
                equals.append(test.operand)  # type: ignore[union-attr]  # an equality is a CompareTest
                continue
            parts.extend(self._one_of(value, equals))
            equals = []
            parts.append(write(value, test))
        return [*parts, *self._one_of(value, equals)]

    def _one_of(self, value: Code, equals: Sequence[nodes.Expression]) -> list[Code]:
        """Equality with one of several constants."""
        if not equals:
            return []
        if len(equals) == 1:
            return [self._compared("=", value, None, equals[0])]
        items = ", ".join(self._operand(one).at(OR) for one in equals)
        variable = value.at(SUM)
        return [Code(f"{variable} in ({items})", COMPARE, opposite=f"{variable} not in ({items})")]

    def _one_test(self, value: Code, test: nodes.Test) -> Code:
        if isinstance(test, nodes.ConditionTest):
            return self.value(test.expression)
        if isinstance(test, nodes.CompareTest):
            return self._compared(test.operator, value, None, test.operand)
        above, below = ("<=" if closed else "<" for closed in (test.low_closed, test.high_closed))
        low, high = self._operand(test.low), self._operand(test.high)
        if not (value.nullable or low.nullable or high.nullable):
            return Code(f"{low.at(SUM)} {above} {value.at(SUM)} {below} {high.at(SUM)}", COMPARE)
        low, high = self.value(test.low), self.value(test.high)
        ends = ((above, low, value), (below, value, high))
        compared = [self._null_safe(f"operator.{_OPERATOR[sign]}", *pair) for sign, *pair in ends]
        return self._lazily("_all_of", compared)

    # Choice and functions

    def conditional(self, node: nodes.Conditional) -> Code:
        chosen, otherwise = self.value(node.chosen), self.value(node.otherwise)
        condition = self.value(node.condition).is_true
        text = f"{chosen.at(OR)} if {condition.at(OR)} else {otherwise.at(OR)}"
        return Code(text, LAMBDA, chosen.nullable or otherwise.nullable)

    def call(self, node: nodes.Call) -> Code:
        if node.function == "not":
            return self._negated(self.value(node.arguments[0]))
        if node.function in _TEMPLATES:
            return self._on_scalars(node)
        return self._on_list(node)

    def _on_scalars(self, node: nodes.Call) -> Code:
        """A function of single values, by its template."""
        arguments = [self.value(argument) for argument in node.arguments]
        if node.function in ("decimal", "round half up"):
            places = constant(node.arguments[1])
            step = Decimal(1).scaleb(-int(places)) if isinstance(places, Decimal) else Decimal(1)
            arguments[1] = self.literal(step)
        template = _TEMPLATES[node.function]
        self._names.need(*(word for word in _IMPORTED if word in template))
        if not any(argument.nullable for argument in arguments):
            return Code(template.format(*(argument.at(ATOM) for argument in arguments)))
        parameters = [f"a{index}" for index in range(len(arguments))]
        function = f"lambda {', '.join(parameters)}: {template.format(*parameters)}"
        return self._null_safe(function, *arguments)

    def _on_list(self, node: nodes.Call) -> Code:
        items = [self.value(item) for item in list_items(node)]
        self._names.need("Decimal")
        listed = ", ".join(item.at(LAMBDA) for item in items) + ","
        if node.function == "count":
            return Code(f"Decimal(len(({listed})))")
        function = {
            "min": "lambda *values: min(values)",
            "max": "lambda *values: max(values)",
            "sum": "lambda *values: sum(values, Decimal(0))",
            "mean": "lambda *values: sum(values, Decimal(0)) / len(values)",
        }[node.function]
        if any(item.nullable for item in items):
            return self._null_safe(function, *items)
        if node.function in ("min", "max"):
            return Code(f"{node.function}(({listed}))")
        total = Code(f"sum(({listed}), Decimal(0))")
        return total if node.function == "sum" else Code(f"{total.text} / {len(items)}", PRODUCT)


def python_text(text: str) -> str:
    """A Python literal of a text, in double quotes where it holds none itself."""
    return repr(text) if '"' in text else '"' + repr("'" + text)[2:-1] + '"'


def python_tuple(items: Sequence[str]) -> str:
    """A Python tuple of expressions."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


_IMPORTED = ("Decimal", "ROUND_FLOOR", "ROUND_CEILING", "ROUND_HALF_EVEN", "ROUND_HALF_UP")


def _is_equality(test: nodes.Test) -> bool:
    """Whether it is equality with a constant that isn't null."""
    if not isinstance(test, nodes.CompareTest) or test.operator != "=":
        return False
    return nodes.is_constant(test.operand) and constant(test.operand) is not None


_WRITE: dict[type[nodes.Node], Callable[[ExpressionWriter, Any], Code]] = {
    nodes.Name: ExpressionWriter.name,
    nodes.InputValue: ExpressionWriter.input_value,
    nodes.Negative: ExpressionWriter.negative,
    nodes.Arithmetic: ExpressionWriter.arithmetic,
    nodes.Comparison: ExpressionWriter.comparison,
    nodes.Logic: ExpressionWriter.logic,
    nodes.Between: ExpressionWriter.between,
    nodes.Membership: ExpressionWriter.membership,
    nodes.Conditional: ExpressionWriter.conditional,
    nodes.Call: ExpressionWriter.call,
}
