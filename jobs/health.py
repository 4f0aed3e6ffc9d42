"""The line's own health: the facts that only it knows, looked up so seldom that nobody notices.

What is in memory is looked at every `CHECK_S` seconds, files and gaps every `LOOK_S`, files off the loop: a
disk that hangs must not stop the line. What the line knows of its jobs it leaves in a file beside its lock,
for `oficina doctor` in another process (`jobs.health_outside`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.health_files import Files, line_holder, look_at_files, write_jobs
from jobs.logs.logbook import Logbook
from store.clock import Clock, format_time
from store.views.actors import breaker_names
from store.views.health import HealthFacts, JobFacts, Waiting, health
from store.views.model import HealthRow

if TYPE_CHECKING:
    from jobs.line_core import Core
    from jobs.line_dispatch import ActorLike
    from jobs.scheduler import JobState
    from store.contracts import Contracts
    from store.database import Database

CHECK_S, LOOK_S = 5.0, 30.0
REMEMBERED_S = 3600.0
GAP_OUTCOME = "sonda"
"""What a contract says of a type whose items end with a probe (`desfecho`): the gaps."""

_ITEMS, _BREAKERS = "backlog_items", "disjuntores"
_KINDS = frozenset({"late", "overlap", "missed", "error"})
_MOST = 1_000
_GIVEN_UP = frozenset({"Cancelado", "Pulado"})
logger = logging.getLogger(__name__)


class Troubles:
    """What went wrong with the scheduler's jobs in the last hour; an exception's traceback is logged."""

    def __init__(self, clock: Clock, log: Logbook) -> None:
        self._clock, self._log = clock, log
        self._seen: deque[tuple[float, str, str]] = deque(maxlen=_MOST)

    def note(self, kind: str, job: str, error: BaseException | None = None) -> None:
        """Remember one; `error` is what the job raised."""
        self._seen.append((self._clock.monotonic(), kind, job))
        if error is not None:
            self._log.logger.error("job.failed", job=job, exc_info=error)

    def of_jobs(self) -> dict[str, Counter[str]]:
        """How often each kind came in the last hour, by job."""
        since = self._clock.monotonic() - REMEMBERED_S
        found: dict[str, Counter[str]] = {}
        for at, kind, job in self._seen:
            if at >= since and kind in _KINDS:
                found.setdefault(job, Counter())[kind] += 1
        return found


class HealthWatch:
    """Looks after its own line. Everything is called on the line's loop."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._files = Files()
        self._gaps: tuple[Waiting, ...] = ()
        self._holder = ""
        """Who runs the line, where this process only views it and so never asks for the lock itself."""
        self._next_look = float("-inf")
        self._ran = False
        self._looking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.rows: tuple[HealthRow, ...] = ()

    def begin(self) -> None:
        """Look now, and go on until `end`. What goes wrong here is logged, and costs the line nothing."""
        loop = asyncio.get_running_loop()
        self._core.publisher.watch_health(lambda: self.rows)
        self._timer = loop.call_later(CHECK_S, self.begin)
        try:
            if (self._looking is None or self._looking.done()) and self._is_due(loop.time()):
                self._next_look = loop.time() + LOOK_S
                self._looking = loop.create_task(self._look())
            self._judge()
        except Exception:
            logger.exception("the workspace's health could not be looked at")

    def _is_due(self, now: float) -> bool:
        """Also as soon as this process runs the line: others are to hear of its jobs."""
        begins = self._core.publisher.state.modo in ("running", "paused") and not self._ran
        self._ran = self._ran or begins
        return begins or now >= self._next_look

    async def end(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        core = self._core
        self._gaps = living_gaps(core.db, core.setup.contracts)
        facts = self._facts()
        runs, views = core.runner is not None, core.publisher.state.modo == "viewing"
        self._holder = await asyncio.to_thread(line_holder, core.setup.paths.line_lock) if views else ""
        self._files = await asyncio.to_thread(look_at_files, core.setup.paths, core.db)
        if runs:
            await asyncio.to_thread(write_jobs, core.setup.paths.line_lock, facts, core.db.saves_ms)
        self._judge()

    def _judge(self) -> None:
        rows = health(self._facts())
        if rows != self.rows:
            self.rows = rows
            self._core.publisher.changed()

    def _facts(self) -> HealthFacts:
        core = self._core
        state, now = core.publisher.state, core.setup.clock.now()
        level = core.context.sandbox_level
        waiting = [row for row in core.publisher.model.decisoes if row.disponivel_em <= now]
        return replace(
            store_facts(core.db, core.setup.actors, now),
            armazem=replace(self._files.armazem, somente_leitura=core.db.readonly_reason),
            modo=state.modo,
            titular=state.titular or self._holder,
            na_fila=self._ready(now) if state.modo == "viewing" else 0,
            tarefas=self._jobs() if core.runner is not None else None,
            disco_livre_mb=self._files.disco_livre_mb,
            isolamento=level.name if core.runner is not None else "",
            isolamento_porque=level.why,
            decisoes=len(waiting),
            decisao=Waiting(waiting[0].id, waiting[0].espera_desde) if waiting else None,
            lacunas=len(self._gaps),
            lacuna=min(self._gaps, key=lambda gap: gap.desde, default=None),
            log_problema=core.setup.log.problem,
            log_bytes=self._files.log_bytes,
        )

    def _ready(self, now: str) -> int:
        return ready_for(self._core.db, self._core.setup.actors, now)

    def _jobs(self) -> tuple[JobFacts, ...]:
        troubles = self._core.troubles.of_jobs()
        return tuple(_job(state, troubles.get(state.nome, {})) for state in self._core.scheduler.states())


def _job(state: JobState, troubles: Mapping[str, int]) -> JobFacts:
    return JobFacts(
        nome=state.nome,
        intervalo_s=state.intervalo_s,
        ultima=format_time(state.ultima) if state.ultima is not None else "",
        rodando=state.rodando,
        pausado=state.pausado,
        problemas=dict(troubles),
    )


def store_facts(db: Database, actors: Sequence[ActorLike], now: str) -> HealthFacts:
    """What the store says cheaply at the UTC `now`: leases, what no actor takes, and the breakers of the
    performers that these actors have.
    """
    names = frozenset[str]().union(*(breaker_names(actor.nome, actor.performers) for actor in actors))
    held = [item for item in db.find(_ITEMS, "status", "EmProcessamento") if item.get("lease")]
    leases = [Waiting(item["id"], item["lease"]["desde"], item["lease"].get("prazo_s")) for item in held]
    return replace(
        unclaimed(db, actors, now),
        disjuntores=tuple(doc for doc in db.all(_BREAKERS) if doc["performer"] in names),
        leases=len(leases),
        lease=min(leases, key=lambda lease: lease.desde, default=None),
    )


def ready_for(db: Database, actors: Sequence[ActorLike], now: str) -> int:
    """Items that some actors could begin now."""
    return sum(db.ready_depth(_ITEMS, group, now) for group in _groups(actors))


def unclaimed(db: Database, actors: Sequence[ActorLike], now: str) -> HealthFacts:
    """What could begin now, and never will: definitions that were edited give its type or queue to nobody."""
    groups = sorted({*db.groups(_ITEMS)} - _groups(actors))
    first = db.peek_ready(_ITEMS, groups, now)
    item = db.get(_ITEMS, first) if first else None
    return HealthFacts(
        agora=now,
        sem_ator=sum(db.ready_depth(_ITEMS, group, now) for group in groups),
        sem_ator_primeiro=Waiting(f"{first} ({item['tipo']})", item["pendente_em"]) if item else None,
    )


def _groups(actors: Sequence[ActorLike]) -> frozenset[str]:
    """The queues that actors take from."""
    return frozenset(f"{actor.fila}/{tipo}" for actor in actors for tipo in actor.tipos)


def living_gaps(db: Database, contracts: Contracts) -> tuple[Waiting, ...]:
    """The gaps whose capability has not come and has not been given up."""
    tipos = [tipo for tipo, contract in contracts.items() if contract.desfecho == GAP_OUTCOME]
    return tuple(
        Waiting(item["id"], item["criado_em"])
        for tipo in tipos
        for item in db.find(_ITEMS, "tipo", tipo)
        if item["contexto"].get("recurso") and not item.get("desfecho") and item["status"] not in _GIVEN_UP
    )
