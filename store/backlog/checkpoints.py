"""Checkpoints: the ends of the phases that led to an item, and the way back to one of them.

`design.md`, "Failure": going back cancels the later items and produces the phase's item anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from store import executions
from store.backlog.endings import finish
from store.backlog.operation import Operation
from store.backlog.outcomes import latest_version
from store.backlog.ports import Doc
from store.backlog.produce import produce
from store.documents.item import UNSETTLED, Status
from store.errors import WrongState

KEY = "volta"
"""Begins the `chave` of what is produced anew; the question that asked for it follows."""


def checkpoint(op: Operation, item: Doc, tipos: Sequence[str]) -> Doc:
    """The last item of those types that ended well on the way to `item`; WrongState says why there is none.

    On the way: from parent to parent, within one saga and one version of one spec.
    """
    if not item["spec_ref"]:
        raise WrongState(f"{item['id']} is of no spec: there is no phase to go back to")
    _refuse_superseded(op, item)
    parent = op.find_item(item["pai"])
    while parent is not None and _same_work(parent, item):
        if parent["tipo"] in tipos and parent["status"] == Status.CONCLUIDO and not parent["desfecho"]:
            return parent
        parent = op.find_item(parent["pai"])
    raise WrongState(f"no {' or '.join(tipos)} ended well before {item['id']}")


def roll_back(op: Operation, item: Doc, question: Doc, tipos: Sequence[str], motivo: str) -> str:
    """Cancel what came after the checkpoint, and produce the checkpoint's item anew; returns its id.

    What ended stays as it ended, and what was discovered on the way (`origem`) lives its own life. The new
    item reads what the old one read: its `contexto`, its version and its price, and goes on with what is left
    of its budget (`refaz`): nobody has approved it a second time.
    """
    point = checkpoint(op, item, tipos)
    after = list(_after(op, point))
    _refuse_half_way(op, after)
    void = [each for each in after if each["status"] in UNSETTLED and _goes(op, each, item)]
    for each in void:
        finish(op, each, Status.CANCELADO, motivo=motivo)
    anew = _anew(op, point, item, question)
    _close_executions(op, [point, *after], anew)
    _take_back_marks(op, point)
    op.event(
        "saga.voltou",
        item,
        ponto=point["id"],
        ponto_tipo=point["tipo"],
        refeito_por=anew["id"],
        cancelados=[each["id"] for each in void],
        motivo=motivo,
    )
    return str(anew["id"])


def _refuse_superseded(op: Operation, item: Doc) -> None:
    latest = latest_version(op, item["spec_ref"])
    if latest is not None and latest["versao"] != item["spec_versao"]:
        raise WrongState(f"{item['spec_ref']} has another version by now: {latest['versao']}")


def _same_work(one: Doc, other: Doc) -> bool:
    return all(one[name] == other[name] for name in ("saga_id", "spec_ref", "spec_versao"))


def _after(op: Operation, point: Doc) -> Iterator[Doc]:
    """Whatever was generated from the checkpoint on, nearest first."""
    queue, seen = deque([point]), {point["id"]}
    while queue:
        above = queue.popleft()
        generates = op.contract(above).gerados
        for child_id in above["items_gerados"]:
            child = op.find_item(child_id)
            if child is None or child_id in seen or not _same_work(child, point):
                continue
            if child["tipo"] not in generates or (child["origem"] and not child.get("tarefa")):
                continue
            seen.add(child_id)
            queue.append(child)
            yield child


def _refuse_half_way(op: Operation, after: Sequence[Doc]) -> None:
    """What acts outside the store (a deployment) is not stopped in the middle."""
    for each in after:
        if each["status"] == Status.EM_PROCESSAMENTO and op.contract(each).versao_nova != "cancela":
            raise WrongState(f"{each['id']} ({each['tipo']}) is at work: wait for its end, or cancel it")


def _goes(op: Operation, each: Doc, failed: Doc) -> bool:
    """What a new version of the spec would keep (a roll back of the target) is kept here, too."""
    return each["id"] == failed["id"] or op.contract(each).versao_nova != "mantem"


def _anew(op: Operation, point: Doc, failed: Doc, question: Doc) -> Doc:
    """The checkpoint's item once more, under the current contract; it takes the old one's place as a part."""
    contract = op.rules.book.contracts.of_type(point["tipo"])
    novo = {
        **{name: point[name] for name in ("tipo", "titulo", "contexto", "fila", "spec_ref", "spec_versao")},
        **{name: point[name] for name in ("saga_id", "request_id")},
        "prioridade": failed["prioridade"],
        "chave": f"{KEY}:{question['id']}",
        "execucao_ref": None if contract.abre_execucao else point["execucao_ref"],
    }
    anew = op.item(produce(op, novo, produtor=point["produtor"], pai=op.find_item(point["pai"])))
    anew["refaz"] = point["id"]
    note = question["resultado"]["nota"]
    if note:
        anew["recado"] = note
    op.save(anew)
    if point["parte"]:
        point["parte"] = False
        op.save(point)
    return anew


def _close_executions(op: Operation, items: Sequence[Doc], anew: Doc) -> None:
    """The execution that the new item carries goes on; the others are given up."""
    for ref in dict.fromkeys(each["execucao_ref"] for each in items if each["execucao_ref"]):
        if ref == anew["execucao_ref"]:
            executions.reabrir(op.tx, ref, op.now, ends=("falhou", "cancelado", "rejeitado"))
        else:
            executions.desistir(op.tx, ref, op.now)


def _take_back_marks(op: Operation, point: Doc) -> None:
    """A question that is asked anew finds what it is about as it was: not approved, not rejected."""
    decisions = [doc for doc in op.tx.find("decisoes", "item_ref", point["id"]) if doc["estado"] == "tomada"]
    answer = op.contract(point).opcoes.get(decisions[-1]["opcao"]) if decisions else None
    for mark in answer.marca if answer is not None else ():
        for entry in decisions[-1]["desfaz"]["antes"]:
            doc = op.tx.get(mark.colecao, entry["doc"]["id"]) if entry["colecao"] == mark.colecao else None
            if doc is not None:
                doc.update({name: entry["doc"].get(name) for name in mark.campos})
                op.tx.put(mark.colecao, doc)
