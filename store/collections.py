"""The store's collections: their id prefixes, schema numbers, indexes and queues (PROMETHEUS, section 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from store.limits import PERIODS

Document = dict[str, Any]
Upgrade = Callable[[Document], Document]

EVENTS = "eventos"
"""The one collection of section 6 that is not a table: events ride in the line of their transaction."""

STUBS = "arquivados"
"""What dependencies and ids still see of archived documents: id, tipo, fim, saga_id."""


META, GENERATED = "meta", "gerado"
"""What a store says of itself, by `chave`; the `chave` of a generated history, which is only looked at."""


@dataclass(frozen=True)
class QueueSpec:
    """How a collection's documents queue: pure functions of one document.

    `group` names its queue, or None while it does not queue. `order` sorts what is ready, smallest first.
    `due` is the UTC time from which it is ready; empty is at once.
    """

    group: Callable[[Document], str | None]
    order: Callable[[Document], tuple[Any, ...]]
    due: Callable[[Document], str]


@dataclass(frozen=True)
class Collection:
    """One collection: its name on disk, id prefix, schema number and what is indexed.

    `indexes` are paths with dots that are looked up by value (a list is filed under each of its elements);
    `computed` are looked up like them, by what a pure function makes of a document: a text, a list of texts
    or None; `ordered` are looked up by range; `needs` are texts without which nothing reads a document.
    `upgrades[n]` is a pure function that takes a document of schema n to n + 1; whoever raises `schema` adds
    one.
    """

    name: str
    prefix: str
    schema: int
    indexes: tuple[str, ...] = ()
    queue: QueueSpec | None = None
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)
    ordered: tuple[str, ...] = ()
    computed: Mapping[str, Callable[[Document], Any]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def number_of(document_id: str) -> int:
    """The number in a document's id: 42 for `BKL-0042`."""
    return int(document_id.rpartition("-")[2])


_OPEN = ("Bloqueado", "Pendente", "EmProcessamento")


def _group(item: Document) -> str | None:
    """An item queues while it is Pendente, no human decides it, and nothing holds it back."""
    if item.get("status") != "Pendente" or item.get("humano") or item.get("retido"):
        return None
    return f"{item.get('fila', 'padrao')}/{item['tipo']}"


HOLDING = ("aberta", "quebrada")
"""The states of a dependency that hold its item."""

AWAITED = "aguarda"
"""The computed index of blocked items by what holds each of them, as `awaited` says it."""


def awaited(ref: str, estado: str) -> str:
    """What a blocked item is filed under: a reference and the state that it has for the item."""
    return f"{ref} {estado}"


def _awaited(item: Document) -> list[str] | None:
    if item.get("status") != "Bloqueado":
        return None
    states = item.get("dependencias") or {}
    return [awaited(ref, each["estado"]) for ref, each in states.items() if each["estado"] in HOLDING]


LIMIT_ASKED = "limite_aberto"
"""The computed index of open `estender_orcamento` by the period whose limit holds their item."""


def _limit_asked(item: Document) -> str | None:
    if item.get("tipo") != "estender_orcamento" or item.get("status") != "Pendente":
        return None
    limit = item["contexto"].get("limite")
    return limit if limit in PERIODS else None


LEFT = "deixado"
"""The computed index of open children that were left in the backlog; what is filed under it is `LEFT`."""


def _left(item: Document) -> str | None:
    return LEFT if item.get("deixado") and item.get("status") in _OPEN else None


def _order(item: Document) -> tuple[Any, ...]:
    return (-item.get("prioridade", 0), number_of(item["id"]))


def _due(item: Document) -> str:
    return item.get("disponivel_em") or ""


_ALL = (
    Collection(
        "backlog_items",
        "BKL",
        1,
        indexes=(
            "status",
            "tipo",
            "spec_ref",
            "saga_id",
            "pai",
            "depende_de",
            "chave",
            "contexto.recurso",
            "origem.sprint_id",
            "filho_de",
            "tarefa",
        ),
        queue=QueueSpec(group=_group, order=_order, due=_due),
        computed={AWAITED: _awaited, LIMIT_ASKED: _limit_asked, LEFT: _left},
        needs=("tipo", "status"),
    ),
    Collection("specs", "SPC", 1, indexes=("spec_ref", "sha256")),
    Collection("specs_recursos", "REC", 1, indexes=("spec_ref", "spec_item_ref")),
    Collection(
        "execucoes",
        "EXE",
        1,
        indexes=("spec_ref", "release_ref", "saga_id", "backlog_item_ref", "status"),
        ordered=("concluido_em", "timestamps.deploy_fim_at", "precisao.geral"),
    ),
    Collection("releases", "REL", 1, indexes=("spec_ref", "execucao_ref")),
    Collection("implantacoes", "IMP", 1, indexes=("release_ref", "spec_ref", "alvo", "status")),
    Collection("capacidades", "CAP", 1, indexes=("nome",)),
    Collection("decisoes", "DEC", 1, indexes=("item_ref", "saga_id"), ordered=("em",)),
    Collection("uso_llm", "USO", 1, indexes=("execucao_id",)),
    Collection("gastos", "GAS", 1, indexes=("chave",)),
    Collection("disjuntores", "DIS", 1, indexes=("performer",)),
    Collection("liberacoes", "LIB", 1, indexes=("ref",)),
    Collection("sprints", "SPR", 1, indexes=("sprint_id", "estado")),
    Collection(
        "tasks",
        "TSK",
        1,
        indexes=("sprint_id", "chave", "sob", "item_ref", "depende_de", "em_curso", "espera_auto"),
    ),
    Collection("linhas", "LIN", 1, indexes=("fim",)),
    Collection(STUBS, "ARQ", 1, indexes=("id", "saga_id")),
    Collection(META, "MET", 1, indexes=("chave",)),
)

COLLECTIONS: dict[str, Collection] = {collection.name: collection for collection in _ALL}
