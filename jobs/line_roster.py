"""Every actor and its job as the screens show them, and what the owner does to one job: pause, resume, run
now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from store.clock import format_time
from store.errors import WrongInput, WrongState
from store.views.actors import ActorFacts

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.scheduler import JobState, Scheduler
    from store.actors import Actor

JOBS = {
    "sondas": "Runs the probes of the capabilities, on their schedule and when somebody waits for one.",
    "politica": "Answers decisions by rule.",
    "limites": "Lets work go on that waited for a limit of the month or of a sprint, once there is room.",
}
"""The jobs that are no actor's, and what each does."""


class Roster:
    """Who works here. Everything is called on the line's loop."""

    def __init__(
        self, actors: Sequence[Actor], scheduler: Scheduler, hired: Callable[[], Mapping[str, Any] | None]
    ) -> None:
        """`hired` gives the actors that have a dispatcher in this process; None while it doesn't run the
        line.
        """
        self._actors, self._scheduler, self._hired = tuple(actors), scheduler, hired
        self._working = {actor.nome: bool(actor.tipos) for actor in self._actors}

    def facts(self) -> list[ActorFacts]:
        """Every actor in the order of its definition, then the other jobs."""
        jobs = {job.nome: job for job in self._scheduler.states()}
        known = [self._facts(actor, jobs.get(actor.nome)) for actor in self._actors]
        others = [job for name, job in jobs.items() if name not in self._working]
        return [*known, *(_with_job(ActorFacts(job.nome, JOBS.get(job.nome, "")), job) for job in others)]

    def _facts(self, actor: Actor, job: JobState | None) -> ActorFacts:
        defined = ActorFacts(
            actor.nome,
            actor.descricao,
            tuple(actor.performers.items()),
            actor.fila,
            actor.concorrencia,
            onde="here" if job is not None else self._where(actor),
        )
        return _with_job(defined, job) if job is not None else defined

    def _where(self, actor: Actor) -> str:
        if not actor.tipos:
            return "person"
        return "elsewhere" if self._hired() is None else "off"

    def set_paused(self, names: AbstractSet[str]) -> None:
        """Have those jobs start nothing new (what they do goes on), and all others go on; a name without a
        job in this process is somebody else's.
        """
        for job in self._scheduler.states():
            if job.nome in names and not job.pausado:
                self._scheduler.pause(job.nome)
            elif job.nome not in names and job.pausado:
                self._scheduler.resume(job.nome)

    def run_now(self, nome: str) -> None:
        """Run the actor's dispatcher once now, also while it is paused."""
        self.check(nome)
        self._scheduler.run_now(nome)

    def all_paused(self) -> bool:
        """Whether no actor may start anything."""
        jobs = [job for job in self._scheduler.states() if job.nome in (self._hired() or ())]
        return bool(jobs) and all(job.pausado for job in jobs)

    def check(self, nome: str) -> None:
        """Raise WrongInput or WrongState, saying why, where that name has no job here."""
        names = [job.nome for job in self._scheduler.states()]
        if nome in names:
            return
        if nome not in self._working:
            raise WrongInput(f"there is no actor {nome}", remedy=f"one of {', '.join(self._working)}")
        if not self._working[nome]:
            raise WrongState(f"{nome} is a person: what waits for it is in the inbox")
        raise WrongState(f"{nome} has no job in this process")


def _with_job(facts: ActorFacts, job: JobState) -> ActorFacts:
    return replace(
        facts,
        pausado=job.pausado,
        execucoes=job.execucoes,
        ultima=_text(job.ultima),
        proxima="" if job.pausado else _text(job.proxima),
    )


def _text(moment: datetime | None) -> str:
    return format_time(moment) if moment is not None else ""
