"""How items end: the lease goes, questions about them close, and whoever waited is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from store import executions
from store.backlog import spending
from store.backlog.operation import Operation
from store.backlog.outcomes import CAPABILITY, SPEC, contributes, gaps_behind, holds, is_gap
from store.backlog.ports import Doc
from store.documents.item import OPEN, Status

QUESTIONS = ("resolver_falha", "resolver_dependencia", "estender_orcamento")
"""Types that MS_Backlog raises about another item, at most one of each open an item."""

PULL = "decidir_pull"
"""The one that it raises about a child of a sprint's task."""

EXECUTION_END = {Status.CANCELADO: "cancelado", Status.PULADO: "cancelado", Status.FALHOU: "falhou"}


def finish(op: Operation, item: Doc, status: Status, *, motivo: str = "", **dados: Any) -> None:
    """End an item: `Concluido`, `Falhou`, `Pulado` or `Cancelado`."""
    was_waiting = [
        ref for ref in item["depende_de"] if item["status"] == Status.BLOQUEADO and holds(item, ref)
    ]
    if item["lease"]:
        close_attempt(op, item, "cancelado", motivo=motivo)
    end_episode(op, item, str(status))
    item["concluido_em"] = op.now
    item["motivo"] = motivo
    if status == Status.CONCLUIDO:
        item["recado"] = ""
    op.move(item, status, motivo=motivo, **dados)
    if status in EXECUTION_END:
        executions.encerrar(op.tx, item["execucao_ref"], EXECUTION_END[status], op.now)
    for question in open_questions(op, item):
        close_question(op, question, f"{item['id']} is {status}")
    for ref in was_waiting:
        stop_waiting(op, ref)
    changed(op, item)


def changed(op: Operation, item: Doc) -> None:
    """Have everybody looked at whose wait an item's new status may end, break or revive. O(depth of its
    parts).
    """
    op.later("outcome", item["id"])
    if item["spec_ref"] and contributes(op, item):
        op.later("outcome", SPEC + item["spec_ref"])
        op.later("provider", item["spec_ref"])
    if item["gap_ref"]:
        op.later("exhausted", item["gap_ref"])
    if is_gap(op, item):
        op.later("exhausted", item["id"])
        op.later("outcome", CAPABILITY + item["contexto"].get("recurso", ""))
    current: Doc | None = item
    while current is not None and current["parte"]:
        op.later("outcome", current["pai"])
        current = op.find_item(current["pai"])


def stop_waiting(op: Operation, ref: str) -> None:
    """An item does not wait for `ref` any more: a gap lives only while anyone waits for it."""
    for gap_id in gaps_behind(op, ref):
        op.later("left", gap_id)


def close_attempt(
    op: Operation,
    item: Doc,
    fim_motivo: str,
    *,
    motivo: str = "",
    erro: str = "",
    saida_ref: str = "",
    uso: Any = None,
) -> None:
    """Take the lease and write how the attempt ended; without `uso` it used what was metered so far."""
    if uso is not None:
        spending.record_use(op, item, uso)
    item["tentativas"][-1].update(
        fim=op.now, fim_motivo=fim_motivo, motivo=motivo, erro=erro, saida_ref=saida_ref
    )
    spending.charge_machine(op, item, handed_in=fim_motivo == "concluido")
    item["lease"] = None


def end_episode(op: Operation, item: Doc, por: str) -> None:
    """Close the episode of being blocked, if one is open."""
    if item["bloqueios"] and not item["bloqueios"][-1]["desbloqueado_em"]:
        item["bloqueios"][-1].update(desbloqueado_em=op.now, desbloqueado_por=por, verificando=False)


def question_key(tipo: str, item_id: str) -> str:
    """The `chave` of a question about an item."""
    return f"{tipo}:{item_id}"


def open_questions(op: Operation, item: Doc) -> Iterator[Doc]:
    """The open decisions that MS_Backlog raised about an item."""
    for tipo in (*QUESTIONS, PULL):
        question = open_question(op, tipo, item["id"])
        if question is not None:
            yield question


def open_question(op: Operation, tipo: str, item_id: str) -> Doc | None:
    """The open decision of that type about an item."""
    found = op.items_by("chave", question_key(tipo, item_id))
    return next((question for question in found if question["status"] in OPEN), None)


def close_question(op: Operation, question: Doc, why: str) -> None:
    """A decision closes by itself, saying why."""
    question["concluido_em"] = op.now
    question["motivo"] = why
    op.move(question, Status.CANCELADO, motivo=why)
    op.event("decisao.fechada", question, motivo=why)
    op.later("outcome", question["id"])
