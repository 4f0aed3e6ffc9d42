"""Combinations of valid equivalence classes in which every two classes of two fields meet at least once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from allpairspy import AllPairs

from jobs.testing.ipo import in_parameter_order
from jobs.testing.material import Classes

FEW = 10
"""Fields up to which the search for the fewest rows is fast (50 fields take it minutes)."""


@dataclass(frozen=True)
class Pairwise:
    """The combinations, each a class's name by field, and the pairs that they cover."""

    rows: Sequence[Mapping[str, str]]
    covered: int
    total: int


def combine(names: Mapping[str, Sequence[str]]) -> Pairwise:
    """Combine the names of each field's valid classes; the same input gives the same rows in the same order.

    Fields without a valid class are left out. One field gives one row a class (there is no pair to cover, so
    the classes are counted); no field gives no row.
    """
    fields = {field: list(dict.fromkeys(values)) for field, values in names.items() if values}
    if not fields:
        return Pairwise([], 0, 0)
    if len(fields) == 1:
        [(field, values)] = fields.items()
        return Pairwise([{field: value} for value in values], len(values), len(values))
    rows = [dict(zip(fields, row, strict=True)) for row in _rows(list(fields.values()))]
    return Pairwise(rows, len(_pairs(rows)), _total(fields))


def _rows(values: Sequence[Sequence[str]]) -> Iterable[Sequence[str]]:
    if len(values) <= FEW:
        found: Iterable[Sequence[str]] = AllPairs(list(values))
        return found
    rows = in_parameter_order([len(each) for each in values])
    return [[each[index] for each, index in zip(values, row, strict=True)] for row in rows]


def combine_valid(classes: Classes) -> Pairwise:
    """`combine` for the valid classes of a spec."""
    return combine({field: [each.nome for each in known if each.valida] for field, known in classes.items()})


def _pairs(rows: Sequence[Mapping[str, str]]) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    """Every pair that the rows hold: this, not the generator's word, is what coverage is reported from."""
    return {pair for row in rows for pair in combinations(row.items(), 2)}


def _total(fields: Mapping[str, Sequence[str]]) -> int:
    return sum(len(left) * len(right) for left, right in combinations(fields.values(), 2))
