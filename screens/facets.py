"""Facets of the backlog: statuses, types, actors, sagas, specs with their counts; enter filters by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from screens.backlog_query import FACETS, facet_counts
from screens.evidence.values import number
from screens.picker import Choice, Picker
from screens.widgets.columns import Cell, Column
from store.views.search import folded


class FacetScreen(Picker):
    """The result is a piece of a filter: `status:Pendente`."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("facet", "facet", 8, keep=2),
        Column("value", "value", 16, grow=1, keep=3),
        Column("count", "count", 8, right=True, keep=1),
    )
    HEADING = "Filter by"
    ASKS = "type to search: a status, type, actor, spec or saga"

    def __init__(self, rows: Sequence[Any], known: Mapping[str, Callable[[Any], str]] = FACETS) -> None:
        """`known` are the facets that the rows have, and where each looks."""
        super().__init__()
        self._all = [
            Choice(
                f"{name}:{value}",
                (Cell(name, "quiet"), Cell(value), Cell(number(count), "accent")),
                folded(f"{name}:{value} {value}"),
            )
            for name in known
            for value, count in facet_counts(rows, name, known=known)
            if " " not in value
        ]

    def choices(self, text: str) -> Sequence[Choice]:
        wanted = folded(text).split()
        return [choice for choice in self._all if all(word in choice.found_by for word in wanted)]
