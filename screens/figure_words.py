"""Figures as people read them: a value with its unit, short numbers for axes, a slope; no Textual here."""

from __future__ import annotations

import re
from decimal import Decimal
from math import floor, isfinite, log10

from screens.evidence.values import NONE, money, number
from store.metrics.model import Figure, Part, Value
from store.metrics.statistics import NEEDED

SHARE = "%"
MONEY = "R$"
_TIGHT = frozenset({"×"})
"""Units that stand at the number without a blank, as a rate's `/week` does."""
_SCALES = ((1e12, 1e12, "T"), (1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))
"""From which size on a number is told in thousands, millions, billions and trillions."""
_LARGE, _TENS, MILLION = 100, 10, 1e6
_SMALLER = {"h": ("min", 60), "min": ("s", 60), "s": ("ms", 1000)}
CENT, HUGE, BEYOND = 0.01, 1e15, 1e18
NOTHING, ALMOST = 1e-9, "≈ 0"
"""What is smaller is told as that: no number is told with an exponent."""
_ONE = {"days": "day", "tokens": "token"}
_SHORT = {"tokens": "tok"}
"""Units where there is no room for them."""
_AMOUNT = re.compile(r"(R\$ )?(\d+(?:\.\d+)?)(?: (h|min|s)\b)?")
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
    if amount == 1:
        unidade = _ONE.get(unidade, unidade)
    return told + _beside(unidade)


def short_words(value: Value, unidade: str, width: int) -> str:
    """The same in at most `width` cells, where fewer digits make it fit: `1,78M tokens`, `R$ 1.204.500`."""
    told, amount = value_words(value, unidade), as_float(value)
    if len(told) <= width or amount is None:
        return told
    if unidade == MONEY:
        return f"R$ {number(value)}" if abs(amount) < MILLION else f"R$ {axis_words(amount)}"
    if unidade == SHARE:
        amount *= 100
    unit, few = _beside(unidade), _beside(_SHORT.get(unidade, unidade))
    numbers = [axis_words(amount), amount_words(amount), _compact(amount, 1), _compact(amount, 0)]
    *exact, rough = numbers
    tries = [f"{each}{said}" for said in (unit, few) for each in exact]
    tries += [f"{rough}{unit}", f"{rough}{few}", *numbers]
    return next((each for each in tries if len(each) <= width), numbers[-1])


def _beside(unidade: str) -> str:
    """A unit as it stands after a number."""
    return unidade if unidade in _TIGHT or unidade.startswith("/") or not unidade else f" {unidade}"


def _compact(amount: float, digits: int) -> str:
    """In thousands from 1.000 on: `1,8k`."""
    return (
        f"{number(amount / 1000, digits)}k"
        if 1000 <= abs(amount) < 1e4
        else axis_words(round(amount, digits))
    )


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
    if size >= HUGE:
        return axis_words(amount)
    return (
        number(value, 0 if size >= _LARGE else 1 if size >= _TENS else 2) if size >= CENT else _tiny(amount)
    )


def _tiny(amount: float) -> str:
    """What is below a hundredth, with two digits that say something: `0,0021`."""
    size = abs(amount)
    if not size:
        return "0"
    return ALMOST if size < NOTHING else number(amount, 1 - floor(log10(size)))


def axis_words(value: float, unidade: str = "", step: float = 0.0) -> str:
    """A number for an axis, short: `0,25`, `12,5`, `1.200`, `25k`, `3M`; a share as its percent.

    With the `step` from one number of the axis to the next, it has as many decimals as tell them apart.
    """
    size = abs(value)
    if size >= BEYOND:
        return f"{'<' if value < 0 else '>'} {number((-1 if value < 0 else 1) * BEYOND / 1e12)}T"
    for least, scale, sign in _SCALES:
        if size >= least:
            return f"{_rounded(value / scale, max(2, _decimals(step / scale)))}{sign}"
    digits = max(3, _decimals(step))
    told = _rounded(value, digits) if step or size >= 0.001 else _tiny(value)
    return f"{told}%" if unidade == SHARE else told


def _rounded(value: float, digits: int) -> str:
    return number(round(value, digits), digits)


def _decimals(step: float) -> int:
    """After the point, for numbers that are a step of 1, 2, 2.5 or 5 times a power of ten apart."""
    return 1 - floor(log10(step) + NOTHING) if step > 0 else 0


def slope_words(slope: float, unidade: str, width: int = 40) -> str:
    """`+0,02×`, `−1,2 h`: what a value changes by from one bucket to the next."""
    sign = "−" if slope < 0 else "+" if slope > 0 else ""
    told = short_words(abs(slope), unidade, width - 1)
    return f"{sign}{told}" if any(digit in told for digit in "123456789") else told


def figure_words(figure: Figure, width: int = 40) -> str:
    """A figure's value; where there is none because too few documents are in it, how many it needs."""
    few = figure.valor is None and 0 < figure.n < figure.precisa
    return f"{NONE} needs {figure.precisa}" if few else short_words(figure.valor, figure.unidade, width)


def part_words(part: Part) -> str:
    """Likewise a part's value, with its n: `4,2 h (n=9)`, `— (n=5, needs 7)`."""
    if part.n is None:
        return value_words(part.valor, part.unidade)
    needed = NEEDED.get(int(part.nome[1:]), 0) if re.fullmatch("p[0-9]+", part.nome) else 0
    few = f", needs {needed}" if part.valor is None and 0 < part.n < needed else ""
    return f"{value_words(part.valor, part.unidade)} (n={number(part.n)}{few})"


def target_words(meta: str) -> str:
    """A target in plain words as people read it: `0.8 to 1.25` as `0,8 to 1,25`, `0.02 h` as `1,2 min`."""
    return _AMOUNT.sub(_target_amount, meta)


def _target_amount(found: re.Match[str]) -> str:
    reais, amount, unit = found.groups()
    if reais:
        return money(amount)
    if unit:
        return value_words(float(amount), unit)
    return number(amount, len(amount.partition(".")[2]))


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
