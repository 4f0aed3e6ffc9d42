"""The documents behind a figure, by their ids: what each is, how it stands, the item that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from store.metrics.facts import (
    Call,
    Capability,
    Decision,
    Deployment,
    Execution,
    Facts,
    Item,
    LineSpan,
    Moment,
    Price,
    Release,
    Task,
)
from store.metrics.keeping import Changed, kept

INDEX = "behind"
_FIELDS = (
    "itens",
    "execucoes",
    "decisoes",
    "releases",
    "implantacoes",
    "chamadas",
    "precos",
    "capacidades",
    "tasks",
)


class Behind(NamedTuple):
    """One document; `item_id` is empty where no item leads to it."""

    id: str
    item_id: str
    tipo: str
    """The item's type, or the collection in the singular: `execucao`, `decisao`, `release` …"""
    texto: str
    status: str
    em: Moment
    """When it ended, or began where it has not, in epoch seconds."""
    spec_ref: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything by its id, and the item of each execution."""

    records: Mapping[str, Any]
    item_of: Mapping[str, str]


def behind(facts: Facts, ids: Iterable[str]) -> tuple[Behind, ...]:
    """A row an id, in the order of the ids; one that the facts don't know keeps its id and nothing else."""
    known = kept(facts, INDEX, _index, tuple(_FIELDS), _after)
    # Until when a process that was killed ran is found out after its fact was read: they are not carried.
    spans = {each.id: _line(each) for each in facts.linhas}
    return tuple(spans.get(each) or _found(known, each) for each in ids)


def _found(known: _Known, document_id: str) -> Behind:
    record = known.records.get(document_id)
    if record is None:
        return Behind(document_id, "", "", "", "", None)
    return _ROWS[type(record)](record, known.item_of)


def _index(facts: Facts) -> _Known:
    records = {each.id: each for field in _FIELDS for each in getattr(facts, field)}
    return _Known(records, {each.id: each.item_ref for each in facts.execucoes})


def _after(old: _Known, changed: Sequence[Changed]) -> _Known:
    """Everything when some of it is other than it was."""
    records, item_of = dict(old.records), dict(old.item_of)
    for field, before, after in changed:
        if after is None:
            records.pop(before.id, None)
            item_of.pop(before.id, None)
        else:
            records[after.id] = after
            if field == "execucoes":
                item_of[after.id] = after.item_ref
    return _Known(records, item_of)


def _item(item: Item, _: Mapping[str, str]) -> Behind:
    ended = _first(item.encerrado, item.iniciado, item.criado)
    return Behind(item.id, item.id, item.tipo, item.ator, item.status, ended, item.spec_ref)


def _execution(run: Execution, _: Mapping[str, str]) -> Behind:
    ended = _first(run.encerrada, run.criada)
    return Behind(run.id, run.item_ref, "execucao", run.release_ref, run.status, ended, run.spec_ref)


def _decision(decision: Decision, _: Mapping[str, str]) -> Behind:
    status = "desfeita" if decision.desfeita else decision.opcao
    return Behind(
        decision.id, decision.item_ref, "decisao", decision.tipo, status, decision.em, decision.spec_ref
    )


def _release(release: Release, item_of: Mapping[str, str]) -> Behind:
    item_id = item_of.get(release.execucao_ref, "")
    return Behind(
        release.id, item_id, "release", release.execucao_ref, release.status, release.criada, release.spec_ref
    )


def _deployment(each: Deployment, item_of: Mapping[str, str]) -> Behind:
    item_id, ended = item_of.get(each.execucao_ref, ""), _first(each.fim, each.inicio)
    text = " to ".join(part for part in (each.release_ref, each.alvo) if part)
    return Behind(each.id, item_id, "implantacao", text, each.status, ended, each.spec_ref)


def _call(call: Call, item_of: Mapping[str, str]) -> Behind:
    return Behind(call.id, item_of.get(call.execucao_ref, ""), "uso_llm", call.modelo, call.fase, call.em)


def _price(price: Price, _: Mapping[str, str]) -> Behind:
    return Behind(price.id, "", "preco", f"version {price.spec_versao}", "", price.criada, price.spec_ref)


def _capability(capability: Capability, _: Mapping[str, str]) -> Behind:
    return Behind(capability.id, "", "capacidade", capability.nome, capability.tipo, capability.adicionada)


def _task(task: Task, _: Mapping[str, str]) -> Behind:
    return Behind(task.id, task.item_ref, "task", task.chave, task.fim, _first(task.encerrada, task.criada))


def _line(span: LineSpan) -> Behind:
    status = "" if span.fim is None else "em_ordem" if span.em_ordem else "perdida"
    return Behind(span.id, "", "linha", "", status, _first(span.fim, span.inicio))


def _first(*moments: Moment) -> Moment:
    return next((moment for moment in moments if moment is not None), None)


_ROWS: Mapping[type, Callable[[Any, Mapping[str, str]], Behind]] = {
    Item: _item,
    Execution: _execution,
    Decision: _decision,
    Release: _release,
    Deployment: _deployment,
    Call: _call,
    Price: _price,
    Capability: _capability,
    Task: _task,
}
