"""`spec add`: check, freeze, and have new versions priced (design.md, "The PROMETHEUS cycle").

Files first: they are content-addressed before the transaction that stores the versions and produces the work.
Reading, checking and keeping them needs no store, so that it can be done elsewhere than in the line's thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from jobs.specs.checking import KnownSpec, check_spec, known_as
from jobs.specs.freezing import ObjectStore, freeze
from jobs.specs.model import Spec
from jobs.specs.reading import parse_what_is_sound
from jobs.specs.sources import FileSource
from store.backlog.ports import Doc, Store, Transaction
from store.clock import Clock
from store.documents import complete
from store.documents.item import UNSETTLED
from store.errors import WrongInput, WrongState

PRODUCER = "Epistemologia"
TRIES = 5
"""How often specs are checked anew where others were added meanwhile."""


class Broker(Protocol):
    """What adding needs of MS_Backlog."""

    def produzir(self, novo: Doc, *, produtor: str, pai: str | None = None, tx: Any = None) -> str: ...

    def receber_versao(
        self, spec_ref: str, versao: int, novo: Doc, *, produtor: str, pai: str | None = None, tx: Any = None
    ) -> str: ...


@dataclass(frozen=True)
class Added:
    """What became of one spec: its version, and its `orcar_spec` (empty when the content had not changed)."""

    spec_ref: str
    versao: int
    documento_id: str
    item_id: str


@dataclass(frozen=True)
class Adding:
    """What adding specs needs: `raiz` is the workspace's directory, `capacidades` the names it defines."""

    db: Store
    backlog: Broker
    objects: ObjectStore
    clock: Clock
    raiz: Path
    capacidades: Collection[str]


class SpecsChanged(WrongState):
    """Other specs were added since these were checked: they have to be checked anew."""


@dataclass(frozen=True)
class Prepared:
    """Versions that are checked and frozen, in the order of their dependencies, beside the specs `seen`."""

    versoes: tuple[Doc, ...]
    seen: Mapping[str, Doc]


def add_specs(files: Sequence[Path], adding: Adding) -> list[Added]:
    """Add spec files, in the order of their dependencies; all of them, or none.

    Raises:
        WrongInput: the first thing that is wrong (`check_files` gives everything).
        SpecsChanged: others kept being added meanwhile.
    """
    for _ in range(TRIES - 1):
        with suppress(SpecsChanged):
            return _try_to_add(files, adding)
    return _try_to_add(files, adding)


def _try_to_add(files: Sequence[Path], adding: Adding) -> list[Added]:
    seen = latest_specs(adding.db)
    prepared = prepare(files, seen, adding.objects, raiz=adding.raiz, capacidades=adding.capacidades)
    return store_prepared(prepared, adding.db, adding.backlog, adding.clock)


def prepare(
    files: Sequence[Path],
    seen: Mapping[str, Doc],
    objects: ObjectStore,
    *,
    raiz: Path,
    capacidades: Collection[str],
) -> Prepared:
    """Read, check and freeze spec files; `seen` are the `latest_specs`. In any thread: it needs no store.

    Raises WrongInput, the first thing that is wrong.
    """
    specs, problems = check_files(files, raiz, _known(seen, raiz), capacidades)
    if problems:
        raise problems[0]
    return Prepared(tuple(freeze(spec, objects) for spec in in_order(specs)), seen)


def store_prepared(prepared: Prepared, db: Store, backlog: Broker, clock: Clock) -> list[Added]:
    """Store versions that were prepared, and have them priced: all of them, or none.

    Raises SpecsChanged where others were added since.
    """
    with db.transaction(by=PRODUCER) as tx:
        if _versions(latest_specs(db)) != _versions(prepared.seen):
            raise SpecsChanged("other specs were added meanwhile: try again")
        return [add_version(tx, version, backlog, clock) for version in prepared.versoes]


def _versions(latest: Mapping[str, Doc]) -> dict[str, str]:
    return {ref: doc["id"] for ref, doc in latest.items()}


def check_files(
    files: Sequence[Path], raiz: Path, known: Mapping[str, KnownSpec], capacidades: Collection[str] | None
) -> tuple[list[Spec], list[WrongInput]]:
    """Read and check spec files, which may depend on each other; returns the specs, and all problems."""
    read: dict[str, tuple[Spec, list[WrongInput]]] = {}
    problems: list[WrongInput] = []
    for file in files:
        spec, wrong = parse_what_is_sound(FileSource(file, raiz))
        if spec is None:
            problems += wrong
        else:
            read.setdefault(spec.arquivo, (spec, wrong))
    specs = [spec for spec, _ in read.values()]
    named = [spec for spec in specs if spec.id]
    for index, (spec, wrong) in enumerate(read.values()):
        # Of two files with the same id it is the later one that is wrong.
        so_far = {other.id: known_as(other) for other in reversed(specs[: index + 1]) if other.id}
        together = {**known, **{other.id: known_as(other) for other in named}, **so_far}
        if spec.id in known and known[spec.id].arquivo:
            together[spec.id] = known[spec.id]
        found = [*wrong, *check_spec(spec, together, capacidades)]
        problems += sorted(found, key=lambda one: (one.file != spec.arquivo, one.file, one.line))
    return [spec for spec, wrong in read.values() if not wrong], problems


def known_specs(db: Store, raiz: Path) -> dict[str, KnownSpec]:
    """The latest version of every spec; one whose file is gone may be added from another file."""
    return _known(latest_specs(db), raiz)


def latest_specs(db: Store) -> dict[str, Doc]:
    """The `specs` document of every spec's latest version, by spec."""
    found: dict[str, Doc] = {}
    for doc in db.all("specs"):
        if doc["versao"] >= found.get(doc["spec_ref"], doc)["versao"]:
            found[doc["spec_ref"]] = doc
    return found


def _known(latest: Mapping[str, Doc], raiz: Path) -> dict[str, KnownSpec]:
    return {
        ref: KnownSpec(
            ref, doc["arquivo"] if (raiz / doc["arquivo"]).exists() else "", tuple(doc["depende_de"])
        )
        for ref, doc in latest.items()
    }


def in_order(specs: Sequence[Spec]) -> list[Spec]:
    """The specs with dependencies first, otherwise in the order given; they must be free of cycles."""
    waiting, placed = list(specs), list[Spec]()
    ids = {spec.id for spec in specs}
    while waiting:
        done = {spec.id for spec in placed}
        ready = next(
            spec for spec in waiting if all(ref in done or ref not in ids for ref in spec.depende_de)
        )
        waiting.remove(ready)
        placed.append(ready)
    return placed


def latest_version(tx: Transaction | Store, spec_ref: str) -> Doc | None:
    """The `specs` document of a spec's latest version, or None."""
    versions = tx.find("specs", "spec_ref", spec_ref)
    return max(versions, key=lambda doc: int(doc["versao"]), default=None)


def add_version(
    tx: Transaction, version: Doc, backlog: Broker, clock: Clock, *, pai: str | None = None
) -> Added:
    """Store a frozen version and have it priced, in the caller's transaction.

    `pai` is the item that wrote it. A version that is the latest already is priced again only where nothing
    is to come of it any more.
    """
    ref = version["spec_ref"]
    before = latest_version(tx, ref)
    if before is not None and before["sha256"] == version["sha256"]:
        again = "" if _alive(tx, before) else _price_again(tx, before, backlog, pai)
        return Added(ref, before["versao"], before["id"], again)
    versao = 1 if before is None else before["versao"] + 1
    stored = complete("specs", {**version, "versao": versao, "criada_em": clock.now()})
    documento_id = tx.insert("specs", stored)
    novo = _to_price(stored)
    item_id = backlog.receber_versao(ref, versao, novo, produtor=PRODUCER, pai=pai, tx=tx)
    frozen = {"tipo": "spec.congelada", "item_id": item_id, "spec_ref": ref, "versao": versao}
    tx.event({**frozen, "sha256": version["sha256"]})
    return Added(ref, versao, documento_id, item_id)


def _to_price(version: Doc) -> Doc:
    """The `orcar_spec` of a version."""
    named = {"spec_ref": version["spec_ref"], "spec_versao": version["versao"]}
    return {"tipo": "orcar_spec", "contexto": named, "prioridade": version["prioridade"], **named}


def _alive(tx: Transaction, version: Doc) -> bool:
    """Whether a version was validated, or something is still to come of it."""
    if version["validada_em"]:
        return True
    items = tx.find("backlog_items", "spec_ref", version["spec_ref"])
    return any(item["spec_versao"] == version["versao"] and item["status"] in UNSETTLED for item in items)


def _price_again(tx: Transaction, version: Doc, backlog: Broker, pai: str | None) -> str:
    """A version whose work was refused or given up may be asked for again as it is."""
    return backlog.produzir(_to_price(version), produtor=PRODUCER, pai=pai, tx=tx)
