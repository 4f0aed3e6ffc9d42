"""`oficina bug add`: a bug that a person found, as work for the line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.main import EXIT_DONE
from app.naming import nearest_id, nearest_name, whole_id
from app.output import say_produced
from app.wiring import Shop, opened
from store.errors import WrongInput

_LONGEST_TRACE = 64 << 10


def add(arguments: argparse.Namespace) -> int:
    """Produce a `corrigir_bug` against one of a spec's releases; the newest, where only the spec is named."""
    with opened(arguments) as shop:
        release = _release_of(shop, arguments.feature_ref)
        contexto: dict[str, Any] = {
            "feature_ref": whole_id(arguments.feature_ref, "REL"),
            "erro": arguments.erro,
        }
        if arguments.severidade:
            contexto["severidade"] = arguments.severidade
        if arguments.stack_trace:
            contexto["stack_trace"] = _read_trace(arguments.stack_trace)
        item_id = shop.report_bug(release, contexto)
        item = shop.item(item_id)
    say_produced(item, as_json=arguments.json)
    return EXIT_DONE


def _release_of(shop: Shop, feature_ref: str) -> dict[str, Any]:
    """The release that is named, or the newest approved one of the spec (the newest, where none was)."""
    named = whole_id(feature_ref, "REL")
    release = shop.db.get("releases", named) if named.startswith("REL-") else None
    if release is not None:
        return release
    if shop.db.find("specs", "spec_ref", feature_ref):
        built = shop.db.find("releases", "spec_ref", feature_ref)
        approved = [each for each in built if each["status"] == "aprovada"]
        if not built:
            raise WrongInput(
                f"nothing of {feature_ref} was built yet",
                path="WHERE",
                remedy="change its file and `oficina spec add` it again",
            )
        return (approved or built)[-1]
    if named.startswith("REL-"):
        ids = (doc["id"] for doc in shop.db.all("releases"))
        raise WrongInput(f"no release {named}", path="WHERE", remedy=nearest_id(named, "REL", ids))
    known = {doc["spec_ref"] for doc in shop.db.all("specs")}
    raise WrongInput(
        f"no spec or release {feature_ref}",
        path="WHERE",
        remedy=nearest_name(feature_ref, known, "oficina spec show"),
    )


def _read_trace(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_TRACE).decode(errors="replace")
    except OSError as error:
        raise WrongInput(f"can't be read: {error.strerror}", file=str(path)) from None
