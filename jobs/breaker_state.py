"""pybreaker over our store: its states and rules, our documents, clock, events and transactions."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pybreaker

from store.clock import add_seconds, parse_time
from store.documents import complete

if TYPE_CHECKING:
    from jobs.breakers import Guarded
    from store.database import Transaction

COLLECTION = "disjuntores"
_OURS = {
    pybreaker.STATE_CLOSED: "fechado",
    pybreaker.STATE_OPEN: "aberto",
    pybreaker.STATE_HALF_OPEN: "meio_aberto",
}
_THEIRS = {ours: theirs for theirs, ours in _OURS.items()}


class BrokeError(Exception):
    """What a broken attempt raises inside the breaker."""


def change(tx: Transaction, now: str, guarded: Guarded, what: str, motivo: str) -> None:
    """Tell a breaker that an attempt `failed` or `succeeded`, or have one tried (`half_open`)."""
    state = StoredState(tx, now, guarded)
    breaker = pybreaker.CircuitBreaker(
        fail_max=guarded.terms.falhas,
        reset_timeout=guarded.terms.reset_s,
        state_storage=state,
        listeners=[_Teller(tx, state)],
        name=guarded.key,
    )
    if what == "half_open":
        breaker.half_open()
    elif what == "succeeded":
        breaker.call(lambda: None)
    else:
        state.doc["motivo"] = motivo
        with suppress(BrokeError, pybreaker.CircuitBreakerError):
            breaker.call(_break)
    state.save(tx)


def _break() -> None:
    raise BrokeError


class StoredState(pybreaker.CircuitBreakerStorage):
    """A `disjuntores` document, as the library wants to see it. Times are ours, whatever it hands in."""

    def __init__(self, tx: Transaction, now: str, guarded: Guarded) -> None:
        super().__init__("store")
        self._now, self._reset_s = now, guarded.terms.reset_s
        found = tx.find(COLLECTION, "performer", guarded.key)
        new = {"performer": guarded.key, "ator": guarded.ator, "tipo": guarded.tipo}
        self.doc: dict[str, Any] = found[0] if found else complete(COLLECTION, {**new, "atualizado_em": now})
        self._successes = 0

    def save(self, tx: Transaction) -> None:
        """Write the document."""
        self.doc["atualizado_em"] = self._now
        if self.doc["id"]:
            tx.put(COLLECTION, self.doc)
        else:
            tx.insert(COLLECTION, self.doc)

    @property
    def state(self) -> str:
        return _THEIRS[self.doc["estado"]]

    @state.setter
    def state(self, state: str) -> None:
        self.doc["estado"] = _OURS[state]
        if state == pybreaker.STATE_CLOSED:
            self.doc.update(falhas=0, aberto_em="", tenta_em="", motivo="")

    def increment_counter(self) -> None:
        self.doc["falhas"] += 1

    def reset_counter(self) -> None:
        self.doc["falhas"] = 0

    def increment_success_counter(self) -> None:
        self._successes += 1

    def reset_success_counter(self) -> None:
        self._successes = 0

    @property
    def counter(self) -> int:
        return int(self.doc["falhas"])

    @property
    def success_counter(self) -> int:
        return self._successes

    @property
    def opened_at(self) -> datetime | None:
        return parse_time(self.doc["aberto_em"]) if self.doc["aberto_em"] else None

    @opened_at.setter
    def opened_at(self, _: datetime) -> None:
        self.doc.update(aberto_em=self._now, tenta_em=add_seconds(self._now, self._reset_s))


class _Teller(pybreaker.CircuitBreakerListener):
    """Every change of state is an event, in the same transaction."""

    def __init__(self, tx: Transaction, state: StoredState) -> None:
        self._tx, self._state = tx, state

    def state_change(self, cb: Any, old_state: Any, new_state: Any) -> None:  # noqa: ARG002 (the library's names)
        doc, new = self._state.doc, _OURS[new_state.name]
        self._tx.event(
            {
                "tipo": f"disjuntor.{new}",
                "item_id": "",
                "performer": doc["performer"],
                "ator": doc["ator"],
                "item_tipo": doc["tipo"],
                "de": doc["estado"],
                "para": new,
                "motivo": doc["motivo"],
            }
        )
