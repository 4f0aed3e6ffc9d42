"""`oficina events`: what happened, in order."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice

from app.main import EXIT_DONE
from app.output import print_json, print_table
from app.wiring import Shop, opened
from store.collections import Document
from store.errors import WrongInput
from store.event_names import SEED_NAMES, seed_name
from store.yamlfile import nearest

EVENT_TYPES = (
    "api.chamada",
    "capacidade.instalacao_falhou",
    "capacidade.instalada",
    "decisao.adiada",
    "decisao.desfeita",
    "decisao.fechada",
    "decisao.solicitada",
    "decisao.tomada",
    "dependencia.dispensada",
    "dependencia.quebrada",
    "dependencia.resolvida",
    "desbloqueio",
    "devops.deployed",
    "devops.rolled_back",
    "disjuntor.aberto",
    "disjuntor.fechado",
    "disjuntor.meio_aberto",
    "incidente.aberto",
    "incidente.resolvido",
    "item.compartilhado",
    "item.criado",
    "item.deixado",
    "item.liberado",
    "item.repriorizado",
    "item.resto",
    "item.transferido",
    "item.transicao",
    "linha.compactacao",
    "linha.error",
    "linha.late",
    "linha.missed",
    "linha.overlap",
    "linha.pausada",
    "linha.politica",
    "linha.recuperado",
    "linha.relogio",
    "linha.retomada",
    "orcamento.aviso",
    "orcamento.esgotado",
    "orcamento.estendido",
    "qa.failed",
    "qa.passed",
    "saga.voltou",
    "sonda.falhou",
    "sonda.passou",
    "sonda.pedida",
    "spec.congelada",
    "spec.validada",
    "sprint.aberta",
    "sprint.editada",
    "sprint.encerrada",
    "task.adicionada",
    "task.bloqueada",
    "task.cancelada",
    "task.concluida",
    "task.continuada",
    "task.criada",
    "task.dependencias",
    "task.devolvida",
    "task.editada",
    "task.iniciada",
    "task.levada",
    "task.ordenada",
    "task.retirada",
    "task.retomada",
    "uso.recusado",
)
"""Every event that oficina writes."""

_OWN_COLUMNS = frozenset({"seq", "n", "ts", "tipo", "item_id", "saga_id", "request_id", "spec_ref"})


def events(arguments: argparse.Namespace) -> int:
    """Print the newest events that fit, oldest first."""
    with opened(arguments, readonly=True) as shop:
        item = shop.item(arguments.item)["id"] if arguments.item else None
        found = list(islice(_history(shop, arguments, item), arguments.limit or None))[::-1]
        if not found:
            _check_words(shop, arguments)
        local = shop.local
    if arguments.json:
        print_json(found)
        return EXIT_DONE
    rows = [
        [local(event["ts"]), event["tipo"], event.get("item_id", ""), event.get("spec_ref", ""), _rest(event)]
        for event in found
    ]
    filtered = arguments.item or arguments.saga or arguments.tipo
    none = "Nothing like that happened yet." if filtered else "Nothing happened yet."
    print_table(["when", "event", "item", "spec", "what"], rows, empty=none)
    return EXIT_DONE


def _history(shop: Shop, arguments: argparse.Namespace, item: str | None) -> Iterator[Document]:
    """The events that fit, newest first; a type may be one of the names that other plans have for it."""
    tipo = arguments.tipo
    types = SEED_NAMES.get(tipo or "", (tipo,))
    one = types[0] if len(types) == 1 else None
    found = shop.db.history(item=item, saga=arguments.saga, tipo=one, newest_first=True)
    return (event for event in found if seed_name(event) == tipo) if tipo in SEED_NAMES else found


def _check_words(shop: Shop, arguments: argparse.Namespace) -> None:
    """Where nothing was found: was it because the word is none?"""
    if arguments.tipo and arguments.tipo not in (*EVENT_TYPES, *SEED_NAMES):
        near = nearest(arguments.tipo, (*EVENT_TYPES, *SEED_NAMES))
        remedy = f"did you mean {near}?" if near else f"for example {', '.join(EVENT_TYPES[4::7])}"
        raise WrongInput(f"no event has the type {arguments.tipo}", path="--tipo", remedy=remedy)
    if arguments.saga and not shop.db.find("backlog_items", "saga_id", arguments.saga):
        known = {doc["saga_id"] for doc in shop.db.all("backlog_items")}
        near = next((saga for saga in sorted(known) if saga.startswith(arguments.saga)), None)
        remedy = f"did you mean {near}?" if near else "`oficina items ITEM` says an item's saga"
        raise WrongInput(f"no saga {arguments.saga}", path="--saga", remedy=remedy)


def _rest(event: dict[str, object]) -> str:
    return " ".join(
        f"{name}={value}"
        for name, value in event.items()
        if name not in _OWN_COLUMNS
        and value not in (None, "", [], {})
        and not isinstance(value, (dict, list))
    )
