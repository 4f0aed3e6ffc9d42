"""Money as the store keeps it: exact decimal text with two decimals or more."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_MILLIONTH = Decimal("0.000001")


def exact(amount: Decimal) -> str:
    """To a millionth, and no zeros beyond cents: `42.10`, `0.000075`."""
    whole, _, decimals = format(amount.quantize(_MILLIONTH, ROUND_HALF_UP), "f").partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"
