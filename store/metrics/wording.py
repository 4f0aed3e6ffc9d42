"""Numbers within sentences, as the owner reads them elsewhere on the screen: `1.234,5`."""

from __future__ import annotations

from decimal import Decimal

_LEAST = 0.1
"""Of a unit: what is less is told in the next smaller one."""
_SWAPPED = str.maketrans(",.", ".,")


def told(value: float | Decimal, digits: int = 1) -> str:
    """With a decimal comma; trailing zeros of a fraction are dropped."""
    text = f"{value:,.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).translate(_SWAPPED)


def reais(value: float | Decimal) -> str:
    """`R$ 1.234,50`."""
    return "R$ " + f"{value:,.2f}".translate(_SWAPPED)


def hours(value: float) -> str:
    """Hours, or what is less in minutes or seconds: `3,2 h`, `1,4 min`, `12 s`."""
    if value >= _LEAST or not value:
        return f"{told(value)} h"
    return f"{told(value * 60)} min" if value * 60 >= _LEAST else f"{told(value * 3600)} s"


def share(value: float) -> str:
    """`42 %`."""
    return f"{value * 100:.0f} %"
