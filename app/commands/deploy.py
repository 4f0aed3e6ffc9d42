"""`oficina rollback`: put the version before a deployment back."""

from __future__ import annotations

import argparse

from app.main import EXIT_DONE
from app.naming import nearest_id, nearest_name, whole_id
from app.output import say_produced
from app.wiring import PERSON, opened
from store.backlog import Backlog
from store.database import Database, Document
from store.documents.item import UNSETTLED
from store.errors import WrongInput, WrongState

LIVE = ("implantada", "validada", "invalida")
"""Statuses of a deployment that is what runs."""


def rollback(arguments: argparse.Namespace) -> int:
    """Produce the item that does it."""
    with opened(arguments) as shop:
        item_id = ask_rollback(shop.db, shop.backlog, _named(shop.db, arguments.deployment))
        item = shop.item(item_id)
    say_produced(item, as_json=arguments.json)
    return EXIT_DONE


def _named(db: Database, word: str) -> str:
    """The deployment's id: its own, or that of what is live of the spec named so."""
    deployment = whole_id(word, "IMP")
    if db.get("implantacoes", deployment) is not None or deployment.startswith("IMP-"):
        return deployment
    found = db.find("implantacoes", "spec_ref", word)
    live = {doc["alvo"]: doc["id"] for doc in found if doc["status"] in LIVE}
    if len(live) > 1:
        raise WrongInput(
            f"{word} is live on {len(live)} targets",
            remedy=f"name one: {', '.join(f'{one} ({target})' for target, one in sorted(live.items()))}",
        )
    if live:
        return str(next(iter(live.values())))
    if db.find("specs", "spec_ref", word):
        raise WrongState(f"nothing of {word} is live; `oficina spec show {word}` lists its deployments")
    known = {doc["spec_ref"] for doc in db.all("specs")}
    raise WrongInput(f"no deployment or spec {word}", remedy=nearest_name(word, known, "oficina spec show"))


def ask_rollback(db: Database, backlog: Backlog, deployment_id: str) -> str:
    """The item that rolls a deployment back: one that is open already, or a new one.

    Raises WrongInput for a deployment that is none, WrongState for one that is not live or was the first.
    """
    found = db.get("implantacoes", deployment_id)
    if found is None:
        known = (doc["id"] for doc in db.all("implantacoes"))
        raise WrongInput(f"no deployment {deployment_id}", remedy=nearest_id(deployment_id, "IMP", known))
    if found["status"] not in LIVE:
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
