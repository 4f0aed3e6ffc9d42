"""A day in fast forward: it is driven, looked at every half an hour, and judged (`load`)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, cast

from fast_forward import equal_steps, machine, run_fast
from line_factory import Paths
from load_work import PROBE, PROBE_S, SAGA, TEAMS, day_setup

from jobs.line import Line
from jobs.line_core import ITEMS, Core
from store.backlog import Backlog
from store.clock import FakeClock, seconds_between
from store.collections import STUBS
from store.database import Commit, Database, check
from store.documents import complete
from store.journal.storage import JournalStorage

DAY_S = 86_400.0
START, MONTH_BEGINS = "2026-01-31T12:00:00.000000Z", "2026-02-01T03:00:00.000000Z"
"""A month begins 15 hours after the start, at midnight in São Paulo: then what was paid for may go on."""
SETTLE_S = 10 * 3600.0
SAMPLES, PAID = 48, 8
SMALL = 20_000
"""Items up to which the store need not be compacted, and the line is looked at less often."""
OPEN = ("Pendente", "Bloqueado", "EmProcessamento", "Falhou")
QUESTIONS = ("estender_orcamento",)
LATE_S = 1.0
"""Of what could begin: the clock goes from one thing that is due to the next, so nothing has to wait."""
FLAT, RSS_NOISE = 1.25, 0.05
"""How much more of what should be flat the last third of the day may hold, and how much memory may sway."""
A_BYTE = 5.0
"""Bytes of memory that a byte of a live document may take, with its place, its indexes and its rows."""


@dataclass(frozen=True)
class Size:
    """How much work the day has."""

    items: int
    events: int
    seed: int

    @property
    def sagas(self) -> int:
        return self.items // SAGA

    @property
    def pace_s(self) -> float:
        """Seconds from one order to the next: 1,440 or 144 of a day."""
        return 60.0 if self.items > SMALL else 600.0

    @property
    def notes(self) -> int:
        """Events that each piece of work writes of itself, so that the day has as many as it should."""
        return max(0, round((self.events / self.items - OWN_EVENTS) * SAGA / WORKED))


OWN_EVENTS = 5.0
"""Events an item that the line writes by itself."""
WORKED = 9
"""Items of a saga that actors work on."""


@dataclass(frozen=True)
class Sample:
    """What is held at one moment of the day; sizes are bytes."""

    hour: float
    events: int
    rss: int
    descriptors: int
    hot: int
    """Items that are not archived."""
    documents: int
    """Of all live documents, as the store keeps them in memory."""
    snapshot: int
    journal: int
    past: int
    """Events and archived items: what is only added to."""


@dataclass
class Day:
    """One run: its samples, and what went wrong."""

    size: Size
    clock: FakeClock
    samples: list[Sample] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    events: int = 0
    produced: int = 0
    paid: int = 0
    compactions: int = 0
    figures: dict[str, Any] = field(default_factory=dict)
    latest_s: float = 0.0
    """How late the latest work began."""

    def hold(self, condition: bool, what: str) -> None:
        if not condition:
            self.problems.append(what)

    def hear(self, commit: Commit) -> None:
        """Count events, and look how long work waited that could be begun."""
        self.events += len(commit.events)
        for item in commit.put.get(ITEMS, {}).values():
            if item["status"] == "EmProcessamento":
                due = max(item["pendente_em"], item["disponivel_em"])
                self.latest_s = max(self.latest_s, seconds_between(due, item["lease"]["desde"]))


def sample(day: Day, db: Database, store: Path) -> Sample:
    """What is held now."""
    with db.reading():
        tables = cast(JournalStorage, db.storage).replica.state.tables
        documents = sum(len(raw) for rows in tables.values() for raw in rows.values())
    return Sample(
        hour=day.clock.monotonic() / 3600,
        events=day.events,
        rss=_rss(),
        descriptors=len([*Path("/proc/self/fd").iterdir()]),
        hot=db.count(ITEMS),
        documents=documents,
        snapshot=_bytes(store, "snapshot.json"),
        journal=_bytes(store, "journal-*"),
        past=_bytes(store, "events-*") + _bytes(store, "archive-*"),
    )


def _rss() -> int:
    """Memory of this process that is its own, not files'."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon:"))


def _bytes(store: Path, kind: str) -> int:
    return sum(path.stat().st_size for path in store.glob(kind))


async def drive(day: Day, line: Line, store: Path, begin: float) -> None:
    """Be the people of the day: order something each minute, and look at what is held every half an hour."""
    while line.model().linha.modo != "running":
        await asyncio.sleep(0.1)
    core: Core = await asyncio.wrap_future(line.submit(lambda core: core))
    core.db.subscribe(day.hear)
    with core.db.transaction() as tx:
        used_up = {"chave": "mes:2026-01", "usado": "100.00", "atualizado_em": day.clock.now()}
        tx.insert("gastos", complete("gastos", used_up))
    pace_s = day.size.pace_s
    bursts = round(DAY_S / pace_s)
    for burst in range(bursts):
        _order(day, core.backlog, day.size.sagas * (burst + 1) // bursts)
        if burst % (bursts // PAID) == 0:
            _order_paid(day, core.backlog)
        if burst % (bursts // SAMPLES) == 0:
            day.samples.append(sample(day, core.db, store))
            _say(day.samples[-1], begin)
        await asyncio.sleep(pace_s)
    day.samples.append(sample(day, core.db, store))
    for _ in range(round(SETTLE_S / pace_s)):
        if not any(core.db.count_by(ITEMS, "status", status) for status in OPEN):
            break
        await asyncio.sleep(pace_s)
    _judge_line(day, core)
    line.stop(0.0)


def _order(day: Day, backlog: Backlog, upto: int) -> None:
    size = day.size
    for n in range(day.produced, upto):
        context = {"n": n, "team": n % TEAMS, "notes": size.notes, "seed": size.seed}
        backlog.produzir({"tipo": f"plano_{n % TEAMS}", "contexto": context}, produtor="humano")
        day.produced += 1


def _order_paid(day: Day, backlog: Backlog) -> None:
    context = {"n": day.paid, "notes": 0, "seed": day.size.seed}
    backlog.produzir({"tipo": f"paga_{day.paid % TEAMS}", "contexto": context}, produtor="humano")
    day.paid += 1


def _say(now: Sample, begin: float) -> None:
    took = time.monotonic() - begin
    print(f"{now.hour:4.1f} h  {now.events:9,} events  {now.rss >> 20:5} MB  {took:4.0f} s", flush=True)


def _judge_line(day: Day, core: Core) -> None:
    """Nothing is open, nothing has drifted, no timer complained."""
    left = {status: core.db.count_by(ITEMS, "status", status) for status in OPEN}
    day.figures["stuck"] = sum(left.values())
    day.hold(not any(left.values()), f"stuck: {left}")
    day.hold(day.latest_s <= LATE_S, f"work that could begin waited for {day.latest_s:.1f} s")
    told = core.troubles.of_jobs()
    day.hold(not told, f"timers complained: {told}")


def live(size: Size, root: Path) -> Day:
    """Live through the day in a new workspace, and look at what it came to."""
    day = Day(size, FakeClock(START))
    store, begin = Paths(root).store, time.monotonic()
    with machine(day.clock, size.pace_s) as children:
        line = Line(day_setup(root, day.clock))

        async def both() -> None:
            people = asyncio.get_running_loop().create_task(drive(day, line, store, begin))
            await line._run()
            await people

        run_fast(day.clock, both)
    _judge_probes(day, children.ran[PROBE])
    day.compactions = len(children.ran.get(str(store), ()))
    day.hold(day.compactions > 0 or size.items <= SMALL, "it was never compacted")
    _judge_store(day, store)
    _judge_flat(day)
    return day


def _judge_probes(day: Day, times: list[float]) -> None:
    day.hold(equal_steps(times, PROBE_S), f"the probe ran at other times than every {PROBE_S:.0f} s")
    day.hold(len(times) >= DAY_S / PROBE_S, f"the probe ran {len(times)} times")


def _judge_store(day: Day, store: Path) -> None:
    """As whoever opens it next finds it: each item came to its end once, whether it is archived or not."""
    day.hold(not (found := check(store).problems), f"the store: {found}")
    db = Database.open(store, by="judge", clock=day.clock, readonly=True)
    try:
        work = {item["id"]: item for item in db.all(ITEMS) if item["tipo"] not in QUESTIONS}
        stubs = {stub["id"]: stub for stub in db.all(STUBS) if stub["tipo"] not in QUESTIONS}
        ends = Counter(
            event["item_id"] for event in db.history(tipo="item.transicao") if event["para"] == "Concluido"
        )
        begun = {event["item_id"]: event["ts"] for event in db.history() if _begins_paid(event)}
        events = sum(1 for _ in db.history())
    finally:
        db.close()
    count = day.produced * SAGA + day.paid
    day.hold(len(work) + len(stubs) == count, f"{len(work)} items and {len(stubs)} stubs of {count}")
    wrong = [item["id"] for item in work.values() if item["status"] != "Concluido"]
    wrong += [stub["id"] for stub in stubs.values() if stub["fim"] != "Concluido"]
    wrong += [each for each in [*work, *stubs] if ends[each] != 1]
    twice = sum(1 for each in [*work, *stubs] if ends[each] > 1)
    day.hold(not wrong, f"did not conclude once: {wrong[:5]}")
    day.hold(events >= 0.95 * day.size.events, f"only {events} events")
    early = [item for item, moment in begun.items() if moment < MONTH_BEGINS]
    day.hold(not early and len(begun) == day.paid, f"of {day.paid} paid, {len(begun)} began, {early[:3]}")
    day.figures |= {"items": count, "archived": len(stubs), "events": events, "twice": twice}
    day.figures["lost"] = max(0, count - len(work) - len(stubs)) + len(wrong) - twice


def _begins_paid(event: Mapping[str, Any]) -> bool:
    return event.get("para") == "EmProcessamento" and event["item_tipo"].startswith("paga_")


def _judge_flat(day: Day) -> None:
    """The last third of the day holds no more than the third before it, but for live documents."""
    third = len(day.samples) // 3
    before, after = day.samples[third : 2 * third], day.samples[2 * third :]

    def most(name: str, of: list[Sample]) -> int:
        return max(int(getattr(each, name)) for each in of)

    # A journal is compacted when it has grown to a share of what is kept: with that it may grow.
    kept = max(1.0, most("documents", after) / max(most("documents", before), 1))
    flat = {"hot": FLAT, "descriptors": 1.0} | ({"journal": FLAT * kept} if day.size.items > SMALL else {})
    for name, factor in flat.items():
        was, now = most(name, before), most(name, after)
        day.hold(now <= factor * was, f"{name} grew from {was} to {now}")
    grown = median(each.rss for each in after) - median(each.rss for each in before)
    documents = median(each.documents for each in after) - median(each.documents for each in before)
    allowed = A_BYTE * documents + RSS_NOISE * before[0].rss
    day.hold(grown <= allowed, f"memory grew by {grown:.0f} bytes, documents by {documents:.0f}")
    last = day.samples[-1]
    day.hold(last.snapshot <= FLAT * most("documents", after), f"a snapshot of {last.snapshot} bytes")
    day.figures |= {"rss_mb": last.rss >> 20, "grown": grown / max(documents, 1)}
