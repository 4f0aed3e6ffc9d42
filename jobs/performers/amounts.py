"""What a program says that its calls of models and other systems used, turned into what is new in it.

A program may say increments or totals, and begins anew with each of its runs; the line adds up increments.
Of what cannot be nothing counts; whoever made the tally is told why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jobs.usage_report import MOST_NAMES, TOKENS, RefusedUseError, Report, read_report

_COUNTS = (*TOKENS, "turnos")
_TEXTS = ("modelo", "fase", "moeda")
_NOTHING = Decimal(0)


@dataclass(slots=True)
class _Sum:
    """Amounts of one run: of a model, or of all."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))
    custo: Decimal = _NOTHING
    moeda: str = ""

    def add(self, counts: Mapping[str, int], custo: Decimal | None, moeda: str) -> None:
        for name, count in counts.items():
            self.counts[name] += count
        if custo is not None:
            self.custo, self.moeda = self.custo + custo, moeda


class Tally:
    """The amounts of one program's runs."""

    def __init__(self, refuse: Callable[[str], None]) -> None:
        """`refuse` is told in a line why something was not taken."""
        self._refuse = refuse
        self._models: dict[str, _Sum] = {}
        self._run = _Sum()
        self._apis: dict[str, int] = {}
        self.tokens: int | None = None
        """All tokens of all runs; None where none were ever reported."""

    def begin(self) -> None:
        """A new run: its totals start at nothing."""
        self._models, self._run, self._apis = {}, _Sum(), {}

    def add(self, said: Any, *, total: bool = False) -> dict[str, Any]:
        """What is new in a usage message, for `Channel.report_usage`; empty for nothing.

        `total` is for what an outcome says of its whole run, whatever models it was.
        """
        try:
            report = read_report(said, _AnyCurrency())
            before = self._before(report, total)
            counts = {
                name: amount - before.counts[name] if name in said else 0
                for name, amount in _amounts(report).items()
            }
            custo = None if report.custo is None else report.custo - before.custo
            _refuse_falling(counts, custo)
            apis = self._new_calls(report, total)
        except RefusedUseError as error:
            self._refuse(str(error))
            return {}
        for each in (self._model(report.modelo), self._run):
            each.add(counts, custo, report.moeda)
        for name, calls in apis.items():
            if name in self._apis or len(self._apis) < MOST_NAMES:
                self._apis[name] = self._apis.get(name, 0) + calls
        if any(name in said for name in TOKENS):
            self.tokens = (self.tokens or 0) + sum(counts[name] for name in TOKENS)
        return _message(said, counts, custo, {name: calls for name, calls in apis.items() if calls})

    def _new_calls(self, report: Report, total: bool) -> dict[str, int]:
        """Calls by API since the last message: an absolute one, too, says the run's total."""
        if not (total or report.absolute):
            return dict(report.apis)
        if len(self._apis.keys() | report.apis.keys()) > MOST_NAMES:
            raise RefusedUseError(f"apis: totals of more than {MOST_NAMES} APIs")
        new = {name: calls - self._apis.get(name, 0) for name, calls in report.apis.items()}
        falling = next((name for name, calls in new.items() if calls < 0), "")
        if falling:
            raise RefusedUseError(f"apis.{falling}: a total that goes back")
        return new

    def _model(self, modelo: str) -> _Sum:
        """A model's sum; of one that is not kept apart any more, one that nobody asks for."""
        if modelo not in self._models and len(self._models) >= MOST_NAMES:
            return _Sum()
        return self._models.setdefault(modelo, _Sum())

    def _before(self, report: Report, total: bool) -> _Sum:
        """What a total is counted from."""
        if not (total or report.absolute):
            return _Sum()
        if not total and report.modelo not in self._models and len(self._models) >= MOST_NAMES:
            raise RefusedUseError(f"absolute: totals of more than {MOST_NAMES} models")
        before = self._run if total else self._models.get(report.modelo, _Sum())
        if report.custo is not None and before.moeda not in ("", report.moeda):
            raise RefusedUseError("custo: a total in another currency than before")
        return before


class _AnyCurrency(dict[str, Decimal]):
    """The rates are the line's to know."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and len(name) == 3 and name.isascii() and name.isupper()


def _amounts(report: Report) -> dict[str, int]:
    return {**report.tokens, "turnos": report.turnos}


def _refuse_falling(counts: Mapping[str, int], custo: Decimal | None) -> None:
    falling = next((name for name, count in counts.items() if count < 0), "")
    if falling or (custo is not None and custo < 0):
        raise RefusedUseError(f"{falling or 'custo'}: a total that goes back")


def _message(
    said: Mapping[str, Any], counts: Mapping[str, int], custo: Decimal | None, apis: Mapping[str, int]
) -> dict[str, Any]:
    found: dict[str, Any] = {name: count for name, count in counts.items() if count}
    if custo:
        found["custo"] = f"{custo:f}"
    if apis:
        found["apis"] = dict(apis)
    return {**{name: said[name] for name in _TEXTS if name in said}, **found} if found else {}
