"""A day's work of 50 actors in fast forward: what should be flat is flat, nothing is stuck, late or lost.

`python tests/torture/load.py [ITEMS] [EVENTS] [SEED]` (100,000 and 1,000,000) draws memory and files over the
day, prints its figures, and ends with 1 where something grows, drifts, or is left. Line, scheduler, upkeep,
store, policy and read model are the real ones; `fast_forward` has what is simulated, `load_work` the work.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from load_day import Day

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "jobs")]

from tally import HANGS, LOST, TWICE, tell  # noqa: E402 (found by then)

PLOTS = (
    ("rss", 1 << 20, "memory, MB"),
    ("documents", 1 << 20, "live documents, MB"),
    ("hot", 1, "items that are not archived"),
    ("journal", 1 << 20, "journal, MB"),
    ("snapshot", 1 << 20, "snapshot, MB"),
    ("past", 1 << 20, "events and archive, MB (only added to)"),
    ("descriptors", 1, "open descriptors"),
)
PLOT_ROWS, BARS = 6, " ▁▂▃▄▅▆▇█"


def plot(day: Day, name: str, unit: float, word: str) -> str:
    """One quantity over the day, 49 samples wide and 6 lines high, with a scale."""
    values = [getattr(each, name) / unit for each in day.samples]
    top = max(*values, 1e-9)
    rows = []
    for level in range(PLOT_ROWS, 0, -1):
        cells = (BARS[max(0, min(8, round((value / top * PLOT_ROWS - level + 1) * 8)))] for value in values)
        scale = f"{top:9.1f}" if level == PLOT_ROWS else " " * 9
        rows.append(f"{scale} │{''.join(cells)}")
    return f"{word}\n" + "\n".join(rows) + f"\n{0:9.1f} └{'─' * len(values)} 24 h"


def main(arguments: list[str]) -> int:
    """Live through a day, draw it, print its figures; 1 where something is wrong."""
    from load_day import Size, live
    from load_work import ACTORS_A_TEAM, TEAMS

    items, events = [int(word) for word in arguments[:2]] or [100_000, 1_000_000]
    seed = int(arguments[2]) if len(arguments) > 2 else random.SystemRandom().randrange(1 << 30)
    print(f"{items} items, {events} events, {TEAMS * ACTORS_A_TEAM} actors, seed {seed}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        day = live(Size(items, events, seed), Path(name))
    for quantity, unit, word in PLOTS:
        print(plot(day, quantity, unit, word))
    for problem in day.problems:
        print(problem)
    told = day.figures
    many = told["items"]
    for figure, name in ((LOST, "lost"), (TWICE, "twice"), (HANGS, "stuck")):
        tell(figure, told[name], many, "items of a day's load")
    print(
        f"{told['items']} items ({told['archived']} archived), {told['events']} events, {day.compactions} "
        f"compactions, {told['rss_mb']} MB, {told['grown']:.1f} bytes of memory a byte of new documents, "
        f"{day.latest_s:.1f} s late at most, {time.monotonic() - begin:.0f} s: {len(day.problems)} problems"
    )
    return int(bool(day.problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
