"""The decisions that MS_Backlog raises itself: about dead letters, and about dependencies that broke."""

from __future__ import annotations

from store.backlog.endings import close_question, open_question, question_key
from store.backlog.operation import SYSTEM, Operation
from store.backlog.outcomes import NEVER_EXISTED
from store.backlog.ports import Doc
from store.backlog.produce import produce
from store.clock import add_seconds
from store.documents.item import Status

FAILURE, DEPENDENCY = "resolver_falha", "resolver_dependencia"


def ask_about_failure(op: Operation, item: Doc, motivo: str) -> None:
    """Ask what to do with a dead letter."""
    contexto = {
        "item_ref": item["id"],
        "item_tipo": item["tipo"],
        "titulo": item["titulo"],
        "motivo": motivo,
        "falhas": item["falhas"],
        "perdas": item["perdas"],
    }
    raise_question(op, FAILURE, item, contexto)


def ask_about_broken(op: Operation, item: Doc) -> None:
    """Keep exactly one question open while a dependency of the item is broken, and none otherwise."""
    broken = broken_dependencies(item)
    asked = open_question(op, DEPENDENCY, item["id"])
    if asked is not None and asked["contexto"]["dependencia"] in broken:
        return
    if asked is not None:
        close_question(op, asked, f"{asked['contexto']['dependencia']} is not broken any more")
    if broken:
        _ask_about_dependency(op, item, broken[0])


def ask_again_later(op: Operation, item: Doc, dependencia: str, seconds: float) -> None:
    """The owner waits: the same question comes back in `seconds`, unless the dependency comes true before."""
    _ask_about_dependency(op, item, dependencia, add_seconds(op.now, seconds))


def broken_dependencies(item: Doc) -> list[str]:
    """The references whose outcome cannot come by itself any more, in the order they are written."""
    if item["status"] != Status.BLOQUEADO:
        return []
    return [ref for ref in item["depende_de"] if item["dependencias"][ref]["estado"] == "quebrada"]


def _ask_about_dependency(op: Operation, item: Doc, ref: str, disponivel_em: str = "") -> None:
    contexto = {
        "item_ref": item["id"],
        "item_tipo": item["tipo"],
        "titulo": item["titulo"],
        "dependencia": ref,
        "motivo": _why_broken(op, ref, item["dependencias"][ref]["por"]),
    }
    known = op.rules.book.contracts.of_type(DEPENDENCY).contexto.get("properties", {})
    if item["spec_ref"] and item["spec_versao"] is not None and "spec_ref" in known:
        # A workspace's own contract may not want to push the spec back.
        contexto |= {"spec_ref": item["spec_ref"], "spec_versao": item["spec_versao"]}
    raise_question(op, DEPENDENCY, item, contexto, disponivel_em)


def _why_broken(op: Operation, ref: str, por: str) -> str:
    if por == NEVER_EXISTED:
        return f"{ref} never existed"
    ended = op.find_item(por)
    if ended is None:
        return f"nothing that could bring {ref} is under way"
    return f"{por} ended as {ended['status']}" + (f": {ended['motivo']}" if ended["motivo"] else "")


def raise_question(op: Operation, tipo: str, item: Doc, contexto: Doc, disponivel_em: str = "") -> str:
    """Ask the owner about an item, in its saga and with its priority; returns the question's id."""
    novo = {
        "tipo": tipo,
        "contexto": contexto,
        "prioridade": item["prioridade"],
        "spec_ref": item["spec_ref"] or None,
        "spec_versao": item["spec_versao"],
        "saga_id": item["saga_id"],
        "request_id": item["request_id"],
        "chave": question_key(tipo, item["id"]),
        "disponivel_em": disponivel_em,
    }
    return produce(op, novo, produtor=SYSTEM)
