"""Figures as people read them: a value with its unit, short numbers for axes, a slope; no Textual here."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite

from screens.evidence.values import NONE, money, number
from store.metrics.model import Value

SHARE = "%"
MONEY = "R$"
_TIGHT = frozenset({"×"})
"""Units that stand at the number without a blank, as a rate's `/week` does."""
_SCALES = ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))
"""From which size on a number is told in thousands, millions and billions."""
_LARGE, _TENS = 100, 10
_SMALLER = {"h": ("min", 60), "min": ("s", 60), "s": ("ms", 1000)}
CENT, HUGE = 0.01, 1e15
LEAST = 0.1
"""Durations below this are told in the next smaller unit."""


def value_words(value: Value, unidade: str) -> str:
    """`1,08×`, `42,1 %`, `R$ 12,40`, `3,2 h`, `1,4/week`; an em dash where there is none."""
    amount = as_float(value)
    if amount is None:
        return NONE
    if unidade == MONEY:
        return _money(value, amount)
    if unidade == SHARE:
        return f"{number(amount * 100, 1)} %"
    if unidade in _SMALLER and 0 < abs(amount) < LEAST:
        smaller, factor = _SMALLER[unidade]
        return value_words(amount * factor, smaller)
    told = amount_words(value)
    if not unidade:
        return told
    return f"{told}{unidade}" if unidade in _TIGHT or unidade.startswith("/") else f"{told} {unidade}"


def short_words(value: Value, unidade: str, width: int) -> str:
    """The same in at most `width` cells, where fewer digits make it fit: `1,78M tokens`, `R$ 1.204.500`."""
    told, amount = value_words(value, unidade), as_float(value)
    if len(told) <= width or amount is None:
        return told
    if unidade == MONEY:
        return f"R$ {number(value)}" if abs(amount) < _SCALES[1][0] else f"R$ {axis_words(amount)}"
    unit = unidade if unidade in _TIGHT or unidade.startswith("/") else f" {unidade}"
    short = f"{axis_words(amount)}{unit}"
    return short if len(short) <= width else axis_words(amount)


def _money(value: Value, amount: float) -> str:
    """`R$ 12,40`; where it is less than a cent, to the hundredth of one."""
    if CENT / 100 <= abs(amount) < CENT:
        return f"R$ {number(value, 4)}"
    return money(value)


def amount_words(value: Value) -> str:
    """A number with as many decimals as its size needs: `1,08`, `12,3`, `1.204`."""
    amount = as_float(value)
    if amount is None:
        return NONE
    size = abs(amount)
    if size and (size < 0.01 or size >= HUGE):
        return f"{amount:.1e}".replace(".", ",")
    return number(value, 0 if size >= _LARGE else 1 if size >= _TENS else 2)


def axis_words(value: float, unidade: str = "") -> str:
    """A number for an axis, short: `0,25`, `12,5`, `1.200`, `25k`, `3M`; a share as its percent."""
    size = abs(value)
    for least, scale, sign in _SCALES:
        if size >= least:
            return f"{number(round(value / scale, 2), 2)}{sign}"
    if size and size < 0.001:
        return f"{value:.0e}"
    told = number(round(value, 3), 3)
    return f"{told}%" if unidade == SHARE else told


def slope_words(slope: float, unidade: str, width: int = 40) -> str:
    """`+0,02×`, `−1,2 h`: what a value changes by from one bucket to the next."""
    sign = "−" if slope < 0 else "+" if slope > 0 else ""
    return f"{sign}{short_words(abs(slope), unidade, width - 1)}"


def as_float(value: Value) -> float | None:
    """The value as a finite float, else None."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (OverflowError, ValueError):
        return None
    return found if isfinite(found) else None


def plain(value: Value) -> str | None:
    """For programs: money as its own decimal, the rest in a float's shortest form."""
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    amount = as_float(value)
    return None if amount is None else repr(amount)
