"""Which step does a type's work: by the performer that its actor's definition names."""

from __future__ import annotations

from jobs.actors.comando import BUILDS, comando_step
from jobs.actors.registry import STEPS
from jobs.config import CONFIG_NAME, Config
from jobs.performers.commands import place_problem
from jobs.protocol import StepSpec
from jobs.workspace import WorkspacePaths
from store.actors import Actor, Actors
from store.commands import Command
from store.yamlfile import did_you_mean


def steps_for(actors: Actors, paths: WorkspacePaths, config: Config) -> dict[str, StepSpec]:
    """The step of every type that the line works on; a type has one consumer, so its name is enough.

    Raises WrongInput, with file and line, for a performer that cannot do its type: there is no such step, a
    command lacks what it names, or the performer itself is not there.
    """
    steps: dict[str, StepSpec] = {}
    for actor in actors.values():
        for tipo in actor.tipos:
            steps[tipo] = _step(actors, actor, tipo, paths, config)
    return steps


def _step(actors: Actors, actor: Actor, tipo: str, paths: WorkspacePaths, config: Config) -> StepSpec:
    path, performer = (actor.nome, "tipos", tipo), actor.performers[tipo]
    if performer == "modelo":
        raise actors.error(path, "the performer modelo is not there yet", "comando: a program of yours")
    if performer == "builtin":
        if tipo not in STEPS:
            raise actors.error(path, f"there is no builtin step for {tipo}", "comando: a program of yours")
        return STEPS[tipo]
    if tipo in STEPS and tipo not in BUILDS:
        remedy = "builtin; its effects outside the store are oficina's own"
        raise actors.error(path, f"{tipo} is not for a program", remedy)
    command = actor.comandos[tipo]
    _check(actors, (actor.nome, "comandos", tipo), command, paths, config)
    return comando_step(tipo, command)


def _check(
    actors: Actors, path: tuple[str, str, str], command: Command, paths: WorkspacePaths, config: Config
) -> None:
    """What a command names must be there, or each of its attempts would fail."""
    field, problem = place_problem(command, paths.root, config.signing_key)
    if problem:
        raise actors.error((*path, field), problem, "a plain file or directory of the workspace")
    for index, name in enumerate(command.segredos):
        if name not in config.secrets:
            remedy = did_you_mean(name, config.secrets)
            raise actors.error((*path, "segredos", index), f"{CONFIG_NAME} has no secret {name}", remedy)
