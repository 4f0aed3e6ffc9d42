"""Numbers within sentences, as the owner reads them elsewhere on the screen: `1.234,5`."""

from __future__ import annotations

from decimal import Decimal

_SWAPPED = str.maketrans(",.", ".,")


def told(value: float | Decimal, digits: int = 1) -> str:
    """With a decimal comma; trailing zeros of a fraction are dropped."""
    text = f"{value:,.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).translate(_SWAPPED)


def reais(value: float | Decimal) -> str:
    """`R$ 1.234,50`."""
    return "R$ " + f"{value:,.2f}".translate(_SWAPPED)


def share(value: float) -> str:
    """`42 %`."""
    return f"{value * 100:.0f} %"
