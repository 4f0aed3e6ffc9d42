"""Circuit breakers: a performer that keeps breaking gets no work for a while (Hephaestus, section 2.3).

One for each actor, type and performer, in the collection `disjuntores`: kept across restarts, and seen by
every process. Items of an open breaker keep their attempts and stay `Pendente`; its `tenta_em` is their due
time. Only broken attempts count (a crash, no end in time, no valid outcome): red tests and refusals are work
that was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from jobs.line_finish import Verdict
from store.clock import Clock, seconds_between
from store.database import Commit, Database

COLLECTION = "disjuntores"


class Terms(Protocol):
    """`store.actors.BreakerTerms`: failures in a row that open it, seconds until one attempt tries again."""

    @property
    def falhas(self) -> int: ...
    @property
    def reset_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Guarded:
    """What one breaker is for."""

    ator: str
    tipo: str
    performer: str
    terms: Terms

    @property
    def key(self) -> str:
        """`PROMETHEUS/desenvolvimento/builtin`."""
        return f"{self.ator}/{self.tipo}/{self.performer}"


class Breakers:
    """All of a line's, in its thread. Only who runs the line claims, so only it opens and closes them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._docs: dict[str, Mapping[str, Any]] = {doc["performer"]: doc for doc in db.all(COLLECTION)}
        self._trials: dict[str, str] = {}
        """The token of the attempt that tries, by breaker."""
        db.subscribe(self._hear)

    def _hear(self, commit: Commit) -> None:
        for doc in commit.put.get(COLLECTION, {}).values():
            self._docs[doc["performer"]] = doc

    @property
    def calm(self) -> bool:
        """True while every breaker is closed: then nobody need be asked."""
        return all(doc["estado"] == "fechado" for doc in self._docs.values())

    def admits(self, guarded: Guarded) -> bool:
        """Whether the performer may be given an item now."""
        doc = self._docs.get(guarded.key)
        if doc is None or doc["estado"] == "fechado":
            return True
        if guarded.key in self._trials:
            return False
        return doc["estado"] == "meio_aberto" or self._clock.now() >= str(doc["tenta_em"])

    def retry_in(self, guarded: Guarded) -> float | None:
        """Seconds until an open breaker lets one attempt through; None where it is not what is waited for."""
        doc = self._docs.get(guarded.key)
        if doc is None or doc["estado"] != "aberto":
            return None
        return max(0.0, seconds_between(self._clock.now(), doc["tenta_em"]))

    def started(self, guarded: Guarded, token: str) -> None:
        """An attempt was claimed. Where the breaker was open or half open, it is the one that tries."""
        doc = self._docs.get(guarded.key)
        if doc is None or doc["estado"] == "fechado":
            return
        self._trials[guarded.key] = token
        if doc["estado"] == "aberto":
            self._change(guarded, "half_open")

    def ended(self, guarded: Guarded, token: str, verdict: Verdict, motivo: str) -> None:
        """How an attempt ended; of a breaker that is not closed only the one that tried counts."""
        doc = self._docs.get(guarded.key)
        estado = doc["estado"] if doc is not None else "fechado"
        tried = self._trials.get(guarded.key) == token
        if tried:
            del self._trials[guarded.key]
        if verdict == "parado" or (estado != "fechado" and not tried):
            return
        if verdict == "quebrado":
            self._change(guarded, "failed", motivo)
        elif doc is not None and (estado != "fechado" or doc["falhas"]):
            self._change(guarded, "succeeded")

    def _change(self, guarded: Guarded, what: str, motivo: str = "") -> None:
        # Here, because the screen's first frame can do without the library.
        from jobs.breaker_state import change

        with self._db.transaction() as tx:
            change(tx, self._clock.now(), guarded, what, motivo)
