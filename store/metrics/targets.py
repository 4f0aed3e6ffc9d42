"""How a value stands against its target: good, watch or bad (the thresholds of metrics.md, sections 1 and 3).

A target of a range is a factor either way: 1.25 is 0.8 to 1.25. A workspace's own number takes the place of
the good bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from math import inf, isfinite
from typing import Literal

from store.metrics.model import State, Value


@dataclass(frozen=True, slots=True)
class Target:
    """One bound for good, and one beyond which it is bad; between them it is to be watched."""

    kind: Literal["at_most", "at_least", "within"]
    good: float
    watch: float
    """For `within`, both are factors from 1 up."""
    unidade: str = ""
    strict: bool = False
    """The bound itself does not meet it."""
    source: str = ""
    """Said before the bound: whose it is."""

    def state(self, value: Value) -> State:
        """How a value stands; none without one."""
        if value is None:
            return "none"
        if self._meets(float(value), self.good, strict=self.strict):
            return "good"
        # Without a second bound there is nothing between good and bad, at the bound neither.
        strict = self.strict and self.watch == self.good
        return "watch" if self._meets(float(value), self.watch, strict=strict) else "bad"

    def _meets(self, value: float, bound: float, *, strict: bool) -> bool:
        if self.kind == "within":
            return 1 / bound <= value <= bound
        if strict and value == bound:
            return False
        return value <= bound if self.kind == "at_most" else value >= bound

    @property
    def line(self) -> float:
        """Where a chart draws it."""
        return 1.0 if self.kind == "within" else self.good

    @property
    def words(self) -> str:
        """`0.8 to 1.25`, `at most 1.5`, `over 90 %`, `own previous 30 days: at most 4.2 min`."""
        if self.kind == "within":
            said = f"{_number(1 / self.good)} to {_number(self.good)}"
        else:
            said = f"{self._word} {amount(self.good, self.unidade)}"
        return f"{self.source}: {said}" if self.source else said

    @property
    def _word(self) -> str:
        strictly, loosely = ("under", "at most") if self.kind == "at_most" else ("over", "at least")
        return strictly if self.strict else loosely

    def set_to(self, own: float | None) -> Target:
        """With a workspace's own bound; one that makes no sense (a factor below 1) changes nothing."""
        if own is None or not isfinite(own) or (self.kind == "within" and own < 1):
            return self
        watch = min(self.watch, own) if self.kind == "at_least" else max(self.watch, own)
        return replace(self, good=own, watch=watch, source="")


def at_most(good: float, watch: float | None = None, unidade: str = "", source: str = "") -> Target:
    """The lower the better; without `watch`, what misses it is bad."""
    return Target("at_most", good, good if watch is None else watch, unidade, source=source)


def at_least(good: float, watch: float | None = None, unidade: str = "", source: str = "") -> Target:
    """The higher the better."""
    return Target("at_least", good, good if watch is None else watch, unidade, source=source)


def under(good: float, unidade: str) -> Target:
    """A target of the seeds, which is missed at the bound: nothing between good and bad."""
    return Target("at_most", good, good, unidade, strict=True)


def over(good: float, unidade: str) -> Target:
    """Likewise, of what is the better the higher."""
    return Target("at_least", good, good, unidade, strict=True)


def within(factor: float, watch: float = inf) -> Target:
    """Off by at most a factor either way."""
    return Target("within", factor, watch, "×")


def own_target(metas: Mapping[str, float], chave: str, target: Target | None) -> Target | None:
    """A figure's target as the workspace has it."""
    return None if target is None else target.set_to(metas.get(chave))


def amount(value: float, unidade: str) -> str:
    """`1.5`, `90 %`, `5 s`, `10/min`, `R$ 12.40`, `1 day`: a bound with its unit, in plain numbers."""
    if unidade == "R$":
        return f"R$ {value:.2f}"
    if unidade == "days" and value == 1:
        return "1 day"
    if unidade == "%":
        return f"{_number(value * 100)} %"
    if unidade.startswith("/"):
        return f"{_number(value)}{unidade}"
    return f"{_number(value)} {unidade}" if unidade not in ("", "×") else _number(value)


def _number(value: float) -> str:
    """Four digits, all of what is larger, and never an exponent."""
    return f"{value:.0f}" if abs(value) >= 1000 else format(Decimal(f"{value:.4g}"), "f")
