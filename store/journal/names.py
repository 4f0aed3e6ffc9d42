"""Document ids as people see them, `BKL-0042`, and the numbers that TinyDB files them under."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from store.errors import StoreError

if TYPE_CHECKING:
    from store.collections import Collection

_TABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Names:
    """Ids of the known collections; a table without a definition has plain numbers for ids."""

    def __init__(self, collections: Mapping[str, Collection]) -> None:
        self._prefixes = {name: collection.prefix + "-" for name, collection in collections.items()}

    def known(self, table: str) -> bool:
        """Whether the table has a definition."""
        return table in self._prefixes

    def require(self, table: str) -> None:
        """StoreError for a collection that nobody defined, with the ones there are."""
        if table not in self._prefixes:
            raise StoreError(
                f"there is no collection {table!r} (there are {', '.join(sorted(self._prefixes))})"
            )

    def format(self, table: str, number: int) -> str:
        """The id of document `number`."""
        prefix = self._prefixes.get(table)
        return str(number) if prefix is None else f"{prefix}{number:04d}"

    def parse(self, table: str, document_id: str) -> int | None:
        """The number in an id; None when it is not an id of that table, exactly as `format` writes it."""
        digits = document_id.removeprefix(self._prefixes.get(table, ""))
        if not (digits.isascii() and digits.isdigit()):
            return None
        number = int(digits)
        return number if self.format(table, number) == document_id else None


def check_table(name: str) -> None:
    """StoreError for a table name that the snapshot could not hold beside its own `_meta`."""
    if not _TABLE.fullmatch(name):
        raise StoreError(f"{name!r} can't be a table's name: letters, digits and underscores, a letter first")
