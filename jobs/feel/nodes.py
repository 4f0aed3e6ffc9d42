"""The syntax tree of FEEL expressions and unary tests: immutable, with positions that equality ignores.

Covers S-FEEL (DMN 1.3, chapter 9) and the parts of FEEL that tables use: `if`, `in`, `between`, lists and
function calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias

Scalar: TypeAlias = Decimal | str | bool | None
"""A value that an input or an output can have; None is FEEL's null."""

ArithmeticOperator = OneOf["+", "-", "*", "/", "**"]
ComparisonOperator = OneOf["=", "!=", "<", "<=", ">", ">="]
LogicOperator = OneOf["and", "or"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Base of every node; `position` counts characters of the source from 0."""

    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, text, true, false or null."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Name(Node):
    """The value of an input, by its name as the table writes it (spaces included)."""

    name: str


@dataclass(frozen=True, slots=True)
class InputValue(Node):
    """`?`: the value of the column that a unary test stands in."""


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, b, c]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """`-a`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`a + b` and the like; `+` also joins texts."""

    operator: ArithmeticOperator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`a < b` and the like."""

    operator: ComparisonOperator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`a and b and c`, or the same with `or`: three-valued, left to right, until a part decides."""

    operator: LogicOperator
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`a between low and high`, both ends included."""

    value: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """`a in …`: one of the tests holds for a."""

    value: Expression
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """`if condition then a else b`; a condition that isn't true chooses b."""

    condition: Expression
    chosen: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call of a built-in function, by its FEEL name (`string length`)."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class CompareTest(Node):
    """`< 5`, or a value that it must equal: how the value compares."""

    operator: ComparisonOperator
    operand: Expression


@dataclass(frozen=True, slots=True)
class IntervalTest(Node):
    """`[1..5)`: the value lies between two ends, each closed or open."""

    low: Expression
    low_closed: bool
    high: Expression
    high_closed: bool


@dataclass(frozen=True, slots=True)
class ConditionTest(Node):
    """An expression that speaks of `?`, and holds where it is true."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """A condition cell: any of the tests, or none of them with `not(…)`; without tests it is `-`."""

    tests: tuple[Test, ...]
    negated: bool = False

    @property
    def any_value(self) -> bool:
        """Whether the cell is `-`."""
        return not self.tests


Expression: TypeAlias = (
    Literal
    | Name
    | InputValue
    | ListOf
    | Negative
    | Arithmetic
    | Comparison
    | Logic
    | Between
    | Membership
    | Conditional
    | Call
)
Test: TypeAlias = CompareTest | IntervalTest | ConditionTest


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below `node`, left to right."""
    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(children(current))


def depth(node: Node) -> int:
    """Levels of the tree, counted without recursion so that no tree is too deep to be measured."""
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [child for parent in level for child in children(parent)]
    return deepest


def is_constant(node: Node) -> bool:
    """Whether nothing in it depends on an input."""
    return not any(isinstance(part, Name | InputValue) for part in walk(node))


def names(node: Node) -> frozenset[str]:
    """The inputs that it speaks of by name."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Name))


def uses_input_value(node: Node) -> bool:
    """Whether it speaks of `?`."""
    return any(isinstance(part, InputValue) for part in walk(node))
