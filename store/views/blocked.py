"""What blocked items wait for, down to the root causes: one level at a time, without recursion.

A node is known by a reference, as dependencies are written: `BKL-0042`, `spec:frete`, `cap:assinatura`.
What it waits for are other references; the last of a chain is a root cause: what a person or an actor does
next.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from store.views.model import ItemRow, ReadModel, SpecRow

SPEC, CAPABILITY = "spec:", "cap:"
YOU = "you"
ENDED = frozenset({"Concluido", "Pulado", "Cancelado"})
LOOKED_AT = 2_000
"""References that are looked at for a root cause, at most."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that is waited for: what it is, how it stands, whose turn it is and since when."""

    ref: str
    tipo: str
    """The item's type, or `spec`, `capacidade`, `item` (one that is not there)."""
    titulo: str
    estado: str
    """An item's status, or `verifying` (its probe is asked for), `missing` (nothing brings it), `unknown`
    (no such thing), `under way` (a spec whose work goes on)."""
    quem: str = ""
    """`you`, an actor, or empty: nobody's by itself."""
    desde: str = ""
    row: ItemRow | None = None
    """The item that stands for it, if there is one."""
    aberta: bool = False
    """A question that waits for the owner."""


class Causes:
    """The items of one model, arranged by what waits for them: one pass a model, then a level at a time."""

    def __init__(self, model: ReadModel) -> None:
        self._model = model
        self._specs: dict[str, SpecRow] = {spec.spec_ref: spec for spec in model.specs}
        self._about: dict[str, list[str]] = {}
        """Open questions about an item, by its id."""
        self._work: dict[str, list[str]] = {}
        """Open work for a gap, by the gap's id."""
        self._parts: dict[str, list[str]] = {}
        """Open parts of an item, by its id."""
        self._by_resource: dict[str, list[ItemRow]] = {}
        self._verifying: set[str] = set()
        self._children: dict[str, tuple[str, ...]] = {}
        self._paths: dict[str, tuple[str, ...]] = {}
        for row in model.itens:
            if row.recurso:
                self._by_resource.setdefault(row.recurso, []).append(row)
            if row.status not in ENDED:
                self._arrange(row)

    def _arrange(self, row: ItemRow) -> None:
        if row.alvo:
            self._about.setdefault(row.alvo, []).append(row.id)
        if row.gap_ref:
            self._work.setdefault(row.gap_ref, []).append(row.id)
        if row.parte_de:
            self._parts.setdefault(row.parte_de, []).append(row.id)
        if row.verificando:
            self._verifying.update(row.espera_por)

    # What is behind a reference

    def children(self, ref: str) -> tuple[str, ...]:
        """What a reference waits for in turn; empty for a root cause."""
        found = self._children.get(ref)
        if found is None:
            found = self._children[ref] = tuple(dict.fromkeys(self._find(ref)))
        return found

    def _find(self, ref: str) -> Iterator[str]:
        if ref.startswith(SPEC):
            spec = self._specs.get(ref.removeprefix(SPEC))
            if spec is not None and self._is_open(spec.item_id):
                yield spec.item_id
        elif ref.startswith(CAPABILITY):
            name = ref.removeprefix(CAPABILITY)
            yield from (row.id for row in self._gaps(name))
            yield from self._providers(name)
        else:
            row = self._model.item(ref)
            yield from self._behind_item(row) if row is not None else ()

    def _behind_item(self, row: ItemRow) -> Iterator[str]:
        """The owner's answer about it first, then what holds it, or what goes on after its own end."""
        yield from self._about.get(row.id, ())
        if row.status == "Bloqueado":
            yield from row.espera_por
        elif row.status in ENDED:
            yield from self._parts.get(row.id, ())
            yield from self._work.get(row.id, ())
            yield from self._providers(row.recurso)

    def _gaps(self, name: str) -> Iterator[ItemRow]:
        """The gaps that may still bring a capability: what works for one of them is behind it."""
        for row in self._by_resource.get(name, ()):
            outer = self._model.item(row.gap_ref)
            works_for_it = outer is not None and outer.recurso == name
            if not works_for_it and not row.alvo and row.status not in ("Cancelado", "Pulado"):
                yield row

    def _providers(self, name: str) -> Iterator[str]:
        """The specs that are to bring a capability and are still under way."""
        if name:
            for spec in self._specs.values():
                if name in spec.fornece and self._is_open(spec.item_id):
                    yield SPEC + spec.spec_ref

    def _is_open(self, item_id: str) -> bool:
        row = self._model.item(item_id)
        return row is not None and row.status not in ENDED

    # What a reference is

    def cause(self, ref: str) -> Cause:
        """A reference as it stands now."""
        if ref.startswith(SPEC):
            return self._spec(ref)
        if ref.startswith(CAPABILITY):
            state = "verifying" if ref in self._verifying else "missing"
            return Cause(ref, "capacidade", ref.removeprefix(CAPABILITY), state)
        row = self._model.item(ref)
        return Cause(ref, "item", ref, "unknown") if row is None else self._item(row)

    def _item(self, row: ItemRow) -> Cause:
        state, who = row.estado, ""
        if row.retido:
            who = YOU
        elif row.status in ("Pendente", "EmProcessamento"):
            who = YOU if row.humano else row.ator
        elif row.verificando or row.id in self._verifying:
            state = "verifying"
        elif row.status == "Concluido" and row.recurso and not self.children(row.id):
            state = "missing"
        asks = row.humano and row.status == "Pendente"
        return Cause(row.id, row.tipo, row.titulo, state, who, _since(row), row, asks)

    def _spec(self, ref: str) -> Cause:
        name = ref.removeprefix(SPEC)
        spec = self._specs.get(name)
        if spec is None:
            return Cause(ref, "spec", name, "unknown", YOU)
        row = self._model.item(spec.item_id)
        state = "under way" if self._is_open(spec.item_id) else "missing"
        return Cause(ref, "spec", spec.titulo, state, desde=_since(row) if row else "", row=row)

    # Down to the root

    def root(self, ref: str) -> Cause | None:
        """What a reference waits for in the end: first what the owner can answer, then whatever is anybody's.

        A root cause is its own. None where it waits for itself in a circle.
        """
        path = self.path(ref)
        return self.cause(path[-1]) if path else None

    def path(self, ref: str) -> tuple[str, ...]:
        """The references from this one, itself included, to its root; the shortest. Empty for a circle."""
        found = self._paths.get(ref)
        if found is None:
            found = self._paths[ref] = self._search(ref)
        return found

    def _search(self, ref: str) -> tuple[str, ...]:
        found: Cause | None = None
        came_from, waiting = {ref: ""}, deque([ref])
        while waiting and len(came_from) < LOOKED_AT:
            current = waiting.popleft()
            behind = self.children(current)
            if not behind:
                cause = self.cause(current)
                if found is None or cause.aberta or (cause.quem and not found.quem):
                    found = cause
                if cause.aberta:
                    break
            for each in behind:
                if each not in came_from:
                    came_from[each] = current
                    waiting.append(each)
        return _way(came_from, found.ref) if found is not None else ()

    def turns(self, rows: Iterable[ItemRow]) -> Counter[str]:
        """How many of some blocked items wait for whom in the end: `you`, an actor, empty for nobody.

        Items that wait for the same are looked at once.
        """
        alike: dict[tuple[str, ...], str] = {}
        counts: Counter[str] = Counter()
        for row in rows:
            key = (row.id,) if row.id in self._about else row.espera_por
            if key not in alike:
                root = self.root(row.id)
                alike[key] = root.quem if root is not None else ""
            counts[alike[key]] += 1
        return counts


def _way(came_from: dict[str, str], ref: str) -> tuple[str, ...]:
    """The references from where a search began to where it ended."""
    way = []
    while ref:
        way.append(ref)
        ref = came_from[ref]
    return tuple(reversed(way))


def _since(row: ItemRow) -> str:
    """Since when an item is what it is."""
    if row.status == "Pendente":
        return row.espera_desde or row.criado_em
    if row.status == "EmProcessamento":
        return row.iniciado_em or row.atualizado_em
    return row.bloqueado_em or row.atualizado_em
