"""When this workspace's line ran: what uptime is told from (`linhas`).

Nothing is written while it runs: a line that ends without a word is closed by the next one, at the moment
when it was last heard of (`line.json`).
"""

from __future__ import annotations

from contextlib import suppress

from store.clock import Clock, format_time, parse_time
from store.database import Database
from store.documents import complete
from store.errors import StoreError

COLLECTION = "linhas"


def begin_span(db: Database, clock: Clock, titular: str, heard: str) -> str:
    """Write that the line runs from now on; what did not say that it ended has ended when it was `heard`.

    The new document's id; empty where the store takes nothing, which is not what a line ends for.
    """
    now, last = clock.now(), _time(heard)
    with suppress(StoreError), db.transaction() as tx:
        for span in tx.find(COLLECTION, "fim", ""):
            tx.put(COLLECTION, {**span, "fim": max(min(last, now), span["inicio"])})
        return tx.insert(COLLECTION, complete(COLLECTION, {"titular": titular, "inicio": now}))
    return ""


def _time(text: str) -> str:
    """A time as the store writes it; empty where it is none."""
    try:
        return format_time(parse_time(text))
    except (ValueError, OverflowError):
        return ""


def end_span(db: Database, clock: Clock, span_id: str) -> None:
    """Write that the line ended in order. A store that takes nothing any more leaves it to the next line."""
    with suppress(StoreError), db.transaction() as tx:
        span = tx.get(COLLECTION, span_id)
        if span is not None and not span["fim"]:
            tx.put(COLLECTION, {**span, "fim": clock.now(), "em_ordem": True})
