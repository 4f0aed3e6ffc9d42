"""Searches a product of regions for the parts that no rule covers, without ever listing the product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

Uncovered: TypeAlias = list[list[int]]
"""For each column the regions (by index) of one uncovered part; every combination of them is uncovered."""


class Budget:
    """Counts steps; `spent` once the limit has been passed."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    @property
    def spent(self) -> bool:
        return self._left < 0

    def step(self) -> bool:
        """Take one step; false when there are none left."""
        self._left -= 1
        return self._left >= 0


class Cover:
    """Rules over columns of regions.

    `columns` gives each column's number of regions, and for each rule the bits of those that it accepts;
    `within` limits the search to some regions of each column (bits).
    """

    def __init__(
        self, columns: Sequence[tuple[int, Sequence[int]]], within: Sequence[int] | None = None
    ) -> None:
        limits = within if within is not None else [(1 << count) - 1 for count, _ in columns]
        self._groups = [_grouped(rules, limit) for (_, rules), limit in zip(columns, limits, strict=True)]
        everything = (1 << len(columns[0][1])) - 1
        self._everything = everything
        self._accept_rest = [everything]
        for (_, rules), limit in reversed(list(zip(columns, limits, strict=True))):
            whole = _bits(rule for rule, accepts in enumerate(rules) if accepts & limit == limit)
            self._accept_rest.insert(0, self._accept_rest[0] & whole)

    def uncovered(self, budget: Budget) -> Iterator[Uncovered]:
        """Each uncovered part; stops early when the budget is spent."""
        return self._search(0, self._everything, [], set(), budget)

    def _search(
        self, column: int, alive: int, path: Uncovered, covered: set[tuple[int, int]], budget: Budget
    ) -> Iterator[Uncovered]:
        """The uncovered parts below `path`, where only the rules `alive` still match."""
        if not budget.step():
            return
        if not alive:
            rest = [
                [region for _, regions in groups for region in regions] for groups in self._groups[column:]
            ]
            yield [*path, *(sorted(regions) for regions in rest)]
            return
        if alive & self._accept_rest[column] or (column, alive) in covered:
            return
        found = False
        for accepts, regions in self._groups[column]:
            for part in self._search(column + 1, alive & accepts, [*path, regions], covered, budget):
                found = True
                yield part
        if not found and not budget.spent:
            covered.add((column, alive))


def _grouped(rules: Sequence[int], limit: int) -> list[tuple[int, list[int]]]:
    """A column's regions by the rules that accept them: those that the same rules accept are one."""
    groups: dict[int, list[int]] = {}
    for region in range(limit.bit_length()):
        if limit >> region & 1:
            accepting = _bits(rule for rule, accepts in enumerate(rules) if accepts >> region & 1)
            groups.setdefault(accepting, []).append(region)
    return list(groups.items())


def _bits(indexes: Iterator[int]) -> int:
    mask = 0
    for index in indexes:
        mask |= 1 << index
    return mask
