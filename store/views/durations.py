"""How long each type of work takes here: the median of what was measured, as the estimate of what runs."""

from __future__ import annotations

from collections import deque
from statistics import median

from store.clock import seconds_between
from store.views.model import Document

KEPT, ENOUGH = 30, 3
"""Attempts remembered a type, and how many it takes before a median means anything."""


class DurationFold:
    """Concluded attempts go in; the expected seconds of a type come out."""

    def __init__(self) -> None:
        self._by_type: dict[str, deque[float]] = {}
        self._seen: set[str] = set()

    def put_item(self, item: Document) -> None:
        """Count the attempt that concluded the item, once."""
        if item["status"] != "Concluido" or item["id"] in self._seen or item.get("humano"):
            return
        self._seen.add(item["id"])
        attempts = item.get("tentativas") or ()
        if attempts and attempts[-1].get("fim_motivo") == "concluido" and attempts[-1].get("fim"):
            seconds = seconds_between(attempts[-1]["inicio"], attempts[-1]["fim"])
            self._by_type.setdefault(item["tipo"], deque(maxlen=KEPT)).append(max(0.0, seconds))

    def expected(self, tipo: str) -> float | None:
        """Seconds, or None where too little was measured."""
        measured = self._by_type.get(tipo, ())
        return median(measured) if len(measured) >= ENOUGH else None
