"""What a performer says that its model calls used: checked, or refused as a whole with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

TOKENS = ("tokens_entrada", "tokens_saida", "tokens_cache")
UNKNOWN_MODEL = "desconhecido"
OTHERS = "outros"
"""What models and phases are added up as that come after the first `MOST_NAMES`."""
REFUSED = "recusado"
"""The one key of what a step says where it refused what its program said: the reason."""
MOST_NAMES = 50
"""Models, with phase and currency, that one attempt's use is told apart by; and APIs."""

_NAMES = frozenset({*TOKENS, "modelo", "custo", "moeda", "turnos", "fase", "absolute", "apis"})
_MOST, _MOST_COST = 10**9, Decimal(10**6)
_LONGEST_NAME = 100
_MOST_DIGITS = 30
_LONGEST_REASON = 200


class RefusedUseError(ValueError):
    """A report that cannot be: nothing of it is counted."""


@dataclass(frozen=True, slots=True)
class Report:
    """A valid report: what was added; `apis` are calls of other systems by their names."""

    modelo: str
    fase: str
    moeda: str
    tokens: Mapping[str, int]
    custo: Decimal | None
    turnos: int
    absolute: bool
    apis: Mapping[str, int] = field(default_factory=dict)


def heard_report(said: Any, currencies: Mapping[str, Decimal]) -> Report:
    """A step's report, checked; one that the step itself refused is refused for its reason."""
    if isinstance(said, dict) and isinstance(said.get(REFUSED), str):
        raise RefusedUseError(said[REFUSED][:_LONGEST_REASON])
    return read_report(said, currencies)


def read_report(said: Any, currencies: Mapping[str, Decimal]) -> Report:
    """A report, checked: every amount there is a whole number, or money, that can be."""
    if not isinstance(said, dict):
        raise RefusedUseError("not a report of use")
    unknown = [name for name in said if name not in _NAMES]
    if unknown:
        raise RefusedUseError(f"no such amount: {str(unknown[0])[:_LONGEST_NAME]!r}")
    moeda = _name(said, "moeda", "BRL")
    custo = _cost(said.get("custo"))
    if moeda not in currencies:
        raise RefusedUseError(f"moeda: no rate for {moeda!r}")
    return Report(
        modelo=_name(said, "modelo", UNKNOWN_MODEL),
        fase=_name(said, "fase", "dev"),
        moeda=moeda,
        tokens={name: _whole(said, name) for name in TOKENS},
        custo=custo,
        turnos=_whole(said, "turnos"),
        absolute=said.get("absolute") is True,
        apis=_calls(said.get("apis", {})),
    )


def _name(said: Mapping[str, Any], key: str, default: str) -> str:
    value = said.get(key, default)
    if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST_NAME:
        raise RefusedUseError(f"{key}: not a name")
    return value or default


def _whole(said: Mapping[str, Any], key: str) -> int:
    value = said.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise RefusedUseError(f"{key}: not a whole number from 0 to {_MOST}")
    return value


def _calls(said: Any) -> dict[str, int]:
    """Calls by API. A name is told only once it is known to be one."""
    if not isinstance(said, dict) or len(said) > MOST_NAMES:
        raise RefusedUseError(f"apis: not the calls of at most {MOST_NAMES} APIs by name")
    for name in said:
        if not _name({"apis": name}, "apis", "").strip():
            raise RefusedUseError("apis: not a name")
    try:
        return {name: _whole(said, name) for name in said}
    except RefusedUseError as error:
        raise RefusedUseError(f"apis.{error}") from None


def _cost(value: Any) -> Decimal | None:
    if value is None:
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InvalidOperation
        found = Decimal(str(value))
    except InvalidOperation:
        raise RefusedUseError("custo: not an amount of money") from None
    if not found.is_finite() or not 0 <= found <= _MOST_COST or abs(_exponent(found)) > _MOST_DIGITS:
        raise RefusedUseError(f"custo: not an amount from 0 to {_MOST_COST}")
    return found


def _exponent(amount: Decimal) -> int:
    """Where its last digit is: written out, a millionth of a millionth is short, and 1E-999999 is not."""
    exponent = amount.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
