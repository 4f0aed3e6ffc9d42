"""The lines of Blocked's tree that are open now, however many items there are; without recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from store.views.blocked import Causes
from store.views.model import ItemRow

AUTO_ITEMS, AUTO_DEPTH = 20, 6
"""Up to so many blocked items are shown opened, so deep, until the owner opens or closes them all."""
ALL_ITEMS, ALL_DEPTH = 500, 50
"""What can be opened at once: more blocked items have to be filtered first."""
AT_MOST = 20_000
"""Lines beyond which nothing opens by itself: what is shared by many is shown under each of them."""


class Node(NamedTuple):
    """A line of the tree; `key` is the way to it, reference by reference, with blanks between."""

    key: str
    ref: str
    depth: int
    opened: bool
    closed: bool
    """Something is behind it that is not shown."""
    circle: bool
    """It stands above already, on the way here."""


class Openings:
    """Which lines are open: by how deep they stand, and otherwise where the owner said so."""

    def __init__(self) -> None:
        self.depth: int | None = None
        """None: a few blocked items are open, many are closed."""
        self._turned: set[str] = set()

    def turn(self, key: str) -> None:
        """Open what is closed, close what is open."""
        self._turned ^= {key}

    def all(self, depth: int) -> None:
        """Open everything so deep; 0 closes everything."""
        self.depth = depth
        self._turned.clear()

    def rule(self, items: int) -> Callable[[str, int], bool]:
        """Whether the line with a key at a depth is open, while so many blocked items are shown."""
        depth = self.depth if self.depth is not None else AUTO_DEPTH if items <= AUTO_ITEMS else 0
        turned = self._turned
        return lambda key, at: (at < depth) != (key in turned)

    def said(self, key: str) -> bool:
        """Whether the owner turned this very line."""
        return key in self._turned


def lines(causes: Causes, items: Sequence[ItemRow], openings: Openings) -> list[Node]:
    """The lines that are shown, from the top; each blocked item with what is open beneath it."""
    is_open = openings.rule(len(items))
    shown: list[Node] = []
    for item in items:
        if not is_open(item.id, 0):
            shown.append(Node(item.id, item.id, 0, False, True, False))
            continue
        stack = [(item.id, item.id, 0)]
        while stack:
            key, ref, depth = stack.pop()
            circle = depth > 0 and ref in key.rpartition(" ")[0].split(" ")
            behind = () if circle else causes.children(ref)
            wanted = is_open(key, depth) and (len(shown) < AT_MOST or openings.said(key))
            opened = bool(behind) and wanted
            shown.append(Node(key, ref, depth, opened, bool(behind) and not opened, circle))
            if opened:
                stack.extend((f"{key} {each}", each, depth + 1) for each in reversed(behind))
    return shown


def parent(key: str) -> str:
    """The key of the line that a line stands under; empty for a blocked item's own."""
    return key.rpartition(" ")[0]


def matching(
    items: Sequence[ItemRow], words: Sequence[str], causes: Causes, text: Callable[[str], str]
) -> Iterator[ItemRow]:
    """The blocked items in which all words are found, or in what they wait for (`text` of a reference)."""
    known: dict[str, str] = {}
    for item in items:
        missing = [word for word in words if word not in item.busca]
        if not missing or all(_found(word, item, causes, text, known) for word in missing):
            yield item


def _found(
    word: str, item: ItemRow, causes: Causes, text: Callable[[str], str], known: dict[str, str]
) -> bool:
    for ref in causes.path(item.id)[1:] or item.espera_por:
        if ref not in known:
            known[ref] = text(ref)
        if word in known[ref]:
            return True
    return False
