"""A workspace with a short history: two items a day came and were done for 20 days, six are open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from factories import backlog_item

from store.clock import SystemClock, format_time
from store.database import Database

DAYS, OPEN = 20, 6


def fill(root: Path) -> None:
    """Write it into the workspace's store."""
    now = datetime.now(ZoneInfo("America/Sao_Paulo")).replace(hour=12).astimezone(UTC)
    db = Database.open(root / ".oficina" / "store", by="test", clock=SystemClock())
    try:
        with db.transaction() as change:
            for day in range(1, DAYS + 1):
                for _ in range(2):
                    change.insert("backlog_items", _item(now - timedelta(days=day), done=True))
            for _ in range(OPEN):
                change.insert("backlog_items", _item(now - timedelta(days=DAYS), done=False))
    finally:
        db.close()


def _item(created: datetime, *, done: bool) -> dict[str, object]:
    begin, end = format_time(created), format_time(created + timedelta(minutes=2))
    fields = {"concluido_em": end, "iniciado_em": begin} if done else {}

    made = backlog_item(
        tipo="desenvolvimento",
        status="Concluido" if done else "Pendente",
        criado_em=begin,
        pendente_em=begin,
        atualizado_em=end,
        **fields,
    )
    del made["id"]  # the store gives it one
    return made
