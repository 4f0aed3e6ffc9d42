"""A decision table: typed inputs and outputs, rules of FEEL cells, and the hit policy that joins them.

Field names are the spec's (design.md, "A spec is a YAML file"); meaning is DMN 1.3, chapter 8. `build`
makes and checks tables; what is in hand is sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from jobs.feel import nodes
from jobs.feel.checker import Typed
from jobs.feel.evaluator import evaluate_tests
from jobs.feel.nodes import Scalar
from jobs.feel.semantics import MAX_EXPONENT

InputType = Literal["number", "integer", "string", "boolean"]
OutputType = Literal["number", "string", "boolean"]


class HitPolicy(StrEnum):
    """What happens when several rules match (DMN 1.3, 8.2.8)."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"

    @property
    def single(self) -> bool:
        """Whether one rule's result is the table's (COLLECT is no single hit, even aggregated)."""
        return self in (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.PRIORITY)

    @property
    def needs_order(self) -> bool:
        """Whether it goes by the order of the outputs' allowed values."""
        return self in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)


class Aggregation(StrEnum):
    """How COLLECT makes one number of its results."""

    SUM = "SUM"
    MIN = "MIN"
    MAX = "MAX"
    COUNT = "COUNT"


@dataclass(frozen=True)
class Cell:
    """A condition as written, and as read."""

    text: str
    tests: nodes.UnaryTests


@dataclass(frozen=True)
class Result:
    """A conclusion as written, and as read."""

    text: str
    expression: nodes.Expression


@dataclass(frozen=True)
class Input:
    """A column of conditions, named as its input is; `minimo` and `maximo` belong to what is allowed.

    `permitido` is a further test that allowed values pass (from DMN's inputValues); `opcional` allows null.
    """

    nome: str
    tipo: InputType
    valores: tuple[Scalar, ...] = ()
    minimo: Decimal | None = None
    maximo: Decimal | None = None
    permitido: Cell | None = None
    opcional: bool = False

    @property
    def typed(self) -> Typed:
        """Its type, as expressions see it."""
        return Typed("number" if self.tipo == "integer" else self.tipo, self.opcional)

    @property
    def described(self) -> str:
        """Its type and what it allows, for people."""
        parts: list[str] = [self.tipo]
        if self.valores:
            parts.append("one of " + ", ".join(plain(value) for value in self.valores))
        if self.minimo is not None:
            parts.append(f"from {plain(self.minimo)}")
        if self.maximo is not None:
            parts.append(f"up to {plain(self.maximo)}")
        if self.permitido is not None:
            parts.append(self.permitido.text)
        return ", ".join([*parts, "or null"] if self.opcional else parts)

    def problem(self, value: object) -> str | None:
        """What keeps `value` (a Scalar) from being allowed; None when nothing does."""
        if value is None:
            return None if self.opcional else "no value"
        if (mistyped := self._mistyped(value)) is not None:
            return mistyped
        if self.valores and value not in self.valores:
            return "not one of the allowed values"
        if isinstance(value, Decimal) and self.minimo is not None and value < self.minimo:
            return f"less than {plain(self.minimo)}"
        if isinstance(value, Decimal) and self.maximo is not None and value > self.maximo:
            return f"more than {plain(self.maximo)}"
        return self._refused_by_test(value)

    def _mistyped(self, value: object) -> str | None:
        if self.tipo == "boolean":
            return None if isinstance(value, bool) else "not true or false"
        if self.tipo == "string":
            return None if isinstance(value, str) else "not a text"
        if not isinstance(value, Decimal) or not value.is_finite():
            return "not a number"
        if abs(value.adjusted()) > MAX_EXPONENT:
            return "a number too large or too small"
        whole = self.tipo == "number" or value == value.to_integral_value()
        return None if whole else "not a whole number"

    def _refused_by_test(self, value: object) -> str | None:
        if self.permitido is None or not isinstance(value, Decimal | str | bool):
            return None
        accepted = evaluate_tests(self.permitido.tests, {}, value)
        return None if accepted else f"not allowed by {self.permitido.text}"


@dataclass(frozen=True)
class Output:
    """A column of conclusions; `valores` go by priority, `padrao` is the result without a match."""

    nome: str
    tipo: OutputType
    valores: tuple[Scalar, ...] = ()
    padrao: Result | None = None


@dataclass(frozen=True)
class Rule:
    """One row: conditions by input, conclusions by output."""

    se: tuple[Cell, ...]
    entao: tuple[Result, ...]
    nota: str = ""


@dataclass(frozen=True)
class Table:
    """A whole decision table."""

    nome: str
    entradas: tuple[Input, ...]
    saidas: tuple[Output, ...]
    regras: tuple[Rule, ...]
    hit: HitPolicy = HitPolicy.UNIQUE
    agregacao: Aggregation | None = None

    @property
    def scope(self) -> dict[str, Typed]:
        """The inputs' types by name."""
        return {column.nome: column.typed for column in self.entradas}

    @property
    def has_default(self) -> bool:
        """Whether no match gives the default outputs."""
        return any(column.padrao is not None for column in self.saidas)

    @property
    def total(self) -> bool:
        """Whether inputs that no rule matches have a result too: a default, an empty list, a count of 0."""
        lists = not self.hit.single and self.agregacao in (None, Aggregation.COUNT)
        return self.has_default or lists


def plain(value: Scalar) -> str:
    """A value as FEEL writes it, numbers without exponent where that stays short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        short = value == 0 or -20 < value.adjusted() < 34
        return format(value, "f") if short else str(value).lower()
    if value is None:
        return "null"
    return '"' + "".join(_escaped(char) for char in value) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    known = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    if char in known or char.isprintable():
        return known.get(char, char)
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):06x}"
