"""The budget as a gate: what a claim reserves, and what becomes of work that has reached a limit.

Such an item waits, `Bloqueado`, for exactly one `estender_orcamento`; it keeps its attempts, and the stop
costs no retry (design.md, "Budget as a gate").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from store.backlog import spending
from store.backlog.endings import close_question
from store.backlog.operation import Operation
from store.backlog.outcomes import Outcome
from store.backlog.ports import Doc
from store.backlog.produce import after_waiting, wait
from store.backlog.questions import raise_question
from store.backlog.unblock import settle_dependency
from store.budgets import Amounts, Budget, budget_of, lineage, price_of, priced
from store.collections import LIMIT_ASKED, number_of
from store.documents.item import Status
from store.errors import WrongState
from store.limits import MONTH, PERIODS
from store.money import exact
from store.periods import NO_PERIOD, PeriodBudget, month_ends, period_left, periods

QUESTION = "estender_orcamento"
ITEM = "item"
_CENT = Decimal("0.01")
_USERS = 8
"""Models that a question names."""
_USED_UP = {
    "custo": "the cost that was approved is used up",
    "tokens": "the tokens that were approved are used up",
    "turnos": "it took all the turns that it may",
}


def admit(op: Operation, item: Doc, *, costs: bool) -> Doc | None:
    """What a claim of the item reserves; None when it has to wait for a decision, and does so now.

    Work without a price reserves nothing; where its performer `costs`, the limits of the periods hold for it.
    """
    executes = op.contract(item).abre_execucao
    if not (executes or costs):
        return {}
    budget = _budget(op, item)
    if budget.esgotado:
        _hold(op, item, _about_item(op, item, budget, budget.esgotado, {}))
        return None
    over = _over(op, item, budget)
    if over is not None:
        _hold(op, item, _about_period(op, item, budget, *over))
        return None
    if not executes:
        return {}
    left = budget.resta
    return {"tokens": left.tokens, "custo": None if left.custo is None else exact(left.custo)}


def stop(op: Operation, item: Doc, recurso: str, details: Mapping[str, Any]) -> None:
    """The running attempt (closed already) has reached a limit; ask, and wait.

    `recurso` is `custo`, `tokens`, `turnos`, or the period whose limit it is (`mes`, `sprint`); `details` are
    more of the question's fields (`performer`).
    """
    budget = _budget(op, item)
    if recurso in PERIODS:
        periodo = dict(periods(item, op.now, op.rules.limites)).get(recurso, "")
        # A limit that is gone by now holds nobody: the next review lets the item go on.
        found = period_left(op.tx, op.rules.limites, recurso, periodo) or NO_PERIOD
        contexto = _about_period(op, item, budget, recurso, periodo, found) | dict(details)
    else:
        contexto = _about_item(op, item, budget, recurso, details)
    _hold(op, item, contexto)


def extend(op: Operation, item: Doc, question: Doc, step: str) -> None:
    """Add what the answer says (`estender` or `metade`) to the item's budget, or to the period's limit."""
    if item["status"] != Status.BLOQUEADO or question["id"] not in item["depende_de"]:
        raise WrongState(f"{item['id']} is {item['status']} and does not wait for {question['id']}")
    contexto = question["contexto"]
    added = contexto[step]
    if contexto["limite"] != ITEM:
        spending.grant(op, contexto["limite"], contexto["periodo"], question["id"], added["custo"])
    elif added:
        extension = {"por": question["id"], "em": op.now, "tokens": None, "custo": None, **added}
        item["extensoes"] = [*item.get("extensoes", ()), extension]
    op.save(item)
    op.event("orcamento.estendido", item, decisao=question["id"], **added)


def review(op: Operation) -> str:
    """Free the items that wait for a period's limit which has room for them now (another month, say): as many
    as can begin together, in the order in which they would be claimed.

    Returns when the next month begins for one that still waits, as UTC text; empty when none does.
    """
    due, promised = [], defaultdict[tuple[str, str], Decimal](Decimal)
    for item, question in _waiting(op):
        contexto, budget = question["contexto"], _budget(op, item)
        if _over(op, item, budget, promised) is None:
            for period in periods(item, op.now, op.rules.limites):
                promised[period] += budget.resta.custo or Decimal(0)
            why = f"the limit of the {_named(contexto['limite'])} has room for it now"
            settle_dependency(op, item, question["id"], Outcome("dispensada", question["id"]))
            close_question(op, question, why)
        elif contexto["limite"] == MONTH:
            due.append(contexto["renova_em"])
    return min(due, default="")


def _waiting(op: Operation) -> list[tuple[Doc, Doc]]:
    """The items that wait for a period's limit, each with its question; the next to be claimed first."""
    asked = [each for escopo in PERIODS for each in op.items_by(LIMIT_ASKED, escopo)]
    found = [(op.item(question["contexto"]["item_ref"]), question) for question in asked]
    return sorted(found, key=lambda pair: (-pair[0]["prioridade"], number_of(pair[0]["id"])))


def _over(
    op: Operation, item: Doc, budget: Budget, promised: Mapping[tuple[str, str], Decimal] | None = None
) -> tuple[str, str, PeriodBudget] | None:
    """The period whose limit the item's reservation would pass, or that has nothing left for an item which
    can't say what it needs; `promised` is what others are to reserve before it.
    """
    for escopo, periodo in periods(item, op.now, op.rules.limites):
        found = period_left(op.tx, op.rules.limites, escopo, periodo)
        besides = (promised or {}).get((escopo, periodo), Decimal(0))
        if found is not None and not found.has_room(budget.resta.custo, besides):
            return escopo, periodo, found
    return None


def _budget(op: Operation, item: Doc) -> Budget:
    """The item's own; only what opens an execution was priced."""
    return budget_of(op.tx, item, limited=op.contract(item).abre_execucao)


def _price(op: Operation, item: Doc) -> Doc | None:
    return price_of(op.tx, item) if op.contract(item).abre_execucao else None


def _hold(op: Operation, item: Doc, contexto: Doc) -> None:
    """Block the item behind the question."""
    motivo, before = contexto["motivo"], item["status"]
    op.event(
        "orcamento.esgotado", item, motivo=motivo, limite=contexto["limite"], recurso=contexto["recurso"]
    )
    question = raise_question(op, QUESTION, item, contexto)
    item["depende_de"].append(question)
    wait(op, item, [question], motivo)
    item["status"] = before
    op.move(item, Status.BLOQUEADO, motivo=motivo, depende_de=[question])
    after_waiting(op, item)


def _about_item(op: Operation, item: Doc, budget: Budget, recurso: str, details: Mapping[str, Any]) -> Doc:
    price = _price(op, item)
    base = priced(price) if price else Amounts()
    contexto = _common(op, item, budget) | dict(details)
    steps = {
        "estender": _step(budget, base, Decimal(1)),
        "metade": _step(budget, base, Decimal("0.5")),
    }
    turns = recurso == "turnos"
    said = {name: "as many turns again" if turns else _told(step, "more") for name, step in steps.items()}
    return contexto | {
        "motivo": _USED_UP[recurso],
        "limite": ITEM,
        "recurso": recurso,
        "estender": {} if turns else steps["estender"],
        "metade": {} if turns else steps["metade"],
        "mais": said["estender"],
        "mais_metade": said["metade"],
    }


def _step(budget: Budget, base: Amounts, share: Decimal) -> Doc:
    """A share of what was approved, on top of whatever is used already."""
    added: Doc = {}
    if base.custo is not None and budget.aprovado.custo is not None:
        beyond = max((budget.usado.custo or Decimal(0)) - budget.aprovado.custo, Decimal(0))
        added["custo"] = exact((beyond + base.custo * share).quantize(Decimal("0.0001")))
    if base.tokens is not None and budget.aprovado.tokens is not None:
        added["tokens"] = max((budget.usado.tokens or 0) - budget.aprovado.tokens, 0) + int(
            base.tokens * share
        )
    return added


def _about_period(
    op: Operation, item: Doc, budget: Budget, escopo: str, periodo: str, found: PeriodBudget
) -> Doc:
    need = budget.resta.custo
    whole, half = (
        {"custo": exact(_period_step(found, need, share))} for share in (Decimal(1), Decimal("0.5"))
    )
    name = f"limit of the {_named(escopo)}"
    passed = f"the {name} {periodo} is used up" if need is None else f"it would pass the {name} {periodo}"
    return _common(op, item, budget) | {
        "motivo": passed,
        "limite": escopo,
        "periodo": periodo,
        "recurso": "custo",
        "do_limite": found.document(),
        "estender": whole,
        "metade": half,
        "mais": f"{_told(whole, 'more')} in the {name}",
        "mais_metade": f"{_told(half, 'more')} in the {name}",
        **({"renova_em": month_ends(op.now, op.rules.limites.fuso)} if escopo == MONTH else {}),
    }


def _period_step(found: PeriodBudget, need: Decimal | None, share: Decimal) -> Decimal:
    """What lets the item go on: a share of the limit, and whatever is missing; R$ 1 where the limit is
    nothing.
    """
    part = (found.limite * share).quantize(_CENT)
    if need is not None:
        return max(part, need - found.resta)
    return max(-found.resta, Decimal(0)) + max(part, Decimal(1))


def _common(op: Operation, item: Doc, budget: Budget) -> Doc:
    price = _price(op, item)
    found: Doc = {
        "item_ref": item["id"],
        "item_tipo": item["tipo"],
        "titulo": item["titulo"],
        "tentativas": len(item["tentativas"]),
        "aprovado": budget.aprovado.document(),
        "usado": budget.usado.document(),
        "medido": budget.medido,
        "por": _by_model(op, item),
    }
    spec_ref = item["spec_ref"] or (price["spec_ref"] if price else "")
    version = item["spec_versao"] or (price["spec_versao"] if price else None)
    if spec_ref and version is not None:
        # Without them there is no spec to push back.
        found |= {"spec_ref": spec_ref, "spec_versao": version}
    if price:
        found["spec_recursos_ref"] = price["id"]
    return found


def _by_model(op: Operation, item: Doc) -> list[Doc]:
    """What each model was used for, the most tokens first."""
    sums: dict[str, Doc] = {}
    for call in _calls(op, item):
        entry = sums.setdefault(call["modelo"], {"modelo": call["modelo"], "tokens": 0, "custo": None})
        entry["tokens"] += call["tokens_entrada"] + call["tokens_saida"] + call["tokens_cache"]
        cost = spending.call_cost(call)
        if cost is not None:
            entry["custo"] = exact(Decimal(entry["custo"] or "0") + cost)
    return sorted(sums.values(), key=lambda entry: -entry["tokens"])[:_USERS]


def _calls(op: Operation, item: Doc) -> Iterable[Doc]:
    for work in lineage(op.tx, item):
        if work["execucao_ref"]:
            yield from op.tx.find(spending.CALLS, "execucao_id", work["execucao_ref"])
        for attempt in work["tentativas"]:
            yield from (attempt["uso"] or {}).get("chamadas", ())


def _told(amounts: Mapping[str, Any], word: str) -> str:
    """`R$ 42,10 and 1.200 tokens more`."""
    parts = []
    if amounts.get("custo") is not None:
        parts.append(f"R$ {_with_comma(Decimal(amounts['custo']), 2)}")
    if amounts.get("tokens") is not None:
        parts.append(f"{_with_comma(Decimal(amounts['tokens']), 0)} tokens")
    return f"{' and '.join(parts) or 'nothing'} {word}"


def _with_comma(amount: Decimal, digits: int) -> str:
    text = f"{amount:,.{digits if amount == 0 or amount >= Decimal('0.01') or not digits else 4}f}"
    return text.translate(str.maketrans(",.", ".,"))


def _named(escopo: str) -> str:
    return "month" if escopo == MONTH else "sprint"
