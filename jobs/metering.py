"""One running attempt's use of its budget, metered as it streams (design.md, "Budget as a gate").

What a performer says of itself is checked, and never trusted beyond what the limits say; what its processes
take is measured by its keeper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jobs.pricing.cost import Quantidades, apis_of, infra_of
from jobs.pricing.rates import Pricing
from jobs.usage_report import MOST_NAMES, OTHERS, TOKENS, RefusedUseError, Report, heard_report
from store.budgets import Budget
from store.money import exact

WARN_AT = Decimal("0.8")
_MOST_REFUSALS = 5
_LIMITS = {
    "custo": "the cost that was approved",
    "tokens": "the tokens that were approved",
    "turnos": "the turns that it may take",
    "mes": "what the month had left",
    "sprint": "what the sprint had left",
}
_HOUR, _MILLIONTH = 3600.0, Decimal("0.000001")
_FLUSH_SHARE, _FLUSH_S = Decimal("0.1"), 30.0


@dataclass(frozen=True, slots=True)
class Terms:
    """How a performer is bounded besides its budget and its time."""

    performer: str = "builtin"
    """Who does the step, as in `builtin`, `comando`."""
    turnos: int | None = None
    """Turns that one attempt may report."""
    medido: bool = True
    """Whether all that it uses is known: measured, or promised to be reported while it runs."""

    @classmethod
    def of(cls, performer: str, command: Any) -> Terms:
        """Those of a type's performer; `command` is its definition, None where it is no program."""
        if command is None:
            return cls(performer, medido=performer == "builtin")
        return cls(performer, command.turnos, bool(command.medido))


@dataclass(slots=True)
class Call:
    """Calls of one model in one phase since they were last written down."""

    modelo: str
    fase: str
    moeda: str
    ts: str = ""
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOKENS, 0))
    informado: Decimal | None = None
    """What the provider says that they cost, in `moeda`; None where it said nothing."""


class Meter:
    """Adds up one attempt's use. `budget` is the item's without this attempt; `periods` are R$ that it may
    use of a month or a sprint (`mes`, `sprint`) where it has reserved nothing there.
    """

    def __init__(self, budget: Budget, pricing: Pricing | None, terms: Terms, *, now: float = 0.0) -> None:
        """`now` are monotonic seconds."""
        self.budget, self.terms = budget, terms
        self.periods: Mapping[str, Decimal] = {}
        self.medido = terms.medido
        """Whether what it uses is known: of a performer that promised nothing, once it has reported."""
        self._heard = False
        self.turnos = 0
        self._pricing = pricing
        self._calls: dict[tuple[str, str, str, bool], Call] = {}
        self._totals: dict[str, dict[str, Any]] = {}
        self._names: set[tuple[str, str, str]] = set()
        self._tokens = 0
        self._llm: Decimal | None = None
        self._apis: dict[str, int] = {}
        self._calls_told = True
        self._measured: dict[str, float] = {}
        self._refusals = 0
        self._warned = False
        self._flushed = (now, Decimal(0))

    # In

    def hear(self, said: Any, ts: str) -> dict[str, Any] | None:
        """Count a report; where it cannot be right it counts nothing, and an event says so (the first few
        times).
        """
        try:
            report = self._added(heard_report(said, self._currencies()))
        except RefusedUseError as error:
            self._refusals += 1
            last = "; further refusals are not told" if self._refusals == _MOST_REFUSALS else ""
            told = {"tipo": "uso.recusado", "detalhe": f"{error}{last}"}
            return told if self._refusals <= _MOST_REFUSALS else None
        self.medido = self._heard = True
        self.turnos += report.turnos
        self._tokens += sum(report.tokens.values())
        if report.custo is not None or any(report.tokens.values()):
            self._count(report, ts)
        if any(report.apis.values()):
            self._count_apis(report.apis)
        return None

    def measure(self, sample: Mapping[str, Any]) -> None:
        """Take in what the keeper measured so far (`cpu_s`, `ram_gb_s`, `wall_s`, `peak_rss_mb`)."""
        self._measured = {name: float(value) for name, value in sample.items()}

    def settle(self) -> None:
        """It is at its end: where it promised to say what it uses, and said nothing, it is not metered."""
        self.medido = self._heard or self.terms.performer == "builtin"

    # Out

    @property
    def tokens(self) -> int:
        """Tokens of this attempt."""
        return self._tokens

    @property
    def custo(self) -> Decimal:
        """R$ of this attempt, as far as it is known."""
        return sum((cost for cost in self._parts().values() if cost is not None), Decimal(0))

    def costs(self) -> dict[str, str]:
        """R$ of this attempt by part (`llm`, `infra`, `apis`), as far as they are known."""
        return {name: exact(cost) for name, cost in self._parts().items() if cost is not None}

    def share(self) -> tuple[str, Decimal]:
        """The limit that is nearest (`custo`, `tokens`, `turnos`, `mes`, `sprint`), and how much of it is
        used (1 is all).
        """
        approved, used = self.budget.aprovado, self.budget.usado
        shares = [
            ("custo", _share(approved.custo, (used.custo or Decimal(0)) + self.custo)),
            ("tokens", _share(approved.tokens, (used.tokens or 0) + self._tokens)),
            ("turnos", _share(self.terms.turnos, self.turnos)),
            *((name, _share(left, self.custo)) for name, left in self.periods.items()),
        ]
        return max(shares, key=lambda each: each[1])

    def reached(self) -> str:
        """The limit that is used up, or empty."""
        name, share = self.share()
        return name if share >= 1 else ""

    def warning(self) -> dict[str, Any] | None:
        """The event at 80 %, once."""
        name, share = self.share()
        if self._warned or share < WARN_AT:
            return None
        self._warned = True
        used = int(share * 100)
        detalhe = f"{used} % of {_LIMITS[name]} used"
        return {"tipo": "orcamento.aviso", "recurso": name, "usado_pct": used, "detalhe": detalhe}

    @property
    def warned(self) -> bool:
        """Whether 80 % of a limit is used."""
        return self._warned

    def wants_writing(self, now: float) -> bool:
        """Whether what was metered should be made durable: a tenth of the budget is new, or calls are and
        half a minute has passed.
        """
        at, share = self._flushed
        new = bool(self._calls) or not self._calls_told
        return self.share()[1] - share >= _FLUSH_SHARE or (new and now - at >= _FLUSH_S)

    def use(self, ts: str, now: float, **measured: Any) -> dict[str, Any]:
        """The attempt's `uso` so far, with the calls that were not in one before."""
        if measured:
            self.measure(measured)
        self._flushed = (now, self.share()[1])
        calls, self._calls = list(self._calls.values()), {}
        self._calls_told = True
        found: dict[str, Any] = {**self._measured, "medido": self.medido}
        if self._tokens or self._llm is not None or self.turnos:
            found |= {"tokens": self._tokens, "turnos": self.turnos}
        if costs := self.costs():
            found["custo"] = costs
        if calls:
            found["chamadas"] = [self._row(call, ts) for call in calls]
        if self._apis:
            found["apis"] = dict(self._apis)
        return found

    # Money

    def _parts(self) -> dict[str, Decimal | None]:
        return {"llm": self._llm, "infra": self._infra(), "apis": self._api_cost()}

    def _currencies(self) -> Mapping[str, Decimal]:
        rates = self._pricing.cambio if self._pricing else {}
        return {"BRL": Decimal(1), **{name: rate.taxa for name, rate in rates.items()}}

    def _added(self, report: Report) -> Report:
        """What is new in a report: an absolute one says the model's total so far, and each API's."""
        if not report.absolute:
            return report
        if len(self._apis.keys() | report.apis.keys()) > MOST_NAMES:
            raise RefusedUseError(f"apis: totals of more than {MOST_NAMES} APIs")
        apis = {
            name: _grown(f"apis.{name}", calls, self._apis.get(name, 0))
            for name, calls in report.apis.items()
        }
        before = self._totals.get(report.modelo)
        if before is None:
            if len(self._totals) >= MOST_NAMES:
                raise RefusedUseError(f"absolute: totals of more than {MOST_NAMES} models")
            before = {}
        if before.get("moeda", report.moeda) != report.moeda:
            raise RefusedUseError("a total in another currency than before")
        tokens = {name: _grown(name, report.tokens[name], before.get(name, 0)) for name in TOKENS}
        turnos = _grown("turnos", report.turnos, before.get("turnos", 0))
        custo = None
        if report.custo is not None:
            custo = _grown("custo", report.custo, before.get("custo", Decimal(0)))
        total = {**report.tokens, "turnos": report.turnos, "moeda": report.moeda}
        self._totals[report.modelo] = total | {"custo": report.custo or before.get("custo", Decimal(0))}
        return Report(report.modelo, report.fase, report.moeda, tokens, custo, turnos, False, apis)

    def _count(self, report: Report, ts: str) -> None:
        names = self._told_apart(report)
        call = self._calls.setdefault((*names, report.custo is not None), Call(*names))
        call.ts = ts
        for name, number in report.tokens.items():
            call.tokens[name] += number
        cost = self._computed(report.modelo, report.tokens)
        if report.custo is not None:
            call.informado = (call.informado or Decimal(0)) + report.custo
            cost = report.custo * self._currencies()[report.moeda]
        if cost is not None:
            self._llm = (self._llm or Decimal(0)) + cost

    def _count_apis(self, apis: Mapping[str, int]) -> None:
        """Add calls by API; one with a price keeps its name, which its cost is computed by."""
        self._calls_told = False
        for name, calls in apis.items():
            known = name in self._apis or len(self._apis) < MOST_NAMES
            kept = name if known or (self._pricing is not None and name in self._pricing.apis) else OTHERS
            self._apis[kept] = self._apis.get(kept, 0) + calls

    def _told_apart(self, report: Report) -> tuple[str, str, str]:
        """Model, phase and currency of a report's row: the store does not grow by names without end.

        Beyond those it keeps apart, a model that has a price keeps its name, which its cost is computed by.
        """
        names = (report.modelo, report.fase, report.moeda)
        if names not in self._names and len(self._names) >= MOST_NAMES:
            priced = self._pricing is not None and report.modelo in self._pricing.modelos
            return (report.modelo if priced else OTHERS, OTHERS, report.moeda)
        self._names.add(names)
        return names

    def _computed(self, modelo: str, tokens: Mapping[str, int]) -> Decimal | None:
        """R$ of a call by the prices of the moment; None for a model that has none."""
        priced = self._pricing.modelos.get(modelo) if self._pricing else None
        if priced is None:
            return None
        own = priced.custo(*(tokens[name] for name in TOKENS))
        return own * self._currencies()[priced.moeda]

    def _infra(self) -> Decimal | None:
        if self._pricing is None or not self._measured:
            return None
        used = Quantidades(
            cpu_horas=self._measured.get("cpu_s", 0.0) / _HOUR,
            ram_gb_horas=self._measured.get("ram_gb_s", 0.0) / _HOUR,
        )
        return infra_of(used, self._pricing).quantize(_MILLIONTH)

    def _api_cost(self) -> Decimal | None:
        """R$ of the calls whose API has a price; None where none has."""
        priced = self._pricing.apis if self._pricing else {}
        if self._pricing is None or not any(name in priced for name in self._apis):
            return None
        return apis_of(self._apis, self._pricing)

    def _row(self, call: Call, ts: str) -> dict[str, Any]:
        """A row of `uso_llm` but for the execution, worker and attempt; its cost is frozen here."""
        rate = self._currencies()[call.moeda]
        computed = self._computed(call.modelo, call.tokens)
        return {
            "ts": call.ts or ts,
            "fase": call.fase,
            "modelo": call.modelo,
            **call.tokens,
            "custo_informado": None if call.informado is None else exact(call.informado),
            "custo_calculado": None if computed is None else exact(computed / rate),
            "preco_versao": self._pricing.versao if self._pricing else "",
            "moeda": call.moeda,
            "cambio": None if call.moeda == "BRL" else exact(rate),
        }


def _share(approved: Any, used: Any) -> Decimal:
    if approved is None or not used:
        return Decimal(0)
    return Decimal(used) / Decimal(approved) if approved else Decimal(1)


def _grown(name: str, total: Any, before: Any) -> Any:
    if total < before:
        raise RefusedUseError(f"{name}: a total that goes back")
    return total - before
