"""The built-in functions that tables may call: what they take, what they give, and how they compute.

Names and meaning are DMN 1.3's (10.3.4). Each is total: arguments that it isn't made for give None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import reduce
from typing import Literal

from jobs.feel.nodes import Scalar
from jobs.feel.semantics import CONTEXT, Value, arithmetic, in_range, negated

Kind = Literal["number", "string", "boolean"]
Shape = Literal["scalars", "list"]

MAX_SCALE = 30
"""Decimal places that rounding may ask for."""


@dataclass(frozen=True)
class Function:
    """A function: with shape `list` it takes one list or any number of arguments of the first kind.

    `kinds` are the arguments' kinds; `None` stands for any. `compute` gets as many values as it declares, or
    all of the list's.
    """

    name: str
    kinds: tuple[Kind | None, ...]
    result: Kind | None
    compute: Callable[[Sequence[Value]], Scalar]
    shape: Shape = "scalars"

    def call(self, arguments: Sequence[Value]) -> Scalar:
        """The result for evaluated arguments."""
        if self.shape == "list":
            return self.compute(_flat(arguments))
        if len(arguments) != len(self.kinds):
            return None
        return self.compute(arguments)


def _flat(arguments: Sequence[Value]) -> Sequence[Value]:
    if len(arguments) == 1 and isinstance(arguments[0], tuple):
        return arguments[0]
    return arguments


def _numbers(values: Sequence[Value]) -> list[Decimal] | None:
    """The values if all are numbers and there is one at least."""
    found = [value for value in values if isinstance(value, Decimal)]
    return found if values and len(found) == len(values) else None


def _texts(values: Sequence[Value]) -> list[str] | None:
    found = [value for value in values if isinstance(value, str)]
    return found if values and len(found) == len(values) else None


def _smallest(values: Sequence[Value]) -> Scalar:
    if numbers := _numbers(values):
        return min(numbers)
    texts = _texts(values)
    return min(texts) if texts else None


def _largest(values: Sequence[Value]) -> Scalar:
    if numbers := _numbers(values):
        return max(numbers)
    texts = _texts(values)
    return max(texts) if texts else None


def _sum(values: Sequence[Value]) -> Decimal | None:
    numbers = _numbers(values)
    if numbers is None:
        return None
    return in_range(lambda: reduce(CONTEXT.add, numbers, Decimal(0)))


def _mean(values: Sequence[Value]) -> Scalar:
    return arithmetic("/", _sum(values), Decimal(len(values)))


def _count(values: Sequence[Value]) -> Decimal:
    return Decimal(len(values))


def _on_number(compute: Callable[[Decimal], Decimal]) -> Callable[[Sequence[Value]], Scalar]:
    def function(values: Sequence[Value]) -> Scalar:
        (value,) = values
        return compute(value) if isinstance(value, Decimal) else None

    return function


def _rounded(mode: str) -> Callable[[Sequence[Value]], Scalar]:
    def function(values: Sequence[Value]) -> Scalar:
        value, scale = values
        if not (isinstance(value, Decimal) and isinstance(scale, Decimal) and valid_scale(scale)):
            return None
        step = Decimal(1).scaleb(-int(scale))
        return in_range(lambda: value.quantize(step, rounding=mode, context=CONTEXT))

    return function


def valid_scale(scale: Decimal) -> bool:
    """Whether it is a whole number of decimal places that rounding accepts."""
    return 0 <= scale <= MAX_SCALE and scale == scale.to_integral_value()


def _on_texts(compute: Callable[..., Scalar]) -> Callable[[Sequence[Value]], Scalar]:
    def function(values: Sequence[Value]) -> Scalar:
        texts = _texts(values)
        return compute(*texts) if texts else None

    return function


def _not(values: Sequence[Value]) -> bool | None:
    return negated(values[0])


_ALL = (
    Function("not", ("boolean",), "boolean", _not),
    Function("min", (None,), None, _smallest, "list"),
    Function("max", (None,), None, _largest, "list"),
    Function("sum", ("number",), "number", _sum, "list"),
    Function("mean", ("number",), "number", _mean, "list"),
    Function("count", (None,), "number", _count, "list"),
    Function("abs", ("number",), "number", _on_number(CONTEXT.abs)),
    Function(
        "floor", ("number",), "number", _on_number(lambda number: number.to_integral_value(ROUND_FLOOR))
    ),
    Function(
        "ceiling", ("number",), "number", _on_number(lambda number: number.to_integral_value(ROUND_CEILING))
    ),
    Function("decimal", ("number", "number"), "number", _rounded(ROUND_HALF_EVEN)),
    Function("round half up", ("number", "number"), "number", _rounded(ROUND_HALF_UP)),
    Function("string length", ("string",), "number", _on_texts(lambda text: Decimal(len(text)))),
    Function("upper case", ("string",), "string", _on_texts(str.upper)),
    Function("lower case", ("string",), "string", _on_texts(str.lower)),
    Function("contains", ("string", "string"), "boolean", _on_texts(lambda text, part: part in text)),
    Function("starts with", ("string", "string"), "boolean", _on_texts(str.startswith)),
    Function("ends with", ("string", "string"), "boolean", _on_texts(str.endswith)),
)

FUNCTIONS: dict[str, Function] = {function.name: function for function in _ALL}
