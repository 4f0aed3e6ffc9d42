"""A workspace of the demo and the processes that work on it: its line, to be killed, and who is beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from own_errors import own_errors
from tally import LOST, ORPHANS, TRACEBACKS, TWICE

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT_S = 180.0
OPEN = ("Bloqueado", "Pendente", "EmProcessamento")
PATH = "import sys\nfrom pathlib import Path\nhome = Path(sys.argv[1])\n"


class Demo:
    """One demo workspace with the processes that work on it."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self.home, self.directory = home, home / "demo"
        self.beside: subprocess.Popen[bytes] | None = None
        self.most = 0
        """How often the line died over the same item, known at the end."""
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
        script = f"{PATH}from jobs.workspace import copy_demo\nfrom store.clock import RandomTokens\n"
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
        apart = {self.server.pid, self.beside.pid if self.beside is not None else 0}
        return [pid for pid in found if pid not in apart]

    def work_beside(self) -> None:
        """Have somebody at a shell work beside the line; whoever did before is killed."""
        if self.beside is not None:
            self.beside.kill()
            self.beside.wait()
        self.beside = subprocess.Popen(
            [sys.executable, str(HERE / "demo_beside.py"), str(self.directory)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.home / "stderr").open("ab"),
            env=self.env,
            cwd=self.home,
        )

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

    def let_through(self, pid: int, deaths: int) -> None:
        """Wait until the line `pid` has done whatever it has died over so often, or has ended."""
        deadline = time.monotonic() + LIMIT_S
        while self._most_deaths() >= deaths and Path(f"/proc/{pid}").exists():
            assert time.monotonic() < deadline, f"nothing comes of it in {LIMIT_S:g} s"
            time.sleep(0.2)

    def _most_deaths(self) -> int:
        """How often the line has died over the same item, of those that are still to be done."""
        from store.clock import SystemClock
        from store.database import Database

        store = self.directory / ".oficina" / "store"
        db = Database.open(store, by="judge", clock=SystemClock(), readonly=True)
        try:
            found = (item["quedas"] for status in OPEN for item in db.find("backlog_items", "status", status))
            return max(found, default=0)
        finally:
            db.close()

    def close(self) -> None:
        if self.beside is not None:
            self.beside.kill()
            self.beside.wait()
        self.server.kill()
        self.server.communicate()
        shutil.rmtree(self.home, ignore_errors=True)

    # The end

    def end(self) -> dict[str, Any]:
        """What the run came to, without what may differ: ids, times, attempts."""
        from store.clock import SystemClock
        from store.database import Database

        store = self.directory / ".oficina" / "store"
        db = Database.open(store, by="judge", clock=SystemClock(), readonly=True)
        try:
            items = list(db.all("backlog_items"))
            self.most = max(item["quedas"] for item in items)
            return {
                "items": Counter(f"{item['tipo']} {item['spec_ref']} {item['status']}" for item in items),
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
