"""All that there is to know of one item, gathered in one consistent view of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from store.errors import WrongInput
from store.views.difference import difference
from store.views.earlier import Asked, since_asked
from store.views.model import Document, ItemDetail, Option
from store.views.needs import needs
from store.views.sources import Contracts, Objects, Store

ITEMS = "backlog_items"
EVENTS = 500
"""The newest events of an item that are given."""
OUTPUT = 64 * 1024
"""Bytes of a kept output that are read."""

Doc = dict[str, Any]
Opcoes = Callable[[Doc], Sequence[Option]]
Orcamento = Callable[[Doc], Document | None]


def detail(
    db: Store,
    contracts: Contracts,
    objects: Objects,
    item_id: str,
    *,
    opcoes: Opcoes,
    saida: Sequence[str] = (),
    orcamento: Orcamento = lambda _: None,
) -> ItemDetail:
    """Everything of an item, archived ones too.

    `opcoes` is `Decisions.opcoes`, `orcamento` gives an item's `ItemDetail.orcamento`; `saida` is the live
    output of the item's running step, newest last: the line has it, the store does not (what a finished
    attempt wrote is read from `objects`).

    Raises:
        WrongInput: no item has that id.
    """
    with db.reading():
        item = db.get(ITEMS, item_id) or db.archived(item_id)
        if item is None:
            raise WrongInput(f"there is no item {item_id}", remedy="`oficina items` lists them")
        spec = _version_of(db, item)
        before = _asked_before(db, item, spec)
        release = _release(db, item)
        execution = _execution(db, item, release)
        price = _price(db, item, spec, execution)
        since = since_asked(db, item, Asked(spec, price, release), objects)
        return ItemDetail(
            item=item,
            contrato=contracts.of(item).model_dump(mode="json"),
            saga=_saga(db, item),
            eventos=list(db.history(item=item_id, newest_first=True, limit=EVENTS))[::-1],
            spec=spec,
            spec_anterior=before,
            diferenca=difference(before, spec, objects) if before and spec else (),
            diferenca_release=since.diferenca,
            anterior=since.anterior,
            mudancas=since.mudancas,
            orcamento=orcamento(item),
            recursos=price,
            execucao=execution,
            release=release,
            implantacao=_deployment(db, item, release),
            capacidade=_capability(db, item),
            decisoes=_decisions(db, item),
            dependencias=needs(db, item),
            gerados=_existing(db, ITEMS, item.get("items_gerados") or ()),
            opcoes=tuple(opcoes(item)),
            artefatos=_artifacts(item, release, spec),
            saida=tuple(saida) or _kept_output(item, objects),
        )


def _named(item: Doc, *names: str) -> str:
    """The first reference of that name that an item, its contexto or its resultado holds."""
    places = (item, item.get("contexto") or {}, item.get("resultado") or {})
    return next((str(place[name]) for name in names for place in places if place.get(name)), "")


def _version_of(db: Store, item: Doc) -> Doc | None:
    """The version of the spec that the item is about; the latest when it names none."""
    versions = _versions(db, item)
    wanted = item.get("spec_versao") or (item.get("contexto") or {}).get("spec_versao")
    named = next((version for version in versions if version["versao"] == wanted), None)
    return named or (versions[-1] if versions else None)


def _versions(db: Store, item: Doc) -> list[Doc]:
    ref = _named(item, "spec_ref")
    return sorted(db.find("specs", "spec_ref", ref), key=lambda version: version["versao"]) if ref else []


def _asked_before(db: Store, item: Doc, spec: Doc | None) -> Doc | None:
    """The version before this one that the same question was asked about, else the version before."""
    if spec is None:
        return None
    earlier = [version for version in _versions(db, item) if version["versao"] < spec["versao"]]
    asked = {
        other.get("spec_versao")
        for other in db.find(ITEMS, "spec_ref", spec["spec_ref"])
        if other["tipo"] == item["tipo"]
    }
    return next((version for version in reversed(earlier) if version["versao"] in asked), None) or (
        earlier[-1] if earlier else None
    )


def _saga(db: Store, item: Doc) -> list[Doc]:
    saga = item.get("saga_id")
    return _by_number(db.find(ITEMS, "saga_id", saga)) if saga else [item]


def _by_number(documents: Iterable[Doc]) -> list[Doc]:
    return sorted(documents, key=lambda document: int(document["id"].rpartition("-")[2]))


def _release(db: Store, item: Doc) -> Doc | None:
    """The release that the item names, else the newest of its execution."""
    ref = _named(item, "release_ref")
    if ref:
        return db.get("releases", ref)
    execution = _named(item, "execucao_ref")
    return _newest(db.find("releases", "execucao_ref", execution)) if execution else None


def _execution(db: Store, item: Doc, release: Doc | None) -> Doc | None:
    ref = _named(item, "execucao_ref") or (release or {}).get("execucao_ref") or ""
    if ref:
        return db.get("execucoes", ref)
    return _newest(db.find("execucoes", "backlog_item_ref", item["id"]))


def _price(db: Store, item: Doc, spec: Doc | None, execution: Doc | None) -> Doc | None:
    """The price that the item names or that its execution was approved under, else the version's."""
    ref = _named(item, "spec_recursos_ref") or (execution or {}).get("spec_recursos_ref") or ""
    if ref:
        return db.get("specs_recursos", ref)
    if spec is None:
        return None
    prices = db.find("specs_recursos", "spec_ref", spec["spec_ref"])
    return _newest([price for price in prices if price.get("spec_versao") == spec["versao"]])


def _capability(db: Store, item: Doc) -> Doc | None:
    nome = (item.get("contexto") or {}).get("recurso")
    return _newest(db.find("capacidades", "nome", nome)) if nome else None


def _deployment(db: Store, item: Doc, release: Doc | None) -> Doc | None:
    ref = _named(item, "implantacao_ref")
    if ref:
        return db.get("implantacoes", ref)
    return _newest(db.find("implantacoes", "release_ref", release["id"])) if release else None


def _newest(documents: Iterable[Doc]) -> Doc | None:
    found = _by_number(documents)
    return found[-1] if found else None


def _decisions(db: Store, item: Doc) -> list[Doc]:
    """The saga's decisions, oldest first, without what undoing them needs."""
    saga = item.get("saga_id")
    found = db.find("decisoes", "saga_id", saga) if saga else db.find("decisoes", "item_ref", item["id"])
    readable = [{name: value for name, value in entry.items() if name != "desfaz"} for entry in found]
    return sorted(readable, key=lambda entry: str(entry.get("em", "")))


def _existing(db: Store, collection: str, ids: Iterable[str]) -> list[Doc]:
    return [
        found for document_id in ids if (found := db.get(collection, document_id) or db.archived(document_id))
    ]


def _artifacts(item: Doc, release: Doc | None, spec: Doc | None) -> list[Document]:
    """The files that the item made or is about: its own, else the release's, else the spec's."""
    own = item.get("artefatos") or (item.get("resultado") or {}).get("artefatos")
    files = own if isinstance(own, dict) and own else (release or spec or {}).get("arquivos") or {}
    return [_artifact(str(path), value) for path, value in sorted(files.items())]


def _artifact(path: str, value: Any) -> Document:
    if isinstance(value, dict):
        return {"nome": path, "sha256": value.get("sha256", ""), "tamanho": value.get("tamanho")}
    return {"nome": path, "sha256": str(value), "tamanho": None}


def _kept_output(item: Doc, objects: Objects) -> tuple[str, ...]:
    """The end of what the last attempt wrote, where it was kept."""
    attempts = item.get("tentativas") or ()
    ref = attempts[-1].get("saida_ref") if attempts else ""
    if not ref:
        return ()
    try:
        return tuple(objects.read(ref, OUTPUT).decode("utf-8", "replace").splitlines())
    except (OSError, ValueError):
        return ()
