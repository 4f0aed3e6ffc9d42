"""What was paused on screen, in a headless line: it stays so and says so, until it is told to resume."""

from __future__ import annotations

from pathlib import Path

from jobs.line_pauses import keep_paused
from store.clock import SystemClock
from store.database import Database


def test_a_pause_holds_headless_too_until_it_is_told_to_resume(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    db = Database.open(shop / ".oficina" / "store", by="screen", clock=SystemClock())
    keep_paused(db, ["PROMETHEUS"])
    db.close()
    said = oficina("run", "--headless", "--until-idle", "--timeout", "60")
    assert "Paused, and stays so: PROMETHEUS (`oficina run --headless --resume`)." in said.out
    assert "▶ orcar_spec" not in said.out
    said = oficina("run", "--headless", "--until-idle", "--resume", "--timeout", "60")
    assert "Paused" not in said.out
    assert "▶ orcar_spec" in said.out
