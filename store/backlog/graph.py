"""Cycles: who waits for whom, over dependencies and generated parts together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from store.backlog.operation import Operation
from store.backlog.outcomes import (
    CAPABILITY,
    SPEC,
    capability,
    contributes,
    holds,
    is_gap,
    latest_version,
    living_gaps,
    parts,
    work_on,
)
from store.backlog.ports import Doc
from store.documents.item import Status
from store.errors import CycleRefused


def refuse_cycle(op: Operation, item: Doc, new_refs: Iterable[str]) -> None:
    """Raise CycleRefused when one of `new_refs` waits, by whatever way, for the item; the message names the
    path.
    """
    targets = waited_through(op, item)
    name = item["id"] or f"the new {item['tipo']}"
    came_from: dict[str, str] = dict.fromkeys(new_refs, "")
    queue = deque(came_from)
    while queue:
        node = queue.popleft()
        if node in targets:
            path = [name, *_path(came_from, node)]
            raise CycleRefused(f"waits for itself: {' → '.join(path if node == name else [*path, name])}")
        for following in waits_for(op, node):
            if following not in came_from:
                came_from[following] = node
                queue.append(following)


def _path(came_from: dict[str, str], node: str) -> list[str]:
    path = []
    while node:
        path.append(node)
        node = came_from[node]
    return path[::-1]


def waited_through(op: Operation, item: Doc) -> set[str]:
    """The nodes that whoever waits for the item waits through."""
    found = {item["id"], item["gap_ref"]}
    if item["parte"] or item["gap_ref"]:
        found.add(item["pai"])
    if item["spec_ref"] and contributes(op, item):
        found.add(SPEC + item["spec_ref"])
    if is_gap(op, item):
        found.add(CAPABILITY + item["contexto"].get("recurso", ""))
    return found - {""}


def waits_for(op: Operation, node: str) -> Iterator[str]:
    """What a node's outcome waits for."""
    if node.startswith(SPEC):
        yield from _spec_waits_for(op, node.removeprefix(SPEC))
    elif node.startswith(CAPABILITY):
        yield from _capability_waits_for(op, node.removeprefix(CAPABILITY))
    else:
        item = op.find_item(node)
        if item is not None and not item["desfecho"] and item["status"] != Status.CANCELADO:
            yield from _item_waits_for(op, item)


def _item_waits_for(op: Operation, item: Doc) -> Iterator[str]:
    if item["status"] == Status.BLOQUEADO:
        yield from (ref for ref in item["depende_de"] if holds(item, ref))
    gap = is_gap(op, item)
    if gap:
        yield from _providers(op, item["contexto"].get("recurso", ""))
    yield from item["items_gerados"] if gap or item["gap_ref"] else parts(op, item)


def _spec_waits_for(op: Operation, spec_ref: str) -> Iterator[str]:
    latest = latest_version(op, spec_ref)
    if latest is not None and not latest["validada_em"]:
        yield from (item["id"] for item in work_on(op, spec_ref, latest["versao"]))


def _capability_waits_for(op: Operation, nome: str) -> Iterator[str]:
    yield from (gap["id"] for gap in living_gaps(op, nome))
    yield from _providers(op, nome)


def _providers(op: Operation, nome: str) -> Iterator[str]:
    found = capability(op, nome)
    yield from (SPEC + spec_ref for spec_ref in (found["fornecida_por"] if found else ()))
