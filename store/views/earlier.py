"""The question that was asked before this one about the same spec, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from store.views.changes import file_changes, price_changes, release_changes
from store.views.difference import difference
from store.views.model import Change, Document
from store.views.sources import Objects, Store

Doc = dict[str, Any]

ITEMS = "backlog_items"
BUDGET, RELEASE = "aprovar_orcamento", "aprovar_release"


class Asked(NamedTuple):
    """What a question is about; None is not there."""

    spec: Doc | None
    recursos: Doc | None
    release: Doc | None


def asked_before(db: Store, item: Doc) -> Document | None:
    """The last question of the same kind about the same spec, with its answer, if it got one.

    `{item, status, motivo, spec_versao, spec_recursos_ref, release_ref, em, opcao, quem, porque}`: `motivo`
    is why it closed by itself.
    """
    if item["tipo"] not in (BUDGET, RELEASE) or not item.get("spec_ref"):
        return None
    asked = [other for other in db.find(ITEMS, "spec_ref", item["spec_ref"]) if _is_before(other, item)]
    if not asked:
        return _priced_before(item)
    before = max(asked, key=_number)
    taken = [each for each in db.find("decisoes", "item_ref", before["id"]) if each["estado"] == "tomada"]
    answer = taken[-1] if taken else {}
    contexto = before["contexto"]
    return {
        "item": before["id"],
        "status": before["status"],
        "motivo": before.get("motivo", ""),
        "spec_versao": before.get("spec_versao"),
        "spec_recursos_ref": contexto.get("spec_recursos_ref", ""),
        "release_ref": contexto.get("release_ref", ""),
        "em": answer.get("em", ""),
        "opcao": answer.get("opcao", ""),
        "quem": answer.get("quem", ""),
        "porque": answer.get("motivo", ""),
    }


def _is_before(other: Doc, item: Doc) -> bool:
    return bool(other["tipo"] == item["tipo"] and _number(other) < _number(item))


def _number(document: Doc) -> int:
    return int(str(document["id"]).rpartition("-")[2])


def _priced_before(item: Doc) -> Document | None:
    """What the price itself says of the version before, where its question is no longer in the hot set."""
    told = item["contexto"].get("anterior")
    return dict(told) if item["tipo"] == BUDGET and isinstance(told, dict) else None


class Since(NamedTuple):
    """The earlier question, what has changed since, and the unified diff of a release's files."""

    anterior: Document | None = None
    mudancas: Sequence[Change] = ()
    diferenca: Sequence[str] = ()


def since_asked(db: Store, item: Doc, now: Asked, objects: Objects) -> Since:
    """What is otherwise than when the same was asked before about the item's spec."""
    before = asked_before(db, item)
    if before is None:
        return Since()
    then = Asked(
        _version(db, item["spec_ref"], before.get("spec_versao")),
        _read(db, "specs_recursos", before.get("spec_recursos_ref")),
        _read(db, "releases", before.get("release_ref")),
    )
    files = difference(then.release, now.release, objects) if then.release and now.release else ()
    return Since(before, tuple(_changes(item["tipo"], then, now)), files)


def _version(db: Store, spec_ref: str, versao: Any) -> Doc | None:
    return next((doc for doc in db.find("specs", "spec_ref", spec_ref) if doc["versao"] == versao), None)


def _read(db: Store, collection: str, ref: Any) -> Doc | None:
    return db.get(collection, ref) if isinstance(ref, str) and ref else None


def _changes(tipo: str, before: Asked, now: Asked) -> Iterator[Change]:
    if tipo == RELEASE:
        yield from release_changes(before.release, now.release)
        return
    yield from price_changes(before.recursos, now.recursos)
    yield from file_changes(before.spec, now.spec)
