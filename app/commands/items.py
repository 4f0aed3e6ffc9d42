"""`oficina items`: the backlog as a table, or one item with everything about it."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.attempts import print_attempts
from app.invocation import runnable
from app.main import EXIT_DONE
from app.naming import nearest_name, one_of
from app.output import print_fields, print_json, print_table
from app.wiring import Shop, opened
from store.collections import number_of
from store.errors import WrongInput
from store.views.failures import attempts_of
from store.views.held import HELD, OPEN, held_because, is_held

_STATUSES = ("Bloqueado", "Pendente", "EmProcessamento", "Concluido", "Falhou", "Pulado", "Cancelado")


def items(arguments: argparse.Namespace) -> int:
    """List items, or show the one that is named."""
    with opened(arguments, readonly=True) as shop:
        if arguments.item:
            return _show(shop, arguments.item, as_json=arguments.json)
        found = [doc for doc in _selected(shop, arguments) if _fits(doc, arguments)]
        local = shop.local
    if arguments.json:
        print_json(found)
        return EXIT_DONE
    columns = ["id", "tipo", "titulo", "status", "ator", "spec", "criado_em"]
    rows = [
        [
            doc["id"],
            doc["tipo"],
            doc["titulo"],
            f"{doc['status']} ({HELD})" if is_held(doc) else doc["status"],
            doc["ator"],
            doc["spec_ref"],
            local(doc["criado_em"]),
        ]
        for doc in found
    ]
    filtered = arguments.status or arguments.tipo or arguments.spec
    none = "No items are like that." if filtered else "No items. `oficina spec add FILE` produces the first."
    print_table(columns, rows, empty=runnable(none, arguments.workspace))
    return EXIT_DONE


def _selected(shop: Shop, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """By the index that the question names; the whole backlog where it names none."""
    _check_filters(shop, arguments)
    if arguments.status == HELD:
        found = [doc for status in OPEN for doc in shop.db.find("backlog_items", "status", status)]
        return sorted((doc for doc in found if is_held(doc)), key=lambda doc: number_of(doc["id"]))
    if arguments.status:
        return shop.db.find("backlog_items", "status", arguments.status)
    if arguments.spec:
        return shop.db.find("backlog_items", "spec_ref", arguments.spec)
    if arguments.tipo:
        return shop.db.find("backlog_items", "tipo", arguments.tipo)
    return list(shop.db.all("backlog_items"))


def _check_filters(shop: Shop, arguments: argparse.Namespace) -> None:
    """A filter that nothing can fit is a mistake, not an empty list."""
    if arguments.status and arguments.status not in (*_STATUSES, HELD):
        raise WrongInput(
            f"no such status: {arguments.status}",
            path="--status",
            remedy=one_of(arguments.status, (*_STATUSES, HELD)),
        )
    if arguments.tipo and arguments.tipo not in shop.contracts:
        raise WrongInput(
            f"no contract has the type {arguments.tipo}",
            path="--tipo",
            remedy=one_of(arguments.tipo, list(shop.contracts)),
        )
    if arguments.spec and not shop.db.find("specs", "spec_ref", arguments.spec):
        known = {doc["spec_ref"] for doc in shop.db.all("specs")}
        remedy = nearest_name(arguments.spec, known, "oficina spec show")
        raise WrongInput(f"no spec {arguments.spec}", path="--spec", remedy=remedy)


def _fits(doc: dict[str, Any], arguments: argparse.Namespace) -> bool:
    status = None if arguments.status == HELD else arguments.status
    wanted = {"status": status, "tipo": arguments.tipo, "spec_ref": arguments.spec}
    return all(value is None or doc[name] == value for name, value in wanted.items())


def _show(shop: Shop, item_id: str, *, as_json: bool) -> int:
    item = shop.item(item_id)
    events = list(shop.db.history(item=item["id"]))
    if as_json:
        attempts = zip(item["tentativas"], attempts_of(item), strict=True)
        tried = [{**stored, **told} for stored, told in attempts]
        print_json({**item, "tentativas": tried, "eventos": events})
        return EXIT_DONE
    shown = (
        "id",
        "tipo",
        "titulo",
        "status",
        "motivo",
        "ator",
        "prioridade",
        "spec_ref",
        "spec_versao",
        "saga_id",
    )
    told = {name: item.get(name) for name in shown} | {"depende_de": " ".join(item["depende_de"])}
    print_fields(told | {HELD: held_because(item, shop.local)})
    for name in ("contexto", "resultado", "artefatos"):
        if item.get(name):
            print(f"\n{name}")
            print_json(item[name])
    print_attempts(shop, item)
    print()
    print_table(
        ["when", "event", "what"],
        [[shop.local(event["ts"]), event["tipo"], _what(event)] for event in events],
        empty="No events.",
    )
    return EXIT_DONE


def _what(event: dict[str, Any]) -> str:
    if event.get("de") or event.get("para"):
        return f"{event.get('de') or '—'} → {event.get('para') or '—'} {event.get('motivo') or ''}".strip()
    return str(event.get("motivo") or event.get("detalhe") or "")
