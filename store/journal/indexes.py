"""Indexes over one field of a table: by value, and in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from typing import Any

from store.journal.lines import Document

Scalar = str | int | float | bool
_Ordered = tuple[bool, Any, float]

_MISSING = object()


def value_at(document: Document, path: tuple[str, ...]) -> Any:
    """The value at a path of keys, or a marker that equals nothing when it is not there."""
    value: Any = document
    try:
        for key in path:
            value = value[key]
    except (KeyError, TypeError):
        return _MISSING
    return value


def scalars(value: Any) -> tuple[Scalar, ...]:
    """The values under which an index files a field: itself, or each element of a list. None is not filed."""
    if isinstance(value, str | int | float):
        return (value,)
    if isinstance(value, list) and value:
        return tuple(dict.fromkeys(element for element in value if isinstance(element, str | int | float)))
    return ()


class HashIndex:
    """The documents that have a value in a field, or in a field's list."""

    def __init__(self, name: str) -> None:
        """`name` is the path with dots, as in `contexto.recurso`."""
        self.path = tuple(name.split("."))
        self._only = name if len(self.path) == 1 else ""
        self._numbers: dict[Scalar, int | set[int]] = {}
        self.loose = 0
        """Documents with a text or an object here: TinyDB's `any` looks inside those, the index doesn't."""

    def change(self, number: int, old: Document | None, new: Document | None) -> None:
        """Follow document `number` from `old` to `new`; None is a document that is not there."""
        before = None if old is None else self._value(old)
        after = None if new is None else self._value(new)
        # Most changes leave most fields as they are.
        if before is after or (before == after and type(before) is type(after)):
            return
        self.loose += isinstance(after, str | dict) - isinstance(before, str | dict)
        for value in scalars(before):
            self._discard(value, number)
        for value in scalars(after):
            self._add(value, number)

    def load(self, number: int, document: Document) -> None:
        """What `change` does for a document that was not there, in as few steps as loading takes."""
        value = self._value(document)
        kind = type(value)
        if kind is str:
            self.loose += 1
            self._add(value, number)
        elif kind is list:
            for element in scalars(value):
                self._add(element, number)
        elif kind is dict:
            self.loose += 1
        elif isinstance(value, int | float):
            self._add(value, number)

    def _value(self, document: Document) -> Any:
        return document.get(self._only) if self._only else value_at(document, self.path)

    def _add(self, value: Scalar, number: int) -> None:
        # Most values of most indexes have one document: a bare number there saves a set of 200 bytes each.
        found = self._numbers.setdefault(value, number)
        if found is number:
            return
        if type(found) is set:
            found.add(number)
        elif found != number:
            self._numbers[value] = {found, number}  # type: ignore[arg-type]

    def _discard(self, value: Scalar, number: int) -> None:
        found = self._numbers.get(value)
        if isinstance(found, set):
            found.discard(number)
            if not found:
                del self._numbers[value]
        elif found == number:
            del self._numbers[value]

    def numbers(self, value: Scalar) -> set[int]:
        """The documents filed under `value`; the caller may not change the set."""
        found = self._numbers.get(value)
        if found is None:
            return set()
        return found if isinstance(found, set) else {found}


class ComputedIndex(HashIndex):
    """The documents by what a pure function makes of each: a value, several in a list, or None."""

    def __init__(self, name: str, compute: Callable[[Document], Any]) -> None:
        super().__init__(name)
        self._compute = compute

    def _value(self, document: Document) -> Any:
        return self._compute(document)


class OrderedIndex:
    """Documents in the order of a field that is a text or a number; texts come after numbers."""

    def __init__(self, name: str) -> None:
        """`name` is the path with dots, as in `precisao.geral`."""
        self.path = tuple(name.split("."))
        self._entries: list[_Ordered] = []
        self._unsorted: list[_Ordered] = []

    def change(self, number: int, old: Document | None, new: Document | None) -> None:
        """Follow document `number` from `old` to `new`; None is a document that is not there."""
        for entry in self._entry(number, old):
            self._settle()
            at = bisect_left(self._entries, entry)
            del self._entries[at]
        for entry in self._entry(number, new):
            # While a store loads, every entry is new: they are sorted once, at the first look.
            if old is None:
                self._unsorted.append(entry)
            else:
                self._settle()
                insort(self._entries, entry)

    def _entry(self, number: int, document: Document | None) -> Iterator[_Ordered]:
        value = None if document is None else value_at(document, self.path)
        if isinstance(value, str | int | float):
            yield (isinstance(value, str), value, number)

    def _settle(self) -> None:
        if self._unsorted:
            self._entries = sorted([*self._entries, *self._unsorted])
            self._unsorted = []

    def between(self, low: str | float | None, high: str | float | None) -> list[int]:
        """Documents with `low <= field <= high`, ascending by field, then by number; None is no limit.

        A limit that is a text finds texts only, a number numbers only.
        """
        self._settle()
        texts = isinstance(low, str) or isinstance(high, str)
        numbers = isinstance(low, int | float) or isinstance(high, int | float)
        start, end = 0, len(self._entries)
        if low is not None:
            start = bisect_left(self._entries, (texts, low, 0))
        elif texts:
            start = bisect_left(self._entries, (True, "", 0))
        if high is not None:
            end = bisect_right(self._entries, (texts, high, float("inf")))
        elif numbers:
            end = bisect_left(self._entries, (True, "", 0))
        return [int(number) for _, _, number in self._entries[start:end]]

    def last(self, limit: int) -> list[int]:
        """The last `limit` documents by field, then by number, the greatest first."""
        self._settle()
        return [int(number) for _, _, number in reversed(self._entries[-limit:])] if limit > 0 else []
