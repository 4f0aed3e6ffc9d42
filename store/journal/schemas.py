"""Schema numbers: which the store on disk has, and how its documents become those of this program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from store.errors import StoreCorrupt

if TYPE_CHECKING:
    from store.collections import Collection
    from store.journal.lines import Document


class Schemas:
    """This program's schema numbers beside those that a file was written under."""

    def __init__(self, collections: Mapping[str, Collection]) -> None:
        self._collections = collections
        self.ours = {name: collection.schema for name, collection in collections.items()}

    def newer(self, disk: Mapping[str, int]) -> str:
        """Why a file can only be viewed: what a newer program wrote in it; empty when it can be changed."""
        found = [
            f"{name} has schema {number}, this program knows {self.ours.get(name, 'none')}"
            for name, number in sorted(disk.items())
            if number > self.ours.get(name, 0)
        ]
        return f"written by a newer oficina: {'; '.join(found)}" if found else ""

    def outdated(self, disk: Mapping[str, int]) -> bool:
        """Whether lines of this program must not go under a header with these numbers."""
        return disk != self.ours

    def needs_upgrade(self, disk: Mapping[str, int], table: str) -> bool:
        """Whether documents of the table are of an older schema in that file."""
        ours = self.ours.get(table, 0)
        return disk.get(table, ours) < ours

    def upgrade(self, disk: Mapping[str, int], table: str, document: Document) -> Document:
        """The document as this program knows it; one of a newer schema stays as it is."""
        if not self.needs_upgrade(disk, table):
            return document
        collection = self._collections[table]
        for number in range(disk[table], collection.schema):
            step = collection.upgrades.get(number)
            if step is None:
                raise StoreCorrupt(f"{table}: this program has no upgrade from schema {number}")
            try:
                document = step(document)
            except Exception as reason:
                raise StoreCorrupt(
                    f"{table}: {document.get('id') or 'a document'} can't be upgraded from schema {number}:"
                    f" {type(reason).__name__}: {reason}"
                ) from reason
        return document
