"""Decisions: an answer claims and concludes its item in one transaction, and can be taken back for a
moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store import executions
from store.backlog.attempts import claim
from store.backlog.broker import NOBODY, PERSON, Backlog
from store.backlog.endings import changed, close_attempt, end_episode, finish
from store.backlog.expressions import evaluate, fill, reference
from store.backlog.interventions import apply_effect
from store.backlog.operation import ITEMS, Operation
from store.backlog.outcomes import WAITING
from store.backlog.ports import Doc
from store.backlog.produce import produce
from store.backlog.recording import Recording, digest
from store.backlog.settle import settle
from store.backlog.versions import validate_spec
from store.clock import add_seconds, seconds_between
from store.contracts import Answer
from store.documents import check, complete
from store.documents.item import Status
from store.errors import WrongInput, WrongState
from store.views.model import Option

COLLECTION = "decisoes"
VERSIONS = ("spec_versao", "spec_recursos_ref", "release_ref", "implantacao_ref", "manifesto_sha256")
"""What a question binds to, as far as its `contexto` names it."""


class Decisions:
    """Answers to what waits for a person; a policy answers as `politica:<rule>`."""

    def __init__(self, backlog: Backlog) -> None:
        self.backlog = backlog

    def decidir(
        self,
        item_id: str,
        opcao: str,
        *,
        motivo: str = "",
        nota: str = "",
        quem: str = PERSON,
        politica: str | None = None,
        undo_s: float = 5.0,
        trabalho_s: float | None = None,
    ) -> str:
        """Answer an item; returns the id of the `decisoes` document.

        `trabalho_s` is how long a person had it open: people's hours of the execution that the item carries.

        What it generates, and what it sets free, can be claimed only after `undo_s` seconds. Raises
        WrongState when the item is not to be answered (any more), WrongInput for an unknown option or a
        missing reason.
        """
        rules = self.backlog.rules
        with self.backlog.db.transaction() as tx:
            recording = Recording(tx)
            now = rules.clock.now()
            not_before = add_seconds(now, undo_s) if undo_s > 0 else ""
            op = Operation(recording, rules, quem=quem, not_before=not_before)
            item = op.item(item_id)
            answer = _answerable(op, item, opcao, motivo)
            asked_at = item["pendente_em"]
            given = {"opcao": opcao, "motivo": motivo, "nota": nota, "quem": quem}
            _answer(op, item, answer, given)
            settle(op)
            _count_hours(op, item, trabalho_s)
            decision = {
                **given,
                "item_ref": item_id,
                "tipo": item["tipo"],
                "saga_id": item["saga_id"],
                "spec_ref": item["spec_ref"],
                "politica": politica,
                "em": op.now,
                "trabalho_s": trabalho_s,
                "espera_s": max(0.0, seconds_between(asked_at, op.now)) if asked_at else 0,
                "versoes": _versions(item),
                "gerados": recording.items_created(ITEMS),
                "desfazer_ate": not_before,
                "desfaz": recording.undo_document(ITEMS),
            }
            decision_id = tx.insert(COLLECTION, complete(COLLECTION, decision))
            op.event(
                "decisao.tomada",
                item,
                opcao=opcao,
                motivo=motivo,
                nota=nota,
                decisao=decision_id,
                politica=politica,
            )
            return decision_id

    def desfazer(self, decisao_id: str, quem: str = PERSON) -> None:
        """Take a decision back, while nothing that it did or generated was touched since."""
        rules = self.backlog.rules
        with self.backlog.db.transaction() as tx:
            op = Operation(tx, rules, quem=quem)
            decision = tx.get(COLLECTION, decisao_id)
            if decision is None:
                raise WrongInput(f"there is no decision {decisao_id}")
            _undoable(op, decision)
            for entry in decision["desfaz"]["antes"]:
                _restore(op, entry)
            for item_id in decision["desfaz"]["criados"]:
                _withdraw(op, op.item(item_id))
            decision.update(estado="desfeita", desfeita_em=op.now, desfeita_por=quem)
            check(COLLECTION, decision)
            tx.put(COLLECTION, decision)
            op.event(
                "decisao.desfeita", op.item(decision["item_ref"]), opcao=decision["opcao"], decisao=decisao_id
            )
            settle(op)

    def adiar(self, item_id: str, ate: str, quem: str = PERSON) -> None:
        """Snooze: the item asks again only at `ate` (UTC text, in the future)."""
        with self.backlog.operation(quem=quem) as op:
            item = op.item(item_id)
            _pending(item)
            if ate <= op.now:
                raise WrongInput("a snooze ends in the future", path="ate")
            item["disponivel_em"] = ate
            op.save(item)
            op.event("decisao.adiada", item, ate=ate)

    def opcoes(self, item: Mapping[str, Any]) -> list[Option]:
        """What can be answered now, with what each answer will do; empty when nothing is asked."""
        if not item["humano"] or item["status"] != Status.PENDENTE:
            return []
        contract = self.backlog.rules.book.of(dict(item))
        sources = {"item": item, "contexto": item["contexto"], "spec_ref": item["spec_ref"]}
        return [
            Option(
                nome,
                answer.tecla,
                answer.rotulo,
                fill(answer.efeito, sources),
                exige_motivo=answer.motivo == "obrigatorio",
                perigosa=answer.perigosa,
            )
            for nome, answer in contract.opcoes.items()
        ]

    def abertas(self) -> list[Doc]:
        """The inbox: every item that waits for a person, oldest first (snoozed ones have a due time to
        come).
        """
        return [
            item for item in self.backlog.db.find(ITEMS, "status", str(Status.PENDENTE)) if item["humano"]
        ]


def _count_hours(op: Operation, item: Doc, trabalho_s: float | None) -> None:
    """Record what a person worked on the answer; a budget's hours wait for the execution that comes of it."""
    fase = op.contract(item).fase
    if trabalho_s is not None and fase is not None and item["execucao_ref"]:
        executions.registrar_pessoas(op.tx, item["execucao_ref"], fase, trabalho_s, op.now)


def _pending(item: Doc) -> None:
    if not item["humano"]:
        raise WrongState(f"{item['id']} ({item['tipo']}) is {item['ator']}'s and is not decided by a person")
    if item["status"] == Status.BLOQUEADO:
        held_by = [ref for ref in item["depende_de"] if item["dependencias"][ref]["estado"] in WAITING]
        raise WrongState(f"{item['id']} cannot be decided yet: it waits for {', '.join(held_by)}")
    if item["status"] != Status.PENDENTE:
        why = f": {item['motivo']}" if item["motivo"] else ""
        raise WrongState(f"{item['id']} is {item['status']} already{why}")


def _answerable(op: Operation, item: Doc, opcao: str, motivo: str) -> Answer:
    _pending(item)
    answer = op.contract(item).answer(opcao)
    if answer.motivo == "obrigatorio" and not motivo.strip():
        raise WrongInput(
            f"{opcao} needs a reason", path="motivo", remedy="say why; it is kept with the decision"
        )
    return answer


def _answer(op: Operation, item: Doc, answer: Answer, given: Doc) -> None:
    """Claim, do what the answer says, conclude."""
    claim(op, item, item["ator"], NOBODY, None)
    sources = {"item": item, "contexto": item["contexto"], "decisao": given}
    item["resultado"] = dict(given)
    close_attempt(op, item, "concluido" if answer.fim == "Concluido" else "cancelado", motivo=given["motivo"])
    for follow in answer.gera:
        novo: Doc = {"tipo": follow.tipo, "contexto": evaluate(follow.contexto, sources)}
        if follow.apos_s:
            novo["disponivel_em"] = add_seconds(op.now, follow.apos_s)
        produce(op, novo, produtor=item["ator"], pai=item)
    _mark(op, answer, sources)
    if answer.recusa:
        item["desfecho"] = "perdido"
    if answer.execucao:
        executions.encerrar(op.tx, item["execucao_ref"], answer.execucao, op.now)
    finish(op, item, Status(answer.fim), motivo=given["motivo"], opcao=given["opcao"])
    if answer.valida_spec:
        validate_spec(op, item)
    if answer.efeito_em is not None:
        target = op.item(reference(answer.efeito_em.item, sources))
        apply_effect(op, answer.efeito_em.operacao, target, item, given["motivo"])


def _mark(op: Operation, answer: Answer, sources: Mapping[str, Any]) -> None:
    for mark in answer.marca:
        doc = op.tx.get(mark.colecao, reference(mark.id, sources))
        if doc is not None:
            doc.update(evaluate(mark.campos, sources))
            check(mark.colecao, doc)
            op.tx.put(mark.colecao, doc)


def _versions(item: Doc) -> Doc:
    bound = {name: item["contexto"][name] for name in VERSIONS if name in item["contexto"]}
    return {"contrato": item["contrato_versao"], "spec_versao": item["spec_versao"], **bound}


def _undoable(op: Operation, decision: Doc) -> None:
    if decision["estado"] != "tomada":
        raise WrongState(f"{decision['id']} was taken back already")
    in_time = decision["desfazer_ate"] > op.now
    if not in_time and not decision["gerados"]:
        raise WrongState(f"{decision['id']} cannot be taken back any more: its time is over")
    undo = decision["desfaz"]
    places = {entry["doc"]["id"]: entry["colecao"] for entry in undo["antes"]}
    for doc_id, left in undo["depois"].items():
        if digest(op.tx.get(places.get(doc_id, ITEMS), doc_id)) != left:
            raise WrongState(f"{decision['id']} cannot be taken back any more: {doc_id} has gone on")


def _restore(op: Operation, entry: Doc) -> None:
    """Put a document back as it was."""
    where, doc = entry["colecao"], entry["doc"]
    if where != ITEMS:
        op.tx.put(where, doc)
        return
    item = op.item(doc["id"])
    de = item["status"]
    item.clear()
    item.update(doc)
    op.save(item)
    if de != doc["status"]:
        op.event("item.transicao", item, de=de, para=doc["status"], motivo="decision taken back")
    changed(op, item)
    if item["status"] == Status.BLOQUEADO:
        # What it waits for may have ended while it did not wait.
        for ref in item["depende_de"]:
            op.later("outcome", ref)


def _withdraw(op: Operation, item: Doc) -> None:
    """What the undone decision had produced; its parent does not know it any more."""
    end_episode(op, item, str(Status.CANCELADO))
    item.update(concluido_em=op.now, motivo="the decision that produced it was taken back", parte=False)
    op.move(item, Status.CANCELADO, motivo=item["motivo"])
    changed(op, item)
