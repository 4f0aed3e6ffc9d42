"""Which decisions still have to be brought before the owner; plain rules over models and times, no widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from store.views.model import ItemRow, ReadModel


class PromptQueue:
    """Takes each published model; gives the decisions that arrived, oldest first, each once.

    What was open when the store was loaded is known already: a start with ten open decisions is no row of ten
    modals. Of these only the one that has waited longest waits to be asked; it did not arrive. A snoozed
    decision, or one whose undo time runs, arrives when its `disponivel_em` has come.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._later: dict[str, str] = {}
        self._waiting: dict[str, ItemRow] = {}
        self._loaded = False

    @property
    def waiting(self) -> Sequence[ItemRow]:
        """What is to be asked, oldest first."""
        return tuple(self._waiting.values())

    @property
    def later(self) -> Mapping[str, str]:
        """Decisions whose time has not come, by id, with that time (UTC text)."""
        return self._later

    def take(self, model: ReadModel, now: str) -> Sequence[ItemRow]:
        """What has arrived with this model, at `now` (UTC text)."""
        if not model.linha.carregado:
            return ()
        rows = {row.id: row for row in model.decisoes}
        self._forget_gone(rows)
        if not self._loaded:
            self._loaded = True
            known = [row for row in rows.values() if row.disponivel_em <= now]
            self._known = {row.id for row in known}
            self._waiting.update({row.id: row for row in known[:1]})
        return [row for row in rows.values() if self._arrives(row, now)]

    def _forget_gone(self, rows: Mapping[str, ItemRow]) -> None:
        self._known &= rows.keys()
        for held in (self._later, self._waiting):
            for item_id in held.keys() - rows.keys():
                del held[item_id]

    def _arrives(self, row: ItemRow, now: str) -> bool:
        if row.disponivel_em > now:
            self._later[row.id] = row.disponivel_em
            self._known.discard(row.id)
            self._waiting.pop(row.id, None)
            return False
        self._later.pop(row.id, None)
        if row.id in self._known:
            return False
        self._known.add(row.id)
        self._waiting[row.id] = row
        return True

    def hush(self, item_id: str) -> None:
        """The owner has this one before them, or has just taken its answer back: do not bring it up."""
        self._known.add(item_id)
        self._waiting.pop(item_id, None)

    def any_due(self, now: str) -> bool:
        """True when a snoozed decision's time has come."""
        return any(moment <= now for moment in self._later.values())

    def clear(self) -> None:
        """Ask nothing more of what waits now."""
        self._waiting.clear()
