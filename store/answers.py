"""Carry an answer out: claim its item, do what the contract says of the option, conclude it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store import executions
from store.backlog.attempts import claim
from store.backlog.broker import NOBODY
from store.backlog.endings import close_attempt, finish
from store.backlog.expressions import evaluate, fill, reference
from store.backlog.interventions import apply_effect
from store.backlog.operation import Operation
from store.backlog.ports import Doc
from store.backlog.produce import produce
from store.backlog.settle import settle
from store.backlog.versions import validate_spec
from store.clock import add_seconds
from store.contracts import Answer
from store.documents import check
from store.documents.item import Status
from store.errors import WrongInput, WrongState
from store.guards import sources_of, why_not


def answerable(op: Operation, item: Doc, opcao: str, motivo: str) -> Answer:
    """The option of a pending item, if it can be given now with that reason."""
    answer = op.contract(item).answer(opcao)
    reason = why_not(answer, sources_of(op.tx, item))
    if reason:
        raise WrongState(f"{opcao} can't be chosen for {item['id']}: {reason}")
    if answer.motivo == "obrigatorio" and not motivo.strip():
        raise WrongInput(
            f"{opcao} needs a reason", path="motivo", remedy="say why; it is kept with the decision"
        )
    return answer


def carry_out(op: Operation, item: Doc, answer: Answer, given: Doc) -> None:
    """Everything that an answer does, to its item and to others; `given` is what was answered
    (`opcao`, `motivo`, `nota`, `quem`). Raises WrongState when it can't be done now.
    """
    claim(op, item, item["ator"], NOBODY, None)
    sources = sources_of(op.tx, item) | {"decisao": given}
    item["resultado"] = dict(given)
    close_attempt(op, item, "concluido" if answer.fim == "Concluido" else "cancelado", motivo=given["motivo"])
    for follow in answer.gera:
        novo: Doc = {"tipo": follow.tipo, "contexto": evaluate(follow.contexto, sources)}
        if follow.titulo:
            novo["titulo"] = fill(follow.titulo, sources)
        if follow.apos_s:
            novo["disponivel_em"] = add_seconds(op.now, follow.apos_s)
        produce(op, novo, produtor=item["ator"], pai=item)
    _mark(op, answer, sources)
    if answer.recusa:
        item.update(desfecho="perdido", desfecho_em=op.now)
    if answer.execucao:
        executions.encerrar(op.tx, item["execucao_ref"], answer.execucao, op.now)
    finish(op, item, Status(answer.fim), motivo=given["motivo"], opcao=given["opcao"])
    if answer.valida_spec:
        validate_spec(op, item)
    if answer.efeito_em is not None:
        target = op.item(reference(answer.efeito_em.item, sources))
        apply_effect(op, answer.efeito_em, target, item, given["motivo"])
    settle(op)


def _mark(op: Operation, answer: Answer, sources: Mapping[str, Any]) -> None:
    for mark in answer.marca:
        doc = op.tx.get(mark.colecao, reference(mark.id, sources))
        if doc is not None:
            doc.update(evaluate(mark.campos, sources))
            check(mark.colecao, doc)
            op.tx.put(mark.colecao, doc)
