"""kill -9 at random during whole runs of the demo: each workspace comes to an undisturbed one's end.

`python tests/torture/demo_kills.py [KILLS] [SEED]` prints its figures, and ends with 1 if something differs.
Deployments, probes, an install, decisions by policy and compactions are all within what is killed.
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

from own_errors import own_errors  # noqa: E402 (found by then)
from tally import HANGS, LOST, ORPHANS, REPEATED, TRACEBACKS, TWICE, tell  # noqa: E402 (found by then)

LIMIT_S = 180.0
_PATH = "import sys\nfrom pathlib import Path\nhome = Path(sys.argv[1])\n"
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
    items: int = 0
    deployments: int = 0
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


class Demo:
    """One demo workspace with the processes that work on it."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self.home, self.directory = home, home / "demo"
        # Children inherit it: it finds all that belongs to this run, wherever it went.
        self.mark = f"TMPDIR={home}".encode()
        self.env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": str(home / "state"),
            "TMPDIR": str(home),
            "CI": "1",
        }
        self.env.pop("COVERAGE_PROCESS_CONFIG", None)
        self._make()
        self.server = subprocess.Popen(
            [sys.executable, str(HERE / "demo_line.py"), str(self.directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(home / "stderr").open("ab"),
            text=True,
            env=self.env,
            cwd=home,
        )

    def _make(self) -> None:
        """Make the workspace with its specs, and let the store rotate often, so that it is compacted."""
        script = f"{_PATH}from jobs.workspace import copy_demo\nfrom store.clock import RandomTokens\n"
        script += "from app.main import main\nspecs = home / 'specs'\ncopy_demo(home, RandomTokens())\n"
        script += "sys.exit(main(['-C', str(home), 'spec', 'add', *sorted(map(str, specs.glob('*.yaml')))]))"
        command = [sys.executable, "-c", script, str(self.directory)]
        subprocess.run(command, env=self.env, cwd=self.home, check=True, capture_output=True, timeout=LIMIT_S)

    def start(self) -> int:
        assert self.server.stdin is not None
        self.server.stdin.write("\n")
        self.server.stdin.flush()
        return int(self._said("started"))

    def _said(self, word: str) -> str:
        assert self.server.stdout is not None
        line = self.server.stdout.readline()
        assert line.startswith(word), (
            f"{line!r} where {word} was expected: {(self.home / 'stderr').read_text()}"
        )
        return line.split()[1]

    def ended(self) -> int:
        """Wait for the process's end: its exit code, -9 where it was killed."""
        return int(self._said("ended"))

    def others(self) -> list[int]:
        """The processes of this run besides the server."""
        processes = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        found = [int(entry.name) for entry in processes if self._ours(entry)]
        return [pid for pid in found if pid != self.server.pid]

    def _ours(self, entry: Path) -> bool:
        try:
            return self.mark in (entry / "environ").read_bytes() and not self._zombie(entry)
        except OSError:
            return False

    def _zombie(self, entry: Path) -> bool:
        return b") Z " in (entry / "stat").read_bytes()

    def outliving(self) -> list[int]:
        """What of a killed process is still there after 30 s: keepers and steps should end with it."""
        deadline = time.monotonic() + 30
        while (others := self.others()) and time.monotonic() < deadline:
            time.sleep(0.005)
        return others

    def close(self) -> None:
        self.server.kill()
        self.server.communicate()
        shutil.rmtree(self.home, ignore_errors=True)

    # The end

    def end(self) -> dict[str, Any]:
        """What the run came to, without what may differ: ids, times, attempts, questions about losses."""
        from store.clock import SystemClock
        from store.database import Database

        store = self.directory / ".oficina" / "store"
        db = Database.open(store, by="judge", clock=SystemClock(), readonly=True)
        try:
            items = list(db.all("backlog_items"))
            asked = [item for item in items if item["tipo"].startswith("resolver_")]
            work = [item for item in items if item not in asked]
            return {
                "items": Counter(f"{item['tipo']} {item['spec_ref']} {item['status']}" for item in work),
                "live": self._live(),
                "releases": Counter(f"{doc['spec_ref']} {doc['status']}" for doc in db.all("releases")),
                "deployed": Counter(
                    f"{doc['spec_ref']} {doc['status']}"
                    for doc in db.all("implantacoes")
                    if doc["status"] not in ("falhou", "intencao")
                ),
                "executions": Counter(
                    f"{doc['spec_ref']} {doc['status']} {doc['realizado']['testes_falhos']}"
                    for doc in db.all("execucoes")
                ),
            }
        finally:
            db.close()

    def _live(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for link in sorted((self.directory / ".oficina" / "deploy").glob("*/*/current")):
            version = link.resolve()
            files = [path.relative_to(version).as_posix() for path in version.rglob("*") if path.is_file()]
            # What is released before the key is there is not signed: which that is may differ.
            found["/".join(link.parts[-3:-1])] = sorted({*files} - {"signature.json"})
        return found

    def wrong(self) -> dict[str, list[str]]:
        """What must not be there at the end, whatever came of it, by figure."""
        from store.database import check

        places = self.directory / ".oficina"
        stderr = (self.home / "stderr").read_text(errors="replace")
        return {
            LOST: [str(problem) for problem in check(places / "store").problems],
            TWICE: self._done_twice(places / "store"),
            ORPHANS: [f"attempt left: {path.name}" for path in (places / "attempts").glob("*")],
            TRACEBACKS: own_errors(stderr, workspaces=[self.directory], state=self.home / "state"),
        }

    def _done_twice(self, store: Path) -> list[str]:
        from store.clock import SystemClock
        from store.database import Database

        problems: list[str] = []
        db = Database.open(store, by="judge", clock=SystemClock(), readonly=True)
        try:
            for item in db.all("backlog_items"):
                ends = [one["fim_motivo"] for one in item["tentativas"]]
                if item["lease"] or ends.count("concluido") > 1 or None in ends:
                    problems.append(f"{item['id']} {item['tipo']}: {ends}, lease {item['lease']}")
            concluded = Counter(
                event["item_id"]
                for event in db.history(tipo="item.transicao")
                if event["para"] == "Concluido"
            )
            problems += [f"{item} concluded {many} times" for item, many in concluded.items() if many > 1]
        finally:
            db.close()
        return problems


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
    while True:
        pid = demo.start()
        if figures.kills >= kills:
            return demo.ended()
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
    code = f"{_PATH}from store.database import Database\nDatabase.compact(home)"
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
    figures.tell()
    for problem in figures.problems:
        print(problem)
    print(f"{many}, {took}: {len(figures.problems)} problems")
    return int(bool(figures.problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
