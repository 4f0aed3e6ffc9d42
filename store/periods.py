"""What a month and a sprint may cost, have cost, and leave (design.md, "Budget as a gate"). Money is R$."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from store.budgets import Doc, Reader, budget_left, spent
from store.clock import format_time, parse_time
from store.limits import MONTH, SPRINT, Limits
from store.money import exact

LEDGER = "gastos"
_ITEMS = "backlog_items"
_NOTHING = Decimal(0)


def month_of(now: str, fuso: str) -> str:
    """The calendar month of a UTC time in a time zone: `2026-01`."""
    return parse_time(now).astimezone(ZoneInfo(fuso)).strftime("%Y-%m")


def month_ends(now: str, fuso: str) -> str:
    """When the next calendar month begins in a time zone, as UTC text."""
    local = parse_time(now).astimezone(ZoneInfo(fuso))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return format_time((first + timedelta(days=32)).replace(day=1))


def periods(item: Doc, now: str, limits: Limits) -> Iterator[tuple[str, str]]:
    """What an item's cost counts to, as (`mes`, `2026-01`) and, in a sprint, (`sprint`, its id)."""
    yield MONTH, month_of(now, limits.fuso)
    if sprint_id := sprint_of(item):
        yield SPRINT, sprint_id


def sprint_of(item: Doc) -> str:
    """The sprint that the item works in, or that it was discovered in; empty outside of one."""
    working = str(item.get("tarefa") or "").partition("/")[0]
    return working or str((item["origem"] or {}).get("sprint_id") or "")


def ledger_key(escopo: str, periodo: str) -> str:
    """The `chave` of a period's document in `gastos`: `mes:2026-01`."""
    return f"{escopo}:{periodo}"


def limits_left(reader: Reader, limits: Limits, now: str, sprint_id: str = "") -> dict[str, dict[str, Any]]:
    """What is left of the limits that are set, by `mes` and, where a sprint is named, `sprint`.

    Each is `{periodo, limite, estendido, usado, reservado, resta}`, R$ as text; `reservado` is what the
    running work may still use. `resta` is below zero where more was spent than the limit.
    """
    asked = [(MONTH, month_of(now, limits.fuso)), *([(SPRINT, sprint_id)] if sprint_id else [])]
    return {
        escopo: {"periodo": periodo, **found.document()}
        for escopo, periodo in asked
        if (found := period_left(reader, limits, escopo, periodo)) is not None
    }


def budget_told(
    reader: Reader, item: Doc, limits: Limits, now: str, *, budgeted: bool
) -> dict[str, Any] | None:
    """`budget_left` of an item that is `budgeted`, and `limites`: what is left of those that are set. None
    where there is neither.
    """
    own = budget_left(reader, item) if budgeted else {}
    periods_left = limits_left(reader, limits, now, sprint_of(item))
    return {**own, "limites": periods_left} if own or periods_left else None


def left_for(reader: Reader, item: Doc, uso: Doc | None, limits: Limits, now: str) -> dict[str, Decimal]:
    """What one running attempt that reserved nothing may use in all, in R$, by `mes` and `sprint` where these
    have a limit: what is left of each, and what the attempt used of it already (`uso`, counted there).
    """
    return {
        escopo: max(found.resta + spent(uso), _NOTHING)
        for escopo, periodo in periods(item, now, limits)
        if (found := period_left(reader, limits, escopo, periodo)) is not None
    }


@dataclass(frozen=True, slots=True)
class PeriodBudget:
    """One month or sprint, in R$."""

    limite: Decimal
    estendido: Decimal
    usado: Decimal
    reservado: Decimal

    @property
    def resta(self) -> Decimal:
        """What may still be reserved; below zero where more was spent."""
        return self.limite + self.estendido - self.usado - self.reservado

    def has_room(self, custo: Decimal | None, besides: Decimal = _NOTHING) -> bool:
        """Whether work that reserves `custo` may begin, `besides` some that is to begin before it; work that
        nothing was priced for (None) may while anything is left.
        """
        left = self.resta - besides
        return left > 0 if custo is None else custo <= left

    def document(self) -> dict[str, str]:
        """As plain JSON."""
        amounts = (self.limite, self.estendido, self.usado, self.reservado, self.resta)
        names = ("limite", "estendido", "usado", "reservado", "resta")
        return {name: exact(amount) for name, amount in zip(names, amounts, strict=True)}


def period_left(reader: Reader, limits: Limits, escopo: str, periodo: str) -> PeriodBudget | None:
    """What is left of a period; None where it has no limit."""
    limit = _limit(reader, limits, escopo, periodo)
    if limit is None:
        return None
    entry = next(iter(reader.find(LEDGER, "chave", ledger_key(escopo, periodo))), None)
    return PeriodBudget(
        limite=limit,
        estendido=_granted(reader, entry["extensoes"] if entry else {}),
        usado=Decimal(entry["usado"]) if entry else _NOTHING,
        reservado=_reserved(reader, periodo if escopo == SPRINT else ""),
    )


NO_PERIOD = PeriodBudget(_NOTHING, _NOTHING, _NOTHING, _NOTHING)


def _limit(reader: Reader, limits: Limits, escopo: str, periodo: str) -> Decimal | None:
    """A sprint's own budget goes before the workspace's limit of any sprint."""
    found = reader.find("sprints", "sprint_id", periodo) if escopo == SPRINT else []
    own = found[0]["orcamento"] if found else None
    return limits.of(escopo) if own is None else Decimal(own)


def _granted(reader: Reader, extensions: Mapping[str, str]) -> Decimal:
    """What decisions added; one that was taken back (its question is open again) adds nothing."""
    found = _NOTHING
    for question_id, custo in extensions.items():
        question = reader.get(_ITEMS, question_id)
        if question is None or question["status"] == "Concluido":
            found += Decimal(custo)
    return found


def _reserved(reader: Reader, sprint_id: str) -> Decimal:
    """What running attempts reserved and have not used yet."""
    found = _NOTHING
    for item in reader.find(_ITEMS, "status", "EmProcessamento"):
        attempt = item["tentativas"][-1] if item["tentativas"] else {}
        reserved = attempt.get("reserva")
        if reserved and reserved["custo"] is not None and sprint_id in ("", sprint_of(item)):
            found += max(Decimal(reserved["custo"]) - spent(attempt["uso"]), _NOTHING)
    return found
