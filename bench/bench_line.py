"""The line: how soon a commit's consumer starts with 20 actors, and how many no-op tasks two processes get
done.

Wanted: from `produzir` acknowledged to the consumer started p95 under 50 ms; 500 no-op tasks a second or
more, three durable commits each.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "jobs"))

from line_factory import Paths, actor, contract, contracts, setup, started, step

from jobs.line import Line
from store.backlog import Backlog
from store.clock import RandomTokens, SystemClock, seconds_between
from store.contracts import Contracts
from store.database import Commit, Database

ACTORS = 20
SAMPLES = 150
PAUSE_S = 0.3
"""At most between two tasks: the machine is to be busy with them, not swamped."""
NOOPS = 3000
ITEMS = "backlog_items"


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def show(name: str, seconds: list[float], limit_ms: float | None = None) -> None:
    """One line: median and p95 in milliseconds, with n."""
    p50, p95 = median(seconds) * 1e3, percentile(seconds, 0.95) * 1e3
    wanted = f"   wanted p95 < {limit_ms:g} ms: {'yes' if p95 < limit_ms else 'NO'}" if limit_ms else ""
    print(f"{name:<58} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   n={len(seconds)}{wanted}")


def crew_contracts() -> Contracts:
    return contracts(
        *(contract(f"tarefa_{k}", f"Robo{k}") for k in range(ACTORS)), contract("nada", "Rapido")
    )


def crew(root: Path, where: str) -> Line:
    """A line of 20 actors, each with a type of its own."""
    entry = "nothing" if where == "inline" else "double"
    line = started(
        setup(
            root,
            steps={f"tarefa_{k}": step(f"tarefa_{k}", entry, where) for k in range(ACTORS)},
            actors=tuple(actor(f"Robo{k}", f"tarefa_{k}") for k in range(ACTORS)),
            contracts=crew_contracts(),
            durable=True,
        )
    )
    while line.model().linha.modo != "running":
        time.sleep(0.01)
    return line


def wake_up(where: str) -> list[float]:
    """Seconds from the acknowledged `produzir` to the committed claim, both in the line's process."""
    with tempfile.TemporaryDirectory() as name:
        line = crew(Path(name), where)
        started_at: dict[str, float] = {}

        def hear(commit: Commit) -> None:
            for item in commit.put.get(ITEMS, {}).values():
                if item["status"] == "EmProcessamento":
                    started_at.setdefault(item["id"], time.perf_counter())

        line.submit(lambda core: core.db.subscribe(hear)).result()
        rng, produced = random.Random(1), {}
        for n in range(SAMPLES):

            def produce(core, k=n % ACTORS, n=n):  # type: ignore[no-untyped-def]
                item_id = core.backlog.produzir(
                    {"tipo": f"tarefa_{k}", "contexto": {"n": n}}, produtor="humano"
                )
                return item_id, time.perf_counter()

            item_id, acknowledged = line.submit(produce).result()
            produced[item_id] = acknowledged
            time.sleep(rng.random() * PAUSE_S)
        while len(started_at) < SAMPLES:
            time.sleep(0.01)
        line.stop()
    return [started_at[item_id] - acknowledged for item_id, acknowledged in produced.items()]


def wake_up_across() -> list[float]:
    """The same, produced by another process; wall times of one machine."""
    with tempfile.TemporaryDirectory() as name:
        line = crew(Path(name), "process")
        script = [
            sys.executable,
            "-m",
            "bench.bench_line",
            "produce",
            name,
            str(SAMPLES // 2),
            str(PAUSE_S),
            "tarefa",
        ]
        output = subprocess.run(script, capture_output=True, text=True, check=True).stdout
        acknowledged = dict(text.split() for text in output.splitlines())
        while line.model().por_status.get("Concluido", 0) < len(acknowledged):
            time.sleep(0.01)
        items = line.submit(lambda core: list(core.db.all(ITEMS))).result()
        line.stop()
    return [seconds_between(acknowledged[item["id"]], item["iniciado_em"]) for item in items]


def noops() -> float:
    """No-op tasks a second: another process produces, the line claims and concludes, all durable."""
    with tempfile.TemporaryDirectory() as name:
        line = started(
            setup(
                Path(name),
                steps={"nada": step("nada", "nothing", "inline")},
                actors=(actor("Rapido", "nada"),),
                contracts=crew_contracts(),
                durable=True,
            )
        )
        while line.model().linha.modo != "running":
            time.sleep(0.01)
        producer = subprocess.Popen(
            [sys.executable, "-m", "bench.bench_line", "produce", name, str(NOOPS), "0", "nada"],
            stdout=subprocess.DEVNULL,
        )
        while not line.model().itens:
            time.sleep(0.001)
        begin = time.perf_counter()
        while line.model().por_status.get("Concluido", 0) < NOOPS:
            time.sleep(0.005)
        elapsed = time.perf_counter() - begin
        producer.wait()
        line.stop()
    return NOOPS / elapsed


def produce(root: Path, count: int, pause_s: float, tipo: str) -> None:
    """In another process: produce, and print each id with the time of its acknowledgement."""
    db = Database.open(Paths(root).store, by="bench", clock=SystemClock())
    backlog = Backlog(db, crew_contracts(), SystemClock(), RandomTokens(), random.Random(1))
    clock, rng, told = SystemClock(), random.Random(2), []
    for n in range(count):
        name = tipo if tipo == "nada" else f"{tipo}_{n % ACTORS}"
        item_id = backlog.produzir({"tipo": name, "contexto": {"n": n}}, produtor="humano")
        told.append(f"{item_id} {clock.now()}")
        if pause_s:
            time.sleep(rng.random() * pause_s)
    db.close()
    print("\n".join(told))


def disk() -> list[float]:
    """Seconds of a bare append and fdatasync of 500 bytes, to see the other figures by."""
    with tempfile.TemporaryFile() as file:
        seconds = []
        for _ in range(200):
            begin = time.perf_counter()
            os.write(file.fileno(), b"x" * 500)
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - begin)
    return seconds


def main() -> None:
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    show("a bare append and fdatasync, for comparison", disk())
    show(f"wake-up, {ACTORS} actors, inline steps", wake_up("inline"), 50.0)
    show(f"wake-up, {ACTORS} actors, a process a step", wake_up("process"), 50.0)
    show(f"wake-up, {ACTORS} actors, produced by another process", wake_up_across(), 50.0)
    rate = noops()
    print(
        f"{'no-op tasks, 2 processes, 3 durable commits each':<58} {rate:6.0f} a second   n={NOOPS}", end=""
    )
    print(f"   wanted >= 500: {'yes' if rate >= 500 else 'NO'}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["produce"]:
        produce(Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
    else:
        main()
