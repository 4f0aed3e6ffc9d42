"""A few rows of many, kept in an order: what waits, runs, is blocked, has failed."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable

from store.views.model import ItemRow


class OrderedRows:
    """Rows by a time and then their id; putting or dropping one costs a search, not a sort."""

    def __init__(self, belongs: Callable[[ItemRow], bool], time: Callable[[ItemRow], str]) -> None:
        self._belongs, self._time = belongs, time
        self._rows: dict[str, ItemRow] = {}
        self._order: list[tuple[str, str]] = []

    def put(self, row: ItemRow) -> bool:
        """Take the row in, anew or out, as it belongs; True when the list changed."""
        changed = self.drop(row.id)
        if self._belongs(row):
            self._rows[row.id] = row
            insort(self._order, (self._time(row), row.id))
            return True
        return changed

    def drop(self, item_id: str) -> bool:
        """Take a row out; False when it was not there."""
        old = self._rows.pop(item_id, None)
        if old is None:
            return False
        del self._order[bisect_left(self._order, (self._time(old), item_id))]
        return True

    def rows(self) -> tuple[ItemRow, ...]:
        return tuple([self._rows[item_id] for _, item_id in self._order])
