"""Two processes decide the same items at the same moment: one wins each, the other is told who and when."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

from factories import World, seed_contracts

from store.backlog import Backlog
from store.clock import RandomTokens, SystemClock
from store.database import Database
from store.decisions import Decisions
from store.errors import AlreadyDecided

ITEMS = 25
ANSWERS = {"ana": "efetiva", "rui": "parcial"}


def decide_all(path: str, quem: str) -> None:
    """In a process of its own: answer every item in order once it is told to; say what came of each."""
    db = Database.open(Path(path), by=quem, clock=SystemClock())
    backlog = Backlog(db, seed_contracts(), SystemClock(), RandomTokens(), random.Random())
    decisions, told = Decisions(backlog), {}
    say("ready")
    sys.stdin.readline()
    for n in range(1, ITEMS + 1):
        item_id = f"BKL-{n:04d}"
        try:
            told[item_id] = decisions.decidir(item_id, ANSWERS[quem], motivo="so", quem=quem)
        except AlreadyDecided as error:
            told[item_id] = str(error)
    say(json.dumps(told))
    db.close()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def test_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    for _ in range(ITEMS):
        world.produce("avaliar_efetividade", produtor="MS_Produto")
    world.close()
    both = {
        quem: subprocess.Popen(
            [sys.executable, __file__, str(tmp_path), quem],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for quem in ANSWERS
    }
    for process in both.values():
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both.values():
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = {quem: json.loads(process.communicate(timeout=60)[0]) for quem, process in both.items()}

    world = World(tmp_path)
    taken = {decision["item_ref"]: decision for decision in world.db.all("decisoes")}
    assert len(taken) == world.db.count("decisoes") == ITEMS, "each is decided once"
    for item_id, decision in taken.items():
        winner = decision["quem"]
        (loser,) = ANSWERS.keys() - {winner}
        assert told[winner][item_id] == decision["id"]
        when = f"{decision['em'][:10]} {decision['em'][11:19]} UTC"
        assert told[loser][item_id].startswith(
            f"{item_id} was decided by {winner} at {when}: {ANSWERS[winner]}"
        )
        assert world.item(item_id)["resultado"]["quem"] == winner
    world.close()


if __name__ == "__main__":
    decide_all(sys.argv[1], sys.argv[2])
