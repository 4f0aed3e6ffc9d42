"""Policies: rules that answer decisions by their evidence, as `politica:<rule>` (design.md, "Decisions").

A policy decides what its rules cover; everything else stays open for a person. `jobs.policy_file` reads one,
`jobs.policy_evidence` is what its conditions look at, `jobs.policy_actor` applies it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from store.backlog.expressions import MISSING, lookup

SEED = Path(__file__).parents[1] / "seeds" / "policy.yaml"

_MOST_DIGITS = 30

CANNOT_JUDGE = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)
"""What evidence that nobody foresaw may raise in a rule: then a person judges it."""

Sources = Mapping[str, Any]
"""What a condition can look at: the fields of an item and, by `Evidence`, the documents that it names."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One field, tested; what is missing or cannot be compared does not fit."""

    campo: str
    teste: str
    """One of `TESTS`."""
    valor: Any
    """What it is compared with; for the tests that end in `_campo`, another field."""

    def fits(self, sources: Sources) -> bool:
        value = lookup(self.campo, sources)
        if self.teste == "vazio":
            return _is_there(self.campo, sources) and _is_empty(value) is self.valor
        valor = lookup(self.valor, sources) if self.teste in OF_FIELDS else self.valor
        if value is MISSING or valor is MISSING:
            return False
        return _COMPARED[self.teste.removesuffix("_campo")](value, valor)


def _is_there(campo: str, sources: Sources) -> bool:
    """Whether there is a document that could have the field: one that is not there has no empty fields."""
    above = campo.rpartition(".")[0]
    return not above or isinstance(lookup(above, sources), Mapping)


def _is_empty(value: Any) -> bool:
    return value is MISSING or value is None or (isinstance(value, str | list | Mapping) and not value)


def _same(value: Any, other: Any) -> bool:
    """Equal, and of a kind: 1 is not true."""
    return isinstance(value, bool) is isinstance(other, bool) and bool(value == other)


def number(value: Any) -> Decimal | None:
    """A value as an exact number, amounts in text included; None for everything else.

    What is too large or too small to be an amount of anything is none: it could not be added up.
    """
    if isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return found if found.is_finite() and abs(found.adjusted()) <= _MOST_DIGITS else None


def _at_most(value: Any, limit: Any) -> bool:
    found, most = number(value), number(limit)
    return found is not None and most is not None and found <= most


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "igual": _same,
    "ate": _at_most,
    "desde": lambda value, limit: _at_most(limit, value),
    "em": lambda value, known: any(_same(value, one) for one in known),
    "combina": lambda value, pattern: isinstance(value, str) and fnmatchcase(value, pattern),
}
OF_FIELDS = ("igual_campo", "ate_campo", "desde_campo")
TESTS = (*_COMPARED, "vazio", *OF_FIELDS)
"""The tests of a condition."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a rule has answered today: how often, and the sum of its `no_dia.campo`."""

    vezes: int = 0
    soma: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class DayLimit:
    """What a rule may answer in one day: at most `vezes` times, and up to `ate` in the sum of `campo`."""

    campo: str = ""
    ate: Decimal | None = None
    vezes: int | None = None

    def has_room(self, sources: Sources, used: Used) -> bool:
        """Whether one more fits into the day. An amount below 0, which would make room, never does."""
        if self.vezes is not None and used.vezes >= self.vezes:
            return False
        if self.ate is None:
            return True
        amount = number(lookup(self.campo, sources))
        return amount is not None and amount >= 0 and used.soma + amount <= self.ate

    def plus(self, sources: Sources, used: Used) -> Used:
        """The same day with one more."""
        amount = number(lookup(self.campo, sources)) if self.campo else None
        return Used(used.vezes + 1, used.soma + max(amount or Decimal(0), Decimal(0)))


@dataclass(frozen=True, slots=True)
class Rule:
    """Answers items of one type with one option, where every condition fits and its day has room."""

    nome: str
    tipo: str
    opcao: str
    motivo: str = ""
    """The reason, with `{contexto.…}` filled from the evidence."""
    quando: tuple[Condition, ...] = ()
    no_dia: DayLimit | None = None

    def fits(self, sources: Sources) -> bool:
        return sources["tipo"] == self.tipo and all(condition.fits(sources) for condition in self.quando)


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules in order; the first that fits answers."""

    nome: str
    regras: Sequence[Rule] = field(default=())

    def answer(self, sources: Sources, used: Callable[[Rule], Used] = lambda _: Used()) -> Rule | None:
        """The rule that answers, or None: then it stays open. `used` says what a rule answered today."""
        for rule in self.regras:
            if rule.fits(sources) and (rule.no_dia is None or rule.no_dia.has_room(sources, used(rule))):
                return rule
        return None
