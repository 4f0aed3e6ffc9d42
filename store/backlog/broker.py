"""MS_Backlog: the operations that the mission names, each one transaction with its event.

Every method takes `tx` to join a transaction of the caller's. An exception must leave that transaction:
what an operation wrote before it refused goes with the roll back.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from store.backlog import attempts, batches, budgeting, due, gaps, interventions, spending, versions
from store.backlog.attempts import Claim, Executor
from store.backlog.book import ContractBook
from store.backlog.endings import QUESTIONS, close_attempt
from store.backlog.operation import ITEMS, SYSTEM, Operation, Rules
from store.backlog.ports import Doc, Store, Transaction
from store.backlog.produce import produce
from store.backlog.settle import settle
from store.backlog.unblock import carry_out
from store.clock import Clock, TokenSource
from store.collections import LIMIT_ASKED
from store.contracts import Contracts, Retries
from store.documents.item import OPEN, Status
from store.errors import LostToken, WrongInput, WrongState
from store.limits import NO_LIMITS, PERIODS, Limits
from store.sprint import pulling

PERSON = "humano"
NOBODY = Executor(boot_id="", pid=0, inicio="")
"""The executor of what a person does."""

_HELD_AT_ONCE = 64
"""Items that one claim moves behind a question about their budget before it lets others have the store."""


class Backlog:
    """The broker. Contracts, time, tokens, randomness and what may be spent are handed in."""

    def __init__(
        self,
        db: Store,
        contracts: Contracts,
        clock: Clock,
        tokens: TokenSource,
        rng: random.Random,
        limites: Limits = NO_LIMITS,
    ) -> None:
        for tipo in QUESTIONS:
            contracts.of_type(tipo)
        self.db, self.contracts = db, contracts
        self.rules = Rules(ContractBook(contracts, db), db, clock, tokens, rng, limites)

    @contextmanager
    def operation(
        self, tx: Transaction | None = None, *, quem: str = SYSTEM, not_before: str = ""
    ) -> Iterator[Operation]:
        """One operation, in the caller's transaction or in its own; what it touched is settled at its end."""
        if tx is not None:
            op = Operation(tx, self.rules, quem=quem, not_before=not_before)
            yield op
            settle(op)
            return
        with self.db.transaction() as own:
            op = Operation(own, self.rules, quem=quem, not_before=not_before)
            yield op
            settle(op)

    def produzir(
        self, novo: Mapping[str, Any], *, produtor: str, pai: str | None = None, tx: Transaction | None = None
    ) -> str:
        """Store a new item, or find the one that its key names; returns its id.

        Raises WrongInput with the path of what the contract does not allow, and CycleRefused; nothing is
        stored then.
        """
        with self.operation(tx, quem=produtor) as op:
            return produce(op, novo, produtor=produtor, pai=op.item(pai) if pai else None)

    def consumir(
        self,
        tipos: Sequence[str],
        ator: str,
        executor: Executor | Mapping[str, Any],
        *,
        fila: str = "padrao",
        prazo_s: float | None = None,
        custam: Collection[str] = (),
        tx: Transaction | None = None,
    ) -> Claim | None:
        """Claim the highest `prioridade`, then the oldest, of what is due; None when there is nothing.

        The attempt reserves what is left of the item's budget. Where nothing is, or it would pass a limit of
        the month or the sprint, the item is left behind an `estender_orcamento`, and the next one is looked
        at. `custam` are the types whose performer can cost (a program, a model): also without a price, they
        begin only while the month and the sprint have something left.
        """
        for tipo in tipos:
            consumer = self.contracts.of_type(tipo).consumidor
            if consumer != ator:
                raise WrongInput(f"{tipo} is not consumed by {ator}", path="ator", remedy=f"by: {consumer}")
        with self.operation(tx, quem=ator) as op:
            groups = [f"{fila}/{tipo}" for tipo in tipos]
            for _ in range(_HELD_AT_ONCE):
                found = op.tx.peek_ready(ITEMS, groups, op.now)
                if found is None:
                    return None
                item = op.item(found)
                reserva = budgeting.admit(op, item, costs=item["tipo"] in custam)
                if reserva is not None:
                    return attempts.claim(op, item, ator, attempts.identity(executor), prazo_s, reserva)
            return None

    def concluir(
        self,
        item_id: str,
        token: str,
        resultado: Mapping[str, Any],
        filhos: Sequence[Mapping[str, Any]] = (),
        *,
        artefatos: Mapping[str, Any] | None = None,
        uso: Mapping[str, Any] | None = None,
        tx: Transaction | None = None,
    ) -> list[str]:
        """Hand in a result with its children; returns their ids, in order.

        A child's `depende_de` may name an earlier one by `@key`; `artefatos` are the files that the item
        made, `{sha256, tamanho}` by path. Raises LostToken, and WrongInput with the path when the contract is
        broken: the attempt has failed then.
        """
        with self.operation(tx) as op:
            item = attempts.held(op, item_id, token)
            op.quem = item["lease"]["ator"]
            if artefatos:
                item["artefatos"] = dict(artefatos)
            return attempts.conclude(op, item, resultado, filhos, _plain(uso))

    def falhar(
        self,
        item_id: str,
        token: str,
        motivo: str,
        *,
        erro: str = "",
        uso: Mapping[str, Any] | None = None,
        saida_ref: str = "",
        retries: Retries | None = None,
        tx: Transaction | None = None,
    ) -> str:
        """The attempt failed; returns the new status: `Pendente` with a due time, or `Falhou` with a
        decision.

        `retries` overrides the contract's (an actor's definition may).
        """
        with self.operation(tx) as op:
            item = attempts.held(op, item_id, token)
            op.quem = item["lease"]["ator"]
            close_attempt(op, item, "falhou", motivo=motivo, erro=erro, saida_ref=saida_ref, uso=_plain(uso))
            return str(attempts.fail(op, item, motivo, retries or op.contract(item).retries))

    def devolver(
        self,
        item_id: str,
        token: str,
        motivo: str,
        *,
        linha_caiu: bool = False,
        uso: Mapping[str, Any] | None = None,
        saida_ref: str = "",
        tx: Transaction | None = None,
    ) -> str:
        """The worker was lost, or stopped in order (`parada`); returns the new status. It costs no retry.

        `linha_caiu` says that it was lost with the line that ran it, as whatever was at work then.
        """
        with self.operation(tx) as op:
            item = attempts.held(op, item_id, token)
            stopped = motivo == attempts.STOPPED
            end = "devolvido" if stopped else "perdido"
            close_attempt(op, item, end, motivo=motivo, saida_ref=saida_ref, uso=_plain(uso))
            return str(attempts.give_back(op, item, motivo, linha_caiu=linha_caiu))

    def registrar_uso(
        self,
        item_id: str,
        token: str,
        uso: Mapping[str, Any],
        *,
        eventos: Sequence[Mapping[str, Any]] = (),
        tx: Transaction | None = None,
    ) -> None:
        """Write what the running attempt used so far, with events (`{tipo, …}`) about it.

        `uso` is `{tokens, turnos, custo: {llm, infra, apis}, apis, medido, chamadas, cpu_s, wall_s, …}`: the
        attempt's totals, and the calls since the last time (`uso_llm` rows without execution, worker and
        attempt).
        """
        with self.operation(tx) as op:
            item = attempts.held(op, item_id, token)
            op.quem = item["lease"]["ator"]
            spending.record_use(op, item, uso)
            op.save(item)
            for event in eventos:
                op.event(str(event["tipo"]), item, **{key: event[key] for key in event if key != "tipo"})

    def parar_no_limite(
        self,
        item_id: str,
        token: str,
        recurso: str,
        *,
        uso: Mapping[str, Any] | None = None,
        saida_ref: str = "",
        detalhes: Mapping[str, Any] | None = None,
        tx: Transaction | None = None,
    ) -> str:
        """The running work was ended because `recurso` (`custo`, `tokens`, `turnos`; `mes` or `sprint` for
        what these have left) has reached its limit.

        The item waits for its `estender_orcamento`, and the stop costs no retry; returns the question's id.
        """
        with self.operation(tx) as op:
            item = attempts.held(op, item_id, token)
            op.quem = item["lease"]["ator"]
            motivo = f"stopped at the limit of its budget: {recurso}"
            close_attempt(op, item, "bloqueou", motivo=motivo, saida_ref=saida_ref, uso=_plain(uso))
            budgeting.stop(op, item, recurso, detalhes or {})
            return str(item["depende_de"][-1])

    def rever_limites(self, tx: Transaction | None = None) -> str:
        """Free what waits for a limit that has room again; returns when the next month begins for what still
        waits (UTC text, empty when nothing does).
        """
        if tx is None and not any(self.db.count_by(ITEMS, LIMIT_ASKED, escopo) for escopo in PERIODS):
            return ""
        with self.operation(tx) as op:
            return budgeting.review(op)

    def bloquear(
        self,
        item_id: str,
        token: str,
        depende_de: Sequence[str],
        motivo: str,
        *,
        uso: Mapping[str, Any] | None = None,
        retries: Retries | None = None,
        tx: Transaction | None = None,
    ) -> str:
        """The work found that it must wait; returns the new status.

        When all of it has come already: `Pendente` with a due time, as after a failure, and after the last
        retry in a row `Falhou`, with a decision. `retries` as for `falhar`.
        """
        with self.operation(tx) as op:
            item = attempts.held(op, item_id, token)
            op.quem = item["lease"]["ator"]
            attempts.block(op, item, depende_de, motivo, retries or op.contract(item).retries, _plain(uso))
            return str(item["status"])

    def responder(
        self,
        item_id: str,
        resultado: Mapping[str, Any],
        filhos: Sequence[Mapping[str, Any]] = (),
        *,
        quem: str = PERSON,
        tx: Transaction | None = None,
    ) -> list[str]:
        """A person did what their item asks for: claims and concludes it in one transaction; returns the
        children.
        """
        with self.operation(tx, quem=quem) as op:
            item = op.item(item_id)
            held = "held, " if item["retido"] else ""
            if not item["humano"] or held or item["status"] != Status.PENDENTE:
                raise WrongState(f"{item_id} is {held}{item['status']} and does not wait for a person's work")
            attempts.claim(op, item, item["ator"], NOBODY, None)
            return attempts.conclude(op, item, resultado, filhos, None)

    def verificar_desbloqueio(self, ref: str, tx: Transaction | None = None) -> None:
        """Look again at whoever waits for `ref`; every operation does so itself for what it changes."""
        with self.operation(tx) as op:
            op.later("outcome", ref)

    def soltar_lote(self) -> bool:
        """Move the oldest batch that is due of those that an operation put off, because very many waited for
        the same; whether there was one. Whoever runs the line does so until there is none.
        """
        due_now = batches.first_due(self.db, self.rules.clock.now())
        if due_now is None:
            return False
        with self.operation() as op:
            batch = op.tx.get(batches.COLLECTION, due_now)
            if batch is not None:
                carry_out(op, batch)
        return True

    def registrar_sonda(
        self,
        capacidade: str,
        passou: bool,
        detalhe: str = "",
        *,
        pedido: str | None = None,
        anunciar: bool = False,
        tx: Transaction | None = None,
    ) -> None:
        """Commit what a capability's probe said; it ran outside of any transaction.

        `pedido` is what `sonda_pedida` said before it ran: a failure answers nothing that was asked since.
        `anunciar` writes an event also where nothing changed: a person asked.
        """
        with self.operation(tx) as op:
            gaps.record_probe(op, capacidade, passou, detalhe, pedido, announce=anunciar)

    def registrar_instalacao(
        self,
        capacidade: str,
        instalada: bool,
        detalhe: str,
        *,
        item_ref: str = "",
        tx: Transaction | None = None,
    ) -> None:
        """Commit what a capability's install command said; whether it is there only its probe tells."""
        with self.operation(tx) as op:
            gaps.record_install(op, capacidade, instalada, detalhe, item_ref)

    def definir_capacidades(
        self, definidas: Mapping[str, Mapping[str, Any]], tx: Transaction | None = None
    ) -> None:
        """Take over what the definitions say of every capability (`gaps.FACTS`); nothing else of it changes.

        One that is not defined any more is kept, with what its probe said last.
        """
        with self.operation(tx) as op:
            gaps.define(op, definidas, self.db.all(gaps.COLLECTION))

    def sonda_pedida(self, capacidade: str) -> str:
        """When a probe was asked for that has not answered yet (UTC text); empty when none was."""
        found = self.db.find(gaps.COLLECTION, "nome", capacidade)
        return str(found[0]["pedida_em"]) if found else ""

    def sondas_pedidas(self) -> list[str]:
        """The capabilities whose probe is asked for and has not answered (after a crash as well)."""
        return [doc["nome"] for doc in self.db.all(gaps.COLLECTION) if doc["pedida_em"]]

    def cancelar(self, item_id: str, motivo: str, quem: str = PERSON, tx: Transaction | None = None) -> None:
        """End an item that is open or failed; whoever waits for it is asked about it."""
        with self.operation(tx, quem=quem) as op:
            interventions.cancel(op, op.item(item_id), _reason(motivo))

    def pular(self, item_id: str, motivo: str, quem: str = PERSON, tx: Transaction | None = None) -> None:
        """Do without an item that is open or failed; whoever waits for it goes on."""
        with self.operation(tx, quem=quem) as op:
            interventions.skip(op, op.item(item_id), _reason(motivo))

    def repriorizar(
        self, item_id: str, prioridade: int, quem: str = PERSON, tx: Transaction | None = None
    ) -> None:
        """Change an open item's priority; higher goes first."""
        with self.operation(tx, quem=quem) as op:
            item = op.item(item_id)
            if item["status"] not in OPEN:
                raise WrongState(f"{item_id} is {item['status']} already")
            before, item["prioridade"] = item["prioridade"], prioridade
            op.save(item)
            op.event("item.repriorizado", item, de=str(before), para=str(prioridade))

    def listar_filhos(
        self, sprint_id: str, task_codigo: str | None = None, tx: Transaction | None = None
    ) -> list[Doc]:
        """The items that were discovered at a sprint's work, or at one task's, oldest first (section 3.2)."""
        with self.operation(tx) as op:
            return pulling.listar_filhos(op, sprint_id, task_codigo or "")

    def transferir_para_sprint(
        self,
        item_id: str,
        sprint_id: str,
        task_pai: str | None = None,
        *,
        quem: str = PERSON,
        tx: Transaction | None = None,
    ) -> Doc:
        """Move an item into an open sprint, with the task that carries it (a subtask of `task_pai`) in the
        same transaction: it is held until that task starts (section 3.2). Returns the item.

        Raises WrongState for an item that another task has, that is at work, or that has ended.
        """
        with self.operation(tx, quem=quem) as op:
            item = op.item(item_id)
            pulling.transferir(op, item, sprint_id, task_pai or "", puxada=bool(item.get("filho_de")))
            return item

    def nova_versao_de_spec(self, spec_ref: str, versao: int, tx: Transaction | None = None) -> list[str]:
        """Cancel the older versions' open items; the caller goes on to produce the new version's first
        item.
        """
        with self.operation(tx) as op:
            return versions.supersede(op, spec_ref, versao)

    def receber_versao(
        self,
        spec_ref: str,
        versao: int,
        novo: Mapping[str, Any],
        *,
        produtor: str,
        pai: str | None = None,
        tx: Transaction | None = None,
    ) -> str:
        """A new version came in (its `specs` document is stored): void the older ones and produce `novo`.

        An open item of a person's that asked for this version (`ajustar_spec`, or the `escrever_spec` of a
        capability that it provides) is concluded by it and becomes its parent; `pai` is the item that wrote
        it, where there is one. Returns the new item's id.
        """
        with self.operation(tx, quem=produtor) as op:
            versions.supersede(op, spec_ref, versao)
            asked = versions.asked_for(op, spec_ref)
            parent = op.item(pai) if pai else asked[0] if asked else None
            child = produce(op, novo, produtor=produtor, pai=parent)
            for item in asked:
                attempts.claim(op, item, item["ator"], NOBODY, None)
                attempts.conclude(op, item, {"spec_ref": spec_ref, "spec_versao": versao}, (), None)
            return child

    def validar_token(self, item_id: str, token: str, tx: Transaction | None = None) -> Doc:
        """The item, if the attempt still holds it; raises LostToken. In a transaction that is about to act
        for it.
        """
        if tx is not None:
            return attempts.held(Operation(tx, self.rules), item_id, token)
        return attempts.held_by(self.db.get(ITEMS, item_id), item_id, token)

    def clock_went_back(self, seconds: float, tx: Transaction | None = None) -> list[str]:
        """The wall clock went back by so much: what waits for its time waits no longer for it than it was to.

        Returns the items that were moved.
        """
        with self.operation(tx) as op:
            due.bring_breakers_forward(op, list(self.db.all(due.BREAKERS)), seconds)
            batches.bring_forward(op, list(self.db.all(batches.COLLECTION)), seconds)
            return due.bring_forward(op, seconds)

    def leases(self) -> list[Doc]:
        """Every item that is held now, for recovery: its `lease` names the executor."""
        return list(self._held())

    def _held(self) -> Iterable[Doc]:
        return (item for item in self.db.find(ITEMS, "status", str(Status.EM_PROCESSAMENTO)) if item["lease"])


def _reason(motivo: str) -> str:
    if not motivo.strip():
        raise WrongInput("a reason is needed", path="motivo")
    return motivo


def _plain(uso: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if uso is None else dict(uso)


__all__ = ["Backlog", "Claim", "Executor", "LostToken"]
