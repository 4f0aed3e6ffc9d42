"""Cuts each input's domain into regions in which no rule of the table can tell one value from another.

Numbers become the points that the table names and the open stretches between them; texts the named ones
and any other; lists of allowed values and booleans each value. A test is exact on regions when all it
does with the value is compare it with constants; the rest is reported as not analysable, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from itertools import pairwise

from jobs.feel import nodes
from jobs.feel.checker import constant
from jobs.feel.errors import OutOfRange
from jobs.feel.evaluator import evaluate_tests
from jobs.feel.nodes import Scalar
from jobs.feel.table import Cell, Input, Table, plain

MAX_STEPS = 500_000
"""Region-and-test pairs of one column that are looked at; a larger column is not analysed."""

_EXACT = Context(prec=20_000, Emin=MIN_EMIN, Emax=MAX_EMAX)
_OTHER_TEXT = "outro"
_ORDERS = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Region:
    """Values that no test tells apart: one of them as example, and what they are in words."""

    value: Scalar
    text: str


@dataclass(frozen=True)
class ColumnRegions:
    """One input's regions, and for each rule the regions that it surely and perhaps accepts, as bits.

    `opaque` gives the rules (from 0) whose cell is not analysable, with the reason; `domain_opaque` the
    reason why what is allowed is not known exactly.
    """

    column: Input
    regions: tuple[Region, ...]
    sure: tuple[int, ...]
    perhaps: tuple[int, ...]
    opaque: dict[int, str]
    domain_opaque: str | None = None


def cut(table: Table, index: int) -> ColumnRegions:
    """The regions of the input `index` of `table`."""
    column = table.entradas[index]
    cells = [rule.se[index] for rule in table.regras]
    reasons = {cell: _opaque_reason(cell, column) for cell in dict.fromkeys(cells)}
    regions = tuple(_regions(column, [cell for cell in cells if reasons[cell] is None]))
    if len(regions) * sum(max(1, len(cell.tests.tests)) for cell in reasons) > MAX_STEPS:
        reasons = {
            cell: None if cell.tests.any_value else "the column has too many values" for cell in reasons
        }
        regions = regions[:1]
    accepted = {cell: _accepted(cell, column, regions, reasons[cell]) for cell in reasons}
    return ColumnRegions(
        column=column,
        regions=regions,
        sure=tuple(accepted[cell][0] for cell in cells),
        perhaps=tuple(accepted[cell][1] for cell in cells),
        opaque={rule: reason for rule, cell in enumerate(cells) if (reason := reasons[cell]) is not None},
        domain_opaque=_opaque_reason(column.permitido, column) if column.permitido else None,
    )


def _accepted(cell: Cell, column: Input, regions: Sequence[Region], reason: str | None) -> tuple[int, int]:
    """The regions that a cell surely accepts, and those that it perhaps does."""
    if reason is not None:
        return 0, (1 << len(regions)) - 1
    sure = perhaps = 0
    for bit, region in enumerate(regions):
        try:
            accepts = evaluate_tests(cell.tests, {column.nome: region.value}, region.value) is True
        except OutOfRange:
            perhaps |= 1 << bit
            continue
        sure |= accepts << bit
    return sure, sure | perhaps


# Which cells are exact


def is_finite(column: Input) -> bool:
    """Whether the column's values can be looked at one by one."""
    return column.tipo == "boolean" or bool(column.valores)


def _opaque_reason(cell: Cell, column: Input) -> str | None:
    """Why the cell is not decided by regions; None when it is."""
    others = nodes.names(cell.tests) - {column.nome}
    if others:
        return f"it depends on {', '.join(sorted(others))} too"
    if is_finite(column) or all(_simple_test(test, column) for test in cell.tests.tests):
        return None
    return "it does more with the value than compare it with constants"


def _simple_test(test: nodes.Test, column: Input) -> bool:
    if isinstance(test, nodes.ConditionTest):
        return _simple_condition(test.expression, column)
    if isinstance(test, nodes.CompareTest):
        ordered = test.operator in _ORDERS and column.tipo == "string"
        return nodes.is_constant(test.operand) and not ordered
    return column.tipo != "string" and nodes.is_constant(test.low) and nodes.is_constant(test.high)


def _simple_condition(node: nodes.Expression, column: Input) -> bool:
    """Whether a condition is made of comparisons of the value with constants."""
    if nodes.is_constant(node):
        return True
    if isinstance(node, nodes.Logic):
        return all(_simple_condition(operand, column) for operand in node.operands)
    if isinstance(node, nodes.Call):
        return node.function == "not" and all(_simple_condition(one, column) for one in node.arguments)
    if isinstance(node, nodes.Conditional):
        return all(_simple_condition(one, column) for one in (node.condition, node.chosen, node.otherwise))
    return _simple_comparison(node, column)


def _simple_comparison(node: nodes.Expression, column: Input) -> bool:
    if isinstance(node, nodes.Comparison):
        sides = (node.left, node.right)
        one_constant = any(_is_value(side) for side in sides) and any(
            nodes.is_constant(side) for side in sides
        )
        return one_constant and not (node.operator in _ORDERS and column.tipo == "string")
    if isinstance(node, nodes.Between):
        ends = nodes.is_constant(node.low) and nodes.is_constant(node.high)
        return _is_value(node.value) and ends and column.tipo != "string"
    if isinstance(node, nodes.Membership):
        return _is_value(node.value) and all(_simple_test(test, column) for test in node.tests)
    return False


def _is_value(node: nodes.Expression) -> bool:
    """Whether it is the column's value: `?`, or its name (other names were ruled out before)."""
    return isinstance(node, nodes.InputValue | nodes.Name)


# The regions


def _regions(column: Input, cells: Iterable[Cell]) -> Iterator[Region]:
    """The regions that hold an allowed value; at least one, as the first rule of having a domain."""
    found = [one for one in _candidates(column, cells) if column.problem(one.value) is None]
    yield from found
    if column.opcional:
        yield Region(None, "null")


def _candidates(column: Input, cells: Iterable[Cell]) -> Iterator[Region]:
    if column.tipo == "boolean":
        yield from (Region(value, plain(value)) for value in (True, False))
    elif column.valores:
        yield from (Region(value, plain(value)) for value in column.valores)
    else:
        tests = [cell.tests for cell in (*cells, column.permitido) if cell is not None]
        constants = dict.fromkeys(value for one in tests for value in _constants(one))
        if column.tipo == "string":
            yield from _text_regions([value for value in constants if isinstance(value, str)])
        else:
            ends = [end for end in (column.minimo, column.maximo) if end is not None]
            yield from _number_regions([*ends, *(one for one in constants if isinstance(one, Decimal))])


def _constants(tests: nodes.UnaryTests) -> Iterator[Scalar]:
    """The values of every constant part of some tests."""
    waiting: list[nodes.Node] = [*reversed(tests.tests)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.CompareTest | nodes.IntervalTest | nodes.ConditionTest):
            waiting.extend(reversed([*nodes.children(node)]))
        elif nodes.is_constant(node):
            value = constant(node)  # type: ignore[arg-type]  # children of tests are expressions
            if not isinstance(value, tuple):
                yield value
        else:
            waiting.extend(reversed([*nodes.children(node)]))


def _text_regions(named: Sequence[str]) -> Iterator[Region]:
    yield from (Region(value, plain(value)) for value in named)
    other = _OTHER_TEXT
    while other in named:
        other += "_"
    yield Region(other, "any other text")


def _number_regions(points: Iterable[Decimal]) -> Iterator[Region]:
    ordered = sorted(set(points))
    if not ordered:
        yield Region(Decimal(0), "any number")
        return
    yield Region(
        _EXACT.subtract(ordered[0].to_integral_value(ROUND_CEILING), Decimal(1)), f"< {plain(ordered[0])}"
    )
    for low, high in pairwise(ordered):
        yield Region(low, plain(low))
        yield Region(between(low, high), f"({plain(low)}..{plain(high)})")
    yield Region(ordered[-1], plain(ordered[-1]))
    yield Region(next_whole(ordered[-1]), f"> {plain(ordered[-1])}")


def next_whole(number: Decimal) -> Decimal:
    """The smallest whole number above `number`."""
    return _EXACT.add(number.to_integral_value(ROUND_FLOOR), Decimal(1))


def between(low: Decimal, high: Decimal) -> Decimal:
    """A number strictly between two: a whole one where there is one, else the middle."""
    whole = next_whole(low)
    return whole if whole < high else _EXACT.divide(_EXACT.add(low, high), Decimal(2))
