"""Budgets: what was approved for an item's work, what it used so far, and what is left; of a month and of a
sprint as well (design.md, "Budget as a gate").

Money is R$. A price's P80 is the limit of its work; an extension that the owner approved adds to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from store.clock import format_time, parse_time
from store.limits import MONTH, SPRINT, Limits
from store.money import exact

LEDGER = "gastos"
_ITEMS = "backlog_items"
_NOTHING = Decimal(0)

Doc = Mapping[str, Any]


class Reader(Protocol):
    """A database or a transaction."""

    def get(self, collection: str, id: str, /) -> dict[str, Any] | None: ...

    def find(self, collection: str, index: str, value: Any, /) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Amounts:
    """Tokens of all kinds, R$, people's hours, machine seconds; None is no limit, or not known."""

    tokens: int | None = None
    custo: Decimal | None = None
    horas: float | None = None
    maquina_s: float | None = None

    def document(self) -> dict[str, Any]:
        """As plain JSON, money as text."""
        return {
            "tokens": self.tokens,
            "custo": None if self.custo is None else exact(self.custo),
            "horas": self.horas,
            "maquina_s": self.maquina_s,
        }


@dataclass(frozen=True, slots=True)
class Budget:
    """What is approved for an item's work, and what all its attempts used so far."""

    aprovado: Amounts
    usado: Amounts
    medido: bool
    """Whether a performer of it ever said what its model calls used."""

    @property
    def resta(self) -> Amounts:
        """What is left, never below zero; None where there is no limit."""
        return Amounts(
            tokens=_left(self.aprovado.tokens, self.usado.tokens),
            custo=_left(self.aprovado.custo, self.usado.custo),
            horas=_left(self.aprovado.horas, self.usado.horas),
            maquina_s=_left(self.aprovado.maquina_s, self.usado.maquina_s),
        )

    @property
    def esgotado(self) -> str:
        """`custo` or `tokens` where nothing of it is left, else empty: what the gate stops at.

        People's hours and machine seconds are told, and stop nothing: a loaded machine is no overspending.
        """
        if _reached(self.aprovado.custo, self.usado.custo):
            return "custo"
        return "tokens" if _reached(self.aprovado.tokens, self.usado.tokens) else ""


def _reached(approved: Any, used: Any) -> bool:
    """Whether a limit is used up; a price of nothing is used up by the first thing that costs."""
    return approved is not None and bool(used) and used >= approved


def _left(approved: Any, used: Any) -> Any:
    return None if approved is None else max(approved - (used or 0), approved * 0)


def budget_left(reader: Reader, item: Doc) -> dict[str, Any]:
    """`{aprovado, usado, resta, medido}` of an item whose type opens an execution, as plain JSON.

    Each of the three is `{tokens, custo, horas, maquina_s}`: whole tokens, R$ as text ("42.10"), people's
    hours, machine seconds; None is no limit, or nothing known.
    """
    found = budget_of(reader, item)
    return {
        "aprovado": found.aprovado.document(),
        "usado": found.usado.document(),
        "resta": found.resta.document(),
        "medido": found.medido,
    }


def budget_of(reader: Reader, item: Doc, *, limited: bool = True) -> Budget:
    """The same with exact amounts. Without a price (or where it is not `limited`) nothing is approved, and
    nothing is a limit.
    """
    price = price_of(reader, item) if limited else None
    execution = reader.get("execucoes", item["execucao_ref"]) if item["execucao_ref"] else None
    uses = [attempt["uso"] for attempt in item["tentativas"] if attempt["uso"]]
    return Budget(
        aprovado=_approved(price, item.get("extensoes", ())) if price else Amounts(),
        usado=_used(price, execution, uses),
        medido=any(use.get("medido") for use in uses),
    )


def price_of(reader: Reader, item: Doc) -> dict[str, Any] | None:
    """The price that the item's work was approved under: the one it names, else its spec version's."""
    contexto = item["contexto"]
    if contexto.get("spec_recursos_ref"):
        return reader.get("specs_recursos", contexto["spec_recursos_ref"])
    spec_ref, version = item["spec_ref"], item["spec_versao"]
    if not spec_ref:
        named = str(contexto.get("release_ref") or contexto.get("feature_ref") or "")
        release = reader.get("releases", named) if named.startswith("REL-") else None
        spec_ref = release["spec_ref"] if release else named
        version = release["spec_versao"] if release else None
    prices = reader.find("specs_recursos", "spec_ref", spec_ref)
    fitting = [price for price in prices if version in (None, price["spec_versao"])]
    return fitting[-1] if fitting else None


def priced(price: Doc) -> Amounts:
    """A price's P80: what its work may use. No tokens were priced for a performer that uses none: then only
    the cost limits them.
    """
    effort = price["esforco"]
    tokens = (price.get("constantes", {}).get("limite") or {}).get("tokens_llm")
    return Amounts(
        tokens=int(tokens) if tokens else None,
        custo=Decimal(price["custo"]["total_p80"]),
        horas=effort["pessoas_horas"]["total"]["p80"],
        maquina_s=effort["maquina_s"]["total"]["p80"],
    )


def _approved(price: Doc, extensions: Sequence[Doc]) -> Amounts:
    base = priced(price)
    tokens, custo = base.tokens, base.custo or _NOTHING
    for extension in extensions:
        custo += Decimal(extension["custo"] or "0")
        if tokens is not None:
            tokens += extension["tokens"] or 0
    return Amounts(tokens, custo, base.horas, base.maquina_s)


def _used(price: Doc | None, execution: Doc | None, uses: Sequence[Doc]) -> Amounts:
    hours = execution["realizado"]["horas"]["total"] if execution else None
    return Amounts(
        tokens=sum(int(use.get("tokens") or 0) for use in uses),
        custo=sum((spent(use) for use in uses), _people_part(price, execution)),
        horas=hours,
        maquina_s=round(sum(use.get("wall_s") or 0 for use in uses), 3),
    )


def _people_part(price: Doc | None, execution: Doc | None) -> Decimal:
    """People's cost as far as it was approved: whoever reads a budget for an hour stops no machine, and what
    people were approved to cost and did cost is not the machine's to spend.
    """
    paid = _decimal(execution["realizado"]["custo"]["breakdown"]["pessoas"]) if execution else _NOTHING
    part = (price or {}).get("custo", {}).get("breakdown", {}).get("pessoas")
    limit = part.get("p80", part.get("p50")) if isinstance(part, Mapping) else part
    return min(paid, _decimal(limit))


def spent(use: Doc | None) -> Decimal:
    """R$ that an attempt's `uso` says that it cost, as far as it is known."""
    parts = (use or {}).get("custo") or {}
    return sum((_decimal(part) for part in parts.values()), _NOTHING)


def _decimal(value: Any) -> Decimal:
    return _NOTHING if value is None else Decimal(str(value))


# -- a month, a sprint


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
