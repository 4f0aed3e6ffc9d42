"""Numbers as the owner reads them: comma decimals, R$, units; an em dash where there is no figure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

NONE = "—"


def at(document: Mapping[str, Any] | None, *path: str) -> Any:
    """The value at a path of keys, or None where any of it is missing."""
    value: Any = document
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def number(value: object, digits: int = 0) -> str:
    """`1234.5` as `1.234,5`; trailing zeros of a fraction are dropped."""
    amount = _decimal(value)
    if amount is None:
        return NONE
    text = _grouped(amount, digits)
    return text.rstrip("0").rstrip(",") if "," in text else text


def money(value: object) -> str:
    """`"42.10"` as `R$ 42,10`."""
    amount = _decimal(value)
    return NONE if amount is None else f"R$ {_cents(amount)}"


def plain_money(value: object) -> str:
    """The amount without its currency, for columns under one head."""
    amount = _decimal(value)
    return NONE if amount is None else _cents(amount)


def _cents(amount: Decimal) -> str:
    """Two decimals; less than a cent, but something, is not shown as nothing."""
    return "< 0,01" if 0 < amount < Decimal("0.005") else _grouped(amount, 2)


def hours(value: object) -> str:
    """People's hours: `3,5 h`; less than a tenth of an hour in minutes."""
    amount = _decimal(value)
    if amount is None:
        return NONE
    if 0 < amount < Decimal("0.1"):
        return f"{number(amount * 60, 1)} min"
    return f"{number(amount, 2)} h"


def seconds(value: object) -> str:
    """Machine time: `90 s`, `12 min`, `2,5 h`; under ten seconds with a decimal."""
    amount = _decimal(value)
    if amount is None:
        return NONE
    if amount < 10:
        return f"{number(amount, 1)} s"
    if amount < 120:
        return f"{number(amount)} s"
    if amount < 7200:
        return f"{number(amount / 60, 1)} min"
    return f"{number(amount / 3600, 1)} h"


def percent(value: object) -> str:
    amount = _decimal(value)
    return NONE if amount is None else f"{number(amount, 1)} %"


def size(value: object) -> str:
    """Bytes: `512 B`, `3,2 KB`, `1,4 MB`."""
    amount = _decimal(value)
    if amount is None:
        return NONE
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{number(amount, 0 if unit == 'B' else 1)} {unit}"
        amount /= 1024
    return f"{number(amount, 1)} GB"


def ratio(actual: object, estimate: object) -> str:
    """Actual over estimate as `1,3×`; none where the estimate is missing or zero."""
    real, planned = _decimal(actual), _decimal(estimate)
    if real is None or planned is None or planned <= 0:
        return NONE
    return f"{_grouped(real / planned, 2)}×"


def ratio_value(actual: object, estimate: object) -> float | None:
    real, planned = _decimal(actual), _decimal(estimate)
    return None if real is None or planned is None or planned <= 0 else float(real / planned)


def as_decimal(value: object) -> Decimal:
    """The amount, zero where there is none: for sums only."""
    return _decimal(value) or Decimal(0)


def count(value: int, one: str, many: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number(value)} {one if value == 1 else many}"


def _decimal(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _grouped(amount: Decimal, digits: int) -> str:
    return f"{amount:,.{digits}f}".translate({ord(","): ".", ord("."): ","})
