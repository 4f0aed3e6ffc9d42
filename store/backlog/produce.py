"""`produzir`: a new item, as its contract allows; section 2 of prometheus_arquitetura.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from store.backlog.expressions import fill
from store.backlog.graph import refuse_cycle
from store.backlog.operation import Operation
from store.backlog.outcomes import (
    CAPABILITY,
    REFERENCE,
    SPEC,
    contributes,
    gaps_behind,
    is_gap,
    mark_verifying,
    outcome,
)
from store.backlog.ports import Doc
from store.contracts import Contract
from store.documents.base import wrong_document
from store.documents.item import UNSETTLED, NewItem, Status
from store.errors import WrongInput
from store.sprint.origin import Place
from store.sprint.origin import place as placed
from store.sprint.waiting import refuse_cycle_of_item
from store.yamlfile import path_text

SIBLING = "@"
CAUSED_BY = "implantacao_causadora"
"""The field of a context that names the deployment with which something went wrong."""
"""Marks a dependency on a child of the same step, by its key."""


def produce(
    op: Operation,
    novo: Mapping[str, Any],
    *,
    produtor: str,
    pai: Doc | None = None,
    siblings: Mapping[str, str] | None = None,
) -> str:
    """Store a new item, or find the one that its key names; returns its id. Refuses with WrongInput or
    CycleRefused.
    """
    new = read_new(novo)
    contract = op.rules.book.contracts.of_type(new.tipo)
    place = placed(op, new, contract, produtor, pai)
    _check_producer(op, new, contract, produtor, pai, descoberto=place.descoberto)
    contract.check_context(new.contexto)
    key = _key(new, contract, pai)
    existing = _existing(op, key, contract)
    if existing is not None:
        if contract.compartilhado:
            _join(op, existing, new)
        return str(existing["id"])
    item = _build(op, new, contract, produtor, pai, place)
    item["chave"] = key
    for index, ref in enumerate(new.depende_de):
        wanted = _resolve(ref, siblings or {}, index)
        if wanted not in item["depende_de"]:
            item["depende_de"].append(wanted)
    return _store(op, item, pai)


def produce_all(op: Operation, novos: Sequence[Mapping[str, Any]], pai: Doc, produtor: str) -> list[str]:
    """A step's children, in order; a later one may depend on an earlier one by `@key`."""
    siblings: dict[str, str] = {}
    ids = []
    for index, novo in enumerate(novos):
        try:
            child = produce(op, novo, produtor=produtor, pai=pai, siblings=siblings)
        except WrongInput as error:
            path = f"filhos[{index}].{error.path}".rstrip(".")
            raise WrongInput(error.problem, path=path, remedy=error.remedy) from None
        ids.append(child)
        key = novo.get("chave")
        if isinstance(key, str) and key:
            siblings[key] = child
    return ids


def read_new(novo: Mapping[str, Any]) -> NewItem:
    """What was handed in, or WrongInput with the path of the offending field."""
    try:
        return NewItem.model_validate(dict(novo))
    except ValidationError as error:
        raise wrong_document(error, NewItem) from None


def _check_producer(
    op: Operation, new: NewItem, contract: Contract, produtor: str, pai: Doc | None, *, descoberto: bool
) -> None:
    if not contract.takes(produtor):
        right = ", ".join(contract.produtores)
        raise WrongInput(f"{new.tipo} is not produced by {produtor}", path="produtor", remedy=f"by: {right}")
    if pai is not None and not descoberto and new.tipo not in op.contract(pai).gerados:
        right = ", ".join(sorted(op.contract(pai).gerados)) or "nothing"
        raise WrongInput(
            f"{pai['tipo']} does not generate {new.tipo}", path="tipo", remedy=f"it generates: {right}"
        )


def _key(new: NewItem, contract: Contract, pai: Doc | None) -> str:
    """A child's key is its parent's own; a shared item's, and one without a parent, is everybody's."""
    if not new.chave or contract.compartilhado or pai is None:
        return new.chave
    return f"{pai['id']}:{new.chave}"


def _existing(op: Operation, key: str, contract: Contract) -> Doc | None:
    if not key:
        return None
    found = [item for item in op.items_by("chave", key) if item["tipo"] == contract.tipo]
    if contract.compartilhado:
        return next((item for item in found if _lives(op, item)), None)
    if contract.interno:
        return None
    return next(iter(found), None)


def _lives(op: Operation, item: Doc) -> bool:
    """Whether a shared item still serves: unfinished, or a gap that handed its work on."""
    handed_on = is_gap(op, item) and item["status"] == Status.CONCLUIDO
    return not item["desfecho"] and (item["status"] in UNSETTLED or handed_on)


def _join(op: Operation, item: Doc, new: NewItem) -> None:
    """Add whom a shared item now also serves to its lists (`afetados`, `bloqueando`)."""
    before = dict(item["contexto"])
    for name in ("afetados", "bloqueando"):
        more = [one for one in new.contexto.get(name, ()) if one not in item["contexto"].get(name, ())]
        if more:
            item["contexto"][name] = [*item["contexto"].get(name, ()), *more]
    if item["contexto"] != before:
        op.save(item)
        op.event("item.compartilhado", item, afetados=item["contexto"].get("afetados"))


def _resolve(ref: str, siblings: Mapping[str, str], index: int) -> str:
    path = path_text(("depende_de", index))
    if ref.startswith(SIBLING):
        found = siblings.get(ref.removeprefix(SIBLING))
        if found is None:
            raise WrongInput(f"no earlier child has the key {ref.removeprefix(SIBLING)}", path=path)
        return found
    if not REFERENCE.fullmatch(ref):
        raise WrongInput(
            f"not a dependency: {ref}", path=path, remedy="BKL-0007, spec:<spec_ref> or cap:<nome>"
        )
    return ref


def _build(
    op: Operation, new: NewItem, contract: Contract, produtor: str, pai: Doc | None, place: Place
) -> Doc:
    spec_ref, spec_versao = _spec_of(new, contract, pai)
    item: Doc = {
        "id": "",
        "tipo": new.tipo,
        "titulo": new.titulo or _title(contract, new, spec_ref),
        "status": str(Status.PENDENTE),
        "prioridade": _first(new.prioridade, pai and pai["prioridade"], 0),
        "fila": _first(new.fila, contract.fila),
        "ator": contract.consumidor,
        "humano": contract.humano,
        "retido": place.retido,
        "produtor": produtor,
        "contexto": new.contexto,
        "resultado": None,
        "spec_ref": spec_ref,
        "spec_versao": spec_versao,
        "saga_id": new.saga_id or (pai["saga_id"] if pai else op.rules.tokens.token()),
        "request_id": new.request_id or (pai["request_id"] if pai else op.rules.tokens.token()),
        "pai": pai["id"] if pai else "",
        "parte": pai is not None and not place.descoberto and new.tipo in op.contract(pai).partes,
        "gap_ref": _gap_of(op, None if place.descoberto else pai),
        "chave": "",
        "depende_de": [],
        "dependencias": {},
        "items_gerados": [],
        "origem": place.origem,
        "filho_de": place.filho_de,
        "tarefa": place.tarefa,
        "contrato_versao": op.rules.book.pin(op.tx, contract),
        "criado_em": op.now,
        "atualizado_em": op.now,
        "disponivel_em": op.delay(new.disponivel_em),
        "pendente_em": "",
        "iniciado_em": "",
        "concluido_em": "",
        "desfecho": "",
        "bloqueios": [],
        "desbloqueado_em": "",
        "desbloqueado_por": "",
        "tentativas": [],
        "lease": None,
        "falhas": 0,
        "perdas": 0,
        "quedas": 0,
        "voltas": 0,
        "motivo": "",
        "recado": "",
        "execucao_ref": "",
    }
    item["execucao_ref"] = _execution_of(new, contract, None if place.descoberto else pai, item)
    return item


def _spec_of(new: NewItem, contract: Contract, pai: Doc | None) -> tuple[str, int | None]:
    """Which spec version the item works on: its own, its context's, or its parent's."""
    if contract.compartilhado:
        return "", None
    own = _first(new.spec_ref, new.contexto.get("spec_ref"))
    version = _first(new.spec_versao, new.contexto.get("spec_versao"))
    if own is None and pai is not None:
        return pai["spec_ref"], _first(version, pai["spec_versao"])
    if version is None and pai is not None and own == pai["spec_ref"]:
        version = pai["spec_versao"]
    return own or "", version


def _execution_of(new: NewItem, contract: Contract, pai: Doc | None, item: Doc) -> str:
    """An execution is carried from parent to child, within one version of one spec."""
    if new.execucao_ref:
        return new.execucao_ref
    if pai is None or contract.abre_execucao or contract.interno or contract.compartilhado:
        return ""
    same = (pai["spec_ref"], pai["spec_versao"]) == (item["spec_ref"], item["spec_versao"])
    return str(pai["execucao_ref"]) if same else ""


def _gap_of(op: Operation, pai: Doc | None) -> str:
    """The gap that the item works for: its parent's, or its parent itself."""
    if pai is None:
        return ""
    return str(pai["id"]) if is_gap(op, pai) else str(pai["gap_ref"])


def _title(contract: Contract, new: NewItem, spec_ref: str) -> str:
    return fill(contract.titulo, {"contexto": new.contexto, "spec_ref": spec_ref})


def _first(*values: Any) -> Any:
    """The first value that is not None."""
    return next((value for value in values if value is not None), None)


def _store(op: Operation, item: Doc, pai: Doc | None) -> str:
    if item["depende_de"]:
        refuse_cycle(op, item, item["depende_de"])
        wait(op, item, item["depende_de"], "produzido com dependências")
    if item["status"] == Status.PENDENTE:
        item["pendente_em"] = "" if item["retido"] else max(op.now, item["disponivel_em"])
    item_id = op.create(item)
    op.event("item.criado", item, para=item["status"], pai=item["pai"], depende_de=item["depende_de"])
    if caused := item["contexto"].get(CAUSED_BY):
        # Something is wrong with what is live: an incident, until its repair is live.
        op.event(
            "incidente.aberto", item, implantacao_ref=caused, severidade=item["contexto"].get("severidade")
        )
    if item["status"] == Status.PENDENTE and item["humano"] and not item["retido"]:
        op.event("decisao.solicitada", item)
    if item["filho_de"]:
        op.later("child", item_id)
    if pai is not None:
        pai["items_gerados"].append(item_id)
        op.save(pai)
    after_waiting(op, item)
    if item["status"] == Status.BLOQUEADO:
        refuse_cycle_of_item(op, item)
    if item["spec_ref"] and contributes(op, item):
        op.later("outcome", SPEC + item["spec_ref"])
    if is_gap(op, item):
        op.later("outcome", CAPABILITY + item["contexto"].get("recurso", ""))
    return item_id


def wait(op: Operation, item: Doc, refs: Sequence[str], motivo: str) -> None:
    """Set the state of new dependencies; the item is `Bloqueado` when one of them holds it (not saved
    here).
    """
    for ref in refs:
        found = outcome(op, ref)
        item["dependencias"][ref] = {"estado": found.estado, "por": found.por, "em": op.now}
    if any(state["estado"] in ("aberta", "quebrada") for state in item["dependencias"].values()):
        item["status"] = str(Status.BLOQUEADO)
        item["bloqueios"].append(
            {
                "bloqueado_em": op.now,
                "motivo": motivo,
                "verificando": False,
                "desbloqueado_em": "",
                "desbloqueado_por": "",
            }
        )
        mark_verifying(op, item)


def after_waiting(op: Operation, item: Doc) -> None:
    """What new dependencies make necessary: a question for a broken one, a look at a gap whose work may
    have ended.
    """
    for ref, state in item["dependencias"].items():
        if state["estado"] == "quebrada":
            op.later("ask", item["id"])
        elif state["estado"] == "aberta":
            for gap_id in gaps_behind(op, ref):
                op.later("exhausted", gap_id)
                _note_blocked(op, gap_id, item["id"])


def _note_blocked(op: Operation, gap_id: str, item_id: str) -> None:
    """A gap says whom it blocks, or has blocked (`bloqueando`, mission 2.2)."""
    gap = op.find_item(gap_id)
    if gap is not None and is_gap(op, gap) and item_id not in gap["contexto"].get("bloqueando", ()):
        gap["contexto"]["bloqueando"] = [*gap["contexto"].get("bloqueando", ()), item_id]
        op.save(gap)
