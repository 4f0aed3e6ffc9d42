"""What the line is made of, in the line's thread. Screens and commands reach it through `Line.submit`."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobs.attempts import Attempts, Objects
from jobs.breakers import Breakers
from jobs.health import Troubles
from jobs.launcher.launcher import Launcher
from jobs.line_dispatch import ActorLike, Dispatcher
from jobs.line_finish import Finisher
from jobs.line_pauses import keep_paused, paused_jobs
from jobs.line_publish import Publisher
from jobs.line_roster import Roster
from jobs.line_steps import LOST, STOPPED, StepRunner
from jobs.logs.logbook import SILENT, Logbook
from jobs.protocol import LinePaths, StepContext, StepSpec
from jobs.recovery import Recovery
from jobs.sandbox import LIMITS_ONLY, Level
from jobs.scheduler import Scheduler
from store.backlog import Backlog
from store.clock import Clock, RandomTokens, SystemClock, TokenSource
from store.contracts import Contracts
from store.database import Commit, Database
from store.decisions import Decisions
from store.errors import StoreReadOnly, WrongState
from store.limits import NO_LIMITS, Limits
from store.views.fold import Progress

if TYPE_CHECKING:
    from jobs.line_metrics import LineMetrics
    from jobs.policy import Policy
    from jobs.policy_actor import PolicyActor
    from jobs.probes import ProbeCommand
    from store.actors import Actor

ITEMS = "backlog_items"


@dataclass(frozen=True)
class LineSetup:
    """Everything that a line is handed in."""

    paths: LinePaths
    steps: Mapping[str, StepSpec]
    actors: Sequence[ActorLike]
    contracts: Contracts
    clock: Clock = field(default_factory=SystemClock)
    tokens: TokenSource = field(default_factory=RandomTokens)
    rng: random.Random = field(default_factory=random.Random)
    config: Mapping[str, Any] = field(default_factory=dict)
    roster: Sequence[Actor] = ()
    """Every actor as it is defined, also those that are people: what the screens list."""
    name: str = "oficina"
    """How this process is named to others, as in `tui`."""
    workspace_name: str = ""
    level: Level | None = None
    """The sandbox's level; None has it tried when the line begins to run."""
    probes: Mapping[str, ProbeCommand] = field(default_factory=dict)
    """Capability name to its probe."""
    probe_interval_s: float = 300.0
    policy: Policy | None = None
    """Answers decisions by rule."""
    policy_undo_s: float = 0.0
    """How long what it generates waits, so that a person can take it back; nobody is there headless."""
    limites: Limits = NO_LIMITS
    """What may be spent a month and a sprint."""
    resumes: bool = False
    """Whether what was paused goes on when this process begins to run the line."""
    may_run: bool = True
    """False for a workspace that is not trusted: it is only viewed."""
    notice: str = ""
    """Shown beside the state, as why it is only viewed."""
    log: Logbook = SILENT
    """Where what happens is written for people to look into."""
    roots: tuple[str, ...] = ()
    """More directories from which steps are imported."""
    durable: bool = True


class Core:
    """The store, the rules and, while this process runs the line, the actors at work."""

    def __init__(self, setup: LineSetup, db: Database, publisher: Publisher) -> None:
        self.setup, self.db, self.publisher = setup, db, publisher
        self.troubles = Troubles(setup.clock, setup.log)
        self.backlog = Backlog(db, setup.contracts, setup.clock, setup.tokens, setup.rng, setup.limites)
        self.decisions = Decisions(self.backlog)
        self.attempts, self.objects = Attempts(setup.paths.attempts), Objects(setup.paths.objects)
        self.launcher = Launcher()
        self.scheduler = Scheduler(self.note_problem, on_change=publisher.jobs_changed)
        self.roster = Roster(
            setup.roster, self.scheduler, lambda: self.dispatchers if self.runner is not None else None
        )
        publisher.watch_actors(self.roster.facts)
        self.context = self._context(setup.level or LIMITS_ONLY)
        self.dispatchers: dict[str, Dispatcher] = {}
        self.runner: StepRunner | None = None
        self.recovery: Recovery | None = None
        self.policy: PolicyActor | None = None
        """What answers decisions by rule, while this process runs the line."""
        self.metrics: LineMetrics | None = None
        """What answers questions about figures, where anybody has asked for it."""
        self.failure: BaseException | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self._by_group: dict[str, str] = {}
        self._noted: dict[tuple[str, str], float] = {}

    def _context(self, level: Level) -> StepContext:
        setup = self.setup
        return StepContext(
            db=self.db,
            backlog=self.backlog,
            contracts=setup.contracts,
            clock=setup.clock,
            workspace=setup.paths,
            config=setup.config,
            sandbox_level=level,
            tokens=setup.tokens,
        )

    def staff(self, level: Level) -> None:
        """Take the actors on: from now on this process runs the line."""
        self.context = self._context(level)
        retries = {
            (actor.nome, tipo): found
            for actor in self.setup.actors
            for tipo in actor.tipos
            if (found := actor.retries_of(tipo)) is not None
        }
        finisher = Finisher(self.context, self.attempts, self.objects, retries=retries)
        self.runner = StepRunner(
            self.context,
            finisher,
            self.attempts,
            str(self.objects.directory),
            roots=self.setup.roots,
            changed=self.publisher.changed,
        )
        self.recovery = Recovery(
            self.context,
            self.setup.steps,
            self.attempts,
            finisher,
            runs_here=self.runner.running.__contains__,
        )
        breakers = Breakers(self.db, self.setup.clock)
        self.publisher.watch(self._progress)
        for actor in self.setup.actors:
            self._hire(actor, self.runner, breakers)

    def _hire(self, actor: ActorLike, runner: StepRunner, breakers: Breakers) -> None:
        dispatcher = Dispatcher(
            actor,
            self.setup.steps,
            self.context,
            self.launcher,
            runner,
            breakers,
            freed=lambda: self.scheduler.wake(actor.nome),
            failed=self.fail,
        )
        if dispatcher.steps:
            self.dispatchers[actor.nome] = dispatcher
            self._by_group |= dict.fromkeys(dispatcher.groups, actor.nome)
            self.scheduler.add(actor.nome, dispatcher.dispatch, actor.intervalo_s, on_pause=dispatcher.hold)

    def wake_for(self, commit: Commit) -> None:
        """Wake the consumers of what a commit made ready, and end the steps whose lease it took away."""
        for item in commit.put.get(ITEMS, {}).values():
            name = self._by_group.get(f"{item['fila']}/{item['tipo']}")
            if name is None:
                continue
            if item["status"] == "Pendente":
                self.scheduler.wake(name)
            self._end_lost(item)

    def _end_lost(self, item: Mapping[str, Any]) -> None:
        token = (item.get("lease") or {}).get("token")
        for running in self.runner.running.values() if self.runner else ():
            if running.item_id == item["id"] and running.claim.token != token:
                running.end(LOST)

    def pause(self) -> None:
        """Claim nothing new until `resume`, whoever runs the line by then; what runs goes on. WrongState
        where the line runs elsewhere.
        """
        self._need_line()
        self._set_paused(paused_jobs(self.db) | set(self.dispatchers))

    def resume(self) -> None:
        """Go on claiming."""
        self._need_line()
        self._set_paused(paused_jobs(self.db) - set(self.dispatchers))

    def pause_actor(self, nome: str) -> None:
        """Let one actor claim nothing new until it is resumed; WrongInput or WrongState says why not."""
        self._need_line()
        self.roster.check(nome)
        self._set_paused(paused_jobs(self.db) | {nome})

    def resume_actor(self, nome: str) -> None:
        """Let one actor go on; with the first one the line does."""
        self._need_line()
        self.roster.check(nome)
        self._set_paused(paused_jobs(self.db) - {nome})

    def begin_paused(self) -> None:
        """Before anything begins: what was paused when the line ran last stays paused."""
        if self.setup.resumes:
            keep_paused(self.db, ())
        self.roster.set_paused(paused_jobs(self.db))

    @property
    def mode(self) -> str:
        """How the line runs here: `running` or `paused`."""
        return "paused" if self.roster.all_paused() else "running"

    def _set_paused(self, names: AbstractSet[str]) -> None:
        """First it is kept, then done: what could not be written is not paused."""
        keep_paused(self.db, names)
        self.roster.set_paused(names)
        self.publisher.say(modo=self.mode)

    def run_actor(self, nome: str) -> None:
        """Run one actor's dispatcher now, once also while it is paused."""
        self._need_line()
        self.roster.run_now(nome)

    def _need_line(self) -> None:
        """Only whoever runs the line can hold its jobs or have them run."""
        if self.runner is None:
            holder = self.publisher.state.titular
            raise WrongState(
                f"{holder} runs the line: pause, resume and run it there" if holder else "no line runs here"
            )

    def stop_claiming(self) -> None:
        """Start nothing new; what runs goes on."""
        self.scheduler.pause_all()
        for dispatcher in self.dispatchers.values():
            dispatcher.stopping = True

    def end_steps(self) -> None:
        """End every running step's tree; each gives its item back."""
        for running in list(self.runner.running.values()) if self.runner else ():
            running.end(STOPPED)

    def stand_down(self) -> None:
        """Run the line no more, as the store can't be changed from here any more."""
        self.stop_claiming()
        self.end_steps()
        self.launcher.let_go()
        self.runner = self.recovery = None

    async def settled(self) -> None:
        """Wait until no step runs."""
        for dispatcher in self.dispatchers.values():
            await dispatcher.settled()

    def output(self, item_id: str) -> list[str]:
        """The last lines that the item's running step wrote, oldest first."""
        for running in self.runner.running.values() if self.runner else ():
            if running.item_id == item_id:
                return list(running.output)
        return []

    def fail(self, error: BaseException) -> None:
        """Something that the line cannot go on without has failed (the store, above all)."""
        if isinstance(error, StoreReadOnly) and self.db.readonly_reason:
            return  # a newer oficina wrote in it: the line goes on, and only views
        if self.failure is None:
            self.failure = error
            self.on_failure()

    def note_problem(self, kind: str, job: str, text: str) -> None:
        """A timer's trouble becomes an event: at most one of a kind and job a minute."""
        self.troubles.note(kind, job, sys.exception())
        key, now = (kind, job), self.setup.clock.monotonic()
        if now - self._noted.get(key, float("-inf")) < _NOTE_PAUSE_S:
            return
        self._noted[key] = now
        with suppress(StoreReadOnly):  # a newer oficina has written meanwhile: only the log is told
            self.event({"tipo": f"linha.{kind}", "job": job, "detalhe": text})

    def event(self, event: dict[str, Any]) -> None:
        """Write an event of the line's own."""
        with self.db.transaction() as tx:
            tx.event(event | {"item_id": event.get("item_id", "")})

    def _progress(self) -> dict[str, Progress]:
        running = self.runner.running.values() if self.runner else ()
        return {one.item_id: one.shown() for one in running}


_NOTE_PAUSE_S = 60.0
