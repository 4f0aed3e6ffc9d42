"""The whole program over a real workspace: 100,000 items, 500,000 events, another process that commits."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from app.wiring import enter
from bench.terminal import Terminal
from jobs.workspace import init_workspace
from store.clock import RandomTokens, SystemClock
from store.database import Database
from store.documents import complete

ITEMS, EVENTS_EACH, STARTS, KEYS = 100_000, 5, 7, 200
BATCH = 1_000
FRAME = "Overview"
OFICINA = ("-c", "import sys; from app.main import main; sys.exit(main(sys.argv[1:]))", "-C")
BARE = ("-m", "bench.screens_app", "bare")
WRITER = """
import sys, time
from pathlib import Path
from store.clock import SystemClock
from store.database import Database
db = Database.open(Path(sys.argv[1]), by="writer", clock=SystemClock())
for number in range(10**9):
    with db.transaction() as tx:
        item = tx.get("backlog_items", f"BKL-{number % 1000 + 50_000}")
        tx.put("backlog_items", {**item, "prioridade": number % 90})
    time.sleep(0.02)
"""


def item(number: int, base: dict[str, Any]) -> dict[str, Any]:
    """An item that has ended, so that nothing is done with it."""
    spec = f"spec_{number % 700:03d}"
    named = {"titulo": f"Develop {spec} part {number}", "spec_ref": spec, "saga_id": f"saga-{number // 8}"}
    return {**base, **named}


def fill(root: Path) -> None:
    """A workspace as it is after long use, its history in the snapshot."""
    paths = init_workspace(root, RandomTokens())
    enter(root)
    now = SystemClock().now()
    base = complete(
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
    db = Database.open(paths.store, by="bench", clock=SystemClock(), durable=False)
    for start in range(0, ITEMS, BATCH):
        with db.transaction() as tx:
            for number in range(start, start + BATCH):
                made = tx.insert("backlog_items", item(number, base))
                for _ in range(EVENTS_EACH):
                    tx.event({"tipo": "item.transicao", "item_id": made, "para": "Concluido"})
    db.close()
    Database.compact(paths.store)


def first_frames(root: Path) -> None:
    taken: dict[str, list[float]] = {"bare Textual": [], "oficina": []}
    for _ in range(STARTS):
        with Terminal(BARE) as terminal:
            taken["bare Textual"].append(terminal.wait_for("READY-MARK"))
        with Terminal((*OFICINA, str(root))) as terminal:
            taken["oficina"].append(terminal.wait_for(FRAME))
    bare = median(taken["bare Textual"])
    for name, times in taken.items():
        print(
            f"first frame  {name:24} {median(times) * 1000:6.0f} ms p50  "
            f"{median(times) / bare:4.2f}×   n={STARTS}"
        )


def keys(root: Path, *, writing: bool) -> None:
    """From a key to the first thing drawn, in the backlog."""
    writer = None
    with Terminal((*OFICINA, str(root))) as terminal:
        terminal.wait_for(FRAME)
        terminal.drain(12.0)
        terminal.press(b"3")
        terminal.drain(2.0)
        if writing:
            store = str(root / ".oficina" / "store")
            writer = subprocess.Popen([sys.executable, "-c", WRITER, store])
            terminal.drain(6.0)
        try:
            times = sorted(terminal.press(key) for _ in range(KEYS // 4) for key in (b"G", b"k", b"g", b"j"))
        finally:
            if writer is not None:
                writer.kill()
                writer.wait()
    said = "another process commits" if writing else "nobody commits"
    p99 = times[int(len(times) * 0.99) - 1]
    print(
        f"key to frame {said:24} {median(times) * 1000:6.1f} ms p50  "
        f"{p99 * 1000:5.1f} ms p99   n={len(times)}"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_STATE_HOME"] = home
        root = Path(home) / "shop"
        fill(root)
        print(f"{ITEMS:,} items, {ITEMS * EVENTS_EACH:,} events")
        first_frames(root)
        keys(root, writing=False)
        keys(root, writing=True)


if __name__ == "__main__":
    main()
