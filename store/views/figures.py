"""The key figures, kept up to date one document at a time (metrics.md, sections 0 and 1)."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from decimal import Decimal

from store.clock import parse_time
from store.views.model import Document, Figures
from store.views.statistics import Sorted, covered

TAIL = 12
"""Executions behind a sparkline."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the figures need of one execution; None where it was not measured, hours and seconds as named."""

    spec_ref: str
    ended: str
    concluded: bool
    machine: tuple[float, float] | None
    """Actual and estimated machine seconds."""
    people: tuple[float, float] | None
    """Actual and estimated people's hours."""
    lead_h: float | None
    waiting_h: float | None
    """Hours of the lead time in which the work waited for the owner."""
    cost: Decimal | None


class FigureFold:
    """Executions and decisions go in, `figures()` comes out; replacing a document takes its old part back."""

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._waits: dict[str, dict[str, tuple[float, float]]] = {}
        self._saga_of: dict[str, str] = {}
        self._ends: list[tuple[str, str]] = []
        self._sums = {"machine": [0.0, 0.0, 0], "people": [0.0, 0.0, 0]}
        self._leads = Sorted()
        self._lead_h = self._waiting_h = 0.0
        self._costs = Sorted()
        self._cost_of: dict[str, Decimal] = {}
        self._priced: dict[str, int] = {}

    # Documents in

    def put_decision(self, document_id: str, decision: Document) -> None:
        """A person's answer, with how long it had waited; a policy's answers and undone ones don't count."""
        self.drop_decision(document_id)
        if decision.get("politica") or decision.get("estado") == "desfeita" or not decision.get("em"):
            return
        answered = _seconds(decision["em"])
        saga = decision.get("saga_id") or ""
        self._saga_of[document_id] = saga
        waited = float(decision.get("espera_s") or 0)
        self._waits.setdefault(saga, {})[document_id] = (answered - waited, answered)

    def drop_decision(self, document_id: str) -> None:
        saga = self._saga_of.pop(document_id, None)
        if saga is not None:
            del self._waits[saga][document_id]

    def put_execution(self, document_id: str, execution: Document) -> None:
        """An execution as it is now; one that still runs is in no figure."""
        self.drop_execution(document_id)
        if execution.get("status") == "em_andamento":
            return
        facts = self._read(execution)
        self._facts[document_id] = facts
        self._count(facts, 1)
        if facts.concluded:
            insort(self._ends, (facts.ended, document_id))

    def drop_execution(self, document_id: str) -> None:
        facts = self._facts.pop(document_id, None)
        if facts is None:
            return
        self._count(facts, -1)
        if facts.concluded:
            del self._ends[bisect_left(self._ends, (facts.ended, document_id))]

    # Figures out

    def figures(self) -> Figures:
        """The figures of all that went in; None where there is no data."""
        tail = [self._facts[document_id] for _, document_id in self._ends[-TAIL:]]
        return Figures(
            n=len(self._ends),
            razao_estimativa=self._ratio(),
            lead_time_h=self._leads.median,
            custo_por_spec=self._costs.median,
            espera_por_voce=self._waiting_h / self._lead_h if self._lead_h > 0 else None,
            serie_razao=tuple(pair[0] / pair[1] for facts in tail if (pair := facts.machine or facts.people)),
            serie_lead_time=tuple(facts.lead_h for facts in tail if facts.lead_h is not None),
            serie_custo=self._cost_tail(),
            serie_espera=tuple((facts.waiting_h or 0.0) / facts.lead_h for facts in tail if facts.lead_h),
        )

    def _ratio(self) -> float | None:
        """Ratio of sums within one amount: machine seconds where any were measured, else people's hours."""
        for real, estimated, count in (self._sums["machine"], self._sums["people"]):
            if count and estimated > 0:
                return real / estimated
        return None

    def _cost_tail(self) -> tuple[float, ...]:
        """The cost of the specs that concluded last, oldest first."""
        seen: dict[str, float] = {}
        for _, document_id in reversed(self._ends[-5 * TAIL :]):
            spec = self._facts[document_id].spec_ref
            if spec in self._cost_of and len(seen) < TAIL:
                seen.setdefault(spec, float(self._cost_of[spec]))
        return tuple(reversed(seen.values()))

    # One execution's part

    def _read(self, execution: Document) -> Facts:
        times = execution.get("timestamps") or {}
        concluded = execution.get("status") == "concluido"
        lead = _lead(times) if concluded and not execution.get("bug") else None
        return Facts(
            spec_ref=execution.get("spec_ref") or "",
            ended=execution.get("concluido_em") or "",
            concluded=concluded,
            machine=_pair(execution, "maquina_s") if concluded else None,
            people=_pair(execution, "horas") if concluded else None,
            lead_h=None if lead is None else (lead[1] - lead[0]) / 3600,
            waiting_h=None if lead is None else self._waited(execution.get("saga_id") or "", *lead) / 3600,
            cost=_cost(execution),
        )

    def _waited(self, saga: str, start: float, end: float) -> float:
        return covered(self._waits.get(saga, {}).values(), start, end)

    def _count(self, facts: Facts, sign: int) -> None:
        for name, pair in (("machine", facts.machine), ("people", facts.people)):
            if pair:
                sums = self._sums[name]
                sums[0] += sign * pair[0]
                sums[1] += sign * pair[1]
                sums[2] += sign
        if facts.lead_h is not None:
            (self._leads.add if sign > 0 else self._leads.remove)(facts.lead_h)
            self._lead_h += sign * facts.lead_h
            self._waiting_h += sign * (facts.waiting_h or 0.0)
        if facts.cost is not None:
            self._count_cost(facts.spec_ref, facts.cost * sign, sign)

    def _count_cost(self, spec: str, change: Decimal, sign: int) -> None:
        """A spec costs what all its executions cost, those that failed or were rejected too."""
        if spec in self._cost_of:
            self._costs.remove(float(self._cost_of[spec]))
        self._priced[spec] = self._priced.get(spec, 0) + sign
        self._cost_of[spec] = self._cost_of.get(spec, Decimal(0)) + change
        if self._priced[spec]:
            self._costs.add(float(self._cost_of[spec]))
        else:
            del self._priced[spec], self._cost_of[spec]


def _pair(execution: Document, amount: str) -> tuple[float, float] | None:
    """Actual and estimated total of one amount; None where either is missing or nothing was estimated."""
    real = ((execution.get("realizado") or {}).get(amount) or {}).get("total")
    estimated = ((execution.get("estimado") or {}).get(amount) or {}).get("total")
    return (float(real), float(estimated)) if real is not None and estimated and estimated > 0 else None


def _lead(times: Document) -> tuple[float, float] | None:
    """From the spec's creation to the end of its deployment, in seconds; None when missing or negative."""
    start, end = times.get("spec_criada_at"), times.get("deploy_fim_at")
    if not start or not end or end < start:
        return None
    return _seconds(start), _seconds(end)


def _cost(execution: Document) -> Decimal | None:
    total = ((execution.get("realizado") or {}).get("custo") or {}).get("total")
    return None if total is None else Decimal(str(total))


def _seconds(moment: str) -> float:
    return parse_time(moment).timestamp()
