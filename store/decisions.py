"""Decisions: an answer claims and concludes its item in one transaction, and can be taken back for a
moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store import executions
from store.answered import DECISIONS as COLLECTION
from store.answered import pending
from store.answers import answerable, carry_out
from store.backlog import spending
from store.backlog.broker import PERSON, Backlog
from store.backlog.endings import changed, end_episode
from store.backlog.gaps import COLLECTION as CAPABILITIES
from store.backlog.gaps import look_at_waiters
from store.backlog.operation import ITEMS, Operation
from store.backlog.outcomes import mark_verifying
from store.backlog.ports import Doc
from store.backlog.recording import BATCHES, Recording, digest
from store.backlog.settle import settle
from store.clock import add_seconds, seconds_between
from store.documents import check, complete
from store.documents.item import Status
from store.errors import WrongInput, WrongState
from store.options import options_of
from store.sprint.tasks import TASKS, withdraw
from store.views.model import Option

VERSIONS = ("spec_versao", "spec_recursos_ref", "release_ref", "implantacao_ref", "manifesto_sha256")
"""What a question binds to, as far as its `contexto` names it."""
TAKEN_BACK = "decision taken back"


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
        AlreadyDecided when somebody was faster, WrongState when the item is not to be answered (any more),
        WrongInput for an unknown option or a missing reason.
        """
        rules = self.backlog.rules
        with self.backlog.db.transaction() as tx:
            recording = Recording(tx)
            now = rules.clock.now()
            not_before = add_seconds(now, undo_s) if undo_s > 0 else ""
            op = Operation(recording, rules, quem=quem, not_before=not_before)
            item = pending(op, item_id)
            answer = answerable(op, item, opcao, motivo)
            asked_at = item["pendente_em"]
            given = {"opcao": opcao, "motivo": motivo, "nota": nota, "quem": quem}
            carry_out(op, item, answer, given)
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
            for batch_id in decision["desfaz"].get("lotes", ()):
                tx.delete(BATCHES, batch_id)
            for task_id in decision["desfaz"].get("tarefas", ()):
                withdraw(op, task_id, TAKEN_BACK)
            for entry in decision["desfaz"]["antes"]:
                if entry["colecao"] == CAPABILITIES:
                    look_at_waiters(op, entry["doc"]["nome"])
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
            item = pending(op, item_id)
            if ate <= op.now:
                raise WrongInput("a snooze ends in the future", path="ate")
            item["disponivel_em"] = ate
            op.save(item)
            op.event("decisao.adiada", item, ate=ate)

    def opcoes(self, item: Mapping[str, Any], *, previews: bool = True) -> list[Option]:
        """What can be answered now, with what each answer will do; empty when nothing is asked.

        An option that is there but can't be chosen says why (`indisponivel`). Without `previews` it costs
        next to nothing.
        """
        return options_of(self.backlog, item, previews=previews)

    def abertas(self) -> list[Doc]:
        """The inbox: every item that waits for a person, oldest first (snoozed ones have a due time to
        come).
        """
        return [
            item
            for item in self.backlog.db.find(ITEMS, "status", str(Status.PENDENTE))
            if item["humano"] and not item.get("retido")
        ]


def _count_hours(op: Operation, item: Doc, trabalho_s: float | None) -> None:
    """Record what a person worked on the answer; a budget's hours wait for the execution that comes of it."""
    fase = op.contract(item).fase
    if trabalho_s is None or fase is None:
        return
    spending.count_people(op, item, trabalho_s)
    if item["execucao_ref"]:
        executions.registrar_pessoas(op.tx, item["execucao_ref"], fase, trabalho_s, op.now)


def _versions(item: Doc) -> Doc:
    bound = {name: item["contexto"][name] for name in VERSIONS if name in item["contexto"]}
    return {"contrato": item["contrato_versao"], "spec_versao": item["spec_versao"], **bound}


def _undoable(op: Operation, decision: Doc) -> None:
    if decision["estado"] != "tomada":
        raise WrongState(f"{decision['id']} was taken back already, by {decision['desfeita_por']}")
    in_time = decision["desfazer_ate"] > op.now
    if not in_time and not decision["gerados"]:
        raise WrongState(f"{decision['id']} cannot be taken back any more: its time is over")
    undo = decision["desfaz"]
    for batch_id in undo.get("lotes", ()):
        if op.tx.get(BATCHES, batch_id) is None:
            raise WrongState(f"{decision['id']} cannot be taken back any more: what it set free has gone on")
    places = {entry["doc"]["id"]: entry["colecao"] for entry in undo["antes"]}
    places |= dict.fromkeys(undo.get("tarefas", ()), TASKS)
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
    if item["lease"]:
        # Its worker was stopped when the decision took the work away; what it used was counted then.
        item["tentativas"][-1].update(fim=op.now, fim_motivo="devolvido", motivo=TAKEN_BACK)
        item.update(lease=None, status=str(Status.PENDENTE), pendente_em=op.now)
        op.save(item)
    if de != item["status"]:
        op.event("item.transicao", item, de=de, para=item["status"], motivo=TAKEN_BACK)
        if item["humano"] and item["status"] == Status.PENDENTE and not item.get("retido"):
            op.event("decisao.solicitada", item)
    changed(op, item)
    if item["status"] == Status.BLOQUEADO:
        if mark_verifying(op, item):
            op.save(item)
        # What it waits for may have ended while it did not wait.
        for ref in item["depende_de"]:
            op.later("outcome", ref)


def _withdraw(op: Operation, item: Doc) -> None:
    """What the undone decision had produced; its parent does not know it any more."""
    end_episode(op, item, str(Status.CANCELADO))
    item.update(concluido_em=op.now, motivo="the decision that produced it was taken back", parte=False)
    op.move(item, Status.CANCELADO, motivo=item["motivo"])
    changed(op, item)
