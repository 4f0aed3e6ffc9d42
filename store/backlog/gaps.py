"""Gaps: they live while anyone waits for them, and end with the capability's probe, not with their own
work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from store.backlog.endings import finish
from store.backlog.expressions import evaluate
from store.backlog.operation import Operation
from store.backlog.outcomes import (
    CAPABILITY,
    capability,
    contributes,
    is_awaited,
    is_gap,
    latest_version,
    living_gaps,
    mark_verifying,
    parts,
    waiting_for,
    work_on,
)
from store.backlog.ports import Doc
from store.backlog.produce import produce
from store.clock import add_seconds
from store.documents import complete
from store.documents.item import UNSETTLED, Status

COLLECTION = "capacidades"
PERSON = "humano"
FACTS = ("tipo_recurso", "descricao", "criterio", "instalar", "molde", "como_obter", "alternativas")
"""What the store is told of a capability's definition; guards of options and questions about it read it."""


def resource(gap: Doc) -> str:
    """The capability that a gap works towards."""
    return str(gap["contexto"].get("recurso", ""))


def waiters(op: Operation, gap: Doc) -> list[Doc]:
    """Who waits for a gap, by its id or by its capability."""
    found = {item["id"]: item for item in waiting_for(op, gap["id"])}
    found |= {item["id"]: item for item in waiting_for(op, CAPABILITY + resource(gap))}
    return list(found.values())


def wanted(op: Operation, gap: Doc) -> bool:
    """Whether anyone waits for a gap: an item, or the person who raised it."""
    if gap["produtor"] == PERSON:
        return True
    return is_awaited(op, gap["id"]) or is_awaited(op, CAPABILITY + resource(gap))


def review_abandoned(op: Operation, item_id: str) -> None:
    """End a gap that nobody waits for any more, with the parts of its work that are still open."""
    gap = op.find_item(item_id)
    if gap is None or not is_gap(op, gap) or gap["desfecho"] or wanted(op, gap):
        return
    give_up(op, gap, "nobody waits for it any more")


def give_up(op: Operation, gap: Doc, why: str) -> None:
    """Let a gap end without its capability."""
    gap.update(desfecho="perdido", desfecho_em=op.now)
    _end_work(op, gap, why)
    if gap["status"] in UNSETTLED:
        finish(op, gap, Status.CANCELADO, motivo=why)
    else:
        op.save(gap)
        op.later("outcome", gap["id"])
        op.later("outcome", CAPABILITY + resource(gap))


def _end_work(op: Operation, gap: Doc, why: str) -> None:
    stack = list(parts(op, gap))
    while stack:
        part = op.item(stack.pop())
        stack.extend(parts(op, part))
        if part["status"] in UNSETTLED:
            finish(op, part, Status.CANCELADO, motivo=why)


def review_exhausted(op: Operation, item_id: str) -> None:
    """When all work for a gap has ended and someone still waits, ask for the capability's probe."""
    gap = op.find_item(item_id)
    if gap is not None and is_gap(op, gap) and exhausted(op, gap) and wanted(op, gap):
        request_probe(op, resource(gap))


def review_provider(op: Operation, spec_ref: str) -> None:
    """Look at the gaps that a spec was to close."""
    latest = latest_version(op, spec_ref)
    for nome in latest["fornece"] if latest is not None else ():
        for gap in living_gaps(op, nome):
            op.later("exhausted", gap["id"])


def exhausted(op: Operation, gap: Doc) -> bool:
    """Whether a gap handed its work on, and nothing of that work is left."""
    if gap["desfecho"] or gap["status"] != Status.CONCLUIDO:
        return False
    return not _work_left(op, gap) and not _provider_at_work(op, resource(gap))


def _work_left(op: Operation, gap: Doc) -> bool:
    stack = list(gap["items_gerados"])
    while stack:
        item = op.find_item(stack.pop())
        if item is None:
            continue
        if item["status"] in UNSETTLED and contributes(op, item):
            return True
        stack.extend(item["items_gerados"])
    return False


def _provider_at_work(op: Operation, nome: str) -> bool:
    found = capability(op, nome)
    for spec_ref in found["fornecida_por"] if found else ():
        latest = latest_version(op, spec_ref)
        if latest is not None and next(work_on(op, spec_ref, latest["versao"]), None) is not None:
            return True
    return False


def request_probe(op: Operation, nome: str) -> None:
    """Ask the line to run a probe; whoever waits shows that it is being verified, and stays `Bloqueado`."""
    found = capability(op, nome) or new_capability(nome)
    if found["pedida_em"]:
        return
    found["pedida_em"] = op.now
    save_capability(op, found)
    look_at_waiters(op, nome)
    op.tx.event({"tipo": "sonda.pedida", "item_id": "", "capacidade": nome, "quem": op.quem})


def record_probe(
    op: Operation,
    nome: str,
    passou: bool,
    detalhe: str,
    pedido: str | None = None,
    *,
    announce: bool = False,
) -> None:
    """Commit a probe's answer: gaps end when it passes; when it fails after all work ended, more work is
    asked for. A failure that is older than what was asked for (another `pedida_em` than `pedido`) is none.
    """
    found = capability(op, nome) or new_capability(nome)
    if not passou and pedido is not None and found["pedida_em"] not in ("", pedido):
        return
    before, asked = found["sonda"] or {}, announce or bool(found["pedida_em"])
    if not asked and (before.get("passou"), before.get("detalhe")) == (passou, detalhe):
        return
    found.update(sonda={"passou": passou, "em": op.now, "detalhe": detalhe}, pedida_em="")
    if passou and not found["adicionada_em"]:
        found["adicionada_em"] = op.now
    save_capability(op, found)
    if asked or before.get("passou") != passou:
        event = {"tipo": "sonda.passou" if passou else "sonda.falhou", "item_id": "", "capacidade": nome}
        op.tx.event({**event, "detalhe": detalhe, "quem": op.quem})
    look_at_waiters(op, nome)
    for gap in list(living_gaps(op, nome)):
        if passou:
            _reached(op, gap)
        elif exhausted(op, gap) and wanted(op, gap):
            _ask_again(op, gap, detalhe)
    op.later("outcome", CAPABILITY + nome)


def _reached(op: Operation, gap: Doc) -> None:
    gap.update(desfecho="alcancado", desfecho_em=op.now)
    why = f"the probe of {resource(gap)} passes"
    _end_work(op, gap, why)
    if gap["status"] in UNSETTLED:
        finish(op, gap, Status.CANCELADO, motivo=why)
    else:
        op.save(gap)
    op.later("outcome", gap["id"])


def _ask_again(op: Operation, gap: Doc, detalhe: str) -> None:
    """Have the contract's `se_falhar` produced with the probe's output, or let the gap go where there is
    none.
    """
    again = op.contract(gap).se_falhar
    if again is None:
        give_up(op, gap, f"all its work ended and the probe of {resource(gap)} still fails")
        return
    sources = {"item": gap, "contexto": gap["contexto"], "sonda": {"detalhe": detalhe}}
    sources["capacidade"] = _tried(op, gap)
    novo = {"tipo": again.tipo, "contexto": evaluate(again.contexto, sources)}
    if again.apos_s:
        novo["disponivel_em"] = add_seconds(op.now, again.apos_s)
    produce(op, novo, produtor=gap["ator"], pai=gap)


def _tried(op: Operation, gap: Doc) -> Doc:
    """The gap's capability, with an install only where it was tried for this gap."""
    found = capability(op, resource(gap)) or new_capability(resource(gap))
    tried = found.get("instalacao")
    item = op.find_item(tried["item_ref"]) if tried else None
    if item is None or item["gap_ref"] != gap["id"]:
        found = {name: value for name, value in found.items() if name != "instalacao"}
    return found


def define(op: Operation, definidas: Mapping[str, Mapping[str, Any]], known: Iterable[Doc]) -> None:
    """Bring the capabilities up to date with their definitions; nothing is written where nothing changed."""
    before = {doc["nome"]: doc for doc in known}
    for nome, facts in definidas.items():
        told = {name: facts[name] for name in FACTS} | {"definida": True}
        if any(before.get(nome, {}).get(name) != value for name, value in told.items()):
            found = capability(op, nome) or new_capability(nome)
            found.update(told)
            save_capability(op, found)
    for nome, doc in before.items():
        if nome not in definidas and doc.get("definida"):
            found = capability(op, nome) or doc
            found.update(definida=False, instalar="", molde=False)
            save_capability(op, found)


def record_install(op: Operation, nome: str, instalada: bool, detalhe: str, item_ref: str) -> None:
    """Keep what the last install said, for the question that follows when the probe fails after all."""
    found = capability(op, nome) or new_capability(nome)
    found["instalacao"] = {"ok": instalada, "em": op.now, "detalhe": detalhe, "item_ref": item_ref}
    save_capability(op, found)
    tipo = "capacidade.instalada" if instalada else "capacidade.instalacao_falhou"
    op.tx.event({"tipo": tipo, "item_id": item_ref, "capacidade": nome, "detalhe": detalhe, "quem": op.quem})


def _all_waiters(op: Operation, nome: str) -> Iterator[Doc]:
    found: dict[str, Doc] = {item["id"]: item for item in waiting_for(op, CAPABILITY + nome)}
    for gap in living_gaps(op, nome):
        found |= {item["id"]: item for item in waiting_for(op, gap["id"])}
    yield from found.values()


def look_at_waiters(op: Operation, nome: str) -> None:
    """Have whoever waits for a capability show whether its probe is asked for."""
    for item in _all_waiters(op, nome):
        if mark_verifying(op, item):
            op.save(item)


def new_capability(nome: str) -> Doc:
    """A capability that was never probed."""
    return complete(COLLECTION, {"nome": nome})


def save_capability(op: Operation, found: Doc) -> None:
    """Write a capability, new or known."""
    if found["id"]:
        op.tx.put(COLLECTION, found)
    else:
        found["id"] = op.tx.insert(COLLECTION, found)
