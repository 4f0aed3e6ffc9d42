"""What the owner has paused, kept in the store: whoever runs the line next begins with it paused.

A pause is the owner's word, not the process's: one that ends (a quit, a kill) takes it back no more than it
takes back a decision.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.database import Database

COLLECTION, KEY = "meta", "pausa"
PROBES, POLICY = "sondas", "politica"
"""Jobs of the line's own whose pause holds work that others wait for."""


def paused_jobs(db: Database) -> frozenset[str]:
    """The names of the paused jobs: actors, and the line's own (`sondas`, `politica`, `limites`)."""
    found = db.find(COLLECTION, "chave", KEY)
    return frozenset(found[0]["tarefas"]) if found else frozenset()


def keep_paused(db: Database, jobs: Iterable[str]) -> None:
    """Write which jobs are paused now, with an event; nothing where that is known already."""
    wanted = sorted(set(jobs))
    with db.transaction() as tx:
        doc = next(iter(tx.find(COLLECTION, "chave", KEY)), None)
        before = doc["tarefas"] if doc else []
        if before == wanted:
            return
        if doc:
            tx.put(COLLECTION, {**doc, "tarefas": wanted})
        else:
            tx.insert(COLLECTION, {"chave": KEY, "tarefas": wanted})
        held = [job for job in wanted if job not in before]
        freed = [job for job in before if job not in wanted]
        for tipo, names in (("linha.pausada", held), ("linha.retomada", freed)):
            if names:
                tx.event({"tipo": tipo, "item_id": "", "detalhe": ", ".join(names)})
