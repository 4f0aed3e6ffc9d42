"""A day's work in fast forward, small: what `load.py` does with 100,000 items in `make torture`."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))

from load import PLOTS, plot
from load_day import Day, Sample, Size, live

from store.clock import FakeClock

SEED = int(os.environ.get("OFICINA_SEED", str(random.SystemRandom().randrange(1 << 30))))


def test_a_day_leaves_nothing_behind_and_keeps_flat_what_should_be(tmp_path: Path) -> None:
    sys.stdout.write(f"seed {SEED}\n")
    day = live(Size(400, 4_000, SEED), tmp_path)
    assert day.problems == []
    assert day.figures["items"] > 400
    assert day.figures["archived"] > 250
    assert day.latest_s == 0
    assert len(day.samples) == 49
    assert all(word in plot(day, name, unit, word) for name, unit, word in PLOTS)


def test_what_grows_is_drawn() -> None:
    day = Day(Size(1, 1, 1), FakeClock())
    day.samples = [Sample(hour, 0, 0, 3, hour, 0, 0, 0, 0) for hour in range(3)]
    assert plot(day, "hot", 1, "hot").splitlines()[1] == "      2.0 │  █"
