"""Numbers as a price explains them: with a decimal comma, as the owner reads them elsewhere on the screen."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def shown(value: float | Decimal) -> str:
    """A number in about four significant digits, never with an exponent: `0,0042`, `1.250`."""
    exact = Decimal(str(value))
    if exact == 0:
        return "0"
    digits = max(0, 3 - exact.adjusted()) if abs(exact) < 1000 else 0
    rounded = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return _comma(format(rounded, ",f").rstrip("0").rstrip(".") if digits else format(rounded, ",f"))


def money(value: Decimal, moeda: str = "R$") -> str:
    """An amount of money with two decimals, or with as many as a small one needs: `R$ 42,10`, `R$ 0,0042`."""
    digits = 2 if value == 0 or abs(value) >= Decimal("0.1") else 4
    return f"{moeda} {_comma(format(value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP), ',f'))}"


def stored(value: Decimal) -> str:
    """An amount as the store keeps it: to a hundredth of a cent, with two decimals or more (`42.10`)."""
    whole, decimals = format(value.quantize(Decimal("0.0001"), ROUND_HALF_UP), "f").split(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def _comma(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,"))
