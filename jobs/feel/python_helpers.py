"""The small functions that a generated module carries where its expressions need them, and their imports."""

from __future__ import annotations

from collections.abc import Iterable

HELPERS: dict[str, str] = {
    "_null_safe": '''
def _null_safe(function: Callable[..., Any], *values: Any) -> Any:
    """The function's result, or None where one of the values is."""
    return None if any(value is None for value in values) else function(*values)
''',
    "_divide": '''
def _divide(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """The quotient; None for a division by zero."""
    return dividend / divisor if divisor else None
''',
    "_power": '''
def _power(base: Decimal, exponent: Decimal) -> Decimal | None:
    """The power; None where it is no real number."""
    try:
        power = base**exponent
    except InvalidOperation:
        return None
    return power if power.is_finite() else None
''',
    "_all_of": '''
def _all_of(*parts: Callable[[], Any]) -> bool | None:
    """Three-valued and: the first False decides; without one, None unless all are True."""
    result: bool | None = True
    for part in parts:
        value = part()
        if value is False:
            return False
        result = result if value is True else None
    return result
''',
    "_any_of": '''
def _any_of(*parts: Callable[[], Any]) -> bool | None:
    """Three-valued or: the first True decides; without one, None unless all are False."""
    result: bool | None = False
    for part in parts:
        value = part()
        if value is True:
            return True
        result = result if value is False else None
    return result
''',
    "_number": '''
def _number(entradas: Mapping[str, object], campo: str) -> Decimal:
    """The number of an input: int, float (as it prints) or Decimal."""
    valor = entradas.get(campo)
    numero = Decimal("NaN")
    if isinstance(valor, int | float | Decimal) and not isinstance(valor, bool):
        numero = Decimal(str(valor)) if isinstance(valor, float) else Decimal(valor)
    _check(numero.is_finite() and abs(numero.adjusted()) <= 6144, campo, "not a number")
    return numero
''',
    "_text": '''
def _text(entradas: Mapping[str, object], campo: str) -> str:
    """The text of an input."""
    valor = entradas.get(campo)
    if not isinstance(valor, str):
        raise EntradaInvalida(campo, "not a text")
    return valor
''',
    "_boolean": '''
def _boolean(entradas: Mapping[str, object], campo: str) -> bool:
    """The true or false of an input."""
    valor = entradas.get(campo)
    if not isinstance(valor, bool):
        raise EntradaInvalida(campo, "not true or false")
    return valor
''',
    "_check": '''
def _check(allowed: bool, campo: str, problema: str) -> None:
    """Refuse an input that is not allowed."""
    if not allowed:
        raise EntradaInvalida(campo, problema)
''',
}

_DECIMAL = (
    "ROUND_CEILING",
    "ROUND_FLOOR",
    "ROUND_HALF_EVEN",
    "ROUND_HALF_UP",
    "Context",
    "Decimal",
    "DivisionByZero",
    "InvalidOperation",
    "Overflow",
    "localcontext",
)


def helper_sources(needed: Iterable[str]) -> list[str]:
    """The definitions of the needed helpers, in a fixed order."""
    wanted = set(needed)
    return [source.strip() for name, source in HELPERS.items() if name in wanted]


def imports_for(source: str, needed: Iterable[str]) -> str:
    """The import lines that a module with these helpers and this source needs."""
    wanted = {word for word in _DECIMAL if word in source}
    lines = ["from __future__ import annotations", ""]
    if "operator" in set(needed):
        lines.append("import operator")
    lazily = "Callable, Mapping" if "Callable" in source else "Mapping"
    lines.append(f"from collections.abc import {lazily}")
    if wanted:
        lines.append(f"from decimal import {', '.join(sorted(wanted, key=_DECIMAL.index))}")
    typing = "Any, TypedDict" if "Any" in source else "TypedDict"
    return "\n".join([*lines, f"from typing import {typing}"])
