"""Processes of a line whose steps a seed interleaves come to an undisturbed run's end.

`OFICINA_SEEDS` says how many seeds, `OFICINA_SEED` the first one: what fails names its seed, and
`OFICINA_SEED=4711 OFICINA_SEEDS=1` runs that one again. CI runs 2,000, the same ones each time: a change is
judged by what it changes. Elsewhere 500 are drawn, so that who works on the line does not wait for them.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))

from simulated_line import ITEMS, TALLY, World, simulate

MANY, ONE = ("2000", "1") if os.environ.get("CI") else ("500", str(random.SystemRandom().randrange(1 << 30)))
SEEDS = int(os.environ.get("OFICINA_SEEDS", MANY))
FIRST = int(os.environ.get("OFICINA_SEED", ONE))
PARTS = 16
"""So many that the workers of a run share them until its end."""


@pytest.mark.no_cover  # traced, it takes twice as long; one seed (below) reaches the code that all of them do
@pytest.mark.parametrize("part", range(min(PARTS, SEEDS)))
def test_every_interleaving_ends_as_an_undisturbed_run(part: int) -> None:
    sys.stdout.write(f"seeds from {FIRST}\n")
    with TALLY.told("seeds of the simulation"):
        for seed in range(FIRST + part, FIRST + SEEDS, PARTS):
            simulate(seed)


def test_a_seed_gives_the_same_run() -> None:
    first, second = simulate(7), simulate(7)
    assert first.told == second.told
    assert first.ledger == second.ledger
    assert first.clock.now() == second.clock.now()


@pytest.mark.parametrize("ends", ["kill", "reboot"])
def test_what_is_lost_with_its_line_is_not_held_against_it(ends: str, tmp_path: Path) -> None:
    """Neither to a kill, nor to a machine that went down: more often than lost workers are allowed."""
    world, lost = World(3, tmp_path), 0
    try:
        world.order()
        while lost <= 5:
            while len(world.processes) > 1:
                world.kill(world.processes[-1])
            if not world.processes:
                world.start()
            (leader,) = world.processes
            for _ in range(8):
                if leader in world.processes:
                    leader.turn()
                    world.clock.advance(1.0)
            if leader not in world.processes:
                lost += 1  # it died of a kill within its turn, holding what it had just claimed
                continue
            items = list(leader.db.all(ITEMS))
            assert sum(item["quedas"] for item in items) == lost
            assert not [item for item in items if item["perdas"] or item["tipo"] == "resolver_falha"]
            lost += len(leader.workers)
            if ends == "kill":
                world.kill(leader)
            else:
                world.reboot()
    finally:
        world.close()
