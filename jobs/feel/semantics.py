"""FEEL's operations on values: 34-digit decimal arithmetic, comparison and three-valued logic.

Implements DMN 1.3, 10.3.2. An operation on values that it isn't made for gives None, FEEL's null. Only
arithmetic that leaves the range of the numbers raises: OutOfRange.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from typing import TypeAlias

from jobs.feel.errors import OutOfRange
from jobs.feel.nodes import ArithmeticOperator, ComparisonOperator, Scalar

Value: TypeAlias = Scalar | tuple["Value", ...]
"""What an expression evaluates to; a tuple is a FEEL list."""

PRECISION, MIN_EXPONENT, MAX_EXPONENT = 34, -6_143, 6_144
CONTEXT = Context(
    prec=PRECISION, Emin=MIN_EXPONENT, Emax=MAX_EXPONENT, traps=[Overflow, InvalidOperation, DivisionByZero]
)
"""IEEE 754 decimal128; generated code computes in the same context."""

_TOO_LARGE = "a number too large for 34-digit decimal arithmetic"

_ARITHMETIC: dict[ArithmeticOperator, Callable[[Decimal, Decimal], Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
}
_ORDER: dict[ComparisonOperator, Callable[[Decimal | str, Decimal | str], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def arithmetic(sign: ArithmeticOperator, left: Value, right: Value) -> Scalar:
    """`left sign right` of two numbers, or two texts joined by `+`; division by zero is None."""
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    if not (isinstance(left, Decimal) and isinstance(right, Decimal)):
        return None
    if sign == "**":
        return power(left, right)
    if sign == "/" and not right:
        return None
    return in_range(lambda: _ARITHMETIC[sign](left, right))


def power(base: Decimal, exponent: Decimal) -> Decimal | None:
    """`base ** exponent`; None where that is no real number (0 ** 0, 0 ** -1, -8 ** 0.5)."""
    try:
        found = CONTEXT.power(base, exponent)
    except InvalidOperation:
        return None
    except Overflow:
        raise OutOfRange(_TOO_LARGE) from None
    return found if found.is_finite() else None


def in_range(operation: Callable[[], Decimal]) -> Decimal:
    """The operation's result; raises OutOfRange where it leaves the 34 digits or the exponents."""
    try:
        return operation()
    except DecimalException:
        raise OutOfRange(_TOO_LARGE) from None


def negative(value: Value) -> Decimal | None:
    """`-value`."""
    return CONTEXT.minus(value) if isinstance(value, Decimal) else None


def equal(left: Value, right: Value) -> bool | None:
    """`left = right`; null equals only null, and values of different types cannot be compared."""
    if left is None or right is None:
        return left is right
    return left == right if type(left) is type(right) else None


def compare(sign: ComparisonOperator, left: Value, right: Value) -> bool | None:
    """`left sign right`, of two numbers or two texts; `=` and `!=` of any two of one type."""
    if sign in ("=", "!="):
        same = equal(left, right)
        return same if sign == "=" else negated(same)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _ORDER[sign](left, right)
    if isinstance(left, str) and isinstance(right, str):
        return _ORDER[sign](left, right)
    return None


def negated(value: Value) -> bool | None:
    """FEEL's `not`: null for whatever is neither true nor false."""
    return not value if isinstance(value, bool) else None


def all_of(values: Iterable[Value]) -> bool | None:
    """FEEL's `and`, stopping at the first false."""
    result: bool | None = True
    for value in values:
        if value is False:
            return False
        if value is not True:
            result = None
    return result


def any_of(values: Iterable[Value]) -> bool | None:
    """FEEL's `or`, stopping at the first true."""
    result: bool | None = False
    for value in values:
        if value is True:
            return True
        if value is not False:
            result = None
    return result
