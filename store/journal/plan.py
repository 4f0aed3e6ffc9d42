"""Which documents a TinyDB query can match at all, by the indexes: the query itself has the last word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from store.journal.indexes import HashIndex

Indexes = Mapping[tuple[str, ...], HashIndex]


def candidates(indexes: Indexes, query_hash: Any) -> set[int] | None:
    """Numbers among which all matches of a query are; None when only a scan can tell.

    `query_hash` is `QueryInstance._hash` of TinyDB: nested tuples of operator, path and operand.
    """
    match query_hash:
        case ("and", frozenset() as parts):
            found = [numbers for part in parts if (numbers := candidates(indexes, part)) is not None]
            return min(found, key=len) if found else None
        case ("or", frozenset() as parts):
            every = [candidates(indexes, part) for part in parts]
            return None if None in every else set().union(*(numbers for numbers in every if numbers))
        case ("==", tuple() as path, operand):
            return _by_value(indexes.get(path), [operand])
        case ("one_of", tuple() as path, tuple() as operands):
            return _by_value(indexes.get(path), operands)
        case ("any", tuple() as path, tuple() as operands):
            index = indexes.get(path)
            # `any` also looks into texts and objects, which are filed whole or not at all.
            return _by_value(index, operands) if index is not None and not index.loose else None
    return None


def _by_value(index: HashIndex | None, values: Iterable[Any]) -> set[int] | None:
    values = list(values)
    if index is None or not all(isinstance(value, str | int | float) for value in values):
        return None
    if len(values) == 1:
        return index.numbers(values[0])
    return set().union(*(index.numbers(value) for value in values))
