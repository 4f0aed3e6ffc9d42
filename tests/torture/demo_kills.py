"""kill -9 at random during whole runs of the demo: each workspace comes to an undisturbed one's end.

`python tests/torture/demo_kills.py [KILLS] [SEED]` prints its figures, and ends with 1 if something differs.
Deployments, probes, an install, decisions by policy and compactions are all within what is killed. Beside
every third demo's line somebody at a shell lists and answers, in a process of its own that is killed as well.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from killed_demo import PATH, Demo  # noqa: E402 (found by then)
from tally import HANGS, LOST, ORPHANS, REPEATED, TRACEBACKS, TWICE, tell  # noqa: E402 (found by then)

PATIENT = 15
"""Deaths of the line over one item after which that item is let through: 20 would make a question of it."""
ONCE_S = 2.5
"""At most so long lives a process that is going to be killed: a third of it at the mean, so that there are
many kills, and lives that are long enough for every step.
"""


@dataclass
class Figures:
    """What a run of kills came to."""

    kills: int = 0
    workspaces: int = 0
    compactions: int = 0
    accompanied: int = 0
    """Workspaces in which somebody worked beside the line."""
    items: int = 0
    deployments: int = 0
    most: int = 0
    """How often the line died over the same item."""
    found: Counter[str] = field(default_factory=Counter)
    """How often something was wrong, by figure."""
    problems: list[str] = field(default_factory=list)

    def add(self, figure: str, problems: Iterable[str]) -> None:
        """Note what was wrong in the workspace that is looked at."""
        told = [f"workspace {self.workspaces}, {figure}: {problem}" for problem in problems]
        self.found[figure] += len(told)
        self.problems += told

    def tell(self) -> None:
        """What was looked at, and what was there, for `make torture` to add up."""
        looked = {
            LOST: (self.workspaces, "stores of killed demos"),
            TWICE: (self.items, "items of killed demos"),
            REPEATED: (self.deployments, "deployments of killed demos"),
            ORPHANS: (self.kills, "kills of whole demo runs"),
            TRACEBACKS: (self.kills, "kills of whole demo runs"),
            HANGS: (self.workspaces, "demos that were to come to their end"),
        }
        for figure, (many, what) in looked.items():
            tell(figure, self.found[figure], many, what)


def undisturbed(home: Path) -> dict[str, Any]:
    """The end of a run that nobody kills."""
    demo = Demo(home / "undisturbed")
    try:
        demo.start()
        code = demo.ended()
        assert code == 0, f"the demo ends with {code} when nobody kills it"
        assert not any(demo.wrong().values()), demo.wrong()
        return demo.end()
    finally:
        demo.close()


def torture(home: Path, kills: int, seed: int) -> Figures:
    """Kill until there were enough, in one workspace after the other; the last one is brought to its end."""
    chance, figures, wanted = random.Random(seed), Figures(), undisturbed(home)
    while figures.kills < kills:
        demo = Demo(home / f"w{figures.workspaces}")
        try:
            code = _kill_to_the_end(demo, chance, figures, kills)
            _compare(demo, wanted, code, figures)
        finally:
            demo.close()
        figures.workspaces += 1
    return figures


def _kill_to_the_end(demo: Demo, chance: random.Random, figures: Figures, kills: int) -> int:
    accompanied = figures.workspaces % 3 == 0
    figures.accompanied += accompanied
    while True:
        if accompanied and (demo.beside is None or chance.random() < 0.1):
            demo.work_beside()
        pid = demo.start()
        if figures.kills >= kills:
            return demo.ended()
        demo.let_through(pid, PATIENT)
        time.sleep(chance.random() ** 2 * ONCE_S)
        if chance.random() < 0.15 and (others := [each for each in demo.others() if each != pid]):
            _kill(chance.choice(others))
            time.sleep(chance.random() * 0.1)
        if chance.random() < 0.1:
            _compact(demo)
            figures.compactions += 1
        killed = _kill(pid)
        code = demo.ended()
        figures.add(ORPHANS, [f"{each} outlives the line by 30 s" for each in demo.outliving()])
        if code != -signal.SIGKILL:
            return code  # it was done before
        figures.kills += killed


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _compact(demo: Demo) -> None:
    """A compaction in a process of its own that may be killed half way, too."""
    code = f"{PATH}from store.database import Database\nDatabase.compact(home)"
    store = demo.directory / ".oficina" / "store"
    child = subprocess.Popen([sys.executable, "-c", code, str(store)], env=demo.env, cwd=demo.home)
    try:
        child.wait(0.3)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _compare(demo: Demo, wanted: dict[str, Any], code: int, figures: Figures) -> None:
    found = demo.end()
    for figure, problems in demo.wrong().items():
        figures.add(figure, problems)
    figures.add(HANGS, [f"the last run ended with {code}"] if code != 0 else [])
    figures.most = max(figures.most, demo.most)
    figures.items += sum(found["items"].values())
    figures.deployments += sum(found["deployed"].values())
    for name in wanted:
        more = sum((Counter(found[name]) - Counter(wanted[name])).values()) if name == "deployed" else 0
        figure = REPEATED if more else LOST
        told = [json.dumps(end[name], sort_keys=True) for end in (found, wanted)]
        figures.add(figure, [f"{name}: {told[0]} where {told[1]}"] if told[0] != told[1] else [])


def main(arguments: list[str]) -> int:
    """Kill, compare, print; 1 where something differs."""
    kills = int(arguments[0]) if arguments else 1000
    seed = int(arguments[1]) if len(arguments) > 1 else random.SystemRandom().randrange(1 << 30)
    print(f"{kills} kills, seed {seed}", flush=True)
    begin = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="demo-kills-"))
    try:
        figures = torture(home, kills, seed)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    took = f"{time.monotonic() - begin:.0f} s"
    many = f"{figures.kills} kills in {figures.workspaces} demos, {figures.compactions} compactions"
    many += f", {figures.accompanied} with somebody beside"
    many += f", at most {figures.most} of the line over the same item"
    figures.tell()
    for problem in figures.problems:
        print(problem)
    print(f"{many}, {took}: {len(figures.problems)} problems")
    return int(bool(figures.problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
