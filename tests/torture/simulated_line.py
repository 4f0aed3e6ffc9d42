"""Several processes of a line in one thread: a seed interleaves their steps, deaths and jumps included.

The store, MS_Backlog, the finisher and the recovery are the real ones, each process having its own; only what
the operating system does is simulated: processes, their identities, boots, and the clock. A seed gives the
same run each time, so what fails is looked at again by its number.
"""

from __future__ import annotations

import gc
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from line_factory import Paths
from skeleton_line import CONTRACTS, STEPS
from tally import HANGS, LOST, REPEATED, TWICE, Tally

from jobs.attempts import Attempts, Objects, write_outcome
from jobs.line_finish import Finisher
from jobs.line_lease import SchedulerLease
from jobs.performers.outcomes import outcome_document
from jobs.protocol import StepContext
from jobs.recovery import Recovery
from jobs.sandbox import LIMITS_ONLY
from store.backlog import Backlog, Claim, Executor
from store.clock import CountingTokens, FakeClock, seconds_between
from store.database import Database
from store.decisions import Decisions

ITEMS = "backlog_items"
ACTORS = {"pedir": "Pedidos", "montar": "Oficina", "entregar": "Entregas", "conferir": "Entregas"}
OPEN = ("Pendente", "Bloqueado", "EmProcessamento", "Falhou")
SETTLING = 2_000
TALLY = Tally()


@dataclass
class Machine:
    """What the operating system knows."""

    boot: int = 1
    pids: int = 100
    alive: set[tuple[str, int, int]] = field(default_factory=set)
    born: int = 0

    def new(self, chance: random.Random) -> Executor:
        """A process; its number may be one that another had before."""
        self.born += 1
        if chance.random() < 0.7:
            self.pids += 1
        who = Executor(f"boot-{self.boot}", self.pids, self.born)
        self.alive.add((who.boot_id, who.pid, self.born))
        return who

    def lives(self, executor: Mapping[str, Any]) -> bool:
        return (executor["boot_id"], executor["pid"], executor["inicio"]) in self.alive

    def end(self, who: Executor) -> None:
        self.alive.discard((who.boot_id, who.pid, int(who.inicio)))


@dataclass
class Worker:
    """A step at work, in a process of its own."""

    claim: Claim
    who: Executor
    stage: int = 0
    stopped: bool = False


class Process:
    """One oficina: its own store, rules and lease."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.paths = Paths(world.root)
        self.db = Database.open(
            self.paths.store, by=name, clock=world.clock, durable=False, segment_bytes=60_000
        )
        self.backlog = Backlog(self.db, CONTRACTS, world.clock, world.tokens, world.chance)
        self.attempts = Attempts(self.paths.attempts)
        objects = Objects(self.paths.objects)
        self.context = StepContext(
            db=self.db,
            backlog=self.backlog,
            contracts=CONTRACTS,
            clock=world.clock,
            workspace=self.paths,
            config={},
            sandbox_level=LIMITS_ONLY,
            tokens=world.tokens,
        )
        self.finisher = Finisher(self.context, self.attempts, objects)
        self.recovery = Recovery(
            self.context,
            STEPS,
            self.attempts,
            self.finisher,
            runs_here=lambda token: token in self.workers,
            is_alive=world.machine.lives,
        )
        self.lease = SchedulerLease(self.paths.line_lock, name, world.clock)
        self.workers: dict[str, Worker] = {}
        self.leads = self.suspended = False
        last = next(self.db.history(newest_first=True, limit=1), None)
        self.back_s = seconds_between(world.clock.now(), last["ts"]) if last is not None else 0.0
        """How far the clock was behind the last commit, as upkeep sees at the start."""

    def turn(self) -> None:
        """What the scheduler does: take the lease, look for the lost, claim one item."""
        if not self.leads:
            if not self.lease.try_acquire():
                return
            self.leads = True
            if self.back_s > 0:
                self.backlog.clock_went_back(self.back_s)
            self._look_for_the_lost()
        elif self.world.chance.random() < 0.15:
            self._look_for_the_lost()
        who = self.world.machine.new(self.world.chance)
        tipos = self.world.chance.sample(tuple(ACTORS), len(ACTORS))
        claims = (
            self.backlog.consumir([tipo], ACTORS[tipo], who, fila="padrao") for tipo in self._due(tipos)
        )
        claim = next((claim for claim in claims if claim is not None), None)
        if claim is None:
            self.world.machine.end(who)
            return
        inline = STEPS[claim.item["tipo"]].where == "inline"
        worker = self.workers[claim.token] = Worker(claim, who)
        # What is inline is done in the same breath: no other process comes in between, only death does.
        if inline and self.world.chance.random() < 0.1:
            self.world.kill(self)
        elif inline:
            self._inline(worker)

    def _due(self, tipos: Iterable[str]) -> Iterator[str]:
        """As the line's dispatch does: only what is seen to be due is claimed."""
        now, groups = self.world.clock.now(), {tipo: f"padrao/{tipo}" for tipo in tipos}
        if self.db.peek_ready(ITEMS, groups.values(), now):
            yield from (tipo for tipo in groups if self.db.peek_ready(ITEMS, [groups[tipo]], now))

    def _inline(self, worker: Worker) -> None:
        step = STEPS[worker.claim.item["tipo"]]
        material = step.prepare(self.context, worker.claim.item)
        self._hand_in(worker, outcome_document(_entry(step.entry)(material)))

    def _look_for_the_lost(self) -> None:
        self.recovery.recover()
        self.recovery.clean()

    def _hand_in(self, worker: Worker, outcome: Mapping[str, Any] | None, crashed: bool = False) -> None:
        """Its end is told to the store, as the line's runner tells it; a lost token must change nothing."""
        claim, item_id = worker.claim, worker.claim.item["id"]
        before = self.db.get(ITEMS, item_id)
        if outcome is not None:
            self.finisher.finish(claim, STEPS[claim.item["tipo"]], outcome, {})
        elif crashed:
            self.finisher.fail(claim, "crashed with exit code -9")
        else:
            self.finisher.give_back(claim, "parada")
        assert before is not None
        if (before["lease"] or {}).get("token") != claim.token:
            assert self.db.get(ITEMS, item_id) == before, (
                f"seed {self.world.seed}: {item_id} took a lost token's"
            )
        self._forget(worker)

    def _forget(self, worker: Worker) -> None:
        del self.workers[worker.claim.token]
        self.world.machine.end(worker.who)

    def advance(self, worker: Worker) -> None:
        """One step of a worker: what it asks for, does and leaves, in the order of `skeleton_steps`."""
        if worker.stopped:
            return
        token, item = worker.claim.token, worker.claim.item
        stages = _DELIVERY if item["tipo"] == "entregar" else _BUILDING
        if worker.stage < len(stages):
            if stages[worker.stage](self, worker):
                worker.stage += 1
            else:
                # It lost its lease: it ends without an outcome.
                self._hand_in(worker, None)
            return
        outcome = self.attempts.outcome(token)
        held = (self.db.get(ITEMS, item["id"]) or {}).get("lease") or {}
        assert outcome is not None or held.get("token") != token, (
            f"seed {self.world.seed}: an outcome was lost"
        )
        self._hand_in(worker, outcome)

    def crash(self, worker: Worker) -> None:
        """The worker ends without an outcome, or before its line has heard of it."""
        self._hand_in(worker, self.attempts.outcome(worker.claim.token), crashed=True)

    def ask(self, worker: Worker, kind: str) -> bool:
        """Have something committed; False where the token is not the item's any more."""
        item = worker.claim.item
        message = {"kind": kind, "n": item["contexto"]["n"]}
        held = (self.db.get(ITEMS, item["id"]) or {}).get("lease") or {}
        answered = "reply" in self.finisher.answer(worker.claim, STEPS["entregar"], message)
        assert answered == (held.get("token") == worker.claim.token), f"seed {self.world.seed}: a lost token"
        return answered

    def die(self) -> None:
        """kill -9: the kernel closes what it had open, and its keepers end what they keep."""
        for worker in self.workers.values():
            self.world.machine.end(worker.who)
        self.workers.clear()
        self.lease.release()
        self.db.close()


def _entry(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    import skeleton_steps

    found: Callable[[dict[str, Any]], dict[str, Any]] = getattr(skeleton_steps, name.partition(":")[2])
    return found


def _begin(process: Process, worker: Worker) -> bool:
    process.attempts.create(worker.claim.token)
    return True


def _intend(process: Process, worker: Worker) -> bool:
    return process.ask(worker, "intent")


def _act(process: Process, worker: Worker) -> bool:
    """Under the target's lock: the token is checked, then what is not there yet is done."""
    if not process.ask(worker, "phase"):
        return False
    ledger, n = process.world.ledger, worker.claim.item["contexto"]["n"]
    if n not in ledger:
        ledger.append(n)
    return True


def _leave(process: Process, worker: Worker) -> bool:
    item = worker.claim.item
    n = item["contexto"]["n"]
    children = [{"tipo": "conferir", "chave": "c", "contexto": {"n": n}}]
    outcome = {"resultado": {"n": n}, "filhos": children if item["tipo"] == "entregar" else []}
    write_outcome(process.attempts.create(worker.claim.token), outcome_document(outcome))
    return True


def _dawdle(process: Process, worker: Worker) -> bool:
    return True


_BUILDING = (_begin, _dawdle, _dawdle, _leave, _dawdle)
_DELIVERY = (_begin, _dawdle, _intend, _dawdle, _act, _dawdle, _leave, _dawdle)


class World:
    """A workspace and the processes that fight for it; everything in it follows from the seed."""

    def __init__(self, seed: int, root: Path) -> None:
        self.seed, self.root = seed, root
        self.chance = random.Random(seed)
        self.clock, self.tokens, self.machine = FakeClock(), CountingTokens(), Machine()
        self.ledger: list[int] = []
        self.ordered: list[int] = []
        self.processes: list[Process] = []
        self.started = 0
        self.told: list[str] = []
        self.checked = ("", 0)
        """By which process, and up to which transaction, the items were looked at."""
        for name in ("alvo", "travas"):
            (root / name).mkdir()
        self.start()
        self.start()

    # What may happen

    def start(self) -> None:
        """Another process opens the workspace."""
        if len(self.processes) < 3:
            self.started += 1
            self.processes.append(Process(self, f"p{self.started}"))

    def someone(self) -> Process | None:
        awake = [process for process in self.processes if not process.suspended]
        return self.chance.choice(awake) if awake else None

    def order(self) -> None:
        """A person commits one more order; from then on it is acknowledged."""
        process = self.someone()
        if process is not None and len(self.ordered) < 4:
            n = len(self.ordered) + 1
            process.backlog.produzir(
                {"tipo": "pedir", "contexto": {"n": n}, "chave": f"pedido-{n}"}, produtor="humano"
            )
            self.ordered.append(n)

    def turn(self) -> None:
        if (process := self.someone()) is not None:
            process.turn()

    def _some_worker(self) -> tuple[Process, Worker] | None:
        awake = [process for process in self.processes if not process.suspended]
        found = [(process, worker) for process in awake for worker in process.workers.values()]
        return self.chance.choice(found) if found else None

    def work(self) -> None:
        if found := self._some_worker():
            found[0].advance(found[1])

    def crash(self) -> None:
        if found := self._some_worker():
            found[0].crash(found[1])

    def stop_worker(self) -> None:
        """SIGSTOP, or SIGCONT."""
        if found := self._some_worker():
            found[1].stopped = not found[1].stopped

    def kill(self, process: Process | None = None) -> None:
        process = process or (self.chance.choice(self.processes) if self.processes else None)
        if process is not None:
            self.processes.remove(process)
            process.die()
            if self.chance.random() < 0.3:
                self._tear()

    def _tear(self) -> None:
        """It died in a write: the journal ends in half a line."""
        newest = max((self.root / ".oficina" / "store").glob("journal-*.jsonl"))
        with newest.open("ab") as file:
            file.write(b'{"seq":9999999,"put":{"backlog_items":{"1":{"id"')

    def suspend(self) -> None:
        """A process sleeps, or wakes; its lock is lost meanwhile, as on a disk that forgets locks."""
        if self.processes:
            process = self.chance.choice(self.processes)
            process.suspended = not process.suspended
            if process.suspended and self.chance.random() < 0.5:
                process.lease.release()
            if process.suspended and self.chance.random() < 0.5:
                # Its workers are gone when it wakes, and it does not know.
                for worker in process.workers.values():
                    self.machine.end(worker.who)

    def reboot(self) -> None:
        """Everything ends; process numbers start again."""
        for process in self.processes:
            process.die()
        self.processes.clear()
        self.machine.boot += 1
        self.machine.pids = 100
        self.machine.alive.clear()

    def jump(self) -> None:
        hours = self.chance.choice((-3600.0, 3600.0, 0.01, 5.0))
        if hours < 0:
            self.clock.set_back(-hours)
            if (process := self.someone()) is not None:
                process.backlog.clock_went_back(-hours)
        else:
            self.clock.advance(hours)

    def compact(self) -> None:
        Database.compact(self.root / ".oficina" / "store")

    def decide(self) -> None:
        """A person answers an open question: try again."""
        process = self.someone()
        if process is None:
            return
        for item in process.db.find(ITEMS, "tipo", "resolver_falha"):
            if item["status"] == "Pendente":
                Decisions(process.backlog).decidir(item["id"], "tentar_novamente", motivo="again", quem="po")
                return

    HAPPENINGS = (
        ("turn", 25), ("work", 30), ("order", 8), ("start", 8), ("crash", 3), ("stop_worker", 4), ("kill", 4),
        ("suspend", 9), ("reboot", 1), ("jump", 5), ("compact", 1), ("decide", 4),
    )  # fmt: skip

    def run(self, steps: int) -> None:
        """Let `steps` things happen, then let everything come to its end."""
        names = [name for name, _ in self.HAPPENINGS]
        weights = [weight for _, weight in self.HAPPENINGS]
        for name in self.chance.choices(names, weights, k=steps):
            self.told.append(name)
            getattr(self, name)()
            self.check()
        with TALLY.holds(HANGS):
            self.settle()
        self.check_end()

    def settle(self) -> None:
        """Whoever sleeps wakes and is stopped; one process is left, which does all that is to do."""
        for process in self.processes:
            process.die()
        self.processes.clear()
        for _ in range(SETTLING):
            if not self.processes:
                self.start()
            (last,) = self.processes
            last.turn()
            if not self.processes:
                continue
            for worker in list(last.workers.values()):
                last.advance(worker)
            self.decide()
            # Enough for what an hour that was set back while nobody ran has made late.
            self.clock.advance(5.0)
            if not last.workers and not any(last.db.count_by(ITEMS, "status", status) for status in OPEN):
                return
        raise AssertionError(f"seed {self.seed}: it never came to its end: {self._open(self.processes[0])}")

    def _open(self, process: Process) -> list[tuple[Any, ...]]:
        names = ("id", "tipo", "status", "motivo", "disponivel_em")
        return [
            tuple(item[name] for name in names) for item in process.db.all(ITEMS) if item["status"] in OPEN
        ]

    # What must hold

    def check(self) -> None:
        """After every step, as any process sees it."""
        with TALLY.holds(REPEATED, looked=0):  # it is counted once, at the end
            assert len(self.ledger) == len(set(self.ledger)), f"seed {self.seed}: an effect was repeated"
        if (process := next(iter(self.processes), None)) is None:
            return
        process.db.count_by(ITEMS, "status", "EmProcessamento")  # it sees what others committed
        if self.checked == (seen := (process.name, process.db.seq)):
            return
        self.checked = seen
        for item in process.db.find(ITEMS, "status", "EmProcessamento"):
            assert item["lease"], f"seed {self.seed}: {item['id']} is worked on by nobody"

    def check_end(self) -> None:
        """The end of an undisturbed run: each order is delivered once, by five items that concluded once."""
        (process,) = self.processes
        where = f"seed {self.seed}"
        with TALLY.holds(REPEATED):
            assert sorted(self.ledger) == self.ordered, where
        items = [item for item in process.db.all(ITEMS) if item["tipo"] in ACTORS]
        made = Counter((item["contexto"]["n"], item["tipo"]) for item in items)
        each = {"pedir": 1, "montar": 2, "entregar": 1, "conferir": 1}
        wanted = {(n, tipo): many for n in self.ordered for tipo, many in each.items()}
        with TALLY.holds(LOST):
            assert made == wanted, f"{where}: {made}"
        ends = Counter(
            event["item_id"]
            for event in process.db.history(tipo="item.transicao")
            if event["para"] == "Concluido"
        )
        with TALLY.holds(TWICE):
            assert all(ends[item["id"]] == 1 for item in items), f"{where}: {ends}"
        assert all(item["status"] == "Concluido" and item["lease"] is None for item in items), where
        assert list(process.attempts.tokens()) == [], f"{where}: attempts were left"

    def close(self) -> None:
        for process in self.processes:
            process.die()


def simulate(seed: int, steps: int = 80) -> World:
    """Run one seed in a directory of its own; what it raises names the seed where something is wrong."""
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="simulated-", dir=memory if os.access(memory, os.W_OK) else None))
    world = None
    try:
        with _rarely_collected():
            world = World(seed, root)
            world.run(steps)
    except Exception as error:
        error.add_note(f"seed {seed}: OFICINA_SEED={seed} OFICINA_SEEDS=1 runs it alone")
        raise
    finally:
        if world is not None:
            world.close()
        shutil.rmtree(root, ignore_errors=True)
    return world


@contextmanager
def _rarely_collected() -> Iterator[None]:
    """A seed leaves little in loops: the collector's look at everything else is a tenth of its time."""
    usual = gc.get_threshold()
    gc.set_threshold(20_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
