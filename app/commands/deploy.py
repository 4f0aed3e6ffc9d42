"""`oficina rollback`: put the version before a deployment back."""

from __future__ import annotations

import argparse

from app.main import EXIT_DONE
from app.output import clean, print_json
from app.wiring import PERSON, opened
from store.backlog import Backlog
from store.database import Database, Document
from store.documents.item import UNSETTLED
from store.errors import WrongInput, WrongState
from store.yamlfile import did_you_mean


def rollback(arguments: argparse.Namespace) -> int:
    """Produce the item that does it."""
    with opened(arguments) as shop:
        item_id = ask_rollback(shop.db, shop.backlog, arguments.deployment)
        item = shop.item(item_id)
    if arguments.json:
        print_json(item)
    else:
        print(f"{item_id}: {clean(item['titulo'])}")
    return EXIT_DONE


def ask_rollback(db: Database, backlog: Backlog, deployment_id: str) -> str:
    """The item that rolls a deployment back: one that is open already, or a new one.

    Raises WrongInput for a deployment that is none, WrongState for one that is not live or was the first.
    """
    found = db.get("implantacoes", deployment_id)
    if found is None:
        known = [doc["id"] for doc in db.all("implantacoes")]
        raise WrongInput(f"no deployment {deployment_id}", remedy=did_you_mean(deployment_id, known))
    if found["status"] not in ("implantada", "validada", "invalida"):
        raise WrongState(f"{deployment_id} is {found['status']}: it is not what is live")
    if not (found["anterior"] or {}).get("versao"):
        raise WrongState(
            f"{deployment_id} was the first of {found['spec_ref']}: there is nothing to go back to"
        )
    under_way = _under_way(db, found)
    if under_way is not None:
        return under_way
    contexto = {
        "implantacao_ref": deployment_id,
        "release_ref": found["release_ref"],
        "spec_ref": found["spec_ref"],
        "spec_versao": found["spec_versao"],
        "alvo": found["alvo"],
    }
    return backlog.produzir({"tipo": "reverter", "contexto": contexto}, produtor=PERSON)


def _under_way(db: Database, deployment: Document) -> str | None:
    """The unfinished item that rolls the deployment back already."""
    found = db.find("backlog_items", "spec_ref", deployment["spec_ref"])
    rollbacks = [item for item in found if item["tipo"] == "reverter" and item["status"] in UNSETTLED]
    same = (item for item in rollbacks if item["contexto"]["implantacao_ref"] == deployment["id"])
    return next((str(item["id"]) for item in same), None)
