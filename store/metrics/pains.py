"""Gaps as items: when each was opened, and when it was closed.

A gap is an `entrevistar_dor` that names a capability. It is open until the capability's probe passes or it
is given up, not until the interview about it has ended.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from store.metrics.facts import Capability, Facts, Item
from store.metrics.keeping import kept

GAP = "entrevistar_dor"
RAISED_BY = "PROMETHEUS"
UNKNOWN = "não informado"
_LOST = ("Cancelado", "Falhou")


class Gap(NamedTuple):
    """One gap; `fechado` is None while it is open."""

    item: Item
    aberto: float
    fechado: float | None

    @property
    def tipo(self) -> str:
        """What kind of thing is missing."""
        return self.item.tipo_recurso or UNKNOWN


class Gaps(NamedTuple):
    """All gaps, by when they were opened and by when they were closed."""

    opened_at: Sequence[float]
    opened: Sequence[Gap]
    closed_at: Sequence[float]
    closed: Sequence[Gap]
    undated: Sequence[Item]


def is_gap(item: Item) -> bool:
    """Whether an item is about something that is missing."""
    return item.tipo == GAP and (bool(item.recurso) or item.produtor == RAISED_BY)


def gaps_of(facts: Facts) -> Gaps:
    """Of these facts; made once."""
    return kept(facts, "gaps", _build, ("itens", "capacidades"), matters=_matters)


def _matters(fact: Item | Capability) -> bool:
    return isinstance(fact, Capability) or is_gap(fact)


def _build(facts: Facts) -> Gaps:
    added: dict[str, float] = {}
    for each in facts.capacidades:
        if each.adicionada is not None:
            added[each.nome] = min(each.adicionada, added.get(each.nome, each.adicionada))
    items = [item for item in facts.itens if is_gap(item)]
    found = sorted(
        (
            Gap(item, item.criado, _closed(item, item.criado, added.get(item.recurso)))
            for item in items
            if item.criado is not None
        ),
        key=lambda gap: (gap.aberto, gap.item.id),
    )
    closed = sorted(
        (gap for gap in found if gap.fechado is not None), key=lambda gap: (gap.fechado or 0.0, gap.item.id)
    )
    return Gaps(
        [gap.aberto for gap in found],
        found,
        [gap.fechado or 0.0 for gap in closed],
        closed,
        [item for item in items if item.criado is None],
    )


def _closed(item: Item, opened: float, added: float | None) -> float | None:
    """When its capability came, else when it was given up; never before it was opened."""
    given_up = item.desfecho_em if item.desfecho else item.encerrado if item.status in _LOST else None
    known = [moment for moment in (added, given_up) if moment is not None and moment >= opened]
    return min(known, default=None)


def only(gaps: Gaps, tipo: str) -> Gaps:
    """The gaps of one kind."""
    opened = [gap for gap in gaps.opened if gap.tipo == tipo]
    closed = [gap for gap in gaps.closed if gap.tipo == tipo]
    return Gaps(
        [gap.aberto for gap in opened], opened, [gap.fechado or 0.0 for gap in closed], closed, gaps.undated
    )


def stock(gaps: Gaps, moment: float) -> int:
    """How many were open at a moment: opened at it or before, and not closed by then."""
    return bisect_right(gaps.opened_at, moment) - bisect_right(gaps.closed_at, moment)


def open_at(gaps: Gaps, moment: float) -> list[Gap]:
    """Which they were, the oldest first."""
    known = gaps.opened[: bisect_right(gaps.opened_at, moment)]
    return [gap for gap in known if gap.fechado is None or gap.fechado > moment]
