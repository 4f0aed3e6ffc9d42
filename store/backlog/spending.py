"""What attempts and people cost, added to where it counts: attempt, calls, execution, month, sprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from store import executions
from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.budgets import price_of, spent
from store.documents import complete
from store.executions import call_cost
from store.money import exact
from store.periods import LEDGER, ledger_key, periods

CALLS = "uso_llm"
_HOUR = 3600.0


def record_use(op: Operation, item: Doc, uso: Mapping[str, Any]) -> None:
    """Write what the running attempt used so far (not saved here); what is new of it counts once.

    `uso` are the attempt's totals; its `chamadas` are the calls since the last time. They become rows of
    `uso_llm` once the item has an execution; until then calls of the same kind are one, however often they
    are written down.
    """
    attempt = item["tentativas"][-1]
    before = attempt["uso"] or {}
    calls = _merged([*before.get("chamadas", ()), *uso.get("chamadas", ())])
    attempt["uso"] = {name: value for name, value in {**before, **uso}.items() if name != "chamadas"}
    if calls:
        attempt["uso"]["chamadas"] = calls
    _tell_calls(op, item, before.get("apis") or {}, attempt["uso"].get("apis") or {})
    if item["execucao_ref"]:
        _hand_over_calls(op, item)
        _hand_over_apis(op, item)
    _count(op, item, spent(attempt["uso"]) - spent(before))


_KIND = ("modelo", "fase", "moeda", "cambio", "preco_versao")
_TOKENS = ("tokens_entrada", "tokens_saida", "tokens_cache")
_COSTS = ("custo_informado", "custo_calculado")


def _merged(calls: Sequence[Doc]) -> list[Doc]:
    """Calls of one model in one phase at one price, added up; a cost that is not known stays apart from those
    that are. `ts` is the last one's.
    """
    found: dict[tuple[Any, ...], Doc] = {}
    for call in calls:
        kind = (*(call[name] for name in _KIND), *(call[name] is None for name in _COSTS))
        before = found.get(kind)
        found[kind] = dict(call) if before is None else before | _sum(before, call)
    return list(found.values())


def _sum(one: Doc, other: Doc) -> Doc:
    tokens = {name: one[name] + other[name] for name in _TOKENS}
    known = [name for name in _COSTS if other[name] is not None]
    costs = {name: exact(Decimal(one[name]) + Decimal(other[name])) for name in known}
    return {"ts": max(one["ts"], other["ts"]), **tokens, **costs}


def _hand_over_calls(op: Operation, item: Doc) -> None:
    """Give the execution every call that attempts kept for want of one."""
    rows = [
        {
            **call,
            "execucao_id": item["execucao_ref"],
            "worker": attempt["ator"],
            "tentativa": attempt["numero"],
        }
        for attempt in item["tentativas"]
        if attempt["uso"]
        for call in attempt["uso"].pop("chamadas", ())
    ]
    for row in rows:
        op.tx.insert(CALLS, complete(CALLS, row))
    if rows:
        executions.somar_uso(op.tx, item["execucao_ref"], op.now)


def _tell_calls(op: Operation, item: Doc, before: Mapping[str, int], after: Mapping[str, int]) -> None:
    """An event an API that was called since the last time (metrics.md 0, `api.chamada`)."""
    for api, calls in after.items():
        new = calls - before.get(api, 0)
        if new > 0:
            op.event("api.chamada", item, api=api, chamadas=new, detalhe=f"{new} × {api}")


def _hand_over_apis(op: Operation, item: Doc) -> None:
    """Add to the execution the calls by API that it was not given yet, and what they cost."""
    for attempt in item["tentativas"]:
        uso = attempt["uso"] or {}
        calls, custo = uso.get("apis") or {}, (uso.get("custo") or {}).get("apis")
        given = uso.get("apis_entregues") or {"chamadas": {}, "custo": None}
        if calls == given["chamadas"]:
            continue
        new = {api: count - given["chamadas"].get(api, 0) for api, count in calls.items()}
        paid = None if custo is None else Decimal(custo) - Decimal(given["custo"] or "0")
        executions.somar_chamadas(op.tx, item["execucao_ref"], new, paid, op.now)
        uso["apis_entregues"] = {"chamadas": dict(calls), "custo": custo}


def charge_machine(op: Operation, item: Doc, *, handed_in: bool) -> None:
    """The item's last attempt has ended: its execution gets to know what it took of the machine.

    One that has `handed_in` its outcome has recorded its phases; of any other, what its phases have not
    recorded counts all the same. Attempts that ended before there was an execution are made up for.
    """
    ref = item["execucao_ref"]
    if not ref or item["humano"]:
        return
    *before, last = item["tentativas"]
    fase = "dev" if op.contract(item).abre_execucao else "deploy"
    executions.medir_tentativa(op.tx, ref, fase, {} if handed_in else _machine(last), op.now)
    for attempt in before:
        if attempt.get("medida") is False:
            executions.medir_tentativa(op.tx, ref, fase, _machine(attempt), op.now)
    for attempt in item["tentativas"]:
        attempt["medida"] = True


def _machine(attempt: Doc) -> Doc:
    """What an attempt took of the machine, as its keeper measured it and in the execution's units."""
    uso = attempt["uso"] or {}
    return {
        "maquina_s": uso.get("wall_s") or 0.0,
        "cpu_horas": (uso.get("cpu_s") or 0.0) / _HOUR,
        "ram_gb_horas": (uso.get("ram_gb_s") or 0.0) / _HOUR,
        "infra": (uso.get("custo") or {}).get("infra") or "0",
    }


def count_people(op: Operation, item: Doc, segundos: float) -> None:
    """A person's time at a decision counts to the month and the sprint, at what the price says of an hour."""
    price = price_of(op.tx, item)
    rate = executions.hour_rate(executions.estimate(price)) if price else None
    if rate is not None:
        _count(op, item, (rate * Decimal(str(segundos)) / 3600).quantize(Decimal("0.0001")))


def grant(op: Operation, escopo: str, periodo: str, question_id: str, custo: str) -> None:
    """Raise a period's limit by what the answer to `question_id` adds; it counts while that is answered."""
    entry = _ledger(op, escopo, periodo)
    entry["extensoes"][question_id] = custo
    _put(op, entry)


def _count(op: Operation, item: Doc, custo: Decimal) -> None:
    for escopo, periodo in periods(item, op.now, op.rules.limites) if custo else ():
        entry = _ledger(op, escopo, periodo)
        entry["usado"] = exact(Decimal(entry["usado"]) + custo)
        _put(op, entry)


def _ledger(op: Operation, escopo: str, periodo: str) -> Doc:
    key = ledger_key(escopo, periodo)
    found: Sequence[Doc] = op.tx.find(LEDGER, "chave", key)
    return found[0] if found else {"id": "", "chave": key, "usado": "0.00", "extensoes": {}}


def _put(op: Operation, entry: Doc) -> None:
    entry["atualizado_em"] = op.now
    complete(LEDGER, entry)
    if entry["id"]:
        op.tx.put(LEDGER, entry)
    else:
        op.tx.insert(LEDGER, entry)


__all__ = ["CALLS", "call_cost", "charge_machine", "count_people", "grant", "record_use"]
