"""Fills a workspace with items that have all ended, as after long use: `large_shop.py ROOT ITEMS`.

A process of its own, so that nobody measures what it executes: that would take longer than the work itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from app.wiring import enter
from jobs.workspace import init_workspace
from store.clock import RandomTokens, SystemClock
from store.database import Database
from store.documents import complete

BATCH = 2_000


def main(root: Path, items: int) -> None:
    """Nothing is done in it by itself, and its items are in the snapshot."""
    paths = init_workspace(root, RandomTokens())
    enter(root)
    base = ended(SystemClock().now())
    db = Database.open(paths.store, by="test", clock=SystemClock(), durable=False)
    for start in range(0, items, BATCH):
        with db.transaction() as tx:
            for number in range(start, start + BATCH):
                spec = f"spec_{number % 700:03d}"
                named = {"titulo": f"Develop {spec} part {number}", "spec_ref": spec}
                tx.insert("backlog_items", {**base, **named, "saga_id": f"saga-{number // 8}"})
    db.close()
    Database.compact(paths.store)


def ended(now: str) -> dict[str, Any]:
    """An item that nobody works on any more."""
    return complete(
        "backlog_items",
        {
            "tipo": "desenvolvimento",
            "titulo": "x",
            "status": "Concluido",
            "ator": "PROMETHEUS",
            "produtor": "MS_Produto",
            "contexto": {"spec_ref": "x", "spec_versao": 1, "spec_recursos_ref": "REC-0001"},
            "saga_id": "s",
            "request_id": "r",
            "contrato_versao": "1-000000000000",
            "criado_em": now,
            "atualizado_em": now,
        },
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
