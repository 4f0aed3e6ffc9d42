"""Budgets: what was approved for an item's work, what it used so far, and what is left (design.md, "Budget
as a gate"). Of a month and of a sprint: `store.periods`.

Money is R$. A price's P80 is the limit of its work; an extension that the owner approved adds to it. What the
work used under one approval counts together: an item that is done anew after a roll back goes on with what
its predecessor left. Where the roll back goes behind the approval, the owner is asked again, and what they
approve then is a budget of its own; so is that of each repair, which its own decision or report asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from store.money import exact

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
    works = list(lineage(reader, item))
    extensions = [added for work in works for added in work.get("extensoes", ())]
    uses = [attempt["uso"] for work in works for attempt in work["tentativas"] if attempt["uso"]]
    return Budget(
        aprovado=_approved(price, extensions) if price else Amounts(),
        usado=_used(price, list(_executions(reader, works)), uses),
        medido=any(use.get("medido") for use in uses),
    )


def lineage(reader: Reader, item: Doc) -> Iterator[Doc]:
    """The item, then what it does anew after a roll back to a checkpoint (`refaz`), newest first: works of
    one approval.
    """
    current: Doc | None = item
    while current is not None:
        yield current
        before = current.get("refaz")
        current = reader.get(_ITEMS, before) if before else None


def _executions(reader: Reader, works: Sequence[Doc]) -> Iterator[Doc]:
    for ref in dict.fromkeys(work["execucao_ref"] for work in works):
        found = reader.get("execucoes", ref) if ref else None
        if found is not None:
            yield found


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


def _used(price: Doc | None, executions: Sequence[Doc], uses: Sequence[Doc]) -> Amounts:
    worked = [execution["realizado"]["horas"]["total"] for execution in executions]
    hours = [each for each in worked if each is not None]
    return Amounts(
        tokens=sum(int(use.get("tokens") or 0) for use in uses),
        custo=sum((spent(use) for use in uses), _people_part(price, executions)),
        horas=sum(hours) if hours else None,
        maquina_s=round(sum(use.get("wall_s") or 0 for use in uses), 3),
    )


def _people_part(price: Doc | None, executions: Sequence[Doc]) -> Decimal:
    """People's cost as far as it was approved: whoever reads a budget for an hour stops no machine, and what
    people were approved to cost and did cost is not the machine's to spend.
    """
    parts = (execution["realizado"]["custo"]["breakdown"]["pessoas"] for execution in executions)
    paid = sum((_decimal(each) for each in parts), _NOTHING)
    part = (price or {}).get("custo", {}).get("breakdown", {}).get("pessoas")
    limit = part.get("p80", part.get("p50")) if isinstance(part, Mapping) else part
    return min(paid, _decimal(limit))


def spent(use: Doc | None) -> Decimal:
    """R$ that an attempt's `uso` says that it cost, as far as it is known."""
    parts = (use or {}).get("custo") or {}
    return sum((_decimal(part) for part in parts.values()), _NOTHING)


def _decimal(value: Any) -> Decimal:
    return _NOTHING if value is None else Decimal(str(value))
